"""Bodies of the whole-family plan."""

from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Day, Flag, Line, Moment, Note, Resource, View
from services.workbook.domain.family_plan import Answer, GoalState, Need, PlanField, PlanState, StepState
from services.workbook.schemas.shared import People


class PlanFields(Body):
    """The fields that change; a field that is not sent stays."""

    worries: Note | None = None
    strengths: Note | None = None
    what_must_change: Note | None = None
    contingency: Note | None = None
    family_view: Note | None = None
    next_review_on: Day | None = None


class PlanEdit(Body):
    """Changes made from the revision that was read."""

    base_revision: Annotated[int, Field(strict=True, ge=1, le=2**31 - 1)]
    occurred_at: Moment | None = None
    fields: PlanFields


class NewGoal(Body):
    """Something that the family wants to reach."""

    title: Line
    need: Need
    people: People = []
    starts_later: Flag = False
    occurred_at: Moment | None = None


class GoalSaid(Body):
    """When, and why."""

    on: Day | None = None
    note: Note | None = None


class NewStep(Body):
    """Something that somebody does towards a goal."""

    what: Line
    owner_id: UUID
    due_on: Day | None = None
    occurred_at: Moment | None = None


class StepSaid(Body):
    """Why, where a reason is needed."""

    note: Note | None = None


class MemberAnswer(Body):
    """What one member of the family says to the plan, and in which words."""

    person_id: UUID
    answer: Answer
    words: Note | None = None
    answered_on: Day | None = None


class Goal(Resource):
    """A goal."""

    path: ClassVar[str] = "/v1/goals"

    workbook_id: UUID
    title: str
    state: GoalState
    need: Need
    people: list[UUID]
    achieved_on: date | None
    note: str | None


class Step(Resource):
    """A step."""

    path: ClassVar[str] = "/v1/steps"

    workbook_id: UUID
    goal_id: UUID
    what: str
    owner_id: UUID
    state: StepState
    due_on: date | None
    note: str | None


class FieldOfPlan(View):
    """One field's value, the plan revision at which it was written, and by whom."""

    value: str | None
    revision: int
    by: UUID


class AnswerOfMember(View):
    """What one member said to one version of the plan."""

    person_id: UUID
    version: int
    answer: Answer
    on: date
    words: str | None


class Plan(Resource):
    """The whole-family plan; its state follows from the adults' answers."""

    path: ClassVar[str] = "/v1/plans"

    workbook_id: UUID
    version: int
    state: PlanState
    fields: dict[PlanField, FieldOfPlan]
    agreements: list[AnswerOfMember]
    goals: list[Goal]
    steps: list[Step]


class PlanVersion(View):
    """The plan as the family answered it before it changed."""

    version: int
    kept_at: datetime
    body: dict[str, Any]


class PlanVersions(View):
    """Earlier versions of the plan, latest first."""

    items: list[PlanVersion]
