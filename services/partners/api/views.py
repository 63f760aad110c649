"""A request as its view: here an agency's loses what is not shared with it."""

from uuid import UUID

from libs.chassis.database import Transaction
from services.partners.domain import engagement, sharing
from services.partners.domain.grants import party_of
from services.partners.domain.parties import Party
from services.partners.domain.request import Request, waits_for
from services.partners.domain.sharing import WHILE_WORKING
from services.partners.repository.visible import Known
from services.partners.schemas.requests import RequestView

_OF_THE_FAMILY = ("adult_id", "specialism", "urgency", "team_id", "family_id", "workbook_id")
_OF_THE_REQUEST = tuple(
    name
    for name in RequestView.model_fields
    if name
    not in {
        *_OF_THE_FAMILY,
        "outcome",
        "lead_worker_id",
        "waits_for",
        "days_waited",
        "due_at",
        "amber_at",
        "calendar_version",
        "answered_at",
    }
)


def request_view(tx: Transaction, known: Known) -> RequestView:
    """Return the request as the caller's party may see it."""
    return view_of(tx, known.request, lead_worker_id=known.lead_worker_id)


def view_of(tx: Transaction, request: Request, *, lead_worker_id: UUID | None) -> RequestView:
    """Return the request as the caller's party may see it, with the lead worker of its family."""
    clock = request.clock
    shared = WHILE_WORKING if party_of(tx.by.roles) is Party.COUNCIL else sharing.shared_with_agency(request)
    return RequestView(
        **{name: getattr(request, name) for name in _OF_THE_REQUEST},
        **{name: getattr(request, name) if name in shared else None for name in _OF_THE_FAMILY},
        lead_worker_id=lead_worker_id if "lead_worker_id" in shared else None,
        outcome=request.outcome if shared else None,
        waits_for=waits_for(request),
        days_waited=engagement.days_waited(request),
        due_at=clock.due_at,
        amber_at=clock.amber_at,
        calendar_version=clock.calendar_version,
        answered_at=clock.met_at,
    )
