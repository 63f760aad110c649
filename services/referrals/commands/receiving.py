"""Receiving a concern: people are kept once, compared with those known, and the first clock starts."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.referrals import ReferralReceived
from libs.kernel.codes import PrimaryNeed, ReferralSource
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound
from libs.kernel.ids import new_id, new_reference
from services.referrals.commands import clocks, matching, re_referral, retelling, steps
from services.referrals.commands.matching import Found
from services.referrals.domain import clocks as clock_rules
from services.referrals.domain import intake
from services.referrals.domain import referral as rules
from services.referrals.domain.areas import check_area
from services.referrals.domain.clock_rules import Happening
from services.referrals.domain.clocks import Occasion
from services.referrals.domain.household import Membership, Part, Person
from services.referrals.domain.intake import Household, NobodyKnown, Place, SourceKey, Told
from services.referrals.domain.names import folded
from services.referrals.domain.referral import Channel, Origin, Referral
from services.referrals.domain.referrer import Referrer, check_referrer
from services.referrals.domain.states import FRONT_DOOR, FRONT_DOOR_STAFF
from services.referrals.repository import areas, families, people, referrals
from services.referrals.settings import local_times


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """What a sender tells."""

    key: SourceKey | None
    source: ReferralSource
    channel: Channel
    origin: Origin
    area: str
    primary_need: PrimaryNeed
    needs: tuple[str, ...]
    referrer: Referrer
    narrative: str
    family_id: UUID | None
    household: Household
    received_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A referral as it was received, now or before, and who of its people may be known."""

    referral: Referral
    before: bool
    found: tuple[Found, ...] = ()


async def receive(tx: Transaction, concern: Concern) -> Received:
    """Receive a concern; what the other system sent before is answered again and changes nothing."""
    at = steps.moment(tx, concern.received_at, at="/received_at")
    key = steps.own_key(tx, concern.key)
    if key is not None and (before := await referrals.by_source(tx, key)) is not None:
        return Received(referral=before, before=True)
    check_area(concern.area, served=await areas.served(tx))
    check_referrer(concern.referrer, source=concern.source, narrative=concern.narrative)
    on = local_day(at)
    household, known = await _recognised(tx, intake.checked(concern.household, on=on, today=local_day(tx.now)))
    family_id = await _settle(tx, household, known, family_id=concern.family_id, on=on)
    referral = await _referral(tx, concern, household, known, family_id=family_id, at=at)
    await referrals.add(tx, referral, source=key)
    await re_referral.came_before(tx, referral, frozenset(referral.children) & frozenset(known))
    await referrals.add_contact(
        tx,
        referral,
        referrer=concern.referrer,
        narrative=concern.narrative,
        reporter_key=_reporter(tx, concern.referrer),
        from_outside=not tx.by.roles & FRONT_DOOR_STAFF,
    )
    await clocks.begin(tx, referral, Occasion(happening=Happening.RECEIVED, at=at))
    found = await matching.look(tx, referral, _strangers(household, known), reporter=_reporter(tx, concern.referrer))
    audit.record(tx, "referrals:receive", record_id=referral.id, family_id=family_id)
    emit(tx, _said(referral), occurred_at=at)
    return Received(referral=referral, before=False, found=found)


def _reporter(tx: Transaction, referrer: Referrer) -> str:
    """Return what is the same for all that one sender tells; empty if we do not know who it was."""
    if not tx.by.roles & FRONT_DOOR:
        return str(tx.by.agency_id or tx.by.id)
    return folded(f"{referrer.agency} {referrer.name}")


