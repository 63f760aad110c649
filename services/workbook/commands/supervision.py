"""Group supervision: scheduled, recorded; it closes a cycle, locks its chapters and opens the next."""

from dataclasses import replace
from datetime import date
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import ActionCompleted, SupervisionChanged, SupervisionRecorded
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.errors import Conflict, NotFound
from libs.kernel.ids import new_id
from services.workbook.commands import clocks, timeline
from services.workbook.domain import chapters, cycles, sections
from services.workbook.domain import supervision as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.clocks import Act, Happened
from services.workbook.domain.entries import NotInFamily
from services.workbook.domain.family_plan import GoalState
from services.workbook.domain.moments import plausible_date
from services.workbook.domain.supervision import Action, Record, Supervision
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import plan, readers, record, team
from services.workbook.repository import workbooks as repository
from services.workbook.repository.rows import NoSuchRecord
from services.workbook.settings import local_values


class Held(NamedTuple):
    """A group supervision and the workbook that it belongs to."""

    workbook_id: UUID
    supervision: Supervision


class ActionDone(NamedTuple):
    """An action that was agreed, done on a date, and its workbook."""

    workbook_id: UUID
    action: Action
    done_on: date
    revision: int


class ActionWasDone(Conflict):
    """The action was done before."""


class CycleClosed(Conflict):
    """The cycle of that group supervision has been closed."""


class NoSuchChapter(NotFound):
    """A reviewed chapter is not one of the cycle."""


