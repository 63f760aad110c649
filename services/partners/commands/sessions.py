"""Sessions with an adult: booking them, and what became of them."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import happened_at
from libs.contracts import partners as events
from libs.kernel.ids import new_id
from services.partners.commands import saying
from services.partners.domain import sessions
from services.partners.domain.request import Request
from services.partners.domain.sessions import Kind, MissedReason, Score, Session, SessionVerb
from services.partners.repository import requests, visible
from services.partners.repository.directory import need_revision


async def book(
    tx: Transaction, request_id: UUID, *, kind: Kind, starts_at: datetime, occurred_at: datetime | None
) -> Session:
    """Book a session; the request is locked, so that it cannot end meanwhile."""
    at = happened_at(tx, occurred_at)
    known = await visible.request(tx, request_id, lock=True)
    session = sessions.book(known.request, session_id=new_id(), kind=kind, starts_at=starts_at, at=at, now=tx.now)
    await requests.add_session(tx, session)
    saying.session(tx, events.SessionBooked, session, at=at)
    audit.record(tx, "sessions:book", record_id=session.id, family_id=session.family_id)
    return session


async def attend(
    tx: Transaction,
    session_id: UUID,
    *,
    revision: int,
    late: bool,
    scores: tuple[Score, ...],
    occurred_at: datetime | None,
) -> Session:
    """Record that the adult came, in time or late, and what was scored."""
    before, request = await _begin(tx, session_id, revision=revision)
    at = happened_at(tx, occurred_at)
    after = sessions.attend(before, request=request, late=late, scores=scores, at=at, now=tx.now)
    saying.session(tx, events.SessionAttended, after, at=at, late=late)
    return await _keep(tx, SessionVerb.ATTEND, after)


async def miss(
    tx: Transaction, session_id: UUID, *, revision: int, reason: MissedReason, occurred_at: datetime | None
) -> Session:
    """Record that the session did not happen, and why."""
    before, _ = await _begin(tx, session_id, revision=revision)
    at = happened_at(tx, occurred_at)
    after = sessions.miss(before, reason=reason, at=at, now=tx.now)
    saying.session(tx, events.SessionMissed, after, at=at)
    return await _keep(tx, SessionVerb.MISS, after)


async def move(
    tx: Transaction, session_id: UUID, *, revision: int, starts_at: datetime, occurred_at: datetime | None
) -> Session:
    """Move the session; return the one that takes its place."""
    before, request = await _begin(tx, session_id, revision=revision)
    at = happened_at(tx, occurred_at)
    moved, successor = sessions.move_to(
        before, request=request, session_id=new_id(), starts_at=starts_at, at=at, now=tx.now
    )
    await requests.add_session(tx, successor)
    saying.session(tx, events.SessionMoved, moved, at=at)
    saying.session(tx, events.SessionBooked, successor, at=at)
    await _keep(tx, SessionVerb.MOVE, moved)
    return successor


async def cancel(tx: Transaction, session_id: UUID, *, revision: int, occurred_at: datetime | None) -> Session:
    """Call the session off."""
    before, _ = await _begin(tx, session_id, revision=revision)
    at = happened_at(tx, occurred_at)
    after = sessions.cancel(before, at=at, now=tx.now)
    saying.session(tx, events.SessionCancelled, after, at=at)
    return await _keep(tx, SessionVerb.CANCEL, after)


async def _begin(tx: Transaction, session_id: UUID, *, revision: int) -> tuple[Session, Request]:
    session, request = await visible.session(tx, session_id)
    need_revision(session.revision, revision)
    return session, request


async def _keep(tx: Transaction, verb: SessionVerb, after: Session) -> Session:
    revision = await requests.keep_session(tx, after)
    audit.record(tx, f"sessions:{verb}", record_id=after.id, family_id=after.family_id)
    return replace(after, revision=revision)
