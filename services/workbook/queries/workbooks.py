"""Workbooks as they are, as they were, and what keeps them open."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, exists, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.deadline import local_day
from services.workbook.domain import sections
from services.workbook.domain import workbook as rules
from services.workbook.domain.levels import Level
from services.workbook.domain.workbook import OpenItem, State, Workbook
from services.workbook.repository import closing, readers, rows
from services.workbook.repository import workbooks as repository
from services.workbook.tables import plan_spell, practitioner_request, workbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A workbook with the plans that its children are on."""

    workbook: Workbook
    plans: tuple[Row[Any], ...]


async def read(tx: Transaction, workbook_id: UUID) -> Overview:
    """Return a workbook and the plans that its children are on now."""
    await readers.reader(tx, workbook_id)
    held = await repository.get(tx, workbook_id)
    open_spells = select(plan_spell).where(plan_spell.c.workbook_id == workbook_id, plan_spell.c.ended_on.is_(None))
    plans = await tx.rows(open_spells.order_by(plan_spell.c.child_id, plan_spell.c.started_on))
    audit.record(tx, "workbooks:read", record_id=workbook_id, family_id=held.family_id)
    return Overview(workbook=held, plans=tuple(plans))


async def as_of(
    tx: Transaction, workbook_id: UUID, *, happened_by: datetime | None, known_by: datetime | None
) -> Overview:
    """Return a workbook as it was at one moment, as it was known at another."""
    await readers.reader(tx, workbook_id)
    now = await repository.get(tx, workbook_id)
    kept = await repository.as_of(tx, workbook_id, happened_by=happened_by, known_by=known_by)
    if "state" not in kept:
        raise rows.NoSuchRecord
    on = local_day(happened_by or known_by or tx.now)
    held = select(plan_spell).where(
        plan_spell.c.workbook_id == workbook_id,
        plan_spell.c.started_on <= on,
        plan_spell.c.ended_on.is_(None) | (plan_spell.c.ended_on > on),
    )
    plans = await tx.rows(held.order_by(plan_spell.c.child_id, plan_spell.c.started_on))
    audit.record(tx, "workbooks:read", record_id=workbook_id, family_id=now.family_id)
    # Everything that the history does not keep is as it is now: the family, the day it opened.
    then = rows.read(
        Workbook,
        {
            **{name: getattr(now, name) for name in ("id", "family_id", "opened_on", "imported", "needs", "revision")},
            "referred_on": now.referred_on if kept["referral_id"] == now.referral_id else None,
            **kept,
        },
    )
    return Overview(workbook=then, plans=tuple(plans))


async def open_items(tx: Transaction, workbook_id: UUID) -> tuple[OpenItem, ...]:
    """Return everything that must end before a workbook can close, as far as the caller sees it."""
    who = await readers.reader(tx, workbook_id)
    held = await repository.get(tx, workbook_id)
    audit.record(tx, "workbooks:read", record_id=workbook_id, family_id=held.family_id)
    ends = await closing.loose_ends(tx, held, seen=sections.visible(who))
    return rules.still_open(ends, imported=held.imported)


def listed(
    *,
    family_id: UUID | None,
    team_id: UUID | None,
    lead_worker_id: UUID | None,
    state: State | None,
    level: Level | None,
) -> Select[Any]:
    """Make the query of a list of workbooks."""
    wanted: list[tuple[ColumnElement[Any], Any]] = [
        (workbook.c.family_id, family_id),
        (workbook.c.team_id, team_id),
        (workbook.c.lead_worker_id, lead_worker_id),
        (workbook.c.state, state),
        (workbook.c.level, level),
    ]
    conditions = [column == value for column, value in wanted if value is not None]
    return select(workbook).where(workbook.c.merged_into.is_(None), *conditions)


async def page(tx: Transaction, query: Select[Any], *, wanted: Wanted) -> tuple[list[Workbook], str | None]:
    """Return a page of workbooks that exist for the caller."""
    if not sections.reads_all(tx.by.roles):
        query = query.where(_works_with(tx))
    found, following = await rows_after(tx, query, keys=[workbook.c.id], wanted=wanted)
    audit.record(tx, "workbooks:read")
    return [rows.read(Workbook, row) for row in found], following


def _works_with(tx: Transaction) -> ColumnElement[bool]:
    """Whether the caller, or as a manager their agency, works with an adult of the family."""
    request = practitioner_request.c
    mine = request.practitioner_id == tx.by.id
    if tx.by.agency_id is not None and sections.manages_agency(tx.by.roles):
        mine = mine | (request.agency_id == tx.by.agency_id)
    return exists().where(request.workbook_id == workbook.c.id, request.state.in_(sorted(sections.WORKING)), mine)
