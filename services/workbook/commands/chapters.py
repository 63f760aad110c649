"""Chapters: begun, drafted section by section, submitted, signed, countersigned or returned, corrected."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import ChapterBegun, ChapterCorrected, ChapterReturned, ChapterSigned, ChapterSubmitted
from libs.kernel.ids import new_id
from services.workbook.commands import timeline
from services.workbook.commands.entries import NotYourSection
from services.workbook.domain import chapters as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chapters import Chapter, ChapterRole, Correction, SectionEdit, State
from services.workbook.domain.chronology import Source
from services.workbook.domain.moments import plausible_moment
from services.workbook.domain.sections import Reader, may_write
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import readers, record
from services.workbook.repository import workbooks as repository


class Held(NamedTuple):
    """A chapter and the workbook that it belongs to."""

    workbook_id: UUID
    chapter: Chapter


async def begin(tx: Transaction, *, workbook_id: UUID, role: ChapterRole) -> Held:
    """Begin the caller's chapter of the present cycle."""
    if not may_write(await readers.reader(tx, workbook_id), role):
        raise NotYourSection("Write in the section that your work with this family gives you.")
    workbook = await repository.to_work_in(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    cycle = await record.current_cycle(tx, workbook_id)
    new = Chapter(id=new_id(), cycle_id=cycle.id, role=role, author_id=tx.by.id, state=State.DRAFTING)
    await record.add_chapter(tx, workbook_id, new)
    audit.record(tx, "chapters:draft", record_id=new.id, family_id=workbook.family_id)
    emit(tx, ChapterBegun(**_told(workbook, new)))
    return Held(workbook_id, new)


class Loaded(NamedTuple):
    """A chapter with its workbook, and the caller as its reader."""

    workbook: Workbook
    chapter: Chapter
    who: Reader


async def _read(tx: Transaction, chapter_id: UUID) -> Loaded:
    workbook_id, chapter = await record.get_chapter(tx, chapter_id)
    who = await readers.need_section(tx, workbook_id, chapter.role)
    return Loaded(await repository.to_work_in(tx, workbook_id), chapter, who)


async def _load(tx: Transaction, chapter_id: UUID) -> Loaded:
    loaded = await _read(tx, chapter_id)
    workbook_rules.say(loaded.workbook, "work")
    return loaded


async def _save(tx: Transaction, workbook: Workbook, changed: Chapter, verb: str, *, revision: int) -> Held:
    new_revision = await record.save_chapter(tx, changed, revision=revision)
    audit.record(tx, f"chapters:{verb}", record_id=changed.id, family_id=workbook.family_id)
    return Held(workbook.id, replace(changed, revision=new_revision))


async def draft(tx: Transaction, *, chapter_id: UUID, edits: Iterable[SectionEdit]) -> Held:
    """Write sections of a draft; each edit says from which revision it was made."""
    workbook, _, _ = await _load(tx, chapter_id)
    # Whoever writes another section at the same moment waits, and both are kept.
    _, chapter = await record.get_chapter(tx, chapter_id, lock=True)
    drafted = rules.draft(chapter, edits=edits, by=tx.by.id, at=tx.now)
    return await _save(tx, workbook, drafted, "draft", revision=chapter.revision)


async def submit(tx: Transaction, *, chapter_id: UUID, revision: int, occurred_at: datetime | None) -> Held:
    """Give a chapter for signing off."""
    workbook, chapter, _ = await _load(tx, chapter_id)
    at = _at(tx, workbook, occurred_at)
    submitted = rules.submit(chapter, by=tx.by.id)
    emit(tx, ChapterSubmitted(**_told(workbook, chapter)), occurred_at=at)
    return await _save(tx, workbook, submitted, "submit", revision=revision)


async def sign(tx: Transaction, *, chapter_id: UUID, revision: int, occurred_at: datetime | None) -> Held:
    """Sign one's own chapter."""
    workbook, chapter, _ = await _load(tx, chapter_id)
    at = _at(tx, workbook, occurred_at)
    signed = rules.sign(chapter, by=tx.by.id, at=at)
    await _note(tx, workbook, chapter, "chapter_signed", at=at)
    emit(tx, ChapterSigned(**_told(workbook, chapter), countersigned=False), occurred_at=at)
    return await _save(tx, workbook, signed, "sign", revision=revision)


async def countersign(tx: Transaction, *, chapter_id: UUID, revision: int, occurred_at: datetime | None) -> Held:
    """Countersign another's chapter."""
    workbook, chapter, who = await _load(tx, chapter_id)
    at = _at(tx, workbook, occurred_at)
    signed = rules.countersign(chapter, by=tx.by.id, roles=tx.by.roles, managed=who.managed)
    await _note(tx, workbook, chapter, "chapter_countersigned", at=at)
    emit(tx, ChapterSigned(**_told(workbook, chapter), countersigned=True), occurred_at=at)
    return await _save(tx, workbook, signed, "countersign", revision=revision)


async def send_back(
    tx: Transaction, *, chapter_id: UUID, revision: int, note: str, occurred_at: datetime | None
) -> Held:
    """Return another's chapter to its author with a note."""
    workbook, chapter, who = await _load(tx, chapter_id)
    returned = rules.send_back(chapter, by=tx.by.id, roles=tx.by.roles, note=note, managed=who.managed)
    emit(tx, ChapterReturned(**_told(workbook, chapter)), occurred_at=_at(tx, workbook, occurred_at))
    return await _save(tx, workbook, returned, "return", revision=revision)


async def correct(tx: Transaction, *, chapter_id: UUID, revision: int, text: str) -> Held:
    """Put a correction beside a signed or locked chapter."""
    workbook, chapter, who = await _read(tx, chapter_id)
    correction = Correction(id=new_id(), text=text, by=tx.by.id, at=tx.now)
    corrected = rules.correct(chapter, correction, roles=tx.by.roles, managed=who.managed)
    emit(tx, ChapterCorrected(**_told(workbook, chapter)))
    return await _save(tx, workbook, corrected, "correct", revision=revision)


def _told(workbook: Workbook, chapter: Chapter) -> dict[str, object]:
    return {
        "chapter_id": chapter.id,
        "workbook_id": workbook.id,
        "family_id": workbook.family_id,
        "role": chapter.role,
    }


def _at(tx: Transaction, workbook: Workbook, occurred_at: datetime | None) -> datetime:
    return plausible_moment(occurred_at, now=tx.now, not_before=workbook.opened_on)


async def _note(tx: Transaction, workbook: Workbook, chapter: Chapter, kind: str, *, at: datetime) -> None:
    await timeline.note(
        tx, workbook.id, kind, Source.CHAPTER, chapter.id, at=at, code=chapter.role, section=chapter.role
    )
