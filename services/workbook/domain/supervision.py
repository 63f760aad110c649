"""Group supervision: the whole team reviews a family, which closes a cycle and opens the next."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid, NotPermitted
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.workbook.domain.entries import Stage, Topic
from services.workbook.domain.moments import ImplausibleDate


class State(StrEnum):
    """Where a group supervision stands."""

    SCHEDULED = "scheduled"
    HELD = "held"
    RECORDED = "recorded"
    MISSED = "missed"


class Decision(StrEnum):
    """What the team decided."""

    CONTINUE = "continue"
    STEP_UP = "step_up"
    STEP_DOWN = "step_down"
    CLOSE = "close"


class AttendeeRole(StrEnum):
    """As what somebody sits in a group supervision."""

    TEAM_MANAGER = "team_manager"
    ASSISTANT_TEAM_MANAGER = "assistant_team_manager"
    SERVICE_MANAGER = "service_manager"
    SOCIAL_WORKER = "social_worker"
    FAMILY_SUPPORT = "family_support"
    PARENTING_ASSESSOR = "parenting_assessor"
    EARLY_HELP = "early_help"
    ADULT_PRACTITIONER = "adult_practitioner"  # of an agency, where the specialism is not said
    MENTAL_HEALTH = "mental_health"
    DOMESTIC_ABUSE_VICTIM = "domestic_abuse_victim"
    DOMESTIC_ABUSE_PERPETRATOR = "domestic_abuse_perpetrator"
    SUBSTANCE_MISUSE = "substance_misuse"
    PSYCHOLOGIST = "psychologist"
    CONFERENCE_CHAIR = "conference_chair"
    PROBATION = "probation"
    POLICE = "police"
    EDUCATION = "education"
    HEALTH_VISITOR = "health_visitor"
    SCHOOL_NURSE = "school_nurse"
    HOUSING = "housing"
    ADMINISTRATOR = "administrator"
    OTHER = "other"


class GoalProgress(StrEnum):
    """How a goal has moved since the last time."""

    ACHIEVED = "achieved"
    BETTER = "better"
    SAME = "same"
    WORSE = "worse"


ENDS_WORK = frozenset({Decision.STEP_DOWN, Decision.CLOSE})

_TEAM = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM})
VERBS: Mapping[str, Move[State]] = {
    "schedule": Move(frozenset(), State.SCHEDULED, _TEAM),
    "hold": Move(frozenset({State.SCHEDULED}), State.HELD, _TEAM),
    "record": Move(frozenset({State.SCHEDULED, State.HELD}), State.RECORDED, _TEAM),
    "miss": Move(frozenset({State.SCHEDULED}), State.MISSED, _TEAM),
}


_MANAGERS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_FARTHEST = timedelta(days=366)  # monthly by the model: a year ahead is a slip of the pen


class NotYourAction(NotPermitted):
    """Only its owner, or a manager, says that an action was done."""


class ReviewedBefore(Conflict):
    """A chapter was changed since the team looked at it."""

    slug = "chapter-changed"


class RecordIncomplete(Invalid):
    """The record of the group supervision lacks something."""


@dataclass(frozen=True, slots=True)
class Attendee:
    """Who was there, or sent apologies: their id, role and agency."""

    person_id: UUID
    role: AttendeeRole
    agency: str


@dataclass(frozen=True, slots=True)
class ReviewedChapter:
    """A chapter as it stood when the team looked at it."""

    chapter_id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class GoalReview:
    """How one goal has moved."""

    goal_id: UUID
    progress: GoalProgress


@dataclass(frozen=True, slots=True)
class AdultStage:
    """Where one adult stands in the cycle of change, for one topic."""

    adult_id: UUID
    topic: Topic
    stage: Stage


@dataclass(frozen=True, slots=True)
class Action:
    """What was agreed: who does what by when."""

    id: UUID
    what: str
    owner_id: UUID
    due_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What was said and decided."""

    held_on: date
    chair_id: UUID
    attendees: tuple[Attendee, ...]
    apologies: tuple[Attendee, ...] = ()
    chapters: tuple[ReviewedChapter, ...] = ()
    goals: tuple[GoalReview, ...] = ()
    stages: tuple[AdultStage, ...] = ()
    risk_statement: str | None  # always recorded; None for whoever may not read it
    actions: tuple[Action, ...] = ()
    decision: Decision
    dissent: str | None = None
    next_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervision:
    """One group supervision of one family."""

    id: UUID
    cycle_id: UUID
    state: State
    planned_on: date
    record: Record | None = None
    missed_reason: str | None = None
    revision: int = 1


