"""Editions: whoever subtracts what was shown once from what is shown now gets no small count."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.definitions import measure
from services.metrics.domain.editions import (
    DisclosureRisk,
    Edition,
    State,
    frozen_sums,
    hidden_cells_of,
    name_of,
    need_no_small_change,
    newest,
    state_at,
)
from services.metrics.domain.grid import window_equations
from services.metrics.domain.measures import By
from services.metrics.domain.periods import Period, financial_year, months, quarter_of
from services.metrics.domain.questions import Question, View
from services.metrics.domain.results import Sums
from services.metrics.domain.suppression import Column, is_small
from services.metrics.domain.tallies import TallyCode

YEAR = financial_year(2025)
MONTHS = months(YEAR)[:6]
TEAMS = ("north", "south", "west")
QUARTERS = tuple(dict.fromkeys(quarter_of(month.from_on) for month in MONTHS))
REFERRALS = measure(code="family_referrals")

#: What each team has in each month.
Table = Sequence[Sequence[int]]
counts = st.one_of(st.integers(0, 7), st.integers(0, 60))
tables = st.lists(st.lists(counts, min_size=6, max_size=6), min_size=3, max_size=3)
late = st.lists(
    st.lists(st.sampled_from((0, 0, 0, 1, 4, 6, 12, -2, 30)), min_size=6, max_size=6), min_size=3, max_size=3
)


def edition_of(table: Table, month: Period, *, number: int) -> Edition:
    sums = {
        ("family_referral", team, "unassigned"): Sums(base=row[MONTHS.index(month)])
        for team, row in zip(TEAMS, table, strict=True)
        if row[MONTHS.index(month)]
    }
    return Edition(
        what="family_referral", period=month, number=number, data_on=date(2024, 11, 1), frozen_on=date(2024, 11, 1),
        sums=sums,
    )  # fmt: skip


def shown(state: State) -> dict[tuple[str | None, Period], int]:
    """Return all that anybody can read: the figures by team and as a whole, of months and quarters."""
    hidden = hidden_cells_of(REFERRALS, state)
    found = {}
    for window in (*MONTHS, *QUARTERS):
        for by in (By.TEAM, By.NONE):
            asked = Question(measure=REFERRALS, by=by, period=window, view=View.PUBLISHABLE)
            every: Mapping[str | None, int] = {key: sums.base for (key, _), sums in frozen_sums(asked, state).items()}
            for key in TEAMS if by is By.TEAM else (None,):
                if (key, window, Column.BASE) not in hidden:
                    found[key, window] = every.get(key, 0)
    return found


def rests(read: Mapping[tuple[str | None, Period], int]) -> dict[object, int]:
    """Return what is left of a whole for the cells of it that are hidden together."""
    found: dict[object, int] = {}
    wholes = [((None, window), [(team, window) for team in TEAMS]) for window in (*MONTHS, *QUARTERS)]
    for equation in window_equations(YEAR):
        if equation.total in QUARTERS:
            wholes += [((key, equation.total), [(key, part) for part in equation.parts]) for key in (*TEAMS, None)]  # type: ignore[misc,list-item]
    for whole, parts in wholes:
        if whole in read:
            lacking = tuple(part for part in parts if part not in read)
            found[whole, lacking] = read[whole] - sum(read.get(part, 0) for part in parts)
    return found


@settings(max_examples=40, deadline=None)
@given(tables, st.lists(st.tuples(late, st.sampled_from((*MONTHS, *QUARTERS))), min_size=1, max_size=3))
def test_who_subtracts_any_showing_from_any_other_gets_no_count_of_one_to_five(
    table: list[list[int]], revisions: list[tuple[list[list[int]], Period]]
) -> None:
    editions = [edition_of(table, month, number=1) for month in MONTHS]
    read = [shown(newest(editions))]
    for number, (more, window) in enumerate(revisions, start=2):
        table = [[max(0, a + b) for a, b in zip(row, by, strict=True)] for row, by in zip(table, more, strict=True)]
        inside = [month for month in MONTHS if window.contains(month.from_on)]
        revised = {month: edition_of(table, month, number=number) for month in inside}
        try:
            need_no_small_change([TallyCode.FAMILY_REFERRAL], editions, revised)
        except DisclosureRisk:
            pass
        else:
            editions += revised.values()
        read.append(shown(newest(editions)))

    for one, other in combinations(read, 2):
        assert not any(is_small(abs(one[cell] - other[cell])) for cell in one.keys() & other.keys())
        left, right = rests(one), rests(other)
        assert not any(is_small(abs(left[cell] - right[cell])) for cell in left.keys() & right.keys())


FULL = [[20, 20, 20, 30, 30, 30]] * 3


def revise(table: Table, window: Period, editions: Sequence[Edition], *, number: int = 2) -> list[Edition]:
    inside = [month for month in MONTHS if window.contains(month.from_on)]
    revised = {month: edition_of(table, month, number=number) for month in inside}
    need_no_small_change([TallyCode.FAMILY_REFERRAL], editions, revised)
    return [*editions, *revised.values()]


def with_april(count: int) -> Table:
    return [[count, *FULL[0][1:]], *FULL[1:]]


def test_a_late_child_of_a_closed_month_does_not_change_what_is_published() -> None:
    frozen = [edition_of(FULL, month, number=1) for month in MONTHS]

    with pytest.raises(DisclosureRisk):
        revise(with_april(21), MONTHS[0], frozen)
    assert newest(revise(with_april(26), MONTHS[0], frozen))[MONTHS[0]].number == 2


def test_a_revision_is_checked_against_every_edition_and_not_only_the_last() -> None:
    frozen = [edition_of(FULL, month, number=1) for month in MONTHS]
    twice = revise(with_april(30), MONTHS[0], frozen)

    with pytest.raises(DisclosureRisk):
        revise(with_april(22), MONTHS[0], twice, number=3)
    assert state_at(twice, 1)[MONTHS[0]].sums != newest(twice)[MONTHS[0]].sums


def test_small_changes_that_cancel_out_in_the_whole_are_no_revision() -> None:
    frozen = [edition_of(FULL, month, number=1) for month in MONTHS]
    moved = [[23, *FULL[0][1:]], [17, *FULL[1][1:]], FULL[2]]

    with pytest.raises(DisclosureRisk):
        revise(moved, MONTHS[0], frozen)


def test_measures_that_count_the_same_children_are_frozen_together() -> None:
    for one, other in (
        ("referrals", "no_further_action"),
        ("cp_plan_starts", "repeat_cp_plans_within_two_years"),
        ("assessments_within_45_days_of_start", "assessments_within_45_days_of_referral"),
    ):
        assert name_of(measure(code=one)) == name_of(measure(code=other))


def test_all_tables_of_one_tally_hide_the_same_whichever_of_them_is_asked() -> None:
    sums = {
        ("cp_start", team, "unassigned"): Sums(base=each, amount=each // 2)
        for team, each in zip(TEAMS, (3, 20, 30), strict=True)
    }
    state = {
        month: Edition(
            what="cp_start", period=month, number=1, data_on=YEAR.until_on, frozen_on=YEAR.until_on, sums=sums
        )
        for month in MONTHS
    }

    of_counts, of_rates = (
        hidden_cells_of(measure(code=code), state) for code in ("cp_plan_starts", "cp_plan_starts_rate")
    )

    assert of_counts == of_rates
    assert ("north", MONTHS[0], Column.BASE) in of_counts
