"""Editions: a closed window is frozen when a figure of it is first shown, and later facts change it only as a revision.

All published figures of a month come from one edition of it, so that no two showings can be subtracted. A revision is
checked against every edition that was ever shown: where it differs by one to five, the frozen figures stay.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from libs.kernel.errors import Conflict
from services.metrics.domain.definitions import of_tally
from services.metrics.domain.grid import ColumnGrid, Crossed, column_grid, columns_that_add_up, hidden_in_grid
from services.metrics.domain.measures import By, Measure
from services.metrics.domain.periods import Period, financial_year, financial_year_of, month_of, months
from services.metrics.domain.questions import Question
from services.metrics.domain.results import Sums
from services.metrics.domain.suppression import Cell, is_small, worked_out
from services.metrics.domain.tallies import TallyCode

# Tallies that count the same, or nearly the same: frozen apart they would differ by the few that came between.
_TOGETHER: tuple[tuple[TallyCode, ...], ...] = (
    (TallyCode.NEW_REFERRAL, TallyCode.NEW_REFERRAL_OUTCOME),
    (TallyCode.CP_START, TallyCode.CP_START_TWO_YEARS),
    (TallyCode.ASSESSMENT_OF_REFERRAL, TallyCode.ASSESSMENT_OF_START),
    (TallyCode.COURT, TallyCode.CASELOAD),
    (TallyCode.PRACTITIONER_WAIT, TallyCode.PARTNER_WAIT),
)
#: Under which name the children counted once in a window are frozen.
CHILDREN = "children"

#: A tally's code, a team and an agency; no team and no agency: the whole.
Place = tuple[str, str | None, str | None]
#: The editions of one thing by window.
State = Mapping[Period, "Edition"]


class DisclosureRisk(Conflict):
    """Together with what was shown before this would show a small count."""

    slug = "disclosure-risk"


class NothingToRevise(Conflict):
    """No figure of the window was shown, or none has changed since."""

    slug = "nothing-to-revise"


class NotRevisable(Conflict):
    """Children counted once in a window stay as they were first shown."""

    slug = "not-revisable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """The sums of one window as they were when a figure of it was first shown, or revised."""

    what: str
    period: Period
    number: int
    data_on: date
    frozen_on: date
    sums: Mapping[Place, Sums]

    def by(self, code: TallyCode, by: By) -> dict[str | None, Sums]:
        """Return the sums of a tally, by team or agency or as a whole."""
        found: dict[str | None, Sums] = defaultdict(Sums)
        for (of, team, agency), sums in self.sums.items():
            if of == code.value:
                found[team if by is By.TEAM else agency if by is By.AGENCY else None] += sums
        return found


def together(code: TallyCode) -> tuple[TallyCode, ...]:
    """Return the tallies that are frozen with that one, itself among them."""
    return next((codes for codes in _TOGETHER if code in codes), (code,))


def name_of(measure: Measure) -> str:
    """Return the name under which the months of the measure's tally are frozen."""
    return together(measure.tally)[0].value


def months_shown(question: Question) -> tuple[Period, ...]:
    """Return the months that the figures of an answer are made of."""
    if question.measure.shape.is_stock:
        return tuple(month_of(piece.last_on) for piece in question.pieces)
    return months(question.period)


def months_needed(question: Question) -> tuple[Period, ...]:
    """Return the months that decide what a published answer shows and hides."""
    measure, period = question.measure, question.period
    if not columns_that_add_up(measure):
        return ()
    if measure.shape.is_stock:
        return months_shown(question)
    return months(Period(financial_year(financial_year_of(period.from_on)).from_on, period.until_on))


