"""Entries and chapters as their users meet them."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.workbook import (
    ChapterReturned,
    ChapterSigned,
    ChapterSubmitted,
    EntryStruck,
    SignificantEventRecorded,
    ToolScored,
    VisitRecorded,
    WorkbookActivated,
)
from libs.kernel.ids import new_id
from tests.harness import Stage
from tests.workbook.people import (
    MANAGER,
    OTHER_WORKER,
    REFERRED_AT,
    WORKER,
    Family,
    ok,
    opened,
    refused,
    visited,
    workbook_of,
)
from tests.workbook.writing import chapter, record


async def test_the_first_visit_makes_the_workbook_active(stage: Stage) -> None:
    family, workbook = await opened(stage)

    entry = await visited(stage, workbook, family.ada, on=REFERRED_AT + timedelta(days=3))
    await visited(stage, workbook, family.ada, family.ben)

    assert (await workbook_of(stage, family))["state"] == "active"
    assert len(await stage.said(WorkbookActivated)) == 1
    first = (await stage.said(VisitRecorded))[0]
    assert (first.data["visited_on"], first.data["children_seen"]) == ("2026-09-10", [str(family.ada)])
    assert (entry["occurred_at"], entry["recorded_at"]) == ("2026-09-10T09:00:00Z", "2026-11-20T10:00:00Z")


async def test_an_entry_is_corrected_beside_its_text(stage: Stage) -> None:
    family, workbook = await opened(stage)
    entry = await visited(stage, workbook, family.ada)

    answer = await stage.post(
        f"/v1/entries/{entry['id']}:correct", {"text": "Ben was there, too."}, by=WORKER, if_match=1
    )

    corrected = ok(answer)
    assert (corrected["text"], corrected["state"], corrected["revision"]) == ("Everybody was at home.", "corrected", 2)
    assert [addendum["text"] for addendum in corrected["addenda"]] == ["Ben was there, too."]
    assert ok(await stage.get(f"/v1/entries/{entry['id']}", by=WORKER)) == corrected


async def test_a_struck_visit_keeps_its_text_and_its_clock_runs_again(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    plan = {"kind": "cin", "started_on": "2026-10-01", "children": [{"child_id": str(family.ada)}]}
    ok(await stage.post(f"{path}/plan-spells", plan, by=WORKER))
    entry = await visited(stage, workbook, family.ada)

    struck = ok(
        await stage.post(f"/v1/entries/{entry['id']}:strike", {"reason": "another family"}, by=WORKER, if_match=1)
    )

    assert (struck["state"], struck["text"]) == ("struck_in_error", "Everybody was at home.")
    visits = ok(await stage.get(f"{path}/clocks", by=WORKER))["items"]
    standings = [(c["started_at"][:10], c["standing"]) for c in visits if c["kind"] == "cin_visit"]
    assert standings == [("2026-09-30", "breached"), ("2026-11-20", "void")]
    [timeline] = ok(await stage.get(f"{path}/timeline?kind=visit", by=WORKER))["items"]
    assert timeline["struck_at"] is not None
    assert [item["kind"] for item in ok(await stage.get(f"{path}/chronology", by=WORKER))["items"]].count("visit") == 0
    [said] = await stage.said(EntryStruck)
    assert said.data["kind"] == "visit"
    refused(
        await stage.post(f"/v1/entries/{entry['id']}:correct", {"text": "x"}, by=WORKER, if_match=2),
        409, "invalid-transition",
    )  # fmt: skip


async def test_only_the_author_or_a_manager_corrects(stage: Stage) -> None:
    family, workbook = await opened(stage)
    entry = await visited(stage, workbook, family.ada)
    path = f"/v1/entries/{entry['id']}:correct"

    refused(await stage.post(path, {"text": "x"}, by=OTHER_WORKER, if_match=1), 403, "forbidden")
    ok(await stage.post(path, {"text": "It was the morning."}, by=MANAGER, if_match=1))


async def test_a_score_has_its_band_and_is_compared_with_the_one_before(stage: Stage) -> None:
    family, workbook = await opened(stage)
    scored = {"person_id": str(family.mother), "tool": "AUDIT", "total": 22}
    ok(await record(stage, workbook, "tool_score", scored, occurred_at="2026-09-20T10:00:00Z"))
    ok(await record(stage, workbook, "tool_score", scored | {"person_id": str(family.father), "total": 2}))

    later = ok(await record(stage, workbook, "tool_score", scored | {"total": 12}))

    assert later["score"]["band"] == "hazardous"
    assert later["comparison"] == {"change": "better", "difference": -10, "band_changed": True}
    assert ok(await stage.get(f"/v1/entries/{later['id']}", by=WORKER))["comparison"] == later["comparison"]
    assert [(said.data["score"], said.data["band"]) for said in await stage.said(ToolScored)] == [
        (22, "possible_dependence"), (2, "low_risk"), (12, "hazardous"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("detail", "status", "slug"),
    [
        ({"tool": "AUDIT", "total": 41}, 422, "invalid-request"),
        ({"tool": "AUDIT", "total": 5, "items": [1] * 10}, 422, "invalid-request"),
        ({"tool": "DASH-RIC", "total": 15, "judged": "standard"}, 422, "invalid-request"),
        ({"tool": "NOBODYS", "total": 5}, 422, "invalid-body"),
        ({"tool": "AUDIT", "total": "5"}, 422, "invalid-body"),
    ],
)
async def test_a_score_that_cannot_be_is_refused(stage: Stage, detail: dict[str, Any], status: int, slug: str) -> None:
    family, workbook = await opened(stage)

    refused(await record(stage, workbook, "tool_score", {"person_id": str(family.mother), **detail}), status, slug)


async def test_where_an_adult_stands_is_the_latest_conversation_about_the_topic(stage: Stage) -> None:
    family, workbook = await opened(stage)
    talk = {"adult_id": str(family.mother), "topic": "alcohol", "stage": "action", "importance": 8, "talk": ["desire"]}
    ok(await record(stage, workbook, "motivational_interviewing", talk, occurred_at="2026-11-01T10:00:00Z"))
    ok(
        await record(
            stage, workbook, "motivational_interviewing", talk | {"stage": "contemplation"},
            occurred_at="2026-10-01T10:00:00Z",
        )
    )  # fmt: skip
    ok(await record(stage, workbook, "motivational_interviewing", talk | {"topic": "parenting", "stage": "lapse"}))

    stages = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/stages-of-change", by=WORKER))["items"]

    assert {(stage_["topic"], stage_["stage"]) for stage_ in stages} == {("alcohol", "action"), ("parenting", "lapse")}


async def test_a_significant_event_is_told_by_its_code_alone(stage: Stage) -> None:
    _, workbook = await opened(stage)

    entry = ok(await record(stage, workbook, "significant_event", {"code": "police_call_out"}))

    [said] = await stage.said(SignificantEventRecorded)
    assert said.data == {
        "entry_id": entry["id"],
        "workbook_id": workbook["id"],
        "family_id": workbook["family_id"],
        "code": "police_call_out",
        "happened_on": "2026-11-20",
    }


@pytest.mark.parametrize(
    ("kind", "detail"),
    [
        ("summary", {"since": "2026-10-20"}),
        ("direct_work", {"module": 3, "tool_used": "Three houses"}),
        ("test_result", {"adult_id": "mother", "substance": "alcohol", "band": "negative"}),
        ("family_voice", {"person_id": "ada"}),
        ("decision", {"decided_by": "manager"}),
    ],
)
async def test_every_kind_of_entry_comes_back_as_it_went_in(stage: Stage, kind: str, detail: dict[str, Any]) -> None:
    family, workbook = await opened(stage)
    people = {"mother": str(family.mother), "ada": str(family.ada), "manager": str(MANAGER.id)}
    detail = {key: people.get(value, value) if isinstance(value, str) else value for key, value in detail.items()}

    entry = ok(await record(stage, workbook, kind, detail))

    [held] = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/entries?kind={kind}", by=WORKER))["items"]
    assert held == entry
    assert {key: entry["detail"][key] for key in detail} == detail


@pytest.mark.parametrize(
    ("more", "slug"),
    [
        ({"occurred_at": "2026-11-20T10:00:01Z"}, "implausible-date"),
        ({"occurred_at": "2026-09-06T10:00:00Z"}, "implausible-date"),
        ({"occurred_at": "2026-09-10"}, "invalid-datetime"),
        ({"text": "x" * 20_001}, "too-long"),
        ({"text": "a\u0000b"}, "invalid-text"),
        ({"text": ""}, "invalid-body"),
        ({"state": "recorded"}, "unknown-field"),
        ({"section": "nobodys"}, "invalid-body"),
    ],
)
async def test_an_entry_that_cannot_be_is_refused_and_nothing_is_written(
    stage: Stage, more: dict[str, Any], slug: str
) -> None:
    family, workbook = await opened(stage)

    refused(await record(stage, workbook, "visit", {"children_seen": [str(family.ada)]}, **more), 422, slug)

    assert ok(await stage.get(f"/v1/workbooks/{workbook['id']}/entries", by=WORKER))["items"] == []


async def test_text_in_any_script_and_markup_is_kept_as_plain_text(stage: Stage) -> None:
    family, workbook = await opened(stage)
    text = "<script>alert(1)</script>\nŻółć, 漢字, عربى, 👩‍👧 — end"

    entry = ok(await record(stage, workbook, "visit", {"children_seen": [str(family.ada)]}, text=text))

    assert entry["text"] == text


async def test_a_child_of_another_family_is_refused(stage: Stage) -> None:
    _, workbook = await opened(stage)

    refused(
        await record(stage, workbook, "visit", {"children_seen": [str(Family("others").ada)]}), 422, "invalid-request"
    )


async def test_an_unknown_workbook_and_an_unknown_entry_are_not_found(stage: Stage) -> None:
    refused(await record(stage, {"id": str(new_id())}, "summary", {}), 404, "not-found")
    refused(await stage.get(f"/v1/entries/{new_id()}", by=WORKER), 404, "not-found")


async def test_a_chapter_is_drafted_submitted_returned_signed_and_countersigned(stage: Stage) -> None:
    _, workbook = await opened(stage)
    drafted = await chapter(stage, workbook)
    path = f"/v1/chapters/{drafted['id']}"

    submitted = ok(await stage.post(f"{path}:submit", by=WORKER, if_match=drafted["revision"]))
    back = await stage.post(f"{path}:return", {"note": "And the children?"}, by=MANAGER, if_match=submitted["revision"])
    edit = {"edits": [{"key": "worries", "base_revision": 0, "text": "Ben is quiet."}]}
    redrafted = ok(await stage.patch(f"{path}/sections", edit, by=WORKER))
    signed = ok(await stage.post(f"{path}:sign", by=WORKER, if_match=redrafted["revision"]))
    done = ok(await stage.post(f"{path}:countersign", by=MANAGER, if_match=signed["revision"]))

    assert ok(back)["return_note"] == "And the children?"
    assert (done["state"], done["countersigned_by"]) == ("countersigned", str(MANAGER.id))
    assert [section["key"] for section in done["sections"]] == ["worries", "progress"]
    assert len(await stage.said(ChapterSubmitted)) == 1
    assert len(await stage.said(ChapterReturned)) == 1
    assert [said.data["countersigned"] for said in await stage.said(ChapterSigned)] == [False, True]


async def test_a_stale_section_is_refused_with_both_texts(stage: Stage) -> None:
    _, workbook = await opened(stage)
    drafted = await chapter(stage, workbook)

    answer = await stage.patch(
        f"/v1/chapters/{drafted['id']}/sections",
        {"edits": [{"key": "progress", "base_revision": 0, "text": "He comes, too."}]},
        by=WORKER,
    )

    problem = refused(answer, 409, "edit-conflict")
    assert (problem["theirs"], problem["yours"], problem["revision"]) == ("She comes every week.", "He comes, too.", 1)


async def test_a_colleague_neither_writes_nor_signs_and_the_author_does_not_countersign(stage: Stage) -> None:
    _, workbook = await opened(stage)
    drafted = await chapter(stage, workbook)
    path = f"/v1/chapters/{drafted['id']}"

    refused(await stage.post(f"{path}:sign", by=OTHER_WORKER, if_match=2), 403, "forbidden")
    ok(await stage.post(f"{path}:sign", by=WORKER, if_match=2))
    refused(await stage.post(f"{path}:countersign", by=WORKER, if_match=3), 403, "forbidden")


async def test_one_chapter_of_a_role_and_author_in_a_cycle(stage: Stage) -> None:
    _, workbook = await opened(stage)
    await chapter(stage, workbook)

    again = await stage.post(f"/v1/workbooks/{workbook['id']}/chapters", {"role": "social_worker"}, by=WORKER)

    refused(again, 409, "conflict")
