"""Moves, new numbers, and the ends of what no longer holds; what was recorded before stays readable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from libs.kernel.errors import Invalid
from libs.kernel.ids import new_id
from services.referrals.commands import steps
from services.referrals.domain import identifiers
from services.referrals.domain import whereabouts as rules
from services.referrals.domain.household import check_not_to_come
from services.referrals.domain.intake import Whereabouts
from services.referrals.domain.protected import ContactKind, ProtectedContactPoint, Secret
from services.referrals.domain.whereabouts import Spell
from services.referrals.repository import families, people, protected
from services.referrals.repository import whereabouts as repository
from services.referrals.repository.spells import Spells


class NotAMember(Invalid):
    """Who moves with the household belongs to the family."""

    slug = "invalid-household"


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseholdMoved:
    """The family's new revision, what is recorded of each who moved, and who is still recorded where they left."""

    revision: int
    spells: tuple[Spell, ...]
    still_there: frozenset[UUID]


async def record(
    tx: Transaction,
    *,
    person_id: UUID,
    told: Whereabouts,
    from_on: date | None,
    until_on: date | None,
    keep_earlier: bool,
) -> Spell:
    """Record where a person lives or can be reached from a day on; the earlier one ends, unless both hold."""
    person, _ = await people.get(tx, person_id)
    since = _day(tx, from_on, at="/from_on")
    check_not_to_come(until_on, today=local_day(tx.now), at="/until_on")
    new = Spell(id=new_id(), person_id=person.id, kind=told.kind, from_on=since, until_on=until_on)
    await _take_place(tx, [new], _normal(told), keep_earlier=keep_earlier)
    audit.record(tx, "people:record", record_id=person.id)
    return new


async def move_household(
    tx: Transaction, *, family_id: UUID, revision: int, members: Sequence[UUID], told: Whereabouts, from_on: date | None
) -> HouseholdMoved:
    """Record where those members of a family who moved together live from a day on."""
    family = await families.take(tx, family_id, revision=revision)
    since = _day(tx, from_on, at="/from_on")
    belong = {one.person_id for one in family.current(local_day(tx.now))}
    for index, member in enumerate(members):
        if member not in belong:
            raise NotAMember("Not somebody who belongs to the family now.", at=f"/members/{index}")
    new = tuple(
        Spell(id=new_id(), person_id=member, kind=told.kind, from_on=since) for member in dict.fromkeys(members)
    )
    left = await _take_place(tx, new, _normal(told))
    raised = await families.touch(tx, family.id, revision=revision)
    for one in new:
        audit.record(tx, "people:record", record_id=one.person_id, family_id=family.id)
    return HouseholdMoved(
        revision=raised,
        spells=new,
        still_there=await repository.still_there(tx, belong - set(members), left=left),
    )


async def _take_place(
    tx: Transaction, new: Sequence[Spell], told: Whereabouts, *, keep_earlier: bool = False
) -> tuple[Spell, ...]:
    """Store the new spells, which begin on one day, and end what they replace; return that."""
    movers = [one.person_id for one in new]
    # Whoever records a move of the same people waits here, and then finds this one.
    await people.lock(tx, movers)
    rules.check_not_protected(new, await protected.spells.of(tx, movers))
    known = () if keep_earlier else await repository.spells.of(tx, movers)
    left = tuple(over for one in new for over in rules.ended_by(one, known))
    await repository.spells.end(tx, left, on=new[0].from_on)
    await repository.add(tx, new, told)
    return left


async def end(tx: Transaction, *, point_id: UUID, revision: int, until_on: date | None) -> Spell:
    """Record until when somebody lived there or could be reached so."""
    ended = await _ended(tx, repository.spells, point_id=point_id, revision=revision, until_on=until_on)
    audit.record(tx, "people:end-contact-point", record_id=ended.person_id)
    return ended


