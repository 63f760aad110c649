"""Who belongs to a family, and two records of one family that become one."""

from datetime import date
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.referrals import FamilyMerged
from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict, NotFound
from libs.kernel.ids import new_id
from services.referrals.commands import retelling, shielding, steps
from services.referrals.domain import intake, merging
from services.referrals.domain.household import ImplausibleDate, Membership, Part, Person, check_period
from services.referrals.domain.intake import NobodyKnown, Told
from services.referrals.domain.merging import Merged
from services.referrals.domain.protected import ProtectedContactPoint, not_yet_recorded
from services.referrals.repository import families, people, protected, referrals


class BelongsAlready(Conflict):
    """The person belongs to the family."""


class NoMember(NotFound):
    """That person does not belong to the family now."""


async def add_member(
    tx: Transaction, *, family_id: UUID, revision: int, told: Told, part: Part, from_on: date | None
) -> UUID:
    """Let somebody, known or new, belong to the family from a day on; return who it is."""
    family = await families.take(tx, family_id, revision=revision)
    on = local_day(tx.now)
    joined_on = from_on or on
    if joined_on > on:
        raise ImplausibleDate("It lies in the future.", at="/from_on")
    person = await _member(tx, told, part=part, on=on, joined_on=joined_on)
    if any(one.person_id == person.id for one in family.current(on)):
        raise BelongsAlready("The person belongs to the family.")
    await families.add_members(tx, family.id, Membership(person_id=person.id, part=part, from_on=joined_on))
    await families.touch(tx, family.id, revision=revision)
    audit.record(tx, "people:record", record_id=person.id, family_id=family.id)
    return person.id


async def _member(tx: Transaction, told: Told, *, part: Part, on: date, joined_on: date) -> Person:
    """Return who is meant, kept with all that is told of them; who is known by id or source is not made again."""
    source = steps.own_key(tx, told.source)
    sources = [source] if source else []
    await people.lock_sources(tx, sources)
    named = (await people.known_as(tx, sources)).get(source) if source else None
    known = await _named_by_id(tx, told.person.id) if told.known else named
    told = intake.checked_alone(told, part=part, on=on, at="/person", known=known is not None)
    person = known or told.person
    if known is not None:
        await retelling.complete_one(tx, told.person, known, part=part, on=on, at="/person")
    else:
        told = intake.guarded(told)
        await people.add(tx, person)
        await people.add_whereabouts(tx, [(person.id, one) for one in told.whereabouts], from_on=joined_on)
    await people.add_sources(tx, [(one, person.id) for one in sources])
    shielded = [
        ProtectedContactPoint(id=new_id(), person_id=person.id, kind=one.kind, value=one.value, from_on=joined_on)
        for one in told.shielded
    ]
    recorded = await protected.recorded(tx, [person.id] if shielded and known else [])
    new = not_yet_recorded(shielded, recorded)
    await protected.add(tx, *new)
    await shielding.hide(tx, {one.person_id for one in new} if known else ())
    return person


async def _named_by_id(tx: Transaction, person_id: UUID) -> Person:
    try:
        person, _ = await people.get(tx, person_id)
    except NotFound:
        raise NobodyKnown("There is nobody with that id.", at="/person/person_id") from None
    return person


async def end_membership(
    tx: Transaction, *, family_id: UUID, revision: int, person_id: UUID, until_on: date | None
) -> None:
    """Let somebody belong to the family no longer; that they did stays readable."""
    family = await families.take(tx, family_id, revision=revision)
    on = until_on or local_day(tx.now)
    if on > local_day(tx.now):
        raise ImplausibleDate("It lies in the future.", at="/until_on")
    present = [one for one in family.members if one.person_id == person_id and one.until_on is None]
    if not present:
        raise NoMember
    for one in present:
        check_period(from_on=one.from_on, until_on=on, at="/until_on")
    await families.end_membership(tx, family.id, person_id, on=on)
    await families.touch(tx, family.id, revision=revision)
    audit.record(tx, "people:record", record_id=person_id, family_id=family.id)


async def merge(tx: Transaction, *, family_id: UUID, revision: int, merged_family_id: UUID, reason: str) -> Merged:
    """Make one family of two records; protected details stay protected, and the answer warns where that is hard."""
    await families.lock(tx, {family_id, merged_family_id})
    kept = await families.take(tx, family_id, revision=revision)
    try:
        gone, _ = await families.get(tx, merged_family_id)
    except NotFound:
        raise NobodyKnown("There is no family with that id.", at="/merged_family_id") from None
    members = {one.person_id for one in (*kept.members, *gone.members)}
    on = local_day(tx.now)
    merged = merging.merge(kept, gone, protected=await protected.of_people(tx, members), on=on)
    new = tuple(one for one in merged.family.members if one not in kept.members)
    await families.add_members(tx, kept.id, *new)
    await families.merge(tx, kept_id=kept.id, gone_id=gone.id)
    await referrals.move_family(tx, from_id=gone.id, to_id=kept.id)
    await families.touch(tx, kept.id, revision=revision)
    audit.record(tx, "families:merge", record_id=gone.id, family_id=kept.id, purpose=reason)
    emit(tx, FamilyMerged(family_id=kept.id, merged_family_id=gone.id, people=merged.people))
    return merged
