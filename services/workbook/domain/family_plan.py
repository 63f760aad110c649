"""The whole-family plan: versions, goals, steps with owners, and what each member of the family says to it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid, Stale
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move


class PlanState(StrEnum):
    """What the family says to the plan; computed, never set."""

    DRAFT = "draft"
    AGREED = "agreed"
    PARTLY_AGREED = "partly_agreed"
    NOT_AGREED = "not_agreed"
    COULD_NOT_ASK = "could_not_ask"
    UPDATED = "updated"  # changed since the family answered
    SUPERSEDED = "superseded"


class Answer(StrEnum):
    """What one member says."""

    AGREED = "agreed"
    NOT_AGREED = "not_agreed"
    COULD_NOT_ASK = "could_not_ask"


class GoalState(StrEnum):
    """Where a goal stands."""

    FUTURE = "future"
    ACTIVE = "active"
    ACHIEVED = "achieved"
    REMOVED = "removed"


class StepState(StrEnum):
    """Where a step stands."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    CANNOT_BE_DONE_YET = "cannot_be_done_yet"
    NO_LONGER_NEEDED = "no_longer_needed"


class Need(StrEnum):
    """What a goal meets that an adult practitioner may be asked for."""

    MENTAL_HEALTH = "mental_health"
    DOMESTIC_ABUSE = "domestic_abuse"
    SUBSTANCE_MISUSE = "substance_misuse"
    PARENTING = "parenting"
    HOUSING = "housing"
    EDUCATION = "education"
    HEALTH = "health"
    OTHER = "other"


_EDITORS = frozenset({Role.SOCIAL_WORKER, Role.ADULT_PRACTITIONER, Role.TEAM_MANAGER, Role.EARLY_HELP_LEAD})
_RECORDERS = frozenset({Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.EARLY_HELP_LEAD})
PLAN_VERBS: Mapping[str, frozenset[Role]] = {"edit": _EDITORS, "agree": _RECORDERS}
_G = GoalState
GOAL_VERBS: Mapping[str, Move[GoalState]] = {
    "activate": Move(frozenset({_G.FUTURE}), _G.ACTIVE, _EDITORS),
    "achieve": Move(frozenset({_G.ACTIVE}), _G.ACHIEVED, _EDITORS),
    "remove": Move(frozenset({_G.FUTURE, _G.ACTIVE}), _G.REMOVED, _EDITORS),
    "restore": Move(frozenset({_G.ACHIEVED, _G.REMOVED}), _G.ACTIVE, _EDITORS),
}
_T = StepState
STEP_VERBS: Mapping[str, Move[StepState]] = {
    "start": Move(frozenset({_T.NOT_STARTED, _T.CANNOT_BE_DONE_YET}), _T.IN_PROGRESS, _EDITORS),
    "complete": Move(frozenset({_T.NOT_STARTED, _T.IN_PROGRESS, _T.CANNOT_BE_DONE_YET}), _T.COMPLETED, _EDITORS),
    "block": Move(frozenset({_T.NOT_STARTED, _T.IN_PROGRESS}), _T.CANNOT_BE_DONE_YET, _EDITORS),
    "drop": Move(frozenset({_T.NOT_STARTED, _T.IN_PROGRESS, _T.CANNOT_BE_DONE_YET}), _T.NO_LONGER_NEEDED, _EDITORS),
    "reopen": Move(frozenset({_T.COMPLETED, _T.NO_LONGER_NEEDED}), _T.NOT_STARTED, _EDITORS),
}
#: The verbs that change what the family agreed to, not how far it has come.
CHANGES_PLAN = frozenset({"activate", "remove", "restore"})


class NoteNeeded(Invalid):
    """A reason in words is needed."""


class FieldTaken(Conflict):
    """Somebody changed the same field since you read it."""

    slug = "edit-conflict"


class UnknownField(Invalid):
    """The plan has no such field."""


class UnknownBase(Invalid):
    """The revision that the change was made from does not exist."""


class NothingToAgree(Conflict):
    """The plan has no goal that the family could agree to."""


class SetAside(Conflict):
    """That plan was set aside for the one that follows it."""


class NotAMember(Invalid):
    """Only members of the family agree to its plan."""


class PlanField(StrEnum):
    """The fields of the plan itself."""

    WORRIES = "worries"
    STRENGTHS = "strengths"
    WHAT_MUST_CHANGE = "what_must_change"
    CONTINGENCY = "contingency"
    FAMILY_VIEW = "family_view"
    NEXT_REVIEW_ON = "next_review_on"


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One field's value, the plan revision at which it was written, and by whom."""

    value: str | None
    revision: int
    by: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """Something the family wants to reach, in plain words."""

    id: UUID
    title: str
    state: GoalState
    need: Need
    people: tuple[UUID, ...] = ()
    achieved_on: date | None = None
    note: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """Something that somebody does towards a goal; the owner is a worker or a member of the family."""

    id: UUID
    goal_id: UUID
    what: str
    owner_id: UUID
    state: StepState = StepState.NOT_STARTED
    due_on: date | None = None
    note: str | None = None
    revision: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """What one member said to one version of the plan, when, and in which words."""

    person_id: UUID
    version: int
    answer: Answer
    on: date
    words: str | None
    recorded_by: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A family's plan; `version` counts what was put to the family, `revision` every change."""

    id: UUID
    version: int = 1
    revision: int = 1
    fields: Mapping[PlanField, FieldValue] = field(default_factory=dict)
    agreements: tuple[Agreement, ...] = ()
    superseded: bool = False

    @property
    def answered(self) -> bool:
        """Whether anybody has answered the present version."""
        return any(agreement.version == self.version for agreement in self.agreements)


