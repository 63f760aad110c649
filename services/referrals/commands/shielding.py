"""What everybody could read of a kind of which a detail is protected: it ends, or is protected as well."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from services.referrals.domain import whereabouts as rules
from services.referrals.domain.whereabouts import Spell
from services.referrals.repository import people, protected, whereabouts


async def hide(tx: Transaction, about: Iterable[UUID]) -> None:
    """Leave nothing open of these people that holds while a detail of its kind is protected."""
    wanted = frozenset(about)
    if not wanted:
        return
    # Whoever records an open one at the same time waits here, and then finds the protected one.
    await people.lock(tx, wanted)
    await _hide(tx, await whereabouts.spells.of(tx, wanted), await protected.spells.of(tx, wanted))


async def bring_together(tx: Transaction, *, told_id: UUID, known_id: UUID) -> None:
    """Give a known person the whereabouts and protected details of the record that turned out to be theirs.

    What one record protects is open by the other no longer, and of two open ones of a kind the later stays. Both are
    locked by the caller, so that nobody records anything of theirs meanwhile.
    """
    both = [told_id, known_id]
    theirs = await whereabouts.spells.of(tx, both)
    hidden = [replace(one, person_id=known_id) for one in await protected.spells.of(tx, both)]
    await people.move_whereabouts(tx, from_id=told_id, to_id=known_id)
    await protected.move(tx, from_id=told_id, to_id=known_id)
    away = await _hide(tx, [replace(one, person_id=known_id) for one in theirs], hidden)
    told, known = (
        [replace(one, person_id=known_id) for one in theirs if one.person_id == whose and one.id not in away]
        for whose in both
    )
    await _end(tx, rules.replaced(told, known))


async def _hide(tx: Transaction, theirs: Sequence[Spell], hidden: Sequence[Spell]) -> frozenset[UUID]:
    """End what would give a protected detail away, and protect what began under the protection; return both."""
    away = rules.given_away(theirs, hidden)
    await _end(tx, [one for one in away if not one.is_void])
    # It holds on no day then, but would be read in the history.
    inside = {one.id for one in away if one.is_void}
    await protected.add(tx, *await whereabouts.take_out(tx, inside))
    for person_id in sorted({one.person_id for one in away}):
        audit.record(tx, "people:protect", record_id=person_id)
    return frozenset(one.id for one in away)


async def _end(tx: Transaction, ended: Sequence[Spell]) -> None:
    for day in sorted({one.until_on for one in ended if one.until_on is not None}):
        await whereabouts.spells.end(tx, [one for one in ended if one.until_on == day], on=day)
