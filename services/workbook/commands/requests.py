"""Requests for adult practitioners: asked and withdrawn here, the rest mirrored from the agency's events."""

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.workbook import PractitionerRequested, PractitionerRequestWithdrawn
from libs.kernel.deadline import local_day
from libs.kernel.ids import new_id
from services.workbook.commands import timeline
from services.workbook.domain import practitioner_requests as rules
from services.workbook.domain import workbook as workbook_rules
from services.workbook.domain.chronology import Source
from services.workbook.domain.family_plan import needs_in
from services.workbook.domain.moments import plausible_moment
from services.workbook.domain.practitioner_requests import (
    PractitionerRequest,
    Specialism,
    State,
    Urgency,
    WithdrawReason,
)
from services.workbook.domain.sections import section_of
from services.workbook.repository import plan, team
from services.workbook.repository import workbooks as repository


class Held(NamedTuple):
    """A practitioner request and the workbook that it belongs to."""

    workbook_id: UUID
    request: PractitionerRequest


async def ask(
    tx: Transaction,
    *,
    workbook_id: UUID,
    adult_id: UUID,
    specialism: Specialism,
    urgency: Urgency,
    reason: str,
    occurred_at: datetime | None,
) -> Held:
    """Ask for a practitioner for a named adult; the need must be in the plan or known of the family."""
    workbook = await repository.to_work_in(tx, workbook_id)
    workbook_rules.say(workbook, "work")
    at = plausible_moment(occurred_at, now=tx.now, not_before=workbook.opened_on)
    present = await plan.present(tx, workbook_id)
    needs = needs_in(await plan.goals_of(tx, present.id)) | rules.needs_of(workbook.needs)
    new = rules.ask(
        PractitionerRequest(
            id=new_id(),
            adult_id=adult_id,
            specialism=specialism,
            urgency=urgency,
            state=State.ASKED,
            reason=reason,
            asked_by=tx.by.id,
            asked_at=at,
        ),
        adults=frozenset(workbook.adults),
        needs=needs,
        others=await team.requests_of(tx, workbook_id),
    )
    await team.add_request(tx, workbook_id, new)
    await _note(tx, workbook.id, new, "practitioner_requested", at=at)
    audit.record(tx, "practitioner-requests:ask", record_id=new.id, family_id=workbook.family_id)
    emit(
        tx,
        PractitionerRequested(
            practitioner_request_id=new.id,
            workbook_id=workbook_id,
            family_id=workbook.family_id,
            adult_id=adult_id,
            specialism=specialism,
            urgency=urgency,
            team_id=workbook.team_id,
            requested_at=at,
            detail_url=f"/v1/practitioner-requests/{new.id}",
        ),
        occurred_at=at,
    )
    return Held(workbook_id, new)


async def withdraw(
    tx: Transaction, *, request_id: UUID, revision: int, reason: WithdrawReason, occurred_at: datetime | None
) -> Held:
    """Take a request back before work began."""
    workbook_id, request = await team.get_request(tx, request_id)
    workbook = await repository.to_work_in(tx, workbook_id)
    at = plausible_moment(occurred_at, now=tx.now, not_before=local_day(request.asked_at))
    withdrawn = rules.withdraw(request)
    new_revision = await team.save_request(tx, withdrawn, revision=revision)
    await _note(tx, workbook_id, withdrawn, "practitioner_request_withdrawn", at=at)
    audit.record(tx, "practitioner-requests:withdraw", record_id=request_id, family_id=workbook.family_id)
    emit(
        tx,
        PractitionerRequestWithdrawn(
            practitioner_request_id=request_id,
            workbook_id=workbook_id,
            family_id=workbook.family_id,
            reason=reason,
        ),
        occurred_at=at,
    )
    return Held(workbook_id, replace(withdrawn, revision=new_revision))


async def _note(tx: Transaction, workbook_id: UUID, request: PractitionerRequest, kind: str, *, at: datetime) -> None:
    await timeline.note(
        tx, workbook_id, kind, Source.REQUEST, request.id,
        at=at, code=request.specialism, people=[request.adult_id], section=section_of(request.specialism),
    )  # fmt: skip


async def mirror(
    tx: Transaction,
    *,
    request_id: UUID,
    happened: str,
    partner_request_id: UUID,
    agency_id: UUID | None,
    practitioner_id: UUID | None,
    outcome: float | None,
    at: datetime,
) -> None:
    """Let a request follow what the agency did; one that is not ours is none of our business."""
    found = await team.find_request(tx, request_id)
    if found is None:
        return
    workbook_id, request = found
    if request.state is State.DECLINED and await _asked_again(tx, workbook_id, request):
        return
    mirrored = rules.mirror(
        request,
        happened,
        partner_request_id=partner_request_id,
        agency_id=agency_id,
        practitioner_id=practitioner_id,
        outcome=outcome,
    )
    if mirrored == request:
        return
    await team.save_request(tx, mirrored, revision=request.revision)
    await _note(tx, workbook_id, mirrored, f"practitioner_request_{happened}", at=at)


async def _asked_again(tx: Transaction, workbook_id: UUID, request: PractitionerRequest) -> bool:
    """Whether the team asked anew after a request was declined: then that one goes on."""
    same = (request.adult_id, request.specialism)
    return any(
        other.is_open and (other.adult_id, other.specialism) == same
        for other in await team.requests_of(tx, workbook_id)
    )


async def reported(tx: Transaction, *, partner_request_id: UUID, outcome: float, at: datetime) -> None:
    """Note that the agency handed in its end report."""
    found = await team.find_request(tx, partner_request_id)
    if found is None:
        return
    workbook_id, request = found
    await team.save_request(tx, replace(request, outcome=outcome), revision=request.revision)
    await _note(tx, workbook_id, request, "practitioner_reported", at=at)
