"""Section 47 enquiries: started by a strategy discussion, ended with or without a conference."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import EnquiryEnded, EnquiryStarted, EnquiryStrategyJoined
from libs.kernel.codes import Section47Outcome
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.ids import derived_id, new_id
from services.workbook.commands import clocks, timeline
from services.workbook.domain import enquiries as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.enquiries import Enquiry
from services.workbook.domain.entries import NotInFamily
from services.workbook.domain.moments import plausible_date
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import record, statutory
from services.workbook.repository import workbooks as repository


class Held(NamedTuple):
    """An enquiry and the workbook that it belongs to."""

    workbook_id: UUID
    enquiry: Enquiry


def _new(child_id: UUID, started_on: date, *, id: UUID, strategy_id: UUID | None, due_on: date | None) -> Enquiry:  # noqa: A002
    return Enquiry(
        id=id,
        child_id=child_id,
        state=rules.State.STARTED,
        started_on=started_on,
        conference_due_on=due_on or rules.conference_target(started_on),
        strategy_id=strategy_id,
    )


async def start(
    tx: Transaction, *, workbook_id: UUID, children: Iterable[UUID], started_on: date | None
) -> list[Enquiry]:
    """Start an enquiry about each of some children: all or none."""
    workbook = await repository.to_change(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    on = plausible_date(started_on, today=local_day(tx.now), field="/started_on")
    new = [_new(child, on, id=new_id(), strategy_id=None, due_on=None) for child in children]
    if not {enquiry.child_id for enquiry in new} <= set(workbook.children):
        raise NotInFamily("That child is not a child of the family.", at="/children")
    others = await statutory.enquiries_of(tx, workbook_id)
    checked = [rules.start(enquiry, others=others, referred_on=workbook.referred_on) for enquiry in new]
    await _started(tx, workbook, checked, referral_id=workbook.referral_id)
    return checked


async def take_up(tx: Transaction, workbook: Workbook) -> None:
    """Start the enquiries of strategy discussions that were heard of before the workbook was there."""
    waiting = await repository.waiting_strategies(tx, workbook.family_id)
    if not waiting:
        return
    others = await statutory.enquiries_of(tx, workbook.id)
    new: list[Enquiry] = []
    joined: list[EnquiryStrategyJoined] = []
    for told in waiting:
        for child in told.children:
            enquiry = _new(
                child,
                local_day(told.held_at),
                id=derived_id("enquiry", told.strategy_id, child),
                strategy_id=told.strategy_id,
                due_on=told.conference_due_on,
            )
            its = rules.overlapping(enquiry, [*others, *new])
            if its is None:
                new.append(enquiry)
            else:
                joined.append(
                    EnquiryStrategyJoined(
                        enquiry_id=its.id,
                        workbook_id=workbook.id,
                        family_id=workbook.family_id,
                        referral_id=told.referral_id,
                        child_id=child,
                        strategy_id=told.strategy_id,
                    )
                )
    await repository.take_up_strategies(tx, [told.strategy_id for told in waiting], workbook_id=workbook.id)
    # Each enquiry is of the referral whose discussion began it, which may have joined the workbook later.
    for referral_id in dict.fromkeys(told.referral_id for told in waiting):
        of_it = {told.strategy_id for told in waiting if told.referral_id == referral_id}
        await _started(tx, workbook, [one for one in new if one.strategy_id in of_it], referral_id=referral_id)
    # The front door waits for the enquiries of each discussion, until it hears that they are kept here.
    for told_of in joined:
        emit(tx, told_of, occurred_at=tx.now)


async def _started(tx: Transaction, workbook: Workbook, new: list[Enquiry], *, referral_id: UUID | None) -> None:
    if not new:
        return
    await statutory.add_enquiries(tx, workbook.id, referral_id, new)
    lines, acts = [], []
    for enquiry in new:
        at = start_of_day(enquiry.started_on)
        lines.append(
            timeline.line(
                tx, "enquiry_started", Source.ENQUIRY, enquiry.id, at=at, people=[enquiry.child_id], significant=True
            )
        )
        acts.append(Happened(act=Act.ENQUIRY_STARTED, at=at, child_id=enquiry.child_id))
        audit.record(tx, "enquiries:start", record_id=enquiry.id, family_id=workbook.family_id)
        emit(
            tx,
            EnquiryStarted(
                enquiry_id=enquiry.id,
                workbook_id=workbook.id,
                family_id=workbook.family_id,
                referral_id=referral_id,
                child_id=enquiry.child_id,
                strategy_id=enquiry.strategy_id,
                started_on=enquiry.started_on,
                conference_due_on=enquiry.conference_due_on,
            ),
            occurred_at=at,
        )
    await record.add_items(tx, workbook.id, lines)
    await clocks.happened(tx, workbook, acts)


async def end(
    tx: Transaction, *, enquiry_id: UUID, revision: int, outcome: Section47Outcome, ended_on: date | None
) -> Held:
    """End an enquiry before a conference, or without one."""
    workbook_id, referral_id, enquiry = await statutory.get_enquiry(tx, enquiry_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    on = plausible_date(ended_on, today=local_day(tx.now), field="/ended_on")
    ended = rules.end(enquiry, on=on, outcome=outcome)
    new_revision = await statutory.save_enquiry(tx, ended, revision=revision)
    at = start_of_day(on)
    act = Act.CONFERENCE_NEEDED if ended.awaits_conference else Act.ENQUIRY_ENDED
    await clocks.happened(tx, workbook, [Happened(act=act, at=at, child_id=enquiry.child_id)])
    await said_ended(tx, workbook, ended, referral_id=referral_id)
    return Held(workbook_id, replace(ended, revision=new_revision))


async def said_ended(tx: Transaction, workbook: Workbook, ended: Enquiry, *, referral_id: UUID | None) -> None:
    """Note and say that an enquiry ended."""
    on = ended.ended_on or ended.started_on
    outcome = ended.outcome or Section47Outcome.OTHER
    at = start_of_day(on)
    await timeline.note(
        tx, workbook.id, "enquiry_ended", Source.ENQUIRY, ended.id,
        at=at, code=outcome, people=[ended.child_id], significant=True,
    )  # fmt: skip
    audit.record(tx, "enquiries:end", record_id=ended.id, family_id=workbook.family_id)
    emit(
        tx,
        EnquiryEnded(
            enquiry_id=ended.id,
            workbook_id=workbook.id,
            family_id=workbook.family_id,
            referral_id=referral_id,
            child_id=ended.child_id,
            ended_on=on,
            outcome=outcome,
        ),
        occurred_at=at,
    )
