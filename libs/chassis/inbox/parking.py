"""Events that cannot be applied now are kept: for those before them, for their next try, or for a person."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import telemetry
from libs.chassis.database import Transaction
from libs.chassis.failures import described
from libs.chassis.tables import parked_event
from libs.contracts.envelope import Envelope

#: So often a handler may fail with an event before it waits for a person.
_ATTEMPTS = 8
_LONGEST_DELAY = 60.0
#: An outage is short or long, but what waited for its end should not wait much longer.
LONGEST_NAK = 5.0


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


async def put_off(tx: Transaction, envelope: Envelope) -> None:
    """Try a failing event again a little later: an outage is not its failure, and is not counted."""
    await tx.do(
        update(parked_event)
        .where(parked_event.c.id == envelope.id)
        .values(next_try_at=tx.now + timedelta(seconds=LONGEST_NAK))
    )
