"""Agencies, offers, practitioners, agreements and terms, as rows and as values."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, exists, func, select

from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.kernel.errors import NotFound
from libs.kernel.ids import derived_id
from services.partners import tables
from services.partners.domain.agencies import Agency, Specialism
from services.partners.domain.clocks import Terms, Urgency
from services.partners.domain.offers import Offer
from services.partners.domain.practitioners import Practitioner, TeamShare
from services.partners.domain.sharing import Agreement, AgreementState, LawfulBasis, SpecialCondition

_TERMS_ID = derived_id("partners", "terms")


async def row_of(tx: Transaction, table: Table, id_: UUID) -> Row[Any]:
    """Return the row with that id, or raise `NotFound`."""
    row = await tx.row(select(table).where(table.c.id == id_))
    if row is None:
        raise NotFound
    return row


def need_revision(held: int, wanted: int) -> None:
    """Refuse a change to what has changed since the caller read it."""
    if held != wanted:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=held)


# Agencies and offers.


async def agency(tx: Transaction, agency_id: UUID) -> Agency:
    """Return the agency."""
    return agency_of(await row_of(tx, tables.agency, agency_id))


def agency_of(row: Row[Any]) -> Agency:
    """Return the agency in a row."""
    return Agency(
        id=row.id,
        code=row.code,
        name=row.name,
        stated_fte=row.stated_fte,
        has_manager=row.has_manager,
        active=row.active,
        revision=row.revision,
    )


async def specialisms_offered(tx: Transaction, agency_id: UUID, *, on: date) -> tuple[str, ...]:
    """Return the specialisms of the agency's offers that have not ended by that day, sorted."""
    kept = tables.offer.c
    offered = await tx.rows(
        select(kept.specialism)
        .where(
            kept.agency_id == agency_id, kept.specialism.is_not(None), (kept.until_on.is_(None)) | (kept.until_on > on)
        )
        .distinct()
        .order_by(kept.specialism)
    )
    return tuple(row.specialism for row in offered)


async def offer(tx: Transaction, offer_id: UUID) -> Offer:
    """Return the offer."""
    return offer_of(await row_of(tx, tables.offer, offer_id))


def offer_of(row: Row[Any]) -> Offer:
    """Return the offer in a row."""
    return Offer(
        id=row.id,
        agency_id=row.agency_id,
        specialism=None if row.specialism is None else Specialism(row.specialism),
        title=row.title,
        audience=row.audience,
        areas=frozenset(row.areas),
        preference=row.preference,
        from_on=row.from_on,
        until_on=row.until_on,
        revision=row.revision,
    )


def offer_row(offer: Offer) -> dict[str, Any]:
    """Return what is kept of an offer, without id and revision."""
    return {
        "agency_id": offer.agency_id,
        "specialism": offer.specialism,
        "title": offer.title,
        "audience": offer.audience,
        "areas": sorted(offer.areas),
        "preference": offer.preference,
        "from_on": offer.from_on,
        "until_on": offer.until_on,
    }


# Agreements.


async def agreement(tx: Transaction, agreement_id: UUID) -> Agreement:
    """Return the agreement."""
    return agreement_of(await row_of(tx, tables.agreement, agreement_id))


def agreement_of(row: Row[Any], prefix: str = "") -> Agreement:
    """Return the agreement in a row whose columns begin with `prefix`."""
    names = tables.agreement.columns
    held = {one.name: row._mapping[f"{prefix}{one.name}"] for one in names}  # noqa: SLF001 - the documented mapping view
    return Agreement(
        id=held["id"],
        agency_id=held["agency_id"],
        specialisms=frozenset(Specialism(one) for one in held["specialisms"]),
        basis=LawfulBasis(held["basis"]),
        condition=SpecialCondition(held["condition"]),
        from_on=held["from_on"],
        until_on=held["until_on"],
        state=AgreementState(held["state"]),
        revision=held["revision"],
    )


