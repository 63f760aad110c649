"""Clocks start, are met, restart and are voided by the acts of the work, in whatever order they are recorded."""

from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.deadline import Basis, Standing, Unit, local_day
from libs.kernel.working_days import is_working_day
from services.workbook.domain import clocks
from services.workbook.domain.clock_rules import RECURRING, Chain, LocalValues, Placement, looked_after_visit, rules
from services.workbook.domain.clocks import EFFECTS, Act, Happened, Kept, Run

WORKBOOK, CHILD, SIBLING = UUID(int=1), UUID(int=2), UUID(int=3)
LOCAL = LocalValues()


def at(day: str, hour: int = 10) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def said(*acts: Happened) -> dict[UUID, Run]:
    runs: dict[UUID, Run] = {}
    for act in acts:
        for run in clocks.after(runs.values(), act, workbook_id=WORKBOOK):
            runs[run.id] = run
    return runs


def kept(chain: Chain, *acts: Happened, local: LocalValues = LOCAL) -> list[Kept]:
    found = [k for run in said(*acts).values() if run.chain is chain for k in clocks.clocks(run, local=local)]
    return sorted(found, key=lambda k: k.clock.started_at)


def child(act: Act, day: str, **more: object) -> Happened:
    return Happened(act=act, at=at(day), child_id=CHILD, **more)  # type: ignore[arg-type]


def test_the_assessment_is_due_45_working_days_after_the_referral_not_after_its_start() -> None:
    started = Happened(act=Act.ASSESSMENT_STARTED, at=at("2025-04-14"), since={Chain.ASSESSMENT: at("2025-04-10")})

    (clock,) = kept(Chain.ASSESSMENT, started)

    assert (clock.number, local_day(clock.clock.due_at)) == ("C5", date(2025, 6, 18))
    assert clock.clock.basis is Basis.GUIDANCE


def test_the_initial_conference_is_due_15_working_days_after_the_strategy_discussion() -> None:
    (clock,) = kept(Chain.INITIAL_CONFERENCE, child(Act.ENQUIRY_STARTED, "2025-12-18"))

    assert local_day(clock.clock.due_at) == date(2026, 1, 13)


def test_an_enquiry_that_ends_without_a_conference_voids_its_clock() -> None:
    acts = (child(Act.ENQUIRY_STARTED, "2025-03-03"), child(Act.ENQUIRY_ENDED, "2025-03-10"))

    (conference,) = kept(Chain.INITIAL_CONFERENCE, *acts)
    (enquiry,) = kept(Chain.ENQUIRY, *acts)

    assert conference.clock.standing(at("2025-05-01")) is Standing.VOID
    assert enquiry.clock.standing(at("2025-05-01")) is Standing.MET


def test_the_first_core_group_is_due_in_ten_working_days_and_later_ones_by_the_local_number() -> None:
    first, second = kept(Chain.CORE_GROUP, child(Act.CP_STARTED, "2025-04-10"), child(Act.CORE_GROUP, "2025-04-28"))

    assert (first.number, local_day(first.clock.due_at)) == ("C10", date(2025, 4, 28))
    assert first.clock.standing(at("2025-05-01")) is Standing.MET
    assert (second.number, local_day(second.clock.due_at)) == ("C11", date(2025, 6, 9))


def test_the_first_review_conference_is_due_in_three_months_and_later_ones_in_six() -> None:
    first, second, third = kept(
        Chain.CP_REVIEW,
        child(Act.CP_STARTED, "2024-11-29"),
        child(Act.REVIEW_CONFERENCE, "2025-02-27"),
        child(Act.REVIEW_CONFERENCE, "2025-08-20"),
    )

    assert [local_day(k.clock.due_at) for k in (first, second, third)] == [
        date(2025, 2, 28), date(2025, 8, 27), date(2026, 2, 20),
    ]  # fmt: skip


