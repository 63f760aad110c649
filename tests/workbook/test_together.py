"""Several people at the same moment: nothing is lost, nothing is done twice, nothing slips in."""

import asyncio
from typing import Any

from libs.contracts.workbook import PlanSpellStarted, SupervisionRecorded, WorkbookClosed, WorkbookOpened
from tests.harness import Stage
from tests.workbook.people import (
    MANAGER,
    OTHER_WORKER,
    SYSTEM,
    WORKER,
    Family,
    ok,
    opened,
    supervised,
    visited,
    workbook_of,
)


async def test_two_who_write_different_fields_at_once_both_keep_theirs(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan"
    fields = ("worries", "strengths", "what_must_change", "contingency")

    answers = await asyncio.gather(
        *[stage.patch(path, {"base_revision": 1, "fields": {name: name}}, by=WORKER) for name in fields]
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    plan = ok(await stage.get(path, by=WORKER))
    assert {name: field["value"] for name, field in plan["fields"].items()} == {name: name for name in fields}
    assert plan["revision"] == 5


async def test_two_who_write_the_same_field_at_once_are_not_both_believed(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan"

    answers = await asyncio.gather(
        stage.patch(path, {"base_revision": 1, "fields": {"worries": "one"}}, by=WORKER),
        stage.patch(path, {"base_revision": 1, "fields": {"worries": "other"}}, by=OTHER_WORKER),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_sections_of_a_chapter_that_are_written_at_once_are_all_kept(stage: Stage) -> None:
    _, workbook = await opened(stage)
    begun = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/chapters", {"role": "social_worker"}, by=WORKER))
    path, keys = f"/v1/chapters/{begun['id']}", ("activity", "strengths", "worries", "progress")

    answers = await asyncio.gather(
        *[
            stage.patch(f"{path}/sections", {"edits": [{"key": k, "base_revision": 0, "text": k}]}, by=WORKER)
            for k in keys
        ]
    )

    assert [answer.status_code for answer in answers] == [200] * 4
    assert {section["key"] for section in ok(await stage.get(path, by=WORKER))["sections"]} == set(keys)


async def test_two_who_put_a_child_onto_different_plans_at_once_do_not_both_succeed(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan-spells"
    child = [{"child_id": str(family.ada)}]

    answers = await asyncio.gather(
        *[
            stage.post(path, {"kind": kind, "started_on": "2026-10-01", "children": child}, by=SYSTEM)
            for kind in ("cin", "eh", "cin")
        ]
    )

    assert sorted(answer.status_code for answer in answers) == [201, 422, 422]
    assert len(await stage.said(PlanSpellStarted)) == 1


async def test_a_supervision_is_recorded_once(stage: Stage) -> None:
    _, workbook = await opened(stage)
    plan = {"planned_on": "2026-11-20"}
    both = [ok(await stage.post(f"/v1/workbooks/{workbook['id']}/supervisions", plan, by=MANAGER)) for _ in range(2)]
    body: dict[str, Any] = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "risk_statement": "Calm.",
        "decision": "continue",
        "next_on": "2026-12-18",
    }

    answers = await asyncio.gather(
        *[stage.post(f"/v1/supervisions/{one['id']}:record", body, by=MANAGER, if_match=1) for one in both]
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert len(await stage.said(SupervisionRecorded)) == 1
    cycles = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/cycles", by=WORKER))["items"]
    assert [cycle["state"] for cycle in cycles] == ["closed", "current"]


async def test_nothing_slips_into_a_workbook_that_closes(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await visited(stage, workbook, family.ada)
    await supervised(stage, workbook, "close")
    path = f"/v1/workbooks/{workbook['id']}"
    now = await workbook_of(stage, family)
    child = {"children": [{"child_id": str(family.ada)}], "kind": "cin"}

    closing, starting = await asyncio.gather(
        stage.post(f"{path}:close", {"reason": "RC7"}, by=MANAGER, if_match=now["revision"]),
        stage.post(f"{path}/plan-spells", child, by=WORKER),
    )

    assert (closing.status_code, starting.status_code) in {(200, 409), (409, 201), (412, 201)}
    closed = await stage.said(WorkbookClosed)
    assert len(closed) == (closing.status_code == 200)


async def test_a_family_gets_one_workbook_however_many_ask_at_once(stage: Stage) -> None:
    family = Family()
    body = {"family_id": str(family.id), "children": [str(family.ada)], "referral_id": str(family.referral_id)}

    answers = await asyncio.gather(*[stage.post("/v1/workbooks", body, by=SYSTEM) for _ in range(4)])

    assert {answer.status_code for answer in answers} <= {201, 200, 409}
    assert sum(answer.status_code == 201 for answer in answers) == 1
    assert len(await stage.said(WorkbookOpened)) == 1


async def test_two_visits_at_once_both_count(stage: Stage) -> None:
    family, workbook = await opened(stage)
    plan = {"kind": "cin", "started_on": "2026-10-01", "children": [{"child_id": str(c)} for c in family.children]}
    ok(await stage.post(f"/v1/workbooks/{workbook['id']}/plan-spells", plan, by=WORKER))

    await asyncio.gather(visited(stage, workbook, family.ada), visited(stage, workbook, family.ben))

    clocks = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/clocks", by=WORKER))["items"]
    visits = sorted((clock["child_id"], clock["standing"]) for clock in clocks if clock["kind"] == "cin_visit")
    assert [standing for _, standing in visits] == ["met_late", "running"] * 2
