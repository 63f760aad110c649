"""Ids under which records are known no longer: two were found to be one, and news under the old id still comes."""

from uuid import UUID

from sqlalchemy import CheckConstraint, Column, MetaData, Table, Uuid, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction


def merged_ids(name: str, metadata: MetaData) -> Table:
    """Return a service's table of ids that became another, each beside the one that stays today."""
    return Table(
        name,
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("stays_id", Uuid, nullable=False, index=True),
        CheckConstraint("stays_id <> id", name="not_itself"),
    )


async def known_as(tx: Transaction, merged: Table, id_: UUID) -> UUID:
    """Return the record's id of today: the one that stayed when it was merged, else its own."""
    row = await tx.row(select(merged.c.stays_id).where(merged.c.id == id_))
    return id_ if row is None else row.stays_id


async def remember(tx: Transaction, merged: Table, *, stays: UUID, goes: UUID) -> None:
    """Let an id, with all that became it before, be known as another, which must be one of today."""
    # No chain is ever kept: one look finds the id of today.
    await tx.do(update(merged).where(merged.c.stays_id == goes).values(stays_id=stays))
    await tx.do(insert(merged).values(id=goes, stays_id=stays).on_conflict_do_nothing())