def test_a_visit_at_which_the_child_was_seen_starts_the_next_ten_working_days() -> None:
    first, second = kept(Chain.CP_VISIT, child(Act.CP_STARTED, "2025-12-18"), child(Act.CHILD_SEEN, "2026-03-30"))

    assert local_day(first.clock.due_at) == date(2026, 1, 6)
    assert first.clock.standing(at("2026-04-01")) is Standing.MET_LATE
    assert local_day(second.clock.due_at) == date(2026, 4, 15)


def test_a_protection_visit_is_warned_of_three_days_before_it_is_due() -> None:
    (clock,) = kept(Chain.CP_VISIT, child(Act.CP_STARTED, "2025-06-02"))

    assert clock.clock.due_at - clock.clock.amber_at == timedelta(days=3)


def test_a_visit_to_a_sibling_meets_only_the_siblings_clock() -> None:
    both = (
        child(Act.CP_STARTED, "2025-06-02"),
        Happened(act=Act.CP_STARTED, at=at("2025-06-02"), child_id=SIBLING),
        Happened(act=Act.CHILD_SEEN, at=at("2025-06-05"), child_id=SIBLING),
    )

    standings = {(k.child_id, k.clock.standing(at("2025-06-06"))) for k in kept(Chain.CP_VISIT, *both)}

    assert standings == {(CHILD, Standing.RUNNING), (SIBLING, Standing.MET), (SIBLING, Standing.RUNNING)}


def test_visits_recorded_late_and_in_any_order_give_the_same_clocks() -> None:
    started = child(Act.CP_STARTED, "2025-06-02")
    visits = [child(Act.CHILD_SEEN, day) for day in ("2025-06-09", "2025-06-20", "2025-07-02")]

    outcomes = {tuple(kept(Chain.CP_VISIT, started, *order)) for order in permutations(visits)}

    assert len(outcomes) == 1
    assert len(next(iter(outcomes))) == 4


def test_a_visit_before_the_plan_began_changes_nothing() -> None:
    (clock,) = kept(Chain.CP_VISIT, child(Act.CP_STARTED, "2025-06-02"), child(Act.CHILD_SEEN, "2025-05-30"))

    assert clock.clock.met_at is None


def test_the_end_of_a_plan_voids_what_runs_and_leaves_what_was_met() -> None:
    first, second = kept(
        Chain.CP_VISIT,
        child(Act.CP_STARTED, "2025-06-02"),
        child(Act.CHILD_SEEN, "2025-06-09"),
        child(Act.CP_ENDED, "2025-06-16"),
    )

    assert (first.clock.standing(at("2026-01-01")), second.clock.standing(at("2026-01-01"))) == (
        Standing.MET,
        Standing.VOID,
    )


def test_a_second_plan_starts_its_own_clocks() -> None:
    runs = said(
        child(Act.CP_STARTED, "2025-06-02"), child(Act.CP_ENDED, "2025-06-16"), child(Act.CP_STARTED, "2025-09-01")
    )

    assert sum(run.chain is Chain.CP_VISIT for run in runs.values()) == 2


def test_the_same_act_twice_starts_nothing_twice() -> None:
    once, twice = said(child(Act.CP_STARTED, "2025-06-02")), said(*[child(Act.CP_STARTED, "2025-06-02")] * 2)

    assert once == twice


def test_closing_voids_every_running_clock() -> None:
    runs = said(
        Happened(act=Act.OPENED, at=at("2025-06-02")),
        child(Act.CP_STARTED, "2025-06-02"),
        child(Act.CIN_STARTED, "2025-06-02"),
        child(Act.LOOKED_AFTER_STARTED, "2025-06-02"),
        Happened(act=Act.CLOSED, at=at("2025-06-10")),
    )

    assert all(run.ended_at == at("2025-06-10") for run in runs.values())