def agreement_row(agreement: Agreement) -> dict[str, Any]:
    """Return what is kept of an agreement."""
    return {
        "id": agreement.id,
        "agency_id": agreement.agency_id,
        "specialisms": sorted(agreement.specialisms),
        "basis": agreement.basis,
        "condition": agreement.condition,
        "from_on": agreement.from_on,
        "until_on": agreement.until_on,
        "state": agreement.state,
        "revision": agreement.revision,
    }


def in_force(on: date) -> Any:
    """Say in SQL that an agreement is in force on that day, as `domain.sharing.covers` does."""
    kept = tables.agreement.c
    return (
        (kept.state == AgreementState.IN_FORCE)
        & (kept.from_on <= on)
        & ((kept.until_on.is_(None)) | (kept.until_on > on))
    )


def specialisms_shared_with(agency_id: UUID, *, on: date) -> Any:
    """Return as an SQL array what the agency may be told about on that day; it is read once in a query."""
    return func.array(
        select(func.unnest(tables.agreement.c.specialisms))
        .where(tables.agreement.c.agency_id == agency_id, in_force(on))
        .scalar_subquery()
    )


async def has_agreement(tx: Transaction, agency_id: UUID, *, on: date) -> bool:
    """Say whether any agreement with the agency is in force on that day."""
    found = await tx.row(select(exists().where(tables.agreement.c.agency_id == agency_id, in_force(on)).label("found")))
    return found is not None and bool(found.found)


# Practitioners.


async def practitioner(tx: Transaction, practitioner_id: UUID | None) -> Practitioner | None:
    """Return the practitioner if there is such a one."""
    if practitioner_id is None:
        return None
    row = await tx.row(select(tables.practitioner).where(tables.practitioner.c.id == practitioner_id))
    return None if row is None else practitioner_of(row)


def practitioner_of(row: Row[Any]) -> Practitioner:
    """Return the practitioner in a row."""
    return Practitioner(
        id=row.id,
        agency_id=row.agency_id,
        name=row.name,
        specialism=Specialism(row.specialism),
        fte=row.fte,
        shares=tuple(TeamShare(UUID(share["team_id"]), share["fte"]) for share in row.shares),
        checked_on=row.checked_on,
        joined_on=row.joined_on,
        left_on=row.left_on,
        revision=row.revision,
    )


def practitioner_row(practitioner: Practitioner) -> dict[str, Any]:
    """Return what is kept of a practitioner."""
    return {
        "id": practitioner.id,
        "agency_id": practitioner.agency_id,
        "name": practitioner.name,
        "specialism": practitioner.specialism,
        "fte": practitioner.fte,
        "shares": [{"team_id": str(share.team_id), "fte": share.fte} for share in practitioner.shares],
        "checked_on": practitioner.checked_on,
        "joined_on": practitioner.joined_on,
        "left_on": practitioner.left_on,
        "revision": practitioner.revision,
    }


# Terms.


async def terms(tx: Transaction) -> tuple[Terms, int]:
    """Return the local terms and their revision; 0 as long as the defaults stand."""
    row = await tx.row(select(tables.terms))
    if row is None:
        return Terms(), 0
    held = Terms(
        answer_within={Urgency(urgency): days for urgency, days in row.answer_within.items()},
        first_contact_within=row.first_contact_within,
        end_within=row.end_within,
        report_within_days=row.report_within_days,
        capacity_fresh_for=timedelta(days=row.capacity_fresh_days),
    )
    return held, row.revision


async def keep_terms(tx: Transaction, terms: Terms, *, revision: int) -> int:
    """Keep the terms and return their new revision; `revision` is the one that was read."""
    values: dict[str, Any] = {
        "answer_within": {str(urgency): days for urgency, days in terms.answer_within.items()},
        "first_contact_within": terms.first_contact_within,
        "end_within": terms.end_within,
        "report_within_days": terms.report_within_days,
        "capacity_fresh_days": terms.capacity_fresh_for.days,
    }
    if revision:
        return await tx.change(tables.terms, id=_TERMS_ID, revision=revision, **values)
    await tx.add(tables.terms, {"id": _TERMS_ID, "revision": 1} | values)
    return 1
