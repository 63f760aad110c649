"""Family network meetings over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from services.workbook import tables
from services.workbook.commands import meetings as commands
from services.workbook.commands.meetings import Held
from services.workbook.queries import team as queries
from services.workbook.schemas import team as schemas
from services.workbook.schemas.shared import OnDay
from services.workbook.schemas.shown import shown

routes = router(tags=["network meetings"])


def _shown(held: Held) -> schemas.Meeting:
    return shown(schemas.Meeting, held.meeting, workbook_id=held.workbook_id)


@routes.post("/workbooks/{workbook_id}/network-meetings", status_code=201, dependencies=[may("network-meetings:offer")])
async def offer_meeting(tx: Tx, workbook_id: UUID, body: schemas.NewMeeting) -> schemas.Meeting:
    """Offer the family a network meeting."""
    held = await commands.offer(tx, workbook_id=workbook_id, offered_on=body.offered_on, in_letter=body.in_letter)
    return _shown(held)


@routes.get("/workbooks/{workbook_id}/network-meetings", dependencies=[may("workbooks:read")])
async def list_meetings(tx: Tx, workbook_id: UUID, wanted: WantedPage) -> Page[schemas.Meeting]:
    """List a workbook's network meetings, latest first."""
    found, following = await queries.listed(
        tx, tables.network_meeting, workbook_id, by="offered_on", wanted=wanted, action="network-meetings:read"
    )
    return Page(items=[shown(schemas.Meeting, each) for each in found], next=following)


@routes.get("/network-meetings/{meeting_id}", dependencies=[may("workbooks:read")])
async def read_meeting(tx: Tx, meeting_id: UUID) -> schemas.Meeting:
    """Read a network meeting."""
    row = await queries.one(tx, tables.network_meeting, meeting_id, action="network-meetings:read")
    return shown(schemas.Meeting, row)


@routes.post("/network-meetings/{meeting_id}:accept", dependencies=[may("network-meetings:accept")])
async def accept_meeting(tx: Tx, meeting_id: UUID, revision: IfMatch, body: schemas.MeetingAccepted) -> schemas.Meeting:
    """Record that the family accepted."""
    held = await commands.accept(tx, meeting_id=meeting_id, revision=revision, on=body.on, by=tuple(body.by))
    return _shown(held)


@routes.post("/network-meetings/{meeting_id}:decline", dependencies=[may("network-meetings:decline")])
async def decline_meeting(tx: Tx, meeting_id: UUID, revision: IfMatch, body: OnDay | None = None) -> schemas.Meeting:
    """Record that the family declined."""
    on = body.on if body else None
    return _shown(await commands.decline(tx, meeting_id=meeting_id, revision=revision, on=on))


@routes.post("/network-meetings/{meeting_id}:plan", dependencies=[may("network-meetings:plan")])
async def plan_meeting(tx: Tx, meeting_id: UUID, revision: IfMatch, body: schemas.MeetingPlanned) -> schemas.Meeting:
    """Set or move the day of a meeting."""
    held = await commands.plan(tx, meeting_id=meeting_id, revision=revision, for_date=body.planned_for)
    return _shown(held)


@routes.post("/network-meetings/{meeting_id}:hold", dependencies=[may("network-meetings:hold")])
async def hold_meeting(tx: Tx, meeting_id: UUID, revision: IfMatch, body: schemas.MeetingHeld) -> schemas.Meeting:
    """Record that the meeting was held."""
    held = await commands.hold(tx, meeting_id=meeting_id, revision=revision, on=body.on, attendees=body.attendees)
    return _shown(held)


@routes.post("/network-meetings/{meeting_id}:make-plan", dependencies=[may("network-meetings:make-plan")])
async def make_family_plan(tx: Tx, meeting_id: UUID, revision: IfMatch, body: schemas.FamilysPlan) -> schemas.Meeting:
    """Write down the plan that the family made."""
    held = await commands.make_plan(
        tx, meeting_id=meeting_id, revision=revision, family_plan=body.family_plan, on=body.on
    )
    return _shown(held)


@routes.post("/network-meetings/{meeting_id}:review", dependencies=[may("network-meetings:review")])
async def review_meeting(tx: Tx, meeting_id: UUID, revision: IfMatch, body: OnDay | None = None) -> schemas.Meeting:
    """Record that the family's plan was reviewed."""
    on = body.on if body else None
    return _shown(await commands.review(tx, meeting_id=meeting_id, revision=revision, on=on))
