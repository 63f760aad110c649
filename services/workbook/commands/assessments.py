"""Child and family assessments: started, composed from signed chapters, authorised by a manager."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import AssessmentAuthorised, AssessmentComposed, AssessmentStarted
from libs.kernel.codes import AssessmentFactor, AssessmentOutcome
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, timeline
from services.workbook.domain import assessments as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.assessments import Assessment, State
from services.workbook.domain.chronology import Source
from services.workbook.domain.clock_rules import Chain
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.entries import NotInFamily
from services.workbook.domain.moments import plausible_date
from services.workbook.repository import record, statutory
from services.workbook.repository import workbooks as repository


class Held(NamedTuple):
    """An assessment and the workbook that it belongs to."""

    workbook_id: UUID
    assessment: Assessment


async def start(
    tx: Transaction, *, workbook_id: UUID, children: Iterable[UUID] | None, started_on: date | None
) -> Held:
    """Start an assessment of some of the family's children, or of all."""
    workbook = await repository.to_change(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    chosen = workbook.children if children is None else tuple(dict.fromkeys(children))
    if not chosen or not set(chosen) <= set(workbook.children):
        raise NotInFamily("That child is not a child of the family.", at="/children")
    on = plausible_date(started_on, today=local_day(tx.now), field="/started_on")
    others = await statutory.assessments_of(tx, workbook_id)
    new = rules.start(
        Assessment(id=new_id(), state=State.STARTED, children=chosen, referred_on=workbook.referred_on, started_on=on),
        others=others,
    )
    await statutory.add_assessment(tx, workbook_id, workbook.referral_id, new)
    at = start_of_day(on)
    await timeline.note(
        tx, workbook_id, "assessment_started", Source.ASSESSMENT, new.id, at=at, people=chosen, significant=True
    )
    since = {Chain.ASSESSMENT: start_of_day(rules.counts_from(new, others=others))}
    acts = [
        Happened(act=Act.ASSESSMENT_STARTED, at=at, child_id=child, since=since, assessment_id=new.id)
        for child in chosen
    ]
    await clocks.happened(tx, workbook, acts)
    audit.record(tx, "assessments:start", record_id=new.id, family_id=workbook.family_id)
    emit(
        tx,
        AssessmentStarted(
            assessment_id=new.id,
            workbook_id=workbook_id,
            family_id=workbook.family_id,
            referral_id=workbook.referral_id,
            children=chosen,
            started_on=on,
        ),
        occurred_at=at,
    )
    return Held(workbook_id, new)


async def compose(tx: Transaction, *, assessment_id: UUID, revision: int) -> Held:
    """Make the assessment's next version from the chapters that are signed now."""
    workbook_id, _, assessment = await statutory.get_assessment(tx, assessment_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    signed = await record.signed_chapters(tx, workbook_id)
    composed = rules.compose(assessment, chapters=signed)
    new_revision = await statutory.save_assessment(tx, composed, revision=revision)
    audit.record(tx, "assessments:compose", record_id=assessment_id, family_id=workbook.family_id)
    emit(
        tx,
        AssessmentComposed(
            assessment_id=assessment_id,
            workbook_id=workbook_id,
            family_id=workbook.family_id,
            version=composed.version,
            chapters=tuple(section.chapter_id for section in composed.sections),
        ),
    )
    return Held(workbook_id, replace(composed, revision=new_revision))


async def authorise(
    tx: Transaction,
    *,
    assessment_id: UUID,
    revision: int,
    authorised_on: date | None,
    factors: Iterable[AssessmentFactor],
    outcome: AssessmentOutcome,
) -> Held:
    """Authorise an assessment, with the factors that it found and what it led to."""
    workbook_id, referral_id, assessment = await statutory.get_assessment(tx, assessment_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    on = plausible_date(authorised_on, today=local_day(tx.now), field="/authorised_on")
    done = rules.authorise(assessment, by=tx.by.id, on=on, factors=factors, outcome=outcome)
    new_revision = await statutory.save_assessment(tx, done, revision=revision)
    at = start_of_day(on)
    await timeline.note(
        tx, workbook_id, "assessment_authorised", Source.ASSESSMENT, done.id,
        at=at, code=outcome, people=done.children, significant=True,
    )  # fmt: skip
    await clocks.happened(tx, workbook, [Happened(act=Act.ASSESSMENT_AUTHORISED, at=at, assessment_id=done.id)])
    audit.record(tx, "assessments:authorise", record_id=done.id, family_id=workbook.family_id)
    emit(
        tx,
        AssessmentAuthorised(
            assessment_id=done.id,
            workbook_id=workbook_id,
            family_id=workbook.family_id,
            referral_id=referral_id,
            children=done.children,
            referred_on=done.referred_on,
            started_on=done.started_on,
            authorised_on=on,
            factors=done.factors,
            outcome=outcome,
        ),
        occurred_at=at,
    )
    return Held(workbook_id, replace(done, revision=new_revision))
