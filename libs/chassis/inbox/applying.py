"""Envelopes are applied: what is next at once, what is early later, what is old not at all."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import telemetry
from libs.chassis.database import Transaction
from libs.chassis.inbox.handlers import Heard, Subscriptions
from libs.chassis.inbox.order import Position, Waiting
from libs.chassis.inbox.parking import park
from libs.chassis.tables import inbox_event, inbox_position, parked_event
from libs.contracts.envelope import Envelope


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
        waiting = await self._waiting(tx, list(positions))
        applied: list[Envelope] = []
        for envelope in envelopes:
            position = positions[envelope.subject]
            following: Envelope | None = envelope
            while following is not None:
                await self._take(tx, following, position, waiting, applied)
                following = waiting.following(envelope.subject, position)
        self.applying = None
        await self._note(tx, positions, applied)
        if waiting.settled:
            await tx.do(delete(parked_event).where(parked_event.c.id.in_(sorted(waiting.settled))))

    async def _take(
        self,
        tx: Transaction,
        envelope: Envelope,
        position: Position,
        waiting: Waiting,
        applied: list[Envelope],
    ) -> None:
        if envelope.epoch > position.epoch and await self._was_applied(tx, envelope):
            waiting.settle(envelope)
            return
        position.enter(envelope)
        if position.is_past(envelope):
            waiting.settle(envelope)
        elif position.is_next(envelope):
            await self._handle(tx, envelope)
            position.revision = envelope.revision
            applied.append(envelope)
            waiting.settle(envelope)
        else:
            await park(tx, envelope, reason="early")
            waiting.add(envelope)

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

    async def _waiting(self, tx: Transaction, aggregates: list[UUID]) -> Waiting:
        rows = await tx.rows(
            select(parked_event.c.id, parked_event.c.reason, parked_event.c.body).where(
                parked_event.c.source == self._source, parked_event.c.aggregate_id.in_(aggregates)
            )
        )
        early = [Envelope.model_validate_json(row.body) for row in rows if row.reason == "early"]
        return Waiting(parked=[row.id for row in rows], early=early)

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
