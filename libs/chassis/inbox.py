"""Events arrive: each applied once, in the order of its aggregate, acknowledged after the commit.

What comes early waits in the database for those before it; what fails waits there too, is tried again with
growing delay and at last kept for a person with its error, readable and replayable: so one aggregate's failure
holds up no other. An outage is nobody's failure: the broker keeps the events until it is over.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy import Row, bindparam, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import telemetry
from libs.chassis.auth import service_caller
from libs.chassis.bus import Batches, Bus, stream_name
from libs.chassis.database import Database, Transaction
from libs.chassis.failures import described, passing
from libs.chassis.tables import inbox_event, inbox_position, parked_event
from libs.chassis.ticks import Tick
from libs.contracts.envelope import Envelope, Event
from libs.kernel.ids import derived_id

E = TypeVar("E", bound=Event)

_BATCH = 256
#: So often a handler may fail with an event before it waits for a person.
_ATTEMPTS = 8
_LONGEST_DELAY = 60.0
#: An outage is short or long, but what waited for its end should not wait much longer.
_LONGEST_NAK = 5.0


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
class Position:
    """How far an aggregate has been applied: in which of its owner's epochs, and to which revision."""

    epoch: int = 1
    revision: int = 0

    def enter(self, envelope: Envelope) -> None:
        """Go over to the envelope's epoch, if all that stands before that epoch has been applied.

        The owner's database was restored to an earlier point: its count begins again from there.
        """
        start = envelope.epochstart or envelope.revision
        if envelope.epoch > self.epoch and start <= self.revision + 1:
            self.epoch, self.revision = envelope.epoch, start - 1

    def is_past(self, envelope: Envelope) -> bool:
        """Return whether the envelope was applied, or is of a time that a restore has undone."""
        return (envelope.epoch, envelope.revision) <= (self.epoch, self.revision)

    def is_just_before(self, envelope: Envelope) -> bool:
        """Return whether the envelope is the next one."""
        return (envelope.epoch, envelope.revision) == (self.epoch, self.revision + 1)


class _Parked:
    """The parked events of some aggregates: which wait for those before them, and which can go now."""

    def __init__(self, rows: Sequence[Row[Any]]) -> None:
        self._ids = {row.id for row in rows}
        self.settled: set[UUID] = set()
        self._waiting: dict[UUID, list[Envelope]] = {}
        for row in rows:
            if row.reason == "early":
                self.add(Envelope.model_validate_json(row.body))

    def add(self, envelope: Envelope) -> None:
        """Note one that waits from now on."""
        self._ids.add(envelope.id)
        self._waiting.setdefault(envelope.subject, []).append(envelope)

    def following(self, aggregate_id: UUID, position: Position) -> Envelope | None:
        """Return one that need not wait any longer, of the latest epoch first."""
        for envelope in sorted(self._waiting.get(aggregate_id, []), key=lambda each: (-each.epoch, each.revision)):
            position.enter(envelope)
            if position.is_past(envelope) or position.is_just_before(envelope):
                self._waiting[aggregate_id].remove(envelope)
                return envelope
        return None

    def settle(self, envelope: Envelope) -> None:
        """Note that the envelope waits no longer, if it did."""
        if envelope.id in self._ids:
            self.settled.add(envelope.id)


class Applier:
    """Applies envelopes of one source inside a given transaction; knows nothing of the broker."""

    #: The envelope that is being applied: the one to blame, if that fails.
    applying: Envelope | None = None

    def __init__(self, subscriptions: Subscriptions, *, service: str, source: str) -> None:
        self._handlers = {kind.type_name: (kind, handler) for kind, handler in subscriptions.items()}
        self._service = service
        self._source = source

    async def apply(self, tx: Transaction, envelopes: Sequence[Envelope]) -> None:
        """Apply what is next, ignore what is old, park what is early; then what waited for it."""
        self.applying = None
        positions = await self._positions(tx, {envelope.subject for envelope in envelopes})
        parked = await self._parked(tx, list(positions))
        applied: list[Envelope] = []
        for envelope in envelopes:
            position = positions[envelope.subject]
            following: Envelope | None = envelope
            while following is not None:
                await self._take(tx, following, position, parked, applied)
                following = parked.following(envelope.subject, position)
        self.applying = None
        await self._note(tx, positions, applied)
        if parked.settled:
            await tx.do(delete(parked_event).where(parked_event.c.id.in_(sorted(parked.settled))))

    async def _take(
        self,
        tx: Transaction,
        envelope: Envelope,
        position: Position,
        parked: _Parked,
        applied: list[Envelope],
    ) -> None:
        if envelope.epoch > position.epoch and await self._was_applied(tx, envelope):
            parked.settle(envelope)
            return
        position.enter(envelope)
        if position.is_past(envelope):
            parked.settle(envelope)
        elif position.is_just_before(envelope):
            await self._handle(tx, envelope)
            position.revision = envelope.revision
            applied.append(envelope)
            parked.settle(envelope)
        else:
            await park(tx, envelope, reason="early")
            parked.add(envelope)

    async def _handle(self, tx: Transaction, envelope: Envelope) -> None:
        known = self._handlers.get(envelope.type)
        if known is None:
            return
        kind, handler = known
        self.applying = envelope
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

    async def _positions(self, tx: Transaction, aggregates: set[UUID]) -> dict[UUID, Position]:
        """Lock the aggregates' positions, in the order of their ids so that two replicas cannot deadlock."""
        statement = insert(inbox_position).values(
            [{"source": self._source, "aggregate_id": id_, "epoch": 1, "revision": 0} for id_ in sorted(aggregates)]
        )
        rows = await tx.connection.execute(
            statement.on_conflict_do_update(
                index_elements=["source", "aggregate_id"], set_={"epoch": inbox_position.c.epoch}
            ).returning(inbox_position.c.aggregate_id, inbox_position.c.epoch, inbox_position.c.revision)
        )
        return {row.aggregate_id: Position(row.epoch, row.revision) for row in rows}

    async def _parked(self, tx: Transaction, aggregates: list[UUID]) -> _Parked:
        return _Parked(
            await tx.rows(
                select(parked_event.c.id, parked_event.c.reason, parked_event.c.body).where(
                    parked_event.c.source == self._source, parked_event.c.aggregate_id.in_(aggregates)
                )
            )
        )

    async def _was_applied(self, tx: Transaction, envelope: Envelope) -> bool:
        return await tx.row(select(inbox_event.c.id).where(inbox_event.c.id == envelope.id)) is not None

    async def _note(self, tx: Transaction, positions: dict[UUID, Position], applied: Sequence[Envelope]) -> None:
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


