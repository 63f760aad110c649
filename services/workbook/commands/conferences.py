"""Conferences and other statutory meetings about children, and what they do to enquiries, plans and clocks."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.envelope import Event
from libs.contracts.workbook import ConferenceHeld, StatutoryMeetingHeld
from libs.kernel.codes import PlanEndReason
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.errors import NotPermitted
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, enquiries, timeline
from services.workbook.commands import spells as plans
from services.workbook.domain import acts, beginnings, spells
from services.workbook.domain import conferences as rules
from services.workbook.domain import enquiries as enquiry_rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.beginnings import Begun
from services.workbook.domain.chronology import Source
from services.workbook.domain.conferences import CONFERENCES, ChildDecision, Conference, Kind
from services.workbook.domain.entries import NotInFamily
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.spells import History
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import statutory
from services.workbook.repository import workbooks as repository


class Held(NamedTuple):
    """A conference and the workbook that it belongs to."""

    workbook_id: UUID
    conference: Conference


class ChairNeeded(NotPermitted):
    """A conference is recorded by its chair or a manager."""


async def hold(
    tx: Transaction,
    *,
    workbook_id: UUID,
    kind: Kind,
    held_on: date,
    decisions: tuple[ChildDecision, ...],
    chair_id: UUID | None,
    agencies: int | None,
) -> Held:
    """Record a conference or meeting that was held, with what it decided for each child: its plans begin with it."""
    if tx.by.roles.isdisjoint(rules.RECORDERS[kind]):
        raise ChairNeeded(f"A {kind} is recorded by its chair or a manager.")
    workbook = await repository.to_change(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    held = rules.record(
        Conference(id=new_id(), kind=kind, held_on=held_on, decisions=decisions, chair_id=chair_id, agencies=agencies),
        referred_on=workbook.referred_on,
        today=local_day(tx.now),
    )
    if not set(held.children) <= set(workbook.children):
        raise NotInFamily("That child is not a child of the family.", at="/children")
    histories = await _check_plans(tx, workbook, held)
    await statutory.add_conference(tx, workbook_id, held)
    at = start_of_day(held.held_on)
    await timeline.note(
        tx, workbook_id, f"{kind}_held", Source.CONFERENCE, held.id,
        at=at, people=held.children, significant=True,
    )  # fmt: skip
    if kind is Kind.INITIAL:
        await _end_enquiries(tx, workbook, held)
    await clocks.happened(tx, workbook, acts.of_meeting(held))
    audit.record(tx, "conferences:record", record_id=held.id, family_id=workbook.family_id)
    _tell(tx, workbook, held)
    if kind is Kind.INITIAL and held.planned:
        await _protect(tx, workbook, histories, held)
    return Held(workbook_id, held)


async def _check_plans(tx: Transaction, workbook: Workbook, held: Conference) -> Mapping[UUID, History]:
    """Return the histories of the children of a meeting about plans; refuse it where they do not allow it.

    A review is noted on the plans that it reviewed.
    """
    about = rules.PLAN_OF.get(held.kind)
    if about is None and held.kind is not Kind.INITIAL:
        return {}
    histories = await statutory.histories(tx, workbook, held.children)
    if about is None:
        beginnings.may_confer(histories.values(), on=held.held_on)
        return histories
    spells.need_plan(histories.values(), about, on=held.held_on)
    if held.kind is Kind.REVIEW:
        await _note_review(tx, histories, held)
    return histories


async def _protect(tx: Transaction, workbook: Workbook, histories: Mapping[UUID, History], held: Conference) -> None:
    """Start the child protection plans that an initial conference decided on; they take the place of lesser plans."""
    planned = {decision.child_id: decision for decision in held.planned}
    children = [
        Begun(child_id=child, category=decision.category, previous_cp_plans=decision.previous_cp_plans)
        for child, decision in planned.items()
    ]
    decided = {
        child: replace(history, conferences=history.conferences | {held.held_on})
        for child, history in histories.items()
        if child in planned
    }
    await plans.supersede(
        tx, workbook, decided, children, by=SpellKind.CP, on=held.held_on, reason=PlanEndReason.STEP_UP
    )
    await plans.relevel(tx, workbook, on=held.held_on)


async def _note_review(tx: Transaction, histories: Mapping[UUID, History], held: Conference) -> None:
    before = {spell.id: spell for history in histories.values() for spell in history.spells}
    after = [s for history in histories.values() for s in spells.review(history, on=held.held_on).spells]
    await statutory.review_spells(tx, [spell for spell in after if spell != before[spell.id]])


async def _end_enquiries(tx: Transaction, workbook: Workbook, held: Conference) -> None:
    for enquiry in await statutory.enquiries_of(tx, workbook.id):
        running = enquiry.state is enquiry_rules.State.STARTED
        awaits = enquiry.awaits_conference and enquiry.started_on <= held.held_on
        if enquiry.child_id not in held.children or not (running or awaits):
            continue
        ended = enquiry_rules.conference(enquiry, on=held.held_on)
        new_revision = await statutory.save_enquiry(tx, ended, revision=enquiry.revision)
        if running:
            await enquiries.said_ended(
                tx, workbook, replace(ended, revision=new_revision), referral_id=workbook.referral_id
            )


def _tell(tx: Transaction, workbook: Workbook, held: Conference) -> None:
    about = {
        "conference_id": held.id,
        "workbook_id": workbook.id,
        "family_id": workbook.family_id,
        "children": held.children,
        "kind": held.kind,
        "held_on": held.held_on,
    }
    said: Event
    if held.kind in CONFERENCES:
        said = ConferenceHeld(**about, referral_id=workbook.referral_id, plan=bool(held.planned))
    else:
        said = StatutoryMeetingHeld(**about)
    emit(tx, said, occurred_at=start_of_day(held.held_on))
