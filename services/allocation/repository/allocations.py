"""Allocations and handovers."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update

from libs.chassis.database import Transaction
from libs.kernel.codes import WorkerChangeReason
from libs.kernel.errors import NotFound
from libs.kernel.ids import FamilyId, PersonId, ReferralId, TeamId, WorkerId
from services.allocation.domain.allocation import Allocation, AllocationState
from services.allocation.domain.cases import Share
from services.allocation.domain.checklist import Step, Tick
from services.allocation.domain.handover import Handover, HandoverState
from services.allocation.repository.rows import values_of
from services.allocation.tables import GOING_ON, allocation, cover, handover


def allocation_of(row: Row[Any]) -> Allocation:
    """Read an allocation from a row."""
    return Allocation(
        id=row.id,
        family_id=FamilyId(row.family_id),
        worker_id=WorkerId(row.worker_id),
        team_id=TeamId(row.team_id),
        share=Share(row.share),
        children=tuple(PersonId(child) for child in row.children),
        adults=tuple(PersonId(adult) for adult in row.adults),
        referral_id=None if row.referral_id is None else ReferralId(row.referral_id),
        request_id=row.request_id,
        area=row.area,
        needs_interpreter=row.needs_interpreter,
        reason=WorkerChangeReason[row.reason],
        text=row.text,
        previous_worker_id=None if row.previous_worker_id is None else WorkerId(row.previous_worker_id),
        state=AllocationState(row.state),
        requested_at=row.requested_at,
        started_at=row.started_at,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
        covered_by=None if row.covered_by is None else WorkerId(row.covered_by),
        concern=row.concern,
        concern_raised_at=row.concern_raised_at,
        revision=row.revision,
    )


def handover_of(row: Row[Any]) -> Handover:
    """Read a handover from a row."""
    return Handover(
        id=row.id,
        allocation_id=row.allocation_id,
        family_id=FamilyId(row.family_id),
        from_worker_id=WorkerId(row.from_worker_id),
        to_worker_id=WorkerId(row.to_worker_id),
        reason=WorkerChangeReason[row.reason],
        text=row.text,
        joint_visit_on=row.joint_visit_on,
        visited_on=row.visited_on,
        family_told_on=row.family_told_on,
        no_visit_reason=row.no_visit_reason,
        checklist=tuple(
            Tick(
                step=Step(each["step"]),
                by=UUID(each["by"]),
                done_on=date.fromisoformat(each["done_on"]),
                ticked_at=datetime.fromisoformat(each["ticked_at"]),
            )
            for each in row.checklist
        ),
        unfinished_reason=row.unfinished_reason,
        state=HandoverState(row.state),
        planned_at=row.planned_at,
        ended_at=row.ended_at,
        revision=row.revision,
    )


async def get(tx: Transaction, allocation_id: UUID) -> Allocation:
    """Return an allocation; raise `NotFound` without one."""
    row = await tx.row(select(allocation).where(allocation.c.id == allocation_id))
    if row is None:
        raise NotFound
    return allocation_of(row)


async def of_family(tx: Transaction, family_id: UUID) -> list[Allocation]:
    """Return all that a family's allocations were and are, in order."""
    query = select(allocation).where(allocation.c.family_id == family_id)
    rows = await tx.rows(query.order_by(allocation.c.started_at, allocation.c.id))
    return [allocation_of(row) for row in rows]


async def open_of_referral(tx: Transaction, referral_id: UUID) -> list[Allocation]:
    """Return the allocations of a referral that have not ended."""
    query = select(allocation).where(allocation.c.referral_id == referral_id, allocation.c.ended_at.is_(None))
    return [allocation_of(row) for row in await tx.rows(query.order_by(allocation.c.id))]


async def holders_of(tx: Transaction, family_ids: list[UUID]) -> list[WorkerId]:
    """Return who holds or covers any of these families now."""
    query = select(allocation.c.worker_id, allocation.c.covered_by).where(
        allocation.c.family_id.in_(family_ids), allocation.c.ended_at.is_(None)
    )
    rows = await tx.rows(query)
    return sorted({WorkerId(each) for row in rows for each in row if each is not None})


async def add(tx: Transaction, value: Allocation) -> None:
    """Keep a new allocation."""
    await tx.add(allocation, values_of(value))


async def save(tx: Transaction, value: Allocation) -> Allocation:
    """Keep a changed allocation; return it with its new revision."""
    values = {name: each for name, each in values_of(value).items() if name not in {"id", "revision"}}
    return replace(value, revision=await tx.change(allocation, id=value.id, revision=value.revision, **values))


async def begin_cover(tx: Transaction, allocation_id: UUID, *, by: UUID, at: datetime) -> None:
    """Keep since when a worker stands in."""
    await tx.add(cover, {"allocation_id": allocation_id, "worker_id": by, "started_at": at, "ended_at": None})


async def end_cover(tx: Transaction, allocation_id: UUID, *, at: datetime) -> None:
    """Keep until when whoever stands in did."""
    going_on = update(cover).where(cover.c.allocation_id == allocation_id, cover.c.ended_at.is_(None))
    await tx.do(going_on.values(ended_at=func.greatest(at, cover.c.started_at)))


async def move_family(tx: Transaction, *, merged: UUID, into: UUID) -> None:
    """Let the allocations and handovers of a merged family belong to the one that stays."""
    for table in (allocation, handover):
        await tx.do(
            update(table).where(table.c.family_id == merged).values(family_id=into, revision=table.c.revision + 1)
        )


async def get_handover(tx: Transaction, handover_id: UUID) -> Handover:
    """Return a handover; raise `NotFound` without one."""
    row = await tx.row(select(handover).where(handover.c.id == handover_id))
    if row is None:
        raise NotFound
    return handover_of(row)


async def handover_of_allocation(tx: Transaction, allocation_id: UUID) -> Handover | None:
    """Return the handover that goes on for an allocation, if there is one."""
    row = await tx.row(select(handover).where(handover.c.allocation_id == allocation_id, GOING_ON))
    return None if row is None else handover_of(row)


async def add_handover(tx: Transaction, value: Handover) -> None:
    """Keep a new handover."""
    await tx.add(handover, _handover_values(value))


async def save_handover(tx: Transaction, value: Handover) -> Handover:
    """Keep a changed handover; return it with its new revision."""
    values = {name: each for name, each in _handover_values(value).items() if name not in {"id", "revision"}}
    return replace(value, revision=await tx.change(handover, id=value.id, revision=value.revision, **values))


def _handover_values(value: Handover) -> dict[str, Any]:
    ticks = [
        {
            "step": each.step.value,
            "by": str(each.by),
            "done_on": each.done_on.isoformat(),
            "ticked_at": each.ticked_at.isoformat(),
        }
        for each in value.checklist
    ]
    return {**values_of(value), "checklist": ticks}
