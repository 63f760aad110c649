"""How much workers and teams hold and could hold, and what a family's children weigh."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, items_after, rows_after
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound
from libs.kernel.roles import Role
from services.allocation.domain import capacity as weighing
from services.allocation.domain import caseload, scope
from services.allocation.domain.capacity import Capacity
from services.allocation.domain.caseload import TeamCapacity, WorkerCaseload
from services.allocation.domain.cases import Case, CaseType
from services.allocation.repository import allocations, candidates, families, practitioners, schemes, staff
from services.allocation.repository.candidates import NOTHING, Member
from services.allocation.repository.families import ChildRecord
from services.allocation.repository.practitioners import Room
from services.allocation.tables import child_case, worker


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A capacity with the version of the scheme that it was weighed by."""

    capacity: Capacity
    scheme_version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseloadPage:
    """A worker's caseload with some of its families, the cursor of those after them, and the scheme's version."""

    caseload: WorkerCaseload
    scheme_version: int
    following: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamRoom:
    """A team's capacity, and the room that agencies declared beside it."""

    team: TeamCapacity
    scheme_version: int
    on: datetime
    practitioners: tuple[Room, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildOfFamily:
    """What is known of a child's work, and how its complexity came about."""

    record: ChildRecord
    case_type: CaseType


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    members: list[Member]
    cases: Mapping[UUID, tuple[Case, ...]]
    capacities: Mapping[UUID, Capacity]
    scheme_version: int


async def of_workers(tx: Transaction, worker_ids: list[UUID], *, at: datetime) -> Mapping[UUID, Capacity]:
    """Return the capacity of several workers now, in a fixed number of statements."""
    if not worker_ids:
        return {}
    return (await _known(tx, await candidates.members(tx, worker_ids), at=at)).capacities


async def _known(tx: Transaction, members: list[Member], *, at: datetime) -> _Known:
    past, on = at < tx.now, local_day(at)
    scheme = await (schemes.in_force(tx, at=at) if past else schemes.active(tx))
    ids = [member.worker.id for member in members]
    away = await candidates.absences(tx, ids, on=on, taken_back_after=at if past else None)
    held = await candidates.holdings(tx, members, at=at, rules=scheme.rules, past=past)
    cases: dict[UUID, tuple[Case, ...]] = {
        member.worker.id: held.get(member.worker.id, NOTHING).cases for member in members
    }
    return _Known(
        members=members,
        cases=cases,
        capacities={
            member.worker.id: weighing.capacity(
                member.worker,
                absences=away.get(member.worker.id, ()),
                cases=cases[member.worker.id],
                rules=scheme.rules,
                on=on,
            )
            for member in members
        },
        scheme_version=scheme.version,
    )


async def worker_capacity(tx: Transaction, worker_id: UUID, *, at: datetime) -> Weighed:
    """Return what a worker holds and could hold at a moment: the past as recorded, the future as planned."""
    known = await _one(tx, worker_id, at=at)
    audit.record(tx, "capacity:read", record_id=worker_id)
    return Weighed(capacity=known.capacities[worker_id], scheme_version=known.scheme_version)


async def worker_caseload(tx: Transaction, worker_id: UUID, *, at: datetime, wanted: Wanted) -> CaseloadPage:
    """Return a worker's caseload at a moment, a page of its families with why each weighs what it does."""
    known = await _one(tx, worker_id, at=at)
    audit.record(tx, "caseloads:read", record_id=worker_id)
    whole = caseload.worker_caseload(known.capacities[worker_id], cases=known.cases[worker_id])
    families, following = items_after(whole.held, of="caseload", key=caseload.place, kinds=(int, UUID), wanted=wanted)
    return CaseloadPage(
        caseload=replace(whole, held=tuple(families)), scheme_version=known.scheme_version, following=following
    )


async def _one(tx: Transaction, worker_id: UUID, *, at: datetime) -> _Known:
    scope.require_own_caseload(roles=tx.by.roles, caller_id=tx.by.id, worker_id=worker_id)
    members = await candidates.members(tx, [worker_id])
    if not members:
        raise NotFound
    return await _known(tx, members, at=at)


async def team_capacity(tx: Transaction, team_id: UUID, *, at: datetime) -> TeamRoom:
    """Return a team's load and room at a moment, and what agencies declared for it."""
    team = await staff.get_team(tx, team_id)
    who = candidates.of_team(team_id, at=at if at < tx.now else None)
    known = await _known(tx, await candidates.members(tx, None, who=who), at=at)
    return TeamRoom(
        team=caseload.team_capacity(team.id, workers=known.capacities.values()),
        scheme_version=known.scheme_version,
        on=at,
        practitioners=tuple(await practitioners.room_of_team(tx, team_id)),
    )


async def team_caseload(
    tx: Transaction, team_id: UUID, *, at: datetime, wanted: Wanted
) -> tuple[list[CaseloadPage], str | None]:
    """Return what each worker of a team held at a moment, a page of the workers in the order of their ids."""
    await staff.get_team(tx, team_id)
    of_team = select(worker.c.id).where(candidates.of_team(team_id, at=at if at < tx.now else None))
    rows, following = await rows_after(tx, of_team, keys=[worker.c.id], wanted=wanted)
    known = await _known(tx, await candidates.members(tx, [row.id for row in rows]), at=at)
    audit.record(tx, "caseloads:read", record_id=team_id)
    found = [
        CaseloadPage(
            caseload=caseload.worker_caseload(known.capacities[member.worker.id], cases=known.cases[member.worker.id]),
            scheme_version=known.scheme_version,
            following=None,
        )
        for member in known.members
    ]
    return found, following


async def family_work(tx: Transaction, family_id: UUID) -> list[ChildOfFamily]:
    """Return the work that each child of a family brings, with the points of each complexity rule."""
    if not tx.by.has(Role.TEAM_MANAGER, Role.SERVICE_MANAGER):
        holders = await allocations.holders_of(tx, [family_id])
        if tx.by.id not in holders:
            raise NotFound
    rules = (await schemes.active(tx)).rules
    rows = await tx.rows(select(child_case).where(child_case.c.family_id == family_id).order_by(child_case.c.child_id))
    if not rows:
        raise NotFound
    audit.record(tx, "caseloads:read", family_id=family_id)
    records = [families.record_of(row._mapping) for row in rows]  # noqa: SLF001 - the documented mapping view
    return [
        ChildOfFamily(
            record=record,
            case_type=record.work(on=local_day(tx.now), settled_after_days=rules.table.settled_after_days).case_type,
        )
        for record in records
    ]
