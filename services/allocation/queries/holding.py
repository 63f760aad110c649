"""Who holds which family, how families passed on, and how steady it was."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.errors import NotFound
from libs.kernel.ids import PersonId
from libs.kernel.roles import Role
from services.allocation.domain.allocation import Allocation, Continuity, continuity
from services.allocation.domain.handover import Handover
from services.allocation.repository import allocations
from services.allocation.tables import allocation, handover


@dataclass(frozen=True, slots=True, kw_only=True)
class FamilyContinuity:
    """How steady the lead of a family and of each of its children has been."""

    family: Continuity
    children: tuple[tuple[PersonId, Continuity], ...]
    allocations: tuple[Allocation, ...]


def listed(*, family_id: UUID | None, worker_id: UUID | None, only_open: bool) -> Select[Any]:
    """Return the query of a list of allocations."""
    query = select(allocation)
    if family_id is not None:
        query = query.where(allocation.c.family_id == family_id)
    if worker_id is not None:
        query = query.where(allocation.c.worker_id == worker_id)
    if only_open:
        query = query.where(allocation.c.ended_at.is_(None))
    return query


async def page(tx: Transaction, query: Select[Any], *, wanted: Wanted) -> tuple[list[Allocation], str | None]:
    """List allocations, the latest first; a worker without a wider role sees the own ones."""
    if tx.by.roles == {Role.SOCIAL_WORKER}:
        query = query.where(allocation.c.worker_id == tx.by.id)
    keys = [allocation.c.started_at, allocation.c.id]
    rows, following = await rows_after(tx, query, keys=keys, wanted=wanted, newest_first=True)
    audit.record(tx, "allocations:read")
    return [_as_seen(tx, allocations.allocation_of(row)) for row in rows], following


async def single(tx: Transaction, allocation_id: UUID) -> Allocation:
    """Return one allocation."""
    found = await allocations.get(tx, allocation_id)
    if tx.by.roles == {Role.SOCIAL_WORKER} and tx.by.id not in {found.worker_id, found.covered_by}:
        raise NotFound
    audit.record(tx, "allocations:read", record_id=allocation_id, family_id=found.family_id)
    return _as_seen(tx, found)


def _as_seen(tx: Transaction, found: Allocation) -> Allocation:
    # What worries a worker is between the worker and the managers.
    own = tx.by.id == found.worker_id or tx.by.has(Role.TEAM_MANAGER, Role.SERVICE_MANAGER)
    return found if own else replace(found, concern=None)


async def family_continuity(tx: Transaction, family_id: UUID) -> FamilyContinuity:
    """Return how often a family and each child changed worker, and how long the longest held them."""
    held = await allocations.of_family(tx, family_id)
    if not held:
        raise NotFound
    audit.record(tx, "continuity:read", family_id=family_id)
    children = sorted({child for each in held for child in each.children})
    return FamilyContinuity(
        family=continuity(held, now=tx.now),
        children=tuple(
            (child, continuity([each for each in held if child in each.children], now=tx.now)) for child in children
        ),
        allocations=tuple(_as_seen(tx, each) for each in held),
    )


async def handovers(tx: Transaction, *, family_id: UUID | None, wanted: Wanted) -> tuple[list[Handover], str | None]:
    """List handovers, the latest first; a worker without a wider role sees those that name them."""
    query = select(handover)
    if family_id is not None:
        query = query.where(handover.c.family_id == family_id)
    if tx.by.roles == {Role.SOCIAL_WORKER}:
        query = query.where((handover.c.from_worker_id == tx.by.id) | (handover.c.to_worker_id == tx.by.id))
    keys = [handover.c.planned_at, handover.c.id]
    rows, following = await rows_after(tx, query, keys=keys, wanted=wanted, newest_first=True)
    audit.record(tx, "handovers:read", family_id=family_id)
    return [allocations.handover_of(row) for row in rows], following


async def handover_single(tx: Transaction, handover_id: UUID) -> Handover:
    """Return one handover."""
    found = await allocations.get_handover(tx, handover_id)
    if tx.by.roles == {Role.SOCIAL_WORKER} and tx.by.id not in {found.from_worker_id, found.to_worker_id}:
        raise NotFound
    audit.record(tx, "handovers:read", record_id=handover_id, family_id=found.family_id)
    return found
