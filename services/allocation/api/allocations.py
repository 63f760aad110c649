"""Who holds which family."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.outbox import happened_at
from libs.chassis.pagination import Page, WantedPage
from services.allocation.commands import handovers, holding
from services.allocation.queries import holding as queries
from services.allocation.schemas.holding import (
    Allocation,
    AnotherWorker,
    Concern,
    ContinuityOfFamily,
    Ending,
    Handover,
    HandoverPlan,
)
from services.allocation.schemas.staff import Happened

routes = router(tags=["allocations"])


@routes.get("/allocations", dependencies=[may("allocations:read")])
async def list_allocations(
    tx: Tx,
    wanted: WantedPage,
    family_id: UUID | None = None,
    worker_id: UUID | None = None,
    open: bool = False,  # noqa: A002 - the word that a caller would use
) -> Page[Allocation]:
    """List allocations of a family or a worker, the latest first."""
    query = queries.listed(family_id=family_id, worker_id=worker_id, only_open=open)
    found, following = await queries.page(tx, query, wanted=wanted)
    return Page(items=[Allocation.model_validate(each) for each in found], next=following)


@routes.get("/allocations/{allocation_id}", dependencies=[may("allocations:read")])
async def read_allocation(tx: Tx, allocation_id: UUID) -> Allocation:
    """Read an allocation."""
    return Allocation.model_validate(await queries.single(tx, allocation_id))


@routes.post("/allocations/{allocation_id}:end", dependencies=[may("allocations:change")])
async def end_allocation(tx: Tx, allocation_id: UUID, revision: IfMatch, body: Ending) -> Allocation:
    """End a worker's part; a lead ends with the work, by a handover, or with `find_another`."""
    ended = await holding.end(
        tx,
        allocation_id=allocation_id,
        revision=revision,
        reason=body.reason,
        find_another=body.find_another,
        at=happened_at(tx, body.occurred_at),
    )
    return Allocation.model_validate(ended)


@routes.post("/allocations/{allocation_id}:add-co-worker", status_code=201, dependencies=[may("allocations:change")])
async def add_co_worker(tx: Tx, allocation_id: UUID, revision: IfMatch, body: AnotherWorker) -> Allocation:
    """Let another worker work with the family beside its lead."""
    beside = await holding.add_co_worker(
        tx,
        allocation_id=allocation_id,
        revision=revision,
        worker_id=body.worker_id,
        text=body.text,
        at=happened_at(tx, body.occurred_at),
    )
    return Allocation.model_validate(beside)


@routes.post("/allocations/{allocation_id}:cover", dependencies=[may("allocations:change")])
async def cover_allocation(tx: Tx, allocation_id: UUID, revision: IfMatch, body: AnotherWorker) -> Allocation:
    """Let another worker stand in during an absence; the lead stays the lead."""
    covered = await holding.cover(
        tx,
        allocation_id=allocation_id,
        revision=revision,
        worker_id=body.worker_id,
        text=body.text,
        at=happened_at(tx, body.occurred_at),
    )
    return Allocation.model_validate(covered)


@routes.post("/allocations/{allocation_id}:resume", dependencies=[may("allocations:change")])
async def resume_allocation(tx: Tx, allocation_id: UUID, revision: IfMatch, body: Happened) -> Allocation:
    """Let nobody stand in any more because the lead is back."""
    at = happened_at(tx, body.occurred_at)
    resumed = await holding.resume(tx, allocation_id=allocation_id, revision=revision, at=at)
    return Allocation.model_validate(resumed)


@routes.post("/allocations/{allocation_id}:raise-concern", dependencies=[may("allocations:raise-concern")])
async def raise_concern(tx: Tx, allocation_id: UUID, revision: IfMatch, body: Concern) -> Allocation:
    """Raise a concern about an own allocation within two working days; it is recorded and no veto."""
    at = happened_at(tx, body.occurred_at)
    raised = await holding.raise_concern(tx, allocation_id=allocation_id, revision=revision, text=body.text, at=at)
    return Allocation.model_validate(raised)


@routes.post("/allocations/{allocation_id}:plan-handover", status_code=201, dependencies=[may("handovers:plan")])
async def plan_handover(tx: Tx, allocation_id: UUID, revision: IfMatch, body: HandoverPlan) -> Handover:
    """Plan that the family passes to another worker."""
    planned = await handovers.plan(
        tx,
        allocation_id=allocation_id,
        revision=revision,
        to_worker_id=body.worker_id,
        reason=body.reason,
        joint_visit_on=body.joint_visit_on,
        family_told_on=body.family_told_on,
        text=body.text,
        at=happened_at(tx, body.occurred_at),
    )
    return Handover.of(planned)


@routes.get("/families/{family_id}/continuity", dependencies=[may("continuity:read")])
async def read_continuity(tx: Tx, family_id: UUID) -> ContinuityOfFamily:
    """Read how often a family and each child changed worker."""
    return ContinuityOfFamily.of(family_id, await queries.family_continuity(tx, family_id))
