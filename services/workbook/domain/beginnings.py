"""How a child's plan begins: who starts it, what it needs, and the conference that a protection plan begins with."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.kernel.codes import CategoryOfAbuse
from libs.kernel.errors import Conflict, Invalid, NotPermitted
from libs.kernel.roles import Role
from services.workbook.domain.clock_rules import Placement
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.spells import History, Spell, SpellRuleBroken, Violation


class ManagerNeeded(NotPermitted):
    """A child comes into care by the decision of a manager."""


class PlacementNeeded(Invalid):
    """A looked-after child is placed somewhere."""


class AlreadyConferred(Conflict):
    """A child has one initial conference on a day, and none while a plan of it runs."""

    slug = "already-conferred"


class PlanBegan(Conflict):
    """The conference has started the plan, with other facts."""

    slug = "plan-began-at-its-conference"


#: Kinds of plan that not everybody who may start a plan may start.
STARTERS: Mapping[SpellKind, frozenset[Role]] = {
    SpellKind.LOOKED_AFTER: frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """What a child's new plan is told with."""

    child_id: UUID
    category: CategoryOfAbuse | None = None
    previous_cp_plans: int | None = None
    placement: Placement | None = None


def may_start(kind: SpellKind, *, by: frozenset[Role]) -> None:
    """Raise `ManagerNeeded` for a kind of plan that these roles do not start."""
    if kind in STARTERS and by.isdisjoint(STARTERS[kind]):
        raise ManagerNeeded("A manager decides that a child comes into care.")


def need_placement(kind: SpellKind, children: Sequence[Begun]) -> None:
    """Refuse a looked-after child without a placement: visits are counted by its kind."""
    for place, child in enumerate(children):
        if kind is SpellKind.LOOKED_AFTER and child.placement is None:
            raise PlacementNeeded("Say where the child is placed.", at=f"/children/{place}/placement")


def may_confer(histories: Iterable[History], *, on: date) -> None:
    """Refuse an initial conference about a child who had one that day, or who is on the plan of an earlier one."""
    found = [{"child_id": str(h.child_id), "detail": why} for h in histories if (why := _conferred(h, on))]
    if found:
        raise AlreadyConferred("; ".join(sorted({each["detail"] for each in found})), children=found)


def _conferred(history: History, on: date) -> str:
    if on in history.conferred:
        return "an initial conference about the child was held on that day"
    running = (s for s in history.spells if s.kind is SpellKind.CP and s.started_on <= on)
    if any(spell.ended_on is None or on < spell.ended_on for spell in running):
        return "the child is on a child protection plan, which a review conference looks at"
    return ""


def began_at_conference(histories: Mapping[UUID, History], children: Iterable[Begun], *, on: date) -> dict[UUID, Spell]:
    """Return the plans of these children that the conference of that day has started; refuse other facts about them."""
    begun: dict[UUID, Spell] = {}
    for child in children:
        held = histories[child.child_id].spells
        spell = next((s for s in held if s.kind is SpellKind.CP and s.started_on == on and s.is_open), None)
        if spell is None:
            continue
        if child.category not in {None, spell.initial_category}:
            raise SpellRuleBroken(
                (Violation("8905", child.child_id, "the conference gave the plan another category of abuse"),)
            )
        if (child.previous_cp_plans or 0) > (spell.previous_cp_plans or 0):
            raise PlanBegan(
                "The conference said of fewer earlier child protection plans.",
                child_id=str(child.child_id), previous_cp_plans=spell.previous_cp_plans,
            )  # fmt: skip
        begun[child.child_id] = spell
    return begun
