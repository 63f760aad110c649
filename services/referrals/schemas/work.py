"""What hangs on a referral and waits for somebody: questions, clocks, discussions, notices, matches, the work list."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, CodeText, Flag, Moment, Note, Resource, View
from libs.kernel.deadline import Basis, Standing
from libs.kernel.roles import Role
from services.referrals.domain.clock_rules import Kind
from services.referrals.domain.information import Consent, LawfulBasis, RefusalReason, RequestState
from services.referrals.domain.matches import MatchState
from services.referrals.domain.matching import Strength
from services.referrals.domain.notice import Content, NoticeState, WithheldReason
from services.referrals.domain.screening import Rag
from services.referrals.domain.worklist import Need
from services.referrals.schemas.people import PersonSummary, RuleHit
from services.referrals.schemas.referrals import Happened, WorkEndedView


class NewQuestion(Body):
    """What an agency is asked, on which basis; without a due moment the local time for answers counts."""

    agency: CodeText
    question: Note
    purpose: Note
    lawful_basis: LawfulBasis = LawfulBasis.PUBLIC_TASK
    consent: Consent
    family_informed: Flag
    reason: Note | None = Field(
        default=None,
        description="Why the family was overridden (`refused_and_overridden`) or not told (`family_informed` false): needed then",
    )
    due_at: Moment | None = None


class NewQuestions(Happened):
    """Whom to ask what."""

    requests: Annotated[list[NewQuestion], Field(max_length=20)]


class AskingMore(NewQuestion):
    """One question more."""

    occurred_at: Moment | None = None


class NewAnswer(Happened):
    """What the agency told."""

    answer: Note


class NewRefusal(Happened):
    """Why the agency did not tell."""

    reason: RefusalReason


class InformationRequestView(Resource):
    """A question to an agency; who is waited for while it is sent or overdue is the agency."""

    path: ClassVar[str] = "/v1/information-requests"

    referral_id: UUID
    agency: str
    question: str
    purpose: str
    lawful_basis: LawfulBasis
    consent: Consent
    family_informed: bool
    reason: str
    asked_by: UUID
    sent_at: datetime
    due_at: datetime
    state: RequestState
    ended_at: datetime | None
    answer: str | None
    refusal: RefusalReason | None


class InformationRequests(View):
    """The questions about a referral."""

    items: list[InformationRequestView]


class ClockView(View):
    """A promise: since when, until when, by which rule, and how it stands."""

    id: UUID
    referral_id: UUID
    kind: Kind
    title: str
    started_at: datetime
    due_at: datetime
    amber_at: datetime
    standing: Standing
    met_at: datetime | None
    voided_at: datetime | None
    basis: Basis
    source: str
    calendar_version: str


class Clocks(View):
    """The clocks of a referral."""

    items: list[ClockView]


class EnquiryView(View):
    """The section 47 enquiry about one child."""

    child_id: UUID
    ended_on: date | None
    outcome: str | None
    conference_on: date | None
    taken_up_at: datetime | None = Field(description="Since when the workbook keeps its clocks")


class StrategyDiscussionView(View):
    """A strategy discussion."""

    id: UUID
    referral_id: UUID
    held_at: datetime
    agencies: list[str]
    children: list[UUID]
    enquiry: bool
    record: str
    enquiries: list[EnquiryView]


class StrategyDiscussions(View):
    """The strategy discussions about a referral."""

    items: list[StrategyDiscussionView]


class Withholding(Body):
    """Why the referrer is not told."""

    reason: WithheldReason


class NoticeView(Resource):
    """What the referrer is to be told, and whether they were."""

    path: ClassVar[str] = "/v1/referrer-notices"

    referral_id: UUID
    content: Content
    decided_at: datetime
    due_at: datetime
    state: NoticeState
    sent_at: datetime | None
    withheld_reason: WithheldReason | None


class Notices(View):
    """The notices about a referral."""

    items: list[NoticeView]


class MatchResource(Resource):
    """A person of a referral and a known person who may be the same."""

    path: ClassVar[str] = "/v1/matches"

    referral_id: UUID
    person_id: UUID
    known_person_id: UUID
    points: int
    hits: list[RuleHit]
    state: MatchState
    decided_by: UUID | None
    decided_at: datetime | None
    reason: str | None


class MatchView(MatchResource):
    """The same, with who the two are."""

    strength: Strength
    person: PersonSummary
    known_person: PersonSummary


class Matches(View):
    """The candidates for a referral's people."""

    items: list[MatchView]


class WorkItem(View):
    """One thing that waits for somebody."""

    need: Need
    waiting_on: Role
    referral_id: UUID
    subject_id: UUID
    reference: str
    rag: Rag | None
    due_at: datetime | None
    since: datetime
    overdue: bool
    work_ended: WorkEndedView | None = Field(description="What a referral that waits to be closed is closed with")
