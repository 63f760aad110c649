"""Versions of the points scheme through the API."""

from typing import Any

import pytest
from httpx import Response

from libs.contracts import allocation as said
from tests.allocation.county import (
    ADMIN,
    MANAGER,
    SERVICE_MANAGER,
    County,
    ok,
    problem,
)
from tests.harness import FRIDAY

TODAY = FRIDAY.date().isoformat()


async def bundled(county: County) -> dict[str, Any]:
    listed = ok(await county.stage.get("/v1/schemes", by=SERVICE_MANAGER))
    return ok(await county.stage.get(f"/v1/schemes/{listed['items'][0]['id']}", by=SERVICE_MANAGER))


async def draft(county: County, rules: dict[str, Any]) -> Response:
    body = {"title": "Heavier child protection", "effective_from": TODAY, "rules": rules}
    return await county.stage.post("/v1/schemes", body, by=SERVICE_MANAGER)


async def test_a_scheme_is_read_changed_drafted_and_activated(county: County) -> None:
    held = await county.allocated("ada")
    before = await bundled(county)
    rules = before["rules"]
    rules["table"]["base"]["assessment"] = [8, 9, 10, 11]

    drafted = ok(await draft(county, rules))
    still = (await county.capacity("ada"))["load"]
    activated = ok(await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=SERVICE_MANAGER, if_match=1))

    assert (before["version"], drafted["version"], drafted["state"]) == (0, 1, "draft")
    assert drafted["rules"]["table"]["base"]["assessment"] == [8.0, 9.0, 10.0, 11.0]
    assert activated["state"] == "active"
    assert (still, (await county.capacity("ada"))["load"]) == (21.5, 24.5)
    assert [event.data["version"] for event in await county.stage.said(said.SchemeActivated)] == [1]
    decided = await county.proposal_of(held["family_id"])
    assert decided["scheme_version"] == 0  # what was decided under it stays as it was


async def test_the_next_scheme_retires_the_one_before(county: County) -> None:
    rules = (await bundled(county))["rules"]
    ids = []
    for _ in range(2):
        drafted = ok(await draft(county, rules))
        ok(await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=SERVICE_MANAGER, if_match=1))
        ids.append(drafted["id"])

    listed = ok(await county.stage.get("/v1/schemes", by=SERVICE_MANAGER))["items"]
    assert [(each["version"], each["state"]) for each in listed] == [(2, "active"), (1, "retired")]
    again = await county.stage.post(f"/v1/schemes/{ids[0]}:activate", {}, by=SERVICE_MANAGER, if_match=3)
    assert problem(again) == (409, "invalid-transition")


async def test_a_scheme_comes_into_force_at_the_service_managers_word(county: County) -> None:
    drafted = ok(await draft(county, (await bundled(county))["rules"]))

    for who in (ADMIN, MANAGER):
        answer = await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=who, if_match=1)
        assert problem(answer) == (403, "forbidden")


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        (("objective", "weights", "travel"), -1, (422, "invalid-weight")),
        (("objective", "weights", "travel"), 11, (422, "invalid-weight")),
        (("objective", "weights", "travel"), None, (422, "invalid-body")),
        (("table", "base", "cp"), [7, 8], (422, "invalid-scheme")),
        (("table", "travel"), -1, (422, "invalid-scheme")),
        (("ceilings", "hard_per_cent"), 50, (422, "invalid-scheme")),
        (("objective", "overload"), [[100, 2], [90, 1]], (422, "invalid-scheme")),
        (("objective", "overload"), [[100]], (422, "invalid-body")),
        (("nominal", "points"), 100, (422, "invalid-body")),
        (("nominal", "points", "social_worker"), True, (422, "invalid-body")),
        (("nominal", "points", "social_worker"), 0, (422, "invalid-scheme")),
        (("nominal", "points", "senior_social_worker"), -100, (422, "invalid-scheme")),
        (("nominal", "points", "wizard"), 100, (422, "invalid-body")),
    ],
)
async def test_a_scheme_that_contradicts_itself_is_refused_and_nothing_kept(
    county: County, path: tuple[str, ...], value: object, expected: tuple[int, str]
) -> None:
    rules = (await bundled(county))["rules"]
    place = rules
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value

    answer = await draft(county, rules)

    assert problem(answer) == expected
    assert "/".join(path) in answer.json()["errors"][0]["pointer"]
    assert ok(await county.stage.get("/v1/schemes?state=draft", by=SERVICE_MANAGER))["items"] == []


async def test_a_scheme_gives_each_post_its_room_and_leaves_none_out(county: County) -> None:
    await county.hire("eve", role="advanced_practitioner")
    rules = (await bundled(county))["rules"]
    rules["nominal"]["points"]["advanced_practitioner"] = 60

    drafted = ok(await draft(county, rules))
    ok(await county.stage.post(f"/v1/schemes/{drafted['id']}:activate", {}, by=SERVICE_MANAGER, if_match=1))
    rooms = [(await county.capacity(name))["available"] for name in ("ada", "eve")]
    del rules["nominal"]["points"]["family_support_worker"]
    missing = await draft(county, rules)

    assert rooms == [100.0, 60.0]
    assert problem(missing) == (422, "invalid-scheme")
    assert missing.json()["errors"][0]["pointer"].endswith("/nominal/points/family_support_worker")


async def test_a_scheme_without_a_weight_is_refused_at_the_weight(county: County) -> None:
    rules = (await bundled(county))["rules"]
    del rules["objective"]["weights"]["continuity"]

    answer = await draft(county, rules)

    assert answer.json()["errors"][0]["pointer"] == "/rules/objective/weights/continuity"
