"""A family passing from one worker to another: a planned joint visit, a day the family is told, a coded reason."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import WorkerChangeReason
from libs.kernel.deadline import local_day
from libs.kernel.errors import Invalid
from libs.kernel.ids import FamilyId, WorkerId
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move


class HandoverState(StrEnum):
    """Where a handover stands."""

    PLANNED = "planned"
    JOINT_VISIT_DONE = "joint_visit_done"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class JointVisitMissing(Invalid):
    """Without a joint visit it needs a reason."""

    slug = "joint-visit-missing"


class FamilyNotTold(Invalid):
    """The family is told before another worker takes over."""

    slug = "family-not-told"


class ImplausibleVisit(Invalid):
    """The joint visit lies in the time of the handover."""

    slug = "implausible-date"


class EndsBeforePlanned(Invalid):
    """It is neither completed nor cancelled before it was planned."""

    slug = "invalid-period"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The plan by which a family passes to another worker."""

    id: UUID
    allocation_id: UUID
    family_id: FamilyId
    from_worker_id: WorkerId
    to_worker_id: WorkerId
    reason: WorkerChangeReason
    joint_visit_on: date | None = None  # planned
    visited_on: date | None = None  # done
    family_told_on: date | None = None
    no_visit_reason: str | None = None
    text: str | None = None  # why to this worker although above the soft ceiling
    state: HandoverState = HandoverState.PLANNED
    planned_at: datetime
    ended_at: datetime | None = None
    revision: int = 1


_DECIDES = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_RECORDS = _DECIDES | {Role.SOCIAL_WORKER}
_GOING_ON = frozenset({HandoverState.PLANNED, HandoverState.JOINT_VISIT_DONE})
MOVES: Mapping[str, Move[HandoverState]] = {
    "record_joint_visit": Move(frozenset({HandoverState.PLANNED}), HandoverState.JOINT_VISIT_DONE, _RECORDS),
    "complete": Move(_GOING_ON, HandoverState.COMPLETED, _DECIDES),
    "cancel": Move(_GOING_ON, HandoverState.CANCELLED, _DECIDES),
}


def record_joint_visit(handover: Handover, *, visited_on: date, family_told_on: date | None, today: date) -> Handover:
    """Record that both workers visited the family, and that it was told if not before."""
    state = move(MOVES, verb="record_joint_visit", state=handover.state)
    if not local_day(handover.planned_at) <= visited_on <= today:
        raise ImplausibleVisit("The visit lies between the planning and today.", at="/visited_on")
    told = family_told_on or handover.family_told_on or visited_on
    return replace(handover, state=state, visited_on=visited_on, family_told_on=told)


def complete(
    handover: Handover,
    *,
    family_told_on: date | None,
    no_visit_reason: str | None,
    text: str | None = None,
    now: datetime,
) -> Handover:
    """Pass the family on; without a joint visit only with a reason, and never behind the family's back."""
    state = _ended(handover, verb="complete", now=now)
    if handover.visited_on is None and not no_visit_reason:
        raise JointVisitMissing("Record the joint visit, or say why there was none.", at="/no_visit_reason")
    told = family_told_on or handover.family_told_on
    if told is None or told > local_day(now):
        raise FamilyNotTold("Record the day on which the family was told.", at="/family_told_on")
    reason = no_visit_reason if handover.visited_on is None else None
    return replace(
        handover,
        state=state,
        family_told_on=told,
        no_visit_reason=reason,
        text=text or handover.text,
        ended_at=now,
    )


def cancel(handover: Handover, *, now: datetime) -> Handover:
    """Call the handover off; the present worker goes on."""
    return replace(handover, state=_ended(handover, verb="cancel", now=now), ended_at=now)


def _ended(handover: Handover, *, verb: str, now: datetime) -> HandoverState:
    state = move(MOVES, verb=verb, state=handover.state)
    if now < handover.planned_at:
        raise EndsBeforePlanned("It was planned later than that.", at="/occurred_at")
    return state
