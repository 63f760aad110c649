"""Who holds a family: begin, end, stand in, work beside."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.chassis.outbox import emit
from libs.contracts.allocation import (
    AllocationCovered,
    AllocationEnded,
    AllocationResumed,
    AllocationStarted,
    ConcernRaised,
    HandoverCancelled,
)
from libs.kernel.codes import WorkerChangeReason
from libs.kernel.errors import NotFound
from libs.kernel.ids import WorkerId, new_id
from services.allocation.commands import requests as asking
from services.allocation.domain import allocation as holding
from services.allocation.domain import constraints, scope
from services.allocation.domain import handover as passing
from services.allocation.domain.allocation import Allocation, WorkEnded
from services.allocation.domain.candidates import Match
from services.allocation.domain.cases import Share
from services.allocation.domain.request import Request, RequestPurpose
from services.allocation.repository import allocations, families, matches, schemes, staff


async def begin(tx: Transaction, started: Allocation, *, others: Sequence[Allocation]) -> Allocation:
    """Let a worker hold a family beside its other allocations; one who co-worked it before becomes the lead."""
    holding.start(started, others=others)
    for other in others:
        if other.is_open and other.worker_id == started.worker_id and other.share is Share.CO:
            await finish(tx, other, reason=started.reason, at=started.started_at, successor=True)
    await allocations.add(tx, started)
    await staff.note_load_changes(tx, [started.worker_id], at=started.started_at)
    emit(
        tx,
        AllocationStarted(
            allocation_id=started.id,
            family_id=started.family_id,
            referral_id=started.referral_id,
            request_id=started.request_id,
            worker_id=started.worker_id,
            team_id=started.team_id,
            role=started.share,
            children=started.children,
            adults=started.adults,
            started_at=started.started_at,
            reason=started.reason.value,
            previous_worker_id=started.previous_worker_id,
            requested_at=started.requested_at,
        ),
        occurred_at=started.started_at,
    )
    return started


async def finish(
    tx: Transaction,
    allocation: Allocation,
    *,
    reason: WorkerChangeReason | WorkEnded,
    at: datetime,
    successor: bool,
) -> Allocation:
    """End a worker's part, and a handover of it that was going on."""
    ended = await allocations.save(tx, holding.end(allocation, reason=reason, now=at, successor=successor))
    going_on = await allocations.handover_of_allocation(tx, allocation.id)
    if going_on is not None:
        called_off = max(at, going_on.planned_at)
        await allocations.save_handover(tx, passing.cancel(going_on, now=called_off))
        cancelled = HandoverCancelled(
            handover_id=going_on.id, allocation_id=allocation.id, family_id=allocation.family_id
        )
        emit(tx, cancelled, occurred_at=called_off)
    stood_in = [] if allocation.covered_by is None else [allocation.covered_by]
    if stood_in:
        await allocations.end_cover(tx, allocation.id, at=at)
    await staff.note_load_changes(tx, [allocation.worker_id, *stood_in], at=at)
    emit(
        tx,
        AllocationEnded(
            allocation_id=ended.id,
            family_id=ended.family_id,
            worker_id=ended.worker_id,
            team_id=ended.team_id,
            role=ended.share,
            ended_at=at,
            reason=str(ended.end_reason),
            referral_id=ended.referral_id,
        ),
        occurred_at=at,
    )
    return ended


async def end(
    tx: Transaction,
    *,
    allocation_id: UUID,
    revision: int,
    reason: WorkerChangeReason | WorkEnded,
    find_another: bool,
    at: datetime,
) -> Allocation:
    """End a worker's part at a manager's word; with `find_another` all that the worker leads is proposed for at once."""
    allocation = await own(tx, allocation_id, revision=revision)
    if not find_another or not isinstance(reason, WorkerChangeReason):
        return await end_part(tx, allocation, reason=reason, at=at, successor=find_another)
    parts = await led_with(tx, allocation)
    ended = [await end_part(tx, each, reason=reason, at=at, successor=True) for each in parts]
    whole = holding.whole(allocation, parts=parts)
    await asking.open_request(tx, await _successor(tx, whole, reason=reason, at=at), at=at)
    return next(each for each in ended if each.id == allocation_id)


