"""What is still open in a workbook: the facts that closing looks at."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, exists, func, literal, or_, select, union_all

from libs.chassis.database import Transaction
from services.workbook.domain import assessments, chapters, enquiries, network_meetings, supervision
from services.workbook.domain.chronology import Source
from services.workbook.domain.practitioner_requests import OPEN, Specialism
from services.workbook.domain.sections import section_of
from services.workbook.domain.workbook import LooseEnds, Workbook
from services.workbook.repository import record
from services.workbook.tables import (
    action,
    assessment,
    chapter,
    conference,
    cycle,
    enquiry,
    network_meeting,
    plan_spell,
    practitioner_request,
    timeline_item,
)
from services.workbook.tables import supervision as supervision_table

#: What bears a date after which a workbook may close; sign-offs and other services' news do not.
_DATED = (Source.ENTRY, Source.ASSESSMENT, Source.ENQUIRY, Source.CONFERENCE, Source.SPELL, Source.SUPERVISION)


def _open_things(
    workbook_id: UUID, cycle_id: UUID, seen: frozenset[chapters.ChapterRole]
) -> list[Select[tuple[str, UUID]]]:
    specialisms = sorted(each for each in Specialism if section_of(each) in seen)
    unsigned = chapters.State.DRAFTING, chapters.State.SUBMITTED, chapters.State.RETURNED
    return [
        select(literal("request"), practitioner_request.c.id).where(
            practitioner_request.c.workbook_id == workbook_id,
            practitioner_request.c.state.in_(sorted(OPEN)),
            practitioner_request.c.specialism.in_(specialisms),
        ),
        select(literal("spell"), plan_spell.c.id).where(
            plan_spell.c.workbook_id == workbook_id, plan_spell.c.ended_on.is_(None)
        ),
        select(literal("chapter"), chapter.c.id).where(
            chapter.c.cycle_id == cycle_id, chapter.c.state.in_(unsigned), chapter.c.role.in_(sorted(seen))
        ),
        select(literal("assessment"), assessment.c.id).where(
            assessment.c.workbook_id == workbook_id, assessment.c.state == assessments.State.STARTED
        ),
        select(literal("enquiry"), enquiry.c.id).where(
            enquiry.c.workbook_id == workbook_id, enquiry.c.state == enquiries.State.STARTED
        ),
    ]


def _left_undone(workbook: Workbook, seen: frozenset[chapters.ChapterRole]) -> list[Select[tuple[str, UUID]]]:
    incomplete = (
        select(literal("incomplete"), chapter.c.id)
        .join(cycle, cycle.c.id == chapter.c.cycle_id)
        .where(
            chapter.c.workbook_id == workbook.id,
            cycle.c.opened_on >= workbook.opened_on,
            chapter.c.incomplete,
            chapter.c.corrections == [],
            chapter.c.role.in_(sorted(seen)),
        )
    )
    meetings = select(literal("meeting"), network_meeting.c.id).where(
        network_meeting.c.workbook_id == workbook.id, network_meeting.c.state.in_(sorted(network_meetings.OPEN))
    )
    actions = select(literal("action"), action.c.id).where(
        action.c.workbook_id == workbook.id, action.c.done_on.is_(None)
    )
    # What was agreed in group supervision may be about any section.
    return [incomplete, meetings, *([actions] if seen == frozenset(chapters.ChapterRole) else [])]


async def _open_ids(
    tx: Transaction, workbook: Workbook, cycle_id: UUID, seen: frozenset[chapters.ChapterRole]
) -> dict[str, tuple[UUID, ...]]:
    open_things = union_all(*_open_things(workbook.id, cycle_id, seen), *_left_undone(workbook, seen)).subquery()
    found: dict[str, tuple[UUID, ...]] = {}
    kind, id_ = open_things.c
    for row in await tx.rows(select(kind.label("kind"), id_.label("id")).order_by(kind, id_)):
        found[row.kind] = (*found.get(row.kind, ()), row.id)
    return found


async def _facts(tx: Transaction, workbook: Workbook) -> Row[Any]:
    """Return what else closing looks at: the last decision, whether anything was assessed or done, the last date."""
    since = workbook.referred_on or workbook.opened_on
    decided = (
        select(supervision_table.c.decision)
        .where(
            supervision_table.c.workbook_id == workbook.id,
            supervision_table.c.state == supervision.State.RECORDED,
            supervision_table.c.held_on >= workbook.opened_on,
        )
        .order_by(supervision_table.c.held_on.desc(), supervision_table.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    other = [
        exists().where(
            plan_spell.c.workbook_id == workbook.id, plan_spell.c.started_on >= since, plan_spell.c.kind != "eh"
        ),
        exists().where(enquiry.c.workbook_id == workbook.id, enquiry.c.started_on >= since),
        exists().where(conference.c.workbook_id == workbook.id, conference.c.held_on >= since),
    ]
    authorised = exists().where(assessment.c.workbook_id == workbook.id, assessment.c.authorised_on >= since)
    last_at = (
        select(func.max(timeline_item.c.occurred_at))
        .where(
            timeline_item.c.workbook_id == workbook.id,
            timeline_item.c.source.in_(_DATED),
            timeline_item.c.struck_at.is_(None),
        )
        .scalar_subquery()
    )
    facts = select(
        decided.label("decision"),
        or_(*other).label("other"),
        authorised.label("authorised"),
        func.timezone("Europe/London", last_at).label("last_at"),
    )
    return (await tx.rows(facts))[0]


async def loose_ends(
    tx: Transaction, workbook: Workbook, *, seen: frozenset[chapters.ChapterRole] = frozenset(chapters.ChapterRole)
) -> LooseEnds:
    """Return everything in some sections that keeps a workbook open: three statements."""
    present = await record.current_cycle(tx, workbook.id)
    ids = await _open_ids(tx, workbook, present.id, seen)
    facts = await _facts(tx, workbook)
    return LooseEnds(
        cycle_id=present.id,
        requests=ids.get("request", ()),
        spells=ids.get("spell", ()),
        unsigned_chapters=ids.get("chapter", ()),
        assessments=ids.get("assessment", ()),
        enquiries=ids.get("enquiry", ()),
        incomplete_chapters=ids.get("incomplete", ()),
        meetings=ids.get("meeting", ()),
        actions=ids.get("action", ()),
        supervised=facts.decision in supervision.ENDS_WORK,
        authorised_assessment=facts.authorised,
        other_activity=facts.other,
        last_on=facts.last_at.date() if facts.last_at else None,
    )
