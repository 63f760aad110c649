"""Clocks of what was recorded late, twice or in error: they say what was done, whenever it was written down."""

from typing import Any

from tests.harness import Stage
from tests.workbook.doing import CONFERENCE_ON, assessed, clocks_of, conference, put_on
from tests.workbook.people import MANAGER, REFERRED_AT, WORKER, ok, opened, visited


def november(day: int) -> Any:
    return REFERRED_AT.replace(month=11, day=day)


async def standings(stage: Stage, workbook: dict[str, Any], *numbers: str) -> list[tuple[str, str, str, str]]:
    found = [clock for clock in await clocks_of(stage, workbook) if clock["number"] in numbers]
    return [
        (c["number"], c["started_at"][:10], c["due_at"][:10], c["standing"])
        for c in sorted(found, key=lambda c: (c["started_at"], c["number"]))
    ]


async def looked_after(stage: Stage, workbook: dict[str, Any], child: Any, on: str) -> dict[str, Any]:
    held: dict[str, Any] = ok(await put_on(stage, workbook, "looked_after", on, child))["items"][0]
    return held


async def place(stage: Stage, held: dict[str, Any], placement: str, on: str, *, revision: int = 1) -> None:
    body = {"placement": placement, "placed_on": on}
    ok(await stage.post(f"/v1/plan-spells/{held['id']}:place", body, by=WORKER, if_match=revision))


async def strike(stage: Stage, entry: dict[str, Any]) -> None:
    ok(await stage.post(f"/v1/entries/{entry['id']}:strike", {"reason": "in error"}, by=WORKER, if_match=1))


async def test_the_conference_that_an_enquiry_asked_for_is_waited_for_until_it_is_held(stage: Stage) -> None:
    family, workbook = await opened(stage)
    body = {"children": [str(family.ada)], "started_on": "2026-11-09"}
    [enquiry] = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/enquiries", body, by=WORKER))["items"]
    path = f"/v1/enquiries/{enquiry['id']}"

    end = {"outcome": "cp_conference", "ended_on": "2026-11-13"}
    ok(await stage.post(f"{path}:end", end, by=WORKER, if_match=1))

    waiting = await standings(stage, workbook, "C7", "C8")
    stage.clock.forward(days=40)
    ok(await conference(stage, workbook, family.ada, on="2026-12-21"))
    assert [(number, standing) for number, _, _, standing in waiting] == [("C7", "met"), ("C8", "running")]
    assert await standings(stage, workbook, "C8") == [("C8", "2026-11-09", "2026-11-30", "met_late")]
    found = ok(await stage.get(path, by=WORKER))
    assert (found["ended_on"], found["conference_on"]) == ("2026-11-13", "2026-12-21")


async def test_a_child_placed_on_the_day_of_coming_into_care_keeps_the_visit_clock(stage: Stage) -> None:
    family, workbook = await opened(stage)
    held = await looked_after(stage, workbook, family.ada, "2026-11-16")

    await place(stage, held, "connected_temporary", "2026-11-16")

    await visited(stage, workbook, family.ada, on=november(18))
    assert await standings(stage, workbook, "C21", "C25") == [
        ("C21", "2026-11-16", "2026-11-23", "met"), ("C25", "2026-11-18", "2026-11-25", "amber"),
    ]  # fmt: skip


async def test_visits_stay_as_rare_as_the_first_review_made_them_after_a_later_placement(stage: Stage) -> None:
    family, workbook = await opened(stage)
    held = await looked_after(stage, workbook, family.ada, "2026-09-10")
    ok(await conference(stage, workbook, family.ada, kind="looked_after_review", on="2026-10-06", plan=False))

    await place(stage, held, "parent_unassessed", "2026-11-02")
    await visited(stage, workbook, family.ada, on=november(4))

    assert await standings(stage, workbook, "C24") == [("C24", "2026-11-04", "2026-12-16", "running")]


async def test_a_visit_entered_twice_still_counts_when_one_of_the_two_is_struck(stage: Stage) -> None:
    family, workbook = await opened(stage)
    ok(await put_on(stage, workbook, "cin", "2026-10-01", family.ada))
    await visited(stage, workbook, family.ada, on=november(10))
    twice = await visited(stage, workbook, family.ada, on=november(10))
    before = await clocks_of(stage, workbook, "cin_visit")

    await strike(stage, twice)

    assert await clocks_of(stage, workbook, "cin_visit") == before
    assert [clock["standing"] for clock in before] == ["met", "running"]


