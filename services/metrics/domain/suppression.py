"""Suppression: no count of one to five is published, nor given back by a subtraction.

DfE's rule: counts from 1 to 5 are shown as `c`, and other cells with them where a total would give them back.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from fractions import Fraction

from services.metrics.domain.measures import By, Shape
from services.metrics.domain.periods import Period, month_of
from services.metrics.domain.questions import View
from services.metrics.domain.results import Figure, Result, Symbol

# Source: DfE, explore education statistics: counts of 1 to 5 are suppressed.
SMALLEST, LARGEST = 1, 5
# A percentage of fewer than ten says nothing and narrows the count down.
LEAST_DENOMINATOR = 10

Cell = Hashable
#: The counts that a cell tells: one, or two where a reader knows the whole and so also the rest.
Counts = tuple[int, ...]

#: What stands in a row for all that is known.
_KNOWN = "known"


class Column(StrEnum):
    """Which sum of tallies a cell tells."""

    BASE = "base"
    AMOUNT = "amount"
    HELD = "held"  # children, who may be held in two months or by two teams
    MANY = "many"  # of these, those with many workers


#: Children who are counted once in each window: the months of a year do not add up to it, nor quite the teams.
ONCE = frozenset({Column.HELD, Column.MANY})


#: What numerator and denominator of each shape count; days, FTE and populations count nobody.
COLUMNS: Mapping[Shape, tuple[Column | None, Column | None]] = {
    Shape.COUNT: (Column.BASE, None),
    Shape.SHARE: (Column.AMOUNT, Column.BASE),
    Shape.MEAN: (None, Column.BASE),
    Shape.RATE: (Column.BASE, None),
    Shape.PER_HELD: (Column.BASE, Column.HELD),
    Shape.PER_OPEN: (Column.AMOUNT, Column.HELD),
    Shape.OPEN_SHARE: (Column.MANY, Column.HELD),
    Shape.STOCK: (Column.BASE, None),
    Shape.STOCK_SHARE: (Column.AMOUNT, Column.BASE),
    Shape.STOCK_RATIO: (Column.AMOUNT, None),
    Shape.STOCK_RATE: (Column.BASE, None),
}
SHARES = frozenset({Shape.SHARE, Shape.STOCK_SHARE, Shape.OPEN_SHARE})
# Denominators that count children or requests; FTE and populations are known to everybody.
COUNTED_DENOMINATORS = frozenset(shape for shape, (_, denominator) in COLUMNS.items() if denominator)


@dataclass(frozen=True, slots=True)
class Equation:
    """A total that readers know to be the sum of its parts."""

    total: Cell
    parts: tuple[Cell, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The parts and the total."""
        return (*self.parts, self.total)


def is_small(count: int) -> bool:
    """Say whether a count could point at somebody."""
    return SMALLEST <= count <= LARGEST


def hidden_cells(
    cells: Mapping[Cell, Counts],
    equations: Sequence[Equation],
    *,
    hidden: frozenset[Cell] = frozenset(),
    shown: frozenset[Cell] = frozenset(),
) -> frozenset[Cell]:
    """Return the cells to hide: the small ones, and as few others as keep each small one from being worked out.

    What is `hidden` already remains so, and what is `shown` already cannot be taken back.
    """
    small = {cell for cell, counts in cells.items() if any(map(is_small, counts))}
    gone = small | hidden
    while leaks := _leaks(cells, equations, gone, small):
        # Every equation of a leak may be hidden whole while others still give it away.
        for which in (leaks, equations):
            more = {_next_to_hide(cells, equation, gone, shown) for equation in which} - {None}
            if more:
                # One alone: it often hides what the others would have hidden.
                gone.add(min(more, key=lambda cell: (min(cells[cell]), str(cell))))
                break
    return frozenset(gone)


def recoverable(equations: Sequence[Equation], hidden: Iterable[Cell]) -> frozenset[Cell]:
    """Return the hidden cells that the equations determine, however they are combined."""
    unknown = frozenset(hidden)
    rows = ({cell: Fraction(factor) for cell, factor in _factors(each) if cell in unknown} for each in equations)
    return frozenset(pivot for pivot, row in _solved(rows).items() if len(row) == 1)


def worked_out(equations: Sequence[Equation], shown: Mapping[Cell, int]) -> dict[Cell, Fraction]:
    """Return what the equations give of the cells that are not shown, from those that are."""
    rows = []
    for equation in equations:
        row = {cell: Fraction(factor) for cell, factor in _factors(equation) if cell not in shown}
        known = sum(factor * shown[cell] for cell, factor in _factors(equation) if cell in shown)
        rows.append(row | ({_KNOWN: Fraction(known)} if known else {}))
    solved = {pivot: row for pivot, row in _solved(rows).items() if set(row) <= {pivot, _KNOWN}}
    return {pivot: -row.get(_KNOWN, Fraction(0)) for pivot, row in solved.items()}


def _factors(equation: Equation) -> list[tuple[Cell, int]]:
    return [*((part, 1) for part in equation.parts), (equation.total, -1)]


def _solved(rows: Iterable[dict[Cell, Fraction]]) -> dict[Cell, dict[Cell, Fraction]]:
    """Return the rows in reduced form, each by the unknown cell that stands in no other."""
    pivots: dict[Cell, dict[Cell, Fraction]] = {}
    for row in rows:
        _reduce(row, pivots)
        pivot = next((cell for cell in row if cell != _KNOWN), None)
        if pivot is None:
            continue
        scaled = {cell: factor / row[pivot] for cell, factor in row.items()}
        for other in pivots.values():
            _subtract(other, scaled, pivot)
        pivots[pivot] = scaled
    return pivots


