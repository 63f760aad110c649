"""People and families as they are read, and who may be meant when somebody is sought."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from libs.kernel.errors import Invalid
from services.referrals.domain import identifiers, intake, searching
from services.referrals.domain.household import Family, Membership, Person
from services.referrals.domain.matching import Scheme, Similarity, Traits
from services.referrals.domain.relationships import Relationship
from services.referrals.queries.referrals import open_of_children
from services.referrals.repository import families, people, protected, whereabouts
from services.referrals.repository import matching as known
from services.referrals.repository import searching as by_name
from services.referrals.tables import person, referral


class NothingSought(Invalid):
    """Say something about whom you seek."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WholePerson:
    """A person with their present whereabouts, families and relationships, told from their side."""

    person: Person
    revision: int
    has_protected_details: bool
    whereabouts: tuple[Row[Any], ...]
    families: tuple[UUID, ...]
    relationships: tuple[tuple[Relationship, int], ...]


async def whole(tx: Transaction, person_id: UUID) -> WholePerson:
    """Return a person; protected details are not read, only whether there are any."""
    found, revision = await people.get(tx, person_id)
    homes = (await families.families_of(tx, [found.id])).get(found.id, ())
    audit.record(tx, "people:read", record_id=found.id, family_id=homes[0] if homes else None)
    return WholePerson(
        person=found,
        revision=revision,
        has_protected_details=bool(await protected.who_of(tx, [found.id])),
        whereabouts=tuple(await whereabouts.listed(tx, found.id, on=local_day(tx.now))),
        families=homes,
        relationships=tuple(
            (one if one.person_id == found.id else one.inverse(), its_revision)
            for one, its_revision in await families.relationships_of(tx, [found.id])
        ),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeFamily:
    """A family with its members, how they are related, and its referrals."""

    family: Family
    revision: int
    members: tuple[tuple[Membership, Row[Any], bool], ...]
    relationships: tuple[Relationship, ...]
    referrals: tuple[tuple[Row[Any], date], ...]


async def whole_family(tx: Transaction, family_id: UUID) -> WholeFamily:
    """Return a family; one that was merged is read as the one that stays."""
    family, revision = await families.get(tx, family_id)
    ids = [one.person_id for one in family.members]
    rows = {row.id: row for row in await tx.rows(select(person).where(person.c.id.in_(ids)))}
    hidden = await protected.who_of(tx, ids)
    related = tuple(
        one for one, _ in await families.relationships_of(tx, ids) if {one.person_id, one.other_id} <= set(ids)
    )
    there = await tx.rows(
        select(referral.c.id, referral.c.reference, referral.c.state, referral.c.received_at)
        .where(referral.c.family_id == family.id)
        .order_by(referral.c.received_at, referral.c.id)
    )
    audit.record(tx, "families:read", record_id=family.id, family_id=family.id)
    return WholeFamily(
        family=family,
        revision=revision,
        members=tuple((one, rows[one.person_id], one.person_id in hidden) for one in family.members),
        relationships=related,
        referrals=tuple((row, local_day(row.received_at)) for row in there),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspected:
    """Somebody known who may be meant."""

    lead: searching.Lead
    person: Person
    families: tuple[UUID, ...]
    open_referrals: tuple[Row[Any], ...]


@dataclass(frozen=True, slots=True)
class Suspects:
    """Who may be meant, the best fit first, and whether there are more."""

    shown: tuple[Suspected, ...]
    more: bool


async def search(
    tx: Transaction, sought: Traits, *, birth_year: int | None, limit: int, similarity: Similarity, scheme: Scheme
) -> Suspects:
    """Return who may be meant, the best fit first, with families and open referrals: it is audited."""
    sought = _normal(sought)
    like = dict(await known.known_like(tx, [sought]))
    for id_, others in (await by_name.named_like(tx, sought, birth_year=birth_year)).items():
        like[id_] = (*like.get(id_, ()), *others)
    compared = {
        one.person_id: searching.lead(sought, one, birth_year=birth_year, similarity=similarity, scheme=scheme)
        for one in like.get(sought.person_id, ())
    }
    leads = sorted((one for one in compared.values() if one is not None), key=lambda one: (-one.points, one.person_id))
    ids = [one.person_id for one in leads[:limit]]
    found, homes = await people.by_ids(tx, ids), await families.families_of(tx, ids)
    open_now = await open_of_children(tx, ids)
    audit.record(tx, "people:search")
    shown = tuple(
        Suspected(
            lead=one,
            person=found[one.person_id],
            families=homes.get(one.person_id, ()),
            open_referrals=tuple(open_now.get(one.person_id, ())),
        )
        for one in leads[:limit]
        if one.person_id in found
    )
    return Suspects(shown, more=len(leads) > limit)


def _normal(sought: Traits) -> Traits:
    normal, wrong = identifiers.normal(sought)
    faults: list[Invalid] = [*wrong]
    try:
        normal["postcodes"] = frozenset(identifiers.postcode(one, at="/postcode") for one in sought.postcodes)
    except Invalid as fault:
        faults.append(fault)
    intake.raise_all(tuple(faults))
    traits = (sought.given_name, sought.family_name, sought.birth_date, sought.expected_date, sought.addresses)
    if not any(traits) and not any(normal.values()):
        raise NothingSought("A name, a date, an address or an identifier is needed.")
    return replace(sought, **normal)


async def relationship(tx: Transaction, relationship_id: UUID) -> tuple[Relationship, int]:
    """Return a relationship with its revision."""
    found, revision = await families.relationship_by_id(tx, relationship_id)
    audit.record(tx, "people:read", record_id=found.person_id)
    return found, revision


async def protected_details(tx: Transaction, person_id: UUID) -> Sequence[Row[Any]]:
    """Return which protected details a person has, none of what they say."""
    found, _ = await people.get(tx, person_id)
    audit.record(tx, "people:read", record_id=found.id)
    return await protected.listed(tx, found.id)
