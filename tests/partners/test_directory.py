"""Agencies, offers, room, people and terms over HTTP."""

from typing import Any
from uuid import UUID

import pytest

from libs.contracts import partners as events
from libs.kernel.ids import derived_id, new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller
from tests.partners.county import (
    ADMIN,
    AQUARIUS,
    BODIES,
    ELMORE,
    MIND,
    SOCIAL_WORKER,
    TEAM,
    TP,
    TP_OTHER,
    TP_PRACTITIONER,
    TURNING_POINT,
    County,
    manager_of,
)

CAPACITY = f"/v1/agencies/{TURNING_POINT}/capacity"


def room(**changes: Any) -> dict[str, Any]:
    facts = {"specialism": "substance_misuse", "team_id": str(TEAM), "fte": 0.59, "places": 2, "waiting": 0}
    return facts | changes


async def declare(county: County, *rooms: dict[str, Any], agency: UUID = TURNING_POINT, revision: int = 0) -> None:
    declared = await county.stage.put(
        f"/v1/agencies/{agency}/capacity", {"rooms": list(rooms)}, by=manager_of(agency), if_match=revision
    )
    assert declared.status_code == 200, declared.text
    assert declared.headers["etag"] == f'"{revision + 1}"'


async def check(county: County, **question: Any) -> list[dict[str, Any]]:
    asked = {"specialism": "substance_misuse", "team_id": str(TEAM)} | question
    answered = await county.stage.post("/v1/capacity:check", asked, by=SOCIAL_WORKER)
    assert answered.status_code == 200
    return list(answered.json()["agencies"])


async def test_the_directory_lists_agencies_and_what_they_offer(county: County) -> None:
    stage = county.stage

    agencies = (await stage.get("/v1/agencies", by=SOCIAL_WORKER)).json()["items"]
    offers = (await stage.get("/v1/offers?specialism=domestic_abuse_victim", by=SOCIAL_WORKER)).json()["items"]
    first = (await stage.get("/v1/agencies?limit=1", by=SOCIAL_WORKER)).json()
    second = (await stage.get(f"/v1/agencies?limit=1&after={first['next']}", by=SOCIAL_WORKER)).json()

    assert [agency["code"] for agency in agencies] == ["aquarius", "elmore", "mind", "turning_point"]
    assert [offer["agency_id"] for offer in offers] == [str(ELMORE)]
    assert [page["items"][0]["code"] for page in (first, second)] == ["aquarius", "elmore"]


async def test_an_agency_says_what_it_offers_whenever_that_changes(county: County) -> None:
    await county.stage.post(
        f"/v1/agencies/{MIND}/offers",
        {"title": "More", "audience": "Adults", "specialism": "substance_misuse", "from_on": "2026-01-01"},
        by=ADMIN,
    )

    said = [one for one in await county.stage.said(events.AgencyRecorded) if one.aggregate_id == MIND]

    assert [one.data["specialisms"] for one in said] == [[], ["mental_health"], ["mental_health", "substance_misuse"]]


async def test_an_offer_for_some_areas_is_found_there_and_one_for_all_everywhere(county: County) -> None:
    stage = county.stage
    [offer] = (await stage.get(f"/v1/offers?agency_id={MIND}", by=ADMIN)).json()["items"]
    facts = {name: offer[name] for name in ("specialism", "title", "audience", "from_on")}
    await stage.put(f"/v1/offers/{offer['id']}", facts | {"areas": ["cherwell"]}, by=ADMIN, if_match=1)

    async def found(area: str) -> set[str]:
        listed = await stage.get(f"/v1/offers?area={area}", by=SOCIAL_WORKER)
        return {one["agency_id"] for one in listed.json()["items"]}

    assert str(MIND) in await found("cherwell")
    assert str(MIND) not in await found("vale")
    assert str(TURNING_POINT) in await found("vale")


