"""Which generation of the ledger is alive, how far its figures reach, and what teams and agencies are called."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from services.metrics.domain.questions import Asked, Question
from services.metrics.tables import fact, label, ledger, pending


@dataclass(frozen=True, slots=True)
class Ledger:
    """Which generation is alive, and the day up to which its figures hold all that is known."""

    generation: int
    data_on: date | None


def settled(tx: Transaction, asked: Asked, now: Ledger) -> Question:
    """Return the question with its dates; raise `QueryNotAllowed` for one that is not answered."""
    return asked.settled(data_on=now.data_on or local_day(tx.now), now=tx.now)


async def ledger_now(tx: Transaction, known_at: datetime | None) -> Ledger:
    """Return which generation is alive, and the day up to which its figures hold all that is known."""
    of_live = ledger.c.generation
    waits = (pending.c.generation == of_live) & ~pending.c.set_aside
    waiting = select(func.min(pending.c.known_at)).where(waits).scalar_subquery()
    newest = select(func.max(fact.c.known_at)).where(fact.c.generation == of_live).scalar_subquery()
    row = await tx.row(select(of_live, func.coalesce(waiting, newest).label("data_at")))
    if row is None or row.data_at is None:
        return Ledger(0, None)
    return Ledger(row.generation, local_day(min(row.data_at, known_at or row.data_at)))


async def labels(tx: Transaction, generation: int) -> dict[str, str]:
    """Return what teams and agencies are called."""
    rows = await tx.rows(select(label.c.id, label.c.code).where(label.c.generation == generation))
    return {str(row.id): row.code for row in rows}
