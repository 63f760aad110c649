"""Bodies of group supervision, network meetings and practitioner requests."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, CodeText, Day, Flag, Line, Note, Resource, View, Whole
from services.workbook.domain.entries import Stage, Topic
from services.workbook.domain.network_meetings import State as MeetingState
from services.workbook.domain.practitioner_requests import Specialism, Urgency, WithdrawReason
from services.workbook.domain.practitioner_requests import State as RequestState
from services.workbook.domain.supervision import AttendeeRole, Decision, GoalProgress
from services.workbook.domain.supervision import State as SupervisionState
from services.workbook.schemas.plan import Goal
from services.workbook.schemas.shared import Occurred, OnDay, People


class NewSupervision(Body):
    """When the team will sit together, or sat."""

    planned_on: Day


class Attendee(Body):
    """Who was there, or sent apologies."""

    person_id: UUID
    role: AttendeeRole
    agency: CodeText


class ReviewedChapter(Body):
    """A chapter as it stood when the team looked at it."""

    chapter_id: UUID
    revision: Whole


class GoalReview(Body):
    """How one goal has moved."""

    goal_id: UUID
    progress: GoalProgress


class AdultStage(Body):
    """Where one adult stands in the cycle of change, for one topic."""

    adult_id: UUID
    topic: Topic
    stage: Stage


class AgreedAction(Body):
    """Who does what by when."""

    what: Line
    owner_id: UUID
    due_on: Day


class SupervisionRecord(Body):
    """What was said and decided."""

    held_on: Day
    chair_id: UUID
    attendees: Annotated[list[Attendee], Field(min_length=1, max_length=40)]
    apologies: Annotated[list[Attendee], Field(max_length=40)] = []
    chapters: Annotated[list[ReviewedChapter], Field(max_length=40)] = []
    goals: Annotated[list[GoalReview], Field(max_length=60)] = []
    stages: Annotated[list[AdultStage], Field(max_length=60)] = []
    risk_statement: Note
    actions: Annotated[list[AgreedAction], Field(max_length=60)] = []
    decision: Decision
    dissent: Note | None = None
    next_on: Day | None = None


class Missed(Body):
    """Why it was not held."""

    reason: CodeText


class AttendeeThere(View):
    """Who was there, or sent apologies."""

    person_id: UUID
    role: AttendeeRole
    agency: str


class ChapterReviewed(View):
    """A chapter as it stood when the team looked at it."""

    chapter_id: UUID
    revision: int


class GoalReviewed(View):
    """How one goal has moved."""

    goal_id: UUID
    progress: GoalProgress


class StageOfAdult(View):
    """Where one adult stands in the cycle of change."""

    adult_id: UUID
    topic: Topic
    stage: Stage


class Agreed(View):
    """Who does what by when."""

    id: UUID
    what: str
    owner_id: UUID
    due_on: date


class Recorded(View):
    """What was said and decided."""

    held_on: date
    chair_id: UUID
    attendees: list[AttendeeThere]
    apologies: list[AttendeeThere]
    chapters: list[ChapterReviewed]
    goals: list[GoalReviewed]
    stages: list[StageOfAdult]
    risk_statement: str | None
    actions: list[Agreed]
    decision: Decision
    dissent: str | None
    next_on: date | None


class Supervision(Resource):
    """One group supervision."""

    path: ClassVar[str] = "/v1/supervisions"

    workbook_id: UUID
    cycle_id: UUID
    state: SupervisionState
    planned_on: date
    record: Recorded | None
    missed_reason: str | None


class ActionDone(Body):
    """When it was done."""

    done_on: Day | None = None


class Action(Resource):
    """Something that was agreed in group supervision."""

    path: ClassVar[str] = "/v1/actions"

    workbook_id: UUID
    what: str
    owner_id: UUID
    due_on: date
    done_on: date | None


class NewMeeting(Body):
    """When a network meeting was offered, and whether in the letter before proceedings."""

    offered_on: Day | None = None
    in_letter: Flag = False


class MeetingAccepted(OnDay):
    """Who of the family accepted."""

    by: People = []


class MeetingPlanned(Body):
    """For which day."""

    planned_for: Day


class MeetingHeld(OnDay):
    """How many came."""

    attendees: Annotated[int, Field(strict=True, ge=1, le=500)] | None = None


class FamilysPlan(OnDay):
    """The plan that the family made, in their words."""

    family_plan: Note


class Meeting(Resource):
    """One network meeting."""

    path: ClassVar[str] = "/v1/network-meetings"

    workbook_id: UUID
    state: MeetingState
    offered_on: date
    in_letter: bool
    answered_on: date | None
    accepted_by: list[UUID]
    planned_on: date | None
    held_on: date | None
    attendees: int | None
    family_plan: str | None
    reviewed_on: date | None


class NewRequest(Occurred):
    """Which practitioner is asked for, for whom, how soon, and why."""

    adult_id: UUID
    specialism: Specialism
    urgency: Urgency = Urgency.ROUTINE
    reason: Note


class Withdrawal(Occurred):
    """Why the team no longer asks."""

    reason: WithdrawReason


class Request(Resource):
    """One request for a practitioner, as its agency has answered it."""

    path: ClassVar[str] = "/v1/practitioner-requests"

    workbook_id: UUID
    adult_id: UUID
    specialism: Specialism
    urgency: Urgency
    state: RequestState
    reason: str
    asked_by: UUID
    asked_at: datetime
    partner_request_id: UUID | None
    agency_id: UUID | None
    practitioner_id: UUID | None
    outcome: float | None


class RequestDetail(Request):
    """A request and the goals that it is asked for; before an agency accepts, it sees no goals."""

    goals: list[Goal]


class Requests(View):
    """A workbook's requests for practitioners."""

    items: list[Request]
