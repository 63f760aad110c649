"""What a concern tells of people who are known: it completes what is recorded, says nothing twice, contradicts nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from libs.chassis.database import Transaction
from libs.kernel.errors import Invalid
from libs.kernel.ids import new_id
from services.referrals.commands import shielding
from services.referrals.domain import relationships as relations
from services.referrals.domain.household import Part, Person, check_completed, completed
from services.referrals.domain.intake import Household, Related, Told
from services.referrals.domain.protected import ProtectedContactPoint, not_yet_recorded
from services.referrals.domain.relationships import Relationship
from services.referrals.repository import families, people, protected


async def complete(tx: Transaction, household: Household, known: Mapping[UUID, Person], *, on: date) -> None:
    """Store what was not known of the known people and is told now; raise `Invalid` where both cannot be true."""
    await _complete(tx, [(place.part, place.pointer, told.person) for place, told in household.everybody], known, on=on)


async def complete_one(tx: Transaction, told: Person, known: Person, *, part: Part, on: date, at: str) -> None:
    """Store what was not known of one known person and is told now; raise `Invalid` where both cannot be true."""
    await _complete(tx, [(part, at, replace(told, id=known.id))], {known.id: known}, on=on)


async def _complete(
    tx: Transaction, everybody: Sequence[tuple[Part, str, Person]], known: Mapping[UUID, Person], *, on: date
) -> None:
    news = {one.id for *_, one in everybody if one.id in known and completed(known[one.id], one) != known[one.id]}
    for id_, recorded in (await people.lock(tx, news)).items():
        whole = recorded
        # Two names of another system may be one person here, told of twice.
        for part, at, one in everybody:
            if one.id == id_:
                before, whole = whole, completed(whole, one)
                check_completed(whole, known=before, part=part, on=on, at=at)
        await people.complete(tx, whole)


async def protect(tx: Transaction, household: Household, known: Mapping[UUID, Person], *, on: date) -> None:
    """Keep the details that are told to be protected; what is kept already is not kept again."""
    told = [
        ProtectedContactPoint(id=new_id(), person_id=told.person.id, kind=one.kind, value=one.value, from_on=on)
        for _, told in household.everybody
        for one in told.shielded
    ]
    recorded = await protected.recorded(tx, {one.person_id for one in told} & set(known))
    new = not_yet_recorded(told, recorded)
    await protected.add(tx, *new)
    await shielding.hide(tx, {one.person_id for one in new} & set(known))


async def relate(tx: Transaction, household: Household, known: Mapping[UUID, Person]) -> None:
    """Store how the people are related; what is recorded already is taken as known, and completed."""
    if not household.related:
        return
    held = [one for one, _ in await families.relationships_of(tx, known)] if known else []
    recorded = {one.id: one for one in held}
    new: dict[UUID, Relationship] = {}
    for index, related in enumerate(household.related):
        told = _told(household, known, related, at=f"/relationships/{index}")
        before = relations.recorded(told, (*recorded.values(), *new.values()))
        if before is None:
            new[told.id] = told
        else:
            (new if before.id in new else recorded)[before.id] = relations.supplemented(before, told)
    await families.add_relationships(tx, *new.values())
    for before in held:
        if recorded[before.id] != before:
            await families.complete_relationship(tx, recorded[before.id])


def _told(household: Household, known: Mapping[UUID, Person], related: Related, *, at: str) -> Relationship:
    # That somebody stands at both places was checked on the way in.
    person, other = (one for one in (household.at(related.person), household.at(related.other)) if one is not None)
    try:
        told = Relationship(
            id=new_id(),
            person_id=person.person.id,
            other_id=other.person.id,
            relation=related.relation,
            from_on=related.from_on,
            until_on=related.until_on,
            parental_responsibility=related.parental_responsibility,
        )
        return relations.checked(told, person=_details(person, known), other=_details(other, known))
    except Invalid as fault:
        fault.at = at
        raise


def _details(told: Told, known: Mapping[UUID, Person]) -> Person:
    return known[told.person.id] if told.known else told.person
