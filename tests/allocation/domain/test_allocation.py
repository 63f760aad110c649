"""Who holds a family, and how it passes on."""

from datetime import date, timedelta

import pytest

from libs.kernel.codes import WorkerChangeReason
from libs.kernel.ids import PersonId, ReferralId, WorkerId
from services.allocation.domain import allocation as allocations
from services.allocation.domain import checklist
from services.allocation.domain import handover as handovers
from services.allocation.domain.allocation import (
    AllocationState,
    CoveredBySelf,
    EndsBeforeItBegan,
    LeadRequired,
    OverlappingLead,
    WorkEnded,
)
from services.allocation.domain.cases import Share
from services.allocation.domain.checklist import ChecklistUnfinished, ImplausibleStep, Step, StepDoneAlready
from services.allocation.domain.handover import FamilyNotTold, HandoverState, ImplausibleVisit, JointVisitMissing
from tests.allocation.domain.builders import NOW, TODAY, allocation, handover, number

ANOTHER = WorkerId(number(11))
DAY = timedelta(1)


def test_a_family_has_one_lead_at_a_time() -> None:
    with pytest.raises(OverlappingLead):
        allocations.start(allocation(601, worker_id=ANOTHER), others=[allocation()])


def test_split_siblings_may_have_a_lead_each() -> None:
    other = allocation(601, worker_id=ANOTHER, children=(PersonId(number(9001)),))

    assert allocations.start(other, others=[allocation()]) == other


def test_a_co_worker_stands_beside_the_lead_but_nobody_twice() -> None:
    beside = allocation(601, worker_id=ANOTHER, share=Share.CO)

    assert allocations.start(beside, others=[allocation()]) == beside
    with pytest.raises(OverlappingLead):
        allocations.start(allocation(602, share=Share.CO), others=[allocation()])


def test_the_lead_may_take_the_family_on_again_for_another_referral_but_not_twice_for_one() -> None:
    again = allocation(602, referral_id=ReferralId(number(77)))

    assert allocations.start(again, others=[allocation()]) == again
    with pytest.raises(OverlappingLead):
        allocations.start(allocation(602), others=[allocation()])


def test_a_co_worker_may_become_the_lead() -> None:
    lead = allocation(602)

    assert allocations.start(lead, others=[allocation(share=Share.CO)]) == lead


def test_an_ended_allocation_is_in_nobodys_way() -> None:
    ended = allocation(state=AllocationState.ENDED, ended_at=NOW)
    again = allocation(601)

    assert allocations.start(again, others=[ended]) == again


def test_a_lead_ends_only_with_the_work_or_with_a_successor() -> None:
    with pytest.raises(LeadRequired):
        allocations.end(allocation(), reason=WorkerChangeReason.LEFTRL, now=NOW, successor=False)

    closed = allocations.end(allocation(), reason=WorkEnded.CLOSURE, now=NOW, successor=False)
    passed = allocations.end(allocation(), reason=WorkerChangeReason.LEFTRL, now=NOW, successor=True)

    assert (closed.end_reason, passed.end_reason) == ("closure", "LEFTRL")
    assert not closed.is_open


def test_a_co_worker_leaves_without_a_successor() -> None:
    left = allocations.end(allocation(share=Share.CO), reason=WorkerChangeReason.MANAGE, now=NOW, successor=False)

    assert left.ended_at == NOW


def test_nothing_ends_before_it_began() -> None:
    with pytest.raises(EndsBeforeItBegan):
        allocations.end(allocation(started_at=NOW), reason=WorkEnded.CLOSURE, now=NOW - DAY, successor=False)


def test_cover_keeps_the_lead_and_ends_with_the_return() -> None:
    covered = allocations.cover(allocation(), by=ANOTHER)

    assert covered.worker_id == allocation().worker_id
    assert covered.covered_by == ANOTHER
    assert allocations.resume(covered).covered_by is None
    with pytest.raises(CoveredBySelf):
        allocations.cover(allocation(), by=allocation().worker_id)


def test_only_a_lead_is_handed_over() -> None:
    with pytest.raises(LeadRequired):
        allocations.plan_handover(allocation(share=Share.CO), now=NOW)


def test_continuity_counts_changes_and_the_part_of_the_longest_lead() -> None:
    first = allocation(600, started_at=NOW - 400 * DAY, ended_at=NOW - 100 * DAY, state=AllocationState.ENDED)
    then = allocation(601, worker_id=ANOTHER, started_at=NOW - 100 * DAY)

    found = allocations.continuity([then, first, allocation(602, share=Share.CO)], now=NOW)

    assert (found.leads, found.changes, found.months, found.share_of_longest) == (2, 1, 13, 0.75)


def test_the_same_worker_again_is_no_change() -> None:
    first = allocation(600, started_at=NOW - 400 * DAY, ended_at=NOW - 100 * DAY, state=AllocationState.ENDED)

    assert allocations.continuity([first, allocation(601, started_at=NOW - 90 * DAY)], now=NOW).changes == 0
    assert allocations.continuity([], now=NOW).share_of_longest is None


