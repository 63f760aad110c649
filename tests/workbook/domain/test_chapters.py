"""Chapters, entries, sections and the chronology."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.workbook.domain import chapters, chronology, cycles, entries, modules, sections
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
from services.workbook.domain.entries import Addendum, Entry, EntryImpossible, Kind, NotInFamily, NotYours
from services.workbook.domain.practitioner_requests import (
    PractitionerRequest,
    Specialism,
    Urgency,
)
from services.workbook.domain.practitioner_requests import (
    State as RequestState,
)
from services.workbook.domain.tools import ScoreOutOfRange, Tool

AUTHOR, MANAGER, COLLEAGUE = UUID(int=1), UUID(int=2), UUID(int=3)
CHILD, ADULT, STRANGER = UUID(int=4), UUID(int=5), UUID(int=6)
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


def entry(kind: Kind, detail: entries.Detail, **more: object) -> Entry:
    made = Entry(
        id=UUID(int=30), kind=kind, state=entries.State.RECORDED, detail=detail, text="What was seen.",
        author_id=AUTHOR, section=ChapterRole.SOCIAL_WORKER, occurred_at=NOW, recorded_at=NOW,
    )  # fmt: skip
    return replace(made, **more)


def check(made: Entry) -> Entry:
    return entries.check(made, children=frozenset({CHILD}), adults=frozenset({ADULT}))


def test_a_visit_says_who_was_seen_and_who_alone() -> None:
    visit = entries.Visit(children_seen=(CHILD,), seen_alone=(CHILD,), bedroom_seen=(CHILD,))

    assert check(entry(Kind.VISIT, visit)).detail == visit


@pytest.mark.parametrize(
    ("detail", "refusal"),
    [
        (entries.Visit(children_seen=(), seen_alone=(CHILD,)), EntryImpossible),
        (entries.Visit(children_seen=(CHILD, CHILD)), EntryImpossible),
        (entries.Visit(children_seen=(STRANGER,)), NotInFamily),
        (entries.Visit(children_seen=(ADULT,)), NotInFamily),
        (entries.Visit(bedroom_seen=(STRANGER,)), NotInFamily),
    ],
)
def test_a_visit_that_cannot_have_been_is_refused(detail: entries.Visit, refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        check(entry(Kind.VISIT, detail))


def interview(**more: object) -> entries.Interview:
    made = entries.Interview(adult_id=ADULT, topic=entries.Topic.ALCOHOL, stage=entries.Stage.CONTEMPLATION)
    return replace(made, **more)


@pytest.mark.parametrize("ruler", ["importance", "confidence", "readiness"])
@pytest.mark.parametrize("value", [-1, 11])
def test_a_ruler_goes_from_0_to_10(ruler: str, value: int) -> None:
    with pytest.raises(EntryImpossible, match="0 to 10"):
        check(entry(Kind.MOTIVATIONAL_INTERVIEWING, interview(**{ruler: value})))


@pytest.mark.parametrize("stage", list(entries.Stage))
def test_any_stage_of_change_may_follow_any_other(stage: entries.Stage) -> None:
    full = interview(stage=stage, importance=0, confidence=10, readiness=5, talk=frozenset(entries.Talk))

    assert check(entry(Kind.MOTIVATIONAL_INTERVIEWING, full))


def test_people_outside_the_family_and_children_as_adults_are_refused() -> None:
    for kind, detail in (
        (Kind.MOTIVATIONAL_INTERVIEWING, interview(adult_id=CHILD)),
        (Kind.TEST_RESULT, entries.TestResult(CHILD, entries.Substance.ALCOHOL, entries.TestBand.LOW)),
        (Kind.FAMILY_VOICE, entries.FamilyVoice(STRANGER)),
    ):
        with pytest.raises(NotInFamily):
            check(entry(kind, detail))


def test_a_tool_score_out_of_range_is_refused() -> None:
    detail = entries.ToolScore(person_id=ADULT, tool=Tool.AUDIT, tool_version="1", total=41)

    with pytest.raises(ScoreOutOfRange):
        check(entry(Kind.TOOL_SCORE, detail))


@pytest.mark.parametrize(
    ("tool", "person", "total"),
    [(Tool.AUDIT, CHILD, 4), (Tool.PHQ_9, CHILD, 4), (Tool.SDQ, ADULT, 4), (Tool.DASH_RIC, CHILD, 4)],
)
def test_a_tool_is_scored_of_whom_it_is_made_for(tool: Tool, person: UUID, total: int) -> None:
    other = {CHILD: ADULT, ADULT: CHILD}[person]

    assert check(entry(Kind.TOOL_SCORE, entries.ToolScore(person_id=other, tool=tool, tool_version="1", total=total)))
    with pytest.raises(EntryImpossible, match="is scored of one"):
        check(entry(Kind.TOOL_SCORE, entries.ToolScore(person_id=person, tool=tool, tool_version="1", total=total)))


def test_there_are_eight_modules() -> None:
    assert check(entry(Kind.DIRECT_WORK, entries.DirectWork(module=8)))
    with pytest.raises(EntryImpossible):
        check(entry(Kind.DIRECT_WORK, entries.DirectWork(module=9)))
    assert [module.code for module in modules.MODULES] == list(range(1, 9))


def test_a_family_goes_through_a_module() -> None:
    begun = modules.say(modules.ModuleProgress(code=3), "start", on=date(2025, 6, 2))

    done = modules.say(begun, "complete", on=date(2025, 7, 1), outcome="Routines are in place.")

    assert (done.progress, done.since, done.outcome) == (
        modules.Progress.COMPLETE, date(2025, 7, 1), "Routines are in place.",
    )  # fmt: skip


def test_the_detail_belongs_to_its_kind() -> None:
    with pytest.raises(EntryImpossible):
        check(entry(Kind.VISIT, entries.Summary()))


def test_a_correction_stands_beside_the_text() -> None:
    addendum = Addendum(UUID(int=31), "It was the other child.", AUTHOR, NOW)

    corrected = entries.correct(entry(Kind.SUMMARY, entries.Summary()), addendum, roles=frozenset())

    assert (corrected.text, corrected.addenda, corrected.state) == (
        "What was seen.", (addendum,), entries.State.CORRECTED,
    )  # fmt: skip


def test_struck_in_error_keeps_the_text_and_takes_no_more() -> None:
    struck = entries.strike(
        entry(Kind.SUMMARY, entries.Summary()), by=MANAGER, roles=TEAM_MANAGER, reason="Another family's."
    )

    assert (struck.text, struck.state, struck.struck_reason) == (
        "What was seen.", entries.State.STRUCK_IN_ERROR, "Another family's.",
    )  # fmt: skip
    with pytest.raises(NotInThatState):
        entries.correct(struck, Addendum(UUID(int=31), "x", AUTHOR, NOW), roles=frozenset())


def test_a_colleague_neither_corrects_nor_strikes() -> None:
    made = entry(Kind.SUMMARY, entries.Summary())
    worker = frozenset({Role.SOCIAL_WORKER})

    with pytest.raises(NotYours):
        entries.correct(made, Addendum(UUID(int=31), "x", COLLEAGUE, NOW), roles=worker)
    with pytest.raises(NotYours):
        entries.strike(made, by=COLLEAGUE, roles=worker, reason="x")


def request(specialism: Specialism, state: RequestState, practitioner: UUID = COLLEAGUE) -> PractitionerRequest:
    return PractitionerRequest(
        id=UUID(int=40), adult_id=ADULT, specialism=specialism, urgency=Urgency.ROUTINE, state=state, reason="",
        asked_by=AUTHOR, asked_at=NOW, practitioner_id=practitioner,
    )  # fmt: skip


PRACTITIONER = frozenset({Role.ADULT_PRACTITIONER})
VICTIM, PERPETRATOR = ChapterRole.DOMESTIC_ABUSE_VICTIM, ChapterRole.DOMESTIC_ABUSE_PERPETRATOR


@pytest.mark.parametrize(
    ("specialism", "own", "hidden"),
    [
        (Specialism.DOMESTIC_ABUSE_VICTIM, VICTIM, PERPETRATOR),
        (Specialism.DOMESTIC_ABUSE_PERPETRATOR, PERPETRATOR, VICTIM),
    ],
)
def test_the_victims_and_the_perpetrators_practitioners_never_see_each_others_chapters(
    specialism: Specialism, own: ChapterRole, hidden: ChapterRole
) -> None:
    who = sections.reader(id=COLLEAGUE, roles=PRACTITIONER, requests=[request(specialism, RequestState.ENGAGED)])

    assert sections.visible(who) == frozenset(ChapterRole) - {hidden}
    assert sections.may_write(who, own)
    assert not sections.may_write(who, ChapterRole.SOCIAL_WORKER)


def test_a_practitioner_of_both_sees_neither_of_the_two() -> None:
    both = [
        request(Specialism.DOMESTIC_ABUSE_VICTIM, RequestState.ENGAGED),
        request(Specialism.DOMESTIC_ABUSE_PERPETRATOR, RequestState.ENGAGED),
    ]

    seen = sections.visible(sections.reader(id=COLLEAGUE, roles=PRACTITIONER, requests=both))

    assert not seen & {VICTIM, PERPETRATOR}


def test_the_manager_of_an_agency_that_serves_both_sees_both_unless_they_practise_with_one() -> None:
    agency = UUID(int=50)
    both = [
        replace(request(each, RequestState.ENGAGED), agency_id=agency)
        for each in (Specialism.DOMESTIC_ABUSE_VICTIM, Specialism.DOMESTIC_ABUSE_PERPETRATOR)
    ]
    roles = frozenset({Role.AGENCY_MANAGER, Role.ADULT_PRACTITIONER})

    manager = sections.reader(id=MANAGER, roles=AGENCY_MANAGER, requests=both, agency_id=agency)
    of_one = sections.reader(id=MANAGER, roles=AGENCY_MANAGER, requests=both[:1], agency_id=agency)
    practising = sections.reader(
        id=MANAGER, roles=roles, requests=[replace(both[0], practitioner_id=MANAGER), both[1]], agency_id=agency
    )

    assert sections.visible(manager) >= {VICTIM, PERPETRATOR}
    assert PERPETRATOR not in sections.visible(of_one)
    assert PERPETRATOR not in sections.visible(practising)


@pytest.mark.parametrize("state", list(RequestState))
def test_a_practitioner_reads_only_while_working_with_the_family(state: RequestState) -> None:
    who = sections.reader(id=COLLEAGUE, roles=PRACTITIONER, requests=[request(Specialism.SUBSTANCE_MISUSE, state)])

    working = state in {RequestState.ACCEPTED, RequestState.ENGAGED, RequestState.ON_HOLD}
    assert bool(sections.visible(who)) is working


def test_the_team_sees_everything_and_a_stranger_nothing() -> None:
    staff = sections.reader(id=AUTHOR, roles=[Role.SOCIAL_WORKER], requests=[])
    stranger = sections.reader(
        id=STRANGER, roles=PRACTITIONER, requests=[request(Specialism.MENTAL_HEALTH, RequestState.ENGAGED)]
    )

    assert sections.visible(staff) == frozenset(ChapterRole)
    assert sections.visible(stranger) == frozenset()
    assert sections.may_write(staff, ChapterRole.SOCIAL_WORKER)


def item(number: int, happened: int, known: int, **more: object) -> chronology.Item:
    made = chronology.Item(
        id=UUID(int=number), kind="visit", code=None, occurred_at=datetime(2025, 6, happened, tzinfo=UTC),
        recorded_at=datetime(2025, 6, known, tzinfo=UTC), source=chronology.Source.ENTRY,
        source_id=UUID(int=number), by=AUTHOR,
    )  # fmt: skip
    return replace(made, **more)


def test_a_point_in_time_asks_what_had_happened_and_what_was_known() -> None:
    items = [item(1, 2, 2), item(2, 3, 9), item(3, 5, 5)]

    happened = chronology.as_of(items, happened_by=datetime(2025, 6, 4, tzinfo=UTC))
    known = chronology.as_of(
        items, happened_by=datetime(2025, 6, 4, tzinfo=UTC), known_by=datetime(2025, 6, 4, tzinfo=UTC)
    )

    assert [i.id.int for i in happened] == [2, 1]
    assert [i.id.int for i in known] == [1]


def test_the_chronology_holds_what_is_significant_and_stands() -> None:
    items = [item(1, 2, 2, significant=True), item(2, 3, 3), item(3, 4, 4, significant=True, struck=True)]

    assert [i.id.int for i in chronology.chronology(items)] == [1]
