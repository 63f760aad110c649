"""Families, who belongs to them, and how people are related."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, cast, func, literal, null, or_, select, union_all, update

from libs.chassis.database import ChangedMeanwhile, Transaction
from libs.chassis.tables import Day, Moment
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound
from libs.kernel.ids import new_id
from services.referrals.domain.household import Family, Membership, Part
from services.referrals.domain.relationships import Relation, Relationship
from services.referrals.domain.states import NOT_COUNTED
from services.referrals.tables import family, family_member, referral, relationship


async def get(tx: Transaction, family_id: UUID) -> tuple[Family, int]:
    """Return a family with its revision; one that was merged is found as the one that stays; raise `NotFound`."""
    row = await tx.row(select(family.c.id, family.c.revision, family.c.merged_into).where(family.c.id == family_id))
    while row is not None and row.merged_into is not None:
        row = await tx.row(
            select(family.c.id, family.c.revision, family.c.merged_into).where(family.c.id == row.merged_into)
        )
    if row is None:
        raise NotFound
    return Family(row.id, await members_of(tx, row.id)), row.revision


async def take(tx: Transaction, family_id: UUID, *, revision: int) -> Family:
    """Return a family that is about to be changed, locked; raise `ChangedMeanwhile` if it is newer."""
    row = await tx.row(select(family).where(family.c.id == family_id).with_for_update())
    if row is None or row.merged_into is not None:
        raise NotFound
    if row.revision != revision:
        raise ChangedMeanwhile("Read it again and decide on what it says now.", revision=revision)
    return Family(row.id, await members_of(tx, row.id))


async def lock(tx: Transaction, ids: Iterable[UUID]) -> None:
    """Lock families in one order, so that two merges of the same two do not wait for one another."""
    await tx.rows(select(family.c.id).where(family.c.id.in_(list(ids))).order_by(family.c.id).with_for_update())


async def members_of(tx: Transaction, family_id: UUID) -> tuple[Membership, ...]:
    """Return everybody who belongs or belonged to the family, in the order of joining."""
    rows = await tx.rows(
        select(family_member)
        .where(family_member.c.family_id == family_id)
        .order_by(family_member.c.from_on, family_member.c.id)
    )
    return tuple(
        Membership(person_id=row.person_id, part=Part(row.part), from_on=row.from_on, until_on=row.until_on)
        for row in rows
    )


async def families_of(tx: Transaction, people: Iterable[UUID]) -> Mapping[UUID, tuple[UUID, ...]]:
    """Return the families to which each of the people belongs, the latest joined first."""
    wanted = list(people)
    if not wanted:
        return {}
    rows = await tx.rows(
        select(family_member.c.person_id, family_member.c.family_id)
        .where(family_member.c.person_id.in_(wanted), family_member.c.until_on.is_(None))
        .order_by(family_member.c.from_on.desc(), family_member.c.family_id)
    )
    found: dict[UUID, list[UUID]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(row.family_id)
    return {person_id: tuple(ids) for person_id, ids in found.items()}


async def parts_of(tx: Transaction, person_id: UUID) -> tuple[tuple[Part, date], ...]:
    """Return as what the person joined a family, on which day, and on which days referrals named them as a child."""
    joined = select(family_member.c.part, family_member.c.from_on, cast(null(), Moment).label("received_at")).where(
        family_member.c.person_id == person_id
    )
    referred = select(literal(str(Part.CHILD)), cast(null(), Day), referral.c.received_at).where(
        referral.c.children.contains([person_id]), referral.c.state.not_in(NOT_COUNTED)
    )
    rows = await tx.rows(union_all(joined, referred))
    return tuple((Part(row.part), row.from_on or local_day(row.received_at)) for row in rows)


async def add(tx: Transaction, family_id: UUID) -> None:
    """Store a new family."""
    await tx.add(family, {"id": family_id, "recorded_at": tx.now, "revision": 1})


async def add_members(tx: Transaction, family_id: UUID, *members: Membership) -> None:
    """Store who joins the family."""
    await tx.add(
        family_member,
        *[
            {
                "id": new_id(),
                "family_id": family_id,
                "person_id": one.person_id,
                "part": one.part,
                "from_on": one.from_on,
                "until_on": one.until_on,
            }
            for one in members
        ],
    )


async def touch(tx: Transaction, family_id: UUID, *, revision: int) -> int:
    """Raise the family's revision after its members changed; return the new one."""
    return await tx.change(family, id=family_id, revision=revision)


