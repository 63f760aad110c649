"""Children counted once in a window: those open on any day of it, and of these those with many workers."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy import Date, Integer, Select, cast, column, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY

from libs.chassis.database import Transaction
from services.metrics.domain.measures import By, Measure, Shape
from services.metrics.domain.periods import Period
from services.metrics.domain.questions import Question
from services.metrics.domain.results import Sums
from services.metrics.domain.tallies import TallyCode
from services.metrics.repository.sums import Keyed, by_piece, filters, is_known, key_of, keyed, month_under, sums_query
from services.metrics.tables import tally

# Any day that the database's calendar has in common with ours.
_A_DAY = date(2000, 1, 1)

#: By key and piece of the window: the children (`held`) and, of these, those with many workers (`amount`).
Once = Mapping[tuple[str | None, Period], Sums]


async def children_once(tx: Transaction, question: Question, generation: int) -> Once:
    """Return the children of a measure that counts each once in a window; of other measures nothing."""
    over, shape = question.measure.over, question.measure.shape
    if over is None:
        return {}
    times = keyed(await tx.rows(sums_query(question, generation, over, with_past=True)))
    again: Keyed = keyed(await tx.rows(again_query(question, generation))) if over is TallyCode.OPEN else {}
    many: Keyed = keyed(await tx.rows(many_query(question, generation))) if shape is Shape.OPEN_SHARE else {}
    found = {}
    for key in {*times, *many, None} if question.by in {By.NONE, By.MONTH} else {*times, *many}:
        months = times.get(key, {})
        for piece, at_end in by_piece(question, months, carries=True).items():
            month = month_under(question, piece)
            held = _held(question, at_end, months.get(month, Sums())) - again.get(key, {}).get(month, Sums()).base
            found[key, piece] = Sums(held=held, amount=many.get(key, {}).get(month, Sums()).base)
    return found


def counted_once(measure: Measure, inside: Sums, once: Sums | None) -> Sums:
    """Return the sums of a window together with the children counted once in it."""
    if once is None:
        return inside
    amount = once.amount if measure.shape is Shape.OPEN_SHARE else inside.amount
    return replace(inside, held=once.held, amount=amount)


def again_query(question: Question, generation: int) -> Select[Any]:
    """Return the query for how many times begin in a piece in which the child was open before."""
    first = cast(question.period.from_on, Date)
    month = cast(func.date_trunc("month", tally.c.on), Date) if question.is_monthly else first
    ended = tally.c.square if _is_of_team(question) else tally.c.amount
    return (
        select(
            key_of(question, tally).label("key"),
            month.label("month"),
            literal(0).label("amount"),
            func.count().label("base"),
            literal(0).label("square"),
        )
        .where(
            tally.c.generation == generation,
            tally.c.code == TallyCode.OPEN_AGAIN.value,
            tally.c.on >= question.period.from_on,
            tally.c.on < question.period.until_on,
            ended > _ordinal(func.greatest(first, month)),
            is_known(question),
            *filters(question, tally),
        )
        .group_by("key", "month")
    )


def many_query(question: Question, generation: int) -> Select[Any]:
    """Return the query for how many children had many workers in a piece in which they were open."""
    pieces = (
        func.unnest(
            cast([piece.from_on for piece in question.pieces], ARRAY(Date)),
            cast([piece.until_on for piece in question.pieces], ARRAY(Date)),
            cast([month_under(question, piece) for piece in question.pieces], ARRAY(Date)),
        )
        .table_valued(column("from_on", Date), column("until_on", Date), column("month", Date))
        .render_derived(name="piece")
    )
    reaches = tally.c.square if _is_of_team(question) else tally.c.amount
    return (
        select(
            key_of(question, tally).label("key"),
            pieces.c.month.label("month"),
            literal(0).label("amount"),
            func.count(tally.c.subject.distinct()).label("base"),
            literal(0).label("square"),
        )
        .where(
            tally.c.generation == generation,
            tally.c.code == TallyCode.MANY_WORKERS.value,
            tally.c.on < question.period.until_on,
            reaches > question.period.from_on.toordinal(),
            tally.c.on < pieces.c.until_on,
            reaches > _ordinal(pieces.c.from_on),
            is_known(question),
            *filters(question, tally),
        )
        .group_by("key", "month")
    )


def _held(question: Question, at_end: Sums, inside: Sums) -> int:
    """Return how many times touch a piece: those open at its beginning, and those that begin in it."""
    begun = inside.square if _is_of_team(question) else inside.amount
    return at_end.base - inside.base + begun


def _is_of_team(question: Question) -> bool:
    """Say whether a child counts where it is open in a team, rather than once wherever that is."""
    return question.by is By.TEAM or question.team is not None


def _ordinal(day: Any) -> Any:
    """Return what `date.toordinal` does of a column of days."""
    return type_coerce(cast(day, Date) - cast(_A_DAY, Date), Integer) + _A_DAY.toordinal()
