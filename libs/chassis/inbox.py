"""Events arrive: each applied once, in the order of its aggregate, acknowledged after the commit.

What comes early waits in the database for those before it; what fails is tried again with growing delay
and then parked with its error, readable and replayable. One aggregate's failure holds up no other.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy import bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import telemetry
from libs.chassis.auth import service_caller
from libs.chassis.bus import Batches, Bus, stream_name
from libs.chassis.database import Database, Transaction
from libs.chassis.tables import inbox_event, inbox_position, parked_event
from libs.contracts.envelope import Envelope, Event
from libs.kernel.ids import derived_id

E = TypeVar("E", bound=Event)

_BATCH = 256
_ATTEMPTS = 8
_LONGEST_DELAY = 60.0


@dataclass(frozen=True, slots=True)
class Heard(Generic[E]):
    """An event as a handler gets it: what happened, when, and when we came to know."""

    event: E
    id: UUID
    source: str
    occurred_at: datetime
    recorded_at: datetime
    revision: int
    epoch: int
    actor_id: UUID | None


Handler = Callable[[Transaction, Heard[Any]], Awaitable[None]]
Subscriptions = Mapping[type[Event], Handler]


def owners_heard(subscriptions: Subscriptions) -> list[str]:
    """Return the services whose events are subscribed to."""
    return sorted({kind.type_name.split(".")[1] for kind in subscriptions})


@dataclass(slots=True)
class _Position:
    epoch: int
    revision: int


class Applier:
    """Applies envelopes of one source inside a given transaction; knows nothing of the broker."""

    def __init__(self, subscriptions: Subscriptions, *, service: str, source: str) -> None:
        self._handlers = {kind.type_name: (kind, handler) for kind, handler in subscriptions.items()}
        self._service = service
        self._source = source

    async def apply(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Apply what is next, ignore what is old, park what is early; then what waited for it."""
        positions = await self._positions(tx, {envelope.subject for envelope in envelopes})
        waiting = await self._waiting(tx, list(positions))
        applied: list[Envelope] = []
        for envelope in envelopes:
            await self._take(tx, envelope, positions, waiting, applied)
            while (
                following := waiting.pop((envelope.subject, positions[envelope.subject].revision + 1), None)
            ) is not None:
                await self._take(tx, following, positions, waiting, applied)
                await tx.do(delete(parked_event).where(parked_event.c.id == following.id))
        await self._note(tx, positions, applied)

    async def _take(
        self,
        tx: Transaction,
        envelope: Envelope,
        positions: dict[UUID, _Position],
        waiting: dict[tuple[UUID, int], Envelope],
        applied: list[Envelope],
    ) -> None:
        position = positions[envelope.subject]
        if envelope.epoch > position.epoch:
            # The owner's database was restored to an earlier point: its count begins again from there.
            position.epoch, position.revision = envelope.epoch, envelope.revision - 1
        if envelope.epoch < position.epoch or envelope.revision <= position.revision:
            return
        if envelope.revision > position.revision + 1:
            await park(tx, envelope, reason="early")
            waiting[envelope.subject, envelope.revision] = envelope
            return
        await self._handle(tx, envelope)
        position.revision = envelope.revision
        applied.append(envelope)

    async def _handle(self, tx: Transaction, envelope: Envelope) -> None:
        known = self._handlers.get(envelope.type)
        if known is None:
            return
        kind, handler = known
        heard = Heard(
            event=kind.model_validate(envelope.data),
            id=envelope.id,
            source=self._source,
            occurred_at=envelope.time,
            recorded_at=envelope.recordedtime,
            revision=envelope.revision,
            epoch=envelope.epoch,
            actor_id=envelope.actor,
        )
        await handler(tx.because_of(event_id=envelope.id, correlation_id=envelope.correlationid), heard)

    async def _positions(self, tx: Transaction, aggregates: set[UUID]) -> dict[UUID, _Position]:
        """Lock the aggregates' positions, in the order of their ids so that two replicas cannot deadlock."""
        statement = insert(inbox_position).values(
            [{"source": self._source, "aggregate_id": id_, "epoch": 1, "revision": 0} for id_ in sorted(aggregates)]
        )
        rows = await tx.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["source", "aggregate_id"], set_={"epoch": inbox_position.c.epoch}
            ).returning(inbox_position.c.aggregate_id, inbox_position.c.epoch, inbox_position.c.revision)
        )
        return {row.aggregate_id: _Position(row.epoch, row.revision) for row in rows}

    async def _waiting(self, tx: Transaction, aggregates: list[UUID]) -> dict[tuple[UUID, int], Envelope]:
        rows = await tx.rows(
            select(parked_event.c.body).where(
                parked_event.c.source == self._source,
                parked_event.c.aggregate_id.in_(aggregates),
                parked_event.c.reason == "early",
            )
        )
        envelopes = [Envelope.model_validate_json(row.body) for row in rows]
        return {(envelope.subject, envelope.revision): envelope for envelope in envelopes}

    async def _note(self, tx: Transaction, positions: dict[UUID, _Position], applied: Sequence[Envelope]) -> None:
        if not applied:
            return
        moved = {envelope.subject for envelope in applied}
        await tx.connection.execute(
            update(inbox_position)
            .where(
                inbox_position.c.source == bindparam("at_source"),
                inbox_position.c.aggregate_id == bindparam("at_aggregate"),
            )
            .values(epoch=bindparam("to_epoch"), revision=bindparam("to_revision")),
            [
                {
                    "at_source": self._source,
                    "at_aggregate": id_,
                    "to_epoch": positions[id_].epoch,
                    "to_revision": positions[id_].revision,
                }
                for id_ in sorted(moved)
            ],
        )
        await tx.add(
            inbox_event,
            *[
                {
                    "id": envelope.id,
                    "source": self._source,
                    "type": envelope.type,
                    "aggregate_id": envelope.subject,
                    "revision": envelope.revision,
                    "applied_at": tx.now,
                }
                for envelope in applied
                if envelope.type in self._handlers
            ],
        )
        telemetry.APPLIED.labels(self._service, self._source).inc(len(applied))


