"""What callers of metrics send and read."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from libs.chassis.fields import Body, CodeText, Day, Moment, Resource, View
from services.metrics.domain import questions
from services.metrics.domain.definitions import measure
from services.metrics.domain.editions import Edition
from services.metrics.domain.measures import Better, By, MeasureState, Shape
from services.metrics.domain.publications import Publication, PublicationState
from services.metrics.domain.questions import Asked, breakdown
from services.metrics.domain.results import Answer, plain
from services.metrics.domain.spells import Level
from services.metrics.queries.journeys import ChildsJourney
from services.metrics.repository.records import Run

_BREAKDOWNS = {"enum": [each.value for each in By]}
_VIEW = "internal: as it is, up to the data date, for managers; publishable: closed windows, small counts suppressed"
_FROM = "First day of the window; a year before `until`, unless said"
_UNTIL = (
    "The day after the window. Unless said: internal, the day after the data date; publishable, the end of the last "
    "closed financial year, for what stands on a day (stocks not by month) the end of the last closed month"
)
_Code = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$", examples=["re_referrals"])]


class Question(BaseModel):
    """What is asked: a measure, a window or a day, a breakdown, and as known when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    measure: _Code
    version: Annotated[int | None, Field(ge=1, le=1000, description="The one in force, unless said")] = None
    from_on: Annotated[Day | None, Field(alias="from", description=_FROM)] = None
    until_on: Annotated[Day | None, Field(alias="until", description=_UNTIL)] = None
    as_of: Annotated[Day | None, Field(description="The day to look at; for flows the last day of a year")] = None
    by: Annotated[str, Field(max_length=40, json_schema_extra=_BREAKDOWNS, description="One breakdown")] = "none"
    known_at: Annotated[Moment | None, Field(description="What did we know at that hour?")] = None
    view: Annotated[questions.View, Field(description=_VIEW)] = questions.View.PUBLISHABLE
    team_id: Annotated[UUID | None, Field(description="Only this team; internal")] = None
    agency_id: Annotated[UUID | None, Field(description="Only this agency; internal")] = None

    def asked(self) -> Asked:
        """Return the question in the domain's words."""
        return Asked(
            measure=measure(code=self.measure, version=self.version),
            by=breakdown(self.by),
            view=self.view,
            from_on=self.from_on,
            until_on=self.until_on,
            as_of=self.as_of,
            known_at=self.known_at,
            team=self.team_id,
            agency=self.agency_id,
        )


class NewRun(Question, Body):
    """A question whose answer is to be kept."""


class MeasureView(View):
    """One version of a measure: what it counts, of what, by whose definition."""

    code: str
    version: int
    state: MeasureState
    reason: str | None = Field(description="Why this version follows the one before")
    definition_digest: str = Field(description="Fingerprint of the definition in words and as a formula")
    title: str
    numerator: str
    denominator: str | None
    unit: str
    shape: Shape
    better: Better
    places: int
    source: str
    dimensions: list[By]


class FigureView(View):
    """One figure with its parts and its interval at 95 per cent; a symbol where something is not shown."""

    key: str | None = Field(description="The month, team or agency; null: the whole")
    label: str | None = Field(description="The team's or agency's code")
    from_on: date = Field(alias="from")
    until_on: date = Field(alias="until")
    numerator: int | None
    denominator: int | float | None
    value: int | float | None
    low: int | float | None
    high: int | float | None
    method: str
    symbol: str | None = Field(description="c suppressed, z not applicable, : not available")


class ResultView(View):
    """An answer, with the version of its definition, the data date, and what it was asked."""

    measure: str
    version: int
    definition_digest: str = Field(description="Fingerprint of the definition by which it was counted")
    title: str
    unit: str
    by: By
    from_on: date = Field(alias="from", description="First day of the window that was answered, given or usual")
    until_on: date = Field(alias="until", description="The day after the window that was answered, given or usual")
    as_of: date | None = Field(description="The day that a stock is looked at")
    view: questions.View
    known_at: datetime | None
    data_on: date | None = Field(description="The day up to which all that is known is in the figures")
    edition: int | None = Field(description="Of published figures: above 1 if they were revised since first shown")
    frozen_on: date | None = Field(description="The day since which published figures are as they are")
    team_id: UUID | None
    agency_id: UUID | None
    population_of: int | None = Field(description="The year in whose middle the children of a rate were counted")
    figures: list[FigureView]
    total: FigureView | None

    @classmethod
    def of(cls, answer: Answer) -> "ResultView":
        """Make the view of an answer."""
        return cls.model_validate(plain(answer.result))


