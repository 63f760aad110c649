"""Workers whose load or hours changed, and the thresholds of theirs that were announced."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from services.allocation.tables import load_change, load_turn, worker


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


async def turn(tx: Transaction) -> int:
    """Return the number of the last turn."""
    row = await tx.row(select(func.coalesce(func.max(load_turn.c.turn), 0).label("last")))
    return int(row.last) if row is not None else 0


async def begin_turn(tx: Transaction, worker_ids: Sequence[UUID]) -> None:
    """Keep that these workers' loads changed in a turn of their own; one tick at a time does so."""
    following = await turn(tx) + 1
    statement = insert(load_turn).values([{"worker_id": each, "turn": following} for each in sorted(worker_ids)])
    changed = {"turn": statement.excluded.turn}
    await tx.do(statement.on_conflict_do_update(index_elements=["worker_id"], set_=changed))


async def since(tx: Transaction, last: int) -> dict[UUID, int]:
    """Return the workers whose loads changed after a turn, with the turn of each."""
    rows = await tx.rows(select(load_turn).where(load_turn.c.turn > last).order_by(load_turn.c.worker_id))
    return {row.worker_id: row.turn for row in rows}
