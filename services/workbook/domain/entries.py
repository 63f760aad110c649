"""Entries of the workbook: what was done, seen and heard; corrected beside the text, never over it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid, NotPermitted
from libs.kernel.roles import Role
from libs.kernel.tools import SCALES, Subject, Tool
from libs.kernel.transitions import Move, move
from services.workbook.domain import modules, tools
from services.workbook.domain.chapters import ChapterRole


class Kind(StrEnum):
    """What an entry records."""

    SUMMARY = "summary"
    VISIT = "visit"
    SIGNIFICANT_EVENT = "significant_event"
    DIRECT_WORK = "direct_work"
    MOTIVATIONAL_INTERVIEWING = "motivational_interviewing"
    TOOL_SCORE = "tool_score"
    TEST_RESULT = "test_result"
    FAMILY_VOICE = "family_voice"
    DECISION = "decision"


class State(StrEnum):
    """Whether an entry stands as written."""

    RECORDED = "recorded"
    CORRECTED = "corrected"
    STRUCK_IN_ERROR = "struck_in_error"


_WRITERS = frozenset(
    {
        Role.SOCIAL_WORKER, Role.ADULT_PRACTITIONER, Role.EARLY_HELP_LEAD, Role.TEAM_MANAGER,
        Role.SERVICE_MANAGER, Role.OUT_OF_HOURS, Role.CASE_SYSTEM,
    }
)  # fmt: skip
_STANDING = frozenset({State.RECORDED, State.CORRECTED})
VERBS: Mapping[str, Move[State]] = {
    "record": Move(frozenset(), State.RECORDED, _WRITERS),
    "correct": Move(_STANDING, State.CORRECTED, _WRITERS),
    "strike": Move(_STANDING, State.STRUCK_IN_ERROR, _WRITERS),
}


class EventCode(StrEnum):
    """Kinds of significant event."""

    POLICE_CALL_OUT = "police_call_out"
    DOMESTIC_ABUSE_INCIDENT = "domestic_abuse_incident"
    HOSPITAL_ADMISSION = "hospital_admission"
    INJURY = "injury"
    MISSING = "missing"
    EXCLUSION_FROM_SCHOOL = "exclusion_from_school"
    CHANGE_OF_HOUSEHOLD = "change_of_household"
    MOVE_OF_HOME = "move_of_home"
    BIRTH = "birth"
    BEREAVEMENT = "bereavement"
    ARREST = "arrest"
    DISCLOSURE = "disclosure"
    RELAPSE = "relapse"
    COURT_HEARING = "court_hearing"
    POLICE_PROTECTION = "police_protection"
    OTHER = "other"


class Stage(StrEnum):
    """The stages of the cycle of change; a person may move between them in any direction."""

    PRE_CONTEMPLATION = "pre_contemplation"
    CONTEMPLATION = "contemplation"
    PREPARATION = "preparation"
    ACTION = "action"
    MAINTENANCE = "maintenance"
    LAPSE = "lapse"


class Talk(StrEnum):
    """What is heard in motivational interviewing: change talk (DARN), commitment (CAT), and its opposite."""

    DESIRE = "desire"
    ABILITY = "ability"
    REASON = "reason"
    NEED = "need"
    COMMITMENT = "commitment"
    ACTIVATION = "activation"
    TAKING_STEPS = "taking_steps"
    SUSTAIN = "sustain"


class Skill(StrEnum):
    """The skills that the interviewer used (OARS)."""

    OPEN_QUESTION = "open_question"
    AFFIRMATION = "affirmation"
    REFLECTION = "reflection"
    SUMMARY = "summary"


class Topic(StrEnum):
    """What a person's stage of change is about."""

    ALCOHOL = "alcohol"
    DRUGS = "drugs"
    VIOLENCE = "violence"
    MENTAL_HEALTH = "mental_health"
    PARENTING = "parenting"
    HOUSING = "housing"
    OTHER = "other"


class TestBand(StrEnum):
    """The result of a test, in a band; no laboratory figure is kept."""

    NEGATIVE = "negative"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    INVALID = "invalid"
    REFUSED = "refused"


