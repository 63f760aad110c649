"""Requests as their parties may see them, with the conversation, the sessions and the end report."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.errors import Invalid, NotFound, NotPermitted
from libs.kernel.roles import Role
from services.partners import tables
from services.partners.domain.agencies import Specialism
from services.partners.domain.grants import party_of
from services.partners.domain.messages import Effect, Message
from services.partners.domain.needs import Need, NeedState
from services.partners.domain.parties import Party
from services.partners.domain.reports import EndReport
from services.partners.domain.request import Request, State
from services.partners.domain.sessions import Session
from services.partners.repository import directory, requests, visible
from services.partners.repository.visible import Known, Scope, content_seen_by, known_of, scope_of, seen_by, with_lead


class ScopeRequired(Invalid):
    """Say which family's."""

    slug = "scope-required"


class SharingSuspended(NotPermitted):
    """No sharing agreement with your agency is in force."""

    slug = "sharing-suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which requests are wanted."""

    state: State | None = None
    specialism: Specialism | None = None
    practitioner_id: UUID | None = None
    practitioner_request_id: UUID | None = None
    family_id: UUID | None = None
    overdue: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmittedReport:
    """The end report on a request, who handed it in and when."""

    request: Request
    report: EndReport
    submitted_at: datetime
    submitted_by: UUID


async def request(tx: Transaction, request_id: UUID) -> Known:
    """Return one request."""
    known = await visible.request(tx, request_id)
    _note_read(tx, "requests:read", known.request)
    return known


async def requests_page(tx: Transaction, wanted: Wanted, filters: Filters) -> tuple[list[Known], str | None]:
    """Return a page of requests, the newest first: an agency's own, or one family's for the council."""
    scope = scope_of(tx)
    query = _filtered(with_lead(select(tables.request)).where(*seen_by(scope)), scope, filters)
    kept = tables.request.c
    rows, following = await rows_after(tx, query, keys=[kept.opened_at, kept.id], wanted=wanted, newest_first=True)
    if not rows:
        await need_agreement(tx, scope)
    audit.record(tx, "requests:list", family_id=filters.family_id)
    return [known_of(row) for row in rows], following


async def need_agreement(tx: Transaction, scope: Scope) -> None:
    """Tell an agency that sees nothing whether that is because nothing is shared with it."""
    if scope.agency_id is not None and not await directory.has_agreement(tx, scope.agency_id, on=scope.today):
        raise SharingSuspended("Ask the council's privacy officer.")


def _filtered(query: Any, scope: Scope, filters: Filters) -> Any:
    kept = tables.request.c
    if scope.party is Party.COUNCIL and filters.family_id is None and filters.practitioner_request_id is None:
        raise ScopeRequired("Give `family_id` or `practitioner_request_id`.", at="family_id")
    if filters.family_id is not None:
        query = query.where(kept.family_id == filters.family_id)
        if scope.party is Party.AGENCY:
            # Before it names a practitioner an agency does not learn which family an adult belongs to.
            query = query.where(kept.state.in_(_FAMILY_KNOWN), kept.practitioner_id.is_not(None))
    for column, value in (
        (kept.state, filters.state),
        (kept.specialism, filters.specialism),
        (kept.practitioner_id, filters.practitioner_id),
        (kept.practitioner_request_id, filters.practitioner_request_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if filters.overdue is not None:
        query = query.where(kept.overdue_at.is_not(None) if filters.overdue else kept.overdue_at.is_(None))
    return query


_FAMILY_KNOWN = (State.ACCEPTED, State.ENGAGED, State.ON_HOLD)


async def needs_page(
    tx: Transaction, wanted: Wanted, *, state: NeedState | None, family_id: UUID | None
) -> tuple[list[Need], str | None]:
    """Return a page of needs, those who wait longest first: one family's, or those of the caller's team."""
    kept = tables.need.c
    query = select(tables.need)
    if family_id is not None:
        query = query.where(kept.family_id == family_id)
    elif not tx.by.has(Role.SERVICE_MANAGER):
        if tx.by.team_id is None:
            raise ScopeRequired("Give `family_id`; your token names no team.", at="family_id")
        query = query.where(kept.team_id == tx.by.team_id)
    if state is not None:
        query = query.where(kept.state == state)
    rows, following = await rows_after(tx, query, keys=[kept.requested_at, kept.id], wanted=wanted)
    audit.record(tx, "needs:list", family_id=family_id)
    return [requests.need_of(row) for row in rows], following


async def messages_page(tx: Transaction, request_id: UUID, wanted: Wanted) -> tuple[list[Message], str | None]:
    """Return a page of the conversation on a request, in the order in which it was held."""
    known = await visible.with_content(tx, request_id)
    kept = tables.message.c
    query = select(tables.message).where(kept.request_id == request_id)
    rows, following = await rows_after(tx, query, keys=[kept.sent_at, kept.id], wanted=wanted)
    _note_read(tx, "messages:read", known.request)
    return [
        Message(
            id=row.id,
            request_id=row.request_id,
            party=Party(row.party),
            author_id=row.author_id,
            text=row.text,
            effect=Effect(row.effect),
            sent_at=row.sent_at,
        )
        for row in rows
    ], following


async def sessions_page(tx: Transaction, request_id: UUID, wanted: Wanted) -> tuple[list[Session], str | None]:
    """Return a page of the sessions of a request, in the order of their dates."""
    known = await visible.with_content(tx, request_id)
    kept = tables.session.c
    query = select(tables.session).where(kept.request_id == request_id)
    rows, following = await rows_after(tx, query, keys=[kept.starts_at, kept.id], wanted=wanted)
    _note_read(tx, "sessions:read", known.request)
    return [requests.session_of(row) for row in rows], following


async def session(tx: Transaction, session_id: UUID) -> Session:
    """Return one session."""
    kept = tables.session.c
    asked = tables.request.c
    row = await tx.row(
        select(tables.session, asked.agreement_id, asked.agreement_fingerprint)
        .join(tables.request, asked.id == kept.request_id)
        .where(kept.id == session_id, *content_seen_by(scope_of(tx)))
    )
    if row is None:
        raise NotFound
    ground = _ground(tx, row.agreement_id, row.agreement_fingerprint)
    audit.record(tx, "sessions:read", record_id=row.request_id, family_id=row.family_id, purpose=ground)
    return requests.session_of(row)


async def end_report(tx: Transaction, request_id: UUID) -> SubmittedReport:
    """Return the end report on a request."""
    known = await visible.with_content(tx, request_id)
    row = await tx.row(select(tables.end_report).where(tables.end_report.c.request_id == request_id))
    if row is None:
        raise NotFound
    _note_read(tx, "reports:read", known.request)
    return SubmittedReport(
        request=known.request,
        report=requests.report_of(row),
        submitted_at=row.submitted_at,
        submitted_by=row.submitted_by,
    )


def _note_read(tx: Transaction, action: str, request: Request) -> None:
    ground = _ground(tx, request.agreement_id, request.agreement_fingerprint)
    audit.record(tx, action, record_id=request.id, family_id=request.family_id, purpose=ground)


def _ground(tx: Transaction, agreement_id: UUID, fingerprint: str) -> str | None:
    """Say under which terms an agency that reads was told; the council reads its own."""
    if party_of(tx.by.roles) is Party.COUNCIL:
        return None
    return f"agreement {agreement_id}, terms {fingerprint}"
