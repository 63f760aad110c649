"""Who reads or writes in a workbook, and which of its sections they see."""

from uuid import UUID

from libs.chassis.database import Transaction
from services.workbook.domain import sections
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.sections import Reader
from services.workbook.repository import team
from services.workbook.repository.rows import NoSuchRecord


async def reader(tx: Transaction, workbook_id: UUID) -> Reader:
    """Return the caller as a reader of a workbook; raise `NoSuchRecord` if it does not exist for them."""
    # A service acting on an event sees what it must change.
    if tx.by.kind == "service" or sections.reads_all(tx.by.roles):
        return sections.reader(id=tx.by.id, roles=tx.by.roles, requests=())
    requests = await team.requests_of(tx, workbook_id)
    who = sections.reader(id=tx.by.id, roles=tx.by.roles, requests=requests, agency_id=tx.by.agency_id)
    if not sections.visible(who):
        raise NoSuchRecord
    return who


async def need_section(tx: Transaction, workbook_id: UUID, section: ChapterRole) -> Reader:
    """Return the caller as a reader; raise `NoSuchRecord` unless they see a section of a workbook."""
    who = await reader(tx, workbook_id)
    if not sections.may_see(who, section):
        raise NoSuchRecord
    return who
