"""Requests for practitioners over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from services.workbook.commands import requests as commands
from services.workbook.commands.requests import Held
from services.workbook.queries import team as queries
from services.workbook.schemas import team as schemas
from services.workbook.schemas.plan import Goal
from services.workbook.schemas.shown import shown

routes = router(tags=["practitioner requests"])


def _shown(held: Held) -> schemas.Request:
    return shown(schemas.Request, held.request, workbook_id=held.workbook_id)


@routes.post(
    "/workbooks/{workbook_id}/practitioner-requests",
    status_code=201,
    dependencies=[may("practitioner-requests:ask")],
)
async def request_practitioner(tx: Tx, workbook_id: UUID, body: schemas.NewRequest) -> schemas.Request:
    """Ask for an adult practitioner for a named adult.

    The need that the practitioner meets is recorded first: as the `need` of a goal in the family's plan
    (`POST …/plan/goals`) that is active or to come, or by the referral. One request for an adult and a
    specialism is open at a time.
    """
    held = await commands.ask(
        tx,
        workbook_id=workbook_id,
        adult_id=body.adult_id,
        specialism=body.specialism,
        urgency=body.urgency,
        reason=body.reason,
        occurred_at=body.occurred_at,
    )
    return _shown(held)


@routes.get("/workbooks/{workbook_id}/practitioner-requests", dependencies=[may("practitioner-requests:read")])
async def list_practitioner_requests(tx: Tx, workbook_id: UUID) -> schemas.Requests:
    """List a workbook's requests for practitioners, as their agencies have answered them."""
    found = await queries.requests(tx, workbook_id)
    return schemas.Requests(items=[shown(schemas.Request, each, workbook_id=workbook_id) for each in found])


@routes.get("/practitioner-requests/{request_id}", dependencies=[may("practitioner-requests:read")])
async def read_practitioner_request(tx: Tx, request_id: UUID) -> schemas.RequestDetail:
    """Read a request: what an agency may know of it, and once it has accepted, the goals it is asked for."""
    workbook_id, held, goals = await queries.request(tx, request_id)
    shown_goals = [shown(Goal, goal, workbook_id=workbook_id) for goal in goals]
    return shown(schemas.RequestDetail, held, workbook_id=workbook_id, goals=shown_goals)


@routes.post("/practitioner-requests/{request_id}:withdraw", dependencies=[may("practitioner-requests:withdraw")])
async def withdraw_practitioner_request(
    tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Withdrawal
) -> schemas.Request:
    """Take a request back before work began."""
    held = await commands.withdraw(
        tx, request_id=request_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
    )
    return _shown(held)
