"""The plan, supervisions, meetings, requests, assessments, enquiries, conferences and plan spells."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, Table, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.roles import Role
from services.workbook.domain import sections
from services.workbook.domain.family_plan import Goal, GoalState, Plan
from services.workbook.domain.practitioner_requests import PractitionerRequest, need_of
from services.workbook.repository import plan as plan_rows
from services.workbook.repository import readers, rows, team
from services.workbook.repository import workbooks as workbook_rows
from services.workbook.repository.plan import WholePlan
from services.workbook.tables import family_plan

V = TypeVar("V")


async def _looked(tx: Transaction, workbook_id: UUID, action: str, *, record_id: UUID | None = None) -> None:
    """Raise `NoSuchRecord` unless the workbook exists for the caller; note that they look."""
    await readers.reader(tx, workbook_id)
    held = await workbook_rows.get(tx, workbook_id)
    audit.record(tx, action, record_id=record_id or workbook_id, family_id=held.family_id)


async def plan(tx: Transaction, workbook_id: UUID) -> WholePlan:
    """Return the family's present plan."""
    await readers.reader(tx, workbook_id)
    held = await workbook_rows.get(tx, workbook_id)
    present = await plan_rows.present(tx, workbook_id)
    audit.record(tx, "plan:read", record_id=present.id, family_id=held.family_id)
    return await plan_rows.whole(tx, held, present)


async def plan_by_id(tx: Transaction, plan_id: UUID) -> WholePlan:
    """Return one of the family's plans, present or set aside."""
    row = await rows.get(tx, family_plan, plan_id)
    await readers.reader(tx, row.workbook_id)
    held = await workbook_rows.get(tx, row.workbook_id)
    audit.record(tx, "plan:read", record_id=plan_id, family_id=held.family_id)
    return await plan_rows.whole(tx, held, rows.read(Plan, row))


async def plan_versions(tx: Transaction, workbook_id: UUID) -> list[Row[Any]]:
    """Return the plans that the family answered before."""
    await _looked(tx, workbook_id, "plan:read")
    return await plan_rows.versions(tx, workbook_id)


async def goal(tx: Transaction, goal_id: UUID) -> tuple[UUID, Goal]:
    """Return a goal and its workbook's id."""
    workbook_id, _, held = await plan_rows.get_goal(tx, goal_id)
    await _looked(tx, workbook_id, "plan:read", record_id=goal_id)
    return workbook_id, held


async def listed(
    tx: Transaction, table: Table, workbook_id: UUID, *, by: str, wanted: Wanted, action: str
) -> tuple[list[Row[Any]], str | None]:
    """Return a page of a workbook's records of one kind, latest first by a date of theirs."""
    await _looked(tx, workbook_id, action)
    query = select(table).where(table.c.workbook_id == workbook_id)
    found, following = await rows_after(tx, query, keys=[table.c[by], table.c.id], wanted=wanted, newest_first=True)
    return list(found), following


async def one(tx: Transaction, table: Table, record_id: UUID, *, action: str) -> Row[Any]:
    """Return one record of a workbook."""
    row = await rows.get(tx, table, record_id)
    await _looked(tx, row.workbook_id, action, record_id=record_id)
    return row


async def requests(tx: Transaction, workbook_id: UUID) -> list[PractitionerRequest]:
    """Return a workbook's requests for practitioners whose sections the caller sees."""
    who = await readers.reader(tx, workbook_id)
    await _looked(tx, workbook_id, "practitioner-requests:read")
    held = await team.requests_of(tx, workbook_id)
    return [each for each in held if sections.may_see(who, sections.section_of(each.specialism))]


async def request(tx: Transaction, request_id: UUID) -> tuple[UUID, PractitionerRequest, list[Goal]]:
    """Return a request, and the goals of the plan that it is asked for.

    An agency reads the requests that it was asked, and the goals once it has accepted.
    """
    workbook_id, held = await team.get_request(tx, request_id)
    agency = tx.by.roles & {Role.ADULT_PRACTITIONER, Role.AGENCY_MANAGER} and not sections.reads_all(tx.by.roles)
    if agency and not _asked_of(tx, held):
        raise rows.NoSuchRecord
    workbook = await workbook_rows.get(tx, workbook_id)
    audit.record(tx, "practitioner-requests:read", record_id=request_id, family_id=workbook.family_id)
    if agency and held.state not in sections.WORKING:
        return workbook_id, held, []
    query = select(family_plan.c.id).where(
        family_plan.c.workbook_id == workbook_id, family_plan.c.superseded.is_(False)
    )
    present = await tx.row(query)
    goals = await plan_rows.goals_of(tx, present.id) if present else []
    open_goals = {GoalState.ACTIVE, GoalState.FUTURE}
    return workbook_id, held, [g for g in goals if g.need is need_of(held.specialism) and g.state in open_goals]


def _asked_of(tx: Transaction, held: PractitionerRequest) -> bool:
    mine = held.practitioner_id is not None and held.practitioner_id == tx.by.id
    return mine or (held.agency_id is not None and held.agency_id == tx.by.agency_id)
