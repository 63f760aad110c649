"""Needs from asking to routing or stopping."""

from uuid import UUID

import pytest

from services.partners.domain import needs, sharing
from services.partners.domain.capacity import Answer
from services.partners.domain.needs import NeedState, NeedStopped
from services.partners.domain.request import State
from tests.partners.domain.builders import MIND, TERMS, a_need, after, an_agreement


def test_a_need_put_to_an_agency_becomes_a_request_whose_clock_starts_then() -> None:
    need, request = needs.put_to_agency(
        a_need(),
        request_id=UUID(int=8),
        agreement=an_agreement(agency_id=MIND),
        room=Answer.WAITING_LIST,
        at=after(days=4),
        terms=TERMS,
    )

    assert need.state is NeedState.ROUTED
    assert request.state is State.REQUESTED
    assert request.requested_at == a_need().requested_at
    assert request.clock.started_at == request.opened_at == after(days=4)
    assert request.room is Answer.WAITING_LIST
    assert (request.agency_id, request.agreement_id) == (MIND, an_agreement().id)
    assert request.agreement_fingerprint == sharing.fingerprint(an_agreement(agency_id=MIND))


def test_a_need_taken_back_goes_to_no_agency_and_does_not_come_back() -> None:
    stopped = needs.stop(a_need(), at=after(days=1))

    with pytest.raises(NeedStopped):
        needs.put_to_agency(
            stopped,
            request_id=UUID(int=8),
            agreement=an_agreement(agency_id=MIND),
            room=Answer.NONE,
            at=after(days=2),
            terms=TERMS,
        )
    assert needs.bring_back(stopped, at=after(days=2)) == stopped
    assert needs.stop(stopped, at=after(days=2)) == stopped


def test_a_need_that_nobody_can_meet_stays_and_stays_visible() -> None:
    routed, _ = needs.put_to_agency(
        a_need(),
        request_id=UUID(int=8),
        agreement=an_agreement(agency_id=MIND),
        room=Answer.NONE,
        at=after(days=1),
        terms=TERMS,
    )

    assert needs.bring_back(routed, at=after(days=2)).state is NeedState.UNROUTED


@pytest.mark.parametrize(("days", "stands"), [(-1, False), (0, False), (1, True)])
def test_a_need_asked_for_after_the_family_had_closed_stands(days: int, stands: bool) -> None:
    assert needs.came_after_close(requested_at=after(days=days), closed_at=after()) is stands
    assert needs.came_after_close(requested_at=after(days=days), closed_at=None)


def test_a_declined_need_reaches_the_next_agency_now_unless_its_past_is_being_loaded() -> None:
    asked = {"declined_at": after(hours=1), "now": after(days=6)}

    assert needs.reaches_next_at(**asked, learned_at=after(hours=0)) == after(days=6)
    assert needs.reaches_next_at(**asked, learned_at=after(days=6)) == after(hours=1)
