"""Suppression: no count of one to five is published, nor given back by a subtraction.

DfE's rule: counts from 1 to 5 are shown as `c`, and other cells with them where a total would give them back.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from services.metrics.domain.measures import Shape
from services.metrics.domain.questions import View
from services.metrics.domain.results import Figure, Result, Symbol

# Source: DfE, explore education statistics: counts of 1 to 5 are suppressed.
SMALLEST, LARGEST = 1, 5
# A percentage of fewer than ten says nothing and narrows the count down.
LEAST_DENOMINATOR = 10

Cell = Hashable
#: The counts that a cell tells: one, or two where a reader knows the whole and so also the rest.
Counts = tuple[int, ...]
_NUMERATOR, _DENOMINATOR = "numerator", "denominator"
_WHOLE = "whole"


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


def hidden_cells(cells: Mapping[Cell, Counts], equations: Sequence[Equation]) -> frozenset[Cell]:
    """Return the cells to hide: the small ones, and as few others as keep each small one from being worked out."""
    small = {cell for cell, counts in cells.items() if any(map(is_small, counts))}
    hidden = set(small)
    while leaks := _leaks(cells, equations, hidden, small):
        added = {_next_to_hide(cells, equation, hidden) for equation in leaks} - {None}
        # Every equation of a leak may be hidden whole while others still give it away.
        hidden |= added or {_next_to_hide(cells, equation, hidden) for equation in equations} - {None}
    return frozenset(cell for cell in hidden if cell is not None)


def recoverable(equations: Sequence[Equation], hidden: Iterable[Cell]) -> frozenset[Cell]:
    """Return the hidden cells that the equations determine, however they are combined."""
    unknown = frozenset(hidden)
    pivots: dict[Cell, dict[Cell, Fraction]] = {}
    for equation in equations:
        row = {cell: Fraction(1) for cell in equation.parts if cell in unknown}
        if equation.total in unknown:
            row[equation.total] = Fraction(-1)
        _reduce(row, pivots)
        if row:
            pivot = next(iter(row))
            row = {cell: factor / row[pivot] for cell, factor in row.items()}
            for other in pivots.values():
                _subtract(other, row, pivot)
            pivots[pivot] = row
    return frozenset(pivot for pivot, row in pivots.items() if len(row) == 1)


def publishable(result: Result) -> Result:
    """Return the result as it may be shown to anybody."""
    rows = {_name(each): each for each in result.figures}
    if result.total is not None:
        rows[_WHOLE] = result.total
    cells, equations = _table(rows, result)
    hidden = hidden_cells(cells, equations)
    shown = {name: _shown(each, name, hidden, result.measure.shape) for name, each in rows.items()}
    return replace(
        result,
        view=View.PUBLISHABLE,
        figures=tuple(shown[_name(each)] for each in result.figures),
        total=shown.get(_WHOLE),
    )


def _name(each: Figure) -> str:
    return f"{each.period.from_on}/{each.key}"


def _table(rows: Mapping[str, Figure], result: Result) -> tuple[dict[Cell, Counts], list[Equation]]:
    shape = result.measure.shape
    cells: dict[Cell, Counts] = {}
    for name, each in rows.items():
        if each.numerator is None:
            continue
        if shape in _SHARES and each.denominator is not None:
            # Who is not in the numerator is as few as who is.
            cells[name, _NUMERATOR] = (each.numerator, int(each.denominator) - each.numerator)
        elif shape is not Shape.MEAN:
            cells[name, _NUMERATOR] = (each.numerator,)
        if each.denominator is not None and shape in COUNTED_DENOMINATORS:
            cells[name, _DENOMINATOR] = (int(each.denominator),)
    equations = []
    for column in (_NUMERATOR, _DENOMINATOR):
        parts = tuple((name, column) for name in rows if name != _WHOLE and (name, column) in cells)
        if (_WHOLE, column) in cells and parts:
            equations.append(Equation((_WHOLE, column), parts))
    return cells, equations


_SHARES = frozenset({Shape.SHARE, Shape.STOCK_SHARE})
# Denominators that count children or requests; FTE and populations are known to everybody.
COUNTED_DENOMINATORS = frozenset({Shape.SHARE, Shape.STOCK_SHARE, Shape.MEAN, Shape.PER_HELD})


def _shown(each: Figure, name: str, hidden: frozenset[Cell], shape: Shape) -> Figure:
    gone = {column for column in (_NUMERATOR, _DENOMINATOR) if (name, column) in hidden}
    if shape is Shape.MEAN and gone:
        gone.add(_NUMERATOR)
    if gone:
        each = replace(
            each.withheld(Symbol.SUPPRESSED),
            numerator=None if _NUMERATOR in gone else each.numerator,
            denominator=None if _DENOMINATOR in gone or shape is Shape.STOCK_RATIO else each.denominator,
        )
    is_thin = shape in COUNTED_DENOMINATORS and each.denominator is not None
    if is_thin and each.value is not None and (each.denominator or 0) < LEAST_DENOMINATOR:
        return each.withheld(Symbol.SUPPRESSED)
    return each


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


def _next_to_hide(cells: Mapping[Cell, Counts], equation: Equation, hidden: set[Cell]) -> Cell | None:
    """Return the smallest part that is shown and not nought, else the total, else a nought."""
    shown = sorted(
        (cell for cell in equation.parts if cell not in hidden), key=lambda cell: (min(cells[cell]), str(cell))
    )
    counted = [cell for cell in shown if min(cells[cell]) > 0]
    if counted:
        return counted[0]
    if equation.total not in hidden:
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
