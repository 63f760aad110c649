"""Spells: how long something held. A child's plans, a worker's hold on a family, a family's episodes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.deadline import local_day
from services.metrics.domain.facts import MISTAKES, Fact
from services.metrics.domain.tallies import Stay

_LEAD = "lead"

Things = Mapping[tuple[str, UUID], tuple[Fact, ...]]


class Level(StrEnum):
    """The plans and levels of a child, from the lightest to the most intensive."""

    EARLY_HELP = "eh"
    CIN = "cin"
    CP = "cp"
    PRE_PROCEEDINGS = "pre_proceedings"
    PROCEEDINGS = "proceedings"
    LOOKED_AFTER = "looked_after"

    @property
    def rank(self) -> int:
        """How intensive the level is, from 0."""
        return _RANKS[self]


_RANKS = {level: rank for rank, level in enumerate(Level)}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSpell:
    """A child's time on one plan or level; without an end it goes on."""

    spell_id: UUID
    child_id: UUID
    family_id: UUID
    level: Level
    started_on: date
    ended_on: date | None = None
    category: str | None = None
    previous_cp_plans: int = 0

    @property
    def is_impossible(self) -> bool:
        """Say whether it ends before it starts."""
        return self.ended_on is not None and self.ended_on < self.started_on


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSpell:
    """A worker's time with a family; without an end it goes on."""

    allocation_id: UUID
    family_id: UUID
    worker_id: UUID
    team_id: UUID
    children: tuple[UUID, ...]
    referral_id: UUID | None
    reason: str
    started_on: date
    ended_on: date | None = None

    @property
    def is_impossible(self) -> bool:
        """Say whether it ends before it starts."""
        return self.ended_on is not None and self.ended_on < self.started_on

    def holds_on(self, day: date) -> bool:
        """Say whether the worker holds the family on `day`."""
        return self.started_on <= day and (self.ended_on is None or day < self.ended_on)


def plan_spells(things: Things) -> tuple[PlanSpell, ...]:
    """Return the plan spells, each as its latest event describes it; those recorded by mistake are not among them."""
    found = []
    for history in things.values():
        spell: PlanSpell | None = None
        for fact in history:
            if fact.kind == "workbook.plan_spell.started":
                spell = _started(fact, spell)
            elif fact.kind == "workbook.plan_spell.ended":
                spell = None if fact.kept["reason"] in MISTAKES else _ended(fact, spell)
        if spell is not None:
            found.append(spell)
    return tuple(sorted(found, key=lambda spell: (spell.started_on, spell.spell_id)))


def lead_spells(things: Things) -> tuple[WorkerSpell, ...]:
    """Return the spells of lead workers in their order."""
    found = []
    for history in things.values():
        spell: WorkerSpell | None = None
        for fact in history:
            if fact.kind == "allocation.allocation.started" and fact.kept["role"] == _LEAD:
                spell = _held(fact)
            elif fact.kind == "allocation.allocation.ended" and spell is not None:
                spell = replace(spell, ended_on=local_day(fact.moment("ended_at")))
        if spell is not None:
            found.append(spell)
    return tuple(sorted(found, key=lambda spell: (spell.started_on, spell.allocation_id)))


def joined(stays: Iterable[Stay]) -> tuple[Stay, ...]:
    """Return the days covered by any of `stays`, as few as possible; the team is forgotten."""
    result: list[Stay] = []
    for stay in sorted(stays, key=lambda stay: stay.from_on):
        if stay.until_on is not None and stay.until_on <= stay.from_on:
            continue
        last = result[-1] if result else None
        if last is None or (last.until_on is not None and last.until_on < stay.from_on):
            result.append(Stay(stay.from_on, stay.until_on))
        elif last.until_on is not None and (stay.until_on is None or stay.until_on > last.until_on):
            result[-1] = Stay(last.from_on, stay.until_on)
    return tuple(result)


def shared(stay: Stay, others: Iterable[Stay]) -> tuple[Stay, ...]:
    """Return the days that `stay` has in common with `others`, which do not overlap, in their teams; and the rest, in none."""
    result: list[Stay] = []
    reached = stay.from_on
    for other in sorted(others, key=lambda other: other.from_on):
        from_on = max(reached, other.from_on)
        until_on = _earlier(stay.until_on, other.until_on)
        if until_on is not None and until_on <= from_on:
            continue
        if stay.until_on is not None and from_on >= stay.until_on:
            break
        if from_on > reached:
            result.append(Stay(reached, from_on))
        result.append(Stay(from_on, until_on, other.team))
        if until_on is None or until_on == stay.until_on:
            return tuple(result)
        reached = until_on
    result.append(Stay(reached, stay.until_on))
    return tuple(result)


def _earlier(one: date | None, other: date | None) -> date | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _started(fact: Fact, before: PlanSpell | None) -> PlanSpell | None:
    if fact.kept["kind"] not in _RANKS:
        return before
    return PlanSpell(
        spell_id=fact.uuid("spell_id"),
        child_id=fact.uuid("child_id"),
        family_id=fact.uuid("family_id"),
        level=Level(fact.kept["kind"]),
        started_on=fact.day("started_on"),
        ended_on=before.ended_on if before else None,
        category=fact.kept.get("category"),
        previous_cp_plans=fact.kept.get("previous_cp_plans", 0),
    )


def _ended(fact: Fact, before: PlanSpell | None) -> PlanSpell | None:
    # The end repeats what the start said, so an end alone describes its spell, and a late start is not missed.
    spell = before or _started(fact, None)
    return spell and replace(spell, started_on=fact.day("started_on"), ended_on=fact.day("ended_on"))


def _held(fact: Fact) -> WorkerSpell:
    return WorkerSpell(
        allocation_id=fact.uuid("allocation_id"),
        family_id=fact.uuid("family_id"),
        worker_id=fact.uuid("worker_id"),
        team_id=fact.uuid("team_id"),
        children=fact.uuids("children"),
        referral_id=fact.maybe_uuid("referral_id"),
        reason=fact.kept["reason"],
        started_on=local_day(fact.moment("started_at")),
    )
