"""Work with an adult from first contact to its end."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.deadline import Standing
from libs.kernel.transitions import NotInThatState
from services.partners.domain import answering, engagement
from services.partners.domain.engagement import NothingOwed, ReportMissing
from services.partners.domain.parties import ImplausibleDate, Party
from services.partners.domain.practitioners import PractitionerNotEligible
from services.partners.domain.reports import GoalOutcome
from services.partners.domain.request import AT_WORK, BEFORE_WORK, ENDED, CancelReason, EndReason, HoldReason, State
from tests.partners.domain.builders import MIND, TERMS, a_practitioner, a_report, a_request, after

AT = after(days=3)


def test_first_contact_ends_the_wait_and_measures_it_from_the_teams_asking() -> None:
    engaged = engagement.start(a_request(State.ACCEPTED), practitioner=None, at=AT, now=AT)

    assert engaged.state is State.ENGAGED
    assert engaged.engaged_at == AT
    assert engagement.days_waited(engaged) == 3
    assert engagement.days_waited(a_request(State.ACCEPTED)) is None


def test_the_wait_runs_on_through_an_agency_that_declined() -> None:
    request = a_request(State.ACCEPTED, requested_at=after(days=-30))

    engaged = engagement.start(request, practitioner=None, at=AT, now=AT)

    assert engagement.days_waited(engaged) == 33


def test_somebody_on_the_waiting_list_is_met_by_a_practitioner_who_is_named_then() -> None:
    engaged = engagement.start(a_request(State.WAITLISTED), practitioner=a_practitioner(), at=AT, now=AT)

    assert engaged.practitioner_id == a_practitioner().id
    assert engaged.accepted_at == AT
    assert engaged.expected_on is None


def test_work_does_not_start_without_a_practitioner() -> None:
    with pytest.raises(PractitionerNotEligible):
        engagement.start(a_request(State.WAITLISTED), practitioner=None, at=AT, now=AT)
    with pytest.raises(PractitionerNotEligible):
        engagement.start(a_request(State.ACCEPTED), practitioner=a_practitioner(agency_id=MIND), at=AT, now=AT)


def test_a_pause_has_a_reason_and_a_later_day_of_review_and_both_go_when_work_goes_on() -> None:
    held = engagement.hold(
        a_request(State.ENGAGED), reason=HoldReason.ADULT_AWAY, review_on=date(2026, 11, 20), at=AT, now=AT
    )
    resumed = engagement.resume(held, at=after(days=9), now=after(days=9))

    assert (held.reason, held.review_on) == ("adult_away", date(2026, 11, 20))
    assert (resumed.state, resumed.reason, resumed.review_on) == (State.ENGAGED, None, None)


def test_a_pause_is_not_reviewed_on_the_day_it_begins() -> None:
    with pytest.raises(ImplausibleDate):
        engagement.hold(a_request(State.ENGAGED), reason=HoldReason.SAFETY, review_on=date(2026, 11, 5), at=AT, now=AT)


def test_nothing_is_completed_without_its_report() -> None:
    with pytest.raises(ReportMissing):
        engagement.complete(a_request(State.ENGAGED), at=AT, now=AT)


def test_completion_carries_the_outcome_of_the_last_report() -> None:
    request = engagement.report(a_request(State.ENGAGED), end_report=a_report(GoalOutcome.NOT), at=AT, now=AT)
    corrected = engagement.report(request, end_report=a_report(GoalOutcome.ACHIEVED, GoalOutcome.PARTLY), at=AT, now=AT)

    completed = engagement.complete(corrected, at=after(days=4), now=after(days=4))

    assert completed.outcome == 0.75
    assert completed.ended_by is Party.AGENCY


def test_an_agency_reports_before_it_ends_work_early() -> None:
    with pytest.raises(ReportMissing):
        engagement.end_early(
            a_request(State.ENGAGED),
            party=Party.AGENCY,
            reason=EndReason.ADULT_DISENGAGED,
            terms=TERMS,
            at=AT,
            now=AT,
        )


def test_the_council_ends_work_at_once_and_the_agency_then_owes_its_report() -> None:
    ended = engagement.end_early(
        a_request(State.ON_HOLD), party=Party.COUNCIL, reason=EndReason.SAFETY, terms=TERMS, at=AT, now=AT
    )
    reported = engagement.report(ended, end_report=a_report(), at=after(days=10), now=after(days=10))

    assert ended.state is State.ENDED_EARLY
    assert ended.owes_report
    assert ended.report_due_on == date(2026, 11, 19)
    assert not reported.owes_report
    with pytest.raises(NothingOwed):
        engagement.report(reported, end_report=a_report(), at=after(days=11), now=after(days=11))


def test_a_report_already_handed_in_is_not_owed_again() -> None:
    reported = engagement.report(a_request(State.ENGAGED), end_report=a_report(), at=AT, now=AT)

    ended = engagement.end_early(reported, party=Party.COUNCIL, reason=EndReason.MOVED_AWAY, terms=TERMS, at=AT, now=AT)

    assert not ended.owes_report


def test_cancelling_voids_the_clock_of_an_answer_nobody_needs_any_more() -> None:
    cancelled = engagement.cancel(a_request(), reason=CancelReason.NEED_CHANGED, at=AT, now=AT)

    assert cancelled.clock.standing(after(days=90)) is Standing.VOID


def test_work_that_has_begun_is_ended_and_not_cancelled() -> None:
    with pytest.raises(NotInThatState):
        engagement.cancel(a_request(State.ENGAGED), reason=CancelReason.NEED_CHANGED, at=AT, now=AT)


@given(st.sampled_from(State), st.integers(-2, 10))
def test_the_end_of_a_need_cancels_what_has_not_begun_and_asks_for_the_end_of_what_has(state: State, days: int) -> None:
    before = a_request(state)

    stopped = engagement.stop(before, reason=CancelReason.FAMILY_CLOSED, at=after(days=days))
    again = engagement.stop(stopped, reason=CancelReason.FAMILY_CLOSED, at=after(days=days + 1))

    if state in BEFORE_WORK:
        assert stopped.state is State.CANCELLED
        assert stopped.reason == "family_closed"
    if state in AT_WORK:
        assert stopped.state is state
        assert stopped.end_asked_at is not None
    if state in ENDED:
        assert stopped == before
    assert again == stopped


def test_a_declined_request_that_was_an_error_is_marked_without_touching_its_clock() -> None:
    declined = answering.decline(
        a_request(), reason=answering.DeclineReason.CONFLICT, at=after(hours=1), now=after(hours=1)
    )

    marked = engagement.mark_in_error(declined, at=AT, now=AT)

    assert marked.state is State.IN_ERROR
    assert marked.clock == declined.clock