async def park(tx: Transaction, envelope: Envelope, *, reason: str, error: str | None = None) -> None:
    """Keep an event that cannot be applied now."""
    row = {
        "id": envelope.id,
        "source": envelope.source.lstrip("/"),
        "type": envelope.type,
        "aggregate_id": envelope.subject,
        "revision": envelope.revision,
        "reason": reason,
        "error": error,
        "body": envelope.model_dump_json().encode(),
        "parked_at": tx.now,
    }
    await tx.do(insert(parked_event).values(row).on_conflict_do_nothing())


class Consumer:
    """Fetches one owner's events and applies them, a batch a transaction; one by one when a batch fails."""

    def __init__(
        self, database: Database, bus: Bus, subscriptions: Subscriptions, *, service: str, source: str
    ) -> None:
        self._database = database
        self._bus = bus
        self._service = service
        self._source = source
        self._applier = Applier(subscriptions, service=service, source=source)
        self._by = service_caller(service)

    async def run(self) -> None:
        """Consume for as long as the service runs."""
        while True:
            try:
                batches = await self._bus.batches(stream=stream_name(self._source), consumer=self._service, size=_BATCH)
                await self._consume(batches)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - broker or database away: the messages wait
                telemetry.log_exception(error, name="consumer", source=self._source)
                await asyncio.sleep(1.0)

    async def _consume(self, batches: Batches) -> None:
        try:
            while True:
                messages = await batches.next()
                if messages:
                    await self._handle(messages)
        finally:
            await batches.close()

    async def _handle(self, messages: Sequence[Msg]) -> None:
        readable = [(message, envelope) for message in messages if (envelope := await self._read(message)) is not None]
        if not readable:
            return
        try:
            await self._apply([envelope for _, envelope in readable])
        except Exception:  # noqa: BLE001 - found out one by one, below
            for message, envelope in readable:
                await self._handle_one(message, envelope)
            return
        for message, _ in readable:
            await message.ack()

    async def _handle_one(self, message: Msg, envelope: Envelope) -> None:
        try:
            await self._apply([envelope])
        except Exception as error:  # noqa: BLE001 - tried again, then kept for a person
            attempt = message.metadata.num_delivered
            telemetry.log_exception(
                error, name="inbox", event_type=envelope.type, event_id=str(envelope.id), attempt=attempt
            )
            if attempt < _ATTEMPTS:
                await message.nak(delay=min(0.2 * 2**attempt, _LONGEST_DELAY))
                return
            async with self._database.transaction(by=self._by) as tx:
                await park(tx, envelope, reason="failed", error=type(error).__name__)
            telemetry.PARKED.labels(self._service, "failed").inc()
            await message.term()
            return
        await message.ack()

    async def _apply(self, envelopes: Sequence[Envelope]) -> None:
        async with self._database.transaction(by=self._by) as tx:
            await self._applier.apply(tx, envelopes)

    async def _read(self, message: Msg) -> Envelope | None:
        try:
            return Envelope.model_validate_json(message.data)
        except ValidationError:
            await self._keep_unreadable(message)
            return None

    async def _keep_unreadable(self, message: Msg) -> None:
        row = {
            "id": derived_id(message.metadata.stream, message.metadata.sequence.stream),
            "source": self._source,
            "type": message.subject[:200],
            "aggregate_id": derived_id("malformed"),
            "revision": message.metadata.sequence.stream,
            "reason": "malformed",
            "error": None,
            "body": message.data,
        }
        async with self._database.transaction(by=self._by) as tx:
            await tx.do(insert(parked_event).values(row | {"parked_at": tx.now}).on_conflict_do_nothing())
        telemetry.PARKED.labels(self._service, "malformed").inc()
        await message.term()


async def replay_parked(tx: Transaction, subscriptions: Subscriptions, *, service: str, event_id: UUID) -> bool:
    """Apply a parked event again, and whatever waited for it; return whether there was such an event."""
    await tx.connection.execute(text("SET LOCAL statement_timeout = 0"))
    row = await tx.row(
        select(parked_event)
        .where(parked_event.c.id == event_id, parked_event.c.reason != "malformed")
        .with_for_update()
    )
    if row is None:
        return False
    await tx.do(delete(parked_event).where(parked_event.c.id == event_id))
    applier = Applier(subscriptions, service=service, source=row.source)
    await applier.apply(tx, [Envelope.model_validate_json(row.body)])
    return True
