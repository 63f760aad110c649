"""Teams, workers with their room, absences, schemes and declarations."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, any_, literal, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.errors import NotPermitted
from libs.kernel.roles import Role
from services.allocation.domain import scope
from services.allocation.domain.capacity import Capacity
from services.allocation.domain.exclusions import Exclusion
from services.allocation.domain.scheme import Scheme, SchemeState
from services.allocation.domain.workers import Absence, Team, Worker
from services.allocation.queries import capacity
from services.allocation.repository import exclusions, schemes, staff
from services.allocation.tables import absence, exclusion, scheme, team, worker

#: More workers than any county has; beyond it, ask by team.
_MOST_WEIGHED = 1000


class CaseloadsAreStaffData(NotPermitted):
    """Who has how much room is for managers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerRow:
    """A worker in a list, with the room there is if the caller manages."""

    worker: Worker
    capacity: Capacity | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAbsence:
    """An absence as the caller may see it: with why the worker is away, or only the days and hours."""

    absence: Absence
    with_why: bool


async def teams(tx: Transaction, *, wanted: Wanted, area: str | None) -> tuple[list[Team], str | None]:
    """List teams, or those that serve an area."""
    query = select(team)
    if area is not None:
        query = query.where(literal(area) == any_(team.c.areas))
    rows, following = await rows_after(tx, query, keys=[team.c.id], wanted=wanted)
    return [staff.team_of(row) for row in rows], following


async def workers(
    tx: Transaction, *, wanted: Wanted, team_id: UUID | None, skill: str | None, min_headroom: Decimal | None
) -> tuple[list[WorkerRow], str | None]:
    """List workers of a team, with a skill, with at least so many points of room."""
    manages = tx.by.has(Role.TEAM_MANAGER, Role.SERVICE_MANAGER)
    if min_headroom is not None and not manages:
        raise CaseloadsAreStaffData("Ask without min_headroom.")
    query = _workers(team_id=team_id, skill=skill)
    weighed: Mapping[UUID, Capacity] = {}
    if min_headroom is not None:
        everybody = await tx.rows(query.where(worker.c.active).limit(_MOST_WEIGHED))
        weighed = await capacity.of_workers(tx, [row.id for row in everybody], at=tx.now)
        roomy = sorted(id_ for id_, found in weighed.items() if found.available > 0 and found.headroom >= min_headroom)
        query = query.where(worker.c.id.in_(roomy))
    rows, following = await rows_after(tx, query, keys=[worker.c.id], wanted=wanted)
    if manages and min_headroom is None:
        weighed = await capacity.of_workers(tx, [row.id for row in rows], at=tx.now)
    found = [WorkerRow(worker=staff.worker_of(row), capacity=weighed.get(row.id)) for row in rows]
    return found, following


def _workers(*, team_id: UUID | None, skill: str | None) -> Select[tuple[object, ...]]:
    query: Select[tuple[object, ...]] = select(worker)
    if team_id is not None:
        query = query.where(worker.c.team_id == team_id)
    if skill is not None:
        query = query.where(literal(skill) == any_(worker.c.skills))
    return query


async def absences(tx: Transaction, worker_id: UUID, *, wanted: Wanted) -> tuple[list[SeenAbsence], str | None]:
    """List a worker's absences, the latest first; those taken back stay on record."""
    scope.require_own_caseload(roles=tx.by.roles, caller_id=tx.by.id, worker_id=worker_id)
    away = await staff.get_worker(tx, worker_id)
    query = select(absence).where(absence.c.worker_id == worker_id)
    keys = [absence.c.from_on, absence.c.id]
    rows, following = await rows_after(tx, query, keys=keys, wanted=wanted, newest_first=True)
    audit.record(tx, "absences:read", record_id=worker_id)
    return [as_seen(tx, away, staff.absence_of(row)) for row in rows], following


async def absence_single(tx: Transaction, absence_id: UUID) -> SeenAbsence:
    """Return one absence; a worker sees the own ones."""
    found = await staff.get_absence(tx, absence_id)
    scope.require_own_caseload(roles=tx.by.roles, caller_id=tx.by.id, worker_id=found.worker_id)
    audit.record(tx, "absences:read", record_id=found.worker_id)
    return as_seen(tx, await staff.get_worker(tx, found.worker_id), found)


def as_seen(tx: Transaction, away: Worker, found: Absence) -> SeenAbsence:
    """Return an absence of a worker as the caller may see it."""
    with_why = scope.sees_why_away(
        roles=tx.by.roles,
        own_team=tx.by.team_id,
        caller_id=tx.by.id,
        worker_id=away.id,
        team_id=away.team_id,
    )
    return SeenAbsence(absence=found, with_why=with_why)


async def schemes_page(
    tx: Transaction, *, wanted: Wanted, state: SchemeState | None
) -> tuple[Sequence[Scheme], str | None]:
    """List versions of the scheme, the newest first; the bundled one while no other was drafted."""
    query = select(scheme)
    if state is not None:
        query = query.where(scheme.c.state == state)
    rows, following = await rows_after(tx, query, keys=[scheme.c.version], wanted=wanted, newest_first=True)
    found = [schemes.scheme_of(row) for row in rows]
    bundled_counts = not found and wanted.after is None and state in {None, SchemeState.ACTIVE}
    return [schemes.BUNDLED] if bundled_counts else found, following


async def declarations(tx: Transaction, *, family_id: UUID, wanted: Wanted) -> tuple[list[Exclusion], str | None]:
    """List what was declared about a family, withdrawn or not."""
    query = select(exclusion).where(exclusion.c.family_id == family_id)
    rows, following = await rows_after(tx, query, keys=[exclusion.c.id], wanted=wanted)
    audit.record(tx, "exclusions:read", family_id=family_id)
    return [exclusions.exclusion_of(row) for row in rows], following


async def declaration(tx: Transaction, exclusion_id: UUID) -> Exclusion:
    """Return one declaration."""
    found = await exclusions.get(tx, exclusion_id)
    audit.record(tx, "exclusions:read", record_id=exclusion_id, family_id=found.family_id)
    return found