async def correct(tx: Transaction, *, point_id: UUID, revision: int, changes: Mapping[str, Any]) -> Spell:
    """Correct since when and until when; the audit keeps what was recorded before."""
    known = await repository.spells.get(tx, point_id)
    # Whoever protects a detail of the same person waits here, or is found protected.
    await people.lock(tx, [known.person_id])
    corrected = _corrected(tx, known, revision=revision, changes=changes)
    rules.check_not_protected([corrected], await protected.spells.of(tx, [known.person_id]))
    audit.record(tx, "people:correct-contact-point", record_id=known.person_id, purpose=known.told())
    return replace(corrected, revision=await repository.spells.save(tx, corrected))


async def protect(
    tx: Transaction,
    *,
    person_id: UUID,
    kind: ContactKind,
    value: Secret,
    kept_from: frozenset[UUID],
    from_on: date | None,
    keep_earlier: bool,
) -> ProtectedContactPoint:
    """Keep a detail of a person hidden from everybody who does not ask for it with a purpose.

    The earlier one of the kind ends, and so does one that everybody may read: nobody is to write there.
    """
    person, _ = await people.get(tx, person_id)
    known = await people.by_ids(tx, kept_from)
    if len(known) != len(kept_from):
        raise Invalid("Somebody there is not known.", at="/kept_from")
    point = ProtectedContactPoint(
        id=new_id(),
        person_id=person.id,
        kind=kind,
        value=value,
        from_on=_day(tx, from_on, at="/from_on"),
        kept_from=kept_from,
    )
    await people.lock(tx, [person.id])
    audit.record(tx, "people:protect", record_id=person.id)
    same = next((one for one in await protected.recorded(tx, [person.id]) if one.says_the_same(point)), None)
    if same is not None:
        return await protected.keep_from(tx, same, kept_from)
    if not keep_earlier:
        new = Spell(id=point.id, person_id=person.id, kind=kind, from_on=point.from_on)
        for kept in (protected.spells, repository.spells):
            await kept.end(tx, rules.ended_by(new, await kept.of(tx, [person.id])), on=point.from_on)
    await protected.add(tx, point)
    return point


async def end_protected(tx: Transaction, *, point_id: UUID, revision: int, until_on: date | None) -> Spell:
    """Record until when a protected detail held; it stays sealed."""
    ended = await _ended(tx, protected.spells, point_id=point_id, revision=revision, until_on=until_on)
    audit.record(tx, "people:end-protected", record_id=ended.person_id)
    return ended


async def correct_protected(tx: Transaction, *, point_id: UUID, revision: int, changes: Mapping[str, Any]) -> Spell:
    """Correct since when and until when a protected detail held; it stays sealed."""
    known = await protected.spells.get(tx, point_id)
    await people.lock(tx, [known.person_id])
    corrected = _corrected(tx, known, revision=revision, changes=changes)
    rules.check_nothing_open(corrected, await repository.spells.of(tx, [known.person_id]))
    audit.record(tx, "people:correct-protected", record_id=known.person_id, purpose=known.told())
    return replace(corrected, revision=await protected.spells.save(tx, corrected))


async def _ended(tx: Transaction, kept: Spells, *, point_id: UUID, revision: int, until_on: date | None) -> Spell:
    known = await kept.get(tx, point_id)
    steps.need(revision=revision, found=known.revision)
    ended = rules.end(known, on=_day(tx, until_on, at="/until_on"))
    return replace(ended, revision=await kept.save(tx, ended))


def _corrected(tx: Transaction, known: Spell, *, revision: int, changes: Mapping[str, Any]) -> Spell:
    steps.need(revision=revision, found=known.revision)
    for name, day in changes.items():
        check_not_to_come(day, today=local_day(tx.now), at=f"/{name}")
    return replace(known, **changes)


def _day(tx: Transaction, day: date | None, *, at: str) -> date:
    today = local_day(tx.now)
    check_not_to_come(day, today=today, at=at)
    return day or today


def _normal(told: Whereabouts) -> Whereabouts:
    return replace(told, postcode=told.postcode and identifiers.postcode(told.postcode, at="/postcode"))
