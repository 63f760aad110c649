"""Teams, workers and their absences."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.allocation import TeamRecorded, WorkerAbsent, WorkerBack, WorkerRecorded
from libs.kernel.deadline import local_day
from libs.kernel.errors import Invalid
from services.allocation.domain import scope, workers
from services.allocation.domain.workers import Absence, Team, Worker
from services.allocation.repository import staff


class NoAreas(Invalid):
    """A team serves at least one area."""


async def record_team(tx: Transaction, team: Team, *, at: datetime) -> Team:
    """Set up a team."""
    await staff.add_team(tx, _checked(team))
    audit.record(tx, "teams:change", record_id=team.id)
    _say_team(tx, team, at=at)
    return team


async def change_team(tx: Transaction, team: Team, *, revision: int, at: datetime) -> Team:
    """Change a team; who waits in its areas is looked at again."""
    await staff.get_team(tx, team.id)
    changed = replace(team, revision=await staff.save_team(tx, _checked(team), revision=revision))
    await staff.note_load_changes(tx, await staff.workers_of_team(tx, team.id), at=at)
    audit.record(tx, "teams:change", record_id=team.id)
    _say_team(tx, team, at=at)
    return changed


async def record_worker(tx: Transaction, worker: Worker, *, at: datetime) -> Worker:
    """Let a worker join a team."""
    worker = workers.check_worker(worker)
    await staff.get_team(tx, worker.team_id)
    await staff.add_worker(tx, worker)
    await staff.note_load_changes(tx, [worker.id], at=at)
    audit.record(tx, "workers:change", record_id=worker.id)
    _say_worker(tx, worker, at=at)
    return worker


async def change_worker(tx: Transaction, worker: Worker, *, revision: int, at: datetime) -> Worker:
    """Change a worker's post; who is no longer active holds families until they are passed on."""
    worker = workers.check_worker(worker)
    await staff.get_worker(tx, worker.id)
    await staff.get_team(tx, worker.team_id)
    revision = await staff.save_worker(tx, worker, revision=revision)
    await staff.note_load_changes(tx, [worker.id], at=at)
    audit.record(tx, "workers:change", record_id=worker.id)
    _say_worker(tx, worker, at=at)
    return replace(worker, revision=revision)


async def record_absence(tx: Transaction, absence: Absence, *, at: datetime) -> tuple[Worker, Absence]:
    """Record that a worker of the caller's team is or will be away."""
    worker = await _own_worker(tx, absence.worker_id)
    others = await staff.absences_of(tx, worker.id)
    workers.need_near(absence, worker=worker, today=local_day(tx.now))
    recorded = workers.record_absence(absence, others=others, worker=worker)
    await staff.add_absence(tx, recorded)
    await staff.note_load_changes(tx, [worker.id], at=at)
    audit.record(tx, "absences:record", record_id=worker.id)
    emit(
        tx,
        WorkerAbsent(
            worker_id=worker.id,
            team_id=worker.team_id,
            absence_id=recorded.id,
            from_on=recorded.from_on,
            until_on=recorded.until_on,
        ),
        occurred_at=at,
    )
    return worker, recorded


async def end_absence(
    tx: Transaction, *, absence_id: UUID, revision: int, back_on: date, at: datetime
) -> tuple[Worker, Absence]:
    """Record the day on which a worker is back."""
    absence = await staff.get_absence(tx, absence_id)
    worker = await _own_worker(tx, absence.worker_id)
    ended = workers.end_absence(absence, back_on=back_on, others=await staff.absences_of(tx, worker.id))
    return await _keep_back(tx, ended, worker=worker, revision=revision, back_on=back_on, at=at)


async def take_back_absence(
    tx: Transaction, *, absence_id: UUID, revision: int, at: datetime
) -> tuple[Worker, Absence]:
    """Record that an absence did not or will not happen."""
    absence = await staff.get_absence(tx, absence_id)
    worker = await _own_worker(tx, absence.worker_id)
    taken_back = workers.take_back(absence, now=at)
    back_on = max(local_day(at), absence.from_on)
    return await _keep_back(tx, taken_back, worker=worker, revision=revision, back_on=back_on, at=at)


async def _keep_back(
    tx: Transaction, absence: Absence, *, worker: Worker, revision: int, back_on: date, at: datetime
) -> tuple[Worker, Absence]:
    saved = replace(absence, revision=await staff.save_absence(tx, absence, revision=revision))
    await staff.note_load_changes(tx, [worker.id], at=at)
    audit.record(tx, "absences:record", record_id=worker.id)
    back = WorkerBack(worker_id=worker.id, team_id=worker.team_id, absence_id=absence.id, back_on=back_on)
    emit(tx, back, occurred_at=at)
    return worker, saved


async def _own_worker(tx: Transaction, worker_id: UUID) -> Worker:
    worker = await staff.get_worker(tx, worker_id, lock=True)
    scope.require_team(roles=tx.by.roles, own_team=tx.by.team_id, team_id=worker.team_id)
    return worker


def _checked(team: Team) -> Team:
    if not team.areas:
        raise NoAreas("Name the areas that it serves.", at="/areas")
    return team


def _say_team(tx: Transaction, team: Team, *, at: datetime) -> None:
    told = TeamRecorded(team_id=team.id, code=team.code, areas=tuple(sorted(team.areas)), active=team.active)
    emit(tx, told, occurred_at=at)


def _say_worker(tx: Transaction, worker: Worker, *, at: datetime) -> None:
    emit(
        tx,
        WorkerRecorded(
            worker_id=worker.id,
            team_id=worker.team_id,
            role=worker.role,
            fte=float(worker.fte),
            agency=worker.agency,
            active=worker.active,
            from_on=worker.from_on,
        ),
        occurred_at=at,
    )
