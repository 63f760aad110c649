"""Family network meetings: offered, held, and the family's own plan that comes of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.workbook.domain.moments import ImplausibleDate


class State(StrEnum):
    """Where a meeting stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    PLANNED = "planned"
    HELD = "held"
    PLAN_MADE = "plan_made"
    REVIEWED = "reviewed"


class Exemption(StrEnum):
    """Why no offer was made in the letter before proceedings."""

    # Source: Children Act 1989 s.31ZA: not where it would be contrary to the child's best interests.
    BEST_INTERESTS = "best_interests"


_S = State
OPEN = frozenset({_S.OFFERED, _S.ACCEPTED, _S.PLANNED})
_WORKERS = frozenset({Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.EARLY_HELP_LEAD, Role.CASE_SYSTEM})
VERBS: Mapping[str, Move[State]] = {
    "offer": Move(frozenset(), _S.OFFERED, _WORKERS),
    "accept": Move(frozenset({_S.OFFERED, _S.DECLINED}), _S.ACCEPTED, _WORKERS),
    "decline": Move(frozenset({_S.OFFERED, _S.ACCEPTED}), _S.DECLINED, _WORKERS),
    "plan": Move(frozenset({_S.ACCEPTED, _S.PLANNED}), _S.PLANNED, _WORKERS),
    "hold": Move(frozenset({_S.ACCEPTED, _S.PLANNED}), _S.HELD, _WORKERS),
    "make-plan": Move(frozenset({_S.HELD}), _S.PLAN_MADE, _WORKERS),
    "review": Move(frozenset({_S.PLAN_MADE, _S.REVIEWED}), _S.REVIEWED, _WORKERS),
}


class ProposalNeeded(Invalid):
    """The family's own plan is needed in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """One network meeting; its offer is evidence for the duty to offer one before proceedings."""

    id: UUID
    state: State
    offered_on: date
    in_letter: bool = False  # offered in the letter before proceedings
    answered_on: date | None = None
    accepted_by: tuple[UUID, ...] = ()
    planned_on: date | None = None
    held_on: date | None = None
    attendees: int | None = None
    family_plan: str | None = None
    reviewed_on: date | None = None
    revision: int = 1


class MeetingAwaited(Conflict):
    """The family accepted a meeting that has not been held."""


def before_proceedings(meetings: Iterable[Meeting]) -> None:
    """Refuse proceedings while a meeting that the family accepted has not been held."""
    # Source: Children Act 1989 s.31ZA: a meeting that was accepted is held before the application.
    if any(meeting.state in {State.ACCEPTED, State.PLANNED} for meeting in meetings):
        raise MeetingAwaited("Hold the family's meeting first, or record that they declined it.")


def _after(on: date, earlier: date | None) -> date:
    if earlier is not None and on < earlier:
        raise ImplausibleDate("It cannot have happened before what it follows.", at="/on")
    return on


def accept(meeting: Meeting, *, on: date, by: tuple[UUID, ...]) -> Meeting:
    """Return the meeting as accepted by members of the family."""
    state = move(VERBS, verb="accept", state=meeting.state)
    return replace(meeting, state=state, answered_on=_after(on, meeting.offered_on), accepted_by=by)


def decline(meeting: Meeting, *, on: date) -> Meeting:
    """Return the meeting as declined; the family may still accept it later."""
    state = move(VERBS, verb="decline", state=meeting.state)
    return replace(meeting, state=state, answered_on=_after(on, meeting.offered_on), accepted_by=())


def plan(meeting: Meeting, *, for_date: date) -> Meeting:
    """Return the meeting with a date; it may be moved."""
    state = move(VERBS, verb="plan", state=meeting.state)
    return replace(meeting, state=state, planned_on=_after(for_date, meeting.offered_on))


def hold(meeting: Meeting, *, on: date, attendees: int | None) -> Meeting:
    """Return the meeting as held."""
    state = move(VERBS, verb="hold", state=meeting.state)
    return replace(meeting, state=state, held_on=_after(on, meeting.answered_on), attendees=attendees)


def make_plan(meeting: Meeting, *, family_plan: str | None) -> Meeting:
    """Return the meeting with the plan that the family made."""
    state = move(VERBS, verb="make-plan", state=meeting.state)
    if not family_plan:
        raise ProposalNeeded("Write down the family's own plan.", at="/family_plan")
    return replace(meeting, state=state, family_plan=family_plan)


def review(meeting: Meeting, *, on: date) -> Meeting:
    """Return the meeting with its plan reviewed."""
    state = move(VERBS, verb="review", state=meeting.state)
    return replace(meeting, state=state, reviewed_on=_after(on, meeting.held_on))
