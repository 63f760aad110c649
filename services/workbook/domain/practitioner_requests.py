"""Requests for an adult practitioner: asked by the team, then mirrored from what the agency does."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.workbook.domain.family_plan import Need


class Specialism(StrEnum):
    """What kind of practitioner is asked for."""

    MENTAL_HEALTH = "mental_health"
    DOMESTIC_ABUSE_VICTIM = "domestic_abuse_victim"
    DOMESTIC_ABUSE_PERPETRATOR = "domestic_abuse_perpetrator"
    SUBSTANCE_MISUSE = "substance_misuse"


class Urgency(StrEnum):
    """How soon."""

    ROUTINE = "routine"
    SOON = "soon"
    URGENT = "urgent"


class State(StrEnum):
    """Where a request stands."""

    ASKED = "asked"
    ACCEPTED = "accepted"
    WAITLISTED = "waitlisted"
    DECLINED = "declined"
    ENGAGED = "engaged"
    ON_HOLD = "on_hold"
    COMPLETED = "completed"
    ENDED_EARLY = "ended_early"
    CANCELLED = "cancelled"


class WithdrawReason(StrEnum):
    """Why the team no longer asks."""

    NO_LONGER_NEEDED = "no_longer_needed"
    ADULT_DECLINED = "adult_declined"
    ADULT_MOVED = "adult_moved"
    MADE_IN_ERROR = "made_in_error"


_S = State
OPEN = frozenset({_S.ASKED, _S.ACCEPTED, _S.WAITLISTED, _S.ENGAGED, _S.ON_HOLD})
_NOT_BEGUN = frozenset({_S.ASKED, _S.ACCEPTED, _S.WAITLISTED})
_TEAM = frozenset({Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.EARLY_HELP_LEAD})
VERBS: Mapping[str, Move[State]] = {
    "ask": Move(frozenset(), _S.ASKED, _TEAM),
    "withdraw": Move(_NOT_BEGUN, _S.CANCELLED, _TEAM),
}
#: What the agency does, as its events say; nobody here may say these.
MIRRORED: Mapping[str, Move[State]] = {
    # An agency without room declines, and the need is put to the next.
    "opened": Move(frozenset({_S.ASKED, _S.DECLINED}), _S.ASKED, frozenset()),
    "promised": Move(_NOT_BEGUN, _S.ACCEPTED, frozenset()),
    "reassigned": Move(frozenset({_S.ACCEPTED, _S.ENGAGED, _S.ON_HOLD}), None, frozenset()),
    "accepted": Move(_NOT_BEGUN, _S.ACCEPTED, frozenset()),
    "waitlisted": Move(_NOT_BEGUN, _S.WAITLISTED, frozenset()),
    "declined": Move(_NOT_BEGUN, _S.DECLINED, frozenset()),
    "engaged": Move(_NOT_BEGUN, _S.ENGAGED, frozenset()),
    "held": Move(frozenset({_S.ENGAGED}), _S.ON_HOLD, frozenset()),
    "resumed": Move(frozenset({_S.ON_HOLD}), _S.ENGAGED, frozenset()),
    "completed": Move(frozenset({_S.ENGAGED, _S.ON_HOLD}), _S.COMPLETED, frozenset()),
    "ended_early": Move(frozenset({_S.ENGAGED, _S.ON_HOLD, _S.ACCEPTED}), _S.ENDED_EARLY, frozenset()),
    "cancelled": Move(frozenset(State), _S.CANCELLED, frozenset()),
}

_NEED_OF: Mapping[Specialism, Need] = {
    Specialism.MENTAL_HEALTH: Need.MENTAL_HEALTH,
    Specialism.DOMESTIC_ABUSE_VICTIM: Need.DOMESTIC_ABUSE,
    Specialism.DOMESTIC_ABUSE_PERPETRATOR: Need.DOMESTIC_ABUSE,
    Specialism.SUBSTANCE_MISUSE: Need.SUBSTANCE_MISUSE,
}
# Source: CIN census code set of assessment factors: 1 alcohol, 2 drugs, 3 domestic abuse, 4 mental health.
_NEED_OF_FACTOR: Mapping[str, Need] = {
    "1": Need.SUBSTANCE_MISUSE,
    "2": Need.SUBSTANCE_MISUSE,
    "3": Need.DOMESTIC_ABUSE,
    "4": Need.MENTAL_HEALTH,
}
_FACTOR_LENGTH = 2


class NeedNotRecorded(Invalid):
    """The need is neither in the plan nor on the family."""


class NotAnAdult(Invalid):
    """A practitioner works with an adult of the family."""


class AlreadyAsked(Conflict):
    """The adult has an open request of that kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PractitionerRequest:
    """One request about one adult; `partner_request_id` is the agency's own."""

    id: UUID
    adult_id: UUID
    specialism: Specialism
    urgency: Urgency
    state: State
    reason: str
    asked_by: UUID
    asked_at: datetime
    partner_request_id: UUID | None = None
    agency_id: UUID | None = None
    practitioner_id: UUID | None = None
    outcome: float | None = None
    revision: int = 1

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state in OPEN


def needs_of(factors: Iterable[str]) -> frozenset[Need]:
    """Return the needs that assessment factor codes such as `3B` stand for."""
    return frozenset(
        _NEED_OF_FACTOR[code[0]] for code in factors if len(code) == _FACTOR_LENGTH and code[0] in _NEED_OF_FACTOR
    )


def need_of(specialism: Specialism) -> Need:
    """Return the need that a practitioner of that specialism meets."""
    return _NEED_OF[specialism]


def ask(
    new: PractitionerRequest,
    *,
    adults: frozenset[UUID],
    needs: frozenset[Need],
    others: Iterable[PractitionerRequest],
) -> PractitionerRequest:
    """Return the request as asked; the need must be in the plan or on the family, and nobody asked already."""
    if new.adult_id not in adults:
        raise NotAnAdult("That person is not an adult of the family.", at="/adult_id")
    if _NEED_OF[new.specialism] not in needs:
        need = _NEED_OF[new.specialism]
        raise NeedNotRecorded(
            f"Nobody has recorded the need {need}: add a goal with it to the family's plan first.",
            at="/specialism", need=need,
        )  # fmt: skip
    if any(o.is_open and (o.adult_id, o.specialism) == (new.adult_id, new.specialism) for o in others):
        raise AlreadyAsked("Such a request is open for this adult.")
    return new


def withdraw(request: PractitionerRequest) -> PractitionerRequest:
    """Return the request as taken back before work began."""
    return replace(request, state=move(VERBS, verb="withdraw", state=request.state))


def mirror(
    request: PractitionerRequest,
    happened: str,
    *,
    partner_request_id: UUID,
    agency_id: UUID | None = None,
    practitioner_id: UUID | None = None,
    outcome: float | None = None,
) -> PractitionerRequest:
    """Return the request as the agency's event says it is; one that no longer fits leaves it as it was.

    The agency owns its side: a request withdrawn here stays cancelled whatever crosses on the way, and what an
    agency says that is no longer asked counts for nothing.
    """
    if happened != "opened" and request.partner_request_id not in {None, partner_request_id}:
        return request
    step = MIRRORED[happened]
    state = step.to if request.state in step.sources and step.to is not None else request.state
    return replace(
        request,
        state=state,
        partner_request_id=partner_request_id,
        agency_id=agency_id or request.agency_id,
        practitioner_id=practitioner_id or request.practitioner_id,
        outcome=outcome if outcome is not None else request.outcome,
    )
