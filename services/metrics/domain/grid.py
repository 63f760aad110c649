"""The grid of published windows: what is hidden in one of them so that no other gives it back.

Months make quarters and quarters make financial years; teams, and agencies, make the whole. All of these cells are
suppressed together, window by window as they close, so that what was shown once need not be taken back later.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.metrics.domain.definitions import of_tally
from services.metrics.domain.measures import Measure
from services.metrics.domain.periods import Period, financial_year, financial_year_of, months, quarter_of
from services.metrics.domain.results import Sums
from services.metrics.domain.suppression import (
    COLUMNS,
    ONCE,
    SHARES,
    Cell,
    Column,
    Counts,
    Equation,
    added,
    hidden_cells,
)

#: A team, an agency or the whole, and a window.
_Place = tuple[str | None, Period]
_Windows = Mapping[Period, Sequence[Period]]
#: The sums of each team, or agency, and month.
Crossed = Mapping[_Place, Sums]


@dataclass(frozen=True, slots=True)
class ColumnGrid:
    """All cells that readers can put together of one sum of a tally, and how they add up."""

    cells: Mapping[_Place, Counts]
    equations: Sequence[Equation]


def hidden_in_grid(measure: Measure, crossed: Sequence[Crossed], *, within: Period) -> frozenset[Cell]:
    """Return the cells of the grid that are not shown in any table of the measure's tally."""
    hidden: frozenset[Cell] = frozenset()
    for column in columns_that_add_up(measure):
        grid = column_grid(measure, column, crossed, within=within)
        hidden |= {(*place, column) for place in _hidden_as_they_close(grid.cells, grid.equations)}
    return hidden


def column_grid(measure: Measure, column: Column, crossed: Sequence[Crossed], *, within: Period) -> ColumnGrid:
    """Return the grid of one sum of the measure's tally, given its sums by each breakdown and month."""
    windows = {} if measure.shape.is_stock else _windows(within)
    cells: dict[_Place, Counts] = {}
    equations: list[Equation] = []
    for sums in crossed:
        _add_breakdown(cells, equations, _told(measure, column, sums), windows)
    for window, parts in windows.items():
        _add_window(cells, equations, None, window, parts)
    return ColumnGrid(cells, equations)


def window_equations(period: Period) -> list[Equation]:
    """Return how the windows of the financial year of a window make each other, whatever is counted in them."""
    windows = _windows(financial_year(financial_year_of(period.from_on)))
    return [Equation(window, tuple(parts)) for window, parts in windows.items()]


def columns_that_add_up(measure: Measure) -> list[Column]:
    """Return which sums of the measure's tally its tables tell; children counted once in a window are none."""
    every = {column for each in of_tally(measure.tally) for column in COLUMNS[each.shape] if column}
    return sorted(every - ONCE)


def _told(measure: Measure, column: Column, sums: Crossed) -> dict[_Place, Counts]:
    if column is Column.BASE:
        return {place: (each.base,) for place, each in sums.items()}
    if any(each.shape in SHARES for each in of_tally(measure.tally)):
        return {place: (each.amount, each.base - each.amount) for place, each in sums.items()}
    return {place: (each.amount,) for place, each in sums.items()}


def _add_breakdown(
    cells: dict[_Place, Counts], equations: list[Equation], told: dict[_Place, Counts], windows: _Windows
) -> None:
    """Add the cells of one breakdown, which together are the whole of each window."""
    for each in sorted({key for key, _ in told if key is not None}):
        for window, parts in windows.items():
            _add_window(told, equations, each, window, parts)
    cells |= told
    by_window: dict[Period, list[_Place]] = defaultdict(list)
    for key, window in told:
        if key is not None:
            by_window[window].append((key, window))
    for window, places in by_window.items():
        cells[None, window] = added(told[place] for place in places)
        equations.append(Equation((None, window), tuple(places)))


def _add_window(cells: dict[_Place, Counts], equations: list[Equation], key: str | None, window: Period, parts: Sequence[Period]) -> None:  # fmt: skip
    """Add the cell of a key in a window, which is the sum of those in its parts."""
    places = tuple((key, part) for part in parts if (key, part) in cells)
    if places:
        cells[key, window] = added(cells[place] for place in places)
        equations.append(Equation((key, window), places))


def _windows(within: Period) -> _Windows:
    """Return the closed quarters and their months, then the financial year, if it is closed, and its quarters."""
    closed = months(within)
    quarters: dict[Period, list[Period]] = defaultdict(list)
    for month in closed:
        quarters[quarter_of(month.from_on)].append(month)
    windows: dict[Period, Sequence[Period]] = {
        quarter: parts for quarter, parts in quarters.items() if quarter.until_on <= within.until_on
    }
    year = financial_year(financial_year_of(within.from_on))
    return windows | ({year: tuple(windows)} if year.until_on <= within.until_on else {})


def _hidden_as_they_close(cells: Mapping[_Place, Counts], equations: Sequence[Equation]) -> frozenset[_Place]:
    """Return the cells to hide; those of a window are chosen when it closes, whatever closes after it."""
    hidden: frozenset[Cell] = frozenset()
    for closes_on in sorted({window.until_on for _, window in cells}):
        closed: dict[Cell, Counts] = {
            place: counts for place, counts in cells.items() if place[1].until_on <= closes_on
        }
        before = frozenset(place for place in cells if place[1].until_on < closes_on)
        known = [equation for equation in equations if equation.total in closed]
        hidden = hidden_cells(closed, known, hidden=hidden, shown=before - hidden)
    return frozenset(place for place in cells if place in hidden)
