"""Ordinary addresses, telephone numbers and mail addresses, each with its time."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, or_, select

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from services.referrals.domain.intake import Whereabouts
from services.referrals.domain.protected import ProtectedContactPoint
from services.referrals.domain.whereabouts import PointKind, Spell
from services.referrals.repository.spells import Spells
from services.referrals.tables import contact_point as table

spells = Spells(table)


async def get(tx: Transaction, point_id: UUID) -> Row[Any]:
    """Return one contact point with what it says; raise `NotFound`."""
    row = await tx.row(select(table).where(table.c.id == point_id))
    if row is None:
        raise NotFound
    return row


async def listed(
    tx: Transaction, person_id: UUID, *, on: date | None = None, kind: PointKind | None = None
) -> Sequence[Row[Any]]:
    """Return a person's contact points, what holds first and then the latest; with `on` those that held on that day."""
    wanted = select(table).where(table.c.person_id == person_id)
    if kind is not None:
        wanted = wanted.where(table.c.kind == kind)
    if on is not None:
        wanted = wanted.where(table.c.from_on <= on, or_(table.c.until_on.is_(None), table.c.until_on > on))
    return await tx.rows(wanted.order_by(table.c.until_on.desc().nulls_first(), table.c.from_on.desc(), table.c.id))


async def add(tx: Transaction, new: Iterable[Spell], told: Whereabouts) -> None:
    """Store the same address or number of everybody who has it from now on."""
    await tx.add(
        table,
        *[
            {
                "id": one.id,
                "person_id": one.person_id,
                "kind": one.kind,
                "value": told.value,
                "postcode": told.postcode,
                "from_on": one.from_on,
                "until_on": one.until_on,
                "revision": one.revision,
            }
            for one in new
        ],
    )


async def take_out(tx: Transaction, points: Iterable[UUID]) -> tuple[ProtectedContactPoint, ...]:
    """Take these from what everybody may read; return them, to be kept as protected details under the same ids."""
    ids = list(points)
    if not ids:
        return ()
    rows = await tx.rows(select(table).where(table.c.id.in_(ids)).order_by(table.c.id))
    await tx.do(delete(table).where(table.c.id.in_(ids)))
    return tuple(
        ProtectedContactPoint(
            id=row.id,
            person_id=row.person_id,
            kind=shielded.kind,
            value=shielded.value,
            from_on=row.from_on,
            until_on=row.until_on,
        )
        for row in rows
        for shielded in [Whereabouts(kind=row.kind, value=row.value, postcode=row.postcode).shielded()]
    )


async def still_there(tx: Transaction, people: Iterable[UUID], *, left: Iterable[Spell]) -> frozenset[UUID]:
    """Return which of these people are recorded where others have just left."""
    wanted, ids = list(people), [one.id for one in left]
    if not wanted or not ids:
        return frozenset()
    gone = table.alias()
    rows = await tx.rows(
        select(table.c.person_id)
        .distinct()
        .join(gone, (gone.c.kind == table.c.kind) & (gone.c.value == table.c.value))
        .where(
            gone.c.id.in_(ids),
            gone.c.postcode.is_not_distinct_from(table.c.postcode),
            table.c.person_id.in_(wanted),
            table.c.until_on.is_(None),
        )
    )
    return frozenset(row.person_id for row in rows)
