"""Everything that is known of workers when a family is to be given: a fixed number of statements, however many workers."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, cast, func, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.types import Uuid

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from libs.kernel.ids import FamilyId, WorkerId
from services.allocation.domain.cases import Case, Share, take_on
from services.allocation.domain.forecast import WEEKS, Arrivals
from services.allocation.domain.scheme import Rules
from services.allocation.domain.workers import Absence, Team, Worker
from services.allocation.repository import families, requests, staff
from services.allocation.tables import absence, allocation, child_case, cover, practitioner_work, request, team, worker

_RECENT = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A worker with the team."""

    worker: Worker
    team: Team


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """What one worker holds, and how many families came in the last seven days."""

    cases: tuple[Case, ...] = ()
    new_families: int = 0


NOTHING = Holding()


def of_team(team_id: UUID, *, at: datetime | None = None) -> ColumnElement[bool]:
    """Return the condition that a worker is active in a team, or held a family for it at a past moment."""
    there = (worker.c.team_id == team_id) & worker.c.active
    if at is None:
        return there
    held = select(allocation.c.worker_id).where(allocation.c.team_id == team_id, _open_at(at))
    return there | worker.c.id.in_(held)


def _open_at(at: datetime) -> ColumnElement[bool]:
    return (allocation.c.started_at <= at) & (allocation.c.ended_at.is_(None) | (allocation.c.ended_at > at))


async def members(
    tx: Transaction, worker_ids: Iterable[UUID] | None, *, lock: bool = False, who: ColumnElement[bool] | None = None
) -> list[Member]:
    """Return workers with their teams, in order of id: some by id, those whom a condition names, or all who are active.

    With `lock` they are held until the end of the transaction, so that two managers cannot both take the
    last room.
    """
    query = select(
        worker,
        team.c.code.label("team_code"),
        team.c.name.label("team_name"),
        team.c.areas,
        team.c.active.label("team_active"),
        team.c.revision.label("team_revision"),
    ).join(team, team.c.id == worker.c.team_id)
    if who is None:
        who = worker.c.active if worker_ids is None else worker.c.id.in_(sorted(worker_ids))
    query = query.where(who).order_by(worker.c.id)
    rows = await tx.rows(query.with_for_update(of=worker, key_share=True) if lock else query)
    return [Member(worker=staff.worker_of(row), team=_team_of(row)) for row in rows]


def _team_of(row: Row[Any]) -> Team:
    return Team(
        id=row.team_id,
        code=row.team_code,
        name=row.team_name,
        areas=frozenset(row.areas),
        active=row.team_active,
        revision=row.team_revision,
    )


async def absences(
    tx: Transaction, worker_ids: Sequence[UUID], *, on: date, taken_back_after: datetime | None = None
) -> dict[UUID, tuple[Absence, ...]]:
    """Return by worker the absences that have not ended by a day; those taken back after a moment still stood then."""
    found: dict[UUID, tuple[Absence, ...]] = defaultdict(tuple)
    query = select(absence).where(
        absence.c.worker_id.in_(worker_ids),
        _stood(taken_back_after),
        or_(absence.c.until_on.is_(None), absence.c.until_on > on),
    )
    for row in await tx.rows(query.order_by(absence.c.from_on)):
        found[row.worker_id] = (*found[row.worker_id], replace(staff.absence_of(row), taken_back_at=None))
    return found


def _stood(at: datetime | None) -> ColumnElement[bool]:
    standing = absence.c.taken_back_at.is_(None)
    return standing if at is None else standing | (absence.c.taken_back_at > at)


def _held(worker_ids: Sequence[UUID], *, at: datetime | None) -> Select[Any]:
    document = families.document() if at is None else families.document_at(at)
    children = (
        select(func.coalesce(func.jsonb_agg(document), cast([], JSONB)))
        .where(child_case.c.child_id == func.any(allocation.c.children))
        .scalar_subquery()
    )
    ids = cast(list(worker_ids), ARRAY(Uuid))
    covered_by, covers = _covers(ids, at=at)
    return select(
        allocation.c.worker_id,
        covered_by.label("covered_by"),
        allocation.c.family_id,
        allocation.c.share,
        allocation.c.children,
        allocation.c.area,
        allocation.c.needs_interpreter,
        allocation.c.previous_worker_id,
        allocation.c.started_at,
        allocation.c.ended_at,
        children.label("known"),
    ).where(or_(allocation.c.worker_id == func.any(ids), covers))


