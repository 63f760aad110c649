"""A need on its way: to the agency that offers the help, to the next one, back to the team, and what is late."""

from datetime import timedelta

import pytest

from libs.contracts import partners as events
from libs.contracts.allocation import TeamRecorded
from tests.harness import Stage
from tests.partners.county import (
    ADMIN,
    AQUARIUS,
    BODIES,
    MIND,
    TEAM,
    TEAM_MANAGER,
    TP,
    TURNING_POINT,
    County,
    agree,
    manager_of,
    needs,
    set_up,
    states,
)


async def test_nobody_offers_it_and_the_need_stays_visible_until_somebody_does(stage: Stage) -> None:
    county = County(stage)
    await county.need()
    assert await needs(county) == ["unrouted"]
    assert await stage.tick("route-waiting") == 1
    assert await stage.tick("route-waiting") == 0
    [said] = await stage.said(events.NeedUnrouted)
    assert (said.data["specialism"], said.data["asked"]) == ("substance_misuse", 0)
    listed = await stage.get("/v1/needs?state=unrouted", by=TEAM_MANAGER)
    assert len(listed.json()["items"]) == 1

    await set_up(stage, TURNING_POINT)
    assert await stage.tick("route-waiting") == 1
    assert await needs(county) == ["unrouted"]
    await agree(stage, TURNING_POINT)
    assert await stage.tick("route-waiting") == 1

    assert await needs(county) == ["routed"]
    assert await states(county) == ["requested"]


async def _offers_in_oxford_east_only(stage: Stage) -> None:
    await set_up(stage, TURNING_POINT)
    await agree(stage, TURNING_POINT)
    [offer] = (await stage.get("/v1/offers", by=ADMIN)).json()["items"]
    body = {name: offer[name] for name in ("specialism", "title", "audience", "from_on")}
    await stage.put(f"/v1/offers/{offer['id']}", body | {"areas": ["oxford_east"]}, by=ADMIN, if_match=1)


async def test_an_offer_for_some_areas_waits_for_news_of_the_team(stage: Stage) -> None:
    county = County(stage)
    await _offers_in_oxford_east_only(stage)
    await county.need()
    assert await stage.tick("route-waiting") == 1
    assert await needs(county) == ["unrouted"]

    await stage.hear(TeamRecorded(team_id=TEAM, code="oxford_east_1", areas=("oxford_east", "oxford_south")))

    assert await stage.tick("route-waiting") == 1
    assert await states(county) == ["requested"]


async def test_a_team_that_was_closed_serves_no_area(stage: Stage) -> None:
    county = County(stage)
    await _offers_in_oxford_east_only(stage)
    said = TeamRecorded(team_id=TEAM, code="oxford_east_1", areas=("oxford_east",))
    await stage.hear(said)
    await stage.hear(said.model_copy(update={"active": False}))

    await county.need()

    assert await needs(county) == ["unrouted"]
    assert await states(county) == []


async def test_no_capacity_sends_the_need_to_the_next_agency_and_then_keeps_it(county: County) -> None:
    first = await county.request()

    declined = await county.say(first, "decline", by=TP, body={"reason": "no_capacity"})
    assert declined.json()["state"] == "declined"
    listed = await county.stage.get("/v1/requests", by=manager_of(AQUARIUS))
    [second] = listed.json()["items"]
    assert (second["requested_at"], second["state"]) == (first["requested_at"], "requested")
    again = await county.say(second, "decline", by=manager_of(AQUARIUS), body={"reason": "no_capacity"})

    assert again.status_code == 200
    assert await needs(county) == ["unrouted"]
    said = await county.stage.said(events.RequestDeclined)
    assert [one.data["goes_on"] for one in said] == [True, False]
    [unrouted] = await county.stage.said(events.NeedUnrouted)
    assert unrouted.data["asked"] == 2
    assert await county.stage.tick("route-waiting") == 1
    assert await county.stage.tick("route-waiting") == 0


async def test_the_next_agencys_time_runs_from_when_the_need_reached_it(county: County) -> None:
    stage, asked_at = county.stage, county.stage.clock.now
    first = await county.request(urgency="urgent")
    stage.clock.forward(days=6)

    body = {"reason": "no_capacity", "occurred_at": (asked_at + timedelta(hours=1)).isoformat()}
    await county.say(first, "decline", by=TP, body=body)
    stage.clock.forward(hours=2)

    assert await stage.tick("flag-overdue") == 0
    [second] = (await stage.get("/v1/work-list", by=manager_of(AQUARIUS))).json()["new"]
    # It reached the second on Thursday the 26th, however long ago the first had said no.
    assert (second["due_at"], second["request"]["opened_at"]) == ("2026-11-27T23:59:59Z", "2026-11-26T10:00:00Z")


