"""A service says again what it has said: for a hearer that is new, that was away for long, or that lost it.

Consumers know what they have applied; who reads a stream from its start finds all of it there.
"""

import asyncio
from uuid import UUID

from sqlalchemy import Row, Table, Text, cast, func, select, text, update

from libs.chassis.bus import Bus, stream_name
from libs.chassis.database import Database
from libs.chassis.outbox import written
from libs.chassis.tables import outbox, outbox_archive

_BATCH = 200
#: How long to wait for a broker that is away, or for room in a stream that is full.
_PAUSE_SECONDS = 1.0
#: What a message comes to besides its data and its type, which it bears twice: envelope, headers, the stream's own.
_ENVELOPE_BYTES = 750
#: Today's events go into the same stream, and what is said again stays in it until it is too old.
_MOST_OF_THE_STREAM = 0.5


class NoRoom(Exception):
    """The stream cannot take all of it and today's events too; nothing was said."""


async def replay(database: Database, bus: Bus, *, service: str, aggregate_id: UUID | None = None) -> int:
    """Say all events again, or those of one aggregate; return how many.

    The relay says those of the outbox, this process those of the archive: so today's events do not wait for them.
    A stream that it would fill would take no event of today either: then it raises `NoRoom` before it begins.
    """
    await _need_room(database, bus, service, aggregate_id)
    # The outbox first: what is marked is not archived before it has been said again.
    return await _mark(database, aggregate_id) + await _say_archived(database, bus, service, aggregate_id)


async def _need_room(database: Database, bus: Bus, service: str, aggregate_id: UUID | None) -> None:
    fill = await bus.fill(stream_name(service))
    if fill.most is None:
        return
    again = sum([await _bytes_of(database, table, aggregate_id) for table in (outbox, outbox_archive)])
    needed = round((fill.held + again) / _MOST_OF_THE_STREAM)
    if needed > fill.most:
        raise NoRoom(
            f"The stream holds {fill.held} bytes and would get {again} more; it may hold {fill.most}. "
            f"Provision it with most_bytes of at least {needed} and begin again; nothing was said."
        )


async def _bytes_of(database: Database, table: Table, aggregate_id: UUID | None) -> int:
    each = func.octet_length(cast(table.c.data, Text)) + 2 * func.octet_length(table.c.type) + _ENVELOPE_BYTES
    statement = select(func.coalesce(func.sum(each), 0))
    if aggregate_id:
        statement = statement.where(table.c.aggregate_id == aggregate_id)
    async with database.engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        return int(await connection.scalar(statement) or 0)


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