async def test_an_offer_that_ended_is_listed_and_asked_no_longer(county: County) -> None:
    stage = county.stage
    [offer] = (await stage.get(f"/v1/offers?agency_id={TURNING_POINT}", by=ADMIN)).json()["items"]
    facts = {name: offer[name] for name in ("specialism", "title", "audience", "from_on")}
    await stage.put(f"/v1/offers/{offer['id']}", facts | {"until_on": "2026-11-20"}, by=ADMIN, if_match=1)

    request = await county.request(manager_of(AQUARIUS))

    assert request["agency_id"] == str(AQUARIUS)
    assert (await stage.get(f"/v1/offers?agency_id={TURNING_POINT}", by=ADMIN)).json()["items"] == []
    assert [(one["agency_code"], one["excluded"]) for one in await check(county)] == [
        ("aquarius", None),
        ("turning_point", "not_offered"),
    ]


async def test_an_inactive_agency_is_asked_for_nothing_until_it_is_back(county: County) -> None:
    stage = county.stage
    for agency in (TURNING_POINT, AQUARIUS):
        await stage.put(f"/v1/agencies/{agency}", {"name": "Away", "active": False}, by=ADMIN, if_match=1)
    await county.need()
    await stage.tick("route-waiting")
    [need] = (await stage.get(f"/v1/needs?family_id={county.family}", by=SOCIAL_WORKER)).json()["items"]
    assert need["state"] == "unrouted"

    await stage.put(f"/v1/agencies/{AQUARIUS}", {"name": "Back", "active": True}, by=ADMIN, if_match=2)
    assert await stage.tick("route-waiting") == 1

    [request] = (await stage.get("/v1/requests", by=manager_of(AQUARIUS))).json()["items"]
    assert request["state"] == "requested"


@pytest.mark.parametrize(
    ("declared", "answer", "expected_on"),
    [
        (None, "needs_conversation", None),
        (room(), "has_capacity", None),
        (room(places=0), "none", None),
        (room(places=0, waiting=3, expected_on="2026-12-15"), "waiting_list", "2026-12-15"),
        (room(places=1, waiting=1), "needs_conversation", None),
        (room(team_id=None), "has_capacity", None),
        (room(team_id=str(new_id())), "needs_conversation", None),
    ],
)
async def test_room_is_asked_for_before_a_request(
    county: County, declared: dict[str, Any] | None, answer: str, expected_on: str | None
) -> None:
    if declared:
        await declare(county, declared)

    [ours] = [one for one in await check(county) if one["agency_code"] == "turning_point"]

    assert (ours["answer"], ours["expected_on"]) == (answer, expected_on)


async def test_the_word_on_a_team_counts_before_the_word_on_all(county: County) -> None:
    await declare(county, room(team_id=None, places=5), room(places=0))

    [ours] = [one for one in await check(county) if one["agency_code"] == "turning_point"]

    assert ours["answer"] == "none"


async def test_a_word_grows_stale(county: County) -> None:
    await declare(county, room())
    county.stage.clock.forward(days=29)

    [ours] = [one for one in await check(county) if one["agency_code"] == "turning_point"]

    assert (ours["answer"], ours["is_stale"]) == ("needs_conversation", True)


async def test_the_need_goes_where_there_is_room_and_the_request_says_what_was_said(county: County) -> None:
    await declare(county, room(places=0))
    await declare(county, room(places=1), agency=AQUARIUS)
    assert [one["agency_code"] for one in await check(county) if one["is_first"]] == ["aquarius"]

    request = await county.request(manager_of(AQUARIUS))

    assert (request["agency_id"], request["room"]) == (str(AQUARIUS), "has_capacity")


async def test_a_place_that_was_taken_is_free_no_longer_until_the_work_has_ended(county: County) -> None:
    await declare(county, room(places=1))
    county.stage.clock.forward(hours=1)
    request = await county.request()
    accepted = (await county.say(request, "accept", by=TP, body=BODIES["accept"])).json()
    [taken] = (await county.stage.get("/v1/capacity", by=TP)).json()["items"]

    await county.say(accepted, "cancel", by=SOCIAL_WORKER, body=BODIES["cancel"])
    [free] = (await county.stage.get("/v1/capacity", by=TP)).json()["items"]

    assert (taken["taken"], taken["answer"]) == (1, "none")
    assert (free["taken"], free["answer"]) == (0, "has_capacity")
    # Two practitioners give 0.59 of a post each to the team.
    assert free["staffed_fte"] == 1.18


