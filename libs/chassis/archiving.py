"""What was said long ago leaves the outbox for the archive, where it stays for replay; so the outbox stays small.

Kept longer than a stream keeps it: what a stream holds is still in the outbox.
"""

from datetime import datetime, timedelta

from sqlalchemy import Insert, delete, func, insert, select

from libs.chassis.database import Transaction
from libs.chassis.tables import outbox, outbox_archive
from libs.chassis.ticks import Tick

#: How long a published event stays in the outbox.
SAID_KEPT = timedelta(days=30)
_AT_ONCE = 2_000


async def archive(tx: Transaction) -> int:
    """Move the oldest published events, some thousand at a time; return how many."""
    return await tx.do(moving(tx.now))


def moving(now: datetime) -> Insert:
    """Return the statement that moves them."""
    # Only as many as could be moved are looked at, by the primary key: there is nothing else to find them by.
    # As an array, so that the planner looks each up, however many there are in the table.
    oldest = func.array(select(outbox.c.position).order_by(outbox.c.position).limit(_AT_ONCE).scalar_subquery())
    moved = (
        # Asked of the row itself, so that one which is to be said again meanwhile stays.
        delete(outbox)
        .where(outbox.c.position == func.any(oldest), outbox.c.published_at < now - SAID_KEPT)
        .returning(*outbox.c)
        .cte("moved")
    )
    return insert(outbox_archive).from_select([column.name for column in outbox.c], select(moved))


ARCHIVE = Tick("archive", every_seconds=3600, run=archive)
