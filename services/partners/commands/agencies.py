"""The configuration of the partnership: agencies, what they offer, what was agreed with them, and the local terms."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit, happened_at
from libs.contracts import partners as events
from libs.contracts.envelope import Event
from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict
from services.partners import tables
from services.partners.commands import routing
from services.partners.domain import offers, sharing
from services.partners.domain.agencies import Agency
from services.partners.domain.clocks import Terms
from services.partners.domain.offers import Offer
from services.partners.domain.sharing import Agreement, AgreementVerb
from services.partners.repository import directory
from services.partners.repository.directory import need_revision

_SAID_OF: Mapping[AgreementVerb, type[Event]] = {
    AgreementVerb.START: events.AgreementStarted,
    AgreementVerb.RESUME: events.AgreementStarted,
    AgreementVerb.SUSPEND: events.AgreementSuspended,
    AgreementVerb.END: events.AgreementEnded,
}


class AgencyKnown(Conflict):
    """There is an agency with that id or code."""

    slug = "agency-known"


async def record_agency(tx: Transaction, agency: Agency, *, occurred_at: datetime | None) -> Agency:
    """Set an agency up."""
    at = happened_at(tx, occurred_at)
    taken = tables.agency.select().where((tables.agency.c.id == agency.id) | (tables.agency.c.code == agency.code))
    if await tx.row(taken) is not None:
        raise AgencyKnown("Change it, or choose another code.")
    await tx.add(
        tables.agency,
        {
            "id": agency.id,
            "code": agency.code,
            "name": agency.name,
            "stated_fte": agency.stated_fte,
            "has_manager": agency.has_manager,
            "active": agency.active,
            "revision": agency.revision,
        },
    )
    await _say_agency(tx, agency, at=at)
    audit.record(tx, "agencies:record", record_id=agency.id)
    return agency


async def change_agency(
    tx: Transaction,
    agency_id: UUID,
    *,
    revision: int,
    name: str,
    stated_fte: float | None,
    has_manager: bool,
    active: bool,
    occurred_at: datetime | None,
) -> Agency:
    """Change what is said of an agency; its code stays."""
    at = happened_at(tx, occurred_at)
    before = await directory.agency(tx, agency_id)
    values = {"name": name, "stated_fte": stated_fte, "has_manager": has_manager, "active": active}
    changed = await tx.change(tables.agency, id=agency_id, revision=revision, **values)
    after = replace(before, name=name, stated_fte=stated_fte, has_manager=has_manager, active=active, revision=changed)
    await _say_agency(tx, after, at=at)
    if active and not before.active:
        await routing.look_again(tx)
    audit.record(tx, "agencies:change", record_id=agency_id)
    return after


async def record_offer(tx: Transaction, offer: Offer, *, occurred_at: datetime | None) -> Offer:
    """Add an offer to an agency."""
    at = happened_at(tx, occurred_at)
    agency = await directory.agency(tx, offer.agency_id)
    await tx.add(tables.offer, directory.offer_row(offers.check(offer)) | {"id": offer.id, "revision": offer.revision})
    await _offer_changed(tx, agency, offer, at=at)
    audit.record(tx, "offers:record", record_id=offer.id)
    return offer


async def change_offer(
    tx: Transaction, offer_id: UUID, *, revision: int, occurred_at: datetime | None, **facts: Any
) -> Offer:
    """Change an offer; it stays with its agency."""
    at = happened_at(tx, occurred_at)
    before = await directory.offer(tx, offer_id)
    need_revision(before.revision, revision)
    after = offers.check(replace(before, **facts))
    changed = await tx.change(tables.offer, id=offer_id, revision=revision, **directory.offer_row(after))
    await _offer_changed(tx, await directory.agency(tx, before.agency_id), after, at=at)
    audit.record(tx, "offers:change", record_id=offer_id)
    return replace(after, revision=changed)


async def draft_agreement(tx: Transaction, agreement: Agreement) -> Agreement:
    """Draft a sharing agreement with an agency."""
    await directory.agency(tx, agreement.agency_id)
    await tx.add(tables.agreement, directory.agreement_row(sharing.check(agreement)))
    audit.record(tx, "agreements:draft", record_id=agreement.id)
    return agreement


async def say_to_agreement(
    tx: Transaction, agreement_id: UUID, verb: AgreementVerb, *, revision: int, occurred_at: datetime | None
) -> Agreement:
    """Start, suspend, resume or end an agreement; a suspension works from the next request on."""
    at = happened_at(tx, occurred_at)
    before = await directory.agreement(tx, agreement_id)
    need_revision(before.revision, revision)
    after = sharing.say(before, verb)
    changed = await tx.change(tables.agreement, id=agreement_id, revision=revision, state=after.state)
    facts = {
        "agreement_id": agreement_id,
        "agency_id": after.agency_id,
        "specialisms": sorted(specialism.value for specialism in after.specialisms),
        "from_on": after.from_on,
        "until_on": after.until_on,
    }
    emit(tx, _SAID_OF[verb].model_validate(facts), occurred_at=at)
    if after.state is sharing.AgreementState.IN_FORCE:
        await routing.look_again(tx, tables.need.c.specialism.in_(after.specialisms))
    audit.record(tx, f"agreements:{verb}", record_id=agreement_id)
    return replace(after, revision=changed)


async def set_terms(tx: Transaction, terms: Terms, *, revision: int) -> int:
    """Set the local terms and return their revision; requests that are open keep the clock they have."""
    _, held = await directory.terms(tx)
    need_revision(held, revision)
    audit.record(tx, "terms:write")
    return await directory.keep_terms(tx, terms, revision=revision)


async def _offer_changed(tx: Transaction, agency: Agency, offer: Offer, *, at: datetime) -> None:
    await _say_agency(tx, agency, at=at)
    if offer.specialism is not None:
        await routing.look_again(tx, tables.need.c.specialism == offer.specialism)


async def _say_agency(tx: Transaction, agency: Agency, *, at: datetime) -> None:
    offered = await directory.specialisms_offered(tx, agency.id, on=local_day(tx.now))
    emit(tx, events.AgencyRecorded(agency_id=agency.id, code=agency.code, specialisms=offered), occurred_at=at)
