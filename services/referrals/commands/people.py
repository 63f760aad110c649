"""What becomes known of people: corrections, births, relationships; and hidden details shown for a purpose."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.kernel.codes import Sex
from libs.kernel.deadline import local_day
from libs.kernel.errors import Invalid, NotFound
from libs.kernel.ids import new_id
from services.referrals.commands import steps
from services.referrals.domain import household as rules
from services.referrals.domain import identifiers, intake
from services.referrals.domain import relationships as relations
from services.referrals.domain.household import Person
from services.referrals.domain.intake import NobodyKnown
from services.referrals.domain.protected import ProtectedContactPoint, Purpose
from services.referrals.domain.relationships import Relation, Relationship
from services.referrals.repository import families, people, protected


class NotForTheUnborn(Invalid):
    """A birth is recorded by its own verb."""

    slug = "implausible-date"


@dataclass(frozen=True, slots=True)
class Saved:
    """A person with their revision."""

    person: Person
    revision: int


async def correct(tx: Transaction, *, person_id: UUID, revision: int, changes: dict[str, Any]) -> Saved:
    """Correct what is recorded about a person."""
    person, found = await people.get(tx, person_id)
    steps.need(revision=revision, found=found)
    corrected = _normal(replace(person, **changes))
    if corrected == person:
        audit.record(tx, "people:read", record_id=person.id)
        return Saved(person, found)
    if person.is_unborn and corrected.birth_date is not None:
        raise NotForTheUnborn("Record the birth.", at="/birth_date")
    rules.check_corrected(corrected, named=await families.parts_of(tx, person.id), today=local_day(tx.now))
    rules.check_not_to_come(corrected.died_on, today=local_day(tx.now), at="/died_on")
    return await _save(tx, corrected, revision=found, action="record")


async def record_birth(
    tx: Transaction,
    *,
    person_id: UUID,
    revision: int,
    birth_date: date,
    sex: Sex,
    given_name: str | None,
    family_name: str | None,
) -> Saved:
    """Record that an unborn child was born: the birth date replaces the expected one."""
    person, found = await people.get(tx, person_id)
    steps.need(revision=revision, found=found)
    born = rules.born(
        person,
        birth_date=birth_date,
        sex=sex,
        given_name=given_name,
        family_name=family_name,
        on=local_day(tx.now),
    )
    return await _save(tx, born, revision=found, action="record-birth")


async def relate(
    tx: Transaction,
    *,
    person_id: UUID,
    other_id: UUID,
    relation: Relation,
    from_on: date | None,
    until_on: date | None,
    parental_responsibility: bool,
) -> Relationship:
    """Record that a person is related to another; the inverse is read from the other side."""
    rules.check_not_to_come(from_on, today=local_day(tx.now), at="/from_on")
    person, _ = await people.get(tx, person_id)
    try:
        other, _ = await people.get(tx, other_id)
    except NotFound:
        raise NobodyKnown("There is nobody with that id.", at="/other_id") from None
    told = Relationship(
        id=new_id(),
        person_id=person.id,
        other_id=other.id,
        relation=relation,
        from_on=from_on,
        until_on=until_on,
        parental_responsibility=parental_responsibility,
    )
    known = tuple(one for one, _ in await families.relationships_of(tx, [person.id]))
    stored = relations.relate(told, person=person, other=other, known=known)
    await families.add_relationships(tx, stored)
    audit.record(tx, "people:relate", record_id=person.id)
    return stored if stored.person_id == person.id else stored.inverse()


async def end_relationship(
    tx: Transaction, *, relationship_id: UUID, revision: int, until_on: date
) -> tuple[Relationship, int]:
    """Record until when two people were related."""
    known, found = await families.relationship_by_id(tx, relationship_id)
    steps.need(revision=revision, found=found)
    ended = replace(known, until_on=until_on)
    saved = await families.save_relationship(tx, ended, revision=found)
    audit.record(tx, "people:relate", record_id=known.person_id)
    return ended, saved


async def reveal(tx: Transaction, *, point_id: UUID, purpose: Purpose) -> ProtectedContactPoint:
    """Show one protected detail; who saw it and for what is written before it leaves."""
    point = await protected.get(tx, point_id)
    audit.record(tx, "people:reveal", record_id=point.person_id, purpose=purpose)
    return point


def _normal(person: Person) -> Person:
    normal, faults = identifiers.normal(person)
    intake.raise_all(faults)
    return replace(person, **normal)


async def _save(tx: Transaction, changed: Person, *, revision: int, action: str) -> Saved:
    saved = Saved(changed, await people.save(tx, changed, revision=revision))
    audit.record(tx, f"people:{action}", record_id=changed.id)
    return saved