class Substance(StrEnum):
    """What was tested for."""

    ALCOHOL = "alcohol"
    CANNABIS = "cannabis"
    COCAINE = "cocaine"
    OPIATES = "opiates"
    AMPHETAMINES = "amphetamines"
    BENZODIAZEPINES = "benzodiazepines"
    OTHER = "other"


class EntryImpossible(Invalid):
    """The entry cannot be so."""


class NotInFamily(Invalid):
    """The entry names somebody who is not a member of the family."""


class NotYours(NotPermitted):
    """Only the author, or a manager, corrects or strikes an entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A visit, recorded once for statute and story."""

    children_seen: tuple[UUID, ...] = ()
    seen_alone: tuple[UUID, ...] = ()
    bedroom_seen: tuple[UUID, ...] = ()
    statutory: bool = True
    announced: bool = True


@dataclass(frozen=True, slots=True)
class SignificantEvent:
    """A code for the chronology."""

    code: EventCode


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectWork:
    """A session of direct work, with the module it belongs to."""

    module: int | None = None
    tool_used: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Interview:
    """Motivational interviewing with one adult about one topic."""

    adult_id: UUID
    topic: Topic
    stage: Stage
    importance: int | None = None
    confidence: int | None = None
    readiness: int | None = None
    talk: frozenset[Talk] = frozenset()
    skills: frozenset[Skill] = frozenset()
    next_step: str | None = None
    own_words: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolScore:
    """A scored tool about one person."""

    person_id: UUID
    tool: Tool
    tool_version: str
    total: int
    items: tuple[int, ...] | None = None
    judged: str | None = None


@dataclass(frozen=True, slots=True)
class TestResult:
    """A banded test result of one adult."""

    adult_id: UUID
    substance: Substance
    band: TestBand


@dataclass(frozen=True, slots=True)
class FamilyVoice:
    """What a member of the family said, in their words."""

    person_id: UUID


@dataclass(frozen=True, slots=True)
class Decision:
    """A management decision and who took it."""

    decided_by: UUID


@dataclass(frozen=True, slots=True)
class Summary:
    """What a role did in a while, instead of a note for every contact."""

    since: date | None = None


Detail = Visit | SignificantEvent | DirectWork | Interview | ToolScore | TestResult | FamilyVoice | Decision | Summary
DETAIL_OF: Mapping[Kind, type[Detail]] = {
    Kind.SUMMARY: Summary,
    Kind.VISIT: Visit,
    Kind.SIGNIFICANT_EVENT: SignificantEvent,
    Kind.DIRECT_WORK: DirectWork,
    Kind.MOTIVATIONAL_INTERVIEWING: Interview,
    Kind.TOOL_SCORE: ToolScore,
    Kind.TEST_RESULT: TestResult,
    Kind.FAMILY_VOICE: FamilyVoice,
    Kind.DECISION: Decision,
}


