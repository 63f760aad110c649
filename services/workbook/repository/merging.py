"""Two workbooks of one family become one: the record moves, the cycles stay where they were closed."""

from uuid import UUID

from sqlalchemy import update

from libs.chassis import aliases
from libs.chassis.database import Transaction
from services.workbook import tables

#: What moves to the workbook that goes on; cycles, chapters, plans and supervisions stay readable where they are.
_MOVES = (
    tables.entry,
    tables.timeline_item,
    tables.plan_spell,
    tables.assessment,
    tables.enquiry,
    tables.conference,
    tables.network_meeting,
    tables.practitioner_request,
    tables.clock_run,
    tables.clock,
)


#: The small copies of what other services told of a family.
_TOLD = (tables.family_copy, tables.involvement, tables.heard_strategy)


async def known_as(tx: Transaction, family_id: UUID) -> UUID:
    """Return the family's id of today: the one that stayed when it was merged."""
    return await aliases.known_as(tx, tables.merged_family, family_id)


async def remember(tx: Transaction, *, stays: UUID, goes: UUID) -> None:
    """Let one family be known as another, with what was told of it and what is still to be heard of it."""
    await aliases.remember(tx, tables.merged_family, stays=stays, goes=goes)
    for table in _TOLD:
        await tx.do(update(table).where(table.c.family_id == goes).values(family_id=stays))


async def move(tx: Transaction, *, from_id: UUID, to_id: UUID, family_id: UUID) -> None:
    """Move everything that was recorded about the people to the workbook that goes on."""
    for table in _MOVES:
        await tx.do(update(table).where(table.c.workbook_id == from_id).values(workbook_id=to_id))
    await rename(tx, to_id, family_id)


async def rename(tx: Transaction, workbook_id: UUID, family_id: UUID) -> None:
    """Let a workbook's clocks say the family that they belong to now."""
    await tx.do(update(tables.clock).where(tables.clock.c.workbook_id == workbook_id).values(family_id=family_id))
