"""Workbooks, their history, and the small copies of what other services told."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from services.workbook.domain.workbook import State, Workbook
from services.workbook.repository import rows
from services.workbook.tables import family_copy, heard_strategy, involvement, workbook, workbook_history


def _value(row: Row[Any]) -> Workbook:
    return rows.read(Workbook, row)


async def get(tx: Transaction, workbook_id: UUID) -> Workbook:
    """Return a workbook as it is."""
    return _value(await rows.get(tx, workbook, workbook_id))


async def to_work_in(tx: Transaction, workbook_id: UUID) -> Workbook:
    """Return a workbook that stays as it is until the end of the transaction; many may work in it at once."""
    row = await tx.row(select(workbook).where(workbook.c.id == workbook_id).with_for_update(read=True))
    if row is None:
        raise rows.NoSuchRecord
    return _value(row)


async def to_change(tx: Transaction, workbook_id: UUID) -> Workbook:
    """Return a workbook that nobody else changes or works in until the end of the transaction."""
    return _value(await rows.get(tx, workbook, workbook_id, lock=True))


async def alone_with(tx: Transaction, family_id: UUID) -> None:
    """Let nobody else hear news of this family until the end of the transaction.

    Owners are heard at the same time: two handlers that each find nothing to add to would leave half a record.
    """
    await tx.rows(select(func.pg_advisory_xact_lock(func.hashtextextended(str(family_id), 0))))


async def of_family(tx: Transaction, family_id: UUID) -> Workbook | None:
    """Return a family's workbook, kept from change, if there is one."""
    query = select(workbook).where(workbook.c.family_id == family_id, workbook.c.merged_into.is_(None))
    row = await tx.row(query.with_for_update())
    return None if row is None else _value(row)


async def add(tx: Transaction, new: Workbook, *, at: datetime) -> None:
    """Insert a workbook and the first line of its history."""
    await rows.add(tx, workbook, [new], recorded_at=tx.now)
    await _note(tx, new, at=at, changed=_KEPT)


#: The fields of a workbook that its history keeps, each for itself.
_KEPT = ("state", "level", "referral_id", "further_referrals", "team_id", "lead_worker_id")


async def save(
    tx: Transaction, changed: Workbook, *, before: Workbook, revision: int, at: datetime, **more: Any
) -> int:
    """Write a changed workbook and a line of its history."""
    new_revision = await rows.save(tx, workbook, changed, revision=revision, **more)
    differs = [name for name in _KEPT if getattr(changed, name) != getattr(before, name)]
    if differs or changed.members != before.members:
        await _note(tx, changed, at=at, changed=differs)
    return new_revision


async def _note(tx: Transaction, value: Workbook, *, at: datetime, changed: Iterable[str]) -> None:
    laid = rows.columns(workbook_history, value)
    told = {"workbook_id": value.id, "occurred_at": at, "recorded_at": tx.now, "changed": list(changed)}
    await tx.add(workbook_history, {**laid, **told})


async def closed_at(tx: Transaction, workbook_id: UUID) -> datetime | None:
    """Return the moment at which a workbook was closed last."""
    line = workbook_history.c
    query = select(line.occurred_at).where(
        line.workbook_id == workbook_id, line.state == State.CLOSED, line.changed.contains(["state"])
    )
    row = await tx.row(query.order_by(line.position.desc()).limit(1))
    return None if row is None else row.occurred_at


async def as_of(
    tx: Transaction, workbook_id: UUID, *, happened_by: datetime | None, known_by: datetime | None
) -> dict[str, Any]:
    """Return a workbook's kept fields as they were at one moment, as known at another; empty before it opened."""
    history = workbook_history.c
    query = select(workbook_history).where(history.workbook_id == workbook_id)
    if happened_by is not None:
        query = query.where(history.occurred_at <= happened_by)
    if known_by is not None:
        query = query.where(history.recorded_at <= known_by)
    then: dict[str, Any] = {}
    for line in await tx.rows(query.order_by(history.occurred_at, history.position)):
        # People only join: each line knows all who had.
        then |= {name: getattr(line, name) for name in (*line.changed, "children", "adults")}
    return then


async def keep_family(
    tx: Transaction,
    *,
    referral_id: UUID,
    family_id: UUID,
    children: Iterable[UUID],
    adults: Iterable[UUID],
    needs: Iterable[str],
    received_at: datetime,
) -> None:
    """Keep what an accepted referral told about its family; a later telling of the same referral replaces it."""
    told = {
        "family_id": family_id,
        "children": list(children),
        "adults": list(adults),
        "needs": sorted(needs),
        "received_at": received_at,
    }
    statement = insert(family_copy).values(referral_id=referral_id, **told)
    await tx.connection.execute(statement.on_conflict_do_update(index_elements=["referral_id"], set_=told))


async def family_told(tx: Transaction, *, family_id: UUID, referral_id: UUID | None) -> Row[Any] | None:
    """Return what was told of a family by a referral, if it was; without a referral, what the latest told."""
    if referral_id is not None:
        return await tx.row(select(family_copy).where(family_copy.c.referral_id == referral_id))
    query = select(family_copy).where(family_copy.c.family_id == family_id)
    return await tx.row(query.order_by(family_copy.c.received_at.desc()).limit(1))


async def keep_involvement(tx: Transaction, *, allocation_id: UUID, **told: Any) -> None:
    """Keep who holds a family; the start and the end may come in either order."""
    statement = insert(involvement).values(allocation_id=allocation_id, **told)
    await tx.connection.execute(statement.on_conflict_do_update(index_elements=["allocation_id"], set_=told))


async def keep_strategy(tx: Transaction, **told: Any) -> None:
    """Keep a strategy discussion that started an enquiry until the family's workbook is there."""
    await tx.connection.execute(insert(heard_strategy).values(**told).on_conflict_do_nothing())


async def waiting_strategies(tx: Transaction, family_id: UUID) -> list[Row[Any]]:
    """Return the strategy discussions of a family that no workbook has taken up."""
    query = select(heard_strategy).where(
        heard_strategy.c.family_id == family_id, heard_strategy.c.workbook_id.is_(None)
    )
    return list(await tx.rows(query.order_by(heard_strategy.c.held_at)))


async def take_up_strategies(tx: Transaction, ids: Iterable[UUID], *, workbook_id: UUID) -> None:
    """Mark strategy discussions as taken up by a workbook."""
    taken = update(heard_strategy).where(heard_strategy.c.strategy_id.in_(list(ids))).values(workbook_id=workbook_id)
    await tx.do(taken)
