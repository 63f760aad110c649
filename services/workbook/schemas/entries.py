"""Bodies of entries, one for each kind, and of the timeline."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Bounds, CodeText, Day, Flag, Line, Moment, Note, Resource, View
from libs.kernel.tools import HIGHEST, Tool
from services.workbook.domain import entries as rules
from services.workbook.domain import tools
from services.workbook.domain.chapters import ChapterRole
from services.workbook.domain.chronology import Source
from services.workbook.domain.entries import EventCode, Kind, Skill, Stage, State, Substance, Talk, TestBand, Topic
from services.workbook.domain.tools import Change
from services.workbook.schemas.shared import People

Ruler = Annotated[int, Field(strict=True, ge=0, le=10)]
Score = Annotated[int, Field(strict=True, ge=0, le=100), Bounds(most=HIGHEST)]


class VisitDetail(Body):
    """Who was seen, who alone, whose bedroom."""

    children_seen: People = []
    seen_alone: People = []
    bedroom_seen: People = []
    statutory: Flag = True
    announced: Flag = True


class EventDetail(Body):
    """What kind of significant event it was."""

    code: EventCode


class DirectWorkDetail(Body):
    """The module and tool of a session of direct work."""

    module: Annotated[int, Field(strict=True, ge=1, le=8)] | None = None
    tool_used: Line | None = None


class InterviewDetail(Body):
    """Motivational interviewing with one adult about one topic."""

    adult_id: UUID
    topic: Topic
    stage: Stage
    importance: Ruler | None = None
    confidence: Ruler | None = None
    readiness: Ruler | None = None
    talk: Annotated[list[Talk], Field(max_length=8)] = []
    skills: Annotated[list[Skill], Field(max_length=4)] = []
    next_step: Note | None = None
    own_words: Note | None = None


class ToolDetail(Body):
    """A scored tool; its band is computed."""

    person_id: UUID
    tool: Tool
    tool_version: CodeText = "1"
    total: Score
    items: Annotated[list[Score], Field(max_length=40)] | None = None
    judged: CodeText | None = None


class TestDetail(Body):
    """A banded test result."""

    __test__: ClassVar[bool] = False

    adult_id: UUID
    substance: Substance
    band: TestBand


class VoiceDetail(Body):
    """Whose words they are."""

    person_id: UUID


class DecisionDetail(Body):
    """Who decided."""

    decided_by: UUID


class SummaryDetail(Body):
    """Since when it sums up."""

    since: Day | None = None


class _NewEntry(Body):
    text: Note
    section: ChapterRole | None = None
    occurred_at: Moment | None = None


class NewSummary(_NewEntry):
    """What a role did in a while."""

    kind: Literal["summary"]
    detail: SummaryDetail = SummaryDetail()


class NewVisit(_NewEntry):
    """A visit, recorded once for statute and story."""

    kind: Literal["visit"]
    detail: VisitDetail


class NewSignificantEvent(_NewEntry):
    """Something that belongs into the chronology."""

    kind: Literal["significant_event"]
    detail: EventDetail


class NewDirectWork(_NewEntry):
    """A session of direct work."""

    kind: Literal["direct_work"]
    detail: DirectWorkDetail = DirectWorkDetail()


class NewInterview(_NewEntry):
    """A session of motivational interviewing."""

    kind: Literal["motivational_interviewing"]
    detail: InterviewDetail


class NewToolScore(_NewEntry):
    """A score of a structured tool."""

    kind: Literal["tool_score"]
    detail: ToolDetail


class NewTestResult(_NewEntry):
    """A test result."""

    kind: Literal["test_result"]
    detail: TestDetail


class NewFamilyVoice(_NewEntry):
    """What a member of the family said."""

    kind: Literal["family_voice"]
    detail: VoiceDetail


class NewDecision(_NewEntry):
    """A decision."""

    kind: Literal["decision"]
    detail: DecisionDetail


NewEntry = (
    NewSummary
    | NewVisit
    | NewSignificantEvent
    | NewDirectWork
    | NewInterview
    | NewToolScore
    | NewTestResult
    | NewFamilyVoice
    | NewDecision
)


def detail_of(body: NewEntry) -> rules.Detail:
    """Make the domain's detail of what was sent."""
    kind: Callable[..., rules.Detail] = rules.DETAIL_OF[Kind(body.kind)]
    sent: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name in type(body.detail).model_fields
        if (value := getattr(body.detail, name)) is not None
    }
    for name in ("talk", "skills"):
        if name in sent:
            sent[name] = frozenset(sent[name])
    return kind(**sent)


class Correction(Body):
    """What was wrong; it stands beside the text."""

    text: Note


class Striking(Body):
    """Why the entry should never have been made."""

    reason: Line


class Addendum(View):
    """A correction beside the text."""

    id: UUID
    text: str
    by: UUID
    at: datetime


class Comparison(View):
    """A score beside the one before it."""

    change: Change
    difference: int | None
    band_changed: bool


class Scored(View):
    """What a score means."""

    band: str
    raised_by_judgement: bool
    refer_to_marac: bool
    licensed: bool


class Entry(Resource):
    """One entry."""

    path: ClassVar[str] = "/v1/entries"

    workbook_id: UUID
    kind: Kind
    state: State
    detail: dict[str, Any]
    text: str
    author_id: UUID
    section: ChapterRole
    occurred_at: datetime
    recorded_at: datetime
    addenda: list[Addendum]
    struck_reason: str | None
    score: Scored | None = None
    comparison: Comparison | None = None


def scored(detail: rules.Detail) -> Scored | None:
    """Compute what a tool's score means; nothing for other entries."""
    if not isinstance(detail, rules.ToolScore):
        return None
    score = tools.score(detail.tool, total=detail.total, items=detail.items, judged=detail.judged)
    return Scored(
        band=score.band,
        raised_by_judgement=score.raised_by_judgement,
        refer_to_marac=score.refer_to_marac,
        licensed=tools.SHEETS[detail.tool].licensed,
    )


class TimelineItem(View):
    """One line of the timeline, with where it comes from."""

    id: UUID
    kind: str
    code: str | None
    occurred_at: datetime
    recorded_at: datetime
    source: Source
    source_id: UUID
    by: UUID | None
    people: list[UUID]
    section: ChapterRole
    significant: bool
    struck_at: datetime | None


class StageOfChange(View):
    """Where one adult stands in the cycle of change, for one topic."""

    adult_id: UUID
    topic: Topic
    stage: Stage
    on: date
    entry_id: UUID


class Stages(View):
    """Where the family's adults stand in the cycle of change."""

    items: list[StageOfChange]