def test_supervision_is_due_a_month_after_the_one_before() -> None:
    first, second = kept(
        Chain.SUPERVISION,
        Happened(act=Act.OPENED, at=at("2025-01-31")),
        Happened(act=Act.SUPERVISED, at=at("2025-02-27")),
    )

    assert [local_day(k.clock.due_at) for k in (first, second)] == [date(2025, 2, 28), date(2025, 3, 27)]


def test_the_first_meeting_of_a_child_in_need_plan_counts_from_the_assessment() -> None:
    started = child(Act.CIN_STARTED, "2025-06-10", since={Chain.CIN_MEETING: at("2025-06-02")})

    (clock,) = kept(Chain.CIN_MEETING, started)

    assert (clock.number, local_day(clock.clock.due_at)) == ("C16", date(2025, 6, 30))


def test_the_three_looked_after_reviews_are_law() -> None:
    reviews = kept(
        Chain.LA_REVIEW,
        child(Act.LOOKED_AFTER_STARTED, "2025-04-10"),
        child(Act.LA_REVIEW, "2025-05-13"),
        child(Act.LA_REVIEW, "2025-08-01"),
    )

    assert [k.number for k in reviews] == ["C18", "C19", "C20"]
    assert [local_day(k.clock.due_at) for k in reviews] == [date(2025, 5, 13), date(2025, 8, 13), date(2026, 2, 1)]
    assert {k.clock.basis for k in reviews} == {Basis.LAW}


@pytest.mark.parametrize(
    ("placement", "before_review", "after_review", "number"),
    [
        (Placement.ORDINARY, 42, 42, "C22"),
        (Placement.PARENT_UNASSESSED, 7, 42, "C24"),
        (Placement.CONNECTED_TEMPORARY, 7, 28, "C25"),
        (Placement.CARE_ORDER_WITH_PARENT, 42, 42, "C26"),
    ],
)
def test_visits_to_a_looked_after_child_follow_the_placement(
    placement: Placement, before_review: int, after_review: int, number: str
) -> None:
    first, second, third = kept(
        Chain.LA_VISIT,
        child(Act.LOOKED_AFTER_STARTED, "2025-06-02", placement=placement),
        child(Act.CHILD_SEEN, "2025-06-06"),
        child(Act.LA_REVIEW, "2025-06-27"),
        child(Act.CHILD_SEEN, "2025-07-07"),
    )

    lengths = [(local_day(k.clock.due_at) - local_day(k.clock.started_at)).days for k in (first, second, third)]
    assert lengths == [7, before_review, after_review]
    assert second.number == number


def test_visits_to_a_child_at_home_on_a_care_order_are_law_by_their_own_paragraph() -> None:
    clocks_kept = kept(
        Chain.LA_VISIT,
        child(Act.LOOKED_AFTER_STARTED, "2025-06-02", placement=Placement.CARE_ORDER_WITH_PARENT),
        child(Act.CHILD_SEEN, "2025-06-06"),
    )

    assert [k.number for k in clocks_kept] == ["C26", "C26"]
    assert all(k.clock.source.endswith("reg. 28(5)") for k in clocks_kept)


def test_a_settled_placement_meant_to_last_is_visited_every_three_months_after_a_year() -> None:
    settled = looked_after_visit(
        Placement.LONG_TERM, place=9, placed_at=at("2024-03-01"), from_at=at("2025-03-01"), reviewed_at=None
    )
    other = looked_after_visit(
        Placement.ORDINARY, place=9, placed_at=at("2024-03-01"), from_at=at("2025-03-01"), reviewed_at=None
    )

    assert (settled.number, settled.rule.amount, settled.rule.unit) == ("C23", 3, Unit.MONTHS)
    assert (other.number, other.rule.amount, other.rule.unit) == ("C23", 42, Unit.DAYS)


