"""What the workbook's events do here: a need arrives, is taken back, or ends with its family's workbook."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select, update

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.contracts import partners as events
from services.partners import tables
from services.partners.commands import changing, families, routing, saying
from services.partners.domain import engagement, needs
from services.partners.domain import request as rules
from services.partners.domain.needs import Need, NeedState
from services.partners.domain.request import OPEN, CancelReason, Request, State
from services.partners.repository import directory, requests

_AT_ONCE = 200
_SEEN_AFTER = timedelta(hours=1)


async def ask(tx: Transaction, need: Need) -> None:
    """Take up what a team asked for and put it to an agency; one asked for before its family closed is over."""
    at = _by_now(tx, need.requested_at)
    closed_at = await families.closed_at(tx, need.family_id)
    if not needs.came_after_close(requested_at=need.requested_at, closed_at=closed_at):
        await requests.add_need(tx, needs.stop(need, at=at))
        return
    terms, _ = await directory.terms(tx)
    route = await routing.choose(tx, need, terms=terms, at=at)
    state = NeedState.UNROUTED if route.chosen is None else NeedState.ROUTED
    await requests.add_need(tx, replace(need, state=state, changed_at=at))
    await routing.put(tx, need, route, terms=terms, at=at)
    audit.record(tx, "needs:ask", record_id=need.id, family_id=need.family_id)


async def withdraw(tx: Transaction, need_id: UUID, *, reason: CancelReason, at: datetime) -> None:
    """Take the need back: what has not begun at an agency is cancelled, what has is asked to end."""
    await _stop(tx, tables.need.c.id == need_id, reason=reason, at=at)


async def close_family(tx: Transaction, family_id: UUID, *, at: datetime) -> None:
    """End what was asked for by the time when the family's workbook closed; note the time for what comes late."""
    await families.note_closed(tx, family_id, at=at)
    kept = tables.need.c
    await _stop(tx, kept.family_id == family_id, kept.requested_at <= at, reason=CancelReason.FAMILY_CLOSED, at=at)


async def flag_overdue(tx: Transaction) -> int:
    """Mark the requests whose answer is late, each once, and say so; return how many."""
    kept = tables.request.c
    late = await tx.rows(
        select(tables.request)
        # The due second itself lasts a whole second; and nobody is late with what they could hardly have seen.
        .where(tables.UNFLAGGED, kept.due_at <= tx.now - timedelta(seconds=1), kept.learned_at <= tx.now - _SEEN_AFTER)
        .order_by(kept.due_at)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    flagged = [rules.flag_overdue(requests.request_of(row), now=tx.now) for row in late]
    if not flagged:
        return 0
    await tx.do(
        update(tables.request)
        .where(kept.id.in_([request.id for request in flagged]))
        .values(overdue_at=tx.now, revision=kept.revision + 1)
    )
    for request in flagged:
        saying.request(tx, events.RequestOverdue, request, at=tx.now)
    return len(flagged)


async def end_need(tx: Transaction, request: Request) -> None:
    """Note that the team no longer asks, because it took the request itself back."""
    need = await requests.need(tx, request.practitioner_request_id)
    if need is not None and need.state is not NeedState.STOPPED:
        await requests.keep_need(tx, needs.stop(need, at=request.changed_at))


def _by_now(tx: Transaction, at: datetime) -> datetime:
    """Return when something happened elsewhere, by our own clock: theirs may be a little ahead."""
    return min(at, tx.now)


async def _stop(tx: Transaction, *where: Any, reason: CancelReason, at: datetime) -> None:
    at = _by_now(tx, at)
    found = await tx.rows(
        update(tables.need)
        .where(*where, tables.need.c.state != NeedState.STOPPED)
        .values(state=NeedState.STOPPED, changed_at=at, look_again=False, revision=tables.need.c.revision + 1)
        .returning(tables.need.c.id)
    )
    kept = tables.request.c
    theirs = select(tables.request).where(
        kept.practitioner_request_id.in_([row.id for row in found]), kept.state.in_(OPEN)
    )
    for before in await requests.for_change(tx, theirs) if found else ():
        after = engagement.stop(before, reason=reason, at=at)
        if after == before:
            continue
        await changing.keep_request(tx, before, after)
        if after.state is State.CANCELLED:
            saying.request(tx, events.RequestCancelled, after, at=after.changed_at)
        else:
            asked_at = after.end_asked_at or at
            saying.request(tx, events.RequestEndAsked, after, at=asked_at, asked_at=asked_at)
        audit.record(tx, "requests:stop", record_id=after.id, family_id=after.family_id)
