"""Parked events are tried again: failing ones by the clock, any of them when a person asks."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete, select, text

from libs.chassis import telemetry
from libs.chassis.auth import service_caller
from libs.chassis.database import Transaction
from libs.chassis.failures import passing
from libs.chassis.inbox.applying import Applier
from libs.chassis.inbox.handlers import Subscriptions
from libs.chassis.inbox.parking import keep_failing, put_off
from libs.chassis.tables import parked_event
from libs.chassis.ticks import Tick
from libs.contracts.envelope import Envelope


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
                await put_off(tx, envelope)
            else:
                await keep_failing(tx, applier.applying or envelope, error, service=service)
    return 1


def retrying(subscriptions: Subscriptions, *, service: str) -> Tick:
    """Make the tick that tries failing events again."""

    async def run(tx: Transaction) -> int:
        return await retry(tx, subscriptions, service=service)

    return Tick("retry", every_seconds=0.5, run=run)


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
