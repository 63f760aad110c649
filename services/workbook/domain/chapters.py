"""The chapters of the workbook: one per role and cycle, written by its author, signed off by a manager."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid, NotPermitted
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move


class ChapterRole(StrEnum):
    """Whose chapter it is."""

    SOCIAL_WORKER = "social_worker"
    FAMILY_SUPPORT = "family_support"
    EARLY_HELP = "early_help"
    MENTAL_HEALTH = "mental_health"
    DOMESTIC_ABUSE_VICTIM = "domestic_abuse_victim"
    DOMESTIC_ABUSE_PERPETRATOR = "domestic_abuse_perpetrator"
    SUBSTANCE_MISUSE = "substance_misuse"
    PSYCHOLOGIST = "psychologist"


ADULT_ROLES = frozenset(
    {
        ChapterRole.MENTAL_HEALTH,
        ChapterRole.DOMESTIC_ABUSE_VICTIM,
        ChapterRole.DOMESTIC_ABUSE_PERPETRATOR,
        ChapterRole.SUBSTANCE_MISUSE,
    }
)


class SectionKey(StrEnum):
    """The headings of a chapter."""

    ACTIVITY = "activity"
    STRENGTHS = "strengths"
    WORRIES = "worries"
    PROGRESS = "progress"
    ANALYSIS = "analysis"
    NEXT_STEPS = "next_steps"


class State(StrEnum):
    """Where a chapter stands."""

    DRAFTING = "drafting"
    SUBMITTED = "submitted"
    SIGNED = "signed"
    RETURNED = "returned"
    COUNTERSIGNED = "countersigned"
    LOCKED = "locked"


_S = State
_AUTHORS = frozenset(
    {Role.SOCIAL_WORKER, Role.ADULT_PRACTITIONER, Role.EARLY_HELP_LEAD, Role.TEAM_MANAGER, Role.CASE_SYSTEM}
)
_SIGNERS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.AGENCY_MANAGER})
VERBS: Mapping[str, Move[State]] = {
    "draft": Move(frozenset({_S.DRAFTING, _S.RETURNED}), None, _AUTHORS),
    "submit": Move(frozenset({_S.DRAFTING, _S.RETURNED}), _S.SUBMITTED, _AUTHORS),
    "sign": Move(frozenset({_S.DRAFTING, _S.SUBMITTED, _S.RETURNED}), _S.SIGNED, _AUTHORS),
    "countersign": Move(frozenset({_S.SIGNED}), _S.COUNTERSIGNED, _SIGNERS),
    "return": Move(frozenset({_S.SUBMITTED, _S.SIGNED}), _S.RETURNED, _SIGNERS),
    "lock": Move(frozenset(State) - {_S.LOCKED}, _S.LOCKED, frozenset()),
    "correct": Move(frozenset({_S.SIGNED, _S.COUNTERSIGNED, _S.LOCKED}), None, _AUTHORS | _SIGNERS),
}
SIGNED = frozenset({State.SIGNED, State.COUNTERSIGNED})


class NotTheAuthor(NotPermitted):
    """Only the author writes and signs a chapter."""


class OwnChapter(NotPermitted):
    """Nobody countersigns or returns their own chapter."""


class NothingWritten(Conflict):
    """The chapter has nothing in it."""


class WrongSigner(NotPermitted):
    """An agency's manager signs off that agency's chapters, a team's manager all others."""


class SectionTaken(Conflict):
    """Somebody changed the same section since you read it."""

    slug = "edit-conflict"


