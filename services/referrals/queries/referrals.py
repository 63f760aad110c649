"""Referrals: the list, one with its people, the sender's receipt, the history of deciding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.errors import NotFound
from libs.kernel.roles import Role
from services.referrals.domain.grants import READERS
from services.referrals.domain.household import Part
from services.referrals.domain.notice import NoticeState, ReferrerNotice
from services.referrals.domain.referral import Referral
from services.referrals.domain.screening import Rag
from services.referrals.domain.states import FRONT_DOOR, OPEN, UNDECIDED, State
from services.referrals.repository import notices, protected
from services.referrals.repository import referrals as repository
from services.referrals.tables import contact, decision, person, referral

_LISTED = (
    referral.c.id,
    referral.c.revision,
    referral.c.reference,
    referral.c.family_id,
    referral.c.state,
    referral.c.rag,
    referral.c.level,
    referral.c.source.label("referral_source"),
    referral.c.area,
    referral.c.received_at,
    referral.c.re_referral,
    referral.c.next_due_at,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """Which referrals are wanted; those due first come first when `due_before` is asked for, else the newest."""

    state: State | None = None
    rag: Rag | None = None
    due_before: datetime | None = None
    family_id: UUID | None = None


def listing(filters: Filters) -> tuple[Select[Any], list[ColumnElement[Any]], bool]:
    """Return the query of a list, the keys of its order, and whether the newest come first."""
    query = select(*_LISTED)
    for column, value in (
        (referral.c.state, filters.state),
        (referral.c.rag, filters.rag),
        (referral.c.family_id, filters.family_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if filters.due_before is None:
        return query, [referral.c.received_at, referral.c.id], True
    return query.where(referral.c.next_due_at < filters.due_before), [referral.c.next_due_at, referral.c.id], False


async def page(tx: Transaction, filters: Filters, wanted: Wanted) -> tuple[Sequence[Row[Any]], str | None]:
    """Return a page of referrals."""
    query, keys, newest_first = listing(filters)
    audit.record(tx, "referrals:list", family_id=filters.family_id)
    return await rows_after(tx, query, keys=keys, wanted=wanted, newest_first=newest_first)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Somebody in a referral."""

    id: UUID
    given_name: str
    family_name: str
    birth_date: Any
    expected_date: Any
    sex: str
    part: Part
    has_protected_details: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A referral with its people and the contact it came by."""

    referral: Referral
    people: tuple[Member, ...]
    contact: dict[str, Any] | None


async def whole(tx: Transaction, referral_id: UUID) -> Whole:
    """Return a referral with its people; who told us is shown to the front door only."""
    found = await repository.get(tx, referral_id)
    everybody = (*found.children, *found.adults)
    rows = {
        row.id: row
        for row in await tx.rows(
            select(
                person.c.id,
                person.c.given_name,
                person.c.family_name,
                person.c.birth_date,
                person.c.expected_date,
                person.c.sex,
            ).where(person.c.id.in_(everybody))
        )
    }
    hidden = await protected.who_of(tx, everybody)
    came_by = await tx.row(select(contact).where(contact.c.referral_id == found.id).limit(1))
    audit.record(tx, "referrals:read", record_id=found.id, family_id=found.family_id)
    return Whole(
        referral=found,
        people=tuple(
            Member(
                **rows[id_]._mapping,  # noqa: SLF001 - the documented mapping view
                part=Part.CHILD if id_ in found.children else Part.ADULT,
                has_protected_details=id_ in hidden,
            )
            for id_ in everybody
            if id_ in rows
        ),
        contact=_shown(tx, came_by),
    )


def _shown(tx: Transaction, came_by: Row[Any] | None) -> dict[str, Any] | None:
    if came_by is None:
        return None
    shown = dict(came_by._mapping)  # noqa: SLF001 - the documented mapping view
    if not tx.by.roles & (FRONT_DOOR - {Role.CASE_SYSTEM}):
        shown |= {"referrer_name": None, "referrer_contact": None}
        if not came_by.may_be_named:
            shown["referrer_agency"] = None
    return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What the sender of a referral may know of it."""

    id: UUID
    revision: int
    reference: str
    received_at: datetime
    standing: str
    notice: str | None
    told_at: datetime | None


async def receipt(tx: Transaction, referral_id: UUID) -> Receipt:
    """Return the sender's receipt; to any other caller from outside there is no such referral."""
    found = await repository.get(tx, referral_id)
    if not is_staff(tx) and found.sent_by != tx.by.id:
        raise NotFound
    told = _told(await notices.of_referral(tx, found.id))
    audit.record(tx, "referrals:read-receipt", record_id=found.id, family_id=found.family_id)
    return receipt_of(found, told=told)


def receipt_of(found: Referral, *, told: ReferrerNotice | None) -> Receipt:
    """Return what the sender of a referral may know of it."""
    return Receipt(
        id=found.id,
        revision=found.revision,
        reference=found.reference,
        received_at=found.received_at,
        standing=_standing(found.state),
        notice=told.content if told else None,
        told_at=told.sent_at if told else None,
    )


def _told(drawn_up: Sequence[ReferrerNotice]) -> ReferrerNotice | None:
    return next((one for one in reversed(drawn_up) if one.state is NoticeState.SENT), None)


def _standing(state: State) -> str:
    if state in UNDECIDED:
        return "received"
    return "withdrawn" if state in {State.WITHDRAWN, State.IN_ERROR} else "decided"


def is_staff(tx: Transaction) -> bool:
    """Say whether the caller may see more of a referral than its receipt."""
    return bool(tx.by.roles & READERS)


async def decisions(tx: Transaction, referral_id: UUID) -> Sequence[Row[Any]]:
    """Return every step of deciding about a referral, the first first."""
    found = await repository.get(tx, referral_id)
    audit.record(tx, "referrals:read", record_id=found.id, family_id=found.family_id)
    return await tx.rows(
        select(decision).where(decision.c.referral_id == found.id).order_by(decision.c.at, decision.c.id)
    )


async def open_of_children(tx: Transaction, people: Sequence[UUID]) -> dict[UUID, list[Row[Any]]]:
    """Return the open referrals that name these people as children, by person."""
    if not people:
        return {}
    rows = await tx.rows(
        select(referral.c.id, referral.c.reference, referral.c.state, referral.c.children)
        .where(referral.c.children.overlap(list(people)), referral.c.state.in_(sorted(OPEN)))
        .order_by(referral.c.received_at.desc(), referral.c.id)
    )
    return {id_: [row for row in rows if id_ in row.children] for id_ in people}
