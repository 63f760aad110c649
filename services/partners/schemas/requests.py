"""Requests, messages, sessions, reports and the work list over HTTP."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Day, Flag, Line, Moment, Note, Resource, View
from libs.kernel.tools import HIGHEST, LOWEST, Tool
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer
from services.partners.domain.clocks import Urgency
from services.partners.domain.messages import Effect
from services.partners.domain.needs import NeedState
from services.partners.domain.parties import Party
from services.partners.domain.reports import GoalOutcome, NoFamilyView
from services.partners.domain.request import CancelReason, DeclineReason, EndReason, HoldReason, State
from services.partners.domain.sessions import Kind, MissedReason, SessionState
from services.partners.domain.worklist import Section, Task
from services.partners.schemas.directory import Saying


class Acceptance(Saying):
    """Who takes the adult on, or the day by which you name somebody."""

    practitioner_id: UUID | None = None
    practitioner_by: Day | None = None


class Assignment(Saying):
    """Who takes the adult on from now."""

    practitioner_id: UUID


class Waiting(Saying):
    """When a place is expected."""

    expected_on: Day


class Declining(Saying):
    """Why you do not take the adult; no capacity sends the need to the next agency."""

    reason: DeclineReason


class Start(Saying):
    """Who made first contact, where nobody was named before."""

    practitioner_id: UUID | None = None


class Hold(Saying):
    """Why the work pauses, and when that is looked at again."""

    reason: HoldReason
    review_on: Day


class Ending(Saying):
    """Why the work ends before its time."""

    reason: EndReason


class Cancelling(Saying):
    """Why the request is taken back."""

    reason: CancelReason


class RequestView(Resource):
    """A request as its party may see it: an agency learns the family when it has named a practitioner, and forgets it at the end.

    `waits_for` says in whose court the ball is; `due_at` is by when the agency answers, `room` what it had said about its
    room when it was asked, `agreement_id` and the fingerprint of its terms on what ground it was told.
    """

    path: ClassVar[str] = "/v1/requests"

    practitioner_request_id: UUID
    agency_id: UUID
    state: State
    waits_for: Party | None
    room: Answer
    agreement_id: UUID
    agreement_fingerprint: str
    requested_at: datetime
    opened_at: datetime
    due_at: datetime
    amber_at: datetime
    calendar_version: str
    answered_at: datetime | None
    overdue_at: datetime | None
    adult_id: UUID | None
    specialism: Specialism | None
    urgency: Urgency | None
    team_id: UUID | None
    lead_worker_id: UUID | None
    family_id: UUID | None
    workbook_id: UUID | None
    practitioner_id: UUID | None
    practitioner_by: date | None
    expected_on: date | None
    accepted_at: datetime | None
    engaged_at: datetime | None
    days_waited: int | None
    review_on: date | None
    ended_at: datetime | None
    ended_by: Party | None
    reason: str | None
    end_asked_at: datetime | None
    report_due_on: date | None
    reported_at: datetime | None
    outcome: float | None


class NeedView(View):
    """What a team asked for, and whether an agency could be asked."""

    id: UUID
    family_id: UUID
    adult_id: UUID
    specialism: Specialism
    urgency: Urgency
    team_id: UUID | None
    requested_at: datetime
    state: NeedState
    changed_at: datetime


class NewMessage(Body):
    """Something to say on a request; an agency's question puts the ball into the council's court."""

    text: Note
    is_question: Flag = False
    occurred_at: Moment | None = None


class MessageView(View):
    """Something that was said on a request."""

    id: UUID
    request_id: UUID
    party: Party
    author_id: UUID
    text: str
    effect: Effect
    sent_at: datetime


class NewSession(Body):
    """A session to book; one in the past is recorded afterwards."""

    kind: Kind
    starts_at: Moment
    occurred_at: Moment | None = None


class ScoreBody(Body):
    """The total of a tool."""

    tool: Tool
    total: Annotated[int, Field(strict=True, ge=LOWEST, le=HIGHEST)]


class Attendance(Body):
    """Whether the adult came late, and what was scored."""

    late: Flag = False
    scores: Annotated[tuple[ScoreBody, ...], Field(max_length=20)] = ()
    occurred_at: Moment | None = None


class Missing(Body):
    """Why the session did not happen."""

    reason: MissedReason
    occurred_at: Moment | None = None


class Moving(Body):
    """The new date."""

    starts_at: Moment
    occurred_at: Moment | None = None


class ScoreView(View):
    """The total of a tool."""

    tool: Tool
    total: int


class SessionView(Resource):
    """A session; `supersedes` and `moved_to` chain one that was moved."""

    path: ClassVar[str] = "/v1/sessions"

    request_id: UUID
    kind: Kind
    starts_at: datetime
    booked_at: datetime
    state: SessionState
    reason: MissedReason | None
    scores: list[ScoreView]
    supersedes: UUID | None
    moved_to: UUID | None
    settled_at: datetime | None


class GoalBody(Body):
    """A goal in the plan's words, and what became of it."""

    goal: Line
    outcome: GoalOutcome


class EndReportBody(Body):
    """The end report; give the family's view, or the reason why there is none, not both."""

    goals: Annotated[tuple[GoalBody, ...], Field(min_length=1, max_length=50)]
    practitioner_view: Note
    family_view: Note | None = None
    no_family_view: NoFamilyView | None = None
    occurred_at: Moment | None = None


class GoalView(View):
    """A goal and what became of it."""

    goal: str
    outcome: GoalOutcome


class EndReportView(Resource):
    """The end report on a request; its id and revision are the request's."""

    path: ClassVar[str] = "/v1/requests"

    goals: list[GoalView]
    practitioner_view: str
    family_view: str | None
    no_family_view: NoFamilyView | None
    outcome: float
    submitted_at: datetime
    submitted_by: UUID


class WorkView(View):
    """One request on the screen: what is to be done next and by when."""

    section: Section
    task: Task
    due_at: datetime | None
    next_session_at: datetime | None
    request: RequestView


class WorkListView(View):
    """The screen of an agency's client; each request stands in one place, the most pressing first."""

    overdue: list[WorkView]
    new: list[WorkView]
    waiting: list[WorkView]
    mine: list[WorkView]
