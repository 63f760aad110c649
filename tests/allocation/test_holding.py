"""Who holds a family: ending, finding another, co-working, standing in."""

from datetime import timedelta
from uuid import UUID

from httpx import Response

from libs.contracts import allocation as said
from libs.kernel.roles import Role
from tests.allocation.county import (
    MANAGER,
    SOUTH_MANAGER,
    County,
    ok,
    problem,
)
from tests.allocation.holding import end
from tests.harness import FRIDAY, caller


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
    for listing in (f"/v1/allocations?family_id={held['family_id']}", f"/v1/families/{held['family_id']}/continuity"):
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
