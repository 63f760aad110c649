"""The one screen of an agency's client, from one statement."""

from sqlalchemy import Select, func, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from services.partners import tables
from services.partners.domain import worklist
from services.partners.domain.sessions import SessionState
from services.partners.domain.worklist import Facts, Item
from services.partners.queries.requests import need_agreement
from services.partners.repository import directory, requests
from services.partners.repository.visible import Scope, scope_of, seen_by, with_lead

#: More open requests than any agency of the county has; the oldest are shown if there are more.
MOST = 1_000


async def items(tx: Transaction) -> tuple[Item, ...]:
    """Return what waits for the calling agency, or for the calling practitioner of it, in order."""
    scope = scope_of(tx)
    terms, _ = await directory.terms(tx)
    rows = await tx.rows(open_requests(scope, tx))
    if not rows:
        await need_agreement(tx, scope)
    audit.record(tx, "work-list:read")
    facts = (
        Facts(
            request=requests.request_of(row),
            lead_worker_id=row.lead_worker_id,
            next_session_at=row.next_session_at,
            unrecorded_at=row.unrecorded_at,
            leaves_on=row.leaves_on,
        )
        for row in rows
    )
    return worklist.arrange(facts, terms=terms, now=tx.now)


def open_requests(scope: Scope, tx: Transaction) -> Select:  # type: ignore[type-arg]
    """Return the query for the open requests of a scope, with the lead worker, the next sessions and who leaves."""
    kept, session = tables.request.c, tables.session.c
    booked = select(func.min(session.starts_at)).where(
        session.request_id == kept.id, session.state == SessionState.BOOKED
    )
    coming = booked.where(session.starts_at > tx.now).scalar_subquery().label("next_session_at")
    unrecorded = booked.where(session.starts_at <= tx.now).scalar_subquery().label("unrecorded_at")
    leaving = (
        select(tables.practitioner.c.left_on)
        .where(tables.practitioner.c.id == kept.practitioner_id)
        .scalar_subquery()
        .label("leaves_on")
    )
    return (
        with_lead(select(tables.request))
        .add_columns(coming, unrecorded, leaving)
        .where(tables.OPEN_OR_OWING, *seen_by(scope))
        .order_by(kept.opened_at)
        .limit(MOST)
    )
