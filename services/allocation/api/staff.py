"""Teams, workers and their absences."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.fields import CodeText
from libs.chassis.outbox import happened_at
from libs.chassis.pagination import Page, WantedPage
from services.allocation.commands import staff as commands
from services.allocation.queries import staff as queries
from services.allocation.repository import staff
from services.allocation.schemas.numbers import exact
from services.allocation.schemas.staff import (
    Absence,
    Happened,
    NewAbsence,
    NewTeam,
    NewWorker,
    Return,
    Team,
    TeamPost,
    Worker,
    WorkerPost,
    WorkerSummary,
)

routes = router(tags=["teams and workers"])


@routes.post("/teams", status_code=201, dependencies=[may("teams:change")])
async def record_team(tx: Tx, body: NewTeam) -> Team:
    """Set up a team and the areas that it serves."""
    at = happened_at(tx, body.occurred_at)
    return Team.model_validate(await commands.record_team(tx, body.team(), at=at))


@routes.put("/teams/{team_id}", dependencies=[may("teams:change")])
async def change_team(tx: Tx, team_id: UUID, revision: IfMatch, body: TeamPost) -> Team:
    """Change a team."""
    at = happened_at(tx, body.occurred_at)
    return Team.model_validate(await commands.change_team(tx, body.value(team_id), revision=revision, at=at))


@routes.get("/teams", dependencies=[may("teams:read")])
async def list_teams(tx: Tx, wanted: WantedPage, area: CodeText | None = None) -> Page[Team]:
    """List teams, or those that serve an area."""
    found, following = await queries.teams(tx, wanted=wanted, area=area)
    return Page(items=[Team.model_validate(each) for each in found], next=following)


@routes.get("/teams/{team_id}", dependencies=[may("teams:read")])
async def read_team(tx: Tx, team_id: UUID) -> Team:
    """Read a team."""
    return Team.model_validate(await staff.get_team(tx, team_id))


@routes.post("/workers", status_code=201, dependencies=[may("workers:change")])
async def record_worker(tx: Tx, body: NewWorker) -> Worker:
    """Let a worker join a team."""
    at = happened_at(tx, body.occurred_at)
    return Worker.model_validate(await commands.record_worker(tx, body.value(body.id), at=at))


@routes.put("/workers/{worker_id}", dependencies=[may("workers:change")])
async def change_worker(tx: Tx, worker_id: UUID, revision: IfMatch, body: WorkerPost) -> Worker:
    """Change a worker's post."""
    at = happened_at(tx, body.occurred_at)
    return Worker.model_validate(await commands.change_worker(tx, body.value(worker_id), revision=revision, at=at))


@routes.get("/workers", dependencies=[may("workers:read")])
async def list_workers(
    tx: Tx,
    wanted: WantedPage,
    team_id: UUID | None = None,
    skill: CodeText | None = None,
    min_headroom: Annotated[float | None, Query(ge=-1000, le=1000, allow_inf_nan=False)] = None,
) -> Page[WorkerSummary]:
    """List workers of a team, with a skill, with at least so many points of room (managers)."""
    room = None if min_headroom is None else exact(min_headroom)
    found, following = await queries.workers(tx, wanted=wanted, team_id=team_id, skill=skill, min_headroom=room)
    return Page(items=[WorkerSummary.of(each) for each in found], next=following)


@routes.get("/workers/{worker_id}", dependencies=[may("workers:read")])
async def read_worker(tx: Tx, worker_id: UUID) -> Worker:
    """Read a worker's post."""
    return Worker.model_validate(await staff.get_worker(tx, worker_id))


@routes.post("/workers/{worker_id}/absences", status_code=201, dependencies=[may("absences:record")])
async def record_absence(tx: Tx, worker_id: UUID, body: NewAbsence) -> Absence:
    """Record that a worker is or will be away; absences of all hours never overlap.

    It begins after the worker came into post, and at most two years ahead.
    """
    at = happened_at(tx, body.occurred_at)
    recorded = await commands.record_absence(tx, body.value(worker_id), at=at)
    return Absence.of(queries.as_seen(tx, *recorded))


@routes.get("/workers/{worker_id}/absences", dependencies=[may("absences:read")])
async def list_absences(tx: Tx, worker_id: UUID, wanted: WantedPage) -> Page[Absence]:
    """List a worker's absences, the latest first; why is for the worker and the manager of the worker's team."""
    found, following = await queries.absences(tx, worker_id, wanted=wanted)
    return Page(items=[Absence.of(each) for each in found], next=following)


@routes.get("/absences/{absence_id}", dependencies=[may("absences:read")])
async def read_absence(tx: Tx, absence_id: UUID) -> Absence:
    """Read an absence; why is for the worker and the manager of the worker's team."""
    return Absence.of(await queries.absence_single(tx, absence_id))


@routes.post("/absences/{absence_id}:end", dependencies=[may("absences:record")])
async def end_absence(tx: Tx, absence_id: UUID, revision: IfMatch, body: Return) -> Absence:
    """Record the first day on which the worker is back."""
    at = happened_at(tx, body.occurred_at)
    ended = await commands.end_absence(tx, absence_id=absence_id, revision=revision, back_on=body.back_on, at=at)
    return Absence.of(queries.as_seen(tx, *ended))


@routes.post("/absences/{absence_id}:take-back", dependencies=[may("absences:record")])
async def take_back_absence(tx: Tx, absence_id: UUID, revision: IfMatch, body: Happened) -> Absence:
    """Record that an absence did not or will not happen."""
    at = happened_at(tx, body.occurred_at)
    gone = await commands.take_back_absence(tx, absence_id=absence_id, revision=revision, at=at)
    return Absence.of(queries.as_seen(tx, *gone))
