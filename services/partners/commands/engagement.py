"""Work with an adult, from first contact to its end."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from libs.contracts import partners as events
from services.partners import tables
from services.partners.commands import changing, needs, saying
from services.partners.domain import engagement, reports
from services.partners.domain.grants import party_of
from services.partners.domain.reports import EndReport
from services.partners.domain.request import CancelReason, EndReason, HoldReason, Verb
from services.partners.repository import directory, requests
from services.partners.repository.visible import Known


async def start(
    tx: Transaction, request_id: UUID, *, revision: int, practitioner_id: UUID | None, occurred_at: datetime | None
) -> Known:
    """Record first contact: the adult's wait is over."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    before = known.request.practitioner_id
    practitioner = await changing.named(tx, practitioner_id)
    after = engagement.start(known.request, practitioner=practitioner, at=at, now=tx.now)
    if before is None:
        saying.request(tx, events.RequestAccepted, after, at=at)
    elif before != after.practitioner_id:
        saying.request(tx, events.RequestReassigned, after, at=at, previous_practitioner_id=before, reassigned_at=at)
    saying.request(tx, events.RequestEngaged, after, at=at)
    return await changing.keep(tx, Verb.START, known, after)


async def hold(
    tx: Transaction,
    request_id: UUID,
    *,
    revision: int,
    reason: HoldReason,
    review_on: date,
    occurred_at: datetime | None,
) -> Known:
    """Pause the work until it is reviewed."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = engagement.hold(known.request, reason=reason, review_on=review_on, at=at, now=tx.now)
    saying.request(tx, events.RequestHeld, after, at=at)
    return await changing.keep(tx, Verb.HOLD, known, after)


async def resume(tx: Transaction, request_id: UUID, *, revision: int, occurred_at: datetime | None) -> Known:
    """Go on with the work."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = engagement.resume(known.request, at=at, now=tx.now)
    saying.request(tx, events.RequestResumed, after, at=at)
    return await changing.keep(tx, Verb.RESUME, known, after)


async def report(
    tx: Transaction, request_id: UUID, *, revision: int, end_report: EndReport, occurred_at: datetime | None
) -> Known:
    """Hand in the end report, or hand it in again while the work goes on."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = engagement.report(known.request, end_report=reports.check(end_report), at=at, now=tx.now)
    row = requests.report_row(end_report) | {"submitted_at": at, "submitted_by": tx.by.id}
    await tx.do(
        insert(tables.end_report)
        .values(request_id=request_id, **row)
        .on_conflict_do_update(index_elements=["request_id"], set_=row)
    )
    saying.request(tx, events.ReportSubmitted, after, at=at, goals=len(end_report.goals))
    return await changing.keep(tx, Verb.REPORT, known, after)


async def complete(tx: Transaction, request_id: UUID, *, revision: int, occurred_at: datetime | None) -> Known:
    """Complete the work, which has been reported on."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = engagement.complete(known.request, at=at, now=tx.now)
    saying.request(tx, events.RequestCompleted, after, at=at)
    return await changing.keep(tx, Verb.COMPLETE, known, after)


async def end_early(
    tx: Transaction, request_id: UUID, *, revision: int, reason: EndReason, occurred_at: datetime | None
) -> Known:
    """End the work before its time."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    terms, _ = await directory.terms(tx)
    after = engagement.end_early(
        known.request, party=party_of(tx.by.roles), reason=reason, terms=terms, at=at, now=tx.now
    )
    saying.request(tx, events.RequestEndedEarly, after, at=at)
    return await changing.keep(tx, Verb.END_EARLY, known, after)


async def cancel(
    tx: Transaction, request_id: UUID, *, revision: int, reason: CancelReason, occurred_at: datetime | None
) -> Known:
    """Take the request back before work has begun."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = engagement.cancel(known.request, reason=reason, at=at, now=tx.now)
    saying.request(tx, events.RequestCancelled, after, at=at)
    await needs.end_need(tx, after)
    return await changing.keep(tx, Verb.CANCEL, known, after)


async def mark_in_error(tx: Transaction, request_id: UUID, *, revision: int, occurred_at: datetime | None) -> Known:
    """Mark the request as never meant; what it gave access to is closed at once."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = engagement.mark_in_error(known.request, at=at, now=tx.now)
    saying.request(tx, events.RequestCancelled, after, at=at, reason="in_error")
    await needs.end_need(tx, after)
    return await changing.keep(tx, Verb.MARK_IN_ERROR, known, after)
