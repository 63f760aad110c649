"""Families passing from one worker to another through the API."""

from datetime import timedelta
from uuid import UUID

from httpx import Response

from libs.chassis.auth import Caller
from libs.contracts import allocation as said
from libs.contracts.workbook import PlanSpellStarted
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.allocation.county import (
    ADMIN,
    MANAGER,
    NORTH,
    SERVICE_MANAGER,
    SOUTH,
    SOUTH_MANAGER,
    County,
    ok,
    problem,
)
from tests.allocation.holding import end, open_of, plan
from tests.harness import FRIDAY, caller

TODAY = FRIDAY.date()


async def test_a_handover_is_planned_after_the_allocation_began_and_ends_after_it_was_planned(county: County) -> None:
    held = await county.allocated("ada")
    before = {"occurred_at": (FRIDAY - timedelta(hours=1)).isoformat()}

    early = await plan(county, held, "ben", **before)
    planned = ok(await plan(county, held, "ben", family_told_on="2026-11-19"))
    path = f"/v1/handovers/{planned['id']}"
    body = {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left.", **before}
    completed = await county.stage.post(f"{path}:complete", body, by=MANAGER, if_match=1)
    cancelled = await county.stage.post(f"{path}:cancel", before, by=MANAGER, if_match=1)

    for answer in (early, completed, cancelled):
        assert problem(answer) == (422, "invalid-period")
        assert answer.json()["errors"][0]["pointer"] == "/occurred_at"


async def test_a_co_worker_who_becomes_the_lead_holds_the_family_once(county: County) -> None:
    held = await county.allocated("ada")
    beside = {"worker_id": str(county.workers["ben"])}
    ok(await county.stage.post(f"/v1/allocations/{held['id']}:add-co-worker", beside, by=MANAGER, if_match=1))

    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))
    body = {
        "no_visit_reason": "Both had visited together all along.",
        "unfinished_reason": "Both had visited together all along.",
    }
    ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1))

    assert [(each["share"], county.name(each["worker_id"])) for each in await open_of(county, held["family_id"])] == [
        ("lead", "ben")
    ]


#: What is left of the checklist when both have visited and so told the family.
LEFT = ("case_summary_written", "case_summary_read", "plan_reviewed", "practitioners_told")


async def tick(county: County, handover: dict, *steps: str, by: Caller) -> Response:
    """Tick steps of a handover as done today."""
    body = {"steps": steps, "done_on": county.now.date().isoformat()}
    return await county.stage.post(f"/v1/handovers/{handover['id']}:tick", body, by=by, if_match=handover["revision"])


