"""Cycles, chapters, entries, the timeline and modules as rows."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from libs.kernel.deadline import start_of_day
from services.workbook.domain import acts, chapters, chronology, cycles, entries, modules
from services.workbook.domain.chapters import Chapter
from services.workbook.domain.clocks import Happened
from services.workbook.domain.cycles import Cycle
from services.workbook.domain.entries import DETAIL_OF, Entry, Kind, Visit
from services.workbook.domain.modules import ModuleProgress
from services.workbook.repository import rows
from services.workbook.tables import chapter, cycle, entry, module_progress, timeline_item


async def visits_since(tx: Transaction, workbook_id: UUID, since: date) -> list[Happened]:
    """Return the visits from a day on that were not struck, as what they do to clocks."""
    query = select(entry).where(
        entry.c.workbook_id == workbook_id,
        entry.c.kind == Kind.VISIT,
        entry.c.state != entries.State.STRUCK_IN_ERROR,
        entry.c.occurred_at >= start_of_day(since),
    )
    found = await tx.rows(query.order_by(entry.c.occurred_at, entry.c.id))
    return [act for row in found for act in acts.of_visit(rows.read(Visit, row.detail), at=row.occurred_at)]


async def current_cycle(tx: Transaction, workbook_id: UUID) -> Cycle:
    """Return the cycle that has not been closed, or else the last; raise `NoSuchRecord` if there never was one."""
    query = select(cycle).where(cycle.c.workbook_id == workbook_id).order_by(cycle.c.number.desc()).limit(1)
    row = await tx.row(query)
    if row is None:
        raise rows.NoSuchRecord
    return rows.read(Cycle, row)


async def cycle_of(tx: Transaction, cycle_id: UUID) -> Cycle:
    """Return a cycle."""
    return rows.read(Cycle, await rows.get(tx, cycle, cycle_id))


async def cycles_of(tx: Transaction, workbook_id: UUID) -> list[Cycle]:
    """Return all cycles of a workbook, from the first."""
    found = await tx.rows(select(cycle).where(cycle.c.workbook_id == workbook_id).order_by(cycle.c.number))
    return [rows.read(Cycle, row) for row in found]


async def add_cycle(tx: Transaction, workbook_id: UUID, new: Cycle) -> None:
    """Insert a cycle."""
    await rows.add(tx, cycle, [new], workbook_id=workbook_id)


async def close_cycle(tx: Transaction, closed: Cycle) -> None:
    """Write a cycle that was closed, or that fell due."""
    laid = rows.columns(cycle, closed)
    await tx.do(update(cycle).where(cycle.c.id == laid.pop("id")).values(**laid))


async def cycles_fallen_due(tx: Transaction, *, today: date, limit: int) -> int:
    """Mark cycles whose group supervision was due before today; return how many."""
    due = select(cycle.c.id).where(cycle.c.state == cycles.State.CURRENT, cycle.c.due_on < today).limit(limit)
    # One that somebody is closing just now is left alone: waiting for it could only mark a closed cycle.
    due = due.with_for_update(skip_locked=True)
    return await tx.do(update(cycle).where(cycle.c.id.in_(due)).values(state=cycles.State.DUE))


async def get_chapter(tx: Transaction, chapter_id: UUID, *, lock: bool = False) -> tuple[UUID, Chapter]:
    """Return the id of a chapter's workbook, and the chapter."""
    row = await rows.get(tx, chapter, chapter_id, lock=lock)
    return row.workbook_id, rows.read(Chapter, row)


async def chapters_of(tx: Transaction, cycle_id: UUID) -> list[Chapter]:
    """Return the chapters of a cycle."""
    found = await tx.rows(select(chapter).where(chapter.c.cycle_id == cycle_id).order_by(chapter.c.id))
    return [rows.read(Chapter, row) for row in found]


async def signed_chapters(tx: Transaction, workbook_id: UUID) -> list[Chapter]:
    """Return the signed chapters of all cycles: what an assessment is composed from."""
    query = select(chapter).where(
        chapter.c.workbook_id == workbook_id, chapter.c.signed_at.is_not(None), chapter.c.incomplete.is_(False)
    )
    return [rows.read(Chapter, row) for row in await tx.rows(query.order_by(chapter.c.id))]


async def add_chapter(tx: Transaction, workbook_id: UUID, new: Chapter) -> None:
    """Insert a chapter."""
    await rows.add(tx, chapter, [new], workbook_id=workbook_id)


