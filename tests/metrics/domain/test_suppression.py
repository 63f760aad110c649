"""Suppression: no small count is shown, and none can be worked out from what is shown."""

from collections.abc import Hashable, Mapping, Sequence
from datetime import date
from fractions import Fraction
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.definitions import active, measure
from services.metrics.domain.measures import By, Measure, Shape
from services.metrics.domain.periods import Period
from services.metrics.domain.questions import Question, View
from services.metrics.domain.results import Figure, Result, Sums, Symbol, result
from services.metrics.domain.suppression import (
    COUNTED_DENOMINATORS,
    SHARES,
    Equation,
    hidden_cells,
    is_small,
    publishable,
)
from tests.metrics.builders import an_id

YEAR = Period(date(2024, 4, 1), date(2025, 4, 1))
DATA_ON = date(2025, 6, 1)

small_tables = st.integers(1, 5).flatmap(
    lambda rows: st.integers(1, 5).flatmap(
        lambda columns: st.lists(
            st.lists(st.one_of(st.integers(0, 8), st.integers(0, 60)), min_size=columns, max_size=columns),
            min_size=rows,
            max_size=rows,
        )
    )
)


def with_margins(table: Sequence[Sequence[int]]) -> tuple[dict[Hashable, tuple[int, ...]], list[Equation]]:
    rows, columns = range(len(table)), range(len(table[0]))
    cells: dict[Hashable, tuple[int, ...]] = {(row, col): (table[row][col],) for row, col in product(rows, columns)}
    equations = []
    for row in rows:
        cells[row, "all"] = (sum(table[row]),)
        equations.append(Equation((row, "all"), tuple((row, column) for column in columns)))
    for column in columns:
        cells["all", column] = (sum(line[column] for line in table),)
        equations.append(Equation(("all", column), tuple((row, column) for row in rows)))
    cells["all", "all"] = (sum(map(sum, table)),)
    equations.append(Equation(("all", "all"), tuple((row, "all") for row in rows)))
    equations.append(Equation(("all", "all"), tuple(("all", column) for column in columns)))
    return cells, equations


def determined(equations: Sequence[Equation], hidden: frozenset[Hashable]) -> set[Hashable]:
    """Return the hidden cells without which the equations have a smaller rank by one: those that they determine."""
    columns = sorted(hidden, key=str)
    matrix = [[(cell in equation.parts) - (cell == equation.total) for cell in columns] for equation in equations]
    whole = rank(matrix)
    return {
        cell
        for index, cell in enumerate(columns)
        if rank([*matrix, [int(other == index) for other in range(len(columns))]]) == whole
    }


def rank(matrix: Sequence[Sequence[int]]) -> int:
    rows = [[Fraction(value) for value in row] for row in matrix]
    found = 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((row for row in rows[found:] if row[column]), None)
        if pivot is None:
            continue
        rows.remove(pivot)
        rows.insert(found, pivot)
        for other in rows[found + 1 :]:
            factor = other[column] / pivot[column]
            other[:] = [value - factor * base for value, base in zip(other, pivot, strict=True)]
        found += 1
    return found


@given(small_tables)
def test_no_small_cell_of_a_table_with_margins_can_be_worked_out(table: list[list[int]]) -> None:
    cells, equations = with_margins(table)

    hidden = hidden_cells(cells, equations)

    small = {cell for cell, counts in cells.items() if is_small(counts[0])}
    assert small <= hidden
    assert not small & determined(equations, hidden)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_no_subtraction_of_shown_parts_from_a_shown_total_gives_a_small_count(parts: list[int]) -> None:
    cells: dict[Hashable, tuple[int, ...]] = {**{n: (part,) for n, part in enumerate(parts)}, "all": (sum(parts),)}
    equation = Equation("all", tuple(range(len(parts))))

    hidden = hidden_cells(cells, [equation])

    gone = [cell for cell in equation.parts if cell in hidden]
    if gone and "all" not in hidden:
        rest = sum(cells["all"]) - sum(sum(cells[cell]) for cell in equation.parts if cell not in hidden)
        assert len(gone) > 1
        # Two ones that add up to two would be known to be ones.
        assert rest > len(gone)