def test_a_new_placement_is_visited_within_a_week() -> None:
    visits = kept(
        Chain.LA_VISIT,
        child(Act.LOOKED_AFTER_STARTED, "2025-06-02"),
        child(Act.CHILD_SEEN, "2025-06-06"),
        child(Act.PLACED, "2025-06-20", placement=Placement.LONG_TERM),
    )

    assert visits[-1].clock.started_at == at("2025-06-20")
    assert local_day(visits[-1].clock.due_at) == date(2025, 6, 27)
    assert visits[1].clock.voided_at == at("2025-06-20")


def test_proceedings_count_the_day_of_issue_as_the_first_day() -> None:
    (clock,) = kept(Chain.PROCEEDINGS, child(Act.PROCEEDINGS_STARTED, "2025-01-06"))

    assert local_day(clock.clock.due_at) == date(2025, 7, 6)


def test_the_family_meeting_belongs_into_the_letter_before_proceedings() -> None:
    letter = Happened(act=Act.LETTER_SENT, at=at("2026-06-02"))
    offered = Happened(act=Act.FAMILY_MEETING_OFFERED, at=at("2026-06-02", 15))

    (without,) = kept(Chain.FAMILY_MEETING_OFFER, letter)
    (with_offer,) = kept(Chain.FAMILY_MEETING_OFFER, letter, offered)

    assert without.clock.standing(at("2026-06-03")) is Standing.BREACHED
    assert with_offer.clock.standing(at("2026-06-03")) is Standing.MET


def test_local_values_are_configured_and_say_so() -> None:
    (clock,) = kept(Chain.CP_VISIT, child(Act.CP_STARTED, "2025-06-02"), local=LocalValues(cp_visit_working_days=20))

    assert local_day(clock.clock.due_at) == date(2025, 6, 30)
    assert clock.clock.basis is Basis.LOCAL


def test_a_clock_from_before_the_bundled_holidays_is_left_out() -> None:
    acts = (child(Act.CP_STARTED, "1970-06-02"), child(Act.CHILD_SEEN, "2025-06-02"))

    clocks_kept = kept(Chain.CP_VISIT, *acts)

    assert [k.clock.started_at for k in clocks_kept] == [at("2025-06-02")]


def test_every_chain_is_started_by_some_act_and_met_or_ended_by_another() -> None:
    for chain in Chain:
        assert any(chain in effect.starts for effect in EFFECTS.values()), chain
        assert any(chain in effect.meets for effect in EFFECTS.values()), chain


moments = st.datetimes(datetime(2012, 1, 2), datetime(2027, 6, 30)).map(lambda m: m.replace(tzinfo=UTC))  # noqa: DTZ001
acts = st.builds(
    Happened,
    act=st.sampled_from(Act),
    at=moments,
    child_id=st.sampled_from([CHILD, SIBLING]),
    placement=st.sampled_from(Placement),
)


@given(st.lists(acts, max_size=12))
def test_a_clock_in_working_days_never_falls_on_a_holiday(happened: list[Happened]) -> None:
    working_day_kinds = {
        numbered.rule.kind
        for numbers in rules(LOCAL).values()
        for numbered in numbers
        if numbered.rule.unit is Unit.WORKING_DAYS
    }

    for run in said(*happened).values():
        for one in clocks.clocks(run, local=LOCAL):
            assert one.clock.due_at >= one.clock.started_at - timedelta(seconds=1)
            assert one.clock.calendar_version
            if one.clock.kind in working_day_kinds:
                assert is_working_day(local_day(one.clock.due_at))


@given(st.lists(acts, max_size=12))
def test_a_run_has_at_most_one_running_clock_and_none_after_its_end(happened: list[Happened]) -> None:
    for run in said(*happened).values():
        made = clocks.clocks(run, local=LOCAL)
        running = [k for k in made if k.clock.met_at is None and k.clock.voided_at is None]
        assert len({k.id for k in made}) == len(made)
        assert len(running) <= 1
        assert not (running and run.ended_at)
        if run.chain not in RECURRING:
            assert len(made) == 1
