"""Group supervision over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.ids import new_id
from services.workbook.commands import supervision as commands
from services.workbook.commands.supervision import Held
from services.workbook.domain import supervision as rules
from services.workbook.queries import team as queries
from services.workbook.schemas import team as schemas
from services.workbook.schemas.shown import shown

routes = router(tags=["supervisions"])


def _shown(held: Held) -> schemas.Supervision:
    return shown(schemas.Supervision, held.supervision, workbook_id=held.workbook_id)


@routes.post("/workbooks/{workbook_id}/supervisions", status_code=201, dependencies=[may("supervisions:schedule")])
async def schedule_supervision(tx: Tx, workbook_id: UUID, body: schemas.NewSupervision) -> schemas.Supervision:
    """Plan the group supervision of the present cycle."""
    return _shown(await commands.schedule(tx, workbook_id=workbook_id, planned_on=body.planned_on))


@routes.get("/workbooks/{workbook_id}/supervisions", dependencies=[may("workbooks:read")])
async def list_supervisions(tx: Tx, workbook_id: UUID, wanted: WantedPage) -> Page[schemas.Supervision]:
    """List a workbook's group supervisions, latest first."""
    found, following = await queries.supervisions(tx, workbook_id, wanted=wanted)
    return Page(items=[_shown(Held(workbook_id, each)) for each in found], next=following)


@routes.get("/supervisions/{supervision_id}", dependencies=[may("workbooks:read")])
async def read_supervision(tx: Tx, supervision_id: UUID) -> schemas.Supervision:
    """Read a group supervision."""
    return _shown(Held(*await queries.supervision(tx, supervision_id)))


@routes.post("/supervisions/{supervision_id}:hold", dependencies=[may("supervisions:hold")])
async def hold_supervision(tx: Tx, supervision_id: UUID, revision: IfMatch) -> schemas.Supervision:
    """Say that it was held; its record follows."""
    return _shown(await commands.hold(tx, supervision_id=supervision_id, revision=revision))


@routes.post("/supervisions/{supervision_id}:miss", dependencies=[may("supervisions:miss")])
async def miss_supervision(
    tx: Tx, supervision_id: UUID, revision: IfMatch, body: schemas.Missed
) -> schemas.Supervision:
    """Say that it was not held."""
    return _shown(await commands.miss(tx, supervision_id=supervision_id, revision=revision, reason=body.reason))


@routes.post("/supervisions/{supervision_id}:record", dependencies=[may("supervisions:record")])
async def record_supervision(
    tx: Tx, supervision_id: UUID, revision: IfMatch, body: schemas.SupervisionRecord
) -> schemas.Supervision:
    """Record what was said and decided; the cycle closes, its chapters lock, the next cycle opens.

    Each active goal of the plan is reviewed and no other, each chapter is named by the revision that the team saw, and
    `next_on` is needed, within a year, unless the team decided to close. It is held on or after the day on which the
    cycle opened.
    """
    held = await commands.record_said(tx, supervision_id=supervision_id, revision=revision, said=_said(body))
    return _shown(held)


def _said(body: schemas.SupervisionRecord) -> rules.Record:
    return rules.Record(
        held_on=body.held_on,
        chair_id=body.chair_id,
        attendees=tuple(rules.Attendee(each.person_id, each.role, each.agency) for each in body.attendees),
        apologies=tuple(rules.Attendee(each.person_id, each.role, each.agency) for each in body.apologies),
        chapters=tuple(rules.ReviewedChapter(each.chapter_id, each.revision) for each in body.chapters),
        goals=tuple(rules.GoalReview(each.goal_id, each.progress) for each in body.goals),
        stages=tuple(rules.AdultStage(each.adult_id, each.topic, each.stage) for each in body.stages),
        risk_statement=body.risk_statement,
        actions=tuple(rules.Action(new_id(), each.what, each.owner_id, each.due_on) for each in body.actions),
        decision=body.decision,
        dissent=body.dissent,
        next_on=body.next_on,
    )


@routes.get("/actions/{action_id}", dependencies=[may("workbooks:read")])
async def read_action(tx: Tx, action_id: UUID) -> schemas.Action:
    """Read what was agreed."""
    return shown(schemas.Action, await queries.action(tx, action_id))


@routes.post("/actions/{action_id}:complete", dependencies=[may("actions:complete")])
async def complete_action(
    tx: Tx, action_id: UUID, revision: IfMatch, body: schemas.ActionDone | None = None
) -> schemas.Action:
    """Say that what was agreed was done."""
    done = await commands.complete_action(
        tx, action_id=action_id, revision=revision, done_on=body.done_on if body else None
    )
    return shown(
        schemas.Action, done.action, workbook_id=done.workbook_id, done_on=done.done_on, revision=done.revision
    )
