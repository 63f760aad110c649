"""A service says again what it has said: for a hearer that is new, that was away for long, or that lost it.

Consumers know what they have applied; who reads a stream from its start finds all of it there.
"""

import asyncio
from uuid import UUID

from sqlalchemy import Row, select, text, update

from libs.chassis.bus import Bus
from libs.chassis.database import Database
from libs.chassis.outbox import written
from libs.chassis.tables import outbox, outbox_archive

_BATCH = 200
#: How long to wait for a broker that is away, or for room in a stream that is full.
_PAUSE_SECONDS = 1.0


async def replay(database: Database, bus: Bus, *, service: str, aggregate_id: UUID | None = None) -> int:
    """Say all events again, or those of one aggregate; return how many.

    The relay says those of the outbox, this process those of the archive: so today's events do not wait for them.
    """
    # The outbox first: what is marked is not archived before it has been said again.
    return await _mark(database, aggregate_id) + await _say_archived(database, bus, service, aggregate_id)


async def _mark(database: Database, aggregate_id: UUID | None) -> int:
    statement = update(outbox).values(published_at=None).where(outbox.c.published_at.is_not(None))
    if aggregate_id:
        statement = statement.where(outbox.c.aggregate_id == aggregate_id)
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        return (await connection.execute(statement)).rowcount


async def _say_archived(database: Database, bus: Bus, service: str, aggregate_id: UUID | None) -> int:
    said = after = 0
    while rows := await _archived(database, aggregate_id, after):
        arrived = await bus.publish_in_order([(row.type, str(row.id), written(row, source=service)) for row in rows])
        said += arrived
        if arrived:
            after = rows[arrived - 1].position
        if arrived < len(rows):
            await asyncio.sleep(_PAUSE_SECONDS)
    return said


async def _archived(database: Database, aggregate_id: UUID | None, after: int) -> list[Row[tuple[object, ...]]]:
    query = select(outbox_archive).where(outbox_archive.c.position > after).order_by(outbox_archive.c.position)
    if aggregate_id:
        query = query.where(outbox_archive.c.aggregate_id == aggregate_id)
    async with database.engine.connect() as connection:
        return list((await connection.execute(query.limit(_BATCH))).all())
