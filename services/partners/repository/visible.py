"""Which requests a caller may see: an agency its own, under an agreement in force; a practitioner those that name them."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, any_, select

from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound, NotPermitted
from libs.kernel.roles import Role
from services.partners import tables
from services.partners.domain.grants import party_of
from services.partners.domain.parties import Party
from services.partners.domain.request import Request, State
from services.partners.domain.sessions import Session
from services.partners.repository import requests
from services.partners.repository.directory import specialisms_shared_with


class NoAgency(NotPermitted):
    """Your token names no agency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Whose eyes: the council's, one agency's, or one practitioner's of it."""

    party: Party
    agency_id: UUID | None
    practitioner_id: UUID | None
    today: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A request, who leads the work with its family, and when it could first be seen here."""

    request: Request
    learned_at: datetime
    lead_worker_id: UUID | None


def scope_of(tx: Transaction) -> Scope:
    """Return the scope of the transaction's caller, from their token alone."""
    party = party_of(tx.by.roles)
    today = local_day(tx.now)
    if party is Party.COUNCIL:
        return Scope(party=party, agency_id=None, practitioner_id=None, today=today)
    own = None if tx.by.has(Role.AGENCY_MANAGER) else tx.by.id
    return Scope(party=party, agency_id=own_agency(tx), practitioner_id=own, today=today)


def own_agency(tx: Transaction) -> UUID:
    """Return the agency that the caller's token names."""
    if tx.by.agency_id is None:
        raise NoAgency("An agency's role needs its agency.")
    return tx.by.agency_id


def seen_by(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which the scope sees a request."""
    if scope.agency_id is None:
        return ()
    kept = tables.request.c
    shared = kept.specialism == any_(specialisms_shared_with(scope.agency_id, on=scope.today))
    own = () if scope.practitioner_id is None else (kept.practitioner_id == scope.practitioner_id,)
    return (kept.agency_id == scope.agency_id, shared, *own)


def content_seen_by(scope: Scope) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which the scope sees what hangs on a request: of one in error an agency sees none."""
    if scope.agency_id is None:
        return ()
    return (*seen_by(scope), tables.request.c.state != State.IN_ERROR)


def with_lead(query: Select[Any]) -> Select[Any]:
    """Add the family's lead worker to a query of requests."""
    lead = (
        select(tables.lead.c.worker_id)
        .where(tables.lead.c.family_id == tables.request.c.family_id, tables.lead.c.ended_at.is_(None))
        .order_by(tables.lead.c.started_at.desc())
        .limit(1)
        .scalar_subquery()
        .label("lead_worker_id")
    )
    return query.add_columns(lead)


async def request(tx: Transaction, request_id: UUID, *, lock: bool = False) -> Known:
    """Return the request if the caller may see it, else raise `NotFound`; `lock` keeps it as it is meanwhile."""
    return await _known(tx, request_id, *seen_by(scope_of(tx)), lock=lock)


async def with_content(tx: Transaction, request_id: UUID) -> Known:
    """Return the request if the caller may see what hangs on it, else raise `NotFound`."""
    return await _known(tx, request_id, *content_seen_by(scope_of(tx)), lock=False)


async def session(tx: Transaction, session_id: UUID) -> tuple[Session, Request]:
    """Return the session and its request, kept as it is meanwhile, if the caller may see the request."""
    kept = tables.session.c
    found = await tx.row(
        select(tables.session)
        .join(tables.request, tables.request.c.id == kept.request_id)
        .where(kept.id == session_id, *content_seen_by(scope_of(tx)))
    )
    if found is None:
        raise NotFound
    whole = await request(tx, found.request_id, lock=True)
    return requests.session_of(found), whole.request


async def _known(tx: Transaction, request_id: UUID, *where: ColumnElement[bool], lock: bool) -> Known:
    query = with_lead(select(tables.request)).where(tables.request.c.id == request_id, *where)
    row = await tx.row(query.with_for_update(of=tables.request) if lock else query)
    if row is None:
        raise NotFound
    return known_of(row)


def known_of(row: Row[Any]) -> Known:
    """Return the request in a row, with what is known besides it."""
    return Known(request=requests.request_of(row), learned_at=row.learned_at, lead_worker_id=row.lead_worker_id)
