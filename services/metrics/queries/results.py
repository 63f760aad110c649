"""Answers to questions, from the sums by month and, at the edges of a window, from the tallies themselves."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from services.metrics.domain.grants import SEE_INTERNAL
from services.metrics.domain.grid import columns_that_add_up, grid_questions, hidden_in_grid
from services.metrics.domain.measures import By, Shape
from services.metrics.domain.periods import Period
from services.metrics.domain.publications import need_no_small_count, shown_counts
from services.metrics.domain.questions import Asked, Question, View
from services.metrics.domain.results import Answer, Result, Sums, plain, result
from services.metrics.domain.suppression import Cell, publishable
from services.metrics.queries.children import children_once, counted_once
from services.metrics.queries.sums import Keyed, by_piece, keyed, sums_query
from services.metrics.repository.records import released_counts
from services.metrics.tables import fact, label, ledger, pending


@dataclass(frozen=True, slots=True)
class _Ledger:
    generation: int
    data_on: date | None


async def answer(tx: Transaction, asked: Asked) -> Answer:
    """Answer a question; raise `QueryNotAllowed` for one that is not answered."""
    now = await _ledger(tx, asked.known_at)
    question = asked.settled(data_on=now.data_on or local_day(tx.now), now=tx.now)
    sums = await _sums(tx, question, now.generation)
    labels = await _labels(tx, now.generation) if question.by in {By.TEAM, By.AGENCY} else {}
    found = result(question, sums, labels=labels, data_on=now.data_on)
    if question.view is View.PUBLISHABLE:
        found = publishable(found, hidden=await _hidden(tx, question, now))
        await _need_no_small_difference(tx, found)
    return Answer(found, sums)


async def _hidden(tx: Transaction, question: Question, now: _Ledger) -> frozenset[Cell]:
    """Return what is hidden in all tables that readers may put beside this one."""
    measure = question.measure
    if not columns_that_add_up(measure):
        return frozenset()
    crossed = []
    asked = grid_questions(question, data_on=now.data_on or local_day(tx.now))
    for each in asked:
        rows = await tx.rows(sums_query(each, now.generation, measure.tally, with_past=measure.shape.is_stock))
        by_key = keyed(rows)
        crossed.append({
            (key, piece): sums
            for key, by_month in by_key.items()
            for piece, sums in by_piece(each, by_month, carries=measure.shape.is_stock).items()
        })  # fmt: skip
    return await asyncio.to_thread(hidden_in_grid, measure, crossed, within=asked[0].period)


async def _need_no_small_difference(tx: Transaction, found: Result) -> None:
    """Raise `DisclosureRisk` if the caller, who sees no small counts, would see one beside a released table."""
    if not tx.by.roles.isdisjoint(SEE_INTERNAL):
        return
    released = await released_counts(
        tx, measure=found.measure.code, from_on=found.period.from_on, until_on=found.period.until_on
    )
    need_no_small_count(shown_counts(plain(found)), released)


async def _ledger(tx: Transaction, known_at: datetime | None) -> _Ledger:
    """Return which generation is alive, and the day up to which its figures hold all that is known."""
    of_live = ledger.c.generation
    waits = (pending.c.generation == of_live) & ~pending.c.set_aside
    waiting = select(func.min(pending.c.known_at)).where(waits).scalar_subquery()
    newest = select(func.max(fact.c.known_at)).where(fact.c.generation == of_live).scalar_subquery()
    row = await tx.row(select(of_live, func.coalesce(waiting, newest).label("data_at")))
    if row is None or row.data_at is None:
        return _Ledger(0, None)
    return _Ledger(row.generation, local_day(min(row.data_at, known_at or row.data_at)))


async def _labels(tx: Transaction, generation: int) -> dict[str, str]:
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
