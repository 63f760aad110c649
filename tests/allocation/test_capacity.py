"""Caseloads and capacity of workers and teams through the API."""

from tests.allocation.county import (
    MANAGER,
    NORTH,
    County,
    ok,
    problem,
)
from tests.harness import FRIDAY


async def test_capacity_is_told_for_the_past_as_recorded_and_for_the_future_as_planned(county: County) -> None:
    await county.absent("ada", from_on="2026-12-10")
    county.stage.clock.forward(days=2)
    await county.allocated("ada")
    path = f"/v1/workers/{county.workers['ada']}/capacity?at="

    past = ok(await county.stage.get(f"{path}{FRIDAY:%Y-%m-%dT%H:%M:%SZ}", by=MANAGER))
    future = ok(await county.stage.get(f"{path}2026-12-11T09:00:00Z", by=MANAGER))

    assert (past["load"], past["available"]) == (15.0, 100.0)
    assert (future["load"], future["utilisation"]) == (21.5, None)
    assert problem(await county.stage.get(f"{path}2026-12-11T09:00:00", by=MANAGER)) == (422, "invalid-datetime")


async def test_a_worker_reads_the_own_caseload_and_nobody_elses(county: County) -> None:
    held = await county.allocated("ada")
    path = "/v1/workers/{}/caseload"

    own = ok(await county.stage.get(path.format(county.workers["ada"]), by=county.as_worker("ada")))
    other = await county.stage.get(path.format(county.workers["ben"]), by=county.as_worker("ada"))
    listed = ok(await county.stage.get("/v1/allocations", by=county.as_worker("ben")))

    assert [family["family_id"] for family in own["families"]] == [held["family_id"]]
    assert own["children_by_type"] == {"assessment": 1}
    assert own["families"][0]["points"]["lines"][0]["inputs"] == ["assessment", "not assessed: median"]
    assert problem(other) == (404, "not-found")
    assert listed["items"] == []


async def test_a_team_shows_who_is_there_and_the_work_of_those_away(county: County) -> None:
    await county.allocated("ada")
    await county.absent("ben")

    room = ok(await county.stage.get(f"/v1/teams/{NORTH}/capacity", by=MANAGER))
    load = ok(await county.stage.get(f"/v1/teams/{NORTH}/caseload", by=MANAGER))

    assert (room["utilisation"], room["load"], room["headroom"]) == (21.5, 36.5, 78.5)
    assert [county.name(each) for each in room["not_available"]] == ["ben"]
    assert {county.name(each["worker_id"]): each["lead_families"] for each in load["workers"]} == {"ada": 1, "ben": 0}
    refused = await county.stage.get(f"/v1/teams/{NORTH}/capacity", by=county.as_worker("ada"))
    assert problem(refused) == (403, "forbidden")
