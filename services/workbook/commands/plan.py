"""The whole-family plan: fields that merge, goals and steps, and each member's answer."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.envelope import Event
from libs.contracts.workbook import GoalAchieved, GoalChanged, PlanAgreed, PlanChanged, StepChanged
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.ids import new_id
from services.workbook.commands import timeline
from services.workbook.domain import family_plan as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.entries import NotInFamily
from services.workbook.domain.family_plan import Agreement, Answer, Goal, GoalState, Need, Plan, Step
from services.workbook.domain.moments import plausible_date, plausible_moment
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import plan as repository
from services.workbook.repository import readers, workbooks
from services.workbook.repository.plan import WholePlan


async def _load(tx: Transaction, workbook_id: UUID) -> tuple[Workbook, Plan]:
    """Return the workbook and its present plan, which nobody else changes meanwhile."""
    await readers.reader(tx, workbook_id)
    workbook = await workbooks.to_work_in(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    return workbook, await repository.present(tx, workbook_id, lock=True)


def _at(tx: Transaction, workbook: Workbook, occurred_at: datetime | None) -> datetime:
    return plausible_moment(occurred_at, now=tx.now, not_before=workbook.opened_on)


async def _changed(tx: Transaction, workbook: Workbook, before: Plan, after: Plan, *, at: datetime) -> None:
    """Write a changed plan; keep the version that the family had answered, and say that a new one waits for them."""
    if after.version > before.version:
        goals = await repository.goals_of(tx, before.id)
        await repository.keep_version(tx, before, goals, await repository.steps_of(tx, before.id))
        await timeline.note(tx, workbook.id, "plan_changed", Source.PLAN, before.id, at=at)
        _say_changed(tx, workbook, after, at=at)
    await repository.save(tx, after)


def _say_changed(tx: Transaction, workbook: Workbook, after: Plan, *, at: datetime) -> None:
    about = {"plan_id": after.id, "workbook_id": workbook.id, "family_id": workbook.family_id}
    emit(tx, PlanChanged(**about, version=after.version), occurred_at=at)


def _say_goal(tx: Transaction, workbook: Workbook, goal: Goal, *, on: date, at: datetime) -> None:
    about = {"goal_id": goal.id, "workbook_id": workbook.id, "family_id": workbook.family_id}
    said: Event
    if goal.state is GoalState.ACHIEVED:
        said = GoalAchieved(**about, achieved_on=on)
    else:
        said = GoalChanged(**about, need=goal.need, state=goal.state)
    emit(tx, said, occurred_at=at)


def _say_step(tx: Transaction, workbook: Workbook, step: Step, *, at: datetime) -> None:
    about = {"step_id": step.id, "goal_id": step.goal_id, "workbook_id": workbook.id, "family_id": workbook.family_id}
    emit(tx, StepChanged(**about, state=step.state), occurred_at=at)


async def edit(
    tx: Transaction,
    *,
    workbook_id: UUID,
    base_revision: int,
    fields: Mapping[str, Any],
    occurred_at: datetime | None,
) -> WholePlan:
    """Change fields of the plan; changes to different fields merge, to the same field are refused with both values."""
    workbook, before = await _load(tx, workbook_id)
    after = rules.merge(before, changes=fields, base_revision=base_revision, by=tx.by.id)
    at = _at(tx, workbook, occurred_at)
    await _changed(tx, workbook, before, after, at=at)
    if after.version == before.version:
        _say_changed(tx, workbook, after, at=at)
    audit.record(tx, "plan:edit", record_id=after.id, family_id=workbook.family_id)
    return await repository.whole(tx, workbook, after)


async def agree(
    tx: Transaction,
    *,
    workbook_id: UUID,
    revision: int,
    person_id: UUID,
    answer: Answer,
    words: str | None,
    answered_on: date | None,
) -> WholePlan:
    """Record what one member of the family says to the plan that they were shown, when, and in their words."""
    workbook, before = await _load(tx, workbook_id)
    on = plausible_date(answered_on, today=local_day(tx.now), not_before=workbook.opened_on, field="/answered_on")
    agreement = Agreement(
        person_id=person_id,
        version=before.version,
        answer=answer,
        on=on,
        words=words,
        recorded_by=tx.by.id,
        recorded_at=tx.now,
    )
    goals = await repository.goals_of(tx, before.id)
    after = rules.agree(before, agreement, revision=revision, members=workbook.members, goals=goals)
    await repository.save(tx, after)
    at = start_of_day(on)
    await timeline.note(
        tx, workbook.id, "plan_answered", Source.PLAN, after.id,
        at=at, code=answer, people=[person_id], significant=True,
    )  # fmt: skip
    audit.record(tx, "plan:agree", record_id=after.id, family_id=workbook.family_id)
    state = rules.state_of(after, members=workbook.adults)
    emit(
        tx,
        PlanAgreed(
            plan_id=after.id,
            workbook_id=workbook.id,
            family_id=workbook.family_id,
            state=state,
            version=after.version,
        ),
        occurred_at=at,
    )
    steps = await repository.steps_of(tx, after.id)
    return WholePlan(workbook=workbook, plan=after, goals=tuple(goals), steps=tuple(steps))


async def add_goal(
    tx: Transaction,
    *,
    workbook_id: UUID,
    title: str,
    need: Need,
    people: tuple[UUID, ...],
    starts_later: bool,
    occurred_at: datetime | None,
) -> tuple[UUID, Goal]:
    """Put a goal into the plan, for now or for later."""
    workbook, before = await _load(tx, workbook_id)
    if not set(people) <= workbook.members:
        raise NotInFamily("That person is not a member of the family.", at="/people")
    state = GoalState.FUTURE if starts_later else GoalState.ACTIVE
    goal = Goal(id=new_id(), title=title, state=state, need=need, people=people)
    at = _at(tx, workbook, occurred_at)
    await _changed(tx, workbook, before, rules.touch(before), at=at)
    await repository.add_goal(tx, workbook_id, before.id, goal)
    audit.record(tx, "plan:edit", record_id=goal.id, family_id=workbook.family_id)
    _say_goal(tx, workbook, goal, on=local_day(at), at=at)
    return workbook_id, goal


async def say_to_goal(
    tx: Transaction, *, goal_id: UUID, revision: int, verb: str, note: str | None, on: date | None
) -> tuple[UUID, Goal]:
    """Activate, achieve, remove or restore a goal."""
    workbook_id, plan_id, goal = await repository.get_goal(tx, goal_id)
    workbook, before = await _load(tx, workbook_id)
    rules.only_present(before, plan_id=plan_id)
    day = plausible_date(on, today=local_day(tx.now), not_before=workbook.opened_on, field="/on")
    said = rules.say_to_goal(goal, verb, on=day, note=note)
    at = start_of_day(day) if on else tx.now
    if verb in rules.CHANGES_PLAN:
        await _changed(tx, workbook, before, rules.touch(before), at=at)
    new_revision = await repository.save_goal(tx, said, revision=revision)
    await timeline.note(
        tx, workbook_id, f"goal_{said.state}", Source.GOAL, goal_id, at=at, code=goal.need, people=goal.people
    )
    audit.record(tx, f"goals:{verb}", record_id=goal_id, family_id=workbook.family_id)
    _say_goal(tx, workbook, said, on=day, at=at)
    return workbook_id, replace(said, revision=new_revision)


async def add_step(
    tx: Transaction, *, goal_id: UUID, what: str, owner_id: UUID, due_on: date | None, occurred_at: datetime | None
) -> tuple[UUID, Step]:
    """Put a step under a goal, with the worker or member of the family who does it."""
    workbook_id, plan_id, _ = await repository.get_goal(tx, goal_id)
    workbook, before = await _load(tx, workbook_id)
    rules.only_present(before, plan_id=plan_id)
    step = Step(id=new_id(), goal_id=goal_id, what=what, owner_id=owner_id, due_on=due_on)
    at = _at(tx, workbook, occurred_at)
    await _changed(tx, workbook, before, rules.touch(before), at=at)
    await repository.add_step(tx, workbook_id, step)
    audit.record(tx, "plan:edit", record_id=step.id, family_id=workbook.family_id)
    _say_step(tx, workbook, step, at=at)
    return workbook_id, step


async def say_to_step(
    tx: Transaction, *, step_id: UUID, revision: int, verb: str, note: str | None
) -> tuple[UUID, Step]:
    """Start, complete, block, drop or reopen a step."""
    workbook_id, plan_id, step = await repository.get_step(tx, step_id)
    workbook, present = await _load(tx, workbook_id)
    rules.only_present(present, plan_id=plan_id)
    said = rules.say_to_step(step, verb, note=note)
    new_revision = await repository.save_step(tx, said, revision=revision)
    audit.record(tx, f"steps:{verb}", record_id=step_id, family_id=workbook.family_id)
    _say_step(tx, workbook, said, at=tx.now)
    return workbook_id, replace(said, revision=new_revision)
