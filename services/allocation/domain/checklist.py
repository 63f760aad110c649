"""What is done before a family passes to another worker: each step ticked once, by whom and for which day."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict, Invalid, NotPermitted


class Step(StrEnum):
    """The steps of a handover."""

    CASE_SUMMARY_WRITTEN = "case_summary_written"
    CASE_SUMMARY_READ = "case_summary_read"
    PLAN_REVIEWED = "plan_reviewed"
    PRACTITIONERS_TOLD = "practitioners_told"
    FAMILY_TOLD = "family_told"
    JOINT_VISIT_HELD = "joint_visit_held"


class Side(StrEnum):
    """Whose a step is."""

    GIVING = "giving"
    RECEIVING = "receiving"
    EITHER = "either"


#: Local configuration; without every step a handover is completed only with a reason.
SIDES: Mapping[Step, Side] = {
    Step.CASE_SUMMARY_WRITTEN: Side.GIVING,
    Step.CASE_SUMMARY_READ: Side.RECEIVING,
    Step.PLAN_REVIEWED: Side.RECEIVING,
    Step.PRACTITIONERS_TOLD: Side.GIVING,
    Step.FAMILY_TOLD: Side.EITHER,
    Step.JOINT_VISIT_HELD: Side.EITHER,
}


class NotYourStep(NotPermitted):
    """A step of a handover is ticked by the worker whose it is."""


class StepDoneAlready(Conflict):
    """The step was ticked already."""

    slug = "step-done-already"


class ImplausibleStep(Invalid):
    """A step is ticked when it is done, not before."""

    slug = "implausible-date"


class ChecklistUnfinished(Invalid):
    """With steps left, a handover is completed only with a reason."""

    slug = "checklist-unfinished"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A step that was done, by whose word and for which day."""

    step: Step
    by: UUID
    done_on: date
    ticked_at: datetime


Checklist = tuple[Tick, ...]


def require_side(steps: Iterable[Step], *, gives: bool, receives: bool) -> None:
    """Raise unless all the steps are of a side that the caller stands on; the manager of a team stands on its side."""
    own = {Side.EITHER, *([Side.GIVING] if gives else []), *([Side.RECEIVING] if receives else [])}
    others = sorted(step.value for step in steps if SIDES[step] not in own)
    if others:
        raise NotYourStep("The other worker ticks what is theirs to do.", steps=others)


def tick(checklist: Checklist, step: Step, *, by: UUID, done_on: date, now: datetime) -> Checklist:
    """Return the checklist with a step done."""
    if any(each.step is step for each in checklist):
        raise StepDoneAlready("It stands as it was ticked.", step=step.value)
    if done_on > local_day(now):
        raise ImplausibleStep("Tick it when it is done.", at="/done_on")
    return (*checklist, Tick(step=step, by=by, done_on=done_on, ticked_at=now))


def note(checklist: Checklist, step: Step, *, by: UUID, done_on: date | None, now: datetime) -> Checklist:
    """Return the checklist with a step that another act did, unless it is ticked already or still to come."""
    if done_on is None or done_on > local_day(now) or any(each.step is step for each in checklist):
        return checklist
    return tick(checklist, step, by=by, done_on=done_on, now=now)


def left(checklist: Checklist) -> tuple[Step, ...]:
    """Return the steps that are not done."""
    done = {each.step for each in checklist}
    return tuple(step for step in Step if step not in done)
