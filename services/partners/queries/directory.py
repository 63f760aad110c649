"""The directory: agencies, what they offer, their people, their room, and what was agreed with them."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import any_, func, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.pagination import Wanted, rows_after
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound
from services.partners import tables
from services.partners.domain import capacity, offers
from services.partners.domain.agencies import Agency, Specialism
from services.partners.domain.capacity import Declaration, Room
from services.partners.domain.clocks import Terms
from services.partners.domain.offers import Candidate, Exclusion, Offer
from services.partners.domain.practitioners import Practitioner, fte_in_team
from services.partners.domain.sharing import Agreement, AgreementState
from services.partners.repository import candidates, directory
from services.partners.repository.visible import scope_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRoom:
    """An agency's word on its room, what it answers today, and the posts that its people give to that team."""

    declaration: Declaration
    taken: int
    room: Room
    staffed_fte: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What one agency answers to a team that asks for room, and why it would not be asked."""

    candidate: Candidate
    excluded: Exclusion | None
    is_first: bool


async def agency(tx: Transaction, agency_id: UUID) -> Agency:
    """Return one agency."""
    return await directory.agency(tx, agency_id)


async def agencies(tx: Transaction, wanted: Wanted) -> tuple[list[Agency], str | None]:
    """Return a page of agencies, by code."""
    rows, following = await rows_after(tx, select(tables.agency), keys=[tables.agency.c.code], wanted=wanted)
    return [directory.agency_of(row) for row in rows], following


async def offer(tx: Transaction, offer_id: UUID) -> Offer:
    """Return one offer."""
    return await directory.offer(tx, offer_id)


async def offers_page(
    tx: Transaction, wanted: Wanted, *, specialism: Specialism | None, area: str | None, agency_id: UUID | None
) -> tuple[list[Offer], str | None]:
    """Return a page of the offers that stand today; one without areas reaches every area."""
    kept, today = tables.offer.c, local_day(tx.now)
    query = select(tables.offer).where(kept.from_on <= today, (kept.until_on.is_(None)) | (kept.until_on > today))
    if specialism is not None:
        query = query.where(kept.specialism == specialism)
    if agency_id is not None:
        query = query.where(kept.agency_id == agency_id)
    if area is not None:
        query = query.where((func.cardinality(kept.areas) == 0) | (any_(kept.areas) == area))
    rows, following = await rows_after(tx, query, keys=[kept.id], wanted=wanted)
    return [directory.offer_of(row) for row in rows], following


async def practitioner(tx: Transaction, practitioner_id: UUID) -> Practitioner:
    """Return one practitioner; an agency sees its own."""
    found = await directory.practitioner(tx, practitioner_id)
    scope = scope_of(tx)
    if found is None or scope.agency_id not in {None, found.agency_id}:
        raise NotFound
    return found


async def practitioners_page(
    tx: Transaction, wanted: Wanted, *, agency_id: UUID | None, present: bool
) -> tuple[list[Practitioner], str | None]:
    """Return a page of practitioners; an agency's page holds its own, whatever agency was asked for."""
    kept, scope = tables.practitioner.c, scope_of(tx)
    query = select(tables.practitioner)
    for theirs in (scope.agency_id, agency_id):
        if theirs is not None:
            query = query.where(kept.agency_id == theirs)
    if present:
        query = query.where((kept.left_on.is_(None)) | (kept.left_on > scope.today))
    rows, following = await rows_after(tx, query, keys=[kept.agency_id, kept.id], wanted=wanted)
    return [directory.practitioner_of(row) for row in rows], following


async def agreement(tx: Transaction, agreement_id: UUID) -> Agreement:
    """Return one agreement; an agency sees its own."""
    found = await directory.agreement(tx, agreement_id)
    if scope_of(tx).agency_id not in {None, found.agency_id}:
        raise NotFound
    return found


