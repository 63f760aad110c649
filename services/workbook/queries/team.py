"""The plan, supervisions, meetings, requests, assessments, enquiries, conferences and plan spells."""

from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, Table, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from services.workbook import tables
from services.workbook.domain import sections
from services.workbook.domain.assessments import Assessment
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.family_plan import Goal, GoalState, Plan
from services.workbook.domain.practitioner_requests import PractitionerRequest, need_of
from services.workbook.domain.sections import Reader
from services.workbook.domain.supervision import Action, Supervision
from services.workbook.repository import plan as plan_rows
from services.workbook.repository import readers, rows, team
from services.workbook.repository import workbooks as workbook_rows
from services.workbook.repository.plan import WholePlan
from services.workbook.tables import family_plan

V = TypeVar("V")


async def _looked(tx: Transaction, workbook_id: UUID, action: str, *, record_id: UUID | None = None) -> Reader:
    """Return the caller as a reader of a workbook that exists for them; note that they look."""
    who = await readers.reader(tx, workbook_id)
    held = await workbook_rows.get(tx, workbook_id)
    audit.record(tx, action, record_id=record_id or workbook_id, family_id=held.family_id)
    return who


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
    return await _page(tx, table, workbook_id, by=by, wanted=wanted)


async def _page(
    tx: Transaction, table: Table, workbook_id: UUID, *, by: str, wanted: Wanted
) -> tuple[list[Row[Any]], str | None]:
    query = select(table).where(table.c.workbook_id == workbook_id)
    found, following = await rows_after(tx, query, keys=[table.c[by], table.c.id], wanted=wanted, newest_first=True)
    return list(found), following


async def one(tx: Transaction, table: Table, record_id: UUID, *, action: str) -> Row[Any]:
    """Return one record of a workbook."""
    row = await rows.get(tx, table, record_id)
    await _looked(tx, row.workbook_id, action, record_id=record_id)
    return row


async def assessments(tx: Transaction, workbook_id: UUID, *, wanted: Wanted) -> tuple[list[Assessment], str | None]:
    """Return a page of a workbook's assessments, latest first, with the chapters that the caller sees."""
    who = await _looked(tx, workbook_id, "assessments:read")
    found, following = await _page(tx, tables.assessment, workbook_id, by="started_on", wanted=wanted)
    return [sections.assessment_for(who, rows.read(Assessment, row)) for row in found], following


async def assessment(tx: Transaction, assessment_id: UUID) -> tuple[UUID, Assessment]:
    """Return an assessment with the chapters that the caller sees, and its workbook's id."""
    row = await rows.get(tx, tables.assessment, assessment_id)
    who = await _looked(tx, row.workbook_id, "assessments:read", record_id=assessment_id)
    return row.workbook_id, sections.assessment_for(who, rows.read(Assessment, row))


async def supervisions(tx: Transaction, workbook_id: UUID, *, wanted: Wanted) -> tuple[list[Supervision], str | None]:
    """Return a page of a workbook's group supervisions, latest first, as the caller may see them."""
    who = await _looked(tx, workbook_id, "supervisions:read")
    found, following = await _page(tx, tables.supervision, workbook_id, by="planned_on", wanted=wanted)
    roles = await _roles_of_chapters(tx, workbook_id, who)
    return [sections.supervision_for(who, rows.read(Supervision, row), roles=roles) for row in found], following


async def supervision(tx: Transaction, supervision_id: UUID) -> tuple[UUID, Supervision]:
    """Return a group supervision as the caller may see it, and its workbook's id."""
    workbook_id, held = await team.get_supervision(tx, supervision_id)
    who = await _looked(tx, workbook_id, "supervisions:read", record_id=supervision_id)
    roles = await _roles_of_chapters(tx, workbook_id, who)
    return workbook_id, sections.supervision_for(who, held, roles=roles)


async def _roles_of_chapters(tx: Transaction, workbook_id: UUID, who: Reader) -> dict[UUID, ChapterRole]:
    if sections.sees_everything(who):
        return {}
    query = select(tables.chapter.c.id, tables.chapter.c.role).where(tables.chapter.c.workbook_id == workbook_id)
    return {row.id: ChapterRole(row.role) for row in await tx.rows(query)}


async def action(tx: Transaction, action_id: UUID) -> Row[Any]:
    """Return what was agreed in group supervision."""
    row = await rows.get(tx, tables.action, action_id)
    who = await _looked(tx, row.workbook_id, "supervisions:read", record_id=action_id)
    if not sections.may_see_action(who, rows.read(Action, row)):
        raise rows.NoSuchRecord
    return row


async def requests(tx: Transaction, workbook_id: UUID) -> list[PractitionerRequest]:
    """Return a workbook's requests for practitioners whose sections the caller sees."""
    who = await _looked(tx, workbook_id, "practitioner-requests:read")
    held = await team.requests_of(tx, workbook_id)
    return [each for each in held if sections.may_see(who, sections.section_of(each.specialism))]


async def request(tx: Transaction, request_id: UUID) -> tuple[UUID, PractitionerRequest, list[Goal]]:
    """Return a request, and the goals of the plan that it is asked for.

    An agency reads the requests that it was asked, and the goals once it has accepted.
    """
    workbook_id, held = await team.get_request(tx, request_id)
    agency = not sections.reads_all(tx.by.roles)
    if agency and not await _sees_request(tx, workbook_id, held):
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


async def _sees_request(tx: Transaction, workbook_id: UUID, held: PractitionerRequest) -> bool:
    requests_here = await team.requests_of(tx, workbook_id)
    who = sections.reader(id=tx.by.id, roles=tx.by.roles, requests=requests_here, agency_id=tx.by.agency_id)
    return sections.may_see_request(who, held, agency_id=tx.by.agency_id)
