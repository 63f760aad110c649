"""What the plumbing forgets, and when: answers to old keys, and events that were applied long ago.

Published events are not among it: they stay for replay until they are archived.
"""

from datetime import timedelta

from sqlalchemy import delete, select

from libs.chassis.database import Transaction
from libs.chassis.tables import idempotency, inbox_event
from libs.chassis.ticks import Tick

#: A caller that tries again after this long is asking anew.
ANSWERS_KEPT = timedelta(days=7)
#: Safe, because an event's revision is checked too; longer than JetStream would deliver it again.
APPLIED_KEPT = timedelta(days=30)
_AT_ONCE = 5_000


async def prune(tx: Transaction) -> int:
    """Remove what is old, some thousand rows at a time; return how many."""
    old_answers = (
        select(idempotency.c.caller_id, idempotency.c.key)
        .where(idempotency.c.answered_at < tx.now - ANSWERS_KEPT)
        .limit(_AT_ONCE)
    ).subquery()
    removed = await tx.do(
        delete(idempotency).where(
            idempotency.c.caller_id == old_answers.c.caller_id, idempotency.c.key == old_answers.c.key
        )
    )
    old_events = select(inbox_event.c.id).where(inbox_event.c.applied_at < tx.now - APPLIED_KEPT).limit(_AT_ONCE)
    return removed + await tx.do(delete(inbox_event).where(inbox_event.c.id.in_(old_events)))


PRUNE = Tick("prune", every_seconds=3600, run=prune)
