"""The grid of published windows: what one table hides no other gives back."""

from collections.abc import Hashable, Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.definitions import measure
from services.metrics.domain.grid import hidden_in_grid
from services.metrics.domain.periods import Period, financial_year, months, quarter_of
from services.metrics.domain.results import Sums
from services.metrics.domain.suppression import Cell, Column, Equation, is_small, recoverable

YEAR = financial_year(2025)
MONTHS = months(YEAR)
QUARTERS = tuple(dict.fromkeys(quarter_of(month.from_on) for month in MONTHS))

tables = st.integers(1, 4).flatmap(
    lambda teams: st.lists(
        st.lists(st.one_of(st.integers(0, 7), st.integers(0, 40)), min_size=12, max_size=12),
        min_size=teams,
        max_size=teams,
    )
)


def crossed(table: Sequence[Sequence[int]], closed: int = 12) -> Mapping[tuple[str | None, Period], Sums]:
    return {
        (f"team {number}", month): Sums(base=count)
        for number, row in enumerate(table)
        for month, count in zip(MONTHS[:closed], row, strict=False)
    }


def hidden(table: Sequence[Sequence[int]], closed: int = 12) -> frozenset[Cell]:
    within = Period(YEAR.from_on, MONTHS[closed - 1].until_on)
    return hidden_in_grid(measure(code="family_referrals"), [crossed(table, closed)], within=within)


def whole_grid(table: Sequence[Sequence[int]]) -> tuple[dict[Hashable, int], list[Equation]]:
    """Return all cells and equations that a reader knows."""
    rows: dict[str | None, Sequence[int]] = {f"team {number}": row for number, row in enumerate(table)}
    every: dict[str | None, Sequence[int]] = {None: [sum(column) for column in zip(*table, strict=True)]}
    every |= rows
    cells: dict[Hashable, int] = {}
    equations = []

    def named(key: str | None, window: Period) -> Hashable:
        return key, window, Column.BASE

    for key, row in every.items():
        for window in (*MONTHS, *QUARTERS, YEAR):
            inside = [number for number, month in enumerate(MONTHS) if window.contains(month.from_on)]
            cells[named(key, window)] = sum(row[number] for number in inside)
            if len(inside) > 1:
                equations.append(Equation(named(key, window), tuple(named(key, MONTHS[n]) for n in inside)))
    wholes = [
        Equation(named(None, window), tuple(named(key, window) for key in rows))
        for window in (*MONTHS, *QUARTERS, YEAR)
    ]
    return cells, equations + wholes


@settings(max_examples=60, deadline=None)
@given(tables)
def test_no_small_count_of_a_team_and_a_window_can_be_worked_out_from_all_tables_together(
    table: list[list[int]],
) -> None:
    cells, equations = whole_grid(table)

    gone = hidden(table)

    small = {cell for cell, count in cells.items() if is_small(count)}
    assert small <= gone
    assert not small & recoverable(equations, gone)


@settings(max_examples=30, deadline=None)
@given(tables, st.integers(1, 11))
def test_what_was_shown_when_a_window_closed_is_shown_as_before_when_later_ones_close(
    table: list[list[int]], closed: int
) -> None:
    then, later = hidden(table, closed), hidden(table)

    assert then == {cell for cell in later if cell[1].until_on <= MONTHS[closed - 1].until_on}  # type: ignore[index]


def test_a_quarter_does_not_give_back_the_month_of_few() -> None:
    gone = hidden([[20, 20, 3] + [20] * 9, [30] * 12])

    march, quarter = MONTHS[2], QUARTERS[0]
    assert ("team 0", march, Column.BASE) in gone
    shown = {(key, window) for key in ("team 0",) for window in (*MONTHS[:2], quarter)} - {each[:2] for each in gone}  # type: ignore[index]
    assert len(shown) == 2


def test_six_teams_of_one_each_are_not_counted_together() -> None:
    gone = hidden([[1] + [0] * 11] * 6)

    assert (None, MONTHS[0], Column.BASE) in gone