async def agreements_page(
    tx: Transaction, wanted: Wanted, *, state: AgreementState | None, agency_id: UUID | None
) -> tuple[list[Agreement], str | None]:
    """Return a page of agreements; an agency's page holds its own."""
    kept = tables.agreement.c
    query = select(tables.agreement)
    for theirs in (scope_of(tx).agency_id, agency_id):
        if theirs is not None:
            query = query.where(kept.agency_id == theirs)
    if state is not None:
        query = query.where(kept.state == state)
    rows, following = await rows_after(tx, query, keys=[kept.id], wanted=wanted)
    return [directory.agreement_of(row) for row in rows], following


async def capacity_page(
    tx: Transaction, wanted: Wanted, *, specialism: Specialism | None, team_id: UUID | None
) -> tuple[list[DeclaredRoom], str | None]:
    """Return a page of what agencies declared, with what it answers today; an agency's page holds its own."""
    kept, own = tables.capacity.c, scope_of(tx).agency_id
    query = select(tables.capacity, candidates.taken_since(kept).label("taken"))
    if own is not None:
        query = query.where(kept.agency_id == own)
    if specialism is not None:
        query = query.where(kept.specialism == specialism)
    if team_id is not None:
        query = query.where((kept.team_id == team_id) | kept.team_id.is_(None))
    terms, _ = await directory.terms(tx)
    rows, following = await rows_after(tx, query, keys=[kept.id], wanted=wanted)
    staff = await _staff(tx, {row.agency_id for row in rows})
    today = local_day(tx.now)
    page = []
    for row in rows:
        said = candidates.declaration_of(row)
        if said is None:
            continue
        room = capacity.answer(said, taken=row.taken, today=today, fresh_for=terms.capacity_fresh_for)
        page.append(
            DeclaredRoom(
                declaration=said,
                taken=row.taken,
                room=room,
                staffed_fte=None
                if said.team_id is None
                else fte_in_team(
                    staff.get(said.agency_id, ()), specialism=said.specialism, team_id=said.team_id, on=today
                ),
            )
        )
    return page, following


async def declared_by(tx: Transaction, agency_id: UUID) -> tuple[int, list[Declaration]]:
    """Return the revision of an agency's declared room, and all that it declared; an agency sees its own."""
    if scope_of(tx).agency_id not in {None, agency_id}:
        raise NotFound
    held = await tx.row(select(tables.agency.c.room_revision).where(tables.agency.c.id == agency_id))
    if held is None:
        raise NotFound
    kept = tables.capacity.c
    rows = await tx.rows(select(tables.capacity).where(kept.agency_id == agency_id).order_by(kept.specialism, kept.id))
    return held.room_revision, [said for row in rows if (said := candidates.declaration_of(row)) is not None]


async def check_capacity(tx: Transaction, *, specialism: Specialism, team_id: UUID | None) -> list[Asked]:
    """Ask every agency that offers the specialism for room, as routing would; the first is whom it would ask."""
    terms, _ = await directory.terms(tx)
    on = local_day(tx.now)
    field = await candidates.field(
        tx, specialism=specialism, team_id=team_id, on=on, fresh_for=terms.capacity_fresh_for
    )
    route = offers.route(field.candidates, specialism=specialism, areas=field.areas, on=on)
    rules = {one.offer.id: rule for one, rule in route.excluded}
    asked = [
        Asked(candidate=one, excluded=rules.get(one.offer.id), is_first=one == route.chosen) for one in field.candidates
    ]
    audit.record(tx, "capacity:check")
    return sorted(asked, key=lambda one: (not one.is_first, one.excluded is not None, one.candidate.agency_code))


async def terms(tx: Transaction) -> tuple[Terms, int]:
    """Return the local terms and their revision."""
    return await directory.terms(tx)


async def _staff(tx: Transaction, agency_ids: set[UUID]) -> dict[UUID, list[Practitioner]]:
    staff: dict[UUID, list[Practitioner]] = {}
    if not agency_ids:
        return staff
    kept = tables.practitioner.c
    here = (kept.left_on.is_(None)) | (kept.left_on > local_day(tx.now))
    for row in await tx.rows(select(tables.practitioner).where(kept.agency_id.in_(agency_ids), here)):
        staff.setdefault(row.agency_id, []).append(directory.practitioner_of(row))
    return staff
