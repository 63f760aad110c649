"""Families passing from one worker to another."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.outbox import happened_at
from libs.chassis.pagination import Page, WantedPage
from services.allocation.commands import handovers as commands
from services.allocation.queries import holding as queries
from services.allocation.schemas.holding import Completion, Handover, JointVisit, StepsDone
from services.allocation.schemas.staff import Happened

routes = router(tags=["handovers"])


@routes.get("/handovers", dependencies=[may("handovers:read")])
async def list_handovers(tx: Tx, wanted: WantedPage, family_id: UUID | None = None) -> Page[Handover]:
    """List handovers, the latest first."""
    found, following = await queries.handovers(tx, family_id=family_id, wanted=wanted)
    return Page(items=[Handover.of(each) for each in found], next=following)


@routes.get("/handovers/{handover_id}", dependencies=[may("handovers:read")])
async def read_handover(tx: Tx, handover_id: UUID) -> Handover:
    """Read a handover."""
    return Handover.of(await queries.handover_single(tx, handover_id))


@routes.post("/handovers/{handover_id}:record-joint-visit", dependencies=[may("handovers:record-visit")])
async def record_joint_visit(tx: Tx, handover_id: UUID, revision: IfMatch, body: JointVisit) -> Handover:
    """Record that both workers visited the family."""
    visited = await commands.record_joint_visit(
        tx,
        handover_id=handover_id,
        revision=revision,
        visited_on=body.visited_on,
        family_told_on=body.family_told_on,
    )
    return Handover.of(visited)


@routes.post("/handovers/{handover_id}:tick", dependencies=[may("handovers:tick")])
async def tick_handover(tx: Tx, handover_id: UUID, revision: IfMatch, body: StepsDone) -> Handover:
    """Tick steps of the checklist as done; each of the two workers ticks their own."""
    ticked = await commands.tick(
        tx,
        handover_id=handover_id,
        revision=revision,
        steps=tuple(dict.fromkeys(body.steps)),
        done_on=body.done_on,
        at=happened_at(tx, body.occurred_at),
    )
    return Handover.of(ticked)


@routes.post("/handovers/{handover_id}:complete", dependencies=[may("handovers:complete")])
async def complete_handover(tx: Tx, handover_id: UUID, revision: IfMatch, body: Completion) -> Handover:
    """Pass the family on; with a joint visit or other steps left it needs a reason, and the family has been told."""
    completed = await commands.complete(
        tx,
        handover_id=handover_id,
        revision=revision,
        family_told_on=body.family_told_on,
        no_visit_reason=body.no_visit_reason,
        unfinished_reason=body.unfinished_reason,
        text=body.text,
        at=happened_at(tx, body.occurred_at),
    )
    return Handover.of(completed)


@routes.post("/handovers/{handover_id}:cancel", dependencies=[may("handovers:complete")])
async def cancel_handover(tx: Tx, handover_id: UUID, revision: IfMatch, body: Happened) -> Handover:
    """Call the handover off; the present worker goes on."""
    at = happened_at(tx, body.occurred_at)
    return Handover.of(await commands.cancel(tx, handover_id=handover_id, revision=revision, at=at))