async def led_with(tx: Transaction, allocation: Allocation) -> tuple[Allocation, ...]:
    """Return all that a lead's worker leads in the family: it may have come by several referrals."""
    return holding.led_with(allocation, others=await allocations.of_family(tx, allocation.family_id))


async def end_part(
    tx: Transaction,
    allocation: Allocation,
    *,
    reason: WorkerChangeReason | WorkEnded,
    at: datetime,
    successor: bool,
) -> Allocation:
    """End a worker's part for its own sake, on record; a part that ends with another verb is on record by that."""
    ended = await finish(tx, allocation, reason=reason, at=at, successor=successor)
    audit.record(tx, "allocations:change", record_id=ended.id, family_id=ended.family_id, outcome="ended")
    return ended


async def _successor(tx: Transaction, ended: Allocation, *, reason: WorkerChangeReason, at: datetime) -> Request:
    family = await families.find(tx, ended.family_id)
    change = RequestPurpose.CHANGE_OF_WORKER if ended.share is Share.LEAD else RequestPurpose.CO_WORKER
    return replace(
        as_request(ended, share=ended.share, purpose=change, at=at),
        id=new_id(),
        rag=family.rag if family else "unknown",
        reason=reason.value,
        previous_worker_id=ended.worker_id,
        split_asked=False,
    )


async def add_co_worker(
    tx: Transaction, *, allocation_id: UUID, revision: int, worker_id: UUID, text: str | None, at: datetime
) -> Allocation:
    """Let another worker work with the family beside its lead."""
    lead = await own(tx, allocation_id, revision=revision)
    fresh = await eligible(tx, lead, worker_id=worker_id, share=Share.CO, text=text, at=at)
    beside = Allocation(
        id=new_id(),
        family_id=lead.family_id,
        worker_id=WorkerId(worker_id),
        team_id=fresh.candidate.team.id,
        share=Share.CO,
        children=lead.children,
        adults=lead.adults,
        referral_id=lead.referral_id,
        area=lead.area,
        needs_interpreter=lead.needs_interpreter,
        reason=WorkerChangeReason.MANAGE,
        text=text,
        started_at=max(at, lead.started_at),
    )
    audit.record(tx, "allocations:change", record_id=beside.id, family_id=lead.family_id, outcome="co_worker")
    return await begin(tx, beside, others=await allocations.of_family(tx, lead.family_id))


async def cover(
    tx: Transaction, *, allocation_id: UUID, revision: int, worker_id: UUID, text: str | None, at: datetime
) -> Allocation:
    """Let another worker stand in during an absence; the lead stays the lead."""
    allocation = await own(tx, allocation_id, revision=revision)
    covered = holding.cover(allocation, by=WorkerId(worker_id), text=text)
    await eligible(tx, allocation, worker_id=worker_id, share=Share.CO, text=text, at=at)
    saved = await allocations.save(tx, covered)
    await stand_down(tx, allocation, at=at)
    await allocations.begin_cover(tx, saved.id, by=worker_id, at=at)
    stood_in = [] if allocation.covered_by is None else [allocation.covered_by]
    await staff.note_load_changes(tx, [worker_id, *stood_in], at=at)
    audit.record(tx, "allocations:change", record_id=saved.id, family_id=saved.family_id, outcome="covered")
    said = AllocationCovered(
        allocation_id=saved.id, family_id=saved.family_id, worker_id=saved.worker_id, covered_by=worker_id
    )
    emit(tx, said, occurred_at=at)
    return saved


