"""Messages come from the broker: applied a batch a transaction, and acknowledged after its commit."""

import asyncio
from collections.abc import Sequence

from nats.aio.msg import Msg
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import telemetry
from libs.chassis.auth import service_caller
from libs.chassis.bus import Batches, Bus, stream_name
from libs.chassis.database import Database
from libs.chassis.failures import passing
from libs.chassis.inbox.applying import Applier
from libs.chassis.inbox.handlers import Subscriptions
from libs.chassis.inbox.parking import LONGEST_NAK, keep_failing
from libs.chassis.tables import parked_event
from libs.contracts.envelope import Envelope
from libs.kernel.ids import derived_id

_BATCH = 256


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
                    await message.nak(delay=min(0.2 * 2**message.metadata.num_delivered, LONGEST_NAK))
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
