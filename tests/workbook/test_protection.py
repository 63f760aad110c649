"""A child protection plan begins with the conference that decides on it; a child comes into care with a placement."""

from typing import Any

import pytest

from libs.contracts.workbook import ConferenceHeld, PlanSpellStarted
from tests.harness import Stage
from tests.workbook.doing import CONFERENCE_ON, clocks_of, conference, plans_of, protected, put_on
from tests.workbook.people import CHAIR, MANAGER, WORKER, ok, opened, refused


def running(plans: list[dict[str, Any]]) -> set[tuple[str, str, str]]:
    return {(plan["child_id"], plan["kind"], plan["started_on"]) for plan in plans if plan["ended_on"] is None}


async def test_a_conference_that_decides_on_a_plan_starts_it_with_its_clocks(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    decided = [
        {"child_id": str(family.ada), "plan": True, "category": "NEG", "previous_cp_plans": 2},
        {"child_id": str(family.ben), "plan": False},
    ]
    body = {"kind": "initial", "held_on": CONFERENCE_ON, "children": decided}

    ok(await stage.post(f"{path}/conferences", body, by=CHAIR))

    [plan] = await plans_of(stage, workbook)
    assert running([plan]) == {(str(family.ada), "cp", CONFERENCE_ON)}
    assert (plan["initial_category"], plan["latest_category"], plan["previous_cp_plans"]) == ("NEG", "NEG", 2)
    started = {c["number"]: (c["child_id"], c["due_at"][:10]) for c in await clocks_of(stage, workbook)}
    assert (
        started.items()
        >= {
            "C10": (str(family.ada), "2026-10-26"),
            "C12": (str(family.ada), "2027-01-12"),
            "C15": (str(family.ada), "2026-10-26"),
        }.items()
    )
    assert [s.data["spell_id"] for s in await stage.said(PlanSpellStarted)] == [plan["id"]]
    still_open = ok(await stage.get(f"{path}/open-items", by=WORKER))["open"]
    assert ("plan_spell", plan["id"]) in {(item["kind"], item["id"]) for item in still_open}
    due = ok(await stage.get(f"/v1/workers/{WORKER.id}/due", by=WORKER))["items"]
    assert "core_group_first" in {item["code"] for item in due}


async def test_a_conference_takes_the_child_off_the_plan_that_gives_way(stage: Stage) -> None:
    family, workbook = await opened(stage)
    ok(await put_on(stage, workbook, "cin", "2026-09-14", *family.children))

    ok(await conference(stage, workbook, family.ada))

    plans = await plans_of(stage, workbook)
    assert running(plans) == {(str(family.ada), "cp", CONFERENCE_ON), (str(family.ben), "cin", "2026-09-14")}
    [ended] = [plan for plan in plans if plan["ended_on"] is not None]
    assert (ended["kind"], ended["ended_on"], ended["end_reason"]) == ("cin", CONFERENCE_ON, "step_up")


async def test_a_conference_whose_plan_cannot_begin_is_refused_whole_with_the_reason_for_each_child(
    stage: Stage,
) -> None:
    family, workbook = await opened(stage)
    ok(await put_on(stage, workbook, "cin", "2026-10-20", family.ben))

    problem = refused(await conference(stage, workbook, *family.children), 422, "spell-rule-broken")

    assert {(rule["rule"], rule["child_id"]) for rule in problem["rules"]} == {("4011", str(family.ben))}
    assert running(await plans_of(stage, workbook)) == {(str(family.ben), "cin", "2026-10-20")}
    assert await stage.said(ConferenceHeld) == []


@pytest.mark.parametrize("on", [CONFERENCE_ON, "2026-10-13"])
async def test_a_child_on_a_protection_plan_has_no_second_initial_conference(stage: Stage, on: str) -> None:
    family, workbook, _ = await protected(stage)

    problem = refused(await conference(stage, workbook, family.ada, on=on), 409, "already-conferred")

    assert [child["child_id"] for child in problem["children"]] == [str(family.ada)]
    ok(await conference(stage, workbook, family.ben, on=on))


async def test_a_child_has_one_initial_conference_a_day_whatever_it_decided(stage: Stage) -> None:
    family, workbook = await opened(stage)
    ok(await conference(stage, workbook, family.ada, plan=False))

    refused(await conference(stage, workbook, family.ada), 409, "already-conferred")
    ok(await conference(stage, workbook, family.ada, on="2026-10-13"))


async def test_earlier_plans_are_counted_only_where_a_plan_begins(stage: Stage) -> None:
    family, workbook = await opened(stage)

    answer = await conference(stage, workbook, family.ada, plan=False, previous_cp_plans=2)

    problem = refused(answer, 422, "invalid-request")
    assert problem["errors"][0]["pointer"] == "/children/0/previous_cp_plans"


async def test_asking_for_the_plan_that_the_conference_started_answers_with_it(stage: Stage) -> None:
    family, workbook, plan = await protected(stage)

    asked = await put_on(stage, workbook, "cp", CONFERENCE_ON, family.ada, category="NEG", previous_cp_plans=1)

    assert ok(asked)["items"] == [plan]
    assert len(await stage.said(PlanSpellStarted)) == 1


async def test_a_plan_that_contradicts_its_conference_is_refused(stage: Stage) -> None:
    family, workbook, _ = await protected(stage)

    other = refused(
        await put_on(stage, workbook, "cp", CONFERENCE_ON, family.ada, category="PHY"), 422, "spell-rule-broken"
    )
    more = await put_on(stage, workbook, "cp", CONFERENCE_ON, family.ada, category="NEG", previous_cp_plans=4)

    assert [(rule["rule"], rule["child_id"]) for rule in other["rules"]] == [("8905", str(family.ada))]
    assert refused(more, 409, "plan-began-at-its-conference")["previous_cp_plans"] == 1


async def test_a_child_comes_into_care_with_a_placement_and_by_a_manager(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan-spells"
    body = {"kind": "looked_after", "children": [{"child_id": str(family.ada)}]}

    placed = await put_on(stage, workbook, "looked_after", "2026-11-16", family.ada, by=WORKER)
    nowhere = refused(await stage.post(path, body, by=MANAGER), 422, "invalid-request")

    refused(placed, 403, "forbidden")
    assert nowhere["errors"][0]["pointer"] == "/children/0/placement"
    two = [
        {"child_id": str(family.ada), "placement": "ordinary"}, {"child_id": str(family.ben), "placement": "long_term"},
    ]  # fmt: skip
    started = ok(await stage.post(path, {"kind": "looked_after", "children": two}, by=MANAGER))["items"]
    assert [plan["placement"] for plan in started] == ["ordinary", "long_term"]
    moved = {"placement": "connected_temporary"}
    ok(await stage.post(f"/v1/plan-spells/{started[0]['id']}:place", moved, by=WORKER, if_match=1))
    assert {plan["placement"] for plan in await plans_of(stage, workbook)} == {"connected_temporary", "long_term"}


async def test_a_family_does_not_step_up_into_care_without_a_placement(stage: Stage) -> None:
    _, workbook = await opened(stage)

    answer = await stage.post(
        f"/v1/workbooks/{workbook['id']}:step-up",
        {"to_level": "looked_after"},
        by=MANAGER,
        if_match=workbook["revision"],
    )

    refused(answer, 409, "invalid-transition")


async def test_a_plan_ends_for_a_reason_that_is_known(stage: Stage) -> None:
    _, _, plan = await protected(stage)
    path = f"/v1/plan-spells/{plan['id']}:end"

    refused(await stage.post(path, {"reason": "banana"}, by=WORKER, if_match=1), 422, "invalid-body")
    ok(await stage.post(path, {"reason": "consent_withdrawn"}, by=WORKER, if_match=1))