def frozen_sums(question: Question, state: State) -> dict[tuple[str | None, Period], Sums]:
    """Return the sums of each key and piece of a question from the editions of its months."""
    measure = question.measure
    found: dict[tuple[str | None, Period], Sums] = defaultdict(Sums)
    for piece in question.pieces:
        name = f"{piece.from_on:%Y-%m}" if question.by is By.MONTH else None
        if question.by in {By.NONE, By.MONTH}:
            found[name, piece] = Sums()
        inside = (month_of(piece.last_on),) if measure.shape.is_stock else months(piece)
        for month in inside if state else ():
            for key, sums in state[month].by(measure.tally, question.by).items():
                if key is None or sums != Sums():
                    found[name or key, piece] += sums
    return dict(found)


def hidden_cells_of(measure: Measure, state: State) -> frozenset[Cell]:
    """Return what no table of the measure's tally shows of these months."""
    if not state:
        return frozenset()
    return hidden_in_grid(measure, _crossed(measure, [state])[0], within=_within(state))


def state_at(editions: Iterable[Edition], number: int) -> dict[Period, Edition]:
    """Return what stood after so many editions: of each window the newest among them."""
    found: dict[Period, Edition] = {}
    for each in sorted(editions, key=lambda each: each.number):
        if each.number <= number:
            found[each.period] = each
    return found


def newest(editions: Sequence[Edition]) -> dict[Period, Edition]:
    """Return what stands: of each window the newest edition."""
    return state_at(editions, max((each.number for each in editions), default=0))


def need_no_small_change(codes: Iterable[TallyCode], editions: Sequence[Edition], revised: State) -> None:
    """Raise `DisclosureRisk` if what is revised can be subtracted from what was ever shown to give a small count."""
    numbers = sorted({each.number for each in editions})
    after = {**newest(editions), **revised}
    for measure in {code: of_tally(code)[0] for code in codes if of_tally(code)}.values():
        for number in numbers:
            _need_no_small_difference(measure, state_at(editions, number), after)


def _need_no_small_difference(measure: Measure, before: State, after: State) -> None:
    # A month that was frozen after that edition had no figure to subtract from.
    after = {period: edition for period, edition in after.items() if period in before}
    old, new = _crossed(measure, [before, after])
    within = _within(before)
    hidden = hidden_in_grid(measure, old, within=within) | hidden_in_grid(measure, new, within=within)
    for column in columns_that_add_up(measure):
        was, is_now = (column_grid(measure, column, crossed, within=within) for crossed in (old, new))
        for part in range(max((len(counts) for counts in was.cells.values()), default=0)):
            known: dict[Cell, int] = {
                place: is_now.cells[place][part] - counts[part]
                for place, counts in was.cells.items()
                if (*place, column) not in hidden
            }
            _need_none_small(was, known)


def _need_none_small(grid: ColumnGrid, known: Mapping[Cell, int]) -> None:
    """Refuse differences of one to five: shown, worked out, or left for cells that are hidden together."""
    rests = (
        known[equation.total] - sum(known.get(part, 0) for part in equation.parts)
        for equation in grid.equations
        if equation.total in known
    )
    found = (*known.values(), *map(int, worked_out(grid.equations, known).values()), *rests)
    if any(is_small(abs(difference)) for difference in found):
        raise DisclosureRisk("It differs by one to five from what was shown before; that stays as it was.")


def _crossed(measure: Measure, states: Sequence[State]) -> list[list[Crossed]]:
    """Return the sums of each state by key and month, once for each breakdown; every state has the same keys."""
    alike = of_tally(measure.tally)
    offered = [by for by in (By.TEAM, By.AGENCY) if any(by in each.dimensions for each in alike)] or [By.NONE]
    found: list[list[Crossed]] = [[] for _ in states]
    for by in offered:
        tables = [{month: each.by(measure.tally, by) for month, each in state.items()} for state in states]
        keys = {key for table in tables for sums in table.values() for key in sums}
        for crossed, table in zip(found, tables, strict=True):
            crossed.append({(key, month): sums.get(key, Sums()) for month, sums in table.items() for key in keys})
    return found


def _within(state: State) -> Period:
    return Period(min(month.from_on for month in state), max(month.until_on for month in state))
