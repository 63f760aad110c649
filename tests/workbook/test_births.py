"""A child who was on a plan before the birth: the review that follows it, and that no event tells the day."""

from typing import Any

import pytest

from libs.contracts.workbook import ClockBreached, ClockDueSoon, PlanSpellBirthRecorded
from tests.harness import Stage
from tests.workbook.doing import clocks_of, conference, protected, put_on
from tests.workbook.people import MANAGER, PRACTITIONER, REFERRED_AT, WORKER, ok, opened, refused
from tests.workbook.writing import record

BORN_ON = "2026-10-26"


async def born(stage: Stage, plan: dict[str, Any], on: str | None, *, revision: int = 1, by: Any = WORKER) -> Any:
    return await stage.post(f"/v1/plan-spells/{plan['id']}:record-birth", {"born_on": on}, by=by, if_match=revision)


async def reviews(stage: Stage, workbook: dict[str, Any]) -> set[tuple[str, str, str]]:
    found = await clocks_of(stage, workbook, "birth_review")
    return {(c["started_at"][:10], c["due_at"][:10], c["standing"]) for c in found}


async def test_a_birth_starts_the_wait_for_a_review_of_the_plan_from_before_it(stage: Stage) -> None:
    family, workbook, plan = await protected(stage)

    recorded = ok(await born(stage, plan, BORN_ON))

    assert recorded["born_on"] == BORN_ON
    [clock] = await clocks_of(stage, workbook, "birth_review")
    assert (clock["number"], clock["child_id"], clock["source"]) == ("C14", str(family.ada), "local value")
    assert (clock["started_at"][:10], clock["due_at"][:10], clock["standing"]) == (BORN_ON, "2026-11-23", "amber")


@pytest.mark.parametrize("kind", ["core_group", "review"])
async def test_a_core_group_or_a_review_conference_meets_it_whenever_it_is_recorded(stage: Stage, kind: str) -> None:
    family, workbook, plan = await protected(stage)
    ok(await conference(stage, workbook, family.ada, kind="core_group", on="2026-10-21"))

    ok(await conference(stage, workbook, family.ada, kind=kind, on="2026-11-16"))
    read = ok(await stage.get(f"/v1/plan-spells/{plan['id']}", by=WORKER))
    ok(await born(stage, plan, BORN_ON, revision=read["revision"]))

    assert await reviews(stage, workbook) == {(BORN_ON, "2026-11-23", "met")}
    [met] = await clocks_of(stage, workbook, "birth_review")
    assert met["met_at"][:10] == "2026-11-16"


async def test_a_corrected_birth_counts_from_the_day_that_was_right(stage: Stage) -> None:
    family, workbook, plan = await protected(stage)
    ok(await born(stage, plan, BORN_ON))
    ok(await conference(stage, workbook, family.ada, kind="core_group", on="2026-10-28"))
    before = await reviews(stage, workbook)

    ok(await born(stage, plan, "2026-11-02", revision=2))
    corrected = await reviews(stage, workbook)
    ok(await born(stage, plan, None, revision=3))
    taken_back = await reviews(stage, workbook)
    again = ok(await born(stage, plan, BORN_ON, revision=4))

    assert before == {(BORN_ON, "2026-11-23", "met")}
    assert corrected == {(BORN_ON, "2026-11-23", "void"), ("2026-11-02", "2026-11-30", "running")}
    assert taken_back == {(BORN_ON, "2026-11-23", "void"), ("2026-11-02", "2026-11-30", "void")}
    assert again["born_on"] == BORN_ON
    assert await reviews(stage, workbook) == {(BORN_ON, "2026-11-23", "met"), ("2026-11-02", "2026-11-30", "void")}
    lines = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/timeline?kind=born", by=WORKER))["items"]
    assert sorted((line["occurred_at"][:10], line["struck_at"] is None) for line in lines) == [
        (BORN_ON, False), (BORN_ON, True), ("2026-11-02", False),
    ]  # fmt: skip


async def test_the_wait_ends_with_the_plan_which_does_not_end_before_the_birth(stage: Stage) -> None:
    _, workbook, plan = await protected(stage)
    ok(await born(stage, plan, BORN_ON))
    end = f"/v1/plan-spells/{plan['id']}:end"

    refused(
        await stage.post(end, {"ended_on": "2026-10-23", "reason": "step_down"}, by=WORKER, if_match=2),
        422,
        "implausible-date",
    )
    ok(await stage.post(end, {"ended_on": "2026-11-04", "reason": "step_down"}, by=WORKER, if_match=2))

    assert await reviews(stage, workbook) == {(BORN_ON, "2026-11-23", "void")}


