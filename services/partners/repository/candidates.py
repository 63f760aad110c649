"""Everything that routing must know of the agencies that offer a specialism, in one statement."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, any_, case, func, or_, select, true

from libs.chassis.database import Transaction
from services.partners import tables
from services.partners.domain import capacity
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Declaration
from services.partners.domain.offers import Candidate
from services.partners.domain.request import DeclineReason, State
from services.partners.repository.directory import agreement_of, in_force, offer_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Who could be asked, the areas of the team that asks, and the agencies whose answer to this need stands."""

    candidates: tuple[Candidate, ...]
    areas: frozenset[str]
    asked: frozenset[UUID]


async def field(
    tx: Transaction,
    *,
    specialism: Specialism,
    team_id: UUID | None,
    on: date,
    fresh_for: timedelta,
    need_id: UUID | None = None,
) -> Field:
    """Return the agencies that offer the specialism, with their room for the team on that day."""
    offer, agency = tables.offer, tables.agency
    word = _last_word(specialism, team_id)
    agreed = _agreement_for(specialism, on=on)
    before = _asked_before(need_id)
    areas = select(tables.team.c.areas).where(tables.team.c.id == team_id).scalar_subquery()
    rows = await tx.rows(
        select(
            offer,
            agency.c.code.label("agency_code"),
            agency.c.active.label("agency_active"),
            before.c.times_asked,
            before.c.declined_at,
            areas.label("team_areas"),
            *[column.label(f"word_{column.name}") for column in word.c],
            *[column.label(f"agreed_{column.name}") for column in agreed.c],
        )
        .join(agency, agency.c.id == offer.c.agency_id)
        .outerjoin(word, true())
        .outerjoin(agreed, true())
        .join(before, true())
        .where(offer.c.specialism == specialism)
    )
    found = [(row, _candidate(row, on=on, fresh_for=fresh_for)) for row in rows]
    return Field(
        candidates=tuple(candidate for _, candidate in found),
        areas=frozenset(rows[0].team_areas or ()) if rows else frozenset(),
        asked=frozenset(row.agency_id for row, candidate in found if _answer_stands(row, candidate)),
    )


def taken_since(word: Any) -> Any:
    """Count in SQL the places that were taken since a declaration was made, and are still."""
    kept = tables.request.c
    return (
        select(func.count())
        .select_from(tables.request)
        .where(
            kept.agency_id == word.agency_id,
            kept.specialism == word.specialism,
            kept.accepted_at > word.declared_at,
            kept.ended_at.is_(None),
            or_(word.team_id.is_(None), kept.team_id == word.team_id),
        )
        .scalar_subquery()
    )


def declaration_of(row: Row[Any], prefix: str = "") -> Declaration | None:
    """Return the declaration in a row whose columns begin with `prefix`, if there is one."""
    values = {name: row._mapping[f"{prefix}{name}"] for name in _DECLARED}  # noqa: SLF001 - the documented mapping view
    if values["id"] is None:
        return None
    return Declaration(**values | {"specialism": Specialism(values["specialism"])})


_DECLARED = (
    "id",
    "agency_id",
    "specialism",
    "team_id",
    "fte",
    "places",
    "waiting",
    "expected_on",
    "declared_on",
)


def _last_word(specialism: Specialism, team_id: UUID | None) -> Any:
    """Return each agency's word on this team, or else on every team, with the places taken since."""
    kept = tables.capacity.c
    here = kept.team_id.is_(None) if team_id is None else or_(kept.team_id == team_id, kept.team_id.is_(None))
    return (
        select(tables.capacity, taken_since(kept).label("taken"))
        .where(and_(kept.agency_id == tables.offer.c.agency_id, kept.specialism == specialism, here))
        .order_by(kept.team_id.nulls_last())
        .limit(1)
        .lateral("word")
    )


def _agreement_for(specialism: Specialism, *, on: date) -> Any:
    """Return each agency's agreement under which it may be told of such an adult on that day, the newest if there are more."""
    kept = tables.agreement.c
    return (
        select(tables.agreement)
        .where(kept.agency_id == tables.offer.c.agency_id, any_(kept.specialisms) == specialism, in_force(on))
        .order_by(kept.from_on.desc(), kept.id)
        .limit(1)
        .lateral("agreed")
    )


def _asked_before(need_id: UUID | None) -> Any:
    """Return how often each agency was asked for the need, and since when it has had no room, if that is its answer."""
    kept = tables.request.c
    no_room = and_(kept.state == State.DECLINED, kept.reason == DeclineReason.NO_CAPACITY)
    return (
        select(
            func.count().label("times_asked"),
            case((func.bool_and(no_room), func.max(kept.ended_at))).label("declined_at"),
        )
        .where(kept.practitioner_request_id == need_id, kept.agency_id == tables.offer.c.agency_id)
        .lateral("before")
    )


def _answer_stands(row: Row[Any], candidate: Candidate) -> bool:
    if not row.times_asked or row.declined_at is None:
        return bool(row.times_asked)
    declared_at = row.word_declared_at
    return not capacity.asks_again(candidate.room, declared_at=declared_at, declined_at=row.declined_at)


def _candidate(row: Row[Any], *, on: date, fresh_for: timedelta) -> Candidate:
    room = capacity.answer(declaration_of(row, "word_"), taken=row.word_taken or 0, today=on, fresh_for=fresh_for)
    return Candidate(
        offer=offer_of(row),
        agency_code=row.agency_code,
        agency_active=row.agency_active,
        agreement=None if row.agreed_id is None else agreement_of(row, "agreed_"),
        room=room,
        times_asked=row.times_asked,
    )