class UnknownBase(Invalid):
    """The revision that the change was made from does not exist."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One heading's text with its own revision."""

    key: SectionKey
    text: str
    revision: int
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class SectionEdit:
    """A new text for one heading, made from the revision that the writer had read (0: none yet)."""

    key: SectionKey
    base_revision: int
    text: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What was found wrong after signing; the chapter itself stays as it was."""

    id: UUID
    text: str
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """What one role writes about one cycle."""

    id: UUID
    cycle_id: UUID
    role: ChapterRole
    author_id: UUID
    state: State
    sections: tuple[Section, ...] = ()
    corrections: tuple[Correction, ...] = ()
    signed_at: datetime | None = None
    countersigned_by: UUID | None = None
    return_note: str | None = None
    incomplete: bool = False  # locked before it was signed
    revision: int = 1


def draft(chapter: Chapter, *, edits: Iterable[SectionEdit], by: UUID, at: datetime) -> Chapter:
    """Return the chapter with the edits; edits of other sections merge, of the same section they are refused.

    The refusal carries both texts, so that nothing is lost.
    """
    state = move(VERBS, verb="draft", state=chapter.state)
    _only_author(chapter, by)
    sections = {section.key: section for section in chapter.sections}
    for edit in edits:
        current = sections.get(edit.key)
        held = current.revision if current else 0
        if edit.base_revision > held:
            raise UnknownBase("That section has no such revision.", section=str(edit.key), revision=held)
        if edit.base_revision < held and current is not None and current.text != edit.text:
            raise SectionTaken(
                f"The section {edit.key} was changed.",
                section=str(edit.key),
                revision=held,
                theirs=current.text,
                yours=edit.text,
                by=str(current.by),
            )
        sections[edit.key] = Section(key=edit.key, text=edit.text, revision=held + 1, by=by, at=at)
    ordered = tuple(sections[key] for key in SectionKey if key in sections)
    return replace(chapter, state=state, sections=ordered)


def _only_author(chapter: Chapter, by: UUID) -> None:
    if by != chapter.author_id:
        raise NotTheAuthor("Somebody else writes this chapter.")


def submit(chapter: Chapter, *, by: UUID) -> Chapter:
    """Return the chapter as given for signing off."""
    state = move(VERBS, verb="submit", state=chapter.state)
    _only_author(chapter, by)
    if not chapter.sections:
        raise NothingWritten("Write at least one section first.")
    return replace(chapter, state=state, return_note=None)


def sign(chapter: Chapter, *, by: UUID, at: datetime) -> Chapter:
    """Return the chapter as signed by its author."""
    state = move(VERBS, verb="sign", state=chapter.state)
    _only_author(chapter, by)
    if not chapter.sections:
        raise NothingWritten("Write at least one section first.")
    return replace(chapter, state=state, signed_at=at, return_note=None)


_COUNCIL = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})


def _only_manager(chapter: Chapter, *, roles: frozenset[Role], managed: frozenset[ChapterRole]) -> None:
    if not roles & _COUNCIL and chapter.role not in managed:
        raise WrongSigner("The manager of its team or agency signs this chapter off.")


def _only_signer(chapter: Chapter, *, by: UUID, roles: frozenset[Role], managed: frozenset[ChapterRole]) -> None:
    if by == chapter.author_id:
        raise OwnChapter("Another person signs it off.")
    _only_manager(chapter, roles=roles, managed=managed)


def countersign(
    chapter: Chapter, *, by: UUID, roles: frozenset[Role], managed: frozenset[ChapterRole] = frozenset()
) -> Chapter:
    """Return the chapter as countersigned by a manager who did not write it.

    `managed` are the sections that the caller's agency works on, if they are its manager.
    """
    state = move(VERBS, verb="countersign", state=chapter.state)
    _only_signer(chapter, by=by, roles=roles, managed=managed)
    return replace(chapter, state=state, countersigned_by=by)


def send_back(
    chapter: Chapter, *, by: UUID, roles: frozenset[Role], note: str, managed: frozenset[ChapterRole] = frozenset()
) -> Chapter:
    """Return the chapter as returned to its author with a note."""
    state = move(VERBS, verb="return", state=chapter.state)
    _only_signer(chapter, by=by, roles=roles, managed=managed)
    return replace(chapter, state=state, return_note=note, signed_at=None)


def lock(chapter: Chapter) -> Chapter:
    """Return the chapter as locked with its cycle; one that was never signed says so for ever."""
    state = move(VERBS, verb="lock", state=chapter.state)
    return replace(chapter, state=state, incomplete=chapter.state not in SIGNED)


def correct(
    chapter: Chapter,
    correction: Correction,
    *,
    roles: frozenset[Role],
    managed: frozenset[ChapterRole] = frozenset(),
) -> Chapter:
    """Return the chapter with a correction of its author or manager beside it; what was signed stays."""
    move(VERBS, verb="correct", state=chapter.state)
    if correction.by != chapter.author_id:
        _only_manager(chapter, roles=roles, managed=managed)
    return replace(chapter, corrections=(*chapter.corrections, correction))
