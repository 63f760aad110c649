"""Requests over HTTP: what the parties say to them, the conversation and the end report."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from services.partners.api.views import request_view
from services.partners.commands import answering, conversation, engagement
from services.partners.domain.needs import NeedState
from services.partners.domain.reports import EndReport, ReportedGoal
from services.partners.queries import requests
from services.partners.queries.requests import Filters, SubmittedReport
from services.partners.schemas import requests as schemas
from services.partners.schemas.directory import Saying

routes = router(tags=["requests"])


@routes.get("/requests", dependencies=[may("requests:read")])
async def list_requests(
    tx: Tx, wanted: WantedPage, filters: Annotated[Filters, Depends()]
) -> Page[schemas.RequestView]:
    """List requests, the newest first: an agency's own by its token; for the council those of one family."""
    found, following = await requests.requests_page(tx, wanted, filters)
    return Page(items=[request_view(tx, known) for known in found], next=following)


@routes.get("/requests/{request_id}", dependencies=[may("requests:read")])
async def read_request(tx: Tx, request_id: UUID) -> schemas.RequestView:
    """Read a request."""
    return request_view(tx, await requests.request(tx, request_id))


@routes.get("/needs", dependencies=[may("needs:read")])
async def list_needs(
    tx: Tx, wanted: WantedPage, state: NeedState | None = None, family_id: UUID | None = None
) -> Page[schemas.NeedView]:
    """List what teams asked for, the longest wait first: one family's, or your own team's; `unrouted` needs no agency can meet."""
    found, following = await requests.needs_page(tx, wanted, state=state, family_id=family_id)
    return Page(items=[schemas.NeedView.model_validate(need) for need in found], next=following)


@routes.post("/requests/{request_id}:accept", dependencies=[may("requests:accept")])
async def accept_request(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Acceptance) -> schemas.RequestView:
    """Take the adult on, naming a practitioner of yours, or the day by which you name one.

    The practitioner has the specialism asked for and a background check. A share in the family's team is not needed:
    shares say where your capacity lies, and a colleague of another team may stand in or take on more.
    """
    known = await answering.accept(
        tx,
        request_id,
        revision=revision,
        practitioner_id=body.practitioner_id,
        practitioner_by=body.practitioner_by,
        occurred_at=body.occurred_at,
    )
    return request_view(tx, known)


@routes.post("/requests/{request_id}:assign", dependencies=[may("requests:assign")])
async def assign_request(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Assignment) -> schemas.RequestView:
    """Name the practitioner of a request that you accepted, or another than before."""
    known = await answering.assign(
        tx, request_id, revision=revision, practitioner_id=body.practitioner_id, occurred_at=body.occurred_at
    )
    return request_view(tx, known)


@routes.post("/requests/{request_id}:waitlist", dependencies=[may("requests:waitlist")])
async def waitlist_request(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Waiting) -> schemas.RequestView:
    """Put the adult on your waiting list, with the day when you expect a place."""
    known = await answering.waitlist(
        tx, request_id, revision=revision, expected_on=body.expected_on, occurred_at=body.occurred_at
    )
    return request_view(tx, known)


@routes.post("/requests/{request_id}:decline", dependencies=[may("requests:decline")])
async def decline_request(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Declining) -> schemas.RequestView:
    """Decline for a coded reason; lack of capacity sends the need to the next agency that offers the same."""
    known = await answering.decline(tx, request_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at)
    return request_view(tx, known)


@routes.post("/requests/{request_id}:start", dependencies=[may("requests:start")])
async def start_request(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Start) -> schemas.RequestView:
    """Record first contact with the adult; the wait is measured from the team's asking."""
    known = await engagement.start(
        tx, request_id, revision=revision, practitioner_id=body.practitioner_id, occurred_at=body.occurred_at
    )
    return request_view(tx, known)


@routes.post("/requests/{request_id}:hold", dependencies=[may("requests:hold")])
async def hold_request(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Hold) -> schemas.RequestView:
    """Pause the work, with a reason and the day on which that is looked at again."""
    known = await engagement.hold(
        tx,
        request_id,
        revision=revision,
        reason=body.reason,
        review_on=body.review_on,
        occurred_at=body.occurred_at,
    )
    return request_view(tx, known)


