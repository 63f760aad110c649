"""What the plumbing forgets, and when: answers to old keys, and the notes of events that were applied long ago.

What was said is not among it: it is archived (`archiving`) and stays for replay.
"""

from datetime import timedelta

from sqlalchemy import delete, select

from libs.chassis.database import Transaction
from libs.chassis.tables import idempotency, inbox_event
from libs.chassis.ticks import Tick

#: A caller that tries again after this long is asking anew.
ANSWERS_KEPT = timedelta(days=7)
#: Longer than JetStream would deliver it again. Said again after that, out of the archive, it is known by its aggregate's
#: position, which stays: so this is for the record only.
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
