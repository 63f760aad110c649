"""Requests for a worker: the unallocated list among them."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.fields import CodeText
from libs.chassis.outbox import happened_at
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.deadline import local_day
from services.allocation.commands import requests as commands
from services.allocation.domain.request import RequestState
from services.allocation.queries import proposals
from services.allocation.queries import requests as queries
from services.allocation.schemas.proposals import ProposalSummary
from services.allocation.schemas.requests import Cancellation, NewRequest, Request

routes = router(tags=["requests"])


@routes.post("/requests", status_code=201, dependencies=[may("requests:open")])
async def open_request(tx: Tx, body: NewRequest) -> Request:
    """Ask for a worker for a family; workers are ranked at once."""
    at = happened_at(tx, body.occurred_at)
    opened = await commands.ask(tx, body.value(at=at), area=body.area)
    return Request.of(queries.aged(opened, today=local_day(tx.now)))


@routes.get("/requests", dependencies=[may("requests:read")])
async def list_requests(
    tx: Tx,
    wanted: WantedPage,
    *,
    state: RequestState | None = None,
    unallocated: bool = False,
    area: CodeText | None = None,
    family_id: UUID | None = None,
) -> Page[Request]:
    """List requests, the longest waiting first; `unallocated` is every family without a named worker."""
    query = queries.listed(state=state, unallocated=unallocated, area=area, family_id=family_id)
    found, following = await queries.page(tx, query, wanted=wanted)
    return Page(items=[Request.of(each) for each in found], next=following)


@routes.get("/requests/{request_id}", dependencies=[may("requests:read")])
async def read_request(tx: Tx, request_id: UUID) -> Request:
    """Read a request."""
    return Request.of(await queries.single(tx, request_id))


@routes.get("/requests/{request_id}/proposals", dependencies=[may("proposals:read")])
async def list_proposals(tx: Tx, request_id: UUID, wanted: WantedPage) -> Page[ProposalSummary]:
    """List the proposals of a request, the newest first."""
    found, following = await proposals.of_request(tx, request_id, wanted=wanted)
    return Page(items=[ProposalSummary.of(each) for each in found], next=following)


@routes.post("/requests/{request_id}:cancel", dependencies=[may("requests:cancel")])
async def cancel_request(tx: Tx, request_id: UUID, revision: IfMatch, body: Cancellation) -> Request:
    """Cancel a request because no worker is needed any more."""
    at = happened_at(tx, body.occurred_at)
    cancelled = await commands.cancel(tx, request_id=request_id, revision=revision, reason=body.reason, at=at)
    return Request.of(queries.aged(cancelled, today=local_day(tx.now)))
