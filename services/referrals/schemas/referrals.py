"""Referrals as callers send and read them."""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.chassis.fields import Body, CodeText, Day, Flag, Line, Moment, Note, Resource, View
from libs.kernel.codes import AssessmentFactor, ClosureReason, PrimaryNeed, ReferralSource
from services.referrals.domain.decision import Kind, Outcome
from services.referrals.domain.household import Part
from services.referrals.domain.intake import Household, Place, Related
from services.referrals.domain.matching import Strength
from services.referrals.domain.referral import Channel, Origin, Referral, WorkbookStanding
from services.referrals.domain.relationships import Relation
from services.referrals.domain.screening import LEVELS, Rag
from services.referrals.domain.states import State
from services.referrals.schemas.people import NewPerson, PersonSummary, RuleHit, Source

LevelOfNeed = Annotated[int, Field(strict=True, ge=min(LEVELS), le=max(LEVELS))]
Rationale = Annotated[Note, Field(description="Why; at least ten characters")]
Area = Annotated[CodeText, Field(description="One of `GET /v1/areas`")]
_PlaceText = Annotated[str, StringConstraints(pattern=r"^(children|adults)/[0-9]{1,2}$")]


class NewReferrer(Body):
    """Who tells us."""

    name: Line | None = None
    agency: Line | None = None
    contact: Line | None = None
    may_be_named: Flag = Field(default=True, description="Whether the family may learn who it was")
    unsafe_to_reply: Flag = Field(default=False, description="Whether an answer could hurt somebody")


class NewRelated(Body):
    """How two people of this body are related: `adults/0` is `parent` of `children/0`."""

    person: _PlaceText
    relation: Relation
    other: _PlaceText
    from_on: Day | None = None
    until_on: Day | None = None
    parental_responsibility: Flag = False

    def related(self) -> Related:
        """Return it as the rules take it."""
        return Related(
            person=_place(self.person),
            other=_place(self.other),
            relation=self.relation,
            from_on=self.from_on,
            until_on=self.until_on,
            parental_responsibility=self.parental_responsibility,
        )


def _place(text: str) -> Place:
    kind, index = text.split("/")
    return Place(Part.CHILD if kind == "children" else Part.ADULT, int(index))


class NewReferral(Body):
    """A concern about the children of a family."""

    source: Source | None = Field(
        default=None, description="What your system calls it; sent again, it is answered and changes nothing"
    )
    referral_source: ReferralSource
    channel: Channel
    origin: Origin = Origin.NEW
    area: Area
    primary_need: PrimaryNeed = PrimaryNeed.N0
    needs: Annotated[list[AssessmentFactor], Field(max_length=45)] = []
    referrer: NewReferrer = NewReferrer()
    narrative: Note | None = None
    family_id: UUID | None = Field(default=None, description="The family, if it is known")
    children: Annotated[list[NewPerson], Field(max_length=60)] = []
    adults: Annotated[list[NewPerson], Field(max_length=60)] = []
    relationships: Annotated[list[NewRelated], Field(max_length=200)] = []
    received_at: Moment | None = Field(default=None, description="When it reached the front door, if not now")

    def household(self) -> Household:
        """Return the people as the rules take them."""
        return Household(
            children=tuple(one.told() for one in self.children),
            adults=tuple(one.told() for one in self.adults),
            related=tuple(one.related() for one in self.relationships),
        )


class Happened(Body):
    """When it really happened, if not now."""

    occurred_at: Moment | None = None


class NewArea(Body):
    """Where the family lives."""

    area: Area


class NewProposal(Happened):
    """How to respond, and why."""

    outcome: Outcome
    rationale: Rationale


class ProposedAtOnce(Body):
    """How to respond to what is urgent, and why."""

    outcome: Outcome
    rationale: Rationale


class Triage(Happened):
    """How urgent it is and which level of need it shows; what is red may be proposed for a decision at once."""

    rag: Rag
    level: LevelOfNeed
    proposal: ProposedAtOnce | None = None


class Decided(Happened):
    """What a manager decides; without outcome and rationale the proposal is followed."""

    outcome: Outcome | None = None
    rationale: Rationale | None = None


class Offer(Happened):
    """Why early help should take the family."""

    rationale: Rationale | None = None


class Refusal(Happened):
    """Why early help does not take the family."""

    reason: CodeText


class Redirection(Happened):
    """Which authority is responsible."""

    authority: CodeText
    rationale: Rationale | None = None


class Joining(Happened):
    """Which open referral the concern belongs to."""

    joined_to: UUID
    rationale: Rationale | None = None


class Closing(Happened):
    """The census reason: the workbook's, if the family had one."""

    reason: ClosureReason | None = None


