"""The whole-family plan over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from services.workbook import tables
from services.workbook.commands import plan as commands
from services.workbook.queries import team as queries
from services.workbook.repository.plan import WholePlan
from services.workbook.schemas import plan as schemas
from services.workbook.schemas.shown import shown

routes = router(tags=["plan"])


def _shown(held: WholePlan) -> schemas.Plan:
    workbook_id = held.workbook.id
    return shown(
        schemas.Plan,
        held.plan,
        workbook_id=workbook_id,
        state=held.state,
        goals=[shown(schemas.Goal, goal, workbook_id=workbook_id) for goal in held.goals],
        steps=[shown(schemas.Step, step, workbook_id=workbook_id) for step in held.steps],
    )


@routes.get("/workbooks/{workbook_id}/plan", dependencies=[may("workbooks:read")])
async def read_plan(tx: Tx, workbook_id: UUID) -> schemas.Plan:
    """Read the family's plan."""
    return _shown(await queries.plan(tx, workbook_id))


@routes.get("/plans/{plan_id}", dependencies=[may("workbooks:read")])
async def read_plan_by_id(tx: Tx, plan_id: UUID) -> schemas.Plan:
    """Read a plan of the family, the present one or one from before the family came back."""
    return _shown(await queries.plan_by_id(tx, plan_id))


@routes.get("/workbooks/{workbook_id}/plan/versions", dependencies=[may("workbooks:read")])
async def list_plan_versions(tx: Tx, workbook_id: UUID) -> schemas.PlanVersions:
    """List the plans that the family answered before they changed."""
    found = await queries.plan_versions(tx, workbook_id)
    return schemas.PlanVersions(items=[shown(schemas.PlanVersion, each) for each in found])


@routes.patch("/workbooks/{workbook_id}/plan", dependencies=[may("plan:edit")])
async def edit_plan(tx: Tx, workbook_id: UUID, body: schemas.PlanEdit) -> schemas.Plan:
    """Change fields of the plan: different fields merge, the same field is refused with both values."""
    fields = body.fields.model_dump(mode="json", exclude_unset=True)
    held = await commands.edit(
        tx,
        workbook_id=workbook_id,
        base_revision=body.base_revision,
        fields=fields,
        occurred_at=body.occurred_at,
    )
    return _shown(held)


@routes.post("/workbooks/{workbook_id}/plan:agree", dependencies=[may("plan:agree")])
async def answer_plan(tx: Tx, workbook_id: UUID, revision: IfMatch, body: schemas.MemberAnswer) -> schemas.Plan:
    """Record what one member of the family says to the plan, as it stood at the revision that they were shown."""
    held = await commands.agree(
        tx,
        workbook_id=workbook_id,
        revision=revision,
        person_id=body.person_id,
        answer=body.answer,
        words=body.words,
        answered_on=body.answered_on,
    )
    return _shown(held)


@routes.post("/workbooks/{workbook_id}/plan/goals", status_code=201, dependencies=[may("plan:edit")])
async def add_goal(tx: Tx, workbook_id: UUID, body: schemas.NewGoal) -> schemas.Goal:
    """Put a goal into the plan."""
    _, goal = await commands.add_goal(
        tx,
        workbook_id=workbook_id,
        title=body.title,
        need=body.need,
        people=tuple(body.people),
        starts_later=body.starts_later,
        occurred_at=body.occurred_at,
    )
    return shown(schemas.Goal, goal, workbook_id=workbook_id)


@routes.get("/goals/{goal_id}", dependencies=[may("workbooks:read")])
async def read_goal(tx: Tx, goal_id: UUID) -> schemas.Goal:
    """Read a goal."""
    workbook_id, goal = await queries.goal(tx, goal_id)
    return shown(schemas.Goal, goal, workbook_id=workbook_id)


async def _say_to_goal(tx: Tx, goal_id: UUID, revision: int, verb: str, body: schemas.GoalSaid | None) -> schemas.Goal:
    workbook_id, goal = await commands.say_to_goal(
        tx,
        goal_id=goal_id,
        revision=revision,
        verb=verb,
        note=body.note if body else None,
        on=body.on if body else None,
    )
    return shown(schemas.Goal, goal, workbook_id=workbook_id)


