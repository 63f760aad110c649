"""What a measure is: a version of a definition in words, and how its figure comes from tallies."""

from dataclasses import dataclass
from enum import StrEnum

from services.metrics.domain.tallies import TallyCode


class Shape(StrEnum):
    """How a figure comes from sums of tallies."""

    COUNT = "count"  # base in the window
    SHARE = "share"  # per cent: amount of base in the window
    MEAN = "mean"  # amount per base in the window
    RATE = "rate"  # base in the window per 10,000 children
    PER_HELD = "per_held"  # base in the window per child held at its beginning or from a day in it
    STOCK = "stock"  # base from the first day on to a date
    STOCK_SHARE = "stock_share"  # per cent: amount of base, at a date
    STOCK_RATIO = "stock_ratio"  # amount per FTE, at a date
    STOCK_RATE = "stock_rate"  # base at a date per 10,000 children

    @property
    def is_stock(self) -> bool:
        """Say whether the figure stands at a date, rather than over a window."""
        return self.value.startswith("stock")


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
    over: TallyCode | None = None  # PER_HELD: the stock whose children are the denominator
    version: int = 1
    state: MeasureState = MeasureState.ACTIVE
