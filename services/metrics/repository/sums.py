"""Sums of tallies by key and month: from the sums by month and, at the edges of a window, from the tallies themselves."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Table, Uuid, case, cast, func, null, or_, select, union_all

from services.metrics.domain.measures import By
from services.metrics.domain.periods import Period, month_of, whole_months
from services.metrics.domain.questions import Question
from services.metrics.domain.results import UNASSIGNED, Sums
from services.metrics.domain.tallies import TallyCode
from services.metrics.repository.tallies import NOBODY
from services.metrics.tables import monthly, tally

Keyed = Mapping[str | None, Mapping[date | None, Sums]]


def by_piece(question: Question, months: Mapping[date | None, Sums], *, carries: bool) -> dict[Period, Sums]:
    """Return the sums of each piece of the window; carried on, those of all time up to the piece's end."""
    running = months.get(None, Sums()) if carries else Sums()
    pieces: dict[Period, Sums] = {}
    for piece in question.pieces:
        inside = months.get(month_under(question, piece), Sums())
        running = running + inside if carries else inside
        pieces[piece] = running
    return pieces


def month_under(question: Question, piece: Period) -> date:
    """Return the month under which the query has put the piece; without a breakdown by month the whole is one."""
    return month_of(piece.from_on).from_on if question.is_monthly else piece.from_on


def keyed(rows: Sequence[Any]) -> Keyed:
    """Return the sums that rows hold, by key and month."""
    found: dict[str | None, dict[date | None, Sums]] = defaultdict(lambda: defaultdict(Sums))
    for row in rows:
        key = None if row.key is None else UNASSIGNED if row.key == NOBODY else str(row.key)
        found[key][row.month] += Sums(int(row.amount), int(row.base), int(row.square))
    return found


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
    first = cast(question.period.from_on, Date)
    month = cast(func.date_trunc("month", tally.c.on), Date) if question.is_monthly else first
    # Days before the window fall together under no month.
    placed = case((tally.c.on < first, null()), else_=month)
    query = select(
        key_of(question, tally).label("key"), placed.label("month"), tally.c.amount, tally.c.base, tally.c.square
    )
    return query.where(
        tally.c.generation == generation, tally.c.code == code.value, is_known(question), *filters(question, tally)
    )


def _from_months(question: Question, generation: int, code: TallyCode, *, before: bool = False) -> Select[Any]:
    month = monthly.c.month if question.is_monthly else cast(question.period.from_on, Date)
    placed = cast(null(), Date) if before else month
    query = select(
        key_of(question, monthly).label("key"),
        placed.label("month"),
        monthly.c.amount,
        monthly.c.base,
        monthly.c.square,
    )
    return query.where(monthly.c.generation == generation, monthly.c.code == code.value, *filters(question, monthly))


def is_known(question: Question) -> ColumnElement[bool]:
    """Return the condition that leaves the tallies known now, or at the moment asked about."""
    known_at = question.known_at
    if known_at is None:
        return tally.c.known_until.is_(None)
    return (tally.c.known_from <= known_at) & or_(tally.c.known_until.is_(None), tally.c.known_until > known_at)


def key_of(question: Question, table: Table) -> ColumnElement[Any]:
    """Return the column that the question is broken down by."""
    if question.by is By.TEAM:
        return table.c.team
    if question.by is By.AGENCY:
        return table.c.agency
    return cast(null(), Uuid)


def filters(question: Question, table: Table) -> list[ColumnElement[bool]]:
    """Return the conditions that leave the team or the agency asked about."""
    return [
        column == value
        for column, value in ((table.c.team, question.team), (table.c.agency, question.agency))
        if value is not None
    ]
