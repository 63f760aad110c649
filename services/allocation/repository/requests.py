"""Requests for a worker."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, func, literal_column, select, update

from libs.chassis.database import Transaction
from libs.kernel.errors import NotFound
from libs.kernel.ids import FamilyId, PersonId, ReferralId, WorkerId
from services.allocation.domain.cases import Share
from services.allocation.domain.request import CancelReason, Request, RequestPurpose, RequestState
from services.allocation.repository.rows import values_of
from services.allocation.tables import UNALLOCATED, load_turn, proposal, request, team, worker


def request_of(row: Row[Any]) -> Request:
    """Read a request from a row."""
    return Request(
        id=row.id,
        family_id=FamilyId(row.family_id),
        referral_id=None if row.referral_id is None else ReferralId(row.referral_id),
        purpose=RequestPurpose(row.purpose),
        children=tuple(PersonId(child) for child in row.children),
        adults=tuple(PersonId(adult) for adult in row.adults),
        area=row.area,
        rag=row.rag,
        share=Share(row.share),
        skills=frozenset(row.skills),
        languages=frozenset(row.languages),
        needs_interpreter=row.needs_interpreter,
        split_asked=row.split_asked,
        previous_worker_id=None if row.previous_worker_id is None else WorkerId(row.previous_worker_id),
        reason=row.reason,
        state=RequestState(row.state),
        requested_at=row.requested_at,
        waiting_since=row.waiting_since,
        filled_at=row.filled_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=None if row.cancel_reason is None else CancelReason(row.cancel_reason),
        revision=row.revision,
    )


async def get(tx: Transaction, request_id: UUID, *, lock: bool = False) -> Request:
    """Return a request, held until the end of the transaction if so asked; raise `NotFound` without one."""
    query = select(request).where(request.c.id == request_id)
    row = await tx.row(query.with_for_update() if lock else query)
    if row is None:
        raise NotFound
    return request_of(row)


async def get_for_proposal(tx: Transaction, proposal_id: UUID) -> Request:
    """Return the request that a proposal answers, held until the end of the transaction."""
    query = select(request).join(proposal, proposal.c.request_id == request.c.id).where(proposal.c.id == proposal_id)
    row = await tx.row(query.with_for_update(of=request))
    if row is None:
        raise NotFound
    return request_of(row)


async def unallocated_of_referral(tx: Transaction, referral_id: UUID) -> list[Request]:
    """Return the requests of a referral that nobody has filled, held until the end of the transaction."""
    query = select(request).where(request.c.referral_id == referral_id, UNALLOCATED).order_by(request.c.id)
    return [request_of(row) for row in await tx.rows(query.with_for_update())]


async def unallocated_of_family(tx: Transaction, family_id: UUID) -> list[Request]:
    """Return the requests of a family that nobody has filled, held until the end of the transaction."""
    query = select(request).where(request.c.family_id == family_id, UNALLOCATED).order_by(request.c.id)
    return [request_of(row) for row in await tx.rows(query.with_for_update())]


async def to_try_again(tx: Transaction, *, before: date, limit: int) -> list[Request]:
    """Return families that wait and were not looked at since a day, longest first."""
    query = _waiting().where(request.c.tried_on < before)
    query = query.order_by(request.c.requested_at, request.c.id).limit(limit).with_for_update(skip_locked=True)
    return [request_of(row) for row in await tx.rows(query)]


async def behind(tx: Transaction, *, limit: int) -> list[tuple[Request, int]]:
    """Return families that wait where a load changed since they were looked at, with the turn of that look.

    Those whose look is the longest ago come first, so that every one is reached however often loads change.
    """
    served = (
        select(func.unnest(team.c.areas).label("area"), func.max(load_turn.c.turn).label("turn"))
        .select_from(load_turn)
        .join(worker, worker.c.id == load_turn.c.worker_id)
        .join(team, team.c.id == worker.c.team_id)
        .group_by(literal_column("1"))
        .subquery()
    )
    query = _waiting().join(served, (served.c.area == request.c.area) & (served.c.turn > request.c.looked_turn))
    query = query.order_by(request.c.looked_turn, request.c.requested_at, request.c.id).limit(limit)
    rows = await tx.rows(query.with_for_update(of=request, skip_locked=True))
    return [(request_of(row), row.looked_turn) for row in rows]


def _waiting() -> Select[Any]:
    return select(request).where(request.c.state.in_([RequestState.WAITING, RequestState.OPEN]), UNALLOCATED)


async def add(tx: Transaction, value: Request, *, tried_on: date) -> None:
    """Keep a new request."""
    await tx.add(request, {**values_of(value), "tried_on": tried_on})


async def save(tx: Transaction, value: Request, *, tried_on: date | None = None, turn: int | None = None) -> Request:
    """Keep a changed request, looked at on a day with the changes of a turn; return it with its new revision."""
    values = {name: each for name, each in values_of(value).items() if name not in {"id", "revision"}}
    looked = {"tried_on": tried_on, "looked_turn": turn}
    values |= {name: each for name, each in looked.items() if each is not None}
    revision = await tx.change(request, id=value.id, revision=value.revision, **values)
    return replace(value, revision=revision)


async def note_tried(tx: Transaction, request_id: UUID, *, on: date, turn: int) -> None:
    """Keep that a waiting family was looked at on a day, without changing anything that a reader sees."""
    await tx.do(update(request).where(request.c.id == request_id).values(tried_on=on, looked_turn=turn))


async def note_looked(tx: Transaction, request_ids: Sequence[UUID], *, turn: int) -> None:
    """Keep that waiting families were looked at with the changes of a turn, and none of these workers can take them."""
    await tx.do(update(request).where(request.c.id.in_(request_ids)).values(looked_turn=turn))


async def move_family(tx: Transaction, *, merged: UUID, into: UUID) -> None:
    """Let the requests of a merged family belong to the one that stays."""
    await tx.do(
        update(request).where(request.c.family_id == merged).values(family_id=into, revision=request.c.revision + 1)
    )


def opened_between(start: datetime, end: datetime) -> Any:
    """Return the condition that a new family's request was opened in `(start, end]`."""
    return (
        (request.c.requested_at > start)
        & (request.c.requested_at <= end)
        & (request.c.purpose == RequestPurpose.NEW_FAMILY)
    )