async def save_chapter(tx: Transaction, changed: Chapter, *, revision: int) -> int:
    """Write a changed chapter."""
    return await rows.save(tx, chapter, changed, revision=revision)


async def lock_chapters(tx: Transaction, locked: Sequence[Chapter]) -> None:
    """Write the chapters of a closed cycle as locked: one statement for those that were signed, one for the others."""
    for incomplete in (False, True):
        ids = [each.id for each in locked if each.incomplete is incomplete]
        if ids:
            await tx.do(
                update(chapter)
                .where(chapter.c.id.in_(ids))
                .values(state=chapters.State.LOCKED, incomplete=incomplete, revision=chapter.c.revision + 1)
            )


def entry_of(row: Row[Any]) -> Entry:
    """Make an entry of its row."""
    detail = rows.read(DETAIL_OF[Kind(row.kind)], row.detail)
    return Entry(
        id=row.id,
        kind=Kind(row.kind),
        state=entries.State(row.state),
        detail=detail,
        text=row.text,
        author_id=row.author_id,
        section=chapters.ChapterRole(row.section),
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        addenda=tuple(rows.read(entries.Addendum, addendum) for addendum in row.addenda),
        struck_reason=row.struck_reason,
        revision=row.revision,
    )


async def get_entry(tx: Transaction, entry_id: UUID) -> tuple[UUID, Entry]:
    """Return the id of an entry's workbook, and the entry."""
    row = await rows.get(tx, entry, entry_id)
    return row.workbook_id, entry_of(row)


async def add_entry(
    tx: Transaction, workbook_id: UUID, new: Entry, *, person_id: UUID | None, measure: str | None
) -> None:
    """Insert an entry; `person_id` and `measure` are what it will be looked for by."""
    await rows.add(tx, entry, [new], workbook_id=workbook_id, person_id=person_id, measure=measure)


async def save_entry(tx: Transaction, changed: Entry, *, revision: int) -> int:
    """Write an entry that was corrected or struck."""
    return await rows.save(tx, entry, changed, revision=revision)


async def measure_before(
    tx: Transaction, workbook_id: UUID, *, kind: Kind, person_id: UUID, measure: str, before: datetime
) -> Entry | None:
    """Return the entry before a moment that measured the same of the same person, if it stands."""
    query = (
        select(entry)
        .where(
            entry.c.workbook_id == workbook_id,
            entry.c.kind == kind,
            entry.c.person_id == person_id,
            entry.c.measure == measure,
            entry.c.occurred_at < before,
            entry.c.state != entries.State.STRUCK_IN_ERROR,
        )
        .order_by(entry.c.occurred_at.desc())
        .limit(1)
    )
    row = await tx.row(query)
    return None if row is None else entry_of(row)


async def add_items(tx: Transaction, workbook_id: UUID, items: Sequence[chronology.Item]) -> None:
    """Insert lines of the timeline in one statement."""
    await rows.add(tx, timeline_item, items, workbook_id=workbook_id)


async def strike_items(tx: Transaction, source_id: UUID, *, kind: str | None = None) -> None:
    """Mark the lines of a struck record, or those of one kind, which stay visible as struck."""
    which = (timeline_item.c.source_id == source_id) & timeline_item.c.struck_at.is_(None)
    if kind is not None:
        which &= timeline_item.c.kind == kind
    await tx.do(update(timeline_item).where(which).values(struck_at=tx.now))


async def get_module(tx: Transaction, workbook_id: UUID, code: int) -> ModuleProgress:
    """Return a family's progress in a module: not started until somebody says otherwise."""
    if code not in modules.CODES:
        raise rows.NoSuchRecord
    query = select(module_progress).where(module_progress.c.workbook_id == workbook_id, module_progress.c.code == code)
    row = await tx.row(query.with_for_update())
    return ModuleProgress(code=code) if row is None else rows.read(ModuleProgress, row)


async def save_module(tx: Transaction, workbook_id: UUID, changed: ModuleProgress) -> None:
    """Write a family's progress in a module."""
    laid = rows.columns(module_progress, changed)
    statement = insert(module_progress).values(workbook_id=workbook_id, **laid)
    await tx.connection.execute(statement.on_conflict_do_update(index_elements=["workbook_id", "code"], set_=laid))


async def end_cycles(tx: Transaction, workbook_id: UUID, *, on: date) -> None:
    """Close what cycle is open as the workbook closes."""
    open_ones = (cycle.c.workbook_id == workbook_id) & (cycle.c.state != cycles.State.CLOSED)
    await tx.do(update(cycle).where(open_ones).values(state=cycles.State.CLOSED, closed_on=on))