async def end_membership(tx: Transaction, family_id: UUID, person_id: UUID, *, on: date) -> int:
    """End the person's present time in the family; return how many memberships ended."""
    return await tx.do(
        update(family_member)
        .where(
            family_member.c.family_id == family_id,
            family_member.c.person_id == person_id,
            family_member.c.until_on.is_(None),
        )
        .values(until_on=on)
    )


async def replace_member(tx: Transaction, *, person_id: UUID, known_id: UUID) -> None:
    """Let a known person belong where the one who turned out to be them belonged."""
    other = family_member.alias()
    await tx.do(
        update(family_member)
        .where(
            family_member.c.person_id == person_id,
            ~select(other.c.id)
            .where(other.c.family_id == family_member.c.family_id, other.c.person_id == known_id)
            .correlate(family_member)
            .exists(),
        )
        .values(person_id=known_id)
    )


async def merge(tx: Transaction, *, kept_id: UUID, gone_id: UUID) -> None:
    """Note that one record of a family went into another, and whatever went into it before."""
    await tx.do(
        update(family)
        .where(or_(family.c.id == gone_id, family.c.merged_into == gone_id))
        .values(merged_into=kept_id, revision=family.c.revision + 1)
    )


async def relationships_of(tx: Transaction, people: Iterable[UUID]) -> tuple[tuple[Relationship, int], ...]:
    """Return how these people are related, to each other or to others, with each row's revision."""
    wanted = list(people)
    rows = await tx.rows(
        select(relationship)
        .where(or_(relationship.c.person_id.in_(wanted), relationship.c.other_id.in_(wanted)))
        .order_by(relationship.c.id)
    )
    return tuple((relationship_of_row(row), row.revision) for row in rows)


async def relationship_by_id(tx: Transaction, relationship_id: UUID) -> tuple[Relationship, int]:
    """Return a relationship with its revision; raise `NotFound`."""
    row = await tx.row(select(relationship).where(relationship.c.id == relationship_id))
    if row is None:
        raise NotFound
    return relationship_of_row(row), row.revision


async def add_relationships(tx: Transaction, *new: Relationship) -> None:
    """Store how people are related."""
    await tx.add(
        relationship,
        *[
            {
                "id": one.id,
                "person_id": one.person_id,
                "other_id": one.other_id,
                "relation": one.relation,
                "from_on": one.from_on,
                "until_on": one.until_on,
                "parental_responsibility": one.parental_responsibility,
                "revision": 1,
            }
            for one in new
        ],
    )


async def save_relationship(tx: Transaction, changed: Relationship, *, revision: int) -> int:
    """Store what became of a relationship; return the new revision."""
    return await tx.change(
        relationship,
        id=changed.id,
        revision=revision,
        until_on=changed.until_on,
        parental_responsibility=changed.parental_responsibility,
    )


async def complete_relationship(tx: Transaction, changed: Relationship) -> None:
    """Store what a known relationship was completed by, whatever its revision."""
    await tx.do(
        update(relationship)
        .where(relationship.c.id == changed.id)
        .values(
            from_on=func.coalesce(relationship.c.from_on, changed.from_on),
            until_on=func.coalesce(relationship.c.until_on, changed.until_on),
            parental_responsibility=or_(
                relationship.c.parental_responsibility, literal(changed.parental_responsibility)
            ),
            revision=relationship.c.revision + 1,
        )
    )


async def move_relationships(tx: Transaction, *, from_id: UUID, to_id: UUID) -> None:
    """Give the relationships of a person to the known person who they are; none becomes one with oneself."""
    for column, other in (("person_id", "other_id"), ("other_id", "person_id")):
        await tx.do(
            update(relationship)
            .where(and_(relationship.c[column] == from_id, relationship.c[other] != to_id))
            .values({column: to_id})
        )


def relationship_of_row(row: Row[Any]) -> Relationship:
    """Return the relationship of a row."""
    return Relationship(
        id=row.id,
        person_id=row.person_id,
        other_id=row.other_id,
        relation=Relation(row.relation),
        from_on=row.from_on,
        until_on=row.until_on,
        parental_responsibility=row.parental_responsibility,
    )