BY = number(3)


def test_months_known_add_up_over_all_that_a_worker_held() -> None:
    first = allocation(600, started_at=NOW - 400 * DAY, ended_at=NOW - 309 * DAY, state=AllocationState.ENDED)

    again = [first, allocation(601, share=Share.CO, started_at=NOW - 91 * DAY)]
    assert allocations.months_known(again, worker_id=first.worker_id, now=NOW) == 6
    assert allocations.months_known(again, worker_id=ANOTHER, now=NOW) is None


def test_a_joint_visit_tells_the_family() -> None:
    visited = handovers.record_joint_visit(handover(), visited_on=TODAY - DAY, family_told_on=None, by=BY, now=NOW)
    ready = handovers.tick(visited, checklist.left(visited.checklist), by=BY, done_on=TODAY, now=NOW)

    completed = handovers.complete(ready, family_told_on=None, no_visit_reason=None, by=BY, now=NOW)

    assert completed.family_told_on == TODAY - DAY
    assert completed.no_visit_reason is None


@pytest.mark.parametrize(
    "steps", [(Step.JOINT_VISIT_HELD, Step.FAMILY_TOLD), (Step.FAMILY_TOLD, Step.JOINT_VISIT_HELD)]
)
def test_steps_are_ticked_in_whatever_order_they_are_named(steps: tuple[Step, ...]) -> None:
    ticked = handovers.tick(handover(), steps, by=BY, done_on=TODAY, now=NOW)

    assert ticked.state is HandoverState.JOINT_VISIT_DONE
    assert set(checklist.left(ticked.checklist)) == set(Step) - set(steps)


@pytest.mark.parametrize("visited_on", [TODAY + DAY, TODAY - 8 * DAY])
def test_a_joint_visit_lies_between_the_planning_and_today(visited_on: date) -> None:
    with pytest.raises(ImplausibleVisit):
        handovers.record_joint_visit(handover(), visited_on=visited_on, family_told_on=None, by=BY, now=NOW)


def test_without_a_joint_visit_a_handover_needs_a_reason() -> None:
    with pytest.raises(JointVisitMissing):
        handovers.complete(handover(), family_told_on=TODAY, no_visit_reason=None, by=BY, now=NOW)


@pytest.mark.parametrize("told_on", [None, TODAY + DAY])
def test_a_family_is_told_before_another_worker_takes_over(told_on: date | None) -> None:
    with pytest.raises(FamilyNotTold):
        handovers.complete(handover(), family_told_on=told_on, no_visit_reason="The worker left.", by=BY, now=NOW)


def test_with_steps_left_a_handover_needs_a_reason_which_is_not_kept_when_none_is_left() -> None:
    visited = handovers.record_joint_visit(handover(), visited_on=TODAY, family_told_on=None, by=BY, now=NOW)
    done = handovers.tick(visited, [Step.CASE_SUMMARY_WRITTEN, Step.PLAN_REVIEWED], by=BY, done_on=TODAY, now=NOW)
    words = {"family_told_on": None, "no_visit_reason": None, "by": BY, "now": NOW}

    with pytest.raises(ChecklistUnfinished) as refused:
        handovers.complete(done, **words)
    hurried = handovers.complete(done, unfinished_reason="The worker leaves today.", **words)
    whole = handovers.tick(done, checklist.left(done.checklist), by=BY, done_on=TODAY, now=NOW)
    calm = handovers.complete(whole, unfinished_reason="Not needed.", **words)

    assert refused.value.facts["steps"] == ["case_summary_read", "practitioners_told"]
    assert hurried.unfinished_reason == "The worker leaves today."
    assert calm.unfinished_reason is None


def test_a_step_is_ticked_once_and_not_before_it_is_done() -> None:
    done = handovers.tick(handover(), [Step.PLAN_REVIEWED], by=BY, done_on=TODAY, now=NOW)

    with pytest.raises(StepDoneAlready):
        handovers.tick(done, [Step.PLAN_REVIEWED], by=BY, done_on=TODAY, now=NOW)
    with pytest.raises(ImplausibleStep):
        handovers.tick(done, [Step.CASE_SUMMARY_READ], by=BY, done_on=TODAY + DAY, now=NOW)
    with pytest.raises(ImplausibleVisit):
        handovers.tick(done, [Step.JOINT_VISIT_HELD], by=BY, done_on=TODAY + DAY, now=NOW)


def test_what_is_ticked_as_visited_and_told_is_recorded_as_such() -> None:
    done = handovers.tick(handover(), [Step.JOINT_VISIT_HELD], by=BY, done_on=TODAY, now=NOW)
    told = handovers.tick(handover(), [Step.FAMILY_TOLD], by=BY, done_on=TODAY - DAY, now=NOW)

    assert (done.state, done.visited_on) == (HandoverState.JOINT_VISIT_DONE, TODAY)
    assert [each.step for each in done.checklist] == [Step.JOINT_VISIT_HELD, Step.FAMILY_TOLD]
    assert (told.state, told.family_told_on) == (HandoverState.PLANNED, TODAY - DAY)
