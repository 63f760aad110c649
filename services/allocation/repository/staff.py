"""Teams, workers and absences."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from libs.kernel.ids import TeamId, WorkerId
from services.allocation.domain.workers import Absence, AbsenceReason, Team, Worker, WorkerRole
from services.allocation.repository.rows import values_of
from services.allocation.tables import absence, load_change, team, worker


def team_of(row: Row[Any]) -> Team:
    """Read a team from a row."""
    return Team(
        id=TeamId(row.id),
        code=row.code,
        name=row.name,
        areas=frozenset(row.areas),
        active=row.active,
        revision=row.revision,
    )


def worker_of(row: Row[Any]) -> Worker:
    """Read a worker from a row."""
    return Worker(
        id=WorkerId(row.id),
        team_id=TeamId(row.team_id),
        name=row.name,
        role=WorkerRole(row.role),
        fte=row.fte,
        contracted_hours=row.contracted_hours,
        base_area=row.base_area,
        first_year_from=row.first_year_from,
        first_year_until=row.first_year_until,
        agency=row.agency,
        agency_until=row.agency_until,
        skills=frozenset(row.skills),
        languages=frozenset(row.languages),
        extra_duties=row.extra_duties,
        active=row.active,
        from_on=row.from_on,
        revision=row.revision,
    )


def absence_of(row: Row[Any]) -> Absence:
    """Read an absence from a row."""
    return Absence(
        id=row.id,
        worker_id=WorkerId(row.worker_id),
        reason=AbsenceReason(row.reason),
        sudden=row.sudden,
        from_on=row.from_on,
        until_on=row.until_on,
        hours=row.hours,
        taken_back_at=row.taken_back_at,
        revision=row.revision,
    )


async def get_team(tx: Transaction, team_id: UUID) -> Team:
    """Return a team; raise `NotFound` without one."""
    row = await tx.row(select(team).where(team.c.id == team_id))
    if row is None:
        raise NotFound
    return team_of(row)


async def areas_of(tx: Transaction, team_id: UUID | None) -> frozenset[str]:
    """Return the areas that a team serves; none without a team."""
    if team_id is None:
        return frozenset()
    row = await tx.row(select(team.c.areas).where(team.c.id == team_id))
    return frozenset(row.areas) if row is not None else frozenset()


async def add_team(tx: Transaction, value: Team) -> None:
    """Keep a new team."""
    await tx.add(team, values_of(value))


async def save_team(tx: Transaction, value: Team, *, revision: int) -> int:
    """Keep a changed team; return its new revision."""
    return await tx.change(team, revision=revision, **_without_revision(values_of(value)))


async def get_worker(tx: Transaction, worker_id: UUID, *, lock: bool = False) -> Worker:
    """Return a worker, held until the end of the transaction if so asked; raise `NotFound` without one."""
    query = select(worker).where(worker.c.id == worker_id)
    row = await tx.row(query.with_for_update(key_share=True) if lock else query)
    if row is None:
        raise NotFound
    return worker_of(row)


async def add_worker(tx: Transaction, value: Worker) -> None:
    """Keep a new worker."""
    await tx.add(worker, values_of(value))


async def save_worker(tx: Transaction, value: Worker, *, revision: int) -> int:
    """Keep a changed worker; return the new revision."""
    return await tx.change(worker, revision=revision, **_without_revision(values_of(value)))


async def workers_of_team(tx: Transaction, team_id: UUID) -> list[WorkerId]:
    """Return who belongs to a team and is active."""
    rows = await tx.rows(select(worker.c.id).where(worker.c.team_id == team_id, worker.c.active).order_by(worker.c.id))
    return [WorkerId(row.id) for row in rows]


async def absences_of(tx: Transaction, worker_id: UUID) -> list[Absence]:
    """Return the absences of a worker that were not taken back."""
    query = select(absence).where(absence.c.worker_id == worker_id, absence.c.taken_back_at.is_(None))
    return [absence_of(row) for row in await tx.rows(query)]


async def get_absence(tx: Transaction, absence_id: UUID) -> Absence:
    """Return an absence; raise `NotFound` without one."""
    row = await tx.row(select(absence).where(absence.c.id == absence_id))
    if row is None:
        raise NotFound
    return absence_of(row)


async def add_absence(tx: Transaction, value: Absence) -> None:
    """Keep a new absence."""
    await tx.add(absence, values_of(value))


async def save_absence(tx: Transaction, value: Absence, *, revision: int) -> int:
    """Keep a changed absence; return its new revision."""
    return await tx.change(absence, revision=revision, **_without_revision(values_of(value)))


async def note_load_changes(tx: Transaction, worker_ids: Iterable[UUID], *, at: Any) -> None:
    """Leave word for the ticks that the load or the hours of these workers changed."""
    await tx.add(load_change, *({"worker_id": worker_id, "at": at} for worker_id in sorted(set(worker_ids))))


def _without_revision(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name != "revision"}
