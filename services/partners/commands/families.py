"""Families as other services know them: who leads the work, which closed, which were found to be one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import aliases, audit
from libs.chassis.database import Transaction
from services.partners import tables


async def known_as(tx: Transaction, family_id: UUID) -> UUID:
    """Return the family's id of today: the one that stayed when it was merged."""
    return await aliases.known_as(tx, tables.merged_family, family_id)


async def merge(tx: Transaction, *, stays: UUID, goes: UUID) -> None:
    """Let one family be known as another, with all that is kept of it, and with what is still to be heard of it."""
    stays = await known_as(tx, stays)
    if stays == goes:
        return
    await aliases.remember(tx, tables.merged_family, stays=stays, goes=goes)
    for table in (tables.need, tables.request):
        changed = {"family_id": stays, "revision": table.c.revision + 1}
        await tx.do(update(table).where(table.c.family_id == goes).values(changed))
    for table in (tables.session, tables.lead):
        await tx.do(update(table).where(table.c.family_id == goes).values(family_id=stays))
    audit.record(tx, "families:merge", family_id=stays)


async def led_by(tx: Transaction, **allocation: Any) -> None:
    """Keep who leads the work with a family."""
    allocation["family_id"] = await known_as(tx, allocation["family_id"])
    await tx.add(tables.lead, allocation)


async def led_no_longer(tx: Transaction, allocation_id: UUID, *, ended_at: datetime) -> None:
    """Note that somebody leads no longer."""
    kept = tables.lead.c
    await tx.do(update(tables.lead).where(kept.allocation_id == allocation_id).values(ended_at=ended_at))


async def note_closed(tx: Transaction, family_id: UUID, *, at: datetime) -> None:
    """Note when the family's workbook last closed, for what comes late."""
    statement = insert(tables.closed_family).values(family_id=family_id, closed_at=at)
    latest = func.greatest(tables.closed_family.c.closed_at, statement.excluded.closed_at)
    await tx.do(statement.on_conflict_do_update(index_elements=["family_id"], set_={"closed_at": latest}))


async def closed_at(tx: Transaction, family_id: UUID) -> datetime | None:
    """Return when the family's workbook last closed."""
    kept = tables.closed_family.c
    row = await tx.row(select(kept.closed_at).where(kept.family_id == family_id))
    return None if row is None else row.closed_at
