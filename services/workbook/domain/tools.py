"""Structured tools: the band that a score falls in, and how it compares with the one before.

No question of any tool is worded here; several are licensed to others.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from libs.kernel.errors import Invalid
from libs.kernel.tools import SCALES, Scale, Tool


class Better(StrEnum):
    """Which way a score improves."""

    LOWER = "lower"
    HIGHER = "higher"


class ScoreOutOfRange(Invalid):
    """The tool has no such score."""


class ItemsImpossible(Invalid):
    """The item scores cannot be so."""


class JudgementBelowScore(Invalid):
    """Judgement may raise the level that a score gives, never lower it."""


class JudgementNotOfThisTool(Invalid):
    """This tool's band is computed from its score alone."""


@dataclass(frozen=True, slots=True)
class Band:
    """Scores from `low` to `high`, both included."""

    low: int
    high: int
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What is known of a tool: its bands and terms of use, within its range."""

    tool: Tool
    bands: tuple[Band, ...]
    better: Better = Better.LOWER
    items: int | None = None
    item_range: tuple[int, int] | None = None
    licensed: bool = False
    judged: bool = False  # professional judgement may raise the band

    @property
    def scale(self) -> Scale:
        """Its lowest and highest score, and whom it is made for."""
        return SCALES[self.tool]


def _bands(low: int, *uppers: tuple[int, str]) -> tuple[Band, ...]:
    """Bands that follow one another without a gap, each given by its highest score."""
    made: list[Band] = []
    for high, code in uppers:
        made.append(Band(low, high, code))
        low = high + 1
    return tuple(made)


_TOP = _bands(0, (20, "scored"))
# Sources: as of the scales in libs/kernel/tools.py.
_SHEETS = (
    Sheet(
        tool=Tool.AUDIT,
        items=10,
        item_range=(0, 4),
        bands=_bands(0, (7, "low_risk"), (15, "hazardous"), (19, "harmful"), (40, "possible_dependence")),
    ),
    Sheet(
        tool=Tool.SADQ,
        items=20,
        item_range=(0, 3),
        bands=_bands(0, (30, "not_severe"), (60, "severe")),
    ),
    Sheet(
        tool=Tool.DAST_10,
        items=10,
        item_range=(0, 1),
        bands=_bands(0, (0, "none"), (2, "low"), (5, "moderate"), (8, "substantial"), (10, "severe")),
    ),
    Sheet(
        tool=Tool.TOP_PHYSICAL,
        bands=_TOP,
        better=Better.HIGHER,
    ),
    Sheet(
        tool=Tool.TOP_PSYCHOLOGICAL,
        bands=_TOP,
        better=Better.HIGHER,
    ),
    Sheet(
        tool=Tool.TOP_QUALITY_OF_LIFE,
        bands=_TOP,
        better=Better.HIGHER,
    ),
    Sheet(
        tool=Tool.PHQ_9,
        items=9,
        item_range=(0, 3),
        bands=_bands(0, (4, "none"), (9, "mild"), (14, "moderate"), (19, "moderately_severe"), (27, "severe")),
    ),
    Sheet(
        tool=Tool.GAD_7,
        items=7,
        item_range=(0, 3),
        bands=_bands(0, (4, "minimal"), (9, "mild"), (14, "moderate"), (21, "severe")),
    ),
    Sheet(
        tool=Tool.CORE_10,
        items=10,
        item_range=(0, 4),
        bands=_bands(0, (10, "non_clinical"), (14, "mild"), (19, "moderate"), (24, "moderate_severe"), (40, "severe")),
    ),
    Sheet(
        tool=Tool.SDQ,
        items=20,
        item_range=(0, 2),
        licensed=True,
        bands=_bands(0, (13, "normal"), (16, "borderline"), (40, "cause_for_concern")),
    ),
    Sheet(
        tool=Tool.DASH_RIC,
        items=24,
        item_range=(0, 1),
        judged=True,
        bands=_bands(0, (9, "standard"), (13, "medium"), (24, "high")),
    ),
    Sheet(
        tool=Tool.SARA,
        items=20,
        item_range=(0, 2),
        licensed=True,
        bands=_bands(0, (40, "structured_judgement")),
    ),
    Sheet(
        tool=Tool.GCP2,
        licensed=True,
        bands=_bands(1, (1, "grade_1"), (2, "grade_2"), (3, "grade_3"), (4, "grade_4"), (5, "grade_5")),
    ),
    Sheet(
        tool=Tool.OUTCOMES_STAR,
        licensed=True,
        better=Better.HIGHER,
        bands=_bands(1, (2, "rungs_1_2"), (4, "rungs_3_4"), (6, "rungs_5_6"), (8, "rungs_7_8"), (10, "rungs_9_10")),
    ),
)
SHEETS: Mapping[Tool, Sheet] = {sheet.tool: sheet for sheet in _SHEETS}

# Source: SafeLives practice guidance: 14 ticks or more go to a multi-agency risk assessment conference.
MARAC_BAND = "high"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A scored tool: the total, its band, and whether judgement raised it."""

    tool: Tool
    total: int
    band: str
    raised_by_judgement: bool = False
    refer_to_marac: bool = False