async def test_each_worker_ticks_the_own_steps_and_all_of_them_let_the_family_pass_on(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben"))
    ada, ben = county.as_worker("ada"), county.as_worker("ben")

    theirs = await tick(county, planned, "case_summary_written", "plan_reviewed", by=ada)
    given = ok(await tick(county, planned, "case_summary_written", "practitioners_told", "family_told", by=ada))
    early = await county.stage.post(f"/v1/handovers/{planned['id']}:complete", {}, by=MANAGER, if_match=2)
    ready = ok(await tick(county, given, "joint_visit_held", "case_summary_read", "plan_reviewed", by=ben))
    done = ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", {}, by=MANAGER, if_match=3))

    assert problem(theirs) == (403, "forbidden")
    assert theirs.json()["steps"] == ["plan_reviewed"]
    assert problem(early) == (422, "joint-visit-missing")
    assert (ready["state"], ready["visited_on"], ready["family_told_on"]) == (
        "joint_visit_done",
        TODAY.isoformat(),
        TODAY.isoformat(),
    )
    assert {each["step"]: (each["side"], county.name(each["by"])) for each in done["checklist"]} == {
        "case_summary_written": ("giving", "ada"),
        "case_summary_read": ("receiving", "ben"),
        "plan_reviewed": ("receiving", "ben"),
        "practitioners_told": ("giving", "ada"),
        "family_told": ("either", "ada"),
        "joint_visit_held": ("either", "ben"),
    }
    assert done["unfinished_reason"] is None


async def test_each_step_is_said_with_who_did_it_and_on_record(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben"))

    given = ok(await tick(county, planned, "case_summary_written", by=county.as_worker("ada")))
    again = await tick(county, given, "case_summary_written", by=county.as_worker("ada"))
    ok(await tick(county, given, "plan_reviewed", by=MANAGER))

    told = await county.stage.said(said.HandoverStepDone)
    assert [(each.data["step"], each.data["done_on"]) for each in told] == [
        ("case_summary_written", TODAY.isoformat()),
        ("plan_reviewed", TODAY.isoformat()),
    ]
    actors = await county.stage.as_owner("SELECT actor_id FROM outbox WHERE type LIKE '%step_done%' ORDER BY position")
    assert [row.actor_id for row in actors] == [county.workers["ada"], MANAGER.id]
    rows = [row for row in await county.stage.audited() if row.action == "handovers:tick"]
    assert [(row.actor_id, str(row.family_id), row.outcome) for row in rows] == [
        (county.workers["ada"], held["family_id"], "case_summary_written"),
        (MANAGER.id, held["family_id"], "plan_reviewed"),
    ]
    assert problem(again) == (409, "step-done-already")


async def test_with_steps_left_a_handover_takes_effect_only_with_a_reason(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))
    path, body = f"/v1/handovers/{planned['id']}:complete", {"no_visit_reason": "The worker left."}

    refused = await county.stage.post(path, body, by=MANAGER, if_match=1)
    still = [county.name(each["worker_id"]) for each in await open_of(county, held["family_id"])]
    why = {"unfinished_reason": "The worker leaves today."}
    done = ok(await county.stage.post(path, {**body, **why}, by=MANAGER, if_match=1))

    assert problem(refused) == (422, "checklist-unfinished")
    assert refused.json()["errors"][0]["pointer"] == "/unfinished_reason"
    assert (refused.json()["steps"], still) == (list(LEFT), ["ada"])
    assert done["unfinished_reason"] == why["unfinished_reason"]
    completed = (await county.stage.said(said.HandoverCompleted))[0]
    assert completed.data["steps_left"] == [*LEFT, "joint_visit_held"]


async def test_who_has_no_part_in_a_handover_ticks_nothing(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben"))

    stranger = await tick(county, planned, "family_told", by=caller(Role.SOCIAL_WORKER, team=NORTH))
    third = await tick(county, planned, "family_told", by=SOUTH_MANAGER)
    unknown = await tick(county, planned, "tea_drunk", by=MANAGER)

    assert problem(stranger) == problem(third) == (404, "not-found")
    assert problem(unknown) == (422, "invalid-body")


async def test_a_handover_goes_by_a_joint_visit(county: County) -> None:
    held = await county.allocated("ada")
    county.stage.clock.forward(days=30)

    planned = ok(await plan(county, held, "ben", joint_visit_on="2026-12-28"))
    county.stage.clock.forward(days=3)
    visited_on = county.now.date().isoformat()
    visited = ok(
        await county.stage.post(
            f"/v1/handovers/{planned['id']}:record-joint-visit",
            {"visited_on": visited_on},
            by=county.as_worker("ada"),
            if_match=1,
        )
    )
    ready = ok(await tick(county, visited, *LEFT, by=MANAGER))
    completed = ok(
        await county.stage.post(f"/v1/handovers/{planned['id']}:complete", {}, by=MANAGER, if_match=ready["revision"])
    )

    assert (completed["state"], completed["family_told_on"]) == ("completed", visited_on)
    now = await open_of(county, held["family_id"])
    assert [(county.name(each["worker_id"]), each["reason"]) for each in now] == [("ben", "MANAGE")]
    assert county.name(now[0]["previous_worker_id"]) == "ada"
    ended, started, done = (await county.stage.said())[-3:]
    assert (ended.type, started.type) == (said.AllocationEnded.type_name, said.AllocationStarted.type_name)
    assert (ended.data["reason"], started.data["reason"], done.data["joint_visit"]) == ("MANAGE", "MANAGE", True)
    transfer = (await county.capacity("ben"))["cases"][0]["lines"][-1]
    assert (transfer["rule"], transfer["points"]) == ("transfer", 1.0)


async def test_without_a_joint_visit_and_without_telling_the_family_nothing_passes_on(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben"))
    path = f"/v1/handovers/{planned['id']}:complete"

    unvisited = await county.stage.post(path, {"unfinished_reason": "The worker left."}, by=MANAGER, if_match=1)
    untold = await county.stage.post(
        path, {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left."}, by=MANAGER, if_match=1
    )

    assert problem(unvisited) == (422, "joint-visit-missing")
    assert problem(untold) == (422, "family-not-told")


async def test_a_handover_asks_the_hard_rules_when_planned_and_when_completed(county: County) -> None:
    held = await county.allocated("ada")
    far = await plan(county, held, "cleo")
    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))
    await county.absent("ben")

    body = {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left."}
    late = await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1)

    assert far.json()["rules"] == ["wrong_area"]
    assert problem(late) == (409, "worker-not-eligible")
    assert late.json()["rules"] == ["absent", "no_hours"]


async def test_one_handover_goes_on_at_a_time_and_a_cancelled_one_lets_the_worker_go_on(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben"))
    now = (await open_of(county, held["family_id"]))[0]

    again = await plan(county, now, "ben")
    cancelled = ok(await county.stage.post(f"/v1/handovers/{planned['id']}:cancel", {}, by=MANAGER, if_match=1))

    assert now["state"] == "handing_over"
    assert problem(again) == (409, "invalid-transition")
    assert cancelled["state"] == "cancelled"
    assert (await open_of(county, held["family_id"]))[0]["state"] == "active"


async def test_the_receiving_teams_manager_completes_a_handover_between_teams(county: County) -> None:
    ok(
        await county.stage.put(
            f"/v1/teams/{SOUTH}",
            {"code": "south_1", "name": "Invented South", "areas": ["vale", "cherwell"]},
            by=ADMIN,
            if_match=1,
        )
    )
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "cleo", family_told_on=TODAY.isoformat()))
    path, body = (
        f"/v1/handovers/{planned['id']}:complete",
        {"no_visit_reason": "Agreed by telephone.", "unfinished_reason": "Agreed by telephone."},
    )

    sending = await county.stage.post(path, body, by=MANAGER, if_match=1)
    receiving = await county.stage.post(path, body, by=SOUTH_MANAGER, if_match=1)

    assert problem(sending) == (403, "forbidden")
    ok(receiving)
    assert (await open_of(county, held["family_id"]))[0]["team_id"] == str(SOUTH)


async def test_a_family_that_came_by_two_referrals_passes_on_whole(county: County) -> None:
    held = await county.allocated("ada")
    await county.allocated("ada", family_id=UUID(held["family_id"]), children=(UUID(held["children"][0]),))
    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))

    body = {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left."}
    ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1))

    assert [county.name(each["worker_id"]) for each in await open_of(county, held["family_id"])] == ["ben"]


