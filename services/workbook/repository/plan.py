"""The whole-family plan as rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import insert, select, update

from libs.chassis.database import Transaction
from services.workbook.domain import family_plan as rules
from services.workbook.domain.family_plan import Goal, Plan, PlanState, Step
from services.workbook.domain.workbook import Workbook
from services.workbook.repository import rows
from services.workbook.tables import family_plan, goal, plan_version, step


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePlan:
    """A plan with its goals, steps and the state that the family's answers give it."""

    workbook: Workbook
    plan: Plan
    goals: tuple[Goal, ...]
    steps: tuple[Step, ...]

    @property
    def state(self) -> PlanState:
        """What the family says to it: the adults are asked."""
        return rules.state_of(self.plan, members=self.workbook.adults)


async def present(tx: Transaction, workbook_id: UUID, *, lock: bool = False) -> Plan:
    """Return the workbook's present plan."""
    query = select(family_plan).where(family_plan.c.workbook_id == workbook_id, family_plan.c.superseded.is_(False))
    row = await tx.row(query.with_for_update() if lock else query)
    if row is None:
        raise rows.NoSuchRecord
    return rows.read(Plan, row)


async def add(tx: Transaction, workbook_id: UUID, new: Plan) -> None:
    """Insert a plan."""
    await rows.add(tx, family_plan, [new], workbook_id=workbook_id)


async def supersede(tx: Transaction, workbook_id: UUID) -> None:
    """Set the present plan aside for the one that follows."""
    present_one = (family_plan.c.workbook_id == workbook_id) & family_plan.c.superseded.is_(False)
    await tx.do(update(family_plan).where(present_one).values(superseded=True))


async def save(tx: Transaction, changed: Plan) -> None:
    """Write a plan that was read under lock; its revision counts in the rules."""
    laid = rows.columns(family_plan, changed)
    await tx.do(update(family_plan).where(family_plan.c.id == laid.pop("id")).values(**laid))


async def keep_version(tx: Transaction, before: Plan, goals: Sequence[Goal], steps: Sequence[Step]) -> None:
    """Keep the plan as it was put to the family, before it changes."""
    body = to_jsonable_python(
        {"fields": before.fields, "agreements": before.agreements, "goals": goals, "steps": steps}
    )
    await tx.do(insert(plan_version).values(plan_id=before.id, version=before.version, body=body, kept_at=tx.now))


async def versions(tx: Transaction, workbook_id: UUID) -> list[Any]:
    """Return the plans that were put to the family before, latest first."""
    query = (
        select(plan_version)
        .join(family_plan, family_plan.c.id == plan_version.c.plan_id)
        .where(family_plan.c.workbook_id == workbook_id)
        .order_by(plan_version.c.kept_at.desc(), plan_version.c.version.desc())
        .limit(200)
    )
    return list(await tx.rows(query))


async def goals_of(tx: Transaction, plan_id: UUID) -> list[Goal]:
    """Return a plan's goals, in the order in which they were set."""
    return [
        rows.read(Goal, row) for row in await tx.rows(select(goal).where(goal.c.plan_id == plan_id).order_by(goal.c.id))
    ]


async def steps_of(tx: Transaction, plan_id: UUID) -> list[Step]:
    """Return the steps of all of a plan's goals."""
    query = select(step).join(goal, goal.c.id == step.c.goal_id).where(goal.c.plan_id == plan_id).order_by(step.c.id)
    return [rows.read(Step, row) for row in await tx.rows(query)]


async def get_goal(tx: Transaction, goal_id: UUID) -> tuple[UUID, UUID, Goal]:
    """Return the ids of a goal's workbook and plan, and the goal."""
    row = await rows.get(tx, goal, goal_id)
    return row.workbook_id, row.plan_id, rows.read(Goal, row)


async def add_goal(tx: Transaction, workbook_id: UUID, plan_id: UUID, new: Goal) -> None:
    """Insert a goal."""
    await rows.add(tx, goal, [new], workbook_id=workbook_id, plan_id=plan_id)


async def save_goal(tx: Transaction, changed: Goal, *, revision: int) -> int:
    """Write a changed goal."""
    return await rows.save(tx, goal, changed, revision=revision)


async def get_step(tx: Transaction, step_id: UUID) -> tuple[UUID, UUID, Step]:
    """Return the ids of a step's workbook and plan, and the step."""
    row = await tx.row(select(step, goal.c.plan_id).join(goal, goal.c.id == step.c.goal_id).where(step.c.id == step_id))
    if row is None:
        raise rows.NoSuchRecord
    return row.workbook_id, row.plan_id, rows.read(Step, row)


async def add_step(tx: Transaction, workbook_id: UUID, new: Step) -> None:
    """Insert a step."""
    await rows.add(tx, step, [new], workbook_id=workbook_id)


async def save_step(tx: Transaction, changed: Step, *, revision: int) -> int:
    """Write a changed step."""
    return await rows.save(tx, step, changed, revision=revision)


async def whole(tx: Transaction, workbook: Workbook, plan: Plan) -> WholePlan:
    """Return a plan with its goals and steps."""
    goals = await goals_of(tx, plan.id)
    steps = await steps_of(tx, plan.id)
    return WholePlan(workbook=workbook, plan=plan, goals=tuple(goals), steps=tuple(steps))
