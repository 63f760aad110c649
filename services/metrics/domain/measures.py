"""What a measure is: a version of a definition in words, and how its figure comes from tallies."""

import json
from dataclasses import asdict, dataclass
from enum import StrEnum

from libs.kernel.ids import digest
from services.metrics.domain.tallies import TallyCode


class Shape(StrEnum):
    """How a figure comes from sums of tallies."""

    COUNT = "count"  # base in the window
    SHARE = "share"  # per cent: amount of base in the window
    MEAN = "mean"  # amount per base in the window
    RATE = "rate"  # base in the window per 10,000 children
    PER_HELD = "per_held"  # base in the window per time with a worker that touches the window
    PER_OPEN = "per_open"  # amount in the window per child open on any day of it
    OPEN_SHARE = "open_share"  # per cent of the children open on any day of the window
    STOCK = "stock"  # base from the first day on to a date
    STOCK_SHARE = "stock_share"  # per cent: amount of base, at a date
    STOCK_RATIO = "stock_ratio"  # amount per FTE, at a date
    STOCK_RATE = "stock_rate"  # base at a date per 10,000 children

    @property
    def is_stock(self) -> bool:
        """Say whether the figure stands at a date, rather than over a window."""
        return self.value.startswith("stock")

    @property
    def counts_children_once(self) -> bool:
        """Say whether its denominator counts each child once in a window, so that windows do not add up."""
        return self in {Shape.PER_HELD, Shape.PER_OPEN, Shape.OPEN_SHARE}


class By(StrEnum):
    """What a figure may be broken down by."""

    NONE = "none"
    MONTH = "month"
    TEAM = "team"
    AGENCY = "agency"


class Better(StrEnum):
    """Which direction is better; neither, where a fall is no evidence of safety by itself."""

    UP = "up"
    DOWN = "down"
    NEITHER = "neither"


class MeasureState(StrEnum):
    """The states of a version of a measure."""

    DRAFT = "draft"
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One version of one measure, in words and as a formula."""

    code: str
    title: str
    numerator: str
    denominator: str | None = None
    unit: str
    shape: Shape
    tally: TallyCode
    source: str
    better: Better = Better.NEITHER
    places: int = 1
    dimensions: frozenset[By] = frozenset({By.NONE, By.MONTH, By.TEAM})
    over: TallyCode | None = None  # the stock whose children are the denominator
    version: int = 1
    state: MeasureState = MeasureState.ACTIVE
    reason: str | None = None  # why this version follows the one before

    @property
    def digest(self) -> str:
        """Fingerprint of what the version says and of its formula; not of its state, which changes."""
        said = {name: value for name, value in asdict(self).items() if name not in {"state", "reason"}}
        return digest(json.dumps({**said, "dimensions": sorted(self.dimensions)}, sort_keys=True))
