"""Who holds a family: ending, finding another, co-working, standing in, handing over."""

from datetime import timedelta
from uuid import UUID

from httpx import Response

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
from tests.harness import FRIDAY, caller

TODAY = FRIDAY.date()


async def end(county: County, allocation: dict, **body: object) -> Response:
    path = f"/v1/allocations/{allocation['id']}:end"
    return await county.stage.post(path, body, by=MANAGER, if_match=allocation["revision"])


async def plan(county: County, allocation: dict, to: str, **body: object) -> Response:
    path = f"/v1/allocations/{allocation['id']}:plan-handover"
    body = {"worker_id": str(county.workers[to]), "reason": "MANAGE", **body}
    return await county.stage.post(path, body, by=MANAGER, if_match=allocation["revision"])


async def open_of(county: County, family_id: str) -> list[dict]:
    return ok(await county.stage.get(f"/v1/allocations?family={family_id}&open=true", by=MANAGER))["items"]


async def test_a_lead_does_not_end_leaving_the_family_alone(county: County) -> None:
    held = await county.allocated("ada")

    assert problem(await end(county, held, reason="LEFTRL")) == (409, "lead-required")
    assert (await end(county, held, reason="closure")).status_code == 200


async def test_a_worker_who_leaves_suddenly_leaves_a_request_behind(county: County) -> None:
    held = await county.allocated("ada")

    ended = ok(await end(county, held, reason="LEFTRL", find_another=True))

    assert (ended["state"], ended["end_reason"]) == ("ended", "LEFTRL")
    request = await county.request_of(UUID(held["family_id"]))
    assert (request["purpose"], request["state"], request["reason"]) == ("change_of_worker", "proposed", "LEFTRL")
    proposal = await county.proposal_of(UUID(held["family_id"]))
    rules = {
        county.name(each["worker_id"]): [breach["rule"] for breach in each["breaches"]] for each in proposal["excluded"]
    }
    assert rules["ada"] == ["same_worker"]
    ok(await county.decide(proposal, "confirm"))
    started = (await county.stage.said(said.AllocationStarted))[-1]
    assert started.data["reason"] == "LEFTRL"
    assert started.data["previous_worker_id"] == str(county.workers["ada"])


async def test_nothing_ends_twice_or_before_it_began(county: County) -> None:
    held = await county.allocated("ada")

    early = await end(county, held, reason="closure", occurred_at=(FRIDAY - timedelta(days=1)).isoformat())
    ended = ok(await end(county, held, reason="closure"))

    assert problem(early) == (422, "invalid-period")
    assert problem(await end(county, ended, reason="closure")) == (409, "invalid-transition")
    assert problem(await end(county, held, reason="closure")) == (412, "version-conflict")


async def test_a_handover_is_planned_after_the_allocation_began_and_ends_after_it_was_planned(county: County) -> None:
    held = await county.allocated("ada")
    before = {"occurred_at": (FRIDAY - timedelta(hours=1)).isoformat()}

    early = await plan(county, held, "ben", **before)
    planned = ok(await plan(county, held, "ben", family_told_on="2026-11-19"))
    path = f"/v1/handovers/{planned['id']}"
    body = {"no_visit_reason": "The worker left.", **before}
    completed = await county.stage.post(f"{path}:complete", body, by=MANAGER, if_match=1)
    cancelled = await county.stage.post(f"{path}:cancel", before, by=MANAGER, if_match=1)

    for answer in (early, completed, cancelled):
        assert problem(answer) == (422, "invalid-period")
        assert answer.json()["errors"][0]["pointer"] == "/occurred_at"


async def test_a_manager_ends_nothing_of_another_team(county: County) -> None:
    held = await county.allocated("ada")

    answer = await county.stage.post(
        f"/v1/allocations/{held['id']}:end", {"reason": "closure"}, by=SOUTH_MANAGER, if_match=1
    )

    assert problem(answer) == (403, "forbidden")


async def test_a_co_worker_carries_half_and_may_leave_again(county: County) -> None:
    held = await county.allocated("ada")
    path = f"/v1/allocations/{held['id']}:add-co-worker"

    beside = ok(await county.stage.post(path, {"worker_id": str(county.workers["ben"])}, by=MANAGER, if_match=1))
    twice = await county.stage.post(path, {"worker_id": str(county.workers["ben"])}, by=MANAGER, if_match=1)
    load = (await county.capacity("ben"))["load"]
    ok(await end(county, beside, reason="MANAGE"))

    assert (beside["share"], load) == ("co", 18.25)
    assert problem(twice) == (409, "worker-not-eligible")
    assert (await county.capacity("ben"))["load"] == 15.0


async def test_the_lead_is_not_made_its_own_co_worker(county: County) -> None:
    held = await county.allocated("ada")

    answer = await county.stage.post(
        f"/v1/allocations/{held['id']}:add-co-worker",
        {"worker_id": str(county.workers["ada"])},
        by=MANAGER,
        if_match=1,
    )

    assert problem(answer) == (409, "worker-not-eligible")
    assert answer.json()["rules"] == ["same_worker"]


async def test_a_co_worker_who_becomes_the_lead_holds_the_family_once(county: County) -> None:
    held = await county.allocated("ada")
    beside = {"worker_id": str(county.workers["ben"])}
    ok(await county.stage.post(f"/v1/allocations/{held['id']}:add-co-worker", beside, by=MANAGER, if_match=1))

    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))
    body = {"no_visit_reason": "Both had visited together all along."}
    ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1))

    assert [(each["share"], county.name(each["worker_id"])) for each in await open_of(county, held["family_id"])] == [
        ("lead", "ben")
    ]


