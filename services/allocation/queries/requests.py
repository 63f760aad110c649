"""Requests: the unallocated list with its ages, and every other."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.deadline import local_day
from services.allocation.domain.request import Age, Request, RequestState, age
from services.allocation.repository import requests
from services.allocation.tables import UNALLOCATED, request


@dataclass(frozen=True, slots=True, kw_only=True)
class Aged:
    """A request and how long the family has waited, or waited until it was filled."""

    request: Request
    age: Age


def listed(*, state: RequestState | None, unallocated: bool, area: str | None, family_id: UUID | None) -> Select[Any]:
    """Return the query of a list of requests."""
    query = select(request)
    if unallocated:
        query = query.where(UNALLOCATED)
    if state is not None:
        query = query.where(request.c.state == state)
    if area is not None:
        query = query.where(request.c.area == area)
    if family_id is not None:
        query = query.where(request.c.family_id == family_id)
    return query


async def page(tx: Transaction, query: Select[Any], *, wanted: Wanted) -> tuple[list[Aged], str | None]:
    """List requests, the longest waiting first."""
    rows, following = await rows_after(tx, query, keys=[request.c.requested_at, request.c.id], wanted=wanted)
    audit.record(tx, "requests:read")
    today = local_day(tx.now)
    return [aged(requests.request_of(row), today=today) for row in rows], following


async def single(tx: Transaction, request_id: UUID) -> Aged:
    """Return one request."""
    found = await requests.get(tx, request_id)
    audit.record(tx, "requests:read", record_id=request_id, family_id=found.family_id)
    return aged(found, today=local_day(tx.now))


def aged(found: Request, *, today: date) -> Aged:
    """Put a request's age beside it."""
    return Aged(request=found, age=age(found, today=today))