async def park(
    tx: Transaction,
    envelope: Envelope,
    *,
    reason: str,
    error: str | None = None,
    attempts: int = 0,
    next_try_at: datetime | None = None,
) -> None:
    """Keep an event that cannot be applied now, or keep it for another reason than before."""
    why = {"reason": reason, "error": error, "attempts": attempts, "next_try_at": next_try_at}
    row = {
        "id": envelope.id,
        "source": envelope.source.lstrip("/"),
        "type": envelope.type,
        "aggregate_id": envelope.subject,
        "revision": envelope.revision,
        "body": envelope.model_dump_json().encode(),
        "parked_at": tx.now,
    }
    statement = insert(parked_event).values(row | why)
    await tx.do(statement.on_conflict_do_update(index_elements=["id"], set_=why))


async def keep_failing(tx: Transaction, envelope: Envelope, error: Exception, *, service: str) -> None:
    """Keep an event that a handler could not apply: for its next try, or after the last for a person."""
    row = await tx.row(select(parked_event.c.attempts).where(parked_event.c.id == envelope.id))
    attempts = (row.attempts if row is not None else 0) + 1
    telemetry.log_exception(error, name="inbox", event_type=envelope.type, event_id=str(envelope.id), attempt=attempts)
    reason = "failed" if attempts >= _ATTEMPTS else "failing"
    delay = timedelta(seconds=min(0.2 * 2**attempts, _LONGEST_DELAY))
    await park(
        tx,
        envelope,
        reason=reason,
        error=described(error),
        attempts=attempts,
        next_try_at=tx.now + delay if reason == "failing" else None,
    )
    if reason == "failed" or attempts == 1:
        telemetry.PARKED.labels(service, reason).inc()


async def retry(tx: Transaction, subscriptions: Subscriptions, *, service: str) -> int:
    """Try one of the failing events whose time has come; return how many there were."""
    row = await tx.row(
        select(parked_event.c.source, parked_event.c.body)
        .where(parked_event.c.next_try_at <= tx.now)
        .order_by(parked_event.c.next_try_at)
        .limit(1)
    )
    if row is None:
        return 0
    envelope = Envelope.model_validate_json(row.body)
    applier = Applier(subscriptions, service=service, source=row.source)
    said, audited = len(tx.outbox_rows), len(tx.audit_rows)
    with telemetry.correlated(envelope.correlationid):
        try:
            async with tx.connection.begin_nested():
                await applier.apply(tx, [envelope])
        except Exception as error:  # noqa: BLE001 - tried again, then kept for a person
            del tx.outbox_rows[said:], tx.audit_rows[audited:]
            if passing(error):
                await _put_off(tx, envelope)
            else:
                await keep_failing(tx, applier.applying or envelope, error, service=service)
    return 1


async def _put_off(tx: Transaction, envelope: Envelope) -> None:
    await tx.do(
        update(parked_event)
        .where(parked_event.c.id == envelope.id)
        .values(next_try_at=tx.now + timedelta(seconds=_LONGEST_NAK))
    )


def retrying(subscriptions: Subscriptions, *, service: str) -> Tick:
    """Make the tick that tries failing events again."""

    async def run(tx: Transaction) -> int:
        return await retry(tx, subscriptions, service=service)

    return Tick("retry", every_seconds=0.5, run=run)


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
        with telemetry.correlated(envelope.correlationid):
            try:
                await self._apply([envelope])
            except Exception as error:  # noqa: BLE001 - kept by the broker or in the database
                if passing(error):
                    telemetry.log_exception(error, name="inbox", event_type=envelope.type, event_id=str(envelope.id))
                    await message.nak(delay=min(0.2 * 2**message.metadata.num_delivered, _LONGEST_NAK))
                    return
                blamed = self._applier.applying or envelope
                async with self._database.transaction(by=self._by) as tx:
                    await keep_failing(tx, blamed, error, service=self._service)
                if blamed.id != envelope.id:
                    await message.nak()
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
    """Apply a parked event again, and whatever waited for it; return whether there was such an event.

    Somebody asked for it, but what follows from the event is the service's own doing, as it was the first time.
    """
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
    await applier.apply(replace(tx, by=service_caller(service)), [Envelope.model_validate_json(row.body)])
    return True
