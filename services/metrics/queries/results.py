"""Answers to questions, from the sums by month and, at the edges of a window, from the tallies themselves."""

from collections.abc import Mapping

from libs.chassis.database import Transaction
from services.metrics.domain.measures import By, Shape
from services.metrics.domain.periods import Period
from services.metrics.domain.questions import Asked, Question
from services.metrics.domain.results import Answer, Sums, result
from services.metrics.repository.children import children_once, counted_once
from services.metrics.repository.ledger import labels, ledger_now, settled
from services.metrics.repository.sums import Keyed, by_piece, keyed, sums_query


async def answer(tx: Transaction, asked: Asked) -> Answer:
    """Answer a question from all that is known; raise `QueryNotAllowed` for one that is not answered."""
    now = await ledger_now(tx, asked.known_at)
    question = settled(tx, asked, now)
    sums = await _sums(tx, question, now.generation)
    called = await labels(tx, now.generation) if question.by in {By.TEAM, By.AGENCY} else {}
    return Answer(result(question, sums, labels=called, data_on=now.data_on), sums)


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