async def test_a_past_that_is_loaded_stays_in_the_past_from_agency_to_agency(county: County) -> None:
    then = county.stage.clock.now - timedelta(days=200)
    first = await county.request(requested_at=then)
    declined_at = (then + timedelta(days=2)).isoformat().replace("+00:00", "Z")

    await county.say(first, "decline", by=TP, body={"reason": "no_capacity", "occurred_at": declined_at})

    [second] = (await county.stage.get("/v1/requests", by=manager_of(AQUARIUS))).json()["items"]
    assert second["opened_at"] == declined_at


async def declares(county: County, places: int, *, revision: int = 0) -> None:
    room = {"specialism": "mental_health", "fte": 5.0, "places": places, "waiting": 0}
    path = f"/v1/agencies/{MIND}/capacity"
    declared = await county.stage.put(path, {"rooms": [room]}, by=manager_of(MIND), if_match=revision)
    assert declared.status_code == 200, declared.text


async def test_an_agency_that_had_no_room_is_asked_again_when_it_declares_some(county: County) -> None:
    stage, mind = county.stage, manager_of(MIND)
    first = await county.request(mind, specialism="mental_health")
    for attempt in (1, 2):
        stage.clock.forward(hours=1)
        await county.say(first, "decline", by=mind, body={"reason": "no_capacity"})
        await stage.tick("route-waiting")
        assert await needs(county) == ["unrouted"]
        stage.clock.forward(days=10)
        await declares(county, 0, revision=2 * attempt - 2)
        assert await stage.tick("route-waiting") == 0
        await declares(county, 9, revision=2 * attempt - 1)

        assert await stage.tick("route-waiting") == 1

        assert await needs(county) == ["routed"]
        again = (await stage.get("/v1/requests?state=requested", by=mind)).json()["items"]
        assert [(one["room"], one["requested_at"]) for one in again] == [("has_capacity", first["requested_at"])]
        [first] = again
    assert await states(county) == ["declined", "declined", "requested"]


async def test_room_declared_before_the_need_was_declined_asks_nobody_again(county: County) -> None:
    await declares(county, 9)
    request = await county.request(manager_of(MIND), specialism="mental_health")
    county.stage.clock.forward(hours=1)

    await county.say(request, "decline", by=manager_of(MIND), body={"reason": "no_capacity"})
    await county.stage.tick("route-waiting")

    assert await states(county) == ["declined"]


@pytest.mark.parametrize("reason", ["not_eligible", "conflict", "unsafe", "other_agency_involved"])
async def test_any_other_reason_goes_back_to_the_team(county: County, reason: str) -> None:
    first = await county.request()

    await county.say(first, "decline", by=TP, body={"reason": reason})

    assert await states(county) == ["declined"]
    [said] = await county.stage.said(events.RequestDeclined)
    assert (said.data["reason"], "goes_on" in said.data) == (reason, False)


async def test_an_answer_that_is_late_is_flagged_once_and_stays_open(county: County) -> None:
    request = await county.request()
    assert await county.stage.tick("flag-overdue") == 0

    county.stage.clock.forward(days=8)
    assert await county.stage.tick("flag-overdue") == 1
    assert await county.stage.tick("flag-overdue") == 0

    flagged = (await county.stage.get("/v1/requests?overdue=true", by=TP)).json()["items"]
    assert [(one["id"], one["state"]) for one in flagged] == [(request["id"], "requested")]
    assert len(await county.stage.said(events.RequestOverdue)) == 1
    accepted = await county.say(flagged[0], "accept", by=TP, body=BODIES["accept"])
    assert accepted.json()["overdue_at"] is not None


async def test_nobody_is_late_with_what_they_could_hardly_have_seen(county: County) -> None:
    await county.need(requested_at=county.stage.clock.now - timedelta(days=30))

    assert await county.stage.tick("flag-overdue") == 0
    county.stage.clock.forward(hours=1)
    assert await county.stage.tick("flag-overdue") == 1
