"""Events leave: `emit` adds them to the transaction, the relay publishes what is not marked as published."""

import asyncio
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.chassis import telemetry
from libs.chassis.bus import LARGEST_MESSAGE, Bus
from libs.chassis.database import Database, Transaction
from libs.chassis.tables import outbox
from libs.contracts.envelope import Event
from libs.kernel.errors import Invalid
from libs.kernel.ids import new_id

_BATCH = 200
#: A commit wakes the relay; what follows within this time travels in the same batch.
_GATHER_SECONDS = 0.005
#: What an event's data may come to in JSON: its stream takes a little more, for the envelope and the headers.
_LARGEST_DATA = LARGEST_MESSAGE - 4096
#: The safety net, when the process that committed died before it could wake its relay.
_POLL_SECONDS = 1.0
#: The advisory lock that makes one relay per service the active one.
_RELAY_LOCK = 7_231_001


class TooLarge(ValueError):
    """The stream would not take the event, and those after it would wait for ever."""


class NotYet(Invalid):
    """It cannot have happened in the future."""

    slug = "implausible-date"


def happened_at(tx: Transaction, occurred_at: datetime | None) -> datetime:
    """Return when it happened: as said, if that is not in the future, else now."""
    if occurred_at is not None and occurred_at > tx.now:
        raise NotYet("It lies in the future.", at="/occurred_at")
    return occurred_at or tx.now


def emit(tx: Transaction, event: Event, *, occurred_at: datetime | None = None) -> None:
    """Say what happened, in the transaction in which it happens; a rollback says nothing."""
    if len(event.model_dump_json(exclude_none=True).encode()) > _LARGEST_DATA:
        raise TooLarge(event.type_name)
    tx.outbox_rows.append(
        {
            "id": new_id(),
            "type": event.type_name,
            "aggregate_id": event.aggregate_id,
            "occurred_at": occurred_at or tx.now,
            "recorded_at": tx.now,
            "correlation_id": tx.correlation_id,
            "causation_id": tx.causation_id,
            "actor_id": tx.by.id,
            "data": event.model_dump(mode="json", exclude_none=True),
        }
    )


def written(row: Row[Any], *, source: str) -> bytes:
    """Return the envelope of an event as it travels; the same whenever it is said."""
    return json.dumps(
        {
            "specversion": "1.0",
            "id": str(row.id),
            "source": f"/{source}",
            "type": row.type,
            "subject": str(row.aggregate_id),
            "time": row.occurred_at.isoformat(),
            "recordedtime": row.recorded_at.isoformat(),
            "datacontenttype": "application/json",
            "revision": row.revision,
            "epoch": row.epoch,
            "epochstart": row.epoch_start,
            "correlationid": str(row.correlation_id),
            **({"causationid": str(row.causation_id)} if row.causation_id else {}),
            **({"actor": str(row.actor_id)} if row.actor_id else {}),
            "data": row.data,
        },
        separators=(",", ":"),
    ).encode()


class Relay:
    """Publishes the outbox in order; one is active per service, however many replicas run."""

    def __init__(self, database: Database, bus: Bus, *, service: str) -> None:
        self._database = database
        self._bus = bus
        self._service = service
        self._woken = asyncio.Event()
        database.on_said.append(self._woken.set)

    async def run(self) -> None:
        """Publish for as long as the service runs; whatever fails is tried again."""
        while True:
            try:
                await self._hold_and_publish()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - database or broker away: the rows wait
                telemetry.log_exception(error, name="relay")
                await asyncio.sleep(_POLL_SECONDS)

    async def _hold_and_publish(self) -> None:
        async with self._database.engine.connect() as connection:
            held = await connection.execution_options(isolation_level="AUTOCOMMIT")
            while not await held.scalar(select(func.pg_try_advisory_lock(_RELAY_LOCK))):
                await asyncio.sleep(_POLL_SECONDS)
            try:
                await self._publish_for_ever(held)
            finally:
                if not held.closed and not held.invalidated:
                    await held.execute(select(func.pg_advisory_unlock(_RELAY_LOCK)))

    async def _publish_for_ever(self, held: AsyncConnection) -> None:
        while True:
            published = await self._publish_batch(held)
            if published == _BATCH:
                continue
            try:
                await asyncio.wait_for(self._woken.wait(), _POLL_SECONDS)
                await asyncio.sleep(_GATHER_SECONDS)
            except TimeoutError:
                pass
            self._woken.clear()

    async def _publish_batch(self, held: AsyncConnection) -> int:
        rows = (
            await held.execute(
                select(outbox).where(outbox.c.published_at.is_(None)).order_by(outbox.c.position).limit(_BATCH)
            )
        ).all()
        age = await self._age(held, rows)
        telemetry.UNPUBLISHED_AGE.labels(self._service).set(age)
        if not rows:
            return 0
        acknowledged = await self._bus.publish_in_order(
            [(row.type, str(row.id), written(row, source=self._service)) for row in rows]
        )
        if acknowledged:
            positions = [row.position for row in rows[:acknowledged]]
            await held.execute(
                update(outbox).where(outbox.c.position == func.any(positions)).values(published_at=func.now())
            )
            telemetry.PUBLISHED.labels(self._service).inc(acknowledged)
        if acknowledged < len(rows):
            await asyncio.sleep(_POLL_SECONDS)
        return acknowledged

    async def _age(self, held: AsyncConnection, rows: Sequence[Row[Any]]) -> float:
        if not rows:
            return 0.0
        now: datetime = await held.scalar(select(func.now()))  # type: ignore[assignment]
        recorded_at: datetime = rows[0].recorded_at
        return max(0.0, (now - recorded_at).total_seconds())
