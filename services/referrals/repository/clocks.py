"""The clocks of referrals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, update

from libs.chassis.database import Transaction
from libs.kernel.deadline import Basis, Clock
from libs.kernel.ids import new_id
from services.referrals.domain.clocks import SETTLING, Changes, FrontDoorClock, Saying
from services.referrals.tables import clock, referral

_RUNNING = (clock.c.met_at.is_(None), clock.c.voided_at.is_(None))


async def of_referral(tx: Transaction, referral_id: UUID) -> tuple[FrontDoorClock, ...]:
    """Return all clocks of a referral, the first started first."""
    rows = await tx.rows(
        select(clock).where(clock.c.referral_id == referral_id).order_by(clock.c.started_at, clock.c.kind, clock.c.id)
    )
    return tuple(of_row(row) for row in rows)


async def write(tx: Transaction, changes: Changes, *, referral_id: UUID) -> tuple[FrontDoorClock, ...]:
    """Store what started, and what was met or became needless by its moment; return the started ones."""
    started = tuple(
        FrontDoorClock(id=new_id(), referral_id=referral_id, clock=one, recorded_at=tx.now) for one in changes.started
    )
    await tx.add(clock, *[_row_of(one) for one in started])
    for column, ended in (("met_at", changes.met), ("voided_at", changes.voided)):
        moments: dict[datetime, list[UUID]] = {}
        for one in ended:
            moments.setdefault(_ended_at(one), []).append(one.id)
        for at, ids in moments.items():
            await tx.do(update(clock).where(clock.c.id.in_(ids)).values({column: at}))
    return started


async def to_say(tx: Transaction, *, limit: int) -> tuple[tuple[FrontDoorClock, UUID], ...]:
    """Return running clocks about which something may have to be said, with their family, locked."""
    rows = await tx.rows(
        select(clock, referral.c.family_id)
        .join(referral, referral.c.id == clock.c.referral_id)
        .where(
            *_RUNNING,
            clock.c.breached_said_at.is_(None),
            clock.c.amber_at <= tx.now,
            or_(clock.c.due_soon_said_at.is_(None), clock.c.due_at < tx.now),
            # What was loaded long after it was due is left in peace for a while.
            or_(clock.c.recorded_at <= clock.c.due_at, clock.c.recorded_at <= tx.now - SETTLING),
        )
        .order_by(clock.c.amber_at)
        .limit(limit)
        .with_for_update(of=clock, skip_locked=True)
    )
    return tuple((of_row(row), row.family_id) for row in rows)


async def note_said(tx: Transaction, what: Saying, ids: list[UUID], *, at: datetime) -> None:
    """Note that it was said about these clocks."""
    if ids:
        column = "due_soon_said_at" if what is Saying.DUE_SOON else "breached_said_at"
        await tx.do(update(clock).where(clock.c.id.in_(ids)).values({column: at}))


def of_row(row: Row[Any]) -> FrontDoorClock:
    """Return the clock of a row."""
    return FrontDoorClock(
        id=row.id,
        referral_id=row.referral_id,
        clock=Clock(
            kind=row.kind,
            started_at=row.started_at,
            due_at=row.due_at,
            amber_at=row.amber_at,
            calendar_version=row.calendar_version,
            basis=Basis(row.basis),
            source=row.source,
            met_at=row.met_at,
            voided_at=row.voided_at,
        ),
        recorded_at=row.recorded_at,
        due_soon_said_at=row.due_soon_said_at,
        breached_said_at=row.breached_said_at,
    )


def _ended_at(one: FrontDoorClock) -> datetime:
    ended_at = one.clock.met_at or one.clock.voided_at
    if ended_at is None:  # pragma: no cover - the rules end what they list
        raise ValueError(one.kind)
    return ended_at


def _row_of(one: FrontDoorClock) -> dict[str, Any]:
    running = one.clock
    return {
        "id": one.id,
        "referral_id": one.referral_id,
        "kind": running.kind,
        "started_at": running.started_at,
        "due_at": running.due_at,
        "amber_at": running.amber_at,
        "calendar_version": running.calendar_version,
        "basis": running.basis,
        "source": running.source,
        "recorded_at": one.recorded_at,
    }