def publishable(result: Result, *, hidden: frozenset[Cell] = frozenset()) -> Result:
    """Return the result as it may be shown to anybody, beside other tables in which `hidden` cells are not shown."""
    cells, equations = _table(result)
    gone = hidden_cells(cells, equations, hidden=hidden.intersection(cells))

    def shown(each: Figure) -> Figure:
        return _shown(each, _place(result, each), gone, result.measure.shape)

    return replace(
        result,
        view=View.PUBLISHABLE,
        figures=tuple(map(shown, result.figures)),
        total=shown(result.total) if result.total else None,
    )


def added(counts: Iterable[Counts]) -> Counts:
    """Return the counts of a whole from those of its parts."""
    return tuple(sum(each) for each in zip(*counts, strict=True))


def _place(result: Result, each: Figure) -> tuple[str | None, Period]:
    key = each.key if result.by in {By.TEAM, By.AGENCY} else None
    return key, month_of(each.period.last_on) if result.measure.shape.is_stock else each.period


def _table(result: Result) -> tuple[dict[Cell, Counts], list[Equation]]:
    shape = result.measure.shape
    cells: dict[Cell, Counts] = {}
    equations = []
    for column in filter(None, COLUMNS[shape]):
        told: dict[Cell, Counts] = {
            (*_place(result, each), column): counts for each in result.figures if (counts := _told(each, column, shape))
        }
        cells |= told
        if told and _adds_up(result, column):
            # Readers know the whole from another table, whether or not this one shows it.
            whole = (None, month_of(result.period.last_on) if shape.is_stock else result.period, column)
            cells[whole] = added(told.values())
            equations.append(Equation(whole, tuple(told)))
    return cells, equations


def _told(each: Figure, column: Column, shape: Shape) -> Counts | None:
    of_numerator, of_denominator = COLUMNS[shape]
    if column is of_denominator and each.denominator is not None:
        return (int(each.denominator),)
    if column is not of_numerator or each.numerator is None:
        return None
    # Who is not in the numerator is as few as who is.
    is_share = shape in SHARES and each.denominator is not None
    return (each.numerator, int(each.denominator or 0) - each.numerator) if is_share else (each.numerator,)


def _adds_up(result: Result, column: Column) -> bool:
    is_alone = len(result.figures) == 1 and _place(result, result.figures[0])[0] is None
    by_date = result.measure.shape.is_stock and result.by == By.MONTH
    # Few children change teams, so that the others of a whole nearly give a team back.
    return not is_alone and not by_date and (column not in ONCE or result.by == By.TEAM)


def _shown(each: Figure, place: tuple[str | None, Period], hidden: frozenset[Cell], shape: Shape) -> Figure:
    of_numerator, of_denominator = COLUMNS[shape]
    no_numerator, no_denominator = (*place, of_numerator) in hidden, (*place, of_denominator) in hidden
    is_thin = (
        shape in COUNTED_DENOMINATORS
        and each.value is not None
        and each.denominator is not None
        and each.denominator < LEAST_DENOMINATOR
    )
    if not (no_numerator or no_denominator or is_thin):
        return each
    # Who reads the days and the requests has the mean.
    no_mean = shape is Shape.MEAN
    return replace(
        each.withheld(Symbol.SUPPRESSED),
        numerator=None if no_numerator or no_mean else each.numerator,
        denominator=None if no_denominator or no_mean or shape is Shape.STOCK_RATIO else each.denominator,
    )


def _leaks(
    cells: Mapping[Cell, Counts], equations: Sequence[Equation], hidden: set[Cell], small: set[Cell]
) -> list[Equation]:
    """Return equations that help to work out a small cell."""
    determined = recoverable(equations, hidden) & small
    found = [equation for equation in equations if determined.intersection(equation.cells)]
    return found + [
        equation for equation in equations if equation.total not in hidden and _are_all_ones(cells, equation, hidden)
    ]


def _are_all_ones(cells: Mapping[Cell, Counts], equation: Equation, hidden: set[Cell]) -> bool:
    """Say whether the hidden parts add up to their own number, so that each is known to be one."""
    parts = [cells[cell] for cell in equation.parts if cell in hidden]
    return any(sum(counts) == len(parts) for counts in zip(*parts, strict=True))


def _next_to_hide(
    cells: Mapping[Cell, Counts], equation: Equation, hidden: set[Cell], settled: frozenset[Cell]
) -> Cell | None:
    """Return the smallest part that is shown and not nought, else the total, else a nought."""
    shown = sorted(
        (cell for cell in equation.parts if cell not in hidden and cell not in settled),
        key=lambda cell: (min(cells[cell]), str(cell)),
    )
    counted = [cell for cell in shown if min(cells[cell]) > 0]
    if counted:
        return counted[0]
    if equation.total not in hidden and equation.total not in settled:
        return equation.total
    return shown[0] if shown else None


def _reduce(row: dict[Cell, Fraction], pivots: Mapping[Cell, dict[Cell, Fraction]]) -> None:
    for pivot in [cell for cell in row if cell in pivots]:
        _subtract(row, pivots[pivot], pivot)


def _subtract(row: dict[Cell, Fraction], other: Mapping[Cell, Fraction], pivot: Cell) -> None:
    factor = row.get(pivot)
    if not factor:
        return
    for cell, value in other.items():
        rest = row.get(cell, Fraction(0)) - factor * value
        if rest:
            row[cell] = rest
        else:
            row.pop(cell, None)