class Change(StrEnum):
    """How a score compares with the one before."""

    FIRST = "first"
    BETTER = "better"
    WORSE = "worse"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Comparison:
    """A score beside the one before it: which way, by how much, and whether the band changed."""

    change: Change
    difference: int | None
    band_changed: bool


def _place(sheet: Sheet, code: str) -> int:
    codes = [band.code for band in sheet.bands]
    if code not in codes:
        raise JudgementNotOfThisTool("The tool has no such level.", at="/detail/judged")
    return codes.index(code)


def _check_items(sheet: Sheet, items: Sequence[int], total: int) -> None:
    if sheet.items is None or sheet.item_range is None:
        raise ItemsImpossible("This tool is kept without item scores.", at="/detail/items")
    low, high = sheet.item_range
    if len(items) != sheet.items or any(not low <= item <= high for item in items):
        raise ItemsImpossible(f"The tool has {sheet.items} items, each from {low} to {high}.", at="/detail/items")
    if sum(items) != total:
        raise ItemsImpossible("The items do not add up to the total.", at="/detail/total")


def score(tool: Tool, *, total: int, items: Sequence[int] | None = None, judged: str | None = None) -> Score:
    """Return the band of a total; refuse one out of range, items that do not add up, a judgement below the score."""
    sheet = SHEETS[tool]
    if not sheet.scale.low <= total <= sheet.scale.high:
        raise ScoreOutOfRange(f"{tool} goes from {sheet.scale.low} to {sheet.scale.high}.", at="/detail/total")
    if items is not None:
        _check_items(sheet, items, total)
    computed = next(place for place, band in enumerate(sheet.bands) if band.low <= total <= band.high)
    final = computed
    if judged is not None:
        if not sheet.judged:
            raise JudgementNotOfThisTool("Its band follows from the score alone.", at="/detail/judged")
        final = _place(sheet, judged)
        if final < computed:
            raise JudgementBelowScore("Judgement may raise the level, never lower it.", at="/detail/judged")
    band = sheet.bands[final].code
    return Score(
        tool=tool,
        total=total,
        band=band,
        raised_by_judgement=final > computed,
        refer_to_marac=tool is Tool.DASH_RIC and band == MARAC_BAND,
    )


def compare(now: Score, *, before: Score | None) -> Comparison:
    """Set a score beside the one before it of the same tool and person."""
    if before is None:
        return Comparison(Change.FIRST, None, band_changed=False)
    difference = now.total - before.total
    if difference == 0:
        return Comparison(Change.SAME, 0, band_changed=now.band != before.band)
    fell = difference < 0
    better = fell if SHEETS[now.tool].better is Better.LOWER else not fell
    return Comparison(Change.BETTER if better else Change.WORSE, difference, band_changed=now.band != before.band)