async def test_what_is_not_named_is_taken_back(county: County) -> None:
    other = str(new_id())
    await declare(county, room(), room(team_id=other))
    await declare(county, room(places=3), revision=1)

    held = await county.stage.get(CAPACITY, by=SOCIAL_WORKER)
    assert [(one["team_id"], one["places"]) for one in held.json()["rooms"]] == [(str(TEAM), 3)]
    said = await county.stage.said(events.CapacityDeclared)
    assert [(one.data["team_id"], one.data["places"]) for one in said] == [
        (str(TEAM), 2),
        (other, 2),
        (str(TEAM), 3),
        (other, 0),
    ]
    assert len({one.aggregate_id for one in said}) == 2
    stale = await county.stage.put(CAPACITY, {"rooms": []}, by=TP, if_match=1)
    assert stale.status_code == 412


async def test_an_agency_does_not_learn_what_others_answer(county: County) -> None:
    await declare(county, room(), agency=AQUARIUS)

    assert (await county.stage.post("/v1/capacity:check", {"specialism": "substance_misuse"}, by=TP)).status_code == 403
    assert (await county.stage.get("/v1/capacity", by=TP)).json()["items"] == []
    assert (
        len((await county.stage.get("/v1/capacity?specialism=substance_misuse", by=SOCIAL_WORKER)).json()["items"]) == 1
    )


async def test_a_practitioner_without_a_share_in_the_familys_team_may_stand_in(county: County) -> None:
    path = f"/v1/practitioners/{TP_PRACTITIONER.id}"
    now = (await county.stage.get(path, by=TP)).json()
    body = {"name": now["name"], "fte": now["fte"], "shares": [], "checked_on": now["checked_on"]}
    changed = await county.stage.put(path, body, by=TP, if_match=now["revision"])
    assert changed.json()["shares"] == []
    request = await county.request()

    accepted = await county.say(request, "accept", by=TP, body={"practitioner_id": str(TP_PRACTITIONER.id)})

    assert (accepted.status_code, accepted.json()["practitioner_id"]) == (200, str(TP_PRACTITIONER.id))


async def test_a_practitioner_changes_teams_and_leaves(county: County) -> None:
    path, other = f"/v1/practitioners/{TP_PRACTITIONER.id}", new_id()
    shares = [{"team_id": str(TEAM), "fte": 0.4}, {"team_id": str(other), "fte": 0.4}]

    changed = await county.stage.put(
        path, {"name": "Invented", "fte": 0.8, "shares": shares, "checked_on": "2026-06-01"}, by=TP, if_match=1
    )
    left = await county.stage.post(f"{path}:leave", {"left_on": "2026-11-20"}, by=TP, if_match=2)

    assert (changed.json()["fte"], left.json()["shares"]) == (0.8, [])
    said = [one.data for one in await county.stage.said(events.PractitionerRecorded)]
    theirs = [one for one in said if one["practitioner_id"] == str(TP_PRACTITIONER.id)]
    assert [(len(one["teams"]), one["active"]) for one in theirs] == [(1, True), (2, True), (0, False)]
    assert "name" not in theirs[0]
    present = (await county.stage.get("/v1/practitioners", by=TP)).json()["items"]
    everybody = (await county.stage.get("/v1/practitioners?present=false", by=TP)).json()["items"]
    assert (len(present), len(everybody)) == (1, 2)
    again = await county.stage.post(f"{path}:leave", {"left_on": "2026-11-20"}, by=TP, if_match=3)
    assert again.status_code == 409


