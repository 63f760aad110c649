"""Clocks of a workbook, of a team, of a worker; and all that a worker owes, by when."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, Uuid, cast, func, literal, null, select, union_all

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.chassis.tables import Moment
from libs.kernel.deadline import Standing
from services.workbook.domain.family_plan import StepState
from services.workbook.repository import workbooks as workbook_rows
from services.workbook.tables import action, clock, step

_OPEN = clock.c.met_at.is_(None) & clock.c.voided_at.is_(None)
#: The due second itself lasts a whole second.
_SECOND = timedelta(seconds=1)


def standing_is(standing: Standing, *, now: datetime) -> ColumnElement[bool]:
    """Make the condition that a clock stands so at a moment."""
    past = clock.c.due_at <= now - _SECOND
    late = clock.c.met_at >= clock.c.due_at + _SECOND
    match standing:
        case Standing.RUNNING:
            return _OPEN & ~past & (clock.c.amber_at > now)
        case Standing.AMBER:
            return _OPEN & ~past & (clock.c.amber_at <= now)
        case Standing.BREACHED:
            return _OPEN & past
        case Standing.MET:
            return clock.c.met_at.is_not(None) & ~late
        case Standing.MET_LATE:
            return clock.c.met_at.is_not(None) & late
        case Standing.VOID:
            return clock.c.voided_at.is_not(None)


def listed(
    *,
    now: datetime,
    standing: Standing | None,
    due_before: datetime | None,
    team_id: UUID | None,
    worker_id: UUID | None,
) -> Select[Any]:
    """Make the query of a list of clocks; without a standing it is of those that are open."""
    query = select(clock).where(standing_is(standing, now=now) if standing else _OPEN)
    if due_before is not None:
        query = query.where(clock.c.due_at < due_before)
    if team_id is not None:
        query = query.where(clock.c.team_id == team_id)
    if worker_id is not None:
        query = query.where(clock.c.worker_id == worker_id)
    return query


async def page(tx: Transaction, query: Select[Any], *, wanted: Wanted) -> tuple[list[Row[Any]], str | None]:
    """Return a page of clocks, the next due first."""
    found, following = await rows_after(tx, query, keys=[clock.c.due_at, clock.c.id], wanted=wanted)
    audit.record(tx, "clocks:read")
    return list(found), following


async def of_workbook(
    tx: Transaction, workbook_id: UUID, *, standing: Standing | None, wanted: Wanted
) -> tuple[list[Row[Any]], str | None]:
    """Return a page of a workbook's clocks, of any standing or one, the first due first."""
    held = await workbook_rows.get(tx, workbook_id)
    query = select(clock).where(clock.c.workbook_id == workbook_id)
    if standing is not None:
        query = query.where(standing_is(standing, now=tx.now))
    found, following = await rows_after(tx, query, keys=[clock.c.due_at, clock.c.id], wanted=wanted)
    audit.record(tx, "clocks:read", record_id=workbook_id, family_id=held.family_id)
    return list(found), following


class DueKind(StrEnum):
    """What a worker owes."""

    CLOCK = "clock"
    ACTION = "action"
    STEP = "step"


_STANDS = [StepState.NOT_STARTED, StepState.IN_PROGRESS, StepState.CANNOT_BE_DONE_YET]


def _end_of(day: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return the moment by which something due on a day must be done: the end of that day in England."""
    return cast(func.timezone("Europe/London", day + literal(timedelta(days=1))) - literal(_SECOND), Moment)


def due_of(worker_id: UUID) -> Select[Any]:
    """Make the query of all that a worker owes: clocks of their families, agreed actions, steps of plans."""
    no_child = cast(null(), Uuid)
    clocks = select(
        literal(DueKind.CLOCK.value).label("what"),
        clock.c.id,
        clock.c.workbook_id,
        clock.c.kind.label("code"),
        clock.c.child_id,
        clock.c.due_at,
    ).where(_OPEN, clock.c.worker_id == worker_id)
    actions = select(
        literal(DueKind.ACTION.value),
        action.c.id,
        action.c.workbook_id,
        literal("agreed_action"),
        no_child,
        _end_of(action.c.due_on),
    ).where(action.c.done_on.is_(None), action.c.owner_id == worker_id)
    steps = select(
        literal(DueKind.STEP.value),
        step.c.id,
        step.c.workbook_id,
        literal("plan_step"),
        no_child,
        _end_of(step.c.due_on),
    ).where(step.c.due_on.is_not(None), step.c.state.in_(_STANDS), step.c.owner_id == worker_id)
    owed = union_all(clocks, actions, steps).subquery("owed")
    return select(owed)


async def due_page(tx: Transaction, worker_id: UUID, *, wanted: Wanted) -> tuple[list[Row[Any]], str | None]:
    """Return a page of what a worker owes, the most pressing first."""
    query = due_of(worker_id)
    owed = query.get_final_froms()[0].c
    found, following = await rows_after(tx, query, keys=[owed.due_at, owed.id], wanted=wanted)
    audit.record(tx, "clocks:read")
    return list(found), following
