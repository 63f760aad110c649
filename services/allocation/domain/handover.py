"""A family passing from one worker to another: a coded reason, a planned joint visit, a checklist of what is done."""

from collections.abc import Iterable, Mapping
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
from services.allocation.domain import checklist
from services.allocation.domain.checklist import Checklist, ChecklistUnfinished, Step


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
    checklist: Checklist = ()
    unfinished_reason: str | None = None  # why it was completed with steps left
    text: str | None = None  # why to this worker although above the soft ceiling
    state: HandoverState = HandoverState.PLANNED
    planned_at: datetime
    ended_at: datetime | None = None
    revision: int = 1


_DECIDES = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_RECORDS = _DECIDES | {Role.SOCIAL_WORKER}
_GOING_ON = frozenset({HandoverState.PLANNED, HandoverState.JOINT_VISIT_DONE})
MOVES: Mapping[str, Move[HandoverState]] = {
    "tick": Move(_GOING_ON, None, _RECORDS),
    "record_joint_visit": Move(frozenset({HandoverState.PLANNED}), HandoverState.JOINT_VISIT_DONE, _RECORDS),
    "complete": Move(_GOING_ON, HandoverState.COMPLETED, _DECIDES),
    "cancel": Move(_GOING_ON, HandoverState.CANCELLED, _DECIDES),
}


def plan(handover: Handover, *, by: UUID) -> Handover:
    """Return the plan; a family that was told already is ticked as told."""
    return _told(handover, by=by, now=handover.planned_at)


def tick(handover: Handover, steps: Iterable[Step], *, by: UUID, done_on: date, now: datetime) -> Handover:
    """Tick steps as done on a day; a joint visit ticked here is one recorded."""
    move(MOVES, verb="tick", state=handover.state)
    # As they follow each other: a joint visit tells the family, so that a telling named after it would be one too many.
    for step in sorted(steps, key=list(Step).index):
        if step is Step.JOINT_VISIT_HELD and handover.visited_on is None:
            handover = _visited(handover, visited_on=done_on, family_told_on=None, by=by, now=now, at="/done_on")
        else:
            done = checklist.tick(handover.checklist, step, by=by, done_on=done_on, now=now)
            told = done_on if step is Step.FAMILY_TOLD else handover.family_told_on
            handover = replace(handover, checklist=done, family_told_on=told)
    return handover


def record_joint_visit(
    handover: Handover, *, visited_on: date, family_told_on: date | None, by: UUID, now: datetime
) -> Handover:
    """Record that both workers visited the family, and that it was told if not before."""
    return _visited(handover, visited_on=visited_on, family_told_on=family_told_on, by=by, now=now, at="/visited_on")


def _visited(
    handover: Handover, *, visited_on: date, family_told_on: date | None, by: UUID, now: datetime, at: str
) -> Handover:
    state = move(MOVES, verb="record_joint_visit", state=handover.state)
    if not local_day(handover.planned_at) <= visited_on <= local_day(now):
        raise ImplausibleVisit("The visit lies between the planning and today.", at=at)
    told = family_told_on or handover.family_told_on or visited_on
    done = checklist.note(handover.checklist, Step.JOINT_VISIT_HELD, by=by, done_on=visited_on, now=now)
    visited = replace(handover, state=state, visited_on=visited_on, family_told_on=told, checklist=done)
    return _told(visited, by=by, now=now)


def _told(handover: Handover, *, by: UUID, now: datetime) -> Handover:
    told_on = handover.family_told_on
    done = checklist.note(handover.checklist, Step.FAMILY_TOLD, by=by, done_on=told_on, now=now)
    return replace(handover, checklist=done)


def complete(
    handover: Handover,
    *,
    family_told_on: date | None,
    no_visit_reason: str | None,
    unfinished_reason: str | None = None,
    text: str | None = None,
    by: UUID,
    now: datetime,
) -> Handover:
    """Pass the family on; with a joint visit or other steps left only with a reason, and never behind the family's back."""
    state = _ended(handover, verb="complete", now=now)
    if handover.visited_on is None and not no_visit_reason:
        raise JointVisitMissing("Record the joint visit, or say why there was none.", at="/no_visit_reason")
    told = family_told_on or handover.family_told_on
    if told is None or told > local_day(now):
        raise FamilyNotTold("Record the day on which the family was told.", at="/family_told_on")
    handover = _told(replace(handover, family_told_on=told), by=by, now=now)
    # Why nobody visited together is said with a reason of its own.
    left = tuple(step for step in checklist.left(handover.checklist) if step is not Step.JOINT_VISIT_HELD)
    if left and not unfinished_reason:
        raise ChecklistUnfinished(
            "Have the steps that are left ticked, or say why it cannot wait.",
            at="/unfinished_reason",
            steps=[step.value for step in left],
        )
    return replace(
        handover,
        state=state,
        no_visit_reason=no_visit_reason if handover.visited_on is None else None,
        unfinished_reason=unfinished_reason if left else None,
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
