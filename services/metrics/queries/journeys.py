"""A child's journey, read from the child's facts."""

from dataclasses import dataclass
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.kernel.deadline import local_day
from libs.kernel.errors import NotFound
from services.metrics.domain.changes import changes_of_worker
from services.metrics.domain.facts import current
from services.metrics.domain.families import identified, known_as
from services.metrics.domain.journeys import Journey, journey
from services.metrics.domain.spells import WorkerSpell, lead_spells, plan_spells
from services.metrics.repository import facts

_KINDS = frozenset({
    "workbook.plan_spell.started",
    "workbook.plan_spell.ended",
    "allocation.allocation.started",
    "allocation.allocation.ended",
    "referrals.referral.received",
})  # fmt: skip


class NoSuchChild(NotFound):
    """There is no such child, or it is not yours to see."""


@dataclass(frozen=True, slots=True)
class ChildsJourney:
    """The journey, and the lead workers on the way."""

    journey: Journey
    workers: tuple[WorkerSpell, ...]
    changes: int


async def of_child(tx: Transaction, child_id: UUID) -> ChildsJourney:
    """Return a child's journey as far as today; raise `NoSuchChild` if no fact is about the child."""
    generation = await facts.live_generation(tx)
    about_child = await facts.of_child(tx, child_id, generation=generation, kinds=_KINDS)
    # The end of a worker's time names the family, not the child.
    families = {family for each in about_child if (family := each.maybe_uuid("family_id"))}
    if not families:
        raise NoSuchChild
    about_families = await facts.of_subjects(tx, families, generation=generation, kinds={"allocation.allocation.ended"})
    audit.record(tx, "journeys:read", record_id=child_id, family_id=min(families))
    things = current(identified([*about_child, *about_families]))
    known_id = known_as(about_child)(child_id)
    workers = tuple(lead for lead in lead_spells(things) if known_id in lead.children)
    return ChildsJourney(
        journey=journey(known_id, plan_spells(things), on=local_day(tx.now)),
        workers=workers,
        changes=len(changes_of_worker(workers)),
    )