@dataclass(frozen=True, slots=True)
class Addendum:
    """A correction that stands beside the text."""

    id: UUID
    text: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One entry by one author at one time."""

    id: UUID
    kind: Kind
    state: State
    detail: Detail
    text: str
    author_id: UUID
    section: ChapterRole  # whose chapter it belongs to, which decides who may read it
    occurred_at: datetime
    recorded_at: datetime
    addenda: tuple[Addendum, ...] = ()
    struck_reason: str | None = None
    revision: int = 1


_RULER_TOP = 10


def _people(detail: Detail) -> tuple[tuple[str, UUID], ...]:
    """Everybody whom a detail names, with the pointer to the name."""
    match detail:
        case Visit():
            return tuple(
                (f"/detail/{field}/{place}", child)
                for field in ("children_seen", "seen_alone", "bedroom_seen")
                for place, child in enumerate(getattr(detail, field))
            )
        case Interview() | TestResult():
            return (("/detail/adult_id", detail.adult_id),)
        case ToolScore() | FamilyVoice():
            return (("/detail/person_id", detail.person_id),)
        case _:
            return ()


def _check_children(visit: Visit, children: frozenset[UUID]) -> None:
    for pointer, child in _people(visit):
        if child not in children:
            raise NotInFamily("That child is not a child of the family.", at=pointer)


def _check_visit(visit: Visit) -> None:
    seen = frozenset(visit.children_seen)
    if len(seen) != len(visit.children_seen):
        raise EntryImpossible("A child stands once.", at="/detail/children_seen")
    if not frozenset(visit.seen_alone) <= seen:
        raise EntryImpossible("A child seen alone is a child seen.", at="/detail/seen_alone")


def _check_interview(interview: Interview) -> None:
    for ruler in ("importance", "confidence", "readiness"):
        value = getattr(interview, ruler)
        if value is not None and not 0 <= value <= _RULER_TOP:
            raise EntryImpossible("A ruler goes from 0 to 10.", at=f"/detail/{ruler}")


def _check_adult(adult_id: UUID, adults: frozenset[UUID]) -> None:
    if adult_id not in adults:
        raise NotInFamily("That adult is not an adult of the family.", at="/detail/adult_id")


def _check_subject(scored: ToolScore, *, children: frozenset[UUID], adults: frozenset[UUID]) -> None:
    subject = SCALES[scored.tool].subject
    subjects = {Subject.ADULT: adults, Subject.CHILD: children, Subject.FAMILY: children | adults}
    if scored.person_id not in subjects[subject]:
        raise EntryImpossible(f"{scored.tool} is scored of one {subject}.", at="/detail/person_id")


def _check_detail(detail: Detail, *, children: frozenset[UUID], adults: frozenset[UUID]) -> None:
    match detail:
        case Visit():
            _check_children(detail, children)
            _check_visit(detail)
        case Interview():
            _check_interview(detail)
            _check_adult(detail.adult_id, adults)
        case TestResult():
            _check_adult(detail.adult_id, adults)
        case ToolScore():
            _check_subject(detail, children=children, adults=adults)
            tools.score(detail.tool, total=detail.total, items=detail.items, judged=detail.judged)
        case DirectWork(module=module) if module is not None and module not in modules.CODES:
            raise EntryImpossible("There are eight modules.", at="/detail/module")
        case _:
            pass


def check(entry: Entry, *, children: frozenset[UUID], adults: frozenset[UUID]) -> Entry:
    """Return the entry if its detail can be so; refuse people outside the family, impossible scores and rulers."""
    if not isinstance(entry.detail, DETAIL_OF[entry.kind]):
        raise EntryImpossible(f"The detail is not that of a {entry.kind}.", at="/detail")
    for pointer, person in _people(entry.detail):
        if person not in children | adults:
            raise NotInFamily("That person is not a member of the family.", at=pointer)
    _check_detail(entry.detail, children=children, adults=adults)
    return entry


_COUNCIL = _WRITERS - {Role.ADULT_PRACTITIONER}


def as_seen_by(detail: Detail, *, roles: frozenset[Role]) -> Detail:
    """Return the detail as it counts: a visit is statutory only when the council makes it."""
    if isinstance(detail, Visit) and not roles & _COUNCIL:
        return replace(detail, statutory=False)
    return detail


_MANAGERS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})


def _only_own(entry: Entry, *, by: UUID, roles: frozenset[Role]) -> None:
    if by != entry.author_id and not roles & _MANAGERS:
        raise NotYours("Its author or a manager corrects it.")


def correct(entry: Entry, addendum: Addendum, *, roles: frozenset[Role]) -> Entry:
    """Return the entry with an addendum; the text stays."""
    state = move(VERBS, verb="correct", state=entry.state)
    _only_own(entry, by=addendum.by, roles=roles)
    return replace(entry, state=state, addenda=(*entry.addenda, addendum))


def strike(entry: Entry, *, by: UUID, roles: frozenset[Role], reason: str) -> Entry:
    """Return the entry as struck in error; the text stays for those who could see it."""
    state = move(VERBS, verb="strike", state=entry.state)
    _only_own(entry, by=by, roles=roles)
    return replace(entry, state=state, struck_reason=reason)