async def resume(tx: Transaction, *, allocation_id: UUID, revision: int, at: datetime) -> Allocation:
    """Let nobody stand in any more because the lead is back."""
    allocation = await own(tx, allocation_id, revision=revision)
    resumed = await allocations.save(tx, holding.resume(allocation))
    await staff.note_load_changes(tx, [] if allocation.covered_by is None else [allocation.covered_by], at=at)
    audit.record(tx, "allocations:change", record_id=resumed.id, family_id=resumed.family_id, outcome="resumed")
    await stand_down(tx, allocation, at=at)
    return resumed


async def raise_concern(tx: Transaction, *, allocation_id: UUID, revision: int, text: str, at: datetime) -> Allocation:
    """Record a worker's concern about an own allocation; it is no veto."""
    found = await allocations.get(tx, allocation_id)
    if found.worker_id != tx.by.id:
        raise NotFound
    allocation = await _as_read(tx, found, revision=revision)
    saved = await allocations.save(tx, holding.raise_concern(allocation, text=text, now=at))
    audit.record(tx, "allocations:raise-concern", record_id=saved.id, family_id=saved.family_id)
    said = ConcernRaised(
        allocation_id=saved.id, family_id=saved.family_id, worker_id=saved.worker_id, team_id=saved.team_id
    )
    emit(tx, said, occurred_at=at)
    return saved


async def stand_down(tx: Transaction, covered: Allocation, *, at: datetime) -> None:
    """Keep and say that whoever stood in stands in no more, if anybody did."""
    if covered.covered_by is not None:
        await allocations.end_cover(tx, covered.id, at=at)
        said = AllocationResumed(
            allocation_id=covered.id,
            family_id=covered.family_id,
            worker_id=covered.worker_id,
            covered_by=covered.covered_by,
        )
        emit(tx, said, occurred_at=at)


async def own(tx: Transaction, allocation_id: UUID, *, revision: int) -> Allocation:
    """Return an allocation of the caller's team as the caller read it, its family held."""
    found = await allocations.get(tx, allocation_id)
    scope.require_team(roles=tx.by.roles, own_team=tx.by.team_id, team_id=found.team_id)
    return await _as_read(tx, found, revision=revision)


async def _as_read(tx: Transaction, found: Allocation, *, revision: int) -> Allocation:
    await families.lock(tx, found.family_id)
    allocation = await allocations.get(tx, found.id)
    if allocation.revision != revision:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=revision)
    return allocation


async def eligible(
    tx: Transaction, allocation: Allocation, *, worker_id: UUID, share: Share, text: str | None, at: datetime
) -> Match:
    """Return a worker, held, as matched for what an allocation holds; raise if a rule forbids it or asks for a reason."""
    lead = share is Share.LEAD
    purpose = RequestPurpose.CHANGE_OF_WORKER if lead else RequestPurpose.CO_WORKER
    rules = (await schemes.active(tx)).rules
    request = as_request(allocation, share=share, purpose=purpose, at=at)
    about = await matches.background(tx, request, at=at, rules=rules)
    fresh = await matches.of_one(tx, about, worker_id=worker_id, at=at, rules=rules, lock=True)
    if fresh is None:
        raise NotFound
    constraints.require_eligible(fresh, rules=rules)
    constraints.require_reason(fresh, text=text, rules=rules)
    return fresh


def as_request(allocation: Allocation, *, share: Share, purpose: RequestPurpose, at: datetime) -> Request:
    """Put what an allocation holds as a request, so that every path asks the same rules the same way."""
    return Request(
        id=allocation.id,
        family_id=allocation.family_id,
        referral_id=allocation.referral_id,
        purpose=purpose,
        children=allocation.children,
        adults=allocation.adults,
        area=allocation.area,
        rag="unknown",
        share=share,
        needs_interpreter=allocation.needs_interpreter,
        # Siblings that are apart already stay as they are.
        split_asked=True,
        previous_worker_id=allocation.worker_id,
        requested_at=at,
    )
