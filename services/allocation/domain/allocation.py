"""Who holds a family: the named social worker and those who work beside, from when to when and why it ended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from libs.kernel.codes import WorkerChangeReason
from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict, Invalid
from libs.kernel.ids import FamilyId, PersonId, ReferralId, TeamId, WorkerId
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from libs.kernel.working_days import add_working_days
from services.allocation.domain.cases import Share


class AllocationState(StrEnum):
    """Where an allocation stands."""

    ACTIVE = "active"
    COVERED = "covered"  # somebody stands in during an absence; the lead stays the lead
    HANDING_OVER = "handing_over"
    ENDED = "ended"


class WorkEnded(StrEnum):
    """Reasons to end that mean the family needs no other worker."""

    CLOSURE = "closure"
    STEP_DOWN = "step_down"
    CORRECTION = "correction"


class LeadRequired(Conflict):
    """The family would be left without a named worker."""

    slug = "lead-required"


class OverlappingLead(Conflict):
    """Another worker leads some of these children already."""

    slug = "overlapping-lead"


class EndsBeforeItBegan(Invalid):
    """It cannot end before it began."""

    slug = "invalid-period"


class PlannedBeforeItBegan(Invalid):
    """It is not handed over before it began."""

    slug = "invalid-period"


class ConcernTooEarly(Invalid):
    """No concern is raised about what has not begun."""

    slug = "invalid-period"


class ConcernTooLate(Conflict):
    """A concern is raised within two working days."""

    slug = "concern-too-late"


class ConcernRaisedAlready(Conflict):
    """The worker has raised a concern about this allocation."""


class CoveredBySelf(Invalid):
    """Nobody stands in for themselves."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """A worker holding a family, or some of its children, during `[started_at, ended_at)`."""

    id: UUID
    family_id: FamilyId
    worker_id: WorkerId
    team_id: TeamId
    share: Share
    children: tuple[PersonId, ...]
    adults: tuple[PersonId, ...] = ()
    referral_id: ReferralId | None = None
    request_id: UUID | None = None
    area: str
    needs_interpreter: bool = False
    reason: WorkerChangeReason  # why this worker
    text: str | None = None  # why this worker, or who stands in, although above the soft ceiling
    previous_worker_id: WorkerId | None = None
    state: AllocationState = AllocationState.ACTIVE
    requested_at: datetime | None = None
    started_at: datetime
    ended_at: datetime | None = None
    end_reason: str | None = None
    covered_by: WorkerId | None = None
    concern: str | None = None  # the worker's own, recorded and no veto
    concern_raised_at: datetime | None = None
    revision: int = 1

    @property
    def is_open(self) -> bool:
        """Whether the worker still holds the family."""
        return self.state is not AllocationState.ENDED


#: How many working days a worker has to raise a concern about an own allocation; local configuration.
CONCERN_DAYS = 2

_DECIDES = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_OPEN = frozenset(AllocationState) - {AllocationState.ENDED}
_HELD = frozenset({AllocationState.ACTIVE, AllocationState.COVERED})
MOVES: Mapping[str, Move[AllocationState]] = {
    "plan_handover": Move(_HELD, AllocationState.HANDING_OVER, _DECIDES),
    "keep": Move(frozenset({AllocationState.HANDING_OVER}), AllocationState.ACTIVE, _DECIDES),
    "cover": Move(_HELD, AllocationState.COVERED, _DECIDES),
    "resume": Move(frozenset({AllocationState.COVERED}), AllocationState.ACTIVE, _DECIDES),
    "raise_concern": Move(_OPEN, None, frozenset({Role.SOCIAL_WORKER})),
    "end": Move(_OPEN, AllocationState.ENDED, _DECIDES),
}


def start(allocation: Allocation, *, others: Iterable[Allocation]) -> Allocation:
    """Return the allocation if no other worker leads these children.

    A worker who leads the family already may take it on again for another referral; a co-worker may become
    the lead. The same part twice is refused.
    """
    for other in others:
        if not other.is_open or other.family_id != allocation.family_id:
            continue
        same_children = bool(set(other.children) & set(allocation.children))
        if other.worker_id != allocation.worker_id:
            if same_children and other.share is Share.LEAD and allocation.share is Share.LEAD:
                raise OverlappingLead("Plan a handover from the present worker instead.")
        elif allocation.share is Share.CO or (
            same_children and other.share is Share.LEAD and other.referral_id == allocation.referral_id
        ):
            raise OverlappingLead("The worker holds this family already.")
    return allocation


def led_with(allocation: Allocation, *, others: Iterable[Allocation]) -> tuple[Allocation, ...]:
    """Return all that a lead's worker leads in the family, which changes worker as a whole; a co-worker's part alone."""
    if allocation.share is not Share.LEAD:
        return (allocation,)
    return tuple(
        each for each in others if each.is_open and each.worker_id == allocation.worker_id and each.share is Share.LEAD
    )


def whole(allocation: Allocation, *, parts: Iterable[Allocation]) -> Allocation:
    """Return the allocation with everybody whom any of its parts is about."""
    every = tuple(parts)
    return replace(
        allocation,
        children=tuple(dict.fromkeys(child for each in every for child in each.children)),
        adults=tuple(dict.fromkeys(adult for each in every for adult in each.adults)),
    )


def plan_handover(allocation: Allocation, *, now: datetime) -> Allocation:
    """Mark a lead as passing to another worker."""
    if now < allocation.started_at:
        raise PlannedBeforeItBegan("It began later than that.", at="/occurred_at")
    if allocation.share is not Share.LEAD:
        raise LeadRequired("Only a lead is handed over; end a co-worker's part instead.")
    return replace(allocation, state=move(MOVES, verb="plan_handover", state=allocation.state), covered_by=None)


def keep(allocation: Allocation) -> Allocation:
    """Let the worker go on because the handover was called off."""
    return replace(allocation, state=move(MOVES, verb="keep", state=allocation.state))


def cover(allocation: Allocation, *, by: WorkerId, text: str | None = None) -> Allocation:
    """Let another worker stand in during an absence; the lead stays the lead."""
    state = move(MOVES, verb="cover", state=allocation.state)
    if by == allocation.worker_id:
        raise CoveredBySelf("Name another worker.", at="/worker_id")
    return replace(allocation, state=state, covered_by=by, text=text or allocation.text)


def resume(allocation: Allocation) -> Allocation:
    """Let nobody stand in any more because the lead is back."""
    return replace(allocation, state=move(MOVES, verb="resume", state=allocation.state), covered_by=None)


def raise_concern(allocation: Allocation, *, text: str, now: datetime) -> Allocation:
    """Record what worries the worker about the allocation; it stands all the same, and a manager looks at it."""
    move(MOVES, verb="raise_concern", state=allocation.state)
    if allocation.concern is not None:
        raise ConcernRaisedAlready("Talk to the manager about it.")
    if now < allocation.started_at:
        raise ConcernTooEarly("It began later than that.", at="/occurred_at")
    if local_day(now) > add_working_days(local_day(allocation.started_at), CONCERN_DAYS):
        raise ConcernTooLate("Talk to the manager about a change of worker.")
    return replace(allocation, concern=text, concern_raised_at=now)


def end(
    allocation: Allocation, *, reason: WorkerChangeReason | WorkEnded, now: datetime, successor: bool
) -> Allocation:
    """End the worker's part; a lead ends with a change of worker only if a successor is known or sought."""
    state = move(MOVES, verb="end", state=allocation.state)
    if now < allocation.started_at:
        raise EndsBeforeItBegan("It cannot end before it began.", at="/occurred_at")
    if allocation.share is Share.LEAD and isinstance(reason, WorkerChangeReason) and not successor:
        raise LeadRequired("Plan a handover, or ask for another worker to be found.")
    return replace(allocation, state=state, ended_at=now, end_reason=str(reason), covered_by=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuity:
    """How steady a child's or a family's lead has been; `share_of_longest` is of the months held by anybody."""

    leads: int
    changes: int
    months: int
    share_of_longest: float | None


# Mean length of a month in days, for counting months with a worker.
_MONTH_DAYS = 30.44


def continuity(allocations: Iterable[Allocation], *, now: datetime) -> Continuity:
    """Count the leads in order: changes of worker, and the part of the time that the longest of them held."""
    leads = sorted((each for each in allocations if each.share is Share.LEAD), key=lambda each: each.started_at)
    changes = sum(one.worker_id != two.worker_id for one, two in pairwise(leads))
    held: dict[WorkerId, float] = {}
    for each in leads:
        seconds = ((each.ended_at or now) - each.started_at).total_seconds()
        held[each.worker_id] = held.get(each.worker_id, 0.0) + max(0.0, seconds)
    whole = sum(held.values())
    return Continuity(
        leads=len({each.worker_id for each in leads}),
        changes=changes,
        months=round(whole / 86_400 / _MONTH_DAYS),
        share_of_longest=round(max(held.values()) / whole, 3) if whole else None,
    )


def months_known(allocations: Iterable[Allocation], *, worker_id: WorkerId, now: datetime) -> int | None:
    """Return for how many months a worker has held the family in all, None if never."""
    own = tuple(each for each in allocations if each.worker_id == worker_id)
    if not own:
        return None
    days = sum(((each.ended_at or now) - each.started_at).days for each in own)
    return max(0, round(days / _MONTH_DAYS))
