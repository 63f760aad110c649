"""Answers to questions, from the sums by month and, at the edges of a window, from the tallies themselves."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Table, Uuid, case, cast, func, null, or_, select, union_all

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from services.metrics.domain.grants import SEE_INTERNAL
from services.metrics.domain.grid import grid_questions, hidden_in_grid
from services.metrics.domain.measures import By, Shape
from services.metrics.domain.periods import Period, month_of, whole_months
from services.metrics.domain.publications import need_no_small_count, shown_counts
from services.metrics.domain.questions import Asked, Question, View
from services.metrics.domain.results import Answer, Result, Sums, plain, result
from services.metrics.domain.suppression import Cell, publishable
from services.metrics.domain.tallies import TallyCode
from services.metrics.repository.records import released_counts
from services.metrics.repository.tallies import NOBODY
from services.metrics.tables import fact, label, ledger, monthly, pending, tally

#: What a figure of no team, or no agency, is called.
UNASSIGNED = "unassigned"

_Keyed = Mapping[str | None, Mapping[date | None, Sums]]


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
    crossed = []
    asked = grid_questions(question, data_on=now.data_on or local_day(tx.now))
    for each in asked:
        rows = await tx.rows(sums_query(each, now.generation, measure.tally, with_past=measure.shape.is_stock))
        keyed = _keyed(rows)
        crossed.append({
            (key, piece): sums
            for key, by_month in keyed.items()
            for piece, sums in _by_piece(each, by_month, carries=measure.shape.is_stock).items()
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
    rows = await tx.rows(sums_query(question, generation, measure.tally, with_past=measure.shape.is_stock))
    keyed = _keyed(rows)
    held: _Keyed = {}
    if measure.shape is Shape.PER_HELD and measure.over:
        held = _keyed(await tx.rows(sums_query(question, generation, measure.over, with_past=True)))
    keys = {None} if question.by in {By.NONE, By.MONTH} else {*keyed, *held}
    sums = {}
    for key in keys:
        found = _by_piece(question, keyed.get(key, {}), carries=measure.shape.is_stock)
        months = held.get(key, {})
        for piece, at_end in _by_piece(question, months, carries=True).items():
            name = f"{piece.from_on:%Y-%m}" if question.by is By.MONTH else key
            times = _held(question, at_end, months.get(_month(question, piece), Sums()))
            sums[name, piece] = found[piece] + Sums(held=times)
    return sums


def _by_piece(question: Question, months: Mapping[date | None, Sums], *, carries: bool) -> dict[Period, Sums]:
    """Return the sums of each piece of the window; carried on, those of all time up to the piece's end."""
    running = months.get(None, Sums()) if carries else Sums()
    pieces: dict[Period, Sums] = {}
    for piece in question.pieces:
        inside = months.get(_month(question, piece), Sums())
        running = running + inside if carries else inside
        pieces[piece] = running
    return pieces


def _month(question: Question, piece: Period) -> date:
    """Return the month under which the query has put the piece; without a breakdown by month the whole is one."""
    return month_of(piece.from_on).from_on if question.is_monthly else piece.from_on


def _held(question: Question, at_end: Sums, inside: Sums) -> int:
    """Return how many times with a worker touch a piece: those open at its beginning, and those that begin in it."""
    begun = inside.square if question.by is By.TEAM else inside.amount
    return at_end.base - inside.base + begun


def _keyed(rows: Sequence[Any]) -> _Keyed:
    keyed: dict[str | None, dict[date | None, Sums]] = defaultdict(lambda: defaultdict(Sums))
    for row in rows:
        key = None if row.key is None else UNASSIGNED if row.key == NOBODY else str(row.key)
        keyed[key][row.month] += Sums(int(row.amount), int(row.base), int(row.square))
    return keyed


def sums_query(question: Question, generation: int, code: TallyCode, *, with_past: bool) -> Select[Any]:
    """Return the query for the sums of a tally by key and month; with `with_past` also of all time before the window.

    What is known now is read from the sums by month, and only the parts of months from the tallies; what was known
    at another moment is read from the tallies alone.
    """
    parts = _parts(question, generation, code, with_past=with_past)
    every = union_all(*parts).subquery() if len(parts) > 1 else parts[0].subquery()
    return (
        select(
            every.c.key,
            every.c.month,
            func.sum(every.c.amount).label("amount"),
            func.sum(every.c.base).label("base"),
            func.sum(every.c.square).label("square"),
        )
        .where(or_(every.c.amount != 0, every.c.base != 0, every.c.square != 0))
        .group_by(every.c.key, every.c.month)
    )


def _parts(question: Question, generation: int, code: TallyCode, *, with_past: bool) -> list[Select[Any]]:
    period = question.period
    month = month_of(period.from_on).from_on
    whole = whole_months(period) if question.known_at is None else None
    days = [tally.c.on < period.until_on]
    if not with_past:
        days.append(tally.c.on >= period.from_on)
    elif question.known_at is None:
        days.append(tally.c.on >= month)
    if whole is not None:
        days.append(or_(tally.c.on < whole.from_on, tally.c.on >= whole.until_on))
    parts = []
    is_covered = whole == period and (not with_past or month == period.from_on)
    if not is_covered:
        parts.append(_from_tallies(question, generation, code).where(*days))
    if whole is not None:
        parts.append(
            _from_months(question, generation, code).where(
                monthly.c.month >= whole.from_on, monthly.c.month < whole.until_on
            )
        )
    if with_past and question.known_at is None:
        parts.append(_from_months(question, generation, code, before=True).where(monthly.c.month < month))
    return parts


def _from_tallies(question: Question, generation: int, code: TallyCode) -> Select[Any]:
    known_at = question.known_at
    is_known = (
        tally.c.known_until.is_(None)
        if known_at is None
        else (tally.c.known_from <= known_at) & or_(tally.c.known_until.is_(None), tally.c.known_until > known_at)
    )
    first = cast(question.period.from_on, Date)
    month = cast(func.date_trunc("month", tally.c.on), Date) if question.is_monthly else first
    # Days before the window fall together under no month.
    placed = case((tally.c.on < first, null()), else_=month)
    query = select(
        _key(question, tally).label("key"), placed.label("month"), tally.c.amount, tally.c.base, tally.c.square
    )
    return query.where(
        tally.c.generation == generation, tally.c.code == code.value, is_known, *_filters(question, tally)
    )


def _from_months(question: Question, generation: int, code: TallyCode, *, before: bool = False) -> Select[Any]:
    month = monthly.c.month if question.is_monthly else cast(question.period.from_on, Date)
    placed = cast(null(), Date) if before else month
    query = select(
        _key(question, monthly).label("key"), placed.label("month"), monthly.c.amount, monthly.c.base, monthly.c.square
    )
    return query.where(monthly.c.generation == generation, monthly.c.code == code.value, *_filters(question, monthly))


def _key(question: Question, table: Table) -> ColumnElement[Any]:
    if question.by is By.TEAM:
        return table.c.team
    if question.by is By.AGENCY:
        return table.c.agency
    return cast(null(), Uuid)


def _filters(question: Question, table: Table) -> list[ColumnElement[bool]]:
    return [
        column == value
        for column, value in ((table.c.team, question.team), (table.c.agency, question.agency))
        if value is not None
    ]