async def test_a_clock_that_a_struck_visit_met_is_met_by_the_next_visit_that_stands(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/assessments"
    body = {"started_on": "2026-11-02", "children": [str(family.ada)]}
    ok(await stage.post(path, body, by=WORKER))
    first = await visited(stage, workbook, family.ada, on=november(4))
    await visited(stage, workbook, family.ada, on=november(6))

    await strike(stage, first)

    [seen] = await clocks_of(stage, workbook, "assessment_review")
    assert (seen["met_at"][:10], seen["standing"]) == ("2026-11-06", "met")


async def test_a_plan_recorded_after_its_visits_counts_them(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await visited(stage, workbook, family.ada, on=november(11))
    ok(await conference(stage, workbook, family.ada, on="2026-11-09"))

    ok(await put_on(stage, workbook, "cp", "2026-11-09", family.ada, category="NEG", previous_cp_plans=0))

    assert await standings(stage, workbook, "C15") == [
        ("C15", "2026-11-09", "2026-11-23", "met"), ("C15", "2026-11-11", "2026-11-25", "running"),
    ]  # fmt: skip


async def test_a_placement_recorded_late_takes_the_visits_that_were_made_in_it(stage: Stage) -> None:
    family, workbook = await opened(stage)
    held = await looked_after(stage, workbook, family.ada, "2026-10-01")
    await visited(stage, workbook, family.ada, on=REFERRED_AT.replace(month=10, day=5))
    await visited(stage, workbook, family.ada, on=november(12))

    await place(stage, held, "parent_unassessed", "2026-11-10")

    assert [line for line in await standings(stage, workbook, "C21", "C22", "C24") if line[3] != "void"] == [
        ("C21", "2026-09-30", "2026-10-08", "met"),
        ("C21", "2026-11-10", "2026-11-17", "met"),
        ("C24", "2026-11-12", "2026-11-19", "breached"),
    ]


async def test_an_earlier_placement_recorded_later_ends_when_the_next_began(stage: Stage) -> None:
    family, workbook = await opened(stage)
    held = await looked_after(stage, workbook, family.ada, "2026-10-01")
    await place(stage, held, "ordinary", "2026-11-16")

    await place(stage, held, "long_term", "2026-11-10", revision=2)

    assert [line[1:] for line in await standings(stage, workbook, "C21")] == [
        ("2026-09-30", "2026-10-08", "void"),
        ("2026-11-10", "2026-11-17", "void"),
        ("2026-11-16", "2026-11-23", "amber"),
    ]


async def test_each_assessment_keeps_its_own_clocks(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/assessments"
    ada = {"children": [str(family.ada)], "started_on": "2026-09-10"}
    ben = {"children": [str(family.ben)], "started_on": "2026-11-16"}
    first = ok(await stage.post(path, ada, by=WORKER))
    ok(await stage.post(path, ben, by=WORKER))
    done = {"factors": ["3B"], "outcome": "services", "authorised_on": "2026-10-01"}

    ok(await stage.post(f"/v1/assessments/{first['id']}:authorise", done, by=MANAGER, if_match=1))
    await visited(stage, workbook, family.ada, on=november(18))

    assert sorted(line[2:] for line in await standings(stage, workbook, "C5")) == [
        ("2026-11-09", "breached"), ("2026-11-09", "met"),
    ]  # fmt: skip
    reviews = {c["child_id"]: c["standing"] for c in await clocks_of(stage, workbook, "assessment_review")}
    assert reviews == {str(family.ada): "void", str(family.ben): "running"}


async def test_the_first_meeting_of_a_plan_that_follows_another_counts_from_the_plan(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await assessed(stage, workbook, authorised_on="2026-10-01")
    ok(await conference(stage, workbook, family.ada))
    protection = await put_on(stage, workbook, "cp", CONFERENCE_ON, family.ada, category="NEG", previous_cp_plans=0)
    [cp] = ok(protection)["items"]
    end = {"reason": "step_down", "ended_on": "2026-11-18"}
    ok(await stage.post(f"/v1/plan-spells/{cp['id']}:end", end, by=WORKER, if_match=1))

    ok(await put_on(stage, workbook, "cin", "2026-11-18", family.ada))

    assert await standings(stage, workbook, "C16") == [("C16", "2026-11-18", "2026-12-16", "running")]
