"""Clocks over HTTP."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from libs.chassis.edge import Tx, may, router
from libs.chassis.fields import Moment
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.deadline import Clock, Standing
from services.workbook.queries import clocks as queries
from services.workbook.repository import rows
from services.workbook.schemas import clocks as schemas
from services.workbook.schemas.shown import shown

routes = router(tags=["clocks"])


def _shown(tx: Tx, row: Row[Any]) -> schemas.Clock:
    return shown(schemas.Clock, row, standing=rows.read(Clock, row).standing(tx.now))


@routes.get("/clocks", dependencies=[may("clocks:read")])
async def list_clocks(
    *,
    tx: Tx,
    wanted: WantedPage,
    standing: Standing | None = None,
    due_before: Moment | None = None,
    team_id: UUID | None = None,
    worker_id: UUID | None = None,
) -> Page[schemas.Clock]:
    """List clocks, the next due first; without a standing those that are open."""
    query = queries.listed(now=tx.now, standing=standing, due_before=due_before, team_id=team_id, worker_id=worker_id)
    found, following = await queries.page(tx, query, wanted=wanted)
    return Page(items=[_shown(tx, row) for row in found], next=following)


@routes.get("/workbooks/{workbook_id}/clocks", dependencies=[may("clocks:read")])
async def list_clocks_of_workbook(
    tx: Tx, workbook_id: UUID, wanted: WantedPage, standing: Standing | None = None
) -> Page[schemas.Clock]:
    """List a workbook's clocks, each with its rule, its source and how it stands."""
    found, following = await queries.of_workbook(tx, workbook_id, standing=standing, wanted=wanted)
    return Page(items=[_shown(tx, row) for row in found], next=following)


@routes.get("/workers/{worker_id}/due", dependencies=[may("clocks:read")])
async def list_due_of_worker(tx: Tx, worker_id: UUID, wanted: WantedPage) -> Page[schemas.Due]:
    """List all that a worker owes, the most pressing first."""
    found, following = await queries.due_page(tx, worker_id, wanted=wanted)
    return Page(items=[shown(schemas.Due, row) for row in found], next=following)
