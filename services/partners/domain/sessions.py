"""Sessions with an adult: booked, attended or missed and why, moved without losing the first date, scored."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.tools import SCALES, Subject, Tool
from libs.kernel.transitions import Move, move
from services.partners.domain.parties import AGENCY_ROLES, ImplausibleDate, need_plausible
from services.partners.domain.request import AT_WORK, Request, State


class SessionState(StrEnum):
    """What became of a session."""

    BOOKED = "booked"
    ATTENDED = "attended"
    LATE = "late"
    NOT_ATTENDED = "not_attended"
    CANCELLED = "cancelled"
    MOVED = "moved"


class SessionVerb(StrEnum):
    """What the agency may say to a session."""

    ATTEND = "attend"
    ATTEND_LATE = "attend-late"
    MISS = "miss"
    MOVE = "move"
    CANCEL = "cancel"


class MissedReason(StrEnum):
    """Why a session did not happen."""

    COULD_NOT = "could_not"
    WOULD_NOT = "would_not"
    LOGISTICS = "logistics"


class Kind(StrEnum):
    """How a session is held."""

    ONE_TO_ONE = "one_to_one"
    JOINT_VISIT = "joint_visit"
    GROUP = "group"
    TEST = "test"


_BOOKED = frozenset({SessionState.BOOKED})

TABLE: Mapping[str, Move[SessionState]] = {
    SessionVerb.ATTEND: Move(_BOOKED, SessionState.ATTENDED, AGENCY_ROLES),
    SessionVerb.ATTEND_LATE: Move(_BOOKED, SessionState.LATE, AGENCY_ROLES),
    SessionVerb.MISS: Move(_BOOKED, SessionState.NOT_ATTENDED, AGENCY_ROLES),
    SessionVerb.MOVE: Move(_BOOKED, SessionState.MOVED, AGENCY_ROLES),
    SessionVerb.CANCEL: Move(_BOOKED, SessionState.CANCELLED, AGENCY_ROLES),
}

# A first appointment is booked, and missed, before there has been any contact; it is attended after `start`.
BOOKABLE = frozenset({State.ACCEPTED, State.ENGAGED})


class InvalidScore(Invalid):
    """The tool has no such total."""

    slug = "invalid-score"


class NoSessionsNow(Conflict):
    """Sessions are booked and held while an agency works with the adult."""


@dataclass(frozen=True, slots=True)
class Score:
    """The total of one tool as scored in a session."""

    tool: Tool
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One appointment; a moved one names its successor, which names what it superseded."""

    id: UUID
    request_id: UUID
    family_id: UUID
    kind: Kind
    starts_at: datetime
    booked_at: datetime
    state: SessionState = SessionState.BOOKED
    reason: MissedReason | None = None
    scores: tuple[Score, ...] = ()
    supersedes: UUID | None = None
    moved_to: UUID | None = None
    settled_at: datetime | None = None
    revision: int = 1


def book(
    request: Request, *, session_id: UUID, kind: Kind, starts_at: datetime, at: datetime, now: datetime
) -> Session:
    """Return a session of an accepted request; it may lie in the past when it is recorded afterwards."""
    if request.state not in BOOKABLE or request.accepted_at is None:
        raise NoSessionsNow(f"The request is {request.state}.", state=str(request.state))
    need_plausible(at=at, after=request.accepted_at, now=now)
    _need_after_acceptance(request, starts_at)
    return Session(
        id=session_id,
        request_id=request.id,
        family_id=request.family_id,
        kind=kind,
        starts_at=starts_at,
        booked_at=at,
    )


def attend(
    session: Session, *, request: Request, late: bool, scores: tuple[Score, ...], at: datetime, now: datetime
) -> Session:
    """Return the session as held, with the totals that were scored in it."""
    verb = SessionVerb.ATTEND_LATE if late else SessionVerb.ATTEND
    attended = _settle(session, verb, at=at, now=now)
    if request.state not in AT_WORK:
        raise NoSessionsNow(f"The request is {request.state}; record first contact first.", state=str(request.state))
    _need_begun(session, at)
    return replace(attended, scores=check_scores(scores))


def miss(session: Session, *, reason: MissedReason, at: datetime, now: datetime) -> Session:
    """Return the session as not held, and why."""
    missed = _settle(session, SessionVerb.MISS, at=at, now=now)
    _need_begun(session, at)
    return replace(missed, reason=reason)


def move_to(
    session: Session, *, request: Request, session_id: UUID, starts_at: datetime, at: datetime, now: datetime
) -> tuple[Session, Session]:
    """Return the session as moved, and the one that takes its place."""
    moved = _settle(session, SessionVerb.MOVE, at=at, now=now)
    _need_after_acceptance(request, starts_at)
    successor = Session(
        id=session_id,
        request_id=session.request_id,
        family_id=session.family_id,
        kind=session.kind,
        starts_at=starts_at,
        booked_at=at,
        supersedes=session.id,
    )
    return replace(moved, moved_to=session_id), successor


def cancel(session: Session, *, at: datetime, now: datetime) -> Session:
    """Return the session as called off."""
    return _settle(session, SessionVerb.CANCEL, at=at, now=now)


def call_off(session: Session, *, at: datetime) -> Session:
    """Return a booked session as called off because the work has ended; any other as it is."""
    if session.state is not SessionState.BOOKED:
        return session
    return replace(session, state=SessionState.CANCELLED, settled_at=max(at, session.booked_at))


def check_scores(scores: tuple[Score, ...]) -> tuple[Score, ...]:
    """Return the scores if each tool is one for adults and appears once with a total that it can have."""
    for index, score in enumerate(scores):
        scale = SCALES[score.tool]
        if scale.subject is not Subject.ADULT:
            raise InvalidScore("That tool is not scored of an adult.", at=f"/scores/{index}/tool")
        if not scale.low <= score.total <= scale.high:
            raise InvalidScore(f"Its total lies between {scale.low} and {scale.high}.", at=f"/scores/{index}/total")
    if len({score.tool for score in scores}) != len(scores):
        raise InvalidScore("Each tool is scored once in a session.", at="/scores")
    return scores


def _settle(session: Session, verb: SessionVerb, *, at: datetime, now: datetime) -> Session:
    state = move(TABLE, verb=verb, state=session.state)
    need_plausible(at=at, after=session.booked_at, now=now)
    return replace(session, state=state, settled_at=at)


def _need_begun(session: Session, at: datetime) -> None:
    if at < session.starts_at:
        raise ImplausibleDate("The session has not begun by then.", at="/occurred_at")


def _need_after_acceptance(request: Request, starts_at: datetime) -> None:
    if request.accepted_at is None or starts_at < request.accepted_at:
        raise ImplausibleDate("There are no sessions before the request was accepted.", at="/starts_at")