def _covers(ids: ColumnElement[Any], *, at: datetime | None) -> tuple[ColumnElement[Any], ColumnElement[bool]]:
    if at is None:
        return allocation.c.covered_by, allocation.c.covered_by == func.any(ids)
    then = (cover.c.started_at <= at) & (cover.c.ended_at.is_(None) | (cover.c.ended_at > at))
    standing_in = select(cover.c.worker_id).where(cover.c.allocation_id == allocation.c.id, then).limit(1)
    theirs = select(cover.c.allocation_id).where(cover.c.worker_id == func.any(ids), then)
    return standing_in.correlate(allocation).scalar_subquery(), allocation.c.id.in_(theirs)


async def holdings(
    tx: Transaction, of: Sequence[Member], *, at: datetime, rules: Rules, past: bool = False
) -> dict[UUID, Holding]:
    """Return by worker what they hold: what is open now, or with `past` what was open at that moment."""
    if not of:
        return {}
    query = _held([member.worker.id for member in of], at=at if past else None)
    is_open: ColumnElement[bool] = allocation.c.ended_at.is_(None)
    if past:
        is_open = _open_at(at)
    recent = (allocation.c.started_at > at - _RECENT) & (allocation.c.started_at <= at)
    rows = await tx.rows(query.where(is_open | recent).order_by(allocation.c.started_at, allocation.c.id))
    bases = {member.worker.id: member.worker.base_area for member in of}
    cases: dict[UUID, tuple[Case, ...]] = defaultdict(tuple)
    new: dict[UUID, set[UUID]] = defaultdict(set)
    for row in rows:
        still = (row.ended_at is None) or (past and row.ended_at > at)
        for worker_id, share in ((row.worker_id, Share(row.share)), (row.covered_by, Share.CO)):
            if worker_id not in bases:
                continue
            if worker_id == row.worker_id and at - _RECENT < row.started_at <= at:
                new[worker_id].add(row.family_id)
            if still:
                case = _case_of(row, share=share, base=bases[worker_id], rules=rules, on=local_day(at))
                cases[worker_id] = take_on(cases[worker_id], case)
    return {each: Holding(cases=cases[each], new_families=len(new[each])) for each in bases}


def _case_of(row: Row[Any], *, share: Share, base: str, rules: Rules, on: date) -> Case:
    known = {record.child_id: record for record in map(families.record_of, row.known)}
    started_on = local_day(row.started_at)
    return Case(
        family_id=FamilyId(row.family_id),
        children=tuple(
            known.get(child, families.ChildRecord(child_id=child, family_id=row.family_id)).work(
                on=on, settled_after_days=rules.table.settled_after_days
            )
            for child in row.children
        ),
        share=share,
        since=started_on,
        taken_over_on=started_on if row.previous_worker_id is not None and share is Share(row.share) else None,
        travel_minutes=rules.travel_minutes(base, row.area),
        needs_interpreter=row.needs_interpreter,
    )


async def arrivals(tx: Transaction, *, at: datetime) -> list[Arrivals]:
    """Return what came to each area in the four weeks before a moment."""
    query = (
        select(
            request.c.area, func.count().label("families"), func.sum(func.cardinality(request.c.children)).label("of")
        )
        .where(requests.opened_between(at - timedelta(weeks=WEEKS), at))
        .group_by(request.c.area)
        .order_by(request.c.area)
    )
    return [Arrivals(row.area, int(row.families), int(row.of)) for row in await tx.rows(query)]


async def paired(tx: Transaction, *, family_id: UUID) -> dict[UUID, int]:
    """Return by worker how many adult practitioners of this family work with another family of theirs."""
    own, theirs = practitioner_work.alias("own"), practitioner_work.alias("theirs")
    query = (
        select(allocation.c.worker_id, func.count(func.distinct(own.c.practitioner_id)).label("practitioners"))
        .join(theirs, (theirs.c.practitioner_id == own.c.practitioner_id) & ~theirs.c.ended)
        .join(allocation, (allocation.c.family_id == theirs.c.family_id) & allocation.c.ended_at.is_(None))
        .where(own.c.family_id == family_id, ~own.c.ended, theirs.c.family_id != family_id)
        .group_by(allocation.c.worker_id)
    )
    return {WorkerId(row.worker_id): int(row.practitioners) for row in await tx.rows(query)}
