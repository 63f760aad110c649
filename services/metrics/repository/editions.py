"""Editions of closed windows in and out of the database, and the sums by month that they are made of."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from libs.kernel.ids import digest
from services.metrics.domain.editions import Edition, Place
from services.metrics.domain.periods import Period
from services.metrics.domain.results import UNASSIGNED, Sums
from services.metrics.domain.tallies import TallyCode
from services.metrics.repository.tallies import NOBODY
from services.metrics.tables import edition, monthly


async def within(tx: Transaction, names: Iterable[str], period: Period) -> list[Edition]:
    """Return all editions of these things for windows inside a period."""
    return [_read(row) for row in await tx.rows(within_query(names, period))]


def within_query(names: Iterable[str], period: Period) -> Select[Any]:
    """Return the query for all editions of these things for windows inside a period."""
    return select(edition).where(
        edition.c.what.in_(sorted(names)),
        edition.c.from_on >= period.from_on,
        edition.c.from_on < period.until_on,
        edition.c.until_on <= period.until_on,
    )


async def add(tx: Transaction, editions: Sequence[Edition]) -> None:
    """Keep editions; where another came first it stays."""
    if editions:
        await tx.connection.execute(insert(edition).on_conflict_do_nothing(), [_written(each) for each in editions])


async def hold(tx: Transaction, name: str) -> None:
    """Let nobody else freeze or revise that until the commit."""
    lock = int(digest("edition", name)[:15], 16)
    await tx.rows(select(func.pg_advisory_xact_lock(lock)))


async def sums_by_month(
    tx: Transaction, codes: Iterable[TallyCode], windows: Sequence[Period], *, generation: int, carries: bool
) -> dict[Period, dict[Place, Sums]]:
    """Return the sums of these tallies as they are known now, in each month; carried on, of all time up to its end."""
    query = select(monthly).where(
        monthly.c.generation == generation,
        monthly.c.code.in_(sorted(code.value for code in codes)),
        monthly.c.month < max(window.until_on for window in windows),
    )
    if not carries:
        query = query.where(monthly.c.month >= min(window.from_on for window in windows))
    found: dict[Period, dict[Place, Sums]] = {window: defaultdict(Sums) for window in windows}
    for row in await tx.rows(query):
        for window, sums in found.items():
            if (row.month < window.until_on) if carries else window.contains(row.month):
                sums[row.code, _name(row.team), _name(row.agency)] += Sums(
                    int(row.amount), int(row.base), int(row.square)
                )
    return {window: {place: each for place, each in sums.items() if each != Sums()} for window, sums in found.items()}


def _name(id_: Any) -> str:
    return UNASSIGNED if id_ == NOBODY else str(id_)


def _written(each: Edition) -> dict[str, Any]:
    return {
        "what": each.what,
        "from_on": each.period.from_on,
        "until_on": each.period.until_on,
        "number": each.number,
        "data_on": each.data_on,
        "frozen_on": each.frozen_on,
        "sums": [
            [*place, sums.amount, sums.base, sums.square, sums.held]
            for place, sums in sorted(each.sums.items(), key=lambda item: tuple(part or "" for part in item[0]))
        ],
    }


def _read(row: Row[Any]) -> Edition:
    return Edition(
        what=row.what,
        period=Period(row.from_on, row.until_on),
        number=row.number,
        data_on=row.data_on,
        frozen_on=row.frozen_on,
        sums={(code, team, agency): Sums(*numbers) for code, team, agency, *numbers in row.sums},
    )
