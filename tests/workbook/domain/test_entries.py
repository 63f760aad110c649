"""Entries: what can have been, and what is corrected or struck."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from libs.kernel.roles import Role
from libs.kernel.tools import Tool
from libs.kernel.transitions import NotInThatState
from services.workbook.domain import entries, modules
from services.workbook.domain.chapters import (
    ChapterRole,
)
from services.workbook.domain.entries import Addendum, Entry, EntryImpossible, Kind, NotInFamily, NotYours
from services.workbook.domain.tools import ScoreOutOfRange

AUTHOR, MANAGER, COLLEAGUE, CHILD, ADULT, STRANGER = (
    UUID(int=1),
    UUID(int=2),
    UUID(int=3),
    UUID(int=4),
    UUID(int=5),
    UUID(int=6),
)
NOW = datetime(2025, 6, 2, 12, tzinfo=UTC)
TEAM_MANAGER = frozenset({Role.TEAM_MANAGER})


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


@pytest.mark.parametrize("field", ["children_seen", "seen_alone", "bedroom_seen"])
def test_a_child_of_another_family_is_pointed_at_where_it_stands(field: str) -> None:
    visit = replace(entries.Visit(children_seen=(CHILD,)), **{field: (CHILD, STRANGER)})

    with pytest.raises(NotInFamily) as refusal:
        check(entry(Kind.VISIT, visit))

    assert refusal.value.at == f"/detail/{field}/1"


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