async def schedule(tx: Transaction, *, workbook_id: UUID, planned_on: date) -> Held:
    """Plan the group supervision of the present cycle; it may have been held already."""
    workbook = await repository.to_work_in(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    cycle = await record.current_cycle(tx, workbook_id)
    new = rules.plan(cycle.id, id=new_id(), on=planned_on, cycle_opened_on=cycle.opened_on, today=local_day(tx.now))
    await team.add_supervision(tx, workbook_id, new)
    audit.record(tx, "supervisions:schedule", record_id=new.id, family_id=workbook.family_id)
    _say_changed(tx, workbook, new)
    return Held(workbook_id, new)


async def _simply(tx: Transaction, supervision_id: UUID, changed: Supervision, verb: str, revision: int) -> Held:
    workbook_id, _ = await team.get_supervision(tx, supervision_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    new_revision = await team.save_supervision(tx, changed, revision=revision)
    audit.record(tx, f"supervisions:{verb}", record_id=supervision_id, family_id=workbook.family_id)
    _say_changed(tx, workbook, changed)
    return Held(workbook_id, replace(changed, revision=new_revision))


def _say_changed(tx: Transaction, workbook: Workbook, changed: Supervision) -> None:
    emit(
        tx,
        SupervisionChanged(
            supervision_id=changed.id,
            workbook_id=workbook.id,
            family_id=workbook.family_id,
            state=changed.state,
            planned_on=changed.planned_on,
            reason=changed.missed_reason,
        ),
    )


async def hold(tx: Transaction, *, supervision_id: UUID, revision: int) -> Held:
    """Say that it was held; its record follows."""
    _, supervision = await team.get_supervision(tx, supervision_id)
    return await _simply(tx, supervision_id, rules.hold(supervision), "hold", revision)


async def miss(tx: Transaction, *, supervision_id: UUID, revision: int, reason: str) -> Held:
    """Say that it was not held."""
    _, supervision = await team.get_supervision(tx, supervision_id)
    return await _simply(tx, supervision_id, rules.miss(supervision, reason=reason), "miss", revision)


async def record_said(tx: Transaction, *, supervision_id: UUID, revision: int, said: Record) -> Held:
    """Record what was said and decided; the cycle closes, its chapters lock, the next cycle opens."""
    workbook_id, supervision = await team.get_supervision(tx, supervision_id)
    workbook = await repository.to_change(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    cycle = await record.cycle_of(tx, supervision.cycle_id)
    if cycle.state is cycles.State.CLOSED:
        raise CycleClosed("Schedule one for the present cycle.", cycle=cycle.number)
    present = await plan.present(tx, workbook_id)
    goals = frozenset(g.id for g in await plan.goals_of(tx, present.id) if g.state is GoalState.ACTIVE)
    recorded = rules.record(supervision, said, cycle_opened_on=cycle.opened_on, today=local_day(tx.now), goals=goals)
    _check_people(workbook, said)
    await _lock_chapters(tx, cycle, said)
    new_revision = await team.save_supervision(tx, recorded, revision=revision)
    await team.add_actions(tx, workbook_id, supervision_id, said.actions)
    following = await _turn(tx, workbook_id, cycle, supervision_id, said)
    await _tell(tx, workbook, recorded, cycle=cycle.number, following=following)
    return Held(workbook_id, replace(recorded, revision=new_revision))


def _check_people(workbook: Workbook, said: Record) -> None:
    if not {stage.adult_id for stage in said.stages} <= set(workbook.adults):
        raise NotInFamily("That adult is not an adult of the family.", at="/stages")


async def _lock_chapters(tx: Transaction, cycle: cycles.Cycle, said: Record) -> None:
    held = await record.chapters_of(tx, cycle.id)
    revisions = {chapter.id: chapter.revision for chapter in held}
    if not {reviewed.chapter_id for reviewed in said.chapters} <= revisions.keys():
        raise NoSuchChapter(at="/chapters")
    rules.check_reviewed(said.chapters, revisions=revisions)
    await record.lock_chapters(tx, [chapters.lock(each) for each in held if each.state is not chapters.State.LOCKED])


async def _turn(
    tx: Transaction, workbook_id: UUID, cycle: cycles.Cycle, supervision_id: UUID, said: Record
) -> cycles.Cycle:
    await record.close_cycle(tx, cycles.close(cycle, supervision_id=supervision_id, on=said.held_on))
    months = local_values().supervision_months
    following = cycles.following(cycle, id=new_id(), on=said.held_on, months=months, next_on=said.next_on)
    await record.add_cycle(tx, workbook_id, following)
    return following


async def _tell(
    tx: Transaction, workbook: Workbook, recorded: Supervision, *, cycle: int, following: cycles.Cycle
) -> None:
    said = recorded.record
    if said is None:
        raise AssertionError("a recorded group supervision has a record")
    at = start_of_day(said.held_on)
    await timeline.note(
        tx, workbook.id, "supervision_recorded", Source.SUPERVISION, recorded.id,
        at=at, code=said.decision, significant=True,
    )  # fmt: skip
    await clocks.happened(tx, workbook, [Happened(act=Act.SUPERVISED, at=at)])
    audit.record(tx, "supervisions:record", record_id=recorded.id, family_id=workbook.family_id)
    emit(
        tx,
        SupervisionRecorded(
            supervision_id=recorded.id,
            workbook_id=workbook.id,
            family_id=workbook.family_id,
            cycle=cycle,
            held_on=said.held_on,
            decision=said.decision,
            next_due_on=following.due_on,
        ),
        occurred_at=at,
    )


async def complete_action(tx: Transaction, *, action_id: UUID, revision: int, done_on: date | None) -> ActionDone:
    """Say that what was agreed in group supervision was done."""
    workbook_id, action, already = await team.get_action(tx, action_id)
    if not sections.may_see_action(await readers.reader(tx, workbook_id), action):
        raise NoSuchRecord
    rules.only_owner(action, by=tx.by.id, roles=tx.by.roles)
    workbook = await repository.get(tx, workbook_id)
    if already is not None:
        raise ActionWasDone("It was done before.")
    on = plausible_date(done_on, today=local_day(tx.now), field="/done_on")
    new_revision = await team.finish_action(tx, action_id, revision=revision, on=on)
    audit.record(tx, "actions:complete", record_id=action_id, family_id=workbook.family_id)
    emit(
        tx,
        ActionCompleted(action_id=action_id, workbook_id=workbook_id, family_id=workbook.family_id, done_on=on),
        occurred_at=tx.now if done_on is None else start_of_day(on),
    )
    return ActionDone(workbook_id, action, on, new_revision)
