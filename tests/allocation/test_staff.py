"""Teams and workers through the API."""

from typing import Any

import pytest

from libs.chassis.auth import Caller
from libs.contracts import allocation as said
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

TODAY = FRIDAY.date().isoformat()


async def test_a_team_and_its_workers_are_told_to_others(county: County) -> None:
    teams, workers = await county.stage.said(said.TeamRecorded), await county.stage.said(said.WorkerRecorded)

    assert [event.data["areas"] for event in teams] == [["bicester", "cherwell"], ["vale"]]
    assert len(workers) == 4
    assert "name" not in workers[0].data
    assert workers[0].data["fte"] == 1.0


async def test_a_changed_team_keeps_its_id_and_asks_for_the_revision_read(county: County) -> None:
    body = {"code": "north_1", "name": "Invented North", "areas": ["cherwell"]}

    changed = await county.stage.put(f"/v1/teams/{NORTH}", body, by=ADMIN, if_match=1)
    stale = await county.stage.put(f"/v1/teams/{NORTH}", body, by=ADMIN, if_match=1)

    assert ok(changed)["areas"] == ["cherwell"]
    assert changed.headers["etag"] == '"2"'
    assert problem(stale) == (412, "version-conflict")


async def test_a_team_or_worker_that_is_not_there_is_not_found_when_changed(county: County) -> None:
    team = {"code": "x", "name": "X", "areas": ["cherwell"]}
    worker = {name: value for name, value in county.post("eve").items() if name != "id"}

    for path, body in ((f"/v1/teams/{new_id()}", team), (f"/v1/workers/{new_id()}", worker)):
        assert problem(await county.stage.put(path, body, by=ADMIN, if_match=1)) == (404, "not-found")


async def test_only_the_service_admin_changes_teams_and_workers(county: County) -> None:
    body = {"code": "x", "name": "X", "areas": ["cherwell"]}

    for role in (Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.SOCIAL_WORKER):
        assert problem(await county.stage.post("/v1/teams", body, by=caller(role))) == (403, "forbidden")
        post = await county.stage.post("/v1/workers", county.post("eve"), by=caller(role))
        assert problem(post) == (403, "forbidden")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"fte": 1.2}, (422, "invalid-worker")),
        ({"fte": 0}, (422, "invalid-worker")),
        ({"fte": True}, (422, "invalid-body")),
        ({"fte": "1"}, (422, "invalid-body")),
        ({"contracted_hours": 80}, (422, "invalid-worker")),
        ({"fte": 0.0001}, (422, "invalid-worker")),
        ({"extra_duties": 10_000}, (422, "invalid-worker")),
        ({"agency_until": TODAY}, (422, "invalid-worker")),
        ({"first_year_from": "2026-02-29"}, (422, "invalid-date")),
        ({"role": "wizard"}, (422, "invalid-body")),
        ({"name": "Eve\u0000"}, (422, "invalid-text")),
        ({"name": "x" * 201}, (422, "too-long")),
        ({"revision": 7}, (422, "unknown-field")),
        ({"skills": ["not a code"]}, (422, "invalid-body")),
        ({"team_id": str(new_id())}, (404, "not-found")),
    ],
)
async def test_a_post_that_cannot_be_is_refused(
    county: County, changes: dict[str, Any], expected: tuple[int, str]
) -> None:
    answer = await county.stage.post("/v1/workers", county.post("eve", **changes), by=ADMIN)

    assert problem(answer) == expected
    assert len(await county.stage.said(said.WorkerRecorded)) == 4


async def test_a_post_is_answered_as_it_is_kept(county: County) -> None:
    joined = ok(await county.stage.post("/v1/workers", county.post("eve", fte=0.66666, extra_duties=0.125), by=ADMIN))
    kept = ok(await county.stage.get(f"/v1/workers/{joined['id']}", by=ADMIN))

    assert (joined["fte"], joined["contracted_hours"], joined["extra_duties"]) == (0.667, 24.67, 0.13)
    assert kept == joined


async def test_the_same_worker_does_not_join_twice(county: County) -> None:
    answer = await county.stage.post("/v1/workers", county.post("ada"), by=ADMIN)

    assert problem(answer) == (409, "conflict")


async def test_workers_are_found_by_team_skill_and_room(county: County) -> None:
    await county.hire("eve", skills=["court"], fte=0.5)
    await county.allocated("ada")

    async def names(query: str, by: Any = MANAGER) -> set[str]:
        page = ok(await county.stage.get(f"/v1/workers?{query}", by=by))
        return {county.name(each["worker"]["id"]) for each in page["items"]}

    assert await names(f"team_id={NORTH}") == {"ada", "ben", "eve"}
    assert await names("skill=court") == {"eve"}
    assert await names("min_headroom=80") == {"ben", "cleo", "dan"}
    assert await names("min_headroom=42.5") == {"ada", "ben", "cleo", "dan", "eve"}
    assert await names("team_id=" + str(new_id())) == set()


async def test_who_has_how_much_room_is_for_managers(county: County) -> None:
    admin = ok(await county.stage.get("/v1/workers?limit=1", by=ADMIN))
    refused = await county.stage.get("/v1/workers?min_headroom=1", by=ADMIN)
    manager = ok(await county.stage.get("/v1/workers?limit=1", by=MANAGER))

    assert admin["items"][0]["numbers"] is None
    assert problem(refused) == (403, "forbidden")
    assert manager["items"][0]["numbers"]["utilisation"] == 15.0


async def test_pages_of_workers_miss_nobody(county: County) -> None:
    seen, after = [], ""
    while True:
        page = ok(await county.stage.get(f"/v1/workers?limit=1{after}", by=MANAGER))
        seen += [each["worker"]["id"] for each in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert sorted(seen) == sorted(map(str, county.workers.values()))
    assert problem(await county.stage.get("/v1/workers?after=nonsense", by=MANAGER)) == (422, "invalid-parameter")


async def test_why_is_for_the_worker_and_the_own_teams_manager_and_others_see_the_days(county: County) -> None:
    absence = await county.absent("ada", sudden=True, until_on="2026-12-01")
    paths = (f"/v1/absences/{absence['id']}", f"/v1/workers/{county.workers['ada']}/absences")
    both = caller(Role.TEAM_MANAGER, Role.SOCIAL_WORKER, team=SOUTH)

    async def seen(by: Caller) -> list[tuple[Any, ...]]:
        single = ok(await county.stage.get(paths[0], by=by))
        listed = ok(await county.stage.get(paths[1], by=by))["items"]
        return [(each["reason"], each["sudden"], each["from_on"], each["until_on"]) for each in (single, *listed)]

    for who in (county.as_worker("ada"), MANAGER):
        assert await seen(who) == [("sickness", True, TODAY, "2026-12-01")] * 2
    for who in (SOUTH_MANAGER, SERVICE_MANAGER, both):
        assert await seen(who) == [(None, None, TODAY, "2026-12-01")] * 2