def test_a_table_without_small_counts_is_shown_whole() -> None:
    cells, equations = with_margins([[10, 0], [7, 6]])

    assert hidden_cells(cells, equations) == frozenset()


def test_one_small_part_takes_the_smallest_other_part_with_it() -> None:
    cells: dict[Hashable, tuple[int, ...]] = {"a": (3,), "b": (40,), "c": (8,), "d": (0,), "all": (51,)}

    assert hidden_cells(cells, [Equation("all", ("a", "b", "c", "d"))]) == {"a", "c"}


def test_a_small_part_beside_noughts_takes_the_total_with_it() -> None:
    cells: dict[Hashable, tuple[int, ...]] = {"a": (3,), "b": (0,), "all": (3,)}

    assert hidden_cells(cells, [Equation("all", ("a", "b"))]) == {"a", "all"}


def question(which: Measure, by: By = By.TEAM) -> Question:
    return Question(measure=which, by=by, period=YEAR, view=View.INTERNAL)


def answer(which: Measure, *sums: Sums) -> Result:
    keyed: Mapping[tuple[str | None, Period], Sums] = {
        (str(an_id("team", number)), YEAR): each for number, each in enumerate(sums)
    }
    return result(question(which), keyed, labels={}, data_on=DATA_ON)


def symbols(found: Result) -> list[Symbol | None]:
    order = {str(an_id("team", number)): number for number in range(20)}
    return [each.symbol for each in sorted(found.figures, key=lambda each: order[each.key or ""])]


def of_team(found: Result, number: int) -> Figure:
    return next(each for each in found.figures if each.key == str(an_id("team", number)))


def test_a_share_hides_a_small_numerator_and_one_other() -> None:
    found = publishable(answer(measure(code="re_referrals"), Sums(3, 40), Sums(20, 80), Sums(9, 70), Sums(30, 90)))

    assert symbols(found) == [Symbol.SUPPRESSED, None, Symbol.SUPPRESSED, None]
    assert of_team(found, 0).numerator is None
    assert found.total is not None
    assert found.total.numerator == 62


def test_a_share_hides_where_only_few_did_not() -> None:
    found = publishable(
        answer(measure(code="decisions_within_one_working_day"), Sums(97, 100), Sums(60, 90), Sums(50, 95))
    )

    assert of_team(found, 0).numerator is None
    assert of_team(found, 0).value is None


def test_a_percentage_of_fewer_than_ten_is_not_shown() -> None:
    found = publishable(answer(measure(code="re_referrals"), Sums(0, 8), Sums(20, 80)))

    assert of_team(found, 0).symbol is Symbol.SUPPRESSED
    assert of_team(found, 0).value is None


def test_an_average_caseload_of_few_cases_is_hidden_with_its_cases() -> None:
    found = publishable(answer(measure(code="average_caseload"), Sums(4, 1000), Sums(30, 2000), Sums(28, 2000)))

    assert symbols(found) == [Symbol.SUPPRESSED, None, Symbol.SUPPRESSED]
    assert of_team(found, 0).denominator is None


def test_days_waited_by_few_are_hidden_with_their_sum() -> None:
    found = publishable(
        answer(measure(code="days_to_allocation"), Sums(12, 4, 40), Sums(90, 30, 400), Sums(80, 25, 300))
    )

    assert of_team(found, 0).numerator is None
    assert of_team(found, 0).denominator is None
    assert symbols(found) == [Symbol.SUPPRESSED, None, Symbol.SUPPRESSED]


def test_the_internal_figures_are_untouched() -> None:
    inside = answer(measure(code="referrals"), Sums(0, 3), Sums(0, 50))

    publishable(inside)

    assert [each.numerator for each in inside.figures if each.key == str(an_id("team", 0))] == [3]