class RunView(Resource):
    """A result that was kept; it never changes."""

    path: ClassVar[str] = "/v1/runs"

    definition_digest: str = Field(description="Fingerprint of the definition in words and as a formula")
    input_digest: str = Field(description="Fingerprint of the sums that the result was made of, and of the definition")
    result_digest: str = Field(description="SHA-256 of the result's canonical bytes")
    started_by: UUID
    started_at: datetime
    result: ResultView

    @classmethod
    def of(cls, run: Run) -> "RunView":
        """Make the view of a run."""
        return cls(
            id=run.id,
            revision=1,
            definition_digest=run.definition_digest,
            input_digest=run.input_digest,
            result_digest=run.result_digest,
            started_by=run.started_by,
            started_at=run.started_at,
            result=ResultView.model_validate(run.result),
        )


class NewRevision(Body):
    """Of which figures a revision is to be published."""

    measure: _Code
    from_on: Annotated[Day | None, Field(alias="from", description="First day of the window")] = None
    until_on: Annotated[Day | None, Field(alias="until", description="The day after the window")] = None
    as_of: Annotated[Day | None, Field(description="Of a stock: the day to look at")] = None

    def asked(self) -> Asked:
        """Return the question whose answer is to be revised."""
        return Asked(
            measure=measure(code=self.measure),
            by=By.NONE,
            view=questions.View.PUBLISHABLE,
            from_on=self.from_on,
            until_on=self.until_on,
            as_of=self.as_of,
        )


class RevisionView(View):
    """A revision: from now on published figures of the window are of this edition."""

    edition: int
    frozen_on: date
    data_on: date

    @classmethod
    def of(cls, made: Edition) -> "RevisionView":
        """Make the view of an edition."""
        return cls(edition=made.number, frozen_on=made.frozen_on, data_on=made.data_on)


class NewPublication(Body):
    """Which run's table is to be published."""

    run_id: UUID


class Withdrawal(Body):
    """Why a publication is withdrawn."""

    reason: CodeText


class PublicationSummary(View):
    """A publication without its table."""

    id: UUID
    run_id: UUID
    state: PublicationState
    measure: str
    version: int
    made_at: datetime
    released_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None


class PublicationView(Resource):
    """A suppressed table and where it stands."""

    path: ClassVar[str] = "/v1/publications"

    run_id: UUID
    state: PublicationState
    measure: str
    version: int
    released_at: datetime | None
    withdrawn_at: datetime | None
    withdrawn_reason: str | None
    result: ResultView

    @classmethod
    def of(cls, publication: Publication, result: Mapping[str, Any]) -> "PublicationView":
        """Make the view of a publication and its table."""
        return cls(
            id=publication.id,
            revision=publication.revision,
            run_id=publication.run_id,
            state=publication.state,
            measure=publication.measure,
            version=publication.version,
            released_at=publication.released_at,
            withdrawn_at=publication.withdrawn_at,
            withdrawn_reason=publication.withdrawn_reason,
            result=ResultView.model_validate(result),
        )


class SpellView(View):
    """A time on one plan or level."""

    spell_id: UUID
    level: Level
    started_on: date
    ended_on: date | None
    category: str | None


class HoldView(View):
    """A lead worker's time with the child."""

    worker_id: UUID
    team_id: UUID
    reason: str
    started_on: date
    ended_on: date | None


class JourneyView(View):
    """What a child went through: plans in order, days on each level, steps, lead workers."""

    child_id: UUID
    seen_on: date
    spells: list[SpellView]
    days: dict[Level, int]
    highest: Level | None
    step_ups: int
    step_downs: int
    workers: list[HoldView]
    worker_changes: int
    left_out: list[UUID] = Field(description="Plans whose dates contradict one another")

    @classmethod
    def of(cls, found: ChildsJourney) -> "JourneyView":
        """Make the view of a journey."""
        journey = found.journey
        return cls(
            child_id=journey.child_id,
            seen_on=journey.seen_on,
            spells=[SpellView.model_validate(spell) for spell in journey.spells],
            days=dict(journey.days),
            highest=journey.highest,
            step_ups=journey.step_ups,
            step_downs=journey.step_downs,
            workers=[HoldView.model_validate(worker) for worker in found.workers],
            worker_changes=found.changes,
            left_out=list(journey.left_out),
        )


class SetAside(View):
    """A fact that could not be reckoned with its family or worker."""

    position: int
    fact_id: UUID
    kind: str
    queue: str
    known_at: datetime


class Retried(View):
    """How many facts wait again."""

    waiting: int


class PublishedFigure(View):
    """A published figure of Oxfordshire, for comparison."""

    measure: str = Field(description="The measure that it is to be compared with")
    year: int = Field(description="Ending in March; for caseloads in September")
    value: float
    source: str