@routes.post("/requests/{request_id}:resume", dependencies=[may("requests:resume")])
async def resume_request(tx: Tx, request_id: UUID, revision: IfMatch, body: Saying) -> schemas.RequestView:
    """Go on with work that paused."""
    return request_view(tx, await engagement.resume(tx, request_id, revision=revision, occurred_at=body.occurred_at))


@routes.put("/requests/{request_id}/end-report", dependencies=[may("requests:report")])
async def put_end_report(
    tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.EndReportBody
) -> schemas.EndReportView:
    """Hand in the end report; until the work ends it may be handed in again. `If-Match` is the request's ETag.

    It has at least one goal, and either the family's own view (`family_view`) or the reason why there is none
    (`no_family_view`): one of the two, not both.
    """
    report = EndReport(
        goals=tuple(ReportedGoal(goal.goal, goal.outcome) for goal in body.goals),
        practitioner_view=body.practitioner_view,
        family_view=body.family_view,
        no_family_view=body.no_family_view,
    )
    known = await engagement.report(tx, request_id, revision=revision, end_report=report, occurred_at=body.occurred_at)
    return _report_view(
        SubmittedReport(
            request=known.request,
            report=report,
            submitted_at=known.request.reported_at or tx.now,
            submitted_by=tx.by.id,
        )
    )


@routes.get("/requests/{request_id}/end-report", dependencies=[may("reports:read")])
async def read_end_report(tx: Tx, request_id: UUID) -> schemas.EndReportView:
    """Read the end report on a request."""
    return _report_view(await requests.end_report(tx, request_id))


@routes.post("/requests/{request_id}:complete", dependencies=[may("requests:complete")])
async def complete_request(tx: Tx, request_id: UUID, revision: IfMatch, body: Saying) -> schemas.RequestView:
    """Complete the work; the end report must have been handed in."""
    return request_view(tx, await engagement.complete(tx, request_id, revision=revision, occurred_at=body.occurred_at))


@routes.post("/requests/{request_id}:end-early", dependencies=[may("requests:end-early")])
async def end_request_early(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Ending) -> schemas.RequestView:
    """End the work before its time: an agency reports first, after the council's word it owes the report."""
    known = await engagement.end_early(
        tx, request_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at
    )
    return request_view(tx, known)


@routes.post("/requests/{request_id}:cancel", dependencies=[may("requests:cancel")])
async def cancel_request(tx: Tx, request_id: UUID, revision: IfMatch, body: schemas.Cancelling) -> schemas.RequestView:
    """Take the request back before work has begun."""
    known = await engagement.cancel(tx, request_id, revision=revision, reason=body.reason, occurred_at=body.occurred_at)
    return request_view(tx, known)


@routes.post("/requests/{request_id}:mark-in-error", dependencies=[may("requests:mark-in-error")])
async def mark_request_in_error(tx: Tx, request_id: UUID, revision: IfMatch, body: Saying) -> schemas.RequestView:
    """Mark the request as never meant; the agency's access to the family ends at once."""
    return request_view(
        tx, await engagement.mark_in_error(tx, request_id, revision=revision, occurred_at=body.occurred_at)
    )


@routes.get("/requests/{request_id}/messages", dependencies=[may("messages:read")])
async def list_messages(tx: Tx, request_id: UUID, wanted: WantedPage) -> Page[schemas.MessageView]:
    """List what was said on a request, in its order."""
    found, following = await requests.messages_page(tx, request_id, wanted)
    return Page(items=[schemas.MessageView.model_validate(message) for message in found], next=following)


@routes.post("/requests/{request_id}/messages", status_code=201, dependencies=[may("messages:write")])
async def say_on_request(tx: Tx, request_id: UUID, body: schemas.NewMessage) -> schemas.MessageView:
    """Say something on a request; the agency's question waits for the council's answer, and the clock runs on."""
    message = await conversation.say(
        tx, request_id, text=body.text, is_question=body.is_question, occurred_at=body.occurred_at
    )
    return schemas.MessageView.model_validate(message)


def _report_view(submitted: SubmittedReport) -> schemas.EndReportView:
    report, request = submitted.report, submitted.request
    return schemas.EndReportView(
        id=request.id,
        revision=request.revision,
        goals=[schemas.GoalView.model_validate(goal) for goal in report.goals],
        practitioner_view=report.practitioner_view,
        family_view=report.family_view,
        no_family_view=report.no_family_view,
        outcome=request.outcome or 0.0,
        submitted_at=submitted.submitted_at,
        submitted_by=submitted.submitted_by,
    )