class Reopening(Happened):
    """Why it is looked at again, and how urgent it is now if that is not as before."""

    reason: CodeText
    rag: Rag | None = None
    level: LevelOfNeed | None = None


class TakingBack(Happened):
    """Why it is taken back, or was an error."""

    reason: CodeText


class CallingStrategy(Body):
    """A strategy discussion as it was held; without children all of the referral are meant."""

    held_at: Moment | None = None
    agencies: Annotated[list[CodeText], Field(min_length=1, max_length=20)]
    children: Annotated[list[UUID], Field(max_length=20)] = []
    enquiry: Flag = Field(description="Whether a section 47 enquiry begins with it")
    record: Note | None = None


class ProposalView(View):
    """What a screener proposed."""

    outcome: Outcome
    rationale: str
    by: UUID
    at: datetime


class DecisionView(View):
    """What a manager decided."""

    kind: Kind
    outcome: Outcome
    rationale: str
    by: UUID
    at: datetime


class ReferralSummary(View):
    """A referral in one line of a list."""

    id: UUID
    revision: int
    reference: str
    family_id: UUID
    state: State
    rag: Rag | None
    level: int | None
    referral_source: ReferralSource
    area: str
    received_at: datetime
    re_referral: bool
    next_due_at: datetime | None


class WorkEndedView(View):
    """Why and on which day the family's workbook was closed: the referral is closed likewise."""

    reason: ClosureReason
    on: date


class ReferralResource(Resource):
    """A referral; its state is changed by verbs only."""

    path: ClassVar[str] = "/v1/referrals"

    reference: str
    family_id: UUID
    children: list[UUID]
    adults: list[UUID]
    referral_source: ReferralSource
    channel: Channel
    origin: Origin
    area: str
    received_at: datetime
    received_on: date
    state: State
    rag: Rag | None
    level: int | None
    primary_need: PrimaryNeed
    needs: list[str]
    proposal: ProposalView | None
    decision: DecisionView | None
    prior_referral_id: UUID | None
    re_referral: bool
    joined_to: UUID | None
    redirected_to: str | None
    redirect_confirmed_at: datetime | None
    worker_id: UUID | None
    workbook: WorkbookStanding
    work_ended: WorkEndedView | None
    closure_reason: ClosureReason | None
    closed_on: date | None
    reopened_at: datetime | None
    reason: str | None
    next_due_at: datetime | None

    @classmethod
    def of(cls, referral: Referral) -> Self:
        """Return the referral as it is read."""
        return cls.model_validate(flat(referral))


def flat(referral: Referral) -> dict[str, object]:
    """Return the referral's fields with urgency and level beside the others."""
    screening = referral.screening
    told: dict[str, object] = {
        "rag": screening.rag if screening else None,
        "level": screening.level if screening else None,
        "referral_source": referral.source,
    }
    return told | {name: getattr(referral, name) for name in ReferralResource.model_fields if name not in told}


class PersonOfReferral(PersonSummary):
    """Somebody in the referral; protected details are not here, only whether there are any."""

    part: Part
    has_protected_details: bool


class ContactView(View):
    """How the referral came; who told us is left out for those who need not know."""

    received_at: datetime
    narrative: str
    referrer_agency: str | None
    referrer_name: str | None
    referrer_contact: str | None
    may_be_named: bool
    unsafe_to_reply: bool


class ReferralView(ReferralResource):
    """A referral with its people and the contact it came by."""

    people: list[PersonOfReferral]
    contact: ContactView | None


class CandidateView(View):
    """A known person who may be the same as one of the referral, and why; a person decides."""

    match_id: UUID
    person_id: UUID
    known_person_id: UUID
    strength: Strength
    points: int
    hits: list[RuleHit]


class ReceivedView(Resource):
    """What was received; staff also see the people's ids and who may be known, senders never do."""

    path: ClassVar[str] = "/v1/referrals"

    reference: str
    state: State | Literal["received"]
    received_at: datetime
    decision_due_at: datetime | None
    family_id: UUID | None = None
    children: list[UUID] | None = None
    adults: list[UUID] | None = None
    re_referral: bool | None = None
    prior_referral_id: UUID | None = None
    candidates: list[CandidateView] | None = None


class ReceiptView(Resource):
    """What the sender of a referral may know of it."""

    path: ClassVar[str] = "/v1/referrals"

    reference: str
    received_at: datetime
    standing: Literal["received", "decided", "withdrawn"]
    notice: str | None = Field(description="What was decided, in a code, once it may be told")
    told_at: datetime | None


class DecisionStep(View):
    """One step of deciding."""

    id: UUID
    step: str
    outcome: Outcome | None
    rationale: str
    by: UUID
    at: datetime
    supersedes: UUID | None


class DecisionHistory(View):
    """Every step of deciding, the first first."""

    items: list[DecisionStep]
