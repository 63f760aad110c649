"""Chapters and cycles: written by their author, signed off by a manager, locked with their cycle."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.workbook.domain import chapters, cycles
from services.workbook.domain.chapters import (
    Chapter,
    ChapterRole,
    Correction,
    NothingWritten,
    NotTheAuthor,
    OwnChapter,
    SectionEdit,
    SectionKey,
    SectionTaken,
    State,
    UnknownBase,
    WrongSigner,
)

AUTHOR, MANAGER, COLLEAGUE = UUID(int=1), UUID(int=2), UUID(int=3)
NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
TEAM_MANAGER, AGENCY_MANAGER = frozenset({Role.TEAM_MANAGER}), frozenset({Role.AGENCY_MANAGER})


def chapter(role: ChapterRole = ChapterRole.SOCIAL_WORKER, state: State = State.DRAFTING) -> Chapter:
    return Chapter(id=UUID(int=10), cycle_id=UUID(int=11), role=role, author_id=AUTHOR, state=state)


def written(role: ChapterRole = ChapterRole.SOCIAL_WORKER) -> Chapter:
    edit = SectionEdit(SectionKey.PROGRESS, 0, "Mother attends every week.")
    return chapters.draft(chapter(role), edits=[edit], by=AUTHOR, at=NOW)


def signed(role: ChapterRole = ChapterRole.SOCIAL_WORKER) -> Chapter:
    return chapters.sign(chapters.submit(written(role), by=AUTHOR), by=AUTHOR, at=NOW)


def test_edits_of_different_sections_merge() -> None:
    other = SectionEdit(SectionKey.WORRIES, 0, "Nights are hard.")

    merged = chapters.draft(written(), edits=[other], by=AUTHOR, at=NOW)

    assert [(section.key, section.revision) for section in merged.sections] == [
        (SectionKey.WORRIES, 1),
        (SectionKey.PROGRESS, 1),
    ]


def test_a_stale_edit_of_the_same_section_is_refused_with_both_texts() -> None:
    stale = SectionEdit(SectionKey.PROGRESS, 0, "Father attends, too.")

    with pytest.raises(SectionTaken) as refused:
        chapters.draft(written(), edits=[stale], by=AUTHOR, at=NOW)

    assert refused.value.facts["theirs"] == "Mother attends every week."
    assert refused.value.facts["yours"] == "Father attends, too."
    assert "attends" not in refused.value.detail


def test_the_same_text_twice_is_no_conflict_and_a_base_from_nowhere_is_one() -> None:
    same = SectionEdit(SectionKey.PROGRESS, 0, "Mother attends every week.")

    assert chapters.draft(written(), edits=[same], by=AUTHOR, at=NOW).sections[0].revision == 2
    with pytest.raises(UnknownBase):
        chapters.draft(written(), edits=[SectionEdit(SectionKey.PROGRESS, 5, "x")], by=AUTHOR, at=NOW)


def test_only_the_author_writes_submits_and_signs() -> None:
    for act in (
        lambda: chapters.draft(written(), edits=[], by=COLLEAGUE, at=NOW),
        lambda: chapters.submit(written(), by=COLLEAGUE),
        lambda: chapters.sign(written(), by=COLLEAGUE, at=NOW),
    ):
        with pytest.raises(NotTheAuthor):
            act()


def test_an_empty_chapter_is_not_signed() -> None:
    with pytest.raises(NothingWritten):
        chapters.sign(chapter(), by=AUTHOR, at=NOW)
    with pytest.raises(NothingWritten):
        chapters.submit(chapter(), by=AUTHOR)


def test_another_person_countersigns() -> None:
    done = chapters.countersign(signed(), by=MANAGER, roles=TEAM_MANAGER)

    assert (done.state, done.countersigned_by) == (State.COUNTERSIGNED, MANAGER)
    with pytest.raises(OwnChapter):
        chapters.countersign(signed(), by=AUTHOR, roles=TEAM_MANAGER)


def test_an_agency_manager_signs_off_only_what_their_agency_works_on() -> None:
    own = frozenset({ChapterRole.SUBSTANCE_MISUSE})

    done = chapters.countersign(signed(ChapterRole.SUBSTANCE_MISUSE), by=MANAGER, roles=AGENCY_MANAGER, managed=own)

    assert done.state is State.COUNTERSIGNED
    for other in (signed(), signed(ChapterRole.MENTAL_HEALTH)):
        with pytest.raises(WrongSigner):
            chapters.countersign(other, by=MANAGER, roles=AGENCY_MANAGER, managed=own)


def test_a_returned_chapter_goes_back_to_its_author_with_a_note() -> None:
    back = chapters.send_back(signed(), by=MANAGER, roles=TEAM_MANAGER, note="Add the children's views.")

    assert (back.state, back.signed_at, back.return_note) == (State.RETURNED, None, "Add the children's views.")
    again = chapters.sign(back, by=AUTHOR, at=NOW)
    assert (again.state, again.return_note) == (State.SIGNED, None)


def test_a_locked_chapter_takes_only_corrections() -> None:
    locked = chapters.lock(signed())
    correction = Correction(UUID(int=12), "It was Tuesday.", AUTHOR, NOW)

    corrected = chapters.correct(locked, correction, roles=frozenset())

    assert (corrected.sections, corrected.corrections) == (locked.sections, (correction,))
    for act in ("draft", "sign", "submit"):
        with pytest.raises(NotInThatState):
            {
                "draft": lambda: chapters.draft(locked, edits=[], by=AUTHOR, at=NOW),
                "sign": lambda: chapters.sign(locked, by=AUTHOR, at=NOW),
                "submit": lambda: chapters.submit(locked, by=AUTHOR),
            }[act]()


def test_a_chapter_locked_before_it_was_signed_says_so() -> None:
    assert chapters.lock(written()).incomplete is True
    assert chapters.lock(signed()).incomplete is False


def test_a_cycle_is_due_in_a_month_and_the_next_follows_its_close() -> None:
    first = cycles.first(id=UUID(int=20), on=date(2025, 1, 31), months=1)

    fell_due = replace(first, state=cycles.State.DUE)
    closed = cycles.close(fell_due, supervision_id=UUID(int=21), on=date(2025, 3, 1))
    following = cycles.following(closed, id=UUID(int=22), on=date(2025, 3, 1), months=1)

    assert (first.due_on, closed.state) == (date(2025, 2, 28), cycles.State.CLOSED)
    assert (following.number, following.due_on) == (2, date(2025, 4, 1))
    assert cycles.following(
        closed, id=UUID(int=22), on=date(2025, 3, 1), months=1, next_on=date(2025, 3, 20)
    ).due_on == date(2025, 3, 20)