async def test_cover_keeps_the_lead_and_ends_with_the_return(county: County) -> None:
    held = await county.allocated("ada")
    path = f"/v1/allocations/{held['id']}"

    covered = ok(
        await county.stage.post(f"{path}:cover", {"worker_id": str(county.workers["ben"])}, by=MANAGER, if_match=1)
    )
    loads = [(await county.capacity(name))["load"] for name in ("ada", "ben")]
    resumed = ok(await county.stage.post(f"{path}:resume", {}, by=MANAGER, if_match=covered["revision"]))

    assert (covered["state"], county.name(covered["worker_id"]), county.name(covered["covered_by"])) == (
        "covered",
        "ada",
        "ben",
    )
    assert loads == [21.5, 18.25]
    assert (resumed["state"], resumed["covered_by"]) == ("active", None)
    kinds = [event.type for event in (await county.stage.said())[-2:]]
    assert kinds == [said.AllocationCovered.type_name, said.AllocationResumed.type_name]


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
    completed = ok(
        await county.stage.post(f"/v1/handovers/{planned['id']}:complete", {}, by=MANAGER, if_match=visited["revision"])
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

    unvisited = await county.stage.post(path, {}, by=MANAGER, if_match=1)
    untold = await county.stage.post(path, {"no_visit_reason": "The worker left."}, by=MANAGER, if_match=1)

    assert problem(unvisited) == (422, "joint-visit-missing")
    assert problem(untold) == (422, "family-not-told")


async def test_a_handover_asks_the_hard_rules_when_planned_and_when_completed(county: County) -> None:
    held = await county.allocated("ada")
    far = await plan(county, held, "cleo")
    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))
    await county.absent("ben")

    body = {"no_visit_reason": "The worker left."}
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
    path, body = f"/v1/handovers/{planned['id']}:complete", {"no_visit_reason": "Agreed by telephone."}

    sending = await county.stage.post(path, body, by=MANAGER, if_match=1)
    receiving = await county.stage.post(path, body, by=SOUTH_MANAGER, if_match=1)

    assert problem(sending) == (403, "forbidden")
    ok(receiving)
    assert (await open_of(county, held["family_id"]))[0]["team_id"] == str(SOUTH)


async def test_a_family_that_came_by_two_referrals_passes_on_whole(county: County) -> None:
    held = await county.allocated("ada")
    await county.allocated("ada", family_id=UUID(held["family_id"]), children=(UUID(held["children"][0]),))
    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))

    body = {"no_visit_reason": "The worker left."}
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

    body = {"no_visit_reason": "The worker left."}
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
    body = {"no_visit_reason": "The worker left."}
    done = ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1))

    assert done["text"] == why["text"]


async def test_who_came_above_the_soft_ceiling_after_the_plan_is_not_handed_the_family_without_a_word(
    county: County,
) -> None:
    held = await county.allocated("ada")
    planned = ok(await plan(county, held, "ben", family_told_on=TODAY.isoformat()))
    post = county.post("ben", extra_duties=84)
    ok(await county.stage.put(f"/v1/workers/{post.pop('id')}", post, by=ADMIN, if_match=1))
    path, body = f"/v1/handovers/{planned['id']}:complete", {"no_visit_reason": "The worker left."}

    refused = await county.stage.post(path, body, by=MANAGER, if_match=1)

    assert problem(refused) == (409, "over-capacity")
    ok(await county.stage.post(path, {**body, "text": "Ben knows the family."}, by=MANAGER, if_match=1))


async def worry(county: County, allocation: dict, name: str) -> Response:
    path = f"/v1/allocations/{allocation['id']}:raise-concern"
    body = {"text": "I know the family privately."}
    return await county.stage.post(path, body, by=county.as_worker(name), if_match=allocation["revision"])


async def test_a_worker_raises_a_concern_about_an_own_allocation_which_stands_all_the_same(county: County) -> None:
    held = await county.allocated("ada")

    other = await worry(county, held, "ben")
    raised = ok(await worry(county, held, "ada"))
    again = await worry(county, raised, "ada")
    path = f"/v1/allocations/{held['id']}"
    screener = ok(await county.stage.get(path, by=caller(Role.SCREENER)))
    manager = ok(await county.stage.get(path, by=MANAGER))

    assert problem(other) == (404, "not-found")
    assert (raised["state"], raised["concern"]) == ("active", "I know the family privately.")
    assert problem(again)[0] == 409
    assert (screener["concern"], manager["concern"]) == (None, raised["concern"])
    for listing in (f"/v1/allocations?family={held['family_id']}", f"/v1/families/{held['family_id']}/continuity"):
        listed = await county.stage.get(listing, by=caller(Role.SCREENER))
        assert listed.is_success
        assert raised["concern"] not in listed.text
    told = (await county.stage.said(said.ConcernRaised))[0].data
    assert told == {name: held[name] for name in ("family_id", "worker_id", "team_id")} | {"allocation_id": held["id"]}


async def test_a_concern_is_raised_within_two_working_days(county: County) -> None:
    held, late = await county.allocated("ada"), await county.allocated("ada")
    county.stage.clock.forward(days=4)  # from Friday to Tuesday
    ok(await worry(county, held, "ada"))
    county.stage.clock.forward(days=1)

    assert problem(await worry(county, late, "ada")) == (409, "concern-too-late")


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
    body = {"no_visit_reason": "The worker left."}
    ok(await county.stage.post(f"/v1/handovers/{planned['id']}:complete", body, by=MANAGER, if_match=1))
    county.stage.clock.forward(days=30)

    found = ok(await county.stage.get(f"/v1/families/{held['family_id']}/continuity", by=SERVICE_MANAGER))

    assert found["family"] == {"leads": 2, "changes": 1, "months": 4, "share_of_longest": 0.75}
    assert [(each["child_id"], each["changes"]) for each in found["children"]] == [(held["children"][0], 1)]
