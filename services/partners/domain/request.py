"""A request for an adult practitioner at one agency: its states, and who may say what in which of them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.deadline import Clock, Standing
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer
from services.partners.domain.clocks import Urgency
from services.partners.domain.parties import AGENCY_ROLES, COUNCIL_ROLES, Party, need_plausible


class State(StrEnum):
    """How far a request has come."""

    REQUESTED = "requested"
    CLARIFYING = "clarifying"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    ENGAGED = "engaged"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    CANCELLED = "cancelled"
    IN_ERROR = "in_error"


class Verb(StrEnum):
    """What the parties may say to a request."""

    ASK = "ask"
    ANSWER = "answer"
    ACCEPT = "accept"
    ASSIGN = "assign"
    WAITLIST = "waitlist"
    DECLINE = "decline"
    START = "start"
    HOLD = "hold"
    RESUME = "resume"
    REPORT = "report"
    COMPLETE = "complete"
    END_EARLY = "end-early"
    CANCEL = "cancel"
    MARK_IN_ERROR = "mark-in-error"


UNANSWERED = frozenset({State.REQUESTED, State.CLARIFYING})
BEFORE_WORK = UNANSWERED | {State.ACCEPTED, State.WAITLISTED}
AT_WORK = frozenset({State.ENGAGED, State.ON_HOLD})
OPEN = BEFORE_WORK | AT_WORK
ENDED = frozenset(State) - OPEN

_MANAGER = frozenset({Role.AGENCY_MANAGER})

#: The party that acts sets the state. Nothing leads out of an ended state but the mark that it was an error.
TABLE: Mapping[str, Move[State]] = {
    Verb.ASK: Move(frozenset({State.REQUESTED}), State.CLARIFYING, _MANAGER),
    Verb.ANSWER: Move(frozenset({State.CLARIFYING}), State.REQUESTED, COUNCIL_ROLES),
    Verb.ACCEPT: Move(UNANSWERED | {State.WAITLISTED}, State.ACCEPTED, _MANAGER),
    Verb.ASSIGN: Move(frozenset({State.ACCEPTED}) | AT_WORK, None, _MANAGER),
    Verb.WAITLIST: Move(UNANSWERED, State.WAITLISTED, _MANAGER),
    Verb.DECLINE: Move(UNANSWERED | {State.WAITLISTED}, State.DECLINED, _MANAGER),
    Verb.START: Move(frozenset({State.ACCEPTED, State.WAITLISTED}), State.ENGAGED, AGENCY_ROLES),
    Verb.HOLD: Move(frozenset({State.ENGAGED}), State.ON_HOLD, AGENCY_ROLES),
    Verb.RESUME: Move(frozenset({State.ON_HOLD}), State.ENGAGED, AGENCY_ROLES),
    Verb.REPORT: Move(AT_WORK | {State.ENDED_EARLY}, None, AGENCY_ROLES),
    Verb.COMPLETE: Move(frozenset({State.ENGAGED}), State.COMPLETED, AGENCY_ROLES),
    Verb.END_EARLY: Move(AT_WORK, State.ENDED_EARLY, AGENCY_ROLES | COUNCIL_ROLES),
    Verb.CANCEL: Move(BEFORE_WORK, State.CANCELLED, COUNCIL_ROLES),
    Verb.MARK_IN_ERROR: Move(frozenset(State) - {State.IN_ERROR}, State.IN_ERROR, COUNCIL_ROLES),
}


class DeclineReason(StrEnum):
    """Why an agency does not take an adult; no capacity sends the need to the next agency."""

    NOT_ELIGIBLE = "not_eligible"
    NO_CAPACITY = "no_capacity"
    CONFLICT = "conflict"
    UNSAFE = "unsafe"
    OTHER_AGENCY_INVOLVED = "other_agency_involved"


class HoldReason(StrEnum):
    """Why work with an adult pauses."""

    ADULT_UNWELL = "adult_unwell"
    ADULT_AWAY = "adult_away"
    ADULT_ASKED = "adult_asked"
    PRACTITIONER_ABSENT = "practitioner_absent"
    SAFETY = "safety"


class EndReason(StrEnum):
    """Why work with an adult ended before its time."""

    ADULT_DISENGAGED = "adult_disengaged"
    ADULT_OPTED_OUT = "adult_opted_out"
    MOVED_AWAY = "moved_away"
    DIED = "died"
    NOT_SUITABLE = "not_suitable"
    SAFETY = "safety"
    TRANSFERRED = "transferred"
    FAMILY_CLOSED = "family_closed"


class CancelReason(StrEnum):
    """Why a request was taken back before work began."""

    NEED_CHANGED = "need_changed"
    ADULT_DECLINED = "adult_declined"
    OTHER_SUPPORT = "other_support"
    MOVED_AWAY = "moved_away"
    DIED = "died"
    FAMILY_CLOSED = "family_closed"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One adult's need as put to one agency; the next agency that is asked gets a request of its own.

    `requested_at` is when the team asked, `opened_at` when it reached this agency; `room` is what the agency had
    said about its room by then; the agreement and the fingerprint of its terms say on what ground the agency was told; `changed_at` is when its last change really happened.
    """

    id: UUID
    practitioner_request_id: UUID
    workbook_id: UUID
    family_id: UUID
    adult_id: UUID
    agency_id: UUID
    specialism: Specialism
    team_id: UUID | None
    urgency: Urgency
    room: Answer
    agreement_id: UUID
    agreement_fingerprint: str
    state: State
    requested_at: datetime
    opened_at: datetime
    changed_at: datetime
    clock: Clock
    overdue_at: datetime | None = None
    practitioner_id: UUID | None = None
    practitioner_by: date | None = None
    expected_on: date | None = None
    accepted_at: datetime | None = None
    engaged_at: datetime | None = None
    review_on: date | None = None
    ended_at: datetime | None = None
    ended_by: Party | None = None
    reason: str | None = None
    end_asked_at: datetime | None = None
    report_due_on: date | None = None
    reported_at: datetime | None = None
    outcome: float | None = None
    revision: int = 1

    @property
    def is_open(self) -> bool:
        """Say whether the request still waits for something to be done for the adult."""
        return self.state in OPEN

    @property
    def owes_report(self) -> bool:
        """Say whether the council ended the work and the agency has yet to report on it."""
        return self.report_due_on is not None and self.reported_at is None and self.state is State.ENDED_EARLY


def act(request: Request, verb: Verb, *, at: datetime, now: datetime) -> Request:
    """Return the request in the state that `verb` leads to; refuse another state, and a moment that cannot be."""
    state = move(TABLE, verb=verb, state=request.state)
    need_plausible(at=at, after=request.changed_at, now=now)
    return replace(request, state=state, changed_at=at)


def waits_for(request: Request) -> Party | None:
    """Say in whose court the ball is; nobody's once nothing is left to do."""
    if request.state is State.CLARIFYING:
        return Party.COUNCIL
    if request.is_open or request.owes_report:
        return Party.AGENCY
    return None


def is_overdue(request: Request, *, now: datetime) -> bool:
    """Say whether the agency has let the time for its answer pass."""
    return request.state in UNANSWERED and request.clock.standing(now) is Standing.BREACHED


def flag_overdue(request: Request, *, now: datetime) -> Request:
    """Return the request with the mark that its answer is late; it is marked once and never closes by itself."""
    if request.overdue_at is not None or not is_overdue(request, now=now):
        return request
    return replace(request, overdue_at=now)
