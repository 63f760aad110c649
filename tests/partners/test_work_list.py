"""The one screen of an agency's client."""

from datetime import timedelta
from typing import Any

from libs.contracts.partners import RequestOverdue
from tests.partners.county import (
    BODIES,
    LEAD,
    SOCIAL_WORKER,
    TP,
    TP_OTHER,
    TP_PRACTITIONER,
    County,
    a_need,
)


async def screen(county: County, by: Any = TP) -> dict[str, list[tuple[str, str]]]:
    """Return the task and the state of every item, by section."""
    read = await county.stage.get("/v1/work-list", by=by)
    assert read.status_code == 200
    return {
        section: [(item["task"], item["request"]["state"]) for item in items] for section, items in read.json().items()
    }


async def test_a_request_moves_over_the_screen_from_new_to_mine_to_gone(county: County) -> None:
    request = await county.request()
    assert await screen(county) == {"overdue": [], "new": [("answer", "requested")], "waiting": [], "mine": []}
    assert (await screen(county, TP_PRACTITIONER))["new"] == []

    waiting = (await county.say(request, "waitlist", by=TP, body=BODIES["waitlist"])).json()
    assert (await screen(county))["waiting"] == [("offer_place", "waitlisted")]

    accepted = (await county.say(waiting, "accept", by=TP, body=BODIES["accept"])).json()
    for somebody in (TP, TP_PRACTITIONER):
        assert (await screen(county, somebody))["mine"] == [("make_first_contact", "accepted")]
    assert (await screen(county, TP_OTHER))["mine"] == []

    engaged = (await county.say(accepted, "start", by=TP_PRACTITIONER)).json()
    assert (await screen(county, TP_PRACTITIONER))["mine"] == [("work", "engaged")]

    await county.say(engaged, "end-early", by=SOCIAL_WORKER, body=BODIES["end-early"])
    assert (await screen(county))["mine"] == [("report", "ended_early")]

    ended = (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json()
    await county.say(ended, "report", by=TP_PRACTITIONER, body=BODIES["report"])
    assert (await screen(county)) == {"overdue": [], "new": [], "waiting": [], "mine": []}


async def test_an_acceptance_without_a_name_waits_for_one(county: County) -> None:
    request = await county.request()

    promised = (await county.say(request, "accept", by=TP, body={"practitioner_by": "2026-11-25"})).json()

    assert (promised["state"], promised["practitioner_by"], promised["family_id"]) == ("accepted", "2026-11-25", None)
    assert (await screen(county))["waiting"] == [("name_practitioner", "accepted")]
    named = (await county.say(promised, "assign", by=TP, body=BODIES["assign"])).json()
    assert named["family_id"] == str(county.family)


async def test_what_is_late_comes_first_whatever_it_is(county: County) -> None:
    await county.at("accepted")
    await county.request()
    county.stage.clock.forward(days=60)
    await county.need()

    shown = await screen(county)

    assert shown["overdue"] == [("answer", "requested"), ("make_first_contact", "accepted")]
    assert shown["new"] == [("answer", "requested")]


async def test_an_item_names_the_lead_worker_the_due_date_and_the_next_session(county: County) -> None:
    request = await county.at("engaged")
    path = f"/v1/requests/{request['id']}/sessions"
    for starts_at in ("2026-12-09T10:00:00Z", "2026-12-02T10:00:00Z"):
        await county.stage.post(path, {"kind": "one_to_one", "starts_at": starts_at}, by=TP)

    [item] = (await county.stage.get("/v1/work-list", by=TP)).json()["mine"]
    county.stage.clock.forward(days=14)
    [late] = (await county.stage.get("/v1/work-list", by=TP)).json()["overdue"]

    assert item["request"]["lead_worker_id"] == str(LEAD)
    assert item["next_session_at"] == "2026-12-02T10:00:00Z"
    assert (item["task"], item["due_at"]) == ("work", None)
    assert (late["task"], late["due_at"]) == ("record_session", "2026-12-02T23:59:59Z")


async def test_whoever_leaves_leaves_work_for_another(county: County) -> None:
    request = await county.at("engaged")
    await county.stage.post(
        f"/v1/practitioners/{TP_PRACTITIONER.id}:leave", {"left_on": "2026-11-21"}, by=TP, if_match=1
    )
    county.stage.clock.forward(days=2)
    assert (await screen(county))["overdue"] == [("reassign", "engaged")]

    await county.say(request, "assign", by=TP, body=BODIES["assign"])

    assert (await screen(county, TP_OTHER))["mine"] == [("work", "engaged")]


async def test_late_answers_are_flagged_while_the_screen_already_shows_them(county: County) -> None:
    await county.request()
    county.stage.clock.forward(days=8)
    assert (await screen(county))["overdue"] == [("answer", "requested")]

    await county.stage.tick("flag-overdue")

    [said] = await county.stage.said(RequestOverdue)
    assert said.occurred_at == county.stage.clock.now
    assert (await screen(county))["overdue"] == [("answer", "requested")]


async def test_two_hundred_open_requests_come_in_order_of_what_presses(county: County) -> None:
    stage = county.stage
    asked = [
        a_need(
            family=county.family,
            workbook=county.workbook,
            at=stage.clock.now - timedelta(days=number % 9, minutes=number),
            urgency=("routine", "soon", "urgent")[number % 3],
        )
        for number in range(200)
    ]
    await stage.hear_envelope(*[stage.envelope(one) for one in asked])

    work = (await county.stage.get("/v1/work-list", by=TP)).json()

    assert sum(len(items) for items in work.values()) == 200
    for items in work.values():
        due = [item["due_at"] for item in items]
        assert due == sorted(due)
    now = county.stage.clock.now.isoformat()
    assert all(item["due_at"] < now for item in work["overdue"])
    assert all(item["due_at"] >= now[:10] for item in work["new"])