@routes.post("/goals/{goal_id}:activate", dependencies=[may("goals:activate")])
async def activate_goal(tx: Tx, goal_id: UUID, revision: IfMatch, body: schemas.GoalSaid | None = None) -> schemas.Goal:
    """Begin with a goal that was for later."""
    return await _say_to_goal(tx, goal_id, revision, "activate", body)


@routes.post("/goals/{goal_id}:achieve", dependencies=[may("goals:achieve")])
async def achieve_goal(tx: Tx, goal_id: UUID, revision: IfMatch, body: schemas.GoalSaid | None = None) -> schemas.Goal:
    """Say that a goal was reached."""
    return await _say_to_goal(tx, goal_id, revision, "achieve", body)


@routes.post("/goals/{goal_id}:remove", dependencies=[may("goals:remove")])
async def remove_goal(tx: Tx, goal_id: UUID, revision: IfMatch, body: schemas.GoalSaid | None = None) -> schemas.Goal:
    """Remove a goal, with a note why."""
    return await _say_to_goal(tx, goal_id, revision, "remove", body)


@routes.post("/goals/{goal_id}:restore", dependencies=[may("goals:restore")])
async def restore_goal(tx: Tx, goal_id: UUID, revision: IfMatch, body: schemas.GoalSaid | None = None) -> schemas.Goal:
    """Take a goal up again."""
    return await _say_to_goal(tx, goal_id, revision, "restore", body)


@routes.post("/goals/{goal_id}/steps", status_code=201, dependencies=[may("plan:edit")])
async def add_step(tx: Tx, goal_id: UUID, body: schemas.NewStep) -> schemas.Step:
    """Put a step under a goal."""
    workbook_id, step = await commands.add_step(
        tx, goal_id=goal_id, what=body.what, owner_id=body.owner_id, due_on=body.due_on, occurred_at=body.occurred_at
    )
    return shown(schemas.Step, step, workbook_id=workbook_id)


@routes.get("/steps/{step_id}", dependencies=[may("workbooks:read")])
async def read_step(tx: Tx, step_id: UUID) -> schemas.Step:
    """Read a step."""
    return shown(schemas.Step, await queries.one(tx, tables.step, step_id, action="plan:read"))


async def _say_to_step(tx: Tx, step_id: UUID, revision: int, verb: str, body: schemas.StepSaid | None) -> schemas.Step:
    workbook_id, step = await commands.say_to_step(
        tx, step_id=step_id, revision=revision, verb=verb, note=body.note if body else None
    )
    return shown(schemas.Step, step, workbook_id=workbook_id)


@routes.post("/steps/{step_id}:start", dependencies=[may("steps:start")])
async def start_step(tx: Tx, step_id: UUID, revision: IfMatch, body: schemas.StepSaid | None = None) -> schemas.Step:
    """Say that a step is in progress."""
    return await _say_to_step(tx, step_id, revision, "start", body)


@routes.post("/steps/{step_id}:complete", dependencies=[may("steps:complete")])
async def complete_step(tx: Tx, step_id: UUID, revision: IfMatch, body: schemas.StepSaid | None = None) -> schemas.Step:
    """Say that a step is done."""
    return await _say_to_step(tx, step_id, revision, "complete", body)


@routes.post("/steps/{step_id}:block", dependencies=[may("steps:block")])
async def block_step(tx: Tx, step_id: UUID, revision: IfMatch, body: schemas.StepSaid | None = None) -> schemas.Step:
    """Say that a step cannot be done yet, with a note why."""
    return await _say_to_step(tx, step_id, revision, "block", body)


@routes.post("/steps/{step_id}:drop", dependencies=[may("steps:drop")])
async def drop_step(tx: Tx, step_id: UUID, revision: IfMatch, body: schemas.StepSaid | None = None) -> schemas.Step:
    """Say that a step is no longer needed."""
    return await _say_to_step(tx, step_id, revision, "drop", body)


@routes.post("/steps/{step_id}:reopen", dependencies=[may("steps:reopen")])
async def reopen_step(tx: Tx, step_id: UUID, revision: IfMatch, body: schemas.StepSaid | None = None) -> schemas.Step:
    """Take a step up again."""
    return await _say_to_step(tx, step_id, revision, "reopen", body)