async def test_a_birth_typed_in_after_the_plan_ended_is_reviewed_until_its_end(stage: Stage) -> None:
    _, workbook, plan = await protected(stage)
    end = {"ended_on": "2026-11-04", "reason": "step_down"}
    ok(await stage.post(f"/v1/plan-spells/{plan['id']}:end", end, by=WORKER, if_match=1))

    refused(await born(stage, plan, "2026-11-05", revision=2), 422, "implausible-date")
    ok(await born(stage, plan, BORN_ON, revision=2))

    assert await reviews(stage, workbook) == {(BORN_ON, "2026-11-23", "void")}


@pytest.mark.parametrize("on", ["2026-10-11", "2026-10-12", "2026-11-21", "2027-07-20"])
async def test_a_birth_before_the_plan_or_too_late_for_it_is_refused(stage: Stage, on: str) -> None:
    _, workbook, plan = await protected(stage)
    if on > "2027":
        stage.clock.forward(days=300)

    refused(await born(stage, plan, on), 422, "implausible-date")

    assert await reviews(stage, workbook) == set()


async def test_only_a_protection_plan_is_reviewed_after_a_birth_and_only_the_council_records_it(stage: Stage) -> None:
    family, workbook = await opened(stage)
    [plan] = ok(await put_on(stage, workbook, "cin", "2026-09-14", family.ada))["items"]

    refused(await born(stage, plan, BORN_ON), 409, "invalid-transition")
    refused(await born(stage, plan, BORN_ON, by=PRACTITIONER), 403, "forbidden")


async def test_that_a_review_is_due_or_late_stands_among_the_clocks_and_is_not_said(stage: Stage) -> None:
    _, workbook, plan = await protected(stage)
    ok(await born(stage, plan, BORN_ON))
    standings = []

    for days in (0, 1, 6):
        stage.clock.forward(days=days)
        while await stage.tick("clocks"):
            pass
        [(_, _, standing)] = await reviews(stage, workbook)
        standings.append(standing)

    late = ok(await stage.get("/v1/clocks?standing=breached", by=WORKER))["items"]
    assert standings == ["amber", "amber", "breached"]
    assert "birth_review" in {each["kind"] for each in late}
    said = [each for event in (ClockDueSoon, ClockBreached) for each in await stage.said(event)]
    assert "birth_review" not in {each.data["kind"] for each in said}


async def test_no_event_tells_when_a_child_was_born_nor_what_it_could_be_worked_out_from(stage: Stage) -> None:
    family, workbook, plan = await protected(stage)
    on = "2026-10-28"

    ok(await born(stage, plan, on))
    [review] = await clocks_of(stage, workbook, "birth_review")
    for days in (0, 3, 7):
        stage.clock.forward(days=days)
        while await stage.tick("clocks"):
            pass
    ok(await conference(stage, workbook, family.ada, kind="core_group", on="2026-11-27"))
    when = REFERRED_AT.replace(month=10, day=28).isoformat()
    ok(await record(stage, workbook, "significant_event", {"code": "birth"}, occurred_at=when))

    said = await stage.said()
    days = {on, review["due_at"][:10]}
    assert len(days) == 2
    assert [each for each in said if any(day in f"{each.occurred_at} {each.data}" for day in days)] == []
    assert "birth_review" not in {each.data.get("kind") for each in said}
    assert {each.type for each in said} >= {
        "events.workbook.significant_event.recorded.v1", "events.workbook.clock.met.v1",
        "events.workbook.clock.breached.v1",
    }  # fmt: skip
    [recorded] = await stage.said(PlanSpellBirthRecorded)
    assert (recorded.data["child_id"], recorded.data["born"]) == (str(family.ada), True)


async def test_a_birth_is_recorded_from_what_was_read(stage: Stage) -> None:
    _, _, plan = await protected(stage)
    ok(await born(stage, plan, BORN_ON))

    refused(await born(stage, plan, "2026-11-02", by=MANAGER), 412, "version-conflict")
