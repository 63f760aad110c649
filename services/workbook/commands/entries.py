"""Entries: recorded once for statute and story, corrected beside the text, struck with the text kept."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import (
    EntryCorrected,
    EntryRecorded,
    EntryStruck,
    SignificantEventRecorded,
    ToolScored,
    VisitRecorded,
    WorkbookActivated,
)
from libs.kernel.deadline import local_day
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, timeline
from services.workbook.domain import acts, tools
from services.workbook.domain import entries as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.chronology import Source
from services.workbook.domain.entries import Addendum, Entry, Kind
from services.workbook.domain.moments import plausible_moment
from services.workbook.domain.sections import may_write
from services.workbook.domain.tools import Comparison
from services.workbook.domain.workbook import State, Workbook
from services.workbook.repository import readers, record
from services.workbook.repository import workbooks as repository


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An entry as it was recorded, and what a score says beside the one before."""

    workbook_id: UUID
    entry: Entry
    comparison: Comparison | None = None


class NotYourSection(rules.NotYours):
    """A practitioner writes in their own section."""


def _measured(entry: Entry) -> tuple[UUID | None, str | None]:
    """Whom and what an entry measures: what it is looked for by."""
    match entry.detail:
        case rules.ToolScore(person_id=person, tool=tool):
            return person, tool
        case rules.Interview(adult_id=adult, topic=topic):
            return adult, topic
        case rules.TestResult(adult_id=adult, substance=substance):
            return adult, substance
        case _:
            return None, None


def _earliest(workbook: Workbook) -> date:
    return min(workbook.opened_on, workbook.referred_on or workbook.opened_on)