async def sibling_on_a_protection_plan(county: County, held: dict) -> str:
    """Let ada lead a sibling too, who came by another referral."""
    sibling = new_id()
    await county.allocated("ada", family_id=UUID(held["family_id"]), children=(sibling,))
    spell = PlanSpellStarted(
        spell_id=new_id(),
        workbook_id=new_id(),
        family_id=UUID(held["family_id"]),
        child_id=sibling,
        kind="cp",
        started_on=TODAY,
    )
    await county.stage.hear(spell)
    return str(sibling)


async def test_the_hard_rules_of_a_handover_see_every_child_that_passes_on(county: County) -> None:
    held = await county.allocated("ada")
    await sibling_on_a_protection_plan(county, held)
    await county.hire("eve", first_year_from="2026-09-01")

    refused = await plan(county, held, "eve")

    assert problem(refused) == (409, "worker-not-eligible")
    assert refused.json()["rules"] == ["first_year_alone"]


async def test_a_child_that_came_after_the_plan_counts_when_the_handover_is_completed(county: County) -> None:
    held = await county.allocated("ada")
    await county.hire("eve", first_year_from="2026-09-01")
    planned = ok(await plan(county, held, "eve", family_told_on=TODAY.isoformat()))
    await sibling_on_a_protection_plan(county, held)

    body = {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left."}
    refused = await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1)

    assert problem(refused) == (409, "worker-not-eligible")
    assert refused.json()["rules"] == ["first_year_alone"]


