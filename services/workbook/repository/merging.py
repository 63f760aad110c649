"""Two workbooks of one family become one: the record moves, the cycles stay where they were closed."""

from uuid import UUID

from sqlalchemy import update

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


async def move(tx: Transaction, *, from_id: UUID, to_id: UUID, family_id: UUID) -> None:
    """Move everything that was recorded about the people to the workbook that goes on."""
    for table in _MOVES:
        await tx.do(update(table).where(table.c.workbook_id == from_id).values(workbook_id=to_id))
    await rename(tx, to_id, family_id)


async def rename(tx: Transaction, workbook_id: UUID, family_id: UUID) -> None:
    """Let a workbook's clocks say the family that they belong to now."""
    await tx.do(update(tables.clock).where(tables.clock.c.workbook_id == workbook_id).values(family_id=family_id))
