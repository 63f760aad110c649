"""A family that needs a worker: from the day it is accepted until somebody holds it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.deadline import local_day
from libs.kernel.errors import Invalid
from libs.kernel.ids import FamilyId, PersonId, ReferralId, WorkerId
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from libs.kernel.working_days import working_days_between
from services.allocation.domain.cases import Share


class RequestState(StrEnum):
    """Where a request stands; until it is filled the family counts as unallocated."""

    OPEN = "open"
    PROPOSED = "proposed"
    WAITING = "waiting"  # nobody is eligible
    FILLED = "filled"
    CANCELLED = "cancelled"


class RequestPurpose(StrEnum):
    """Why a worker is wanted."""

    NEW_FAMILY = "new_family"
    CHANGE_OF_WORKER = "change_of_worker"
    CO_WORKER = "co_worker"


class CancelReason(StrEnum):
    """Why no worker is needed any more."""

    REFERRAL_CLOSED = "referral_closed"
    REFERRAL_WITHDRAWN = "referral_withdrawn"
    IN_ERROR = "in_error"
    FAMILY_MERGED = "family_merged"
    NO_LONGER_NEEDED = "no_longer_needed"


class InvalidRequest(Invalid):
    """The request names at least one child, each once."""


class CancelledTooEarly(Invalid):
    """It cannot be cancelled before the family needed a worker."""

    slug = "implausible-date"


#: States in which the family has no named worker.
UNALLOCATED = frozenset({RequestState.OPEN, RequestState.PROPOSED, RequestState.WAITING})

_SYSTEM: frozenset[Role] = frozenset()  # follows from another verb or an event, nobody says it alone
_DECIDES = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
MOVES: Mapping[str, Move[RequestState]] = {
    "propose": Move(UNALLOCATED, RequestState.PROPOSED, _DECIDES),
    "wait": Move(UNALLOCATED, RequestState.WAITING, _SYSTEM),
    "reopen": Move(frozenset({RequestState.PROPOSED, RequestState.WAITING}), RequestState.OPEN, _SYSTEM),
    "fill": Move(UNALLOCATED, RequestState.FILLED, _DECIDES),
    "cancel": Move(UNALLOCATED, RequestState.CANCELLED, _DECIDES),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A family waiting for a worker, and what the worker must bring."""

    id: UUID
    family_id: FamilyId
    referral_id: ReferralId | None = None
    purpose: RequestPurpose = RequestPurpose.NEW_FAMILY
    children: tuple[PersonId, ...]
    adults: tuple[PersonId, ...] = ()
    area: str
    rag: str
    share: Share = Share.LEAD
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    needs_interpreter: bool = False
    split_asked: bool = False
    previous_worker_id: WorkerId | None = None
    reason: str | None = None  # of the change of worker, where one came before
    state: RequestState = RequestState.OPEN
    requested_at: datetime
    waiting_since: datetime | None = None
    filled_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Age:
    """How long a family has waited."""

    days: int
    working_days: int


def open_request(request: Request) -> Request:
    """Return the request if it names children, each once."""
    if not request.children or len(set(request.children)) != len(request.children):
        raise InvalidRequest("It names at least one child, each once.", at="/children")
    return request


def propose(request: Request) -> Request:
    """Note that workers were ranked and a manager decides."""
    return replace(request, state=move(MOVES, verb="propose", state=request.state), waiting_since=None)


def wait(request: Request, *, now: datetime) -> Request:
    """Note that nobody is eligible; the first moment of waiting is kept while it lasts."""
    state = move(MOVES, verb="wait", state=request.state)
    return replace(request, state=state, waiting_since=request.waiting_since or now)


def reopen(request: Request) -> Request:
    """Look for a worker again: a proposal came to nothing, or somebody has room."""
    return replace(request, state=move(MOVES, verb="reopen", state=request.state))


def fill(request: Request, *, now: datetime) -> Request:
    """Note that the family has its worker."""
    return replace(request, state=move(MOVES, verb="fill", state=request.state), filled_at=now, waiting_since=None)


def cancel(request: Request, *, reason: CancelReason, now: datetime) -> Request:
    """Note that the family needs no worker any more."""
    state = move(MOVES, verb="cancel", state=request.state)
    if now < request.requested_at:
        raise CancelledTooEarly("The family came later than that.", at="/occurred_at")
    return replace(request, state=state, cancel_reason=reason, cancelled_at=now)


def age(request: Request, *, today: date) -> Age:
    """Return how long the family has waited, until it was filled or cancelled."""
    ended = request.filled_at or request.cancelled_at
    until = local_day(ended) if ended is not None else today
    start = local_day(request.requested_at)
    return Age(days=max(0, (until - start).days), working_days=working_days_between(start, max(start, until)))
