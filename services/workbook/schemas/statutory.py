"""Bodies of plan spells, assessments, enquiries and conferences."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Day, Resource, View
from libs.kernel.codes import (
    AssessmentFactor,
    AssessmentOutcome,
    CategoryOfAbuse,
    PlanEndReason,
    ReviewParticipation,
    Section47Outcome,
)
from services.workbook.domain.assessments import State as AssessmentState
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.clock_rules import Placement
from services.workbook.domain.conferences import Kind
from services.workbook.domain.enquiries import State as EnquiryState
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.network_meetings import Exemption
from services.workbook.schemas.chapters import ChapterCorrection, Section
from services.workbook.schemas.shared import SomePeople


class ChildsPlan(Body):
    """A child who comes onto a plan."""

    child_id: UUID
    category: CategoryOfAbuse | None = None
    previous_cp_plans: Annotated[int, Field(strict=True, ge=0, le=99)] | None = None
    placement: Placement | None = None


class NewPlans(Body):
    """A kind of plan, from when, and the children who come onto it: all or none."""

    kind: SpellKind
    started_on: Day | None = None
    children: Annotated[list[ChildsPlan], Field(min_length=1, max_length=60)]
    letter_sent_on: Day | None = None


class PlanEnd(Body):
    """When, and why (a code)."""

    ended_on: Day | None = None
    reason: PlanEndReason


class NewCategory(Body):
    """The category of abuse that is now the main one, and since when."""

    category: CategoryOfAbuse
    changed_on: Day | None = None


class NewPlacement(Body):
    """What the placement is, and since when."""

    placement: Placement
    placed_on: Day | None = None


class Letter(Body):
    """When the letter before proceedings was sent, and whether it offered family group decision-making."""

    sent_on: Day | None = None
    offered: Annotated[bool, Field(strict=True)]
    exemption: Exemption | None = None


class BirthOnPlan(Body):
    """When the child of a pre-birth plan was born; null takes back what was recorded in error."""

    born_on: Day | None


class PlanSpell(Resource):
    """One child on one plan."""

    path: ClassVar[str] = "/v1/plan-spells"

    workbook_id: UUID
    child_id: UUID
    kind: SpellKind
    started_on: date
    ended_on: date | None
    end_reason: str | None
    initial_category: CategoryOfAbuse | None
    latest_category: CategoryOfAbuse | None
    previous_cp_plans: int | None
    reviewed_on: list[date]
    letter_sent_on: date | None
    letter_exemption: Exemption | None
    placement: Placement | None
    born_on: date | None


class PlanSpells(View):
    """The plans that were started together."""

    items: list[PlanSpell]


class NewAssessment(Body):
    """Which children are assessed (all, if none are named), and since when."""

    children: SomePeople | None = None
    started_on: Day | None = None


class Authorisation(Body):
    """What the assessment found and led to."""

    authorised_on: Day | None = None
    factors: Annotated[list[AssessmentFactor], Field(max_length=60)]
    outcome: AssessmentOutcome


class ComposedOf(View):
    """A signed chapter that an assessment was composed from."""

    chapter_id: UUID
    chapter_revision: int
    role: ChapterRole


class ComposedSection(ComposedOf):
    """A signed chapter as it stood when the assessment was composed, in the words that it had then."""

    author_id: UUID
    signed_at: datetime
    sections: list[Section]
    corrections: list[ChapterCorrection]


class Durations(View):
    """Working days from the referral (the limit of guidance) and from the start (the published duration)."""

    from_referral: int | None
    from_start: int | None
    due_on: date | None
    in_time: bool | None


class _Assessed(Resource):
    path: ClassVar[str] = "/v1/assessments"

    workbook_id: UUID
    state: AssessmentState
    children: list[UUID]
    referred_on: date | None
    started_on: date
    authorised_on: date | None
    authorised_by: UUID | None
    factors: list[AssessmentFactor]
    outcome: AssessmentOutcome | None
    version: int
    working_days: Durations


class AssessmentSummary(_Assessed):
    """A child and family assessment in a list: without its words."""

    sections: list[ComposedOf]


class Assessment(_Assessed):
    """A child and family assessment, with what it said on its day."""

    sections: list[ComposedSection]


class NewEnquiries(Body):
    """About whom, and since when."""

    children: SomePeople
    started_on: Day | None = None


class EnquiryEnd(Body):
    """When, and with what outcome."""

    ended_on: Day | None = None
    outcome: Section47Outcome


class Enquiry(Resource):
    """A section 47 enquiry about one child."""

    path: ClassVar[str] = "/v1/enquiries"

    workbook_id: UUID
    child_id: UUID
    state: EnquiryState
    started_on: date
    conference_due_on: date
    strategy_id: UUID | None
    ended_on: date | None
    outcome: Section47Outcome | None
    conference_on: date | None


class Enquiries(View):
    """The enquiries that were started together."""

    items: list[Enquiry]


class ChildDecided(Body):
    """What was decided for one child."""

    child_id: UUID
    plan: Annotated[bool, Field(strict=True)]
    category: CategoryOfAbuse | None = None
    participation: ReviewParticipation | None = None
    previous_cp_plans: Annotated[int, Field(strict=True, ge=0, le=99)] | None = None


class NewConference(Body):
    """A conference or statutory meeting that was held."""

    kind: Kind
    held_on: Day
    children: Annotated[list[ChildDecided], Field(min_length=1, max_length=60)]
    chair_id: UUID | None = None
    agencies: Annotated[int, Field(strict=True, ge=0, le=100)] | None = None


class DecisionForChild(View):
    """What was decided for one child."""

    child_id: UUID
    plan: bool
    category: CategoryOfAbuse | None
    participation: ReviewParticipation | None
    previous_cp_plans: int | None


class Conference(Resource):
    """A conference or statutory meeting."""

    path: ClassVar[str] = "/v1/conferences"

    workbook_id: UUID
    kind: Kind
    held_on: date
    chair_id: UUID | None
    agencies: int | None
    quorate: bool | None
    children: list[DecisionForChild]