def plan(cycle_id: UUID, *, id: UUID, on: date, cycle_opened_on: date, today: date) -> Supervision:  # noqa: A002
    """Return a group supervision of a cycle as planned; it may have been held already."""
    if on < cycle_opened_on:
        raise ImplausibleDate("Its cycle had not opened by then.", at="/planned_on")
    if on - today > _FARTHEST:
        raise ImplausibleDate("A group supervision is planned at most a year ahead.", at="/planned_on")
    return Supervision(id=id, cycle_id=cycle_id, state=State.SCHEDULED, planned_on=on)


def _check_dates(record: Record, *, cycle_opened_on: date, today: date) -> None:
    if record.held_on > today:
        raise ImplausibleDate("It cannot have been held in the future.", at="/held_on")
    if record.held_on < cycle_opened_on:
        raise ImplausibleDate("It cannot have been held before its cycle opened.", at="/held_on")
    if record.next_on is not None and record.next_on <= record.held_on:
        raise ImplausibleDate("The next one comes after this one.", at="/next_on")
    if record.next_on is not None and record.next_on - record.held_on > _FARTHEST:
        raise ImplausibleDate("The next one comes within a year.", at="/next_on")
    for place, action in enumerate(record.actions):
        if action.due_on < record.held_on:
            raise ImplausibleDate("An action is not due before it was agreed.", at=f"/actions/{place}/due_on")


def _check_complete(record: Record, *, goals: frozenset[UUID]) -> None:
    if not record.attendees:
        raise RecordIncomplete("Say who was there.", at="/attendees")
    if frozenset(review.goal_id for review in record.goals) != goals:
        raise RecordIncomplete("Say how each present goal has moved, and no other.", at="/goals")
    if record.decision is not Decision.CLOSE and record.next_on is None:
        raise RecordIncomplete("Say when the team sits together next, unless it decided to close.", at="/next_on")


def check_reviewed(reviewed: Iterable[ReviewedChapter], *, revisions: Mapping[UUID, int]) -> None:
    """Raise `ReviewedBefore` for a chapter that is not as the team saw it; `revisions` are those of now."""
    for place, each in enumerate(reviewed):
        now = revisions[each.chapter_id]
        if each.revision != now:
            raise ReviewedBefore(
                "Read the chapter as it is now, and name that revision.",
                at=f"/chapters/{place}/revision", chapter_id=str(each.chapter_id), revision=now,
            )  # fmt: skip


def record(
    supervision: Supervision, said: Record, *, cycle_opened_on: date, today: date, goals: frozenset[UUID]
) -> Supervision:
    """Return the group supervision as recorded; `goals` are the plan's present goals, each to be reviewed."""
    state = move(VERBS, verb="record", state=supervision.state)
    _check_dates(said, cycle_opened_on=cycle_opened_on, today=today)
    _check_complete(said, goals=goals)
    return replace(supervision, state=state, record=said)


def only_owner(action: Action, *, by: UUID, roles: frozenset[Role]) -> None:
    """Raise `NotYourAction` unless the action is the caller's, or they are a manager."""
    if by != action.owner_id and not roles & _MANAGERS:
        raise NotYourAction("Its owner or a manager says that it was done.")


def hold(supervision: Supervision) -> Supervision:
    """Return the group supervision as held; its record follows."""
    return replace(supervision, state=move(VERBS, verb="hold", state=supervision.state))


def miss(supervision: Supervision, *, reason: str) -> Supervision:
    """Return the group supervision as missed."""
    return replace(supervision, state=move(VERBS, verb="miss", state=supervision.state), missed_reason=reason)
