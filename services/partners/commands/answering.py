"""What an agency answers to a request."""

from datetime import date, datetime
from uuid import UUID

from libs.chassis.database import Transaction
from libs.contracts import partners as events
from services.partners.commands import changing, routing, saying
from services.partners.domain import answering, needs
from services.partners.domain.request import DeclineReason, Verb
from services.partners.repository import directory, requests
from services.partners.repository.visible import Known


async def accept(
    tx: Transaction,
    request_id: UUID,
    *,
    revision: int,
    practitioner_id: UUID | None,
    practitioner_by: date | None,
    occurred_at: datetime | None,
) -> Known:
    """Accept the request, by a named practitioner or with the day by which one is named."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    practitioner = await changing.named(tx, practitioner_id)
    after = answering.accept(
        known.request, practitioner=practitioner, practitioner_by=practitioner_by, at=at, now=tx.now
    )
    kind = events.RequestPromised if practitioner is None else events.RequestAccepted
    saying.request(tx, kind, after, at=at)
    return await changing.keep(tx, Verb.ACCEPT, known, after)


async def assign(
    tx: Transaction, request_id: UUID, *, revision: int, practitioner_id: UUID, occurred_at: datetime | None
) -> Known:
    """Name the practitioner of an accepted request, or another than before."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    before = known.request.practitioner_id
    practitioner = await changing.named(tx, practitioner_id)
    after = answering.assign(known.request, practitioner=practitioner, at=at, now=tx.now)
    if before is None:
        saying.request(tx, events.RequestAccepted, after, at=at)
    else:
        saying.request(tx, events.RequestReassigned, after, at=at, previous_practitioner_id=before, reassigned_at=at)
    return await changing.keep(tx, Verb.ASSIGN, known, after)


async def waitlist(
    tx: Transaction, request_id: UUID, *, revision: int, expected_on: date, occurred_at: datetime | None
) -> Known:
    """Put the request on the waiting list."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = answering.waitlist(known.request, expected_on=expected_on, at=at, now=tx.now)
    saying.request(tx, events.RequestWaitlisted, after, at=at)
    return await changing.keep(tx, Verb.WAITLIST, known, after)


async def decline(
    tx: Transaction, request_id: UUID, *, revision: int, reason: DeclineReason, occurred_at: datetime | None
) -> Known:
    """Decline the request; where only room was lacking, the need goes to the next agency that offers the same."""
    known, at = await changing.begin(tx, request_id, revision=revision, occurred_at=occurred_at)
    after = answering.decline(known.request, reason=reason, at=at, now=tx.now)
    need = await requests.need(tx, after.practitioner_request_id) if answering.goes_on(reason) else None
    if need is None:
        saying.request(tx, events.RequestDeclined, after, at=at)
        return await changing.keep(tx, Verb.DECLINE, known, after)
    terms, _ = await directory.terms(tx)
    reached_at = needs.reaches_next_at(declined_at=at, learned_at=known.learned_at, now=tx.now)
    route = await routing.choose(tx, need, terms=terms, at=reached_at)
    saying.request(tx, events.RequestDeclined, after, at=at, goes_on=route.chosen is not None)
    moved = await routing.put(tx, need, route, terms=terms, at=reached_at)
    await requests.keep_need(tx, moved, look_again=route.chosen is None)
    return await changing.keep(tx, Verb.DECLINE, known, after)
