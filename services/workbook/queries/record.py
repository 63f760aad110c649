"""Entries, chapters, the timeline, stages of change and modules, as the reader may see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.dialects.postgresql import distinct_on

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from services.workbook.domain import entries as entry_rules
from services.workbook.domain import modules, sections, tools
from services.workbook.domain.chapters import Chapter, ChapterRole
from services.workbook.domain.cycles import Cycle
from services.workbook.domain.entries import Entry, Kind
from services.workbook.domain.modules import ModuleProgress
from services.workbook.domain.sections import Reader
from services.workbook.domain.tools import Comparison
from services.workbook.repository import readers, rows
from services.workbook.repository import record as repository
from services.workbook.repository import workbooks as workbook_rows
from services.workbook.tables import chapter, entry, module_progress, timeline_item


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """An entry with its workbook, and what a score says beside the one before."""

    workbook_id: UUID
    entry: Entry
    comparison: Comparison | None = None


async def _seen(tx: Transaction, workbook_id: UUID, action: str) -> list[ChapterRole]:
    """Return the sections that the caller sees of a workbook that is there, and note that they look."""
    who: Reader = await readers.reader(tx, workbook_id)
    held = await workbook_rows.get(tx, workbook_id)
    audit.record(tx, action, record_id=workbook_id, family_id=held.family_id)
    return sorted(sections.visible(who))


async def entry_of(tx: Transaction, entry_id: UUID) -> Read:
    """Return an entry, and for a score how it compares with the one before."""
    workbook_id, held = await repository.get_entry(tx, entry_id)
    await readers.need_section(tx, workbook_id, held.section)
    family_id = (await workbook_rows.get(tx, workbook_id)).family_id
    audit.record(tx, "entries:read", record_id=entry_id, family_id=family_id)
    if not isinstance(held.detail, entry_rules.ToolScore):
        return Read(workbook_id=workbook_id, entry=held)
    scored = held.detail
    before = await repository.measure_before(
        tx, workbook_id, kind=Kind.TOOL_SCORE, person_id=scored.person_id, measure=scored.tool,
        before=held.occurred_at,
    )  # fmt: skip
    earlier = before.detail if before else None
    comparison = tools.compare(
        _score(scored), before=_score(earlier) if isinstance(earlier, entry_rules.ToolScore) else None
    )
    return Read(workbook_id=workbook_id, entry=held, comparison=comparison)


def _score(scored: entry_rules.ToolScore) -> tools.Score:
    return tools.score(scored.tool, total=scored.total, items=scored.items, judged=scored.judged)


async def entries(
    tx: Transaction, workbook_id: UUID, *, kind: Kind | None, wanted: Wanted
) -> tuple[list[Read], str | None]:
    """Return a page of entries, latest first."""
    seen = await _seen(tx, workbook_id, "entries:read")
    query = select(entry).where(entry.c.workbook_id == workbook_id, entry.c.section.in_(seen))
    if kind is not None:
        query = query.where(entry.c.kind == kind)
    found, following = await rows_after(
        tx, query, keys=[entry.c.occurred_at, entry.c.id], wanted=wanted, newest_first=True
    )
    return [Read(workbook_id=workbook_id, entry=repository.entry_of(row)) for row in found], following


def timeline_query(
    workbook_id: UUID,
    *,
    seen: list[ChapterRole],
    kind: str | None = None,
    significant: bool = False,
    happened_by: datetime | None = None,
    known_by: datetime | None = None,
) -> Select[Any]:
    """Make the query of a timeline: what had happened by one moment, as it was known at another."""
    item = timeline_item.c
    query = select(timeline_item).where(item.workbook_id == workbook_id, item.section.in_(seen))
    if kind is not None:
        query = query.where(item.kind == kind)
    if significant:
        query = query.where(item.significant, item.struck_at.is_(None))
    if happened_by is not None:
        query = query.where(item.occurred_at <= happened_by)
    if known_by is not None:
        query = query.where(item.recorded_at <= known_by)
    return query


async def timeline(
    tx: Transaction,
    workbook_id: UUID,
    *,
    kind: str | None,
    significant: bool,
    happened_by: datetime | None,
    known_by: datetime | None,
    wanted: Wanted,
) -> tuple[list[Row[Any]], str | None]:
    """Return a page of the timeline, or of the chronology, latest first."""
    seen = await _seen(tx, workbook_id, "timeline:read")
    query = timeline_query(
        workbook_id, seen=seen, kind=kind, significant=significant, happened_by=happened_by, known_by=known_by
    )
    keys = [timeline_item.c.occurred_at, timeline_item.c.id]
    found, following = await rows_after(tx, query, keys=keys, wanted=wanted, newest_first=True)
    return list(found), following


async def chapters(tx: Transaction, workbook_id: UUID, *, wanted: Wanted) -> tuple[list[Chapter], str | None]:
    """Return a page of chapters of all cycles, latest first."""
    seen = await _seen(tx, workbook_id, "chapters:read")
    query = select(chapter).where(chapter.c.workbook_id == workbook_id, chapter.c.role.in_(seen))
    found, following = await rows_after(tx, query, keys=[chapter.c.id], wanted=wanted, newest_first=True)
    return [rows.read(Chapter, row) for row in found], following


async def chapter_of(tx: Transaction, chapter_id: UUID) -> tuple[UUID, Chapter]:
    """Return a chapter and its workbook's id."""
    workbook_id, held = await repository.get_chapter(tx, chapter_id)
    await readers.need_section(tx, workbook_id, held.role)
    family_id = (await workbook_rows.get(tx, workbook_id)).family_id
    audit.record(tx, "chapters:read", record_id=chapter_id, family_id=family_id)
    return workbook_id, held


async def cycles(tx: Transaction, workbook_id: UUID) -> list[Cycle]:
    """Return all cycles of a workbook."""
    await _seen(tx, workbook_id, "workbooks:read")
    return await repository.cycles_of(tx, workbook_id)


async def stages(tx: Transaction, workbook_id: UUID) -> list[Entry]:
    """Return where each adult stands in the cycle of change, for each topic: the latest conversation about it."""
    seen = await _seen(tx, workbook_id, "entries:read")
    query = (
        select(entry)
        .ext(distinct_on(entry.c.person_id, entry.c.measure))
        .where(
            entry.c.workbook_id == workbook_id,
            entry.c.kind == Kind.MOTIVATIONAL_INTERVIEWING,
            entry.c.measure.is_not(None),
            entry.c.state != entry_rules.State.STRUCK_IN_ERROR,
            entry.c.section.in_(seen),
        )
        .order_by(entry.c.person_id, entry.c.measure, entry.c.occurred_at.desc(), entry.c.id.desc())
    )
    return [repository.entry_of(row) for row in await tx.rows(query)]


async def module_progresses(tx: Transaction, workbook_id: UUID) -> list[ModuleProgress]:
    """Return a family's progress in all eight modules."""
    await _seen(tx, workbook_id, "workbooks:read")
    found = await tx.rows(select(module_progress).where(module_progress.c.workbook_id == workbook_id))
    held = {row.code: rows.read(ModuleProgress, row) for row in found}
    return [held.get(module.code, ModuleProgress(code=module.code)) for module in modules.MODULES]
