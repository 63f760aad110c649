"""Clocks and their runs as rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from services.workbook.domain.clocks import Kept, Run
from services.workbook.repository import rows
from services.workbook.tables import clock, clock_run

_OPEN = clock.c.met_at.is_(None) & clock.c.voided_at.is_(None)


async def runs_of(tx: Transaction, workbook_id: UUID, chains: Iterable[str]) -> list[Run]:
    """Return the runs of some chains of a workbook, kept from change."""
    query = select(clock_run).where(clock_run.c.workbook_id == workbook_id, clock_run.c.chain.in_(list(chains)))
    return [rows.read(Run, row) for row in await tx.rows(query.with_for_update())]


async def save_runs(tx: Transaction, workbook_id: UUID, changed: Sequence[Run]) -> None:
    """Write runs that an act started or changed, in one statement."""
    statement = insert(clock_run).values([rows.columns(clock_run, run, workbook_id=workbook_id) for run in changed])
    new = statement.excluded
    await tx.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={name: new[name] for name in ("acts", "ended_at", "placement", "reviewed_at", "assessment_id")},
        )
    )


async def clocks_of_runs(tx: Transaction, run_ids: Iterable[UUID]) -> dict[UUID, Row[Any]]:
    """Return the clocks that some runs have now, by id."""
    found = await tx.rows(select(clock).where(clock.c.run_id.in_(list(run_ids))))
    return {row.id: row for row in found}


def _laid(kept: Kept) -> dict[str, Any]:
    return rows.columns(clock, kept.clock, id=kept.id, run_id=kept.run_id, number=kept.number, child_id=kept.child_id)


async def add_clocks(tx: Transaction, new: Sequence[Kept], **more: Any) -> None:
    """Insert clocks in one statement."""
    await tx.add(clock, *[_laid(kept) | more | {"soon_said": False, "breach_said": False} for kept in new])


async def finish_clocks(tx: Transaction, changed: Sequence[Kept]) -> None:
    """Write when clocks were met or voided; what they promised stays as it was."""
    if changed:
        await tx.connection.execute(
            update(clock)
            .where(clock.c.id == bindparam("clock_id"))
            .values(met_at=bindparam("now_met"), voided_at=bindparam("now_void")),
            [{"clock_id": kept.id, "now_met": kept.clock.met_at, "now_void": kept.clock.voided_at} for kept in changed],
        )


async def hand_over(tx: Transaction, workbook_id: UUID, *, team_id: UUID | None, worker_id: UUID | None) -> None:
    """Give the open clocks of a workbook to the worker and team that hold the family now."""
    open_ones = (clock.c.workbook_id == workbook_id) & clock.c.met_at.is_(None) & clock.c.voided_at.is_(None)
    await tx.do(update(clock).where(open_ones).values(team_id=team_id, worker_id=worker_id))


async def void_clocks(tx: Transaction, ids: Sequence[UUID]) -> None:
    """Void clocks that an act recorded in error had started; they stay for the record."""
    if ids:
        await tx.do(update(clock).where(clock.c.id.in_(ids)).values(met_at=None, voided_at=tx.now))


async def take_amber(tx: Transaction, *, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Mark and return open clocks that entered their margin and have not been warned of."""
    within = (clock.c.amber_at <= now) & (clock.c.due_at > now) & clock.c.soon_said.is_(False) & _OPEN
    return await _take(tx, within, clock.c.amber_at, limit, soon_said=True)


async def take_breached(tx: Transaction, *, now: datetime, limit: int) -> Sequence[Row[Any]]:
    """Mark and return open clocks that ran out and have not been told of."""
    # The due second itself lasts a whole second.
    over = (clock.c.due_at <= now - timedelta(seconds=1)) & clock.c.breach_said.is_(False) & _OPEN
    return await _take(tx, over, clock.c.due_at, limit, soon_said=True, breach_said=True)


async def _take(
    tx: Transaction, which: ColumnElement[bool], order: ColumnElement[Any], limit: int, **marks: bool
) -> Sequence[Row[Any]]:
    chosen = select(clock.c.id).where(which).order_by(order, clock.c.id).limit(limit).with_for_update(skip_locked=True)
    marked = update(clock).where(clock.c.id.in_(chosen)).values(**marks).returning(clock)
    taken: Sequence[Row[Any]] = (await tx.connection.execute(marked)).all()
    return taken
