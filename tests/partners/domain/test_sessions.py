"""Sessions and what became of them."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.tools import SCALES, Subject, Tool
from libs.kernel.transitions import NotInThatState
from services.partners.domain import sessions
from services.partners.domain.parties import ImplausibleDate
from services.partners.domain.request import State
from services.partners.domain.sessions import (
    TABLE,
    InvalidScore,
    Kind,
    MissedReason,
    NoSessionsNow,
    Score,
    Session,
    SessionState,
    SessionVerb,
)
from tests.partners.domain.builders import a_request, after

STARTS = after(days=2)
NOW = after(days=3)
ENGAGED = a_request(State.ENGAGED)


def booked() -> Session:
    return sessions.book(
        ENGAGED, session_id=UUID(int=50), kind=Kind.ONE_TO_ONE, starts_at=STARTS, at=after(days=1), now=NOW
    )


def say(verb: SessionVerb, session: Session) -> Session:
    said = {
        SessionVerb.ATTEND: lambda: sessions.attend(session, request=ENGAGED, late=False, scores=(), at=NOW, now=NOW),
        SessionVerb.ATTEND_LATE: lambda: sessions.attend(
            session, request=ENGAGED, late=True, scores=(), at=NOW, now=NOW
        ),
        SessionVerb.MISS: lambda: sessions.miss(session, reason=MissedReason.COULD_NOT, at=NOW, now=NOW),
        SessionVerb.MOVE: lambda: sessions.move_to(
            session, request=ENGAGED, session_id=UUID(int=51), starts_at=after(days=9), at=NOW, now=NOW
        )[0],
        SessionVerb.CANCEL: lambda: sessions.cancel(session, at=NOW, now=NOW),
    }
    return said[verb]()


@pytest.mark.parametrize("first", SessionVerb)
@pytest.mark.parametrize("second", SessionVerb)
def test_a_session_is_settled_once(first: SessionVerb, second: SessionVerb) -> None:
    settled = say(first, booked())

    assert settled.state is TABLE[first].to
    assert settled.settled_at == NOW
    with pytest.raises(NotInThatState):
        say(second, settled)


def test_moving_keeps_the_chain_in_both_directions() -> None:
    first, second = sessions.move_to(
        booked(), request=ENGAGED, session_id=UUID(int=51), starts_at=after(days=9), at=after(days=2), now=NOW
    )
    _, third = sessions.move_to(
        second, request=ENGAGED, session_id=UUID(int=52), starts_at=after(days=12), at=NOW, now=NOW
    )

    assert (first.state, first.moved_to, first.starts_at) == (SessionState.MOVED, second.id, STARTS)
    assert (second.supersedes, second.state) == (first.id, SessionState.BOOKED)
    assert third.supersedes == second.id


@pytest.mark.parametrize("state", sorted(set(State) - {State.ACCEPTED, State.ENGAGED}))
def test_sessions_are_booked_only_while_the_agency_works_with_the_adult(state: State) -> None:
    with pytest.raises(NoSessionsNow):
        sessions.book(a_request(state), session_id=UUID(int=50), kind=Kind.GROUP, starts_at=STARTS, at=NOW, now=NOW)


def test_there_is_no_session_before_the_acceptance() -> None:
    with pytest.raises(ImplausibleDate):
        sessions.book(ENGAGED, session_id=UUID(int=50), kind=Kind.GROUP, starts_at=after(minutes=1), at=NOW, now=NOW)


def test_a_past_session_can_be_recorded_afterwards() -> None:
    session = sessions.book(
        ENGAGED, session_id=UUID(int=50), kind=Kind.GROUP, starts_at=after(days=1), at=after(hours=5), now=after(days=9)
    )

    attended = sessions.attend(
        session, request=ENGAGED, late=False, scores=(), at=after(days=1, hours=1), now=after(days=9)
    )

    assert attended.state is SessionState.ATTENDED


@pytest.mark.parametrize("verb", [SessionVerb.ATTEND, SessionVerb.ATTEND_LATE, SessionVerb.MISS])
def test_nobody_came_or_stayed_away_before_the_session_began(verb: SessionVerb) -> None:
    future = sessions.book(ENGAGED, session_id=UUID(int=50), kind=Kind.TEST, starts_at=after(days=30), at=NOW, now=NOW)

    with pytest.raises(ImplausibleDate):
        say(verb, future)


def test_the_first_appointment_can_be_missed_before_contact_but_not_attended() -> None:
    accepted = a_request(State.ACCEPTED)
    session = sessions.book(
        accepted, session_id=UUID(int=50), kind=Kind.ONE_TO_ONE, starts_at=STARTS, at=after(days=1), now=NOW
    )

    missed = sessions.miss(session, reason=MissedReason.WOULD_NOT, at=NOW, now=NOW)

    assert missed.reason is MissedReason.WOULD_NOT
    with pytest.raises(NoSessionsNow):
        sessions.attend(session, request=accepted, late=False, scores=(), at=NOW, now=NOW)


@given(st.sampled_from(Tool), st.integers(-5, 70))
def test_a_score_lies_in_the_range_of_its_tool(tool: Tool, total: int) -> None:
    scale = SCALES[tool]
    possible = scale.subject is Subject.ADULT and scale.low <= total <= scale.high

    if possible:
        assert sessions.check_scores((Score(tool, total),)) == (Score(tool, total),)
        return
    with pytest.raises(InvalidScore) as refusal:
        sessions.check_scores((Score(tool, total),))

    assert refusal.value.at == ("/scores/0/total" if scale.subject is Subject.ADULT else "/scores/0/tool")


def test_a_tool_is_scored_once_in_a_session() -> None:
    with pytest.raises(InvalidScore):
        sessions.check_scores((Score(Tool.PHQ_9, 3), Score(Tool.PHQ_9, 4)))


def test_the_end_of_work_calls_off_what_is_booked_and_leaves_the_rest() -> None:
    attended = say(SessionVerb.ATTEND, booked())

    assert sessions.call_off(booked(), at=NOW).state is SessionState.CANCELLED
    assert sessions.call_off(attended, at=NOW) == attended
