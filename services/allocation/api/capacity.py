"""Caseloads and capacity of workers and teams."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from libs.chassis.edge import Tx, may, router
from libs.chassis.fields import Moment
from libs.chassis.pagination import WantedPage
from services.allocation.queries import capacity as queries
from services.allocation.schemas.capacity import (
    Capacity,
    Caseload,
    ChildOfTheFamily,
    FamilyWork,
    TeamCapacity,
    TeamCaseload,
)

routes = router(tags=["caseload and capacity"])

At = Annotated[Moment | None, Query(description="The past as recorded, the future as planned; by default now")]


@routes.get("/workers/{worker_id}/capacity", dependencies=[may("capacity:read")])
async def read_worker_capacity(tx: Tx, worker_id: UUID, at: At = None) -> Capacity:
    """Read what a worker holds and could hold at a moment, with why each family weighs what it does."""
    return Capacity.of(await queries.worker_capacity(tx, worker_id, at=at or tx.now))


@routes.get("/workers/{worker_id}/caseload", dependencies=[may("caseloads:read")])
async def read_worker_caseload(tx: Tx, worker_id: UUID, wanted: WantedPage, at: At = None) -> Caseload:
    """Read a worker's caseload at a moment, the heaviest family first; a worker reads the own one."""
    return Caseload.of(await queries.worker_caseload(tx, worker_id, at=at or tx.now, wanted=wanted))


@routes.get("/teams/{team_id}/capacity", dependencies=[may("teams:weigh")])
async def read_team_capacity(tx: Tx, team_id: UUID, at: At = None) -> TeamCapacity:
    """Read a team's load and room at a moment, and the room that partner agencies declared."""
    return TeamCapacity.of(await queries.team_capacity(tx, team_id, at=at or tx.now))


@routes.get("/teams/{team_id}/caseload", dependencies=[may("teams:weigh")])
async def read_team_caseload(tx: Tx, team_id: UUID, wanted: WantedPage, at: At = None) -> TeamCaseload:
    """Read what each worker of a team holds at a moment, in pages of workers."""
    found, following = await queries.team_caseload(tx, team_id, at=at or tx.now, wanted=wanted)
    return TeamCaseload(team_id=team_id, workers=[Caseload.of(each) for each in found], next=following)


@routes.get("/families/{family_id}/work", dependencies=[may("caseloads:read")])
async def read_family_work(tx: Tx, family_id: UUID) -> FamilyWork:
    """Read the work that each child of a family brings, and the points of each complexity rule."""
    found = await queries.family_work(tx, family_id)
    return FamilyWork(family_id=family_id, children=[ChildOfTheFamily.of(each) for each in found])
