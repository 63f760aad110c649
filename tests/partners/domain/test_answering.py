"""How agencies answer."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from libs.kernel.deadline import Standing
from libs.kernel.transitions import NotInThatState
from services.partners.domain import answering
from services.partners.domain.agencies import Specialism
from services.partners.domain.answering import AlreadyNamed, NobodyNamed
from services.partners.domain.parties import ImplausibleDate
from services.partners.domain.practitioners import Practitioner, PractitionerNotEligible
from services.partners.domain.request import DeclineReason, State
from tests.partners.domain.builders import MIND, a_practitioner, a_request, after

AT = after(days=1)


def test_accepting_names_a_practitioner_and_meets_the_clock() -> None:
    accepted = answering.accept(
        a_request(), practitioner=a_practitioner(), practitioner_by=None, at=AT, now=after(days=2)
    )

    assert accepted.state is State.ACCEPTED
    assert accepted.practitioner_id == a_practitioner().id
    assert accepted.accepted_at == AT
    assert accepted.clock.standing(after(days=90)) is Standing.MET


def test_an_agency_may_accept_first_and_name_its_practitioner_by_a_day() -> None:
    accepted = answering.accept(a_request(), practitioner=None, practitioner_by=date(2026, 11, 9), at=AT, now=AT)
    named = answering.assign(accepted, practitioner=a_practitioner(), at=after(days=3), now=after(days=3))

    assert (accepted.practitioner_id, accepted.practitioner_by) == (None, date(2026, 11, 9))
    assert (named.practitioner_id, named.practitioner_by) == (a_practitioner().id, None)
    assert named.accepted_at == AT


def test_accepting_without_a_name_or_a_day_is_refused() -> None:
    with pytest.raises(NobodyNamed):
        answering.accept(a_request(), practitioner=None, practitioner_by=None, at=AT, now=AT)


def test_a_day_for_the_name_cannot_have_passed() -> None:
    with pytest.raises(ImplausibleDate):
        answering.accept(a_request(), practitioner=None, practitioner_by=date(2026, 11, 1), at=AT, now=AT)


@pytest.mark.parametrize(
    "somebody",
    [
        a_practitioner(agency_id=MIND),
        a_practitioner(specialism=Specialism.MENTAL_HEALTH),
        a_practitioner(left_on=date(2026, 11, 3)),
        a_practitioner(joined_on=date(2026, 11, 4)),
        a_practitioner(checked_on=None),
        a_practitioner(checked_on=date(2026, 11, 4)),
    ],
    ids=["of another agency", "of another specialism", "gone", "not there yet", "unchecked", "checked too late"],
)
def test_only_a_present_checked_practitioner_of_the_agency_and_specialism_may_be_named(somebody: Practitioner) -> None:
    with pytest.raises(PractitionerNotEligible):
        answering.accept(a_request(), practitioner=somebody, practitioner_by=None, at=AT, now=AT)


def test_nobody_accepts_twice() -> None:
    with pytest.raises(NotInThatState):
        answering.accept(a_request(State.ACCEPTED), practitioner=a_practitioner(), practitioner_by=None, at=AT, now=AT)


def test_a_place_on_the_waiting_list_has_a_day_and_can_become_an_acceptance() -> None:
    waiting = answering.waitlist(a_request(), expected_on=date(2026, 12, 1), at=AT, now=AT)
    accepted = answering.accept(
        waiting, practitioner=a_practitioner(), practitioner_by=None, at=after(days=20), now=after(days=20)
    )

    assert waiting.expected_on == date(2026, 12, 1)
    assert waiting.clock.met_at == AT
    assert accepted.state is State.ACCEPTED
    assert accepted.clock.met_at == AT
    assert accepted.expected_on is None


def test_a_place_is_not_expected_in_the_past() -> None:
    with pytest.raises(ImplausibleDate):
        answering.waitlist(a_request(), expected_on=date(2026, 11, 2), at=AT, now=AT)


def test_just_after_midnight_in_summer_the_day_is_londons() -> None:
    summer = datetime(2026, 6, 1, 22, tzinfo=UTC)
    just_after_midnight = datetime(2026, 6, 1, 23, 30, tzinfo=UTC)
    request = a_request(requested_at=summer, opened_at=summer)

    with pytest.raises(ImplausibleDate):
        answering.waitlist(request, expected_on=date(2026, 6, 1), at=just_after_midnight, now=just_after_midnight)


@pytest.mark.parametrize("reason", DeclineReason)
def test_only_lack_of_room_sends_the_need_to_the_next_agency(reason: DeclineReason) -> None:
    declined = answering.decline(a_request(), reason=reason, at=AT, now=AT)

    assert declined.state is State.DECLINED
    assert declined.reason == reason
    assert declined.ended_at == AT
    assert answering.goes_on(reason) is (reason is DeclineReason.NO_CAPACITY)


def test_another_practitioner_can_take_over_the_work() -> None:
    successor = a_practitioner(id=UUID(int=77))

    assigned = answering.assign(a_request(State.ENGAGED), practitioner=successor, at=AT, now=AT)

    assert assigned.practitioner_id == successor.id
    assert assigned.state is State.ENGAGED


def test_whoever_has_the_request_is_not_named_again() -> None:
    with pytest.raises(AlreadyNamed):
        answering.assign(a_request(State.ENGAGED), practitioner=a_practitioner(), at=AT, now=AT)


def test_nobody_can_be_named_who_is_not_known() -> None:
    with pytest.raises(PractitionerNotEligible):
        answering.assign(a_request(State.ENGAGED), practitioner=None, at=AT, now=AT)
