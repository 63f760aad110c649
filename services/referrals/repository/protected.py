"""Protected details: the only module that reads or writes their table."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, or_, select, update

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from services.referrals.domain.protected import ContactKind, ProtectedContactPoint
from services.referrals.repository.sealing import CannotOpen, seal, unseal
from services.referrals.repository.spells import Spells
from services.referrals.tables import protected_contact_point as table

#: Their times, for which no detail is read.
spells = Spells(table)


async def add(tx: Transaction, *points: ProtectedContactPoint) -> None:
    """Store protected details, sealed."""
    await tx.add(
        table,
        *[
            {
                "id": point.id,
                "person_id": point.person_id,
                "kind": point.kind,
                "sealed": seal(point.value, record_id=point.id),
                "kept_from": sorted(point.kept_from),
                "from_on": point.from_on,
                "until_on": point.until_on,
                "revision": 1,
            }
            for point in points
        ],
    )


async def recorded(tx: Transaction, people: Iterable[UUID]) -> tuple[ProtectedContactPoint, ...]:
    """Return the details of these people that hold now and can be opened, to compare others with them."""
    wanted = list(people)
    if not wanted:
        return ()
    rows = await tx.rows(
        select(table).where(table.c.person_id.in_(wanted), table.c.until_on.is_(None)).order_by(table.c.id)
    )
    found = []
    for row in rows:
        # What cannot be opened cannot be compared: that must not keep a concern out.
        with suppress(CannotOpen):
            found.append(_of_row(row))
    return tuple(found)


async def keep_from(tx: Transaction, point: ProtectedContactPoint, more: Iterable[UUID]) -> ProtectedContactPoint:
    """Keep a detail from more people; return it as it is then."""
    kept_from = point.kept_from.union(more)
    if kept_from != point.kept_from:
        await tx.do(
            update(table)
            .where(table.c.id == point.id)
            .values(kept_from=sorted(kept_from), revision=table.c.revision + 1)
        )
    return replace(point, kept_from=kept_from)


async def get(tx: Transaction, point_id: UUID) -> ProtectedContactPoint:
    """Return one protected detail; raise `NotFound`."""
    row = await tx.row(select(table).where(table.c.id == point_id))
    if row is None:
        raise NotFound
    return _of_row(row)


async def of_people(tx: Transaction, people: Iterable[UUID]) -> tuple[ProtectedContactPoint, ...]:
    """Return the protected details of these people, for a rule that needs them."""
    rows = await tx.rows(select(table).where(table.c.person_id.in_(list(people))).order_by(table.c.id))
    return tuple(_of_row(row) for row in rows)


async def who_of(tx: Transaction, people: Iterable[UUID]) -> frozenset[UUID]:
    """Return which of these people have protected details; no detail is read."""
    rows = await tx.rows(select(table.c.person_id).distinct().where(table.c.person_id.in_(list(people))))
    return frozenset(row.person_id for row in rows)


async def listed(tx: Transaction, person_id: UUID) -> tuple[Row[Any], ...]:
    """Return which protected details a person has: kinds and periods; no detail is read."""
    rows = await tx.rows(
        select(table.c.id, table.c.revision, table.c.kind, table.c.kept_from, table.c.from_on, table.c.until_on)
        .where(table.c.person_id == person_id)
        .order_by(table.c.from_on, table.c.id)
    )
    return tuple(rows)


async def move(tx: Transaction, *, from_id: UUID, to_id: UUID) -> None:
    """Give the details of a person to the known person who they are, and keep from that one what was kept from them."""
    without = func.array_remove(func.array_remove(table.c.kept_from, from_id), to_id)
    # Nothing is kept from the very person whom it protects.
    own = table.c.person_id.in_([from_id, to_id])
    await tx.do(
        update(table)
        .where(or_(table.c.person_id == from_id, table.c.kept_from.contains([from_id])))
        .values(
            person_id=case((own, to_id), else_=table.c.person_id),
            kept_from=case(
                (own, without),
                (table.c.kept_from.contains([from_id]), func.array_append(without, to_id)),
                else_=table.c.kept_from,
            ),
            revision=table.c.revision + 1,
        )
    )


def _of_row(row: Row[Any]) -> ProtectedContactPoint:
    return ProtectedContactPoint(
        id=row.id,
        person_id=row.person_id,
        kind=ContactKind(row.kind),
        value=unseal(row.sealed, record_id=row.id),
        from_on=row.from_on,
        until_on=row.until_on,
        kept_from=frozenset(row.kept_from),
    )
