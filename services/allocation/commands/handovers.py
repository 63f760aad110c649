"""Families passing from one worker to another."""

from datetime import date, datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.chassis.outbox import emit
from libs.contracts.allocation import HandoverCancelled, HandoverCompleted, HandoverPlanned, HandoverStepDone
from libs.kernel.codes import WorkerChangeReason
from libs.kernel.errors import NotFound
from libs.kernel.ids import TeamId, WorkerId, new_id
from libs.kernel.roles import Role
from services.allocation.commands import holding as holders
from services.allocation.domain import allocation as holding
from services.allocation.domain import checklist, scope
from services.allocation.domain import handover as passing
from services.allocation.domain.allocation import Allocation, AllocationState
from services.allocation.domain.cases import Share
from services.allocation.domain.checklist import Step
from services.allocation.domain.handover import Handover
from services.allocation.repository import allocations, families, staff


async def plan(
    tx: Transaction,
    *,
    allocation_id: UUID,
    revision: int,
    to_worker_id: UUID,
    reason: WorkerChangeReason,
    joint_visit_on: date | None,
    family_told_on: date | None,
    text: str | None,
    at: datetime,
) -> Handover:
    """Plan that a family of the caller's team passes to another worker, who must be eligible."""
    allocation = await holders.own(tx, allocation_id, revision=revision)
    planned_from = holding.plan_handover(allocation, now=at)
    whole = holding.whole(allocation, parts=await holders.led_with(tx, allocation))
    await holders.eligible(tx, whole, worker_id=to_worker_id, share=Share.LEAD, text=text, at=at)
    await allocations.save(tx, planned_from)
    await holders.stand_down(tx, allocation, at=at)
    planned = Handover(
        id=new_id(),
        allocation_id=allocation_id,
        family_id=allocation.family_id,
        from_worker_id=allocation.worker_id,
        to_worker_id=WorkerId(to_worker_id),
        reason=reason,
        joint_visit_on=joint_visit_on,
        family_told_on=family_told_on,
        text=text,
        planned_at=at,
    )
    handover = passing.plan(planned, by=tx.by.id)
    await allocations.add_handover(tx, handover)
    audit.record(tx, "handovers:plan", record_id=handover.id, family_id=handover.family_id)
    emit(
        tx,
        HandoverPlanned(
            handover_id=handover.id,
            allocation_id=allocation_id,
            family_id=handover.family_id,
            from_worker_id=handover.from_worker_id,
            to_worker_id=handover.to_worker_id,
            reason=reason.value,
            joint_visit_on=joint_visit_on,
        ),
        occurred_at=at,
    )
    _say_steps(tx, handover, before=planned, at=at)
    return handover


async def tick(
    tx: Transaction, *, handover_id: UUID, revision: int, steps: tuple[Step, ...], done_on: date, at: datetime
) -> Handover:
    """Tick steps as done: each of the two workers their own, or the manager of that worker's team."""
    handover = await _as_read(tx, handover_id, revision=revision)
    gives, receives = await _sides(tx, handover)
    if not gives and not receives:
        raise NotFound
    checklist.require_side(steps, gives=gives, receives=receives)
    ticked = passing.tick(handover, steps, by=tx.by.id, done_on=done_on, now=at)
    saved = await allocations.save_handover(tx, ticked)
    _say_steps(tx, saved, before=handover, at=at)
    return saved


async def _sides(tx: Transaction, handover: Handover) -> tuple[bool, bool]:
    if tx.by.has(Role.SERVICE_MANAGER):
        return True, True
    teams: tuple[UUID, ...] = ()
    if tx.by.has(Role.TEAM_MANAGER):
        giving = (await allocations.get(tx, handover.allocation_id)).team_id
        teams = (giving, (await staff.get_worker(tx, handover.to_worker_id)).team_id)
    sides = zip((handover.from_worker_id, handover.to_worker_id), teams or (None, None), strict=True)
    gives, receives = (tx.by.id == worker or (team is not None and tx.by.team_id == team) for worker, team in sides)
    return gives, receives


async def record_joint_visit(
    tx: Transaction, *, handover_id: UUID, revision: int, visited_on: date, family_told_on: date | None
) -> Handover:
    """Record that both workers visited the family; either of them may, or a manager of theirs."""
    handover = await _as_read(tx, handover_id, revision=revision)
    if tx.by.id not in {handover.from_worker_id, handover.to_worker_id}:
        if not tx.by.has(Role.TEAM_MANAGER, Role.SERVICE_MANAGER):
            raise NotFound
        await _require_side(tx, handover, allocation=await allocations.get(tx, handover.allocation_id))
    visited = passing.record_joint_visit(
        handover, visited_on=visited_on, family_told_on=family_told_on, by=tx.by.id, now=tx.now
    )
    audit.record(tx, "handovers:record-visit", record_id=handover_id, family_id=handover.family_id)
    saved = await allocations.save_handover(tx, visited)
    _say_steps(tx, saved, before=handover, at=tx.now)
    return saved


