"""Every change says an event and leaves an audit row, whoever makes it."""

from libs.contracts.envelope import Event
from libs.contracts.workbook import (
    ActionCompleted,
    AssessmentComposed,
    ChapterBegun,
    ChapterCorrected,
    EntryCorrected,
    EntryRecorded,
    GoalChanged,
    MeetingChanged,
    ModuleChanged,
    PlanSpellCategoryChanged,
    PlanSpellLetterSent,
    PlanSpellPlaced,
    StatutoryMeetingHeld,
    StepChanged,
    SupervisionChanged,
)
from tests.harness import Stage
from tests.workbook.doing import conference, protected
from tests.workbook.people import WORKER, ok, opened
from tests.workbook.walk import walked
from tests.workbook.writing import record

#: Changes that say nothing, and why.
SILENT = {
    "draft_chapter": "a draft is its author's own: others hear of it when it is given for signing, or signed",
}


async def test_every_change_says_an_event_of_its_own_and_every_request_leaves_an_audit_row(stage: Stage) -> None:
    walk = await walked(stage)

    changes = [each for each in walk.asked if each.method != "GET"]
    silent = {each.name for each in changes if all(kind.startswith("events.workbook.clock.") for kind in each.said)}
    assert silent == set(SILENT)
    assert {each.name for each in walk.asked if not each.audited} == set()


async def test_an_event_says_where_what_changed_stands_now(stage: Stage) -> None:
    await walked(stage)

    async def told(kind: type[Event], *fields: str) -> list[tuple[object, ...]]:
        return [tuple(each.data.get(field) for field in fields) for each in await stage.said(kind)]

    assert await told(GoalChanged, "state", "need") == [
        (state, "substance_misuse") for state in ("future", "active", "active", "removed", "active")
    ]
    assert await told(StepChanged, "state") == [
        ("not_started",), ("cannot_be_done_yet",), ("in_progress",), ("completed",), ("not_started",),
        ("no_longer_needed",),
    ]  # fmt: skip
    assert await told(ModuleChanged, "module", "progress", "changed_on") == [
        (1, "in_progress", "2026-11-20"), (1, "complete", "2026-11-20"), (1, "in_progress", "2026-11-20"),
        (2, "not_applicable", "2026-11-20"),
    ]  # fmt: skip
    assert await told(MeetingChanged, "state", "planned_on") == [
        ("declined", None), ("accepted", None), ("planned", "2026-12-01"), ("plan_made", "2026-12-01"),
        ("reviewed", "2026-12-01"),
    ]  # fmt: skip
    assert await told(SupervisionChanged, "state", "planned_on", "reason") == [
        ("scheduled", "2026-11-20", None), ("missed", "2026-11-20", "x"), ("scheduled", "2026-11-20", None),
        ("held", "2026-11-20", None),
    ]  # fmt: skip
    assert await told(PlanSpellCategoryChanged, "category", "changed_on") == [("EMO", "2026-11-20")]
    assert await told(PlanSpellPlaced, "placement", "placed_on") == [("long_term", "2026-11-20")]
    assert await told(PlanSpellLetterSent, "offered", "exemption", "sent_on") == [(True, None, "2026-11-20")]
    assert await told(ActionCompleted, "done_on") == [("2026-11-20",)]
    assert await told(EntryCorrected, "kind") == [("visit",)]
    assert await told(ChapterBegun, "role") == await told(ChapterCorrected, "role") == [("social_worker",)]
    assert await told(AssessmentComposed, "version") == [(1,)]


async def test_a_core_group_is_said_with_its_children(stage: Stage) -> None:
    family, workbook, _ = await protected(stage)

    held = ok(await conference(stage, workbook, family.ada, kind="core_group", on="2026-10-20"))

    [said] = await stage.said(StatutoryMeetingHeld)
    assert (str(said.aggregate_id), said.data["kind"], said.data["held_on"]) == (held["id"], "core_group", "2026-10-20")
    assert said.data["children"] == [str(family.ada)]


async def test_an_entry_without_an_event_of_its_own_is_said_by_its_kind_alone(stage: Stage) -> None:
    _, workbook = await opened(stage)

    ok(await record(stage, workbook, "decision", {"decided_by": str(WORKER.id)}))

    [said] = await stage.said(EntryRecorded)
    assert said.data.keys() == {"entry_id", "workbook_id", "family_id", "kind", "happened_on"}
    assert (said.data["kind"], said.data["happened_on"]) == ("decision", "2026-11-20")
