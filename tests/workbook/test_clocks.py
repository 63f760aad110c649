"""Clocks as time passes, and histories that a case system loads with their true dates."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.workbook import (
    ClockBreached,
    ClockDueSoon,
    ClockMet,
    WorkbookClosed,
)
from libs.kernel.ids import new_id
from services.workbook.settings import local_values
from tests.harness import Stage
from tests.workbook.doing import (
    clocks_of,
    imported,
    protected,
    put_on,
)
from tests.workbook.people import (
    REFERRED_AT,
    SYSTEM,
    WORKER,
    Family,
    ok,
    opened,
    visited,
)


async def test_clocks_say_once_that_they_are_due_soon_and_once_that_they_ran_out(stage: Stage) -> None:
    family, workbook = await opened(stage)
    stage.clock.now = REFERRED_AT + timedelta(days=2)
    ok(await put_on(stage, workbook, "cin", "2026-09-08", family.ada))

    for days in (25, 0, 10, 45, 0):
        stage.clock.forward(days=days)
        while await stage.tick("clocks"):
            pass

    soon = [(s.data["kind"], s.aggregate_id) for s in await stage.said(ClockDueSoon)]
    breached = [(s.data["kind"], s.aggregate_id) for s in await stage.said(ClockBreached)]
    assert len(soon) == len(set(soon))
    assert len(breached) == len(set(breached))
    assert {kind for kind, _ in soon} == {"supervision", "cin_meeting", "cin_visit", "cin_review_first"}
    assert {kind for kind, _ in breached} == {"supervision", "assessment", "cin_meeting", "cin_visit"}
    [supervision] = [s for s in await stage.said(ClockBreached) if s.data["kind"] == "supervision"]
    assert supervision.occurred_at.isoformat() == "2026-10-08T22:59:59+00:00"
    cycles = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/cycles", by=WORKER))["items"]
    assert [cycle["state"] for cycle in cycles] == ["due"]


async def test_the_cycle_falls_due_when_an_authority_says_that_it_is_supervised(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FS_WORKBOOK_SUPERVISION_MONTHS", "3")
    local_values.cache_clear()
    try:
        _, workbook = await opened(stage)
    finally:
        monkeypatch.undo()  # before anything is read again, and kept for the tests that follow
        local_values.cache_clear()

    [cycle] = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/cycles", by=WORKER))["items"]
    [clock] = await clocks_of(stage, workbook, "supervision")
    assert cycle["due_on"] == clock["due_at"][:10] == "2026-12-08"


async def test_visits_recorded_in_any_order_leave_the_same_clocks(stage: Stage) -> None:
    family, workbook, _ = await protected(stage)

    for day in (4, 20, 12):
        await visited(stage, workbook, family.ada, on=REFERRED_AT.replace(month=11, day=day))

    visits = [(c["started_at"][:10], (c["met_at"] or "")[:10]) for c in await clocks_of(stage, workbook, "cp_visit")]
    assert visits == [
        ("2026-10-11", "2026-11-04"), ("2026-11-04", "2026-11-12"), ("2026-11-12", "2026-11-20"), ("2026-11-20", ""),
    ]  # fmt: skip
    met = [s.data["met_at"][:10] for s in await stage.said(ClockMet) if s.data["kind"] == "cp_visit"]
    assert sorted(set(met)) == ["2026-11-04", "2026-11-12", "2026-11-20"]


async def test_a_case_system_loads_a_whole_history_with_its_true_dates(stage: Stage) -> None:
    family = Family()
    workbook = ok(await imported(stage, family))
    path = f"/v1/workbooks/{workbook['id']}"
    started = ok(await stage.post(f"{path}/assessments", {"started_on": "2024-03-06"}, by=SYSTEM))
    done = {"factors": ["16A"], "outcome": "strategy_discussion", "authorised_on": "2024-03-28"}
    ok(await stage.post(f"/v1/assessments/{started['id']}:authorise", done, by=SYSTEM, if_match=1))
    about = {"children": [str(family.ada)], "started_on": "2024-04-02"}
    ok(await stage.post(f"{path}/enquiries", about, by=SYSTEM))
    decided = {"child_id": str(family.ada), "plan": True, "category": "NEG"}
    initial = {"kind": "initial", "held_on": "2024-04-17", "children": [decided]}
    ok(await stage.post(f"{path}/conferences", initial, by=SYSTEM))
    answer = await put_on(
        stage, workbook, "cp", "2024-04-17", family.ada, by=SYSTEM, category="NEG", previous_cp_plans=0
    )
    [cp] = ok(answer)["items"]
    end = {"ended_on": "2024-11-20", "reason": "needs_met"}
    ok(await stage.post(f"/v1/plan-spells/{cp['id']}:end", end, by=SYSTEM, if_match=1))
    now = ok(await stage.get(path, by=SYSTEM))
    closing = {"reason": "RC7", "occurred_at": "2024-11-21T09:00:00Z"}

    closed = ok(await stage.post(f"{path}:close", closing, by=SYSTEM, if_match=now["revision"]))

    assert closed["closed_on"] == "2024-11-21"
    [said] = await stage.said(WorkbookClosed)
    assert said.occurred_at.date().isoformat() == "2024-11-21"
    [assessment] = await clocks_of(stage, workbook, "assessment")
    assert assessment["standing"] == "met"
    [meeting] = await clocks_of(stage, workbook, "initial_conference")
    assert (meeting["due_at"][:10], meeting["standing"]) == ("2024-04-23", "met")


async def test_the_same_import_again_changes_nothing_and_a_later_referral_goes_on(stage: Stage) -> None:
    family = Family()
    first = await imported(stage, family)
    again = await imported(stage, family)

    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    closing = {"reason": "RC7", "occurred_at": "2024-05-01T09:00:00Z"}
    ok(await stage.post(f"/v1/workbooks/{first.json()['id']}:close", closing, by=SYSTEM, if_match=1))
    later = {
        "referral_id": str(new_id()), "referred_on": "2025-01-06", "occurred_at": "2025-01-07T09:00:00Z",
    }  # fmt: skip
    back = await imported(stage, family, **later)

    assert back.status_code == 200
    assert (back.json()["id"], back.json()["state"], back.json()["referred_on"]) == (
        first.json()["id"], "open", "2025-01-06",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("more", "slug"),
    [
        ({"referred_on": "2026-11-21"}, "implausible-date"),
        ({"referred_on": "2026-02-29"}, "invalid-date"),
        ({"occurred_at": "2024-03-03T09:00:00Z"}, "implausible-date"),
        ({"children": []}, "invalid-body"),
        ({"children": [str(new_id())] * 61}, "invalid-body"),
        ({"level": "sky_high"}, "invalid-body"),
        ({"state": "closed"}, "unknown-field"),
    ],
)
async def test_an_import_that_cannot_be_is_refused(stage: Stage, more: dict[str, Any], slug: str) -> None:
    family = Family()

    answer = await imported(stage, family, **more)

    assert answer.status_code == 422, answer.text
    assert answer.json()["type"] == f"urn:fsp:problem:{slug}", answer.text
    assert ok(await stage.get(f"/v1/workbooks?family_id={family.id}", by=WORKER))["items"] == []


async def test_a_family_of_forty_has_a_workbook(stage: Stage) -> None:
    family = Family()

    workbook = ok(await imported(stage, family, children=[str(new_id()) for _ in range(40)]))

    assert len(workbook["children"]) == 40
    children = [{"child_id": child} for child in workbook["children"]]
    body = {"kind": "cin", "started_on": "2024-04-01", "children": children}
    started = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/plan-spells", body, by=SYSTEM))
    assert len(started["items"]) == 40