async def complete(
    tx: Transaction,
    *,
    handover_id: UUID,
    revision: int,
    family_told_on: date | None,
    no_visit_reason: str | None,
    unfinished_reason: str | None,
    text: str | None,
    at: datetime,
) -> Handover:
    """Pass the family on, at the word of the receiving team's manager; the hard rules are asked again."""
    handover = await _as_read(tx, handover_id, revision=revision)
    await families.lock(tx, handover.family_id)
    completed = passing.complete(
        handover,
        family_told_on=family_told_on,
        no_visit_reason=no_visit_reason,
        unfinished_reason=unfinished_reason,
        text=text,
        by=tx.by.id,
        now=at,
    )
    allocation = await allocations.get(tx, handover.allocation_id)
    parts = await holders.led_with(tx, allocation)
    whole = holding.whole(allocation, parts=parts)
    fresh = await holders.eligible(
        tx, whole, worker_id=handover.to_worker_id, share=Share.LEAD, text=completed.text, at=at
    )
    scope.require_team(roles=tx.by.roles, own_team=tx.by.team_id, team_id=fresh.candidate.team.id)
    saved = await allocations.save_handover(tx, completed)
    _say_steps(tx, saved, before=handover, at=at)
    for each in parts:
        await holders.finish(tx, each, reason=handover.reason, at=at, successor=True)
    await _begin(tx, saved, whole, team_id=fresh.candidate.team.id, at=at)
    _say_completed(tx, saved, at=at)
    return saved


async def _begin(tx: Transaction, completed: Handover, passed_on: Allocation, *, team_id: TeamId, at: datetime) -> None:
    begun = Allocation(
        id=new_id(),
        family_id=passed_on.family_id,
        worker_id=completed.to_worker_id,
        team_id=team_id,
        share=Share.LEAD,
        children=passed_on.children,
        adults=passed_on.adults,
        referral_id=passed_on.referral_id,
        area=passed_on.area,
        needs_interpreter=passed_on.needs_interpreter,
        reason=completed.reason,
        text=completed.text,
        previous_worker_id=completed.from_worker_id,
        started_at=at,
    )
    await holders.begin(tx, begun, others=await allocations.of_family(tx, passed_on.family_id))


def _say_completed(tx: Transaction, completed: Handover, *, at: datetime) -> None:
    audit.record(tx, "handovers:complete", record_id=completed.id, family_id=completed.family_id)
    emit(
        tx,
        HandoverCompleted(
            handover_id=completed.id,
            allocation_id=completed.allocation_id,
            family_id=completed.family_id,
            to_worker_id=completed.to_worker_id,
            joint_visit=completed.visited_on is not None,
            steps_left=tuple(step.value for step in checklist.left(completed.checklist)),
        ),
        occurred_at=at,
    )


async def cancel(tx: Transaction, *, handover_id: UUID, revision: int, at: datetime) -> Handover:
    """Call a handover off; the present worker goes on."""
    handover = await _as_read(tx, handover_id, revision=revision)
    await families.lock(tx, handover.family_id)
    cancelled = passing.cancel(handover, now=at)
    allocation = await allocations.get(tx, handover.allocation_id)
    await _require_side(tx, handover, allocation=allocation)
    saved = await allocations.save_handover(tx, cancelled)
    if allocation.state is AllocationState.HANDING_OVER:
        await allocations.save(tx, holding.keep(allocation))
    audit.record(tx, "handovers:complete", record_id=handover_id, family_id=handover.family_id, outcome="cancelled")
    emit(
        tx,
        HandoverCancelled(handover_id=handover_id, allocation_id=allocation.id, family_id=handover.family_id),
        occurred_at=at,
    )
    return saved


def _say_steps(tx: Transaction, handover: Handover, *, before: Handover, at: datetime) -> None:
    for each in handover.checklist[len(before.checklist) :]:
        audit.record(tx, "handovers:tick", record_id=handover.id, family_id=handover.family_id, outcome=each.step.value)
        said = HandoverStepDone(
            handover_id=handover.id,
            allocation_id=handover.allocation_id,
            family_id=handover.family_id,
            step=each.step.value,
            done_on=each.done_on,
        )
        emit(tx, said, occurred_at=at)


async def _require_side(tx: Transaction, handover: Handover, *, allocation: Allocation) -> None:
    receiving = await staff.get_worker(tx, handover.to_worker_id)
    if tx.by.team_id != receiving.team_id:
        scope.require_team(roles=tx.by.roles, own_team=tx.by.team_id, team_id=allocation.team_id)


async def _as_read(tx: Transaction, handover_id: UUID, *, revision: int) -> Handover:
    handover = await allocations.get_handover(tx, handover_id)
    if handover.revision != revision:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=revision)
    return handover
