"""Answers to questions, from the sums by month and, at the edges of a window, from the tallies themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from services.metrics.domain.measures import By, Shape
from services.metrics.domain.periods import Period
from services.metrics.domain.questions import Asked, Question
from services.metrics.domain.results import Answer, Sums, result
from services.metrics.queries.children import children_once, counted_once
from services.metrics.queries.sums import Keyed, by_piece, keyed, sums_query
from services.metrics.tables import fact, label, ledger, pending


@dataclass(frozen=True, slots=True)
class Ledger:
    """Which generation is alive, and the day up to which its figures hold all that is known."""

    generation: int
    data_on: date | None


async def answer(tx: Transaction, asked: Asked) -> Answer:
    """Answer a question from all that is known; raise `QueryNotAllowed` for one that is not answered."""
    now = await ledger_now(tx, asked.known_at)
    question = settled(tx, asked, now)
    sums = await _sums(tx, question, now.generation)
    called = await labels(tx, now.generation) if question.by in {By.TEAM, By.AGENCY} else {}
    return Answer(result(question, sums, labels=called, data_on=now.data_on), sums)


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


async def _sums(tx: Transaction, question: Question, generation: int) -> Mapping[tuple[str | None, Period], Sums]:
    measure = question.measure
    found: Keyed = {}
    if measure.shape is not Shape.OPEN_SHARE:
        query = sums_query(question, generation, measure.tally, with_past=measure.shape.is_stock)
        found = keyed(await tx.rows(query))
    once = await children_once(tx, question, generation)
    keys = {None} if question.by in {By.NONE, By.MONTH} else {*found, *(key for key, _ in once)}
    sums = {}
    for key in keys:
        for piece, inside in by_piece(question, found.get(key, {}), carries=measure.shape.is_stock).items():
            name = f"{piece.from_on:%Y-%m}" if question.by is By.MONTH else key
            sums[name, piece] = counted_once(measure, inside, once.get((key, piece)))
    return sums
