"""The child and family assessment: started, composed from signed chapters, authorised by a manager."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import AssessmentFactor
from libs.kernel.codes import AssessmentOutcome as Outcome
from libs.kernel.errors import Conflict, Invalid
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from libs.kernel.working_days import add_working_days, working_days_between
from services.workbook.domain.chapters import Chapter, ChapterRole, Correction, Section
from services.workbook.domain.moments import ImplausibleDate


class State(StrEnum):
    """Where an assessment stands."""

    STARTED = "started"
    AUTHORISED = "authorised"


_WRITERS = frozenset({Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM})
_MANAGERS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM})
VERBS: Mapping[str, Move[State]] = {
    "start": Move(frozenset(), State.STARTED, _WRITERS),
    "compose": Move(frozenset({State.STARTED}), None, _WRITERS),
    "authorise": Move(frozenset({State.STARTED}), State.AUTHORISED, _MANAGERS),
}

# Source: Working Together to Safeguard Children 2026: at most 45 working days from the date of referral.
LIMIT_WORKING_DAYS = 45


class AnotherAssessmentOpen(Conflict):
    """A child has an assessment that is not finished."""


class FactorsImpossible(Invalid):
    """Those assessment factors cannot be so."""


class NoSignedChapter(Conflict):
    """There is no signed chapter to compose an assessment from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposedSection:
    """One signed chapter as it stood when the assessment was composed: its words stay, whatever becomes of it."""

    chapter_id: UUID
    chapter_revision: int
    role: ChapterRole
    author_id: UUID
    signed_at: datetime
    sections: tuple[Section, ...]
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """One assessment of some of the family's children."""

    id: UUID
    state: State
    children: tuple[UUID, ...]
    referred_on: date | None
    started_on: date
    authorised_on: date | None = None
    authorised_by: UUID | None = None
    factors: tuple[AssessmentFactor, ...] = ()
    outcome: Outcome | None = None
    sections: tuple[ComposedSection, ...] = ()
    version: int = 0
    revision: int = 1


@dataclass(frozen=True, slots=True)
class Durations:
    """Both ways of counting the 45 working days; None where the assessment is not authorised."""

    from_referral: int | None  # the limit of guidance
    from_start: int | None  # the duration that the DfE publishes
    due_on: date | None
    in_time: bool | None


def start(new: Assessment, *, others: Iterable[Assessment]) -> Assessment:
    """Return the assessment as started; refuse a child who has an open one, or a start before the referral."""
    children = frozenset(new.children)
    if new.referred_on is not None and new.started_on < new.referred_on:
        raise ImplausibleDate("An assessment cannot start before the referral.", at="/started_on", rule="1103")
    if any(other.state is State.STARTED and children & frozenset(other.children) for other in others):
        raise AnotherAssessmentOpen("Only one assessment of a child is open at a time.", rule="8896")
    return new


def counts_from(new: Assessment, *, others: Iterable[Assessment]) -> date:
    """Return the day that its limit counts from: the referral for a child's first after it, else its own start."""
    assessed = {child for other in others if other.referred_on == new.referred_on for child in other.children}
    return new.started_on if new.referred_on is None or assessed >= set(new.children) else new.referred_on


def check_factors(factors: Iterable[AssessmentFactor]) -> tuple[AssessmentFactor, ...]:
    """Return the factors; refuse a repeated one, none at all, or `21` beside any other."""
    given = tuple(factors)
    if not given:
        raise FactorsImpossible("An authorised assessment names its factors.", at="/factors", rule="8897Q")
    if len(set(given)) != len(given):
        raise FactorsImpossible("A factor stands once.", at="/factors", rule="8898")
    if AssessmentFactor.NONE_FOUND in given and len(given) > 1:
        raise FactorsImpossible("Factor 21, none found, stands alone.", at="/factors", rule="8869")
    return given


# Source: CIN census 2025-26 code set of assessment factors: factor 21 goes only with no further action.
_NOTHING_FOLLOWS = frozenset({Outcome.NFA, Outcome.NFA_S47_ENDS, Outcome.OTHER_AGENCY})


def authorise(
    assessment: Assessment, *, by: UUID, on: date, factors: Iterable[AssessmentFactor], outcome: Outcome
) -> Assessment:
    """Return the assessment as authorised by a manager, with its factors and outcome."""
    state = move(VERBS, verb="authorise", state=assessment.state)
    if on < assessment.started_on:
        raise ImplausibleDate("It cannot be authorised before it started.", at="/authorised_on", rule="8608")
    checked = check_factors(factors)
    if checked == (AssessmentFactor.NONE_FOUND,) and outcome not in _NOTHING_FOLLOWS:
        raise FactorsImpossible("Factor 21 goes only with no further action.", at="/outcome", rule="8873Q")
    return replace(assessment, state=state, authorised_on=on, authorised_by=by, factors=checked, outcome=outcome)


def _as_signed(chapter: Chapter) -> Iterator[ComposedSection]:
    if chapter.signed_at is not None:
        yield ComposedSection(
            chapter_id=chapter.id,
            chapter_revision=chapter.revision,
            role=chapter.role,
            author_id=chapter.author_id,
            signed_at=chapter.signed_at,
            sections=chapter.sections,
            corrections=chapter.corrections,
        )


def compose(assessment: Assessment, *, chapters: Iterable[Chapter]) -> Assessment:
    """Return the next version of the assessment, with the words of the chapters that are signed now."""
    state = move(VERBS, verb="compose", state=assessment.state)
    sections = tuple(section for chapter in chapters for section in _as_signed(chapter))
    if not sections:
        raise NoSignedChapter("Sign at least one chapter first.")
    return replace(assessment, state=state, sections=sections, version=assessment.version + 1)


def is_assessing(held: Iterable[Assessment], *, awaited: bool, referred_on: date | None) -> bool:
    """Whether an assessment is open, or one is awaited and none was authorised since the referral."""
    known = tuple(held)
    done = any(
        each.authorised_on is not None and (referred_on is None or each.authorised_on >= referred_on) for each in known
    )
    return any(each.state is State.STARTED for each in known) or (awaited and not done)


def durations(assessment: Assessment) -> Durations:
    """Count the working days of an assessment from the referral and from its own start."""
    begin = assessment.referred_on or assessment.started_on
    due_on = add_working_days(begin, LIMIT_WORKING_DAYS)
    if assessment.authorised_on is None:
        return Durations(None, None, due_on, None)
    return Durations(
        working_days_between(begin, assessment.authorised_on),
        working_days_between(assessment.started_on, assessment.authorised_on),
        due_on,
        assessment.authorised_on <= due_on,
    )