async def record_entry(
    tx: Transaction,
    *,
    workbook_id: UUID,
    kind: Kind,
    detail: rules.Detail,
    text: str,
    section: ChapterRole,
    occurred_at: datetime | None,
) -> Recorded:
    """Record what was done, seen or heard."""
    who = await readers.reader(tx, workbook_id)
    if not may_write(who, section):
        raise NotYourSection("Write in the section that your work with this family gives you.")
    # The first visit changes the workbook: whoever visits waits for whoever else does.
    load = repository.to_change if kind is Kind.VISIT else repository.to_work_in
    workbook = await load(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    at = plausible_moment(occurred_at, now=tx.now, not_before=_earliest(workbook))
    entry = rules.check(
        Entry(
            id=new_id(),
            kind=kind,
            state=rules.State.RECORDED,
            detail=rules.as_seen_by(detail, roles=tx.by.roles),
            text=text,
            author_id=tx.by.id,
            section=section,
            occurred_at=at,
            recorded_at=tx.now,
        ),
        children=frozenset(workbook.children),
        adults=frozenset(workbook.adults),
    )
    person_id, measure = _measured(entry)
    await record.add_entry(tx, workbook_id, entry, person_id=person_id, measure=measure)
    await _note(tx, workbook, entry)
    audit.record(tx, "entries:record", record_id=entry.id, family_id=workbook.family_id)
    comparison = await _follow(tx, workbook, entry)
    return Recorded(workbook_id=workbook_id, entry=entry, comparison=comparison)


_SIGNIFICANT = frozenset({Kind.SIGNIFICANT_EVENT, Kind.VISIT, Kind.DECISION, Kind.TEST_RESULT})


async def _note(tx: Transaction, workbook: Workbook, entry: Entry) -> None:
    detail = entry.detail
    code: str | None = None
    people: tuple[UUID, ...] = ()
    match detail:
        case rules.SignificantEvent(code=event_code):
            code = event_code
        case rules.Visit():
            people = detail.children_seen
        case rules.ToolScore(person_id=person, tool=tool):
            code, people = tool, (person,)
        case rules.Interview(adult_id=adult, stage=stage):
            code, people = stage, (adult,)
        case rules.TestResult(adult_id=adult, band=band):
            code, people = band, (adult,)
        case rules.FamilyVoice(person_id=person):
            people = (person,)
        case _:
            pass
    await timeline.note(
        tx, workbook.id, entry.kind, Source.ENTRY, entry.id,
        at=entry.occurred_at, code=code, people=people, section=entry.section,
        significant=entry.kind in _SIGNIFICANT,
    )  # fmt: skip


async def _follow(tx: Transaction, workbook: Workbook, entry: Entry) -> Comparison | None:
    """Do what follows from an entry: clocks, events, the comparison with the score before."""
    match entry.detail:
        case rules.Visit() as visit:
            await _visited(tx, workbook, entry, visit)
        case rules.ToolScore() as scored:
            return await _scored(tx, workbook, entry, scored)
        case rules.SignificantEvent(code=code):
            # No event tells when somebody was born.
            at = entry.recorded_at if code is rules.EventCode.BIRTH else entry.occurred_at
            emit(
                tx,
                SignificantEventRecorded(**_about(workbook, entry), code=code, happened_on=local_day(at)),
                occurred_at=at,
            )
        case _:
            at = entry.occurred_at
            said = EntryRecorded(**_about(workbook, entry), kind=entry.kind, happened_on=local_day(at))
            emit(tx, said, occurred_at=at)
    return None


def _about(workbook: Workbook, entry: Entry) -> dict[str, UUID]:
    """Return the ids that every event about an entry carries."""
    return {"entry_id": entry.id, "workbook_id": workbook.id, "family_id": workbook.family_id}


async def _visited(tx: Transaction, workbook: Workbook, entry: Entry, visit: rules.Visit) -> None:
    at = entry.occurred_at
    if workbook.state is State.OPEN:
        active = workbook_rules.say(workbook, "activate")
        await repository.save(tx, active, before=workbook, revision=workbook.revision, at=at)
        emit(tx, WorkbookActivated(workbook_id=workbook.id, family_id=workbook.family_id), occurred_at=at)
    await clocks.happened(tx, workbook, acts.of_visit(visit, at=at))
    emit(
        tx,
        VisitRecorded(
            **_about(workbook, entry),
            children_seen=visit.children_seen,
            seen_alone=visit.seen_alone,
            visited_on=local_day(at),
            statutory=visit.statutory,
        ),
        occurred_at=at,
    )


async def _scored(tx: Transaction, workbook: Workbook, entry: Entry, scored: rules.ToolScore) -> Comparison:
    score = _score(scored)
    before = await record.measure_before(
        tx, workbook.id, kind=Kind.TOOL_SCORE, person_id=scored.person_id, measure=scored.tool,
        before=entry.occurred_at,
    )  # fmt: skip
    emit(
        tx,
        ToolScored(
            **_about(workbook, entry),
            person_id=scored.person_id,
            tool=scored.tool,
            score=score.total,
            band=score.band,
            scored_on=local_day(entry.occurred_at),
        ),
        occurred_at=entry.occurred_at,
    )
    detail = before.detail if before else None
    return tools.compare(score, before=_score(detail) if isinstance(detail, rules.ToolScore) else None)


def _score(scored: rules.ToolScore) -> tools.Score:
    return tools.score(scored.tool, total=scored.total, items=scored.items, judged=scored.judged)


async def correct(tx: Transaction, *, entry_id: UUID, revision: int, text: str) -> Recorded:
    """Put a correction beside an entry; its text stays."""
    workbook_id, entry = await record.get_entry(tx, entry_id)
    await readers.need_section(tx, workbook_id, entry.section)
    workbook = await repository.get(tx, workbook_id)
    addendum = Addendum(id=new_id(), text=text, by=tx.by.id, at=tx.now)
    corrected = rules.correct(entry, addendum, roles=tx.by.roles)
    new_revision = await record.save_entry(tx, corrected, revision=revision)
    audit.record(tx, "entries:correct", record_id=entry_id, family_id=workbook.family_id)
    emit(tx, EntryCorrected(**_about(workbook, entry), kind=entry.kind))
    return Recorded(workbook_id=workbook_id, entry=replace(corrected, revision=new_revision))


async def strike(tx: Transaction, *, entry_id: UUID, revision: int, reason: str) -> Recorded:
    """Strike an entry as made in error; its text stays, what it did to clocks is undone."""
    workbook_id, entry = await record.get_entry(tx, entry_id)
    await readers.need_section(tx, workbook_id, entry.section)
    workbook = await repository.to_work_in(tx, workbook_id)
    struck = rules.strike(entry, by=tx.by.id, roles=tx.by.roles, reason=reason)
    new_revision = await record.save_entry(tx, struck, revision=revision)
    await record.strike_items(tx, entry_id)
    if isinstance(entry.detail, rules.Visit):
        await clocks.taken_back(tx, workbook, acts.of_visit(entry.detail, at=entry.occurred_at))
    audit.record(tx, "entries:strike", record_id=entry_id, family_id=workbook.family_id)
    emit(tx, EntryStruck(**_about(workbook, entry), kind=entry.kind))
    return Recorded(workbook_id=workbook_id, entry=replace(struck, revision=new_revision))
