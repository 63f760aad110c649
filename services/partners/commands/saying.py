"""Requests as events: each kind of event takes what it needs of the same facts."""

from datetime import datetime
from typing import Any

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.envelope import Event
from services.partners.domain.request import Request
from services.partners.domain.sessions import Session


def request(tx: Transaction, kind: type[Event], request: Request, *, at: datetime, **more: Any) -> None:
    """Say of a request what happened to it at `at`."""
    facts = {
        "request_id": request.id,
        "practitioner_request_id": request.practitioner_request_id,
        "family_id": request.family_id,
        "adult_id": request.adult_id,
        "agency_id": request.agency_id,
        "specialism": request.specialism.value,
        "team_id": request.team_id,
        "practitioner_id": request.practitioner_id,
        "practitioner_by": request.practitioner_by,
        "expected_on": request.expected_on,
        "review_on": request.review_on,
        "reason": request.reason,
        "outcome": request.outcome,
        "requested_at": request.requested_at,
        "accepted_at": request.accepted_at,
        "engaged_at": request.engaged_at,
        "ended_at": request.ended_at,
        "declined_at": request.ended_at,
        "cancelled_at": request.ended_at,
        "due_at": request.clock.due_at,
    }
    emit(tx, kind.model_validate(facts | more), occurred_at=at)


def session(tx: Transaction, kind: type[Event], session: Session, *, at: datetime, **more: Any) -> None:
    """Say of a session what happened to it at `at`."""
    facts = {
        "session_id": session.id,
        "request_id": session.request_id,
        "family_id": session.family_id,
        "starts_at": session.starts_at,
        "moved_to": session.moved_to,
        "reason": session.reason.value if session.reason else None,
    }
    emit(tx, kind.model_validate(facts | more), occurred_at=at)
