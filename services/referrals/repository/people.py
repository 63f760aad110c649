"""People, their ordinary whereabouts, and what other systems call them."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Row, cast, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import ARRAY, insert

from libs.chassis.database import Transaction
from libs.kernel.codes import Disability, Ethnicity, Sex, UpnUnknown
from libs.kernel.errors import NotFound
from libs.kernel.ids import new_id
from services.referrals.domain.household import Person
from services.referrals.domain.intake import SourceKey, Whereabouts
from services.referrals.domain.names import folded
from services.referrals.tables import contact_point, person, person_source


async def get(tx: Transaction, person_id: UUID) -> tuple[Person, int]:
    """Return a person with their revision; raise `NotFound`. One who turned out to be known is found as that one."""
    row = await tx.row(select(person).where(person.c.id == person_id))
    if row is not None and row.same_as is not None:
        row = await tx.row(select(person).where(person.c.id == row.same_as))
    if row is None:
        raise NotFound
    return of_row(row), row.revision


async def by_ids(tx: Transaction, people: Iterable[UUID]) -> Mapping[UUID, Person]:
    """Return those of the people who exist and were not found to be somebody else."""
    wanted = list(people)
    if not wanted:
        return {}
    rows = await tx.rows(select(person).where(person.c.id.in_(wanted), person.c.same_as.is_(None)))
    return {row.id: of_row(row) for row in rows}


async def lock(tx: Transaction, people: Iterable[UUID]) -> Mapping[UUID, Person]:
    """Return people who are about to be changed, locked in one order, so that nobody waits for one who waits for them."""
    wanted = list(people)
    if not wanted:
        return {}
    rows = await tx.rows(select(person).where(person.c.id.in_(wanted)).order_by(person.c.id).with_for_update())
    return {row.id: of_row(row) for row in rows}


async def lock_sources(tx: Transaction, sources: Iterable[SourceKey]) -> None:
    """Wait for whoever is naming one of these people for the first time; the locks end with the transaction."""
    keys = sorted({_lock_of(one) for one in sources})
    if keys:
        await tx.rows(select(func.pg_advisory_xact_lock(func.unnest(cast(keys, ARRAY(BigInteger))))))


def _lock_of(source: SourceKey) -> int:
    name = f"person_source\0{source.system}\0{source.key}".encode()
    return int.from_bytes(hashlib.sha256(name).digest()[:8], "big", signed=True)


async def known_as(tx: Transaction, sources: Sequence[SourceKey]) -> Mapping[SourceKey, Person]:
    """Return the people whom other systems call so; who turned out to be known is found as that one."""
    if not sources:
        return {}
    named = person.alias()
    rows = await tx.rows(
        select(person_source.c.system, person_source.c.key, person)
        .join(named, named.c.id == person_source.c.person_id)
        .join(person, or_(person.c.id == named.c.same_as, named.c.same_as.is_(None) & (person.c.id == named.c.id)))
        .where(tuple_(person_source.c.system, person_source.c.key).in_([(one.system, one.key) for one in sources]))
    )
    return {SourceKey(row.system, row.key): of_row(row) for row in rows}


async def ids_of(tx: Transaction, told: Iterable[UUID]) -> frozenset[UUID]:
    """Return these ids, and those of the known people whom they turned out to be."""
    ids = frozenset(told)
    rows = await tx.rows(select(person.c.same_as).where(person.c.id.in_(sorted(ids)), person.c.same_as.is_not(None)))
    return ids | {row.same_as for row in rows}


async def add(tx: Transaction, *people: Person) -> None:
    """Store new people."""
    await tx.add(
        person,
        *[{"id": one.id, "recorded_at": tx.now, "revision": 1, **_changing(one)} for one in people],
    )


async def add_sources(tx: Transaction, sources: Iterable[tuple[SourceKey, UUID]]) -> None:
    """Store what other systems call people; what is stored already stays."""
    rows = [{"system": source.system, "key": source.key, "person_id": id_} for source, id_ in sources]
    if rows:
        await tx.connection.execute(insert(person_source).values(rows).on_conflict_do_nothing())


async def save(tx: Transaction, changed: Person, *, revision: int) -> int:
    """Store what became of a person; return the new revision."""
    return await tx.change(person, id=changed.id, revision=revision, **_changing(changed))


async def complete(tx: Transaction, changed: Person) -> None:
    """Store what a known person was completed by, whatever their revision."""
    await tx.do(
        update(person).where(person.c.id == changed.id).values(revision=person.c.revision + 1, **_changing(changed))
    )


async def link(tx: Transaction, *, person_id: UUID, known_id: UUID) -> None:
    """Note that a person is one who was known; what was linked to the first follows."""
    await tx.do(
        update(person)
        .where(or_(person.c.id == person_id, person.c.same_as == person_id))
        .values(same_as=known_id, revision=person.c.revision + 1)
    )


async def add_whereabouts(tx: Transaction, told: Iterable[tuple[UUID, Whereabouts]], *, from_on: date) -> None:
    """Store addresses, telephone numbers and mail addresses."""
    await tx.add(
        contact_point,
        *[
            {
                "id": new_id(),
                "person_id": person_id,
                "kind": one.kind,
                "value": one.value,
                "postcode": one.postcode,
                "from_on": from_on,
                "revision": 1,
            }
            for person_id, one in told
        ],
    )


async def move_whereabouts(tx: Transaction, *, from_id: UUID, to_id: UUID) -> None:
    """Give the whereabouts of a person to the known person who they are."""
    await tx.do(
        update(contact_point)
        .where(contact_point.c.person_id == from_id)
        .values(person_id=to_id, revision=contact_point.c.revision + 1)
    )


def of_row(row: Row[Any]) -> Person:
    """Return the person of a row."""
    return Person(
        id=row.id,
        given_name=row.given_name,
        family_name=row.family_name,
        birth_date=row.birth_date,
        expected_date=row.expected_date,
        sex=Sex(row.sex),
        died_on=row.died_on,
        nhs_number=row.nhs_number,
        upn=row.upn,
        la_child_id=row.la_child_id,
        upn_unknown=UpnUnknown(row.upn_unknown) if row.upn_unknown else None,
        ethnicity=Ethnicity(row.ethnicity) if row.ethnicity else None,
        disabilities=tuple(Disability(code) for code in row.disabilities),
        extended_to_25=row.extended_to_25,
    )


def _changing(one: Person) -> dict[str, Any]:
    return {
        "given_name": one.given_name,
        "family_name": one.family_name,
        "name_key": folded(f"{one.given_name} {one.family_name}"),
        "family_key": folded(one.family_name),
        "given_key": folded(one.given_name),
        "birth_date": one.birth_date,
        "expected_date": one.expected_date,
        "sex": one.sex,
        "died_on": one.died_on,
        "nhs_number": one.nhs_number,
        "upn": one.upn,
        "la_child_id": one.la_child_id,
        "upn_unknown": one.upn_unknown,
        "ethnicity": one.ethnicity,
        "disabilities": list(one.disabilities),
        "extended_to_25": one.extended_to_25,
    }
