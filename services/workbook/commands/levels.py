"""Step-down that early help must accept, step-up, closing and opening again."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.envelope import Event
from libs.contracts.workbook import StepDownOffered, StepDownRefused, WorkbookClosed, WorkbookSteppedDown
from libs.kernel.codes import ClosureReason
from libs.kernel.deadline import local_day
from services.workbook.commands import clocks, opening, spells, timeline
from services.workbook.domain import chapters, levels
from services.workbook.domain import workbook as rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.levels import LEVEL_OF, Level, SpellKind
from services.workbook.domain.moments import plausible_moment
from services.workbook.domain.spells import open_kinds
from services.workbook.domain.workbook import RefusalReason, ReopenReason, Workbook
from services.workbook.repository import closing, record, statutory
from services.workbook.repository import workbooks as repository

KIND_OF = {level: kind for kind, level in LEVEL_OF.items()}


async def _said(
    tx: Transaction,
    held: Workbook,
    changed: Workbook,
    verb: str,
    *,
    revision: int,
    at: datetime,
    event: Event,
    code: str | None = None,
) -> Workbook:
    """Write a workbook after a verb, and everything that tells of it."""
    new_revision = await repository.save(tx, changed, before=held, revision=revision, at=at)
    await timeline.note(
        tx, held.id, verb.replace("-", "_"), Source.WORKBOOK, held.id, at=at, code=code, significant=True
    )
    audit.record(tx, f"workbooks:{verb}", record_id=held.id, family_id=held.family_id)
    emit(tx, event, occurred_at=at)
    opening.say_level(tx, held, changed, at=at)
    return replace(changed, revision=new_revision)


def _at(tx: Transaction, workbook: Workbook, occurred_at: datetime | None) -> datetime:
    return plausible_moment(occurred_at, now=tx.now, not_before=workbook.opened_on)


async def offer_step_down(
    tx: Transaction, *, workbook_id: UUID, revision: int, occurred_at: datetime | None
) -> Workbook:
    """Offer the family to early help, which must accept."""
    held = await repository.to_change(tx, workbook_id)
    at = _at(tx, held, occurred_at)
    offered = rules.offer_step_down(held, open_kinds=open_kinds(await statutory.spells_of(tx, workbook_id)))
    event = StepDownOffered(workbook_id=held.id, family_id=held.family_id)
    return await _said(tx, held, offered, "offer-step-down", revision=revision, at=at, event=event)


async def accept_step_down(
    tx: Transaction, *, workbook_id: UUID, revision: int, occurred_at: datetime | None
) -> Workbook:
    """Take the family into early help: its child in need plans end, early help begins, the workbook goes on."""
    held = await repository.to_change(tx, workbook_id)
    at = _at(tx, held, occurred_at)
    on = local_day(at)
    accepted = rules.accept_step_down(held, open_kinds=open_kinds(await statutory.spells_of(tx, workbook_id)))
    event = WorkbookSteppedDown(workbook_id=held.id, family_id=held.family_id, stepped_down_on=on)
    stepped_down = await _said(tx, held, accepted, "accept-step-down", revision=revision, at=at, event=event)
    await spells.replace_plans(tx, stepped_down, stepped_down.children, by=SpellKind.EH, on=on, reason="step_down")
    return stepped_down


async def refuse_step_down(
    tx: Transaction, *, workbook_id: UUID, revision: int, reason: RefusalReason, occurred_at: datetime | None
) -> Workbook:
    """Refuse the family, with a coded reason; it stays where it was."""
    held = await repository.to_change(tx, workbook_id)
    at = _at(tx, held, occurred_at)
    event = StepDownRefused(workbook_id=held.id, family_id=held.family_id, reason=reason)
    refused = rules.say(held, "refuse-step-down")
    return await _said(tx, held, refused, "refuse-step-down", revision=revision, at=at, event=event, code=reason)


class NeedsItsOwnRecord(levels.NotAStepUp):
    """That level begins with a record of its own."""


async def step_up(
    tx: Transaction,
    *,
    workbook_id: UUID,
    revision: int,
    to: Level,
    children: Iterable[UUID] | None,
    occurred_at: datetime | None,
) -> Workbook:
    """Step the family up; a plan of the new level begins for the children named, or for all."""
    held = await repository.to_change(tx, workbook_id)
    at = _at(tx, held, occurred_at)
    if to is Level.CP:
        raise NeedsItsOwnRecord("A child protection plan begins with its conference: record that.")
    if to is Level.LOOKED_AFTER:
        raise NeedsItsOwnRecord("A child comes into care with a placement: start that plan for each child.")
    on = local_day(at)
    up = replace(rules.say(held, "step-up"), level=levels.step_up(current=held.level, to=to))
    new_revision = await repository.save(tx, up, before=held, revision=revision, at=at)
    up = replace(up, revision=new_revision)
    await timeline.note(tx, held.id, "step_up", Source.WORKBOOK, held.id, at=at, code=to, significant=True)
    audit.record(tx, "workbooks:step-up", record_id=held.id, family_id=held.family_id)
    opening.say_level(tx, held, up, at=at)
    chosen = held.children if children is None else tuple(children)
    await spells.replace_plans(tx, up, chosen, by=KIND_OF.get(to), on=on, reason="step_up")
    return up


async def close(
    tx: Transaction, *, workbook_id: UUID, revision: int, reason: ClosureReason, occurred_at: datetime | None
) -> Workbook:
    """End work with the family; refuse with a list of what is still open."""
    held = await repository.to_change(tx, workbook_id)
    at = _at(tx, held, occurred_at)
    on = local_day(at)
    ends = await closing.loose_ends(tx, held)
    closed = rules.close(held, ends=ends, reason=reason, on=on, by=tx.by.roles)
    event = WorkbookClosed(
        workbook_id=held.id,
        family_id=held.family_id,
        referral_id=held.referral_id,
        further_referrals=held.further_referrals,
        reason=reason,
        closed_on=on,
    )
    said = await _said(tx, held, closed, "close", revision=revision, at=at, event=event, code=reason)
    await record.end_cycles(tx, workbook_id, on=on)
    written = await record.chapters_of(tx, ends.cycle_id)
    await record.lock_chapters(tx, [chapters.lock(each) for each in written if each.state is not chapters.State.LOCKED])
    await clocks.happened(tx, said, [Happened(act=Act.CLOSED, at=at)])
    return said


async def reopen(
    tx: Transaction, *, workbook_id: UUID, revision: int, reason: ReopenReason, occurred_at: datetime | None
) -> Workbook:
    """Go on with a family that came back, in the same workbook."""
    held = await repository.to_change(tx, workbook_id)
    at = plausible_moment(occurred_at, now=tx.now, not_before=held.closed_on)
    if reason is ReopenReason.CLOSED_IN_ERROR:
        again = rules.resume(held)
        acts = [Happened(act=Act.CLOSED_IN_ERROR, at=await repository.closed_at(tx, workbook_id) or at)]
    else:
        again = rules.reopen(held, on=local_day(at), referral_id=None, referred_on=local_day(at))
        acts = [Happened(act=Act.OPENED, at=at)]
    return await opening.reopened(tx, held, again, revision=revision, reason=reason, acts=acts, at=at)
