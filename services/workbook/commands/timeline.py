"""Lines of the timeline, written with what they tell of."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from libs.chassis.database import Transaction
from libs.kernel.ids import new_id
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.chronology import Item, Source
from services.workbook.repository import record


def line(
    tx: Transaction,
    kind: str,
    source: Source,
    source_id: UUID,
    *,
    at: datetime,
    code: str | None = None,
    people: Iterable[UUID] = (),
    section: ChapterRole = ChapterRole.SOCIAL_WORKER,
    significant: bool = False,
) -> Item:
    """Make a line of the timeline."""
    return Item(
        id=new_id(),
        kind=kind,
        code=code,
        occurred_at=at,
        recorded_at=tx.now,
        source=source,
        source_id=source_id,
        by=tx.by.id,
        people=tuple(people),
        section=section,
        significant=significant,
    )


async def note(
    tx: Transaction,
    workbook_id: UUID,
    kind: str,
    source: Source,
    source_id: UUID,
    *,
    at: datetime,
    code: str | None = None,
    people: Iterable[UUID] = (),
    section: ChapterRole = ChapterRole.SOCIAL_WORKER,
    significant: bool = False,
) -> None:
    """Write one line of the timeline."""
    written = line(
        tx, kind, source, source_id, at=at, code=code, people=people, section=section, significant=significant
    )
    await record.add_items(tx, workbook_id, [written])
