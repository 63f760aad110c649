"""Workers whose load or hours changed, and the thresholds of theirs that were announced."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update

from libs.chassis.database import Transaction
from services.allocation.tables import load_change, worker


async def take(tx: Transaction, *, limit: int) -> dict[UUID, datetime]:
    """Take the oldest changes; return by worker when the last of them happened."""
    oldest = (
        select(load_change.c.position).order_by(load_change.c.position).limit(limit).with_for_update(skip_locked=True)
    )
    taken = delete(load_change).where(load_change.c.position.in_(oldest)).returning(load_change)
    found: dict[UUID, datetime] = {}
    for row in await tx.rows(taken):
        found[row.worker_id] = max(row.at, found.get(row.worker_id, row.at))
    return found


async def thresholds(tx: Transaction, worker_ids: Sequence[UUID]) -> dict[UUID, frozenset[int]]:
    """Return by worker the thresholds that were announced as crossed."""
    rows = await tx.rows(select(worker.c.id, worker.c.above).where(worker.c.id.in_(worker_ids)))
    return {row.id: frozenset(row.above) for row in rows}


async def keep_thresholds(tx: Transaction, worker_id: UUID, *, above: frozenset[int]) -> None:
    """Keep which thresholds stand announced; a reader of the worker sees no change."""
    await tx.do(update(worker).where(worker.c.id == worker_id).values(above=sorted(above)))
