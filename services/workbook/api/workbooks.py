"""Workbooks over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.fields import Bounds, Moment
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.deadline import local_day
from services.workbook.commands import levels, modules, opening
from services.workbook.commands.opening import Arrival
from services.workbook.domain.levels import Level
from services.workbook.domain.modules import CODES, TITLES, ModuleProgress
from services.workbook.domain.moments import plausible_date, plausible_moment
from services.workbook.domain.workbook import State
from services.workbook.queries import record
from services.workbook.queries import workbooks as queries
from services.workbook.schemas import workbooks as schemas
from services.workbook.schemas.shared import Occurred
from services.workbook.schemas.shown import shown

routes = router(tags=["workbooks"])

ModuleCode = Annotated[int, Bounds(least=min(CODES), most=max(CODES))]


@routes.post(
    "/workbooks",
    status_code=201,
    dependencies=[may("workbooks:open")],
    responses={200: {"model": schemas.Workbook, "description": "The family had a workbook, which goes on"}},
)
async def open_workbook(tx: Tx, body: schemas.NewWorkbook, response: Response) -> schemas.Workbook:
    """Open a family's workbook from another system's record, or go on with the one that it has (200)."""
    referred_on = plausible_date(body.referred_on, today=local_day(tx.now), field="/referred_on")
    at = plausible_moment(body.occurred_at, now=tx.now, not_before=referred_on if body.referred_on else None)
    arrival = Arrival(
        family_id=body.family_id,
        referral_id=body.referral_id,
        referred_on=body.referred_on,
        children=tuple(body.children),
        adults=tuple(body.adults),
        needs=tuple(body.needs),
        team_id=body.team_id,
        worker_id=body.lead_worker_id,
        level=body.level,
        imported=True,
    )
    workbook, opened = await opening.receive(tx, arrival, at=at)
    if not opened:
        response.status_code = 200
    return shown(schemas.Workbook, workbook)


@routes.get("/workbooks", dependencies=[may("workbooks:read")])
async def list_workbooks(
    *,
    tx: Tx,
    wanted: WantedPage,
    family_id: UUID | None = None,
    team_id: UUID | None = None,
    lead_worker_id: UUID | None = None,
    state: State | None = None,
    level: Level | None = None,
) -> Page[schemas.Workbook]:
    """List workbooks: of a family, a team, a worker, in a state, at a level."""
    query = queries.listed(
        family_id=family_id, team_id=team_id, lead_worker_id=lead_worker_id, state=state, level=level
    )
    found, following = await queries.page(tx, query, wanted=wanted)
    return Page(items=[shown(schemas.Workbook, each) for each in found], next=following)


AsOf = Annotated[Moment | None, Query(description="What had happened by then")]
KnownAt = Annotated[Moment | None, Query(description="What was known then")]


@routes.get("/workbooks/{workbook_id}", dependencies=[may("workbooks:read")])
async def read_workbook(
    tx: Tx, workbook_id: UUID, as_of: AsOf = None, known_at: KnownAt = None
) -> schemas.WorkbookWithPlans:
    """Read a workbook, as it is or as it was."""
    if as_of is None and known_at is None:
        held = await queries.read(tx, workbook_id)
    else:
        held = await queries.as_of(tx, workbook_id, happened_by=as_of, known_by=known_at)
    return shown(schemas.WorkbookWithPlans, held.workbook, plans=list(held.plans))


@routes.get("/workbooks/{workbook_id}/open-items", dependencies=[may("workbooks:read")])
async def list_open_items(tx: Tx, workbook_id: UUID) -> schemas.OpenThings:
    """List everything that must end before the workbook can close."""
    return schemas.OpenThings(
        open=[shown(schemas.OpenThing, item) for item in await queries.open_items(tx, workbook_id)]
    )


@routes.get("/workbooks/{workbook_id}/cycles", dependencies=[may("workbooks:read")])
async def list_cycles(tx: Tx, workbook_id: UUID) -> schemas.Cycles:
    """List the cycles of a workbook, from the first."""
    return schemas.Cycles(items=[shown(schemas.Cycle, each) for each in await record.cycles(tx, workbook_id)])


@routes.post("/workbooks/{workbook_id}:offer-step-down", dependencies=[may("workbooks:offer-step-down")])
async def offer_step_down(
    tx: Tx, workbook_id: UUID, revision: IfMatch, body: Occurred | None = None
) -> schemas.Workbook:
    """Offer the family to early help."""
    at = body.occurred_at if body else None
    changed = await levels.offer_step_down(tx, workbook_id=workbook_id, revision=revision, occurred_at=at)
    return shown(schemas.Workbook, changed)


@routes.post("/workbooks/{workbook_id}:accept-step-down", dependencies=[may("workbooks:accept-step-down")])
async def accept_step_down(
    tx: Tx, workbook_id: UUID, revision: IfMatch, body: Occurred | None = None
) -> schemas.Workbook:
    """Take the family into early help."""
    at = body.occurred_at if body else None
    changed = await levels.accept_step_down(tx, workbook_id=workbook_id, revision=revision, occurred_at=at)
    return shown(schemas.Workbook, changed)


@routes.post("/workbooks/{workbook_id}:refuse-step-down", dependencies=[may("workbooks:refuse-step-down")])
async def refuse_step_down(
    tx: Tx, workbook_id: UUID, revision: IfMatch, body: schemas.StepDownRefusal
) -> schemas.Workbook:
    """Refuse to take the family; it stays where it is."""
    changed = await levels.refuse_step_down(
        tx, workbook_id=workbook_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
    )
    return shown(schemas.Workbook, changed)


@routes.post("/workbooks/{workbook_id}:step-up", dependencies=[may("workbooks:step-up")])
async def step_up(tx: Tx, workbook_id: UUID, revision: IfMatch, body: schemas.StepUp) -> schemas.Workbook:
    """Step the family up."""
    changed = await levels.step_up(
        tx,
        workbook_id=workbook_id,
        revision=revision,
        to=body.to_level,
        children=body.children,
        occurred_at=body.occurred_at,
    )
    return shown(schemas.Workbook, changed)


@routes.post("/workbooks/{workbook_id}:close", dependencies=[may("workbooks:close")])
async def close_workbook(tx: Tx, workbook_id: UUID, revision: IfMatch, body: schemas.Closing) -> schemas.Workbook:
    """End work with the family; 409 lists what is still open.

    The reason and the day become those of the family's referral, which then waits on the front door's work list to be
    closed (`POST /v1/referrals/{referral_id}:close` of the referrals service).
    """
    changed = await levels.close(
        tx, workbook_id=workbook_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
    )
    return shown(schemas.Workbook, changed)


@routes.post("/workbooks/{workbook_id}:reopen", dependencies=[may("workbooks:reopen")])
async def reopen_workbook(tx: Tx, workbook_id: UUID, revision: IfMatch, body: schemas.Reopening) -> schemas.Workbook:
    """Go on with a family that came back."""
    changed = await levels.reopen(
        tx, workbook_id=workbook_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
    )
    return shown(schemas.Workbook, changed)


def _module(progress: ModuleProgress) -> schemas.ModuleProgress:
    return shown(schemas.ModuleProgress, progress, title=TITLES[progress.code])


@routes.get("/workbooks/{workbook_id}/modules", dependencies=[may("modules:read")])
async def list_modules(tx: Tx, workbook_id: UUID) -> schemas.Modules:
    """Show how far the family is in each of the eight modules."""
    found = await record.module_progresses(tx, workbook_id)
    return schemas.Modules(items=[_module(each) for each in found])


async def _say_to_module(
    tx: Tx, workbook_id: UUID, code: int, verb: str, body: schemas.ModuleSaid | None
) -> schemas.ModuleProgress:
    said = await modules.say(
        tx,
        workbook_id=workbook_id,
        code=code,
        verb=verb,
        on=body.on if body else None,
        outcome=body.outcome if body else None,
    )
    return _module(said)


@routes.post("/workbooks/{workbook_id}/modules/{code}:start", dependencies=[may("modules:start")])
async def start_module(
    tx: Tx, workbook_id: UUID, code: ModuleCode, body: schemas.ModuleSaid | None = None
) -> schemas.ModuleProgress:
    """Start a module with the family."""
    return await _say_to_module(tx, workbook_id, code, "start", body)


@routes.post("/workbooks/{workbook_id}/modules/{code}:complete", dependencies=[may("modules:complete")])
async def complete_module(
    tx: Tx, workbook_id: UUID, code: ModuleCode, body: schemas.ModuleSaid | None = None
) -> schemas.ModuleProgress:
    """Complete a module, with its outcome."""
    return await _say_to_module(tx, workbook_id, code, "complete", body)


@routes.post("/workbooks/{workbook_id}/modules/{code}:resume", dependencies=[may("modules:resume")])
async def resume_module(
    tx: Tx, workbook_id: UUID, code: ModuleCode, body: schemas.ModuleSaid | None = None
) -> schemas.ModuleProgress:
    """Go on with a completed module."""
    return await _say_to_module(tx, workbook_id, code, "resume", body)


@routes.post("/workbooks/{workbook_id}/modules/{code}:set-aside", dependencies=[may("modules:set-aside")])
async def set_module_aside(
    tx: Tx, workbook_id: UUID, code: ModuleCode, body: schemas.ModuleSaid | None = None
) -> schemas.ModuleProgress:
    """Say that a module is not for this family."""
    return await _say_to_module(tx, workbook_id, code, "set-aside", body)