async def _recognised(tx: Transaction, household: Household) -> tuple[Household, Mapping[UUID, Person]]:
    """Return the household with known people in their places, and those people by id."""
    sources = [told.source for _, told in household.everybody if told.source]
    named = [told.person.id for _, told in household.everybody if told.known]
    kept = [steps.own_key(tx, source) or source for source in sources]
    # Several concerns at once may be the first to name somebody: only one of them makes the person.
    await people.lock_sources(tx, kept)
    by_source = await people.known_as(tx, kept)
    by_id = await people.by_ids(tx, named)
    known = {one.id: one for one in (*by_source.values(), *by_id.values())}

    def recognise(place: Place, told: Told) -> Told:
        if told.known and told.person.id not in by_id:
            raise NobodyKnown("There is nobody with that id.", at=f"{place.pointer}/person_id")
        source = steps.own_key(tx, told.source)
        one = by_source.get(source) if source else None
        person = replace(told.person, id=one.id) if one else told.person
        stranger = one is None and not told.known
        return replace(intake.guarded(told) if stranger else told, person=person, source=source)

    recognised = {place: recognise(place, told) for place, told in household.everybody}
    return (
        replace(
            household,
            children=tuple(told for place, told in recognised.items() if place.part is Part.CHILD),
            adults=tuple(told for place, told in recognised.items() if place.part is Part.ADULT),
        ),
        known,
    )


def _strangers(household: Household, known: Mapping[UUID, Person]) -> tuple[tuple[Place, Told], ...]:
    return tuple((place, told) for place, told in household.everybody if told.person.id not in known)


async def _settle(
    tx: Transaction, household: Household, known: Mapping[UUID, Person], *, family_id: UUID | None, on: date
) -> UUID:
    """Keep the people and their family; return the family's id."""
    strangers = _strangers(household, known)
    homes = await families.families_of(tx, known)
    family = await _family(tx, household, homes, family_id=family_id)
    await people.add(tx, *[told.person for _, told in strangers])
    await retelling.complete(tx, household, known, on=on)
    await people.add_sources(tx, [(told.source, told.person.id) for _, told in household.everybody if told.source])
    members = {
        told.person.id: Membership(person_id=told.person.id, part=place.part, from_on=on)
        for place, told in household.everybody
        if family not in homes.get(told.person.id, ())
    }
    await families.add_members(tx, family, *members.values())
    # What is told again of somebody known is no news of where they live: that is recorded on purpose.
    await people.add_whereabouts(
        tx, [(told.person.id, one) for _, told in strangers for one in told.whereabouts], from_on=on
    )
    await retelling.protect(tx, household, known, on=on)
    await retelling.relate(tx, household, known)
    return family


async def _family(
    tx: Transaction, household: Household, homes: Mapping[UUID, tuple[UUID, ...]], *, family_id: UUID | None
) -> UUID:
    if family_id is not None:
        try:
            family, _ = await families.get(tx, family_id)
        except NotFound:
            raise NobodyKnown("There is no family with that id.", at="/family_id") from None
        return family.id
    for told in household.children:
        if homes.get(told.person.id):
            return homes[told.person.id][0]
    made = new_id()
    await families.add(tx, made)
    return made


async def _referral(
    tx: Transaction,
    concern: Concern,
    household: Household,
    known: Mapping[UUID, Person],
    *,
    family_id: UUID,
    at: datetime,
) -> Referral:
    # Two names of another system may be one person here.
    children = tuple(dict.fromkeys(told.person.id for told in household.children))
    received = rules.receive(
        referral_id=new_id(),
        reference=new_reference("R"),
        family_id=family_id,
        children=children,
        adults=tuple(dict.fromkeys(told.person.id for told in household.adults)),
        sent_by=tx.by.id,
        source=concern.source,
        channel=concern.channel,
        area=concern.area,
        received_at=at,
        primary_need=concern.primary_need,
        needs=concern.needs,
        origin=concern.origin,
        earlier=await referrals.earlier_of(tx, frozenset(children) & frozenset(known), before=at),
    )
    return replace(received, next_due_at=clock_rules.response_due(since=at, local=local_times()))


def _said(referral: Referral) -> ReferralReceived:
    return ReferralReceived(
        referral_id=referral.id,
        family_id=referral.family_id,
        children=referral.children,
        source=referral.source,
        channel=referral.channel,
        received_on=referral.received_on,
        re_referral=referral.re_referral,
        prior_referral_id=referral.prior_referral_id,
        detail_url=f"/v1/referrals/{referral.id}",
    )