async def test_whoever_gives_notice_serves_their_teams_until_the_day_and_then_is_said_to_be_gone(
    county: County,
) -> None:
    stage, path = county.stage, f"/v1/practitioners/{TP_PRACTITIONER.id}"
    await declare(county, room())

    async def staffed() -> float:
        [held] = (await stage.get("/v1/capacity", by=TP)).json()["items"]
        return float(held["staffed_fte"])

    async def said() -> list[tuple[int, bool]]:
        every = await stage.said(events.PractitionerRecorded)
        return [(len(one.data["teams"]), one.data["active"]) for one in every if one.aggregate_id == TP_PRACTITIONER.id]

    leaving = await stage.post(f"{path}:leave", {"left_on": "2026-12-01"}, by=TP, if_match=1)

    assert leaving.json()["shares"] == [{"team_id": str(TEAM), "fte": 0.59}]
    assert (await staffed(), await said()) == (1.18, [(1, True), (1, True)])
    assert await stage.tick("say-who-came-or-left") == 0
    stage.clock.forward(days=11)
    assert [await stage.tick("say-who-came-or-left") for _ in range(2)] == [1, 0]
    assert (await staffed(), await said()) == (0.59, [(1, True), (1, True), (0, False)])
    assert (await stage.get(path, by=TP)).json()["shares"] == []


async def test_whoever_comes_later_is_said_to_be_there_on_their_first_day(county: County) -> None:
    facts = {"id": str(new_id()), "name": "Invented", "specialism": "substance_misuse", "fte": 1.0}
    await county.stage.post("/v1/practitioners", facts | {"joined_on": "2026-11-23"}, by=TP)
    assert await county.stage.tick("say-who-came-or-left") == 0

    county.stage.clock.forward(days=3)

    assert await county.stage.tick("say-who-came-or-left") == 1
    assert (await county.stage.said(events.PractitionerRecorded))[-1].data["active"] is True


async def test_another_agencys_practitioner_is_not_mine_to_change(county: County) -> None:
    path = f"/v1/practitioners/{TP_OTHER.id}"
    body = {"name": "Mine", "fte": 0.5, "shares": []}

    assert (await county.stage.get(path, by=manager_of(MIND))).status_code == 404
    assert (await county.stage.put(path, body, by=manager_of(MIND), if_match=1)).status_code == 404
    assert (await county.stage.get(path, by=SOCIAL_WORKER)).status_code == 200
    known = await county.stage.post(
        "/v1/practitioners",
        body | {"id": str(TP_OTHER.id), "specialism": "mental_health", "joined_on": "2026-01-01"},
        by=manager_of(MIND),
    )
    assert known.json()["type"] == "urn:fsp:problem:practitioner-known"


async def test_terms_of_ones_own_move_the_clocks_of_what_comes(county: County) -> None:
    stage = county.stage
    held = (await stage.get("/v1/terms", by=SOCIAL_WORKER)).json()
    assert (held["revision"], held["answer_within"]) == (0, {"urgent": 1, "soon": 3, "routine": 5})
    before = await county.request()

    set_to = await stage.put(
        "/v1/terms",
        {
            "answer_within": {"routine": 2},
            "first_contact_within": 5,
            "end_within": 5,
            "report_within_days": 7,
            "capacity_fresh_days": 10,
        },
        by=ADMIN,
        if_match=0,
    )
    after = await county.request()
    again = await stage.put("/v1/terms", set_to.json() | {"id": None}, by=ADMIN, if_match=0)

    assert set_to.json()["answer_within"] == {"urgent": 1, "soon": 3, "routine": 2}
    assert (before["due_at"], after["due_at"]) == ("2026-11-27T23:59:59Z", "2026-11-24T23:59:59Z")
    assert again.status_code == 422
    assert (await stage.get(f"/v1/requests/{before['id']}", by=TP)).json()["due_at"] == before["due_at"]


CONFIGURING = {
    "POST /v1/agencies": {"id": str(new_id()), "code": "x", "name": "X"},
    f"PUT /v1/agencies/{MIND}": {"name": "X"},
    f"POST /v1/agencies/{MIND}/offers": {"title": "X", "audience": "X", "from_on": "2026-01-01"},
    "POST /v1/agreements": {},
    "PUT /v1/terms": {},
}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.SERVICE_ADMIN}))
async def test_only_the_administrator_configures(stage: Stage, role: Role) -> None:
    somebody = caller(role, agency=derived_id("test", "mind"))

    for route, body in CONFIGURING.items():
        method, path = route.split()
        refused = await stage.call(method, path, body, by=somebody, if_match=1)
        assert refused.status_code == 403, route