measures = st.sampled_from(sorted(each.code for each in active() if By.TEAM in each.dimensions))
drawn_sums = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
        lambda pair: Sums(min(pair), max(pair), max(pair) ** 2, held=max(pair) * 2)
    ),
    min_size=1,
    max_size=17,
)


@given(measures, drawn_sums)
def test_no_published_figure_is_made_of_one_to_five(code: str, sums: list[Sums]) -> None:
    which = measure(code=code)

    found = publishable(answer(which, *sums))

    for each in (*found.figures, *((found.total,) if found.total else ())):
        if which.shape is not Shape.MEAN:
            assert each.numerator is None or not is_small(each.numerator)
        if which.shape in SHARES and each.numerator is not None and each.denominator is not None:
            assert not is_small(int(each.denominator) - each.numerator)
        if which.shape in COUNTED_DENOMINATORS and each.denominator is not None:
            assert not is_small(int(each.denominator))
        if each.numerator is None or (each.denominator is None and which.denominator is not None):
            assert (each.value, each.low, each.high) == (None, None, None)


@given(measures, drawn_sums)
def test_no_numerator_of_one_to_five_is_given_back_by_a_whole_that_readers_know(code: str, sums: list[Sums]) -> None:
    which = measure(code=code)
    inside = answer(which, *sums)

    found = publishable(inside)

    of_whole = sum(each.numerator or 0 for each in inside.figures)
    hidden = [each for each in found.figures if each.numerator is None]
    if which.shape is not Shape.MEAN and len(hidden) == 1 and not (found.total and found.total.numerator is None):
        assert not is_small(of_whole - sum(each.numerator or 0 for each in found.figures))


def test_a_team_of_few_changes_of_worker_takes_another_with_it_though_no_total_is_shown() -> None:
    found = publishable(answer(measure(code="worker_changes"), Sums(amount=30, held=90), Sums(amount=3, held=40)))

    assert [each.numerator for each in found.figures] == [None, None]


def test_a_month_of_few_plans_takes_another_with_it_in_the_table_of_rates() -> None:
    which = measure(code="cp_plan_starts_rate")
    asked = Question(measure=which, by=By.MONTH, period=Period(date(2025, 1, 1), date(2025, 4, 1)), view=View.INTERNAL)
    sums: Mapping[tuple[str | None, Period], Sums] = {
        (f"{piece.from_on:%Y-%m}", piece): Sums(base=count)
        for piece, count in zip(asked.pieces, (20, 21, 3), strict=True)
    }

    found = publishable(result(asked, sums, labels={}, data_on=DATA_ON))

    assert [each.numerator for each in found.figures] == [None, 21, None]


def test_a_mean_of_fewer_than_ten_is_not_shown_in_its_parts_either() -> None:
    found = publishable(answer(measure(code="days_to_allocation"), Sums(21, 7, 80), Sums(90, 30, 400)))

    assert (of_team(found, 0).numerator, of_team(found, 0).denominator, of_team(found, 0).value) == (None, None, None)


@settings(max_examples=100, deadline=None)
@given(drawn_sums)
def test_the_numerators_that_are_hidden_by_team_are_not_given_back_by_the_total(sums: list[Sums]) -> None:
    found = publishable(answer(measure(code="re_referrals"), *sums))

    hidden = [each for each in found.figures if each.numerator is None]
    if hidden and found.total is not None and found.total.numerator is not None:
        assert len(hidden) > 1


def test_ten_years_by_month_are_suppressed_quickly_enough_to_wait_for() -> None:
    which = measure(code="re_referrals")
    period = Period(date(2015, 4, 1), date(2025, 4, 1))
    asked = Question(measure=which, by=By.MONTH, period=period, view=View.INTERNAL)
    sums: Mapping[tuple[str | None, Period], Sums] = {
        (str(piece.from_on)[:7], piece): Sums(n % 9, 5 + n % 30) for n, piece in enumerate(asked.pieces)
    }
    whole = result(asked, sums, labels={}, data_on=DATA_ON)

    found = publishable(whole)

    assert len(found.figures) == 120
    assert any(each.symbol is Symbol.SUPPRESSED for each in found.figures)
