"""Assessments and enquiries over HTTP."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from services.workbook import tables
from services.workbook.commands import assessments as commands
from services.workbook.commands import enquiries
from services.workbook.commands.assessments import Held
from services.workbook.domain import assessments as rules
from services.workbook.domain.assessments import Assessment
from services.workbook.queries import team as queries
from services.workbook.schemas import statutory as schemas
from services.workbook.schemas.shown import shown

routes = router(tags=["assessments and enquiries"])


def _shown(held: Held) -> schemas.Assessment:
    counted = rules.durations(held.assessment)
    return shown(schemas.Assessment, held.assessment, workbook_id=held.workbook_id, working_days=counted)


def _listed(workbook_id: UUID, assessment: Assessment) -> schemas.AssessmentSummary:
    counted = rules.durations(assessment)
    return shown(schemas.AssessmentSummary, assessment, workbook_id=workbook_id, working_days=counted)


@routes.post("/workbooks/{workbook_id}/assessments", status_code=201, dependencies=[may("assessments:start")])
async def start_assessment(tx: Tx, workbook_id: UUID, body: schemas.NewAssessment) -> schemas.Assessment:
    """Start a child and family assessment."""
    held = await commands.start(tx, workbook_id=workbook_id, children=body.children, started_on=body.started_on)
    return _shown(held)


@routes.get("/workbooks/{workbook_id}/assessments", dependencies=[may("workbooks:read")])
async def list_assessments(tx: Tx, workbook_id: UUID, wanted: WantedPage) -> Page[schemas.AssessmentSummary]:
    """List a workbook's assessments, latest first."""
    found, following = await queries.assessments(tx, workbook_id, wanted=wanted)
    return Page(items=[_listed(workbook_id, each) for each in found], next=following)


@routes.get("/assessments/{assessment_id}", dependencies=[may("workbooks:read")])
async def read_assessment(tx: Tx, assessment_id: UUID) -> schemas.Assessment:
    """Read an assessment, in the words of its day, with its working days counted both ways."""
    return _shown(Held(*await queries.assessment(tx, assessment_id)))


@routes.post("/assessments/{assessment_id}:compose", dependencies=[may("assessments:compose")])
async def compose_assessment(tx: Tx, assessment_id: UUID, revision: IfMatch) -> schemas.Assessment:
    """Make the assessment's next version from the chapters that are signed now."""
    return _shown(await commands.compose(tx, assessment_id=assessment_id, revision=revision))


@routes.post("/assessments/{assessment_id}:authorise", dependencies=[may("assessments:authorise")])
async def authorise_assessment(
    tx: Tx, assessment_id: UUID, revision: IfMatch, body: schemas.Authorisation
) -> schemas.Assessment:
    """Authorise an assessment."""
    held = await commands.authorise(
        tx,
        assessment_id=assessment_id,
        revision=revision,
        authorised_on=body.authorised_on,
        factors=body.factors,
        outcome=body.outcome,
    )
    return _shown(held)


@routes.post("/workbooks/{workbook_id}/enquiries", status_code=201, dependencies=[may("enquiries:start")])
async def start_enquiries(tx: Tx, workbook_id: UUID, body: schemas.NewEnquiries) -> schemas.Enquiries:
    """Start a section 47 enquiry about each of some children."""
    new = await enquiries.start(tx, workbook_id=workbook_id, children=body.children, started_on=body.started_on)
    return schemas.Enquiries(items=[shown(schemas.Enquiry, each, workbook_id=workbook_id) for each in new])


@routes.get("/workbooks/{workbook_id}/enquiries", dependencies=[may("workbooks:read")])
async def list_enquiries(tx: Tx, workbook_id: UUID, wanted: WantedPage) -> Page[schemas.Enquiry]:
    """List a workbook's enquiries, latest first."""
    found, following = await queries.listed(
        tx, tables.enquiry, workbook_id, by="started_on", wanted=wanted, action="enquiries:read"
    )
    return Page(items=[shown(schemas.Enquiry, each) for each in found], next=following)


@routes.get("/enquiries/{enquiry_id}", dependencies=[may("workbooks:read")])
async def read_enquiry(tx: Tx, enquiry_id: UUID) -> schemas.Enquiry:
    """Read an enquiry."""
    row = await queries.one(tx, tables.enquiry, enquiry_id, action="enquiries:read")
    return shown(schemas.Enquiry, row)


@routes.post("/enquiries/{enquiry_id}:end", dependencies=[may("enquiries:end")])
async def end_enquiry(tx: Tx, enquiry_id: UUID, revision: IfMatch, body: schemas.EnquiryEnd) -> schemas.Enquiry:
    """End an enquiry without a conference."""
    held = await enquiries.end(
        tx, enquiry_id=enquiry_id, revision=revision, outcome=body.outcome, ended_on=body.ended_on
    )
    return shown(schemas.Enquiry, held.enquiry, workbook_id=held.workbook_id)
