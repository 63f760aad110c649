"""Plan spells, assessments, enquiries and conferences as rows."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select, update

from libs.chassis.database import Transaction
from services.workbook.domain import acts, conferences
from services.workbook.domain.assessments import Assessment
from services.workbook.domain.clocks import Happened
from services.workbook.domain.conferences import Conference
from services.workbook.domain.enquiries import Enquiry
from services.workbook.domain.spells import History, Spell
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import rows
from services.workbook.tables import assessment, conference, enquiry, plan_spell


async def get_spell(tx: Transaction, spell_id: UUID) -> tuple[UUID, int, Spell]:
    """Return the id of a spell's workbook, its revision, and the spell."""
    row = await rows.get(tx, plan_spell, spell_id)
    return row.workbook_id, row.revision, rows.read(Spell, row)


async def spells_of(tx: Transaction, workbook_id: UUID) -> list[Spell]:
    """Return all spells of a workbook's children, from the first."""
    query = select(plan_spell).where(plan_spell.c.workbook_id == workbook_id)
    found = await tx.rows(query.order_by(plan_spell.c.started_on, plan_spell.c.id))
    return [rows.read(Spell, row) for row in found]


def spells_query(children: Iterable[UUID]) -> Select[Any]:
    """Select all plans that some children were ever on, wherever they were recorded."""
    return select(plan_spell).where(plan_spell.c.child_id.in_(list(children))).order_by(plan_spell.c.started_on)


async def histories(tx: Transaction, workbook: Workbook, children: Iterable[UUID]) -> dict[UUID, History]:
    """Return what the rules of plans look at, for some children of a workbook: two statements."""
    wanted = tuple(dict.fromkeys(children))
    held = await tx.rows(spells_query(wanted))
    initial = await tx.rows(
        select(conference.c.held_on, conference.c.decisions).where(
            conference.c.workbook_id == workbook.id, conference.c.kind == conferences.Kind.INITIAL
        )
    )
    decided = [(UUID(said["child_id"]), row.held_on, said["plan"]) for row in initial for said in row.decisions]
    return {
        child: History(
            child_id=child,
            # A family that came back has older plans: they belong to an earlier referral.
            referred_on=workbook.referred_on,
            conferences=frozenset(on for whom, on, plan in decided if whom == child and plan),
            conferred=frozenset(on for whom, on, _ in decided if whom == child),
            spells=tuple(rows.read(Spell, row) for row in held if row.child_id == child),
        )
        for child in wanted
    }


async def add_spells(tx: Transaction, workbook_id: UUID, new: Sequence[Spell]) -> None:
    """Insert spells in one statement."""
    await rows.add(tx, plan_spell, new, workbook_id=workbook_id, revision=1)


async def revisions_of(tx: Transaction, spell_ids: Iterable[UUID]) -> dict[UUID, int]:
    """Return the present revision of each of some spells."""
    wanted = list(spell_ids)
    if not wanted:
        return {}
    found = await tx.rows(select(plan_spell.c.id, plan_spell.c.revision).where(plan_spell.c.id.in_(wanted)))
    return {row.id: row.revision for row in found}


async def save_spell(tx: Transaction, changed: Spell, *, revision: int) -> int:
    """Write a changed spell."""
    return await rows.save(tx, plan_spell, changed, revision=revision)


async def end_spells(tx: Transaction, ended: Sequence[Spell]) -> None:
    """Write spells that ended on one day for one reason, in one statement."""
    if ended:
        await tx.do(
            update(plan_spell)
            .where(plan_spell.c.id.in_([spell.id for spell in ended]))
            .values(ended_on=ended[0].ended_on, end_reason=ended[0].end_reason, revision=plan_spell.c.revision + 1)
        )


async def review_spells(tx: Transaction, reviewed: Sequence[Spell]) -> None:
    """Write the review dates of spells."""
    for spell in reviewed:
        await tx.do(
            update(plan_spell)
            .where(plan_spell.c.id == spell.id)
            .values(reviewed_on=list(spell.reviewed_on), revision=plan_spell.c.revision + 1)
        )


async def get_assessment(tx: Transaction, assessment_id: UUID) -> tuple[UUID, UUID | None, Assessment]:
    """Return the ids of an assessment's workbook and referral, and the assessment."""
    row = await rows.get(tx, assessment, assessment_id)
    return row.workbook_id, row.referral_id, rows.read(Assessment, row)


async def assessments_of(tx: Transaction, workbook_id: UUID) -> list[Assessment]:
    """Return a workbook's assessments, from the first."""
    query = select(assessment).where(assessment.c.workbook_id == workbook_id)
    found = await tx.rows(query.order_by(assessment.c.started_on, assessment.c.id))
    return [rows.read(Assessment, row) for row in found]


async def add_assessment(tx: Transaction, workbook_id: UUID, referral_id: UUID | None, new: Assessment) -> None:
    """Insert an assessment."""
    await rows.add(tx, assessment, [new], workbook_id=workbook_id, referral_id=referral_id)


async def save_assessment(tx: Transaction, changed: Assessment, *, revision: int) -> int:
    """Write a changed assessment."""
    return await rows.save(tx, assessment, changed, revision=revision)


async def get_enquiry(tx: Transaction, enquiry_id: UUID) -> tuple[UUID, UUID | None, Enquiry]:
    """Return the ids of an enquiry's workbook and referral, and the enquiry."""
    row = await rows.get(tx, enquiry, enquiry_id)
    return row.workbook_id, row.referral_id, rows.read(Enquiry, row)


async def enquiries_of(tx: Transaction, workbook_id: UUID) -> list[Enquiry]:
    """Return a workbook's enquiries, from the first."""
    query = select(enquiry).where(enquiry.c.workbook_id == workbook_id)
    found = await tx.rows(query.order_by(enquiry.c.started_on, enquiry.c.id))
    return [rows.read(Enquiry, row) for row in found]


async def add_enquiries(tx: Transaction, workbook_id: UUID, referral_id: UUID | None, new: Sequence[Enquiry]) -> None:
    """Insert enquiries in one statement."""
    await rows.add(tx, enquiry, new, workbook_id=workbook_id, referral_id=referral_id)


async def save_enquiry(tx: Transaction, changed: Enquiry, *, revision: int) -> int:
    """Write a changed enquiry."""
    return await rows.save(tx, enquiry, changed, revision=revision)


async def meetings_since(tx: Transaction, workbook_id: UUID, since: date) -> list[Happened]:
    """Return the conferences and meetings from a day on, as what they do to clocks."""
    query = select(conference).where(conference.c.workbook_id == workbook_id, conference.c.held_on >= since)
    found = await tx.rows(query.order_by(conference.c.held_on, conference.c.id))
    return [act for row in found for act in acts.of_meeting(rows.read(Conference, row))]


async def add_conference(tx: Transaction, workbook_id: UUID, new: Conference) -> None:
    """Insert a conference."""
    await rows.add(tx, conference, [new], workbook_id=workbook_id, revision=1)