def state_of(plan: Plan, *, members: Iterable[UUID]) -> PlanState:
    """Derive the plan's state from the latest answer of each member to the present version."""
    if plan.superseded:
        return PlanState.SUPERSEDED
    latest = {a.person_id: a.answer for a in plan.agreements if a.version == plan.version}
    if not latest:
        return PlanState.UPDATED if plan.version > 1 else PlanState.DRAFT
    answers = set(latest.values())
    if Answer.AGREED in answers:
        everybody = frozenset(members) <= latest.keys()
        return PlanState.AGREED if answers == {Answer.AGREED} and everybody else PlanState.PARTLY_AGREED
    return PlanState.NOT_AGREED if Answer.NOT_AGREED in answers else PlanState.COULD_NOT_ASK


def touch(plan: Plan) -> Plan:
    """Return the plan as changed: a new revision, and a new version if the family had answered the present one."""
    return replace(plan, revision=plan.revision + 1, version=plan.version + 1 if plan.answered else plan.version)


def merge(plan: Plan, *, changes: Mapping[str, Any], base_revision: int, by: UUID) -> Plan:
    """Return the plan with the changed fields; a field that was changed after `base_revision` is refused.

    The refusal carries both values, so that nothing is lost.
    """
    if not 1 <= base_revision <= plan.revision:
        raise UnknownBase("The plan has no such revision.", at="/base_revision", revision=plan.revision)
    changed = touch(plan)
    fields = dict(plan.fields)
    taken = []
    for name, value in changes.items():
        if name not in PlanField.__members__.values():
            raise UnknownField("The plan has no such field.", at=f"/fields/{name}")
        key = PlanField(name)
        held = fields.get(key)
        if held is not None and held.revision > base_revision and held.value != value:
            taken.append({"field": name, "theirs": held.value, "yours": value, "by": str(held.by)})
        fields[key] = FieldValue(value, changed.revision, by)
    if taken:
        raise FieldTaken("The same field was changed.", conflicts=taken, revision=plan.revision)
    return replace(changed, fields=fields)


def only_present(present: Plan, *, plan_id: UUID) -> None:
    """Raise `SetAside` for a goal or step of a plan that is no longer the present one."""
    if plan_id != present.id:
        raise SetAside("It belongs to an earlier plan; put it into the present one.", plan_id=str(plan_id))


def agree(plan: Plan, agreement: Agreement, *, revision: int, members: Iterable[UUID], goals: Iterable[Goal]) -> Plan:
    """Return the plan with one member's answer to it, as it stood at the revision that they were shown."""
    if revision != plan.revision:
        raise Stale("The plan was changed since it was put to them.", revision=plan.revision)
    if agreement.person_id not in frozenset(members):
        raise NotAMember("That person is not a member of the family.", at="/person_id")
    if not any(goal.state in {GoalState.ACTIVE, GoalState.FUTURE, GoalState.ACHIEVED} for goal in goals):
        raise NothingToAgree("Put at least one goal into the plan first.")
    return replace(
        plan,
        revision=plan.revision + 1,
        agreements=(*plan.agreements, replace(agreement, version=plan.version)),
    )


def say_to_goal(goal: Goal, verb: str, *, on: date, note: str | None = None) -> Goal:
    """Return the goal after a verb; removing one needs a note."""
    state = move(GOAL_VERBS, verb=verb, state=goal.state)
    if verb == "remove" and not note:
        raise NoteNeeded("Say why the goal is removed.", at="/note")
    achieved_on = on if verb == "achieve" else None
    return replace(goal, state=state, achieved_on=achieved_on, note=note or goal.note)


def say_to_step(step: Step, verb: str, *, note: str | None = None) -> Step:
    """Return the step after a verb; saying that it cannot be done yet needs a note."""
    state = move(STEP_VERBS, verb=verb, state=step.state)
    if verb == "block" and not note:
        raise NoteNeeded("Say what stands in the way.", at="/note")
    return replace(step, state=state, note=note or step.note)


def needs_in(goals: Iterable[Goal]) -> frozenset[Need]:
    """Return the needs that the plan's present goals meet."""
    return frozenset(goal.need for goal in goals if goal.state in {GoalState.ACTIVE, GoalState.FUTURE})
