"""The birth of a child who was on a child protection plan before it, and the review that follows."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from libs.kernel.deadline import start_of_day
from services.workbook.domain import clocks
from services.workbook.domain.clock_rules import Chain
from services.workbook.domain.clocks import Act, Happened, Run
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.moments import ImplausibleDate
from services.workbook.domain.spells import NotOnThatPlan, Spell

# Source: CIN census 2025-26 rule 8606: nobody is referred more than 40 weeks before the birth.
_LONGEST = timedelta(weeks=40)


def record(plan: Spell, *, on: date | None) -> Spell:
    """Return the pre-birth plan with the day of the birth, another day, or none: it was recorded in error."""
    if plan.kind is not SpellKind.CP:
        raise NotOnThatPlan("Only a child protection plan is reviewed after a birth.", spell_id=str(plan.id))
    if on is None:
        return replace(plan, born_on=None)
    if on <= plan.started_on:
        raise ImplausibleDate("A plan from before the birth starts before it.", at="/born_on")
    if on - plan.started_on > _LONGEST:
        raise ImplausibleDate("A plan starts at most 40 weeks before the birth.", at="/born_on", rule="8606")
    if plan.ended_on is not None and on > plan.ended_on:
        raise ImplausibleDate("The plan had ended before the birth.", at="/born_on")
    return replace(plan, born_on=on)


def review(plan: Spell, *, workbook_id: UUID) -> Run | None:
    """Return the wait for the review of a pre-birth plan, from the birth until the plan ended."""
    if plan.born_on is None:
        return None
    born = Happened(act=Act.BORN, at=start_of_day(plan.born_on), child_id=plan.child_id)
    run = clocks.begun(workbook_id, Chain.BIRTH_REVIEW, born, before=())
    return replace(run, ended_at=start_of_day(plan.ended_on) if plan.ended_on else None)


def taken_back(held: Iterable[Run], *, child_id: UUID, now: Run | None) -> tuple[Run, ...]:
    """Return the waits that a corrected birth takes back: none of them was ever in force."""
    others = (run for run in held if run.child_id == child_id and (now is None or run.id != now.id))
    return tuple(replace(run, acts=(), ended_at=run.started_at - timedelta(days=1)) for run in others)
