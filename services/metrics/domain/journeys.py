"""A child's journey: plan spells in order, days at each level, the highest level, steps up and steps down."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.metrics.domain.spells import Level, PlanSpell, joined
from services.metrics.domain.tallies import Stay


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a child went through, as far as `seen_on`."""

    child_id: UUID
    spells: tuple[PlanSpell, ...]
    days: Mapping[Level, int]  # days on each level; levels may run side by side
    highest: Level | None
    step_ups: int
    step_downs: int
    left_out: tuple[UUID, ...]  # spells whose dates contradict one another
    seen_on: date


def journey(child_id: UUID, spells: Iterable[PlanSpell], *, on: date) -> Journey:
    """Return the child's journey up to the beginning of the day `on`, which the spells without an end have reached.

    Source: University of Oxford evaluation of Family Solutions Plus (2025): ordered plan spells per child.
    """
    mine = tuple(spell for spell in spells if spell.child_id == child_id and spell.started_on <= on)
    possible = tuple(spell for spell in mine if not spell.is_impossible)
    steps = _steps(possible)
    return Journey(
        child_id=child_id,
        spells=possible,
        days={level: _days(possible, level, on) for level in Level if any(spell.level == level for spell in possible)},
        highest=max((spell.level for spell in possible), key=lambda level: level.rank, default=None),
        step_ups=sum(1 for before, after in steps if after.rank > before.rank),
        step_downs=sum(1 for before, after in steps if after.rank < before.rank),
        left_out=tuple(spell.spell_id for spell in mine if spell.is_impossible),
        seen_on=on,
    )


def _days(spells: Iterable[PlanSpell], level: Level, on: date) -> int:
    stays = joined(Stay(spell.started_on, spell.ended_on) for spell in spells if spell.level == level)
    return sum((min(stay.until_on or on, on) - stay.from_on).days for stay in stays)


def _steps(spells: tuple[PlanSpell, ...]) -> list[tuple[Level, Level]]:
    """Return the changes of the child's highest level; a time without any level between two is no step."""
    cuts = sorted({spell.started_on for spell in spells} | {spell.ended_on for spell in spells if spell.ended_on})
    steps = []
    before: Level | None = None
    for cut in cuts:
        running = [s.level for s in spells if s.started_on <= cut and (s.ended_on is None or cut < s.ended_on)]
        now = max(running, key=lambda level: level.rank, default=None)
        if before is not None and now is not None and now != before:
            steps.append((before, now))
        before = now
    return steps