async def test_siblings_of_two_referrals_are_asked_for_together_when_their_worker_leaves(county: County) -> None:
    held = await county.allocated("ada")
    sibling = await sibling_on_a_protection_plan(county, held)

    ok(await end(county, held, reason="LEFTRL", find_another=True))

    assert await open_of(county, held["family_id"]) == []
    request = await county.request_of(UUID(held["family_id"]))
    assert set(request["children"]) == {*held["children"], sibling}


async def test_nobody_comes_above_the_soft_ceiling_on_any_path_without_a_reason(county: County) -> None:
    held = await county.allocated("ada")
    post = county.post("ben", extra_duties=84)
    ok(await county.stage.put(f"/v1/workers/{post.pop('id')}", post, by=ADMIN, if_match=1))
    path, ben = f"/v1/allocations/{held['id']}", {"worker_id": str(county.workers["ben"])}

    for verb in ("add-co-worker", "cover"):
        answer = await county.stage.post(f"{path}:{verb}", ben, by=MANAGER, if_match=1)
        assert problem(answer) == (409, "over-capacity")
        assert answer.json()["errors"][0]["pointer"] == "/text"
    assert problem(await plan(county, held, "ben")) == (409, "over-capacity")
    why = {"text": "Ben knows the family and gives up the duty desk."}
    covered = ok(await county.stage.post(f"{path}:cover", {**ben, **why}, by=MANAGER, if_match=1))
    planned = ok(await plan(county, covered, "ben", family_told_on=TODAY.isoformat(), **why))
    body = {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left."}
    done = ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1))

    assert done["text"] == why["text"]


async def test_who_came_above_the_soft_ceiling_after_the_plan_is_not_handed_the_family_without_a_word(
    county: County,
) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))
    post = county.post("ben", extra_duties=84)
    ok(await county.stage.put(f"/v1/workers/{post.pop('id')}", post, by=ADMIN, if_match=1))
    path, body = (
        f"/v1/handovers/{planned['id']}:complete",
        {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left."},
    )

    refused = await county.stage.post(path, body, by=MANAGER, if_match=1)

    assert problem(refused) == (409, "over-capacity")
    ok(await county.stage.post(path, {**body, "text": "Ben knows the family."}, by=MANAGER, if_match=1))


async def test_only_those_named_in_a_handover_or_their_manager_record_its_visit(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben"))
    path = f"/v1/handovers/{planned['id']}:record-joint-visit"

    stranger = await county.stage.post(
        path, {"visited_on": TODAY.isoformat()}, by=caller(Role.SOCIAL_WORKER, team=NORTH), if_match=1
    )

    third = await county.stage.post(path, {"visited_on": TODAY.isoformat()}, by=SOUTH_MANAGER, if_match=1)

    assert problem(stranger) == (404, "not-found")
    assert problem(third) == (403, "forbidden")


async def test_ending_an_allocation_calls_its_handover_off(county: County) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben"))
    now = (await open_of(county, held["family_id"]))[0]

    ok(await end(county, now, reason="closure"))

    found = ok(await county.stage.get(f"/v1/handovers/{planned['id']}", by=MANAGER))
    assert found["state"] == "cancelled"
    assert len(await county.stage.said(said.HandoverCancelled)) == 1


async def test_continuity_counts_changes_of_worker_per_family_and_child(county: County) -> None:
    held = await county.allocated("ada")
    county.stage.clock.forward(days=90)
    told = county.now.date().isoformat()
    planned = ok(await plan(county, held, "ben", family_told_on=told))
    body = {"no_visit_reason": "The worker left.", "unfinished_reason": "The worker left."}
    ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1))
    county.stage.clock.forward(days=30)

    found = ok(await county.stage.get(f"/v1/families/{held['family_id']}/continuity", by=SERVICE_MANAGER))

    assert found["family"] == {"leads": 2, "changes": 1, "months": 4, "share_of_longest": 0.75}
    assert [(each["child_id"], each["changes"]) for each in found["children"]] == [(held["children"][0], 1)]
