"""Sessions and the conversation over HTTP."""

from typing import Any

import httpx
import pytest

from libs.contracts import partners as events
from libs.kernel.roles import Role
from services.partners.domain.grants import MAY
from services.partners.domain.sessions import SessionState
from tests.partners.county import BODIES, REPORT, SOCIAL_WORKER, TP, TP_PRACTITIONER, County, as_role

LATER = "2026-11-25T10:00:00Z"
BY_VERB: dict[str, dict[str, Any]] = {
    "attend": {},
    "miss": {"reason": "would_not"},
    "move": {"starts_at": "2026-12-09T10:00:00Z"},
    "cancel": {},
}


async def booked(county: County, state: str = "engaged") -> dict[str, Any]:
    request = await county.at(state)
    made = await county.stage.post(
        f"/v1/requests/{request['id']}/sessions", {"kind": "one_to_one", "starts_at": LATER}, by=TP_PRACTITIONER
    )
    assert made.status_code == 201, made.text
    county.stage.clock.forward(days=14)
    return dict(made.json())


async def say(county: County, session: dict[str, Any], verb: str, **body: Any) -> httpx.Response:
    return await county.stage.post(
        f"/v1/sessions/{session['id']}:{verb}",
        BY_VERB[verb] | body,
        by=TP_PRACTITIONER,
        if_match=session["revision"],
    )


@pytest.mark.parametrize(
    ("verb", "body", "state", "event"),
    [
        ("attend", {}, "attended", events.SessionAttended),
        ("attend", {"late": True}, "late", events.SessionAttended),
        ("miss", {"reason": "could_not"}, "not_attended", events.SessionMissed),
        ("miss", {"reason": "logistics"}, "not_attended", events.SessionMissed),
        ("cancel", {}, "cancelled", events.SessionCancelled),
    ],
)
async def test_a_session_is_settled_once_and_said(
    county: County, verb: str, body: dict[str, Any], state: str, event: Any
) -> None:
    session = await booked(county)

    settled = await say(county, session, verb, **body)

    assert (settled.status_code, settled.json()["state"]) == (200, state)
    assert len(await county.stage.said(event)) == 1
    for again in BY_VERB:
        refused = await say(county, settled.json(), again)
        assert (refused.status_code, refused.json()["type"]) == (409, "urn:fsp:problem:invalid-transition")


async def test_moving_chains_the_old_and_the_new_date(county: County) -> None:
    session = await booked(county)

    moved = await say(county, session, "move")

    assert moved.status_code == 201
    assert moved.headers["location"] == f"/v1/sessions/{moved.json()['id']}"
    assert (moved.json()["supersedes"], moved.json()["state"]) == (session["id"], "booked")
    old = (await county.stage.get(f"/v1/sessions/{session['id']}", by=TP)).json()
    assert (old["state"], old["moved_to"], old["starts_at"]) == ("moved", moved.json()["id"], LATER)
    listed = (await county.stage.get(f"/v1/requests/{session['request_id']}/sessions", by=SOCIAL_WORKER)).json()
    assert [one["state"] for one in listed["items"]] == ["moved", "booked"]
    [said] = await county.stage.said(events.SessionMoved)
    assert said.data["moved_to"] == moved.json()["id"]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("verb", BY_VERB)
async def test_only_the_agencys_people_say_anything_to_a_session(county: County, verb: str, role: Role) -> None:
    session = await booked(county)

    said = await county.stage.post(f"/v1/sessions/{session['id']}:{verb}", BY_VERB[verb], by=as_role(role), if_match=1)

    granted = role in MAY[f"sessions:{verb}"]
    assert said.status_code == ((201 if verb == "move" else 200) if granted else 403)
    assert granted is (role in {Role.AGENCY_MANAGER, Role.ADULT_PRACTITIONER})


async def test_the_first_appointment_may_be_missed_but_is_not_attended_before_contact_is_recorded(
    county: County,
) -> None:
    session = await booked(county, "accepted")

    refused = await say(county, session, "attend")
    missed = await say(county, session, "miss")

    assert (refused.status_code, missed.json()["state"]) == (409, SessionState.NOT_ATTENDED)


@pytest.mark.parametrize(
    ("scores", "slug"),
    [
        ([{"tool": "PHQ-9", "total": 28}], "invalid-score"),
        ([{"tool": "TOP-PSYCHOLOGICAL", "total": 21}], "invalid-score"),
        ([{"tool": "SDQ", "total": 20}], "invalid-score"),
        ([{"tool": "phq_9", "total": 8}], "invalid-body"),
        ([{"tool": "PHQ-9", "total": 1000}], "invalid-body"),
        ([{"tool": "AUDIT", "total": 41}], "invalid-score"),
        ([{"tool": "AUDIT", "total": -1}], "invalid-body"),
        ([{"tool": "AUDIT", "total": 1}, {"tool": "AUDIT", "total": 2}], "invalid-score"),
        ([{"tool": "horoscope", "total": 1}], "invalid-body"),
        ([{"tool": "AUDIT", "total": 1.5}], "invalid-body"),
        ([{"tool": "AUDIT", "total": True}], "invalid-body"),
    ],
)
async def test_a_score_that_cannot_be_is_refused_and_nothing_is_kept(
    county: County, scores: list[dict[str, Any]], slug: str
) -> None:
    session = await booked(county)

    refused = await say(county, session, "attend", scores=scores)

    assert (refused.status_code, refused.json()["type"]) == (422, f"urn:fsp:problem:{slug}")
    assert (await county.stage.get(f"/v1/sessions/{session['id']}", by=TP)).json() == session


async def test_sessions_lie_between_the_acceptance_and_now(county: County) -> None:
    stage, request = county.stage, await county.at("engaged")
    path = f"/v1/requests/{request['id']}/sessions"

    early = await stage.post(path, {"kind": "group", "starts_at": "2026-11-19T10:00:00Z"}, by=TP)
    future = await stage.post(path, {"kind": "group", "starts_at": "2027-01-19T10:00:00Z"}, by=TP)
    attended = await stage.post(f"/v1/sessions/{future.json()['id']}:attend", {}, by=TP, if_match=1)

    for refused in (early, attended):
        assert (refused.status_code, refused.json()["type"]) == (422, "urn:fsp:problem:implausible-date")


async def test_the_end_of_the_work_calls_off_what_is_booked(county: County) -> None:
    stage, session = county.stage, await booked(county)
    request = (await stage.get(f"/v1/requests/{session['request_id']}", by=TP)).json()
    await stage.put(f"/v1/requests/{request['id']}/end-report", REPORT, by=TP, if_match=request["revision"])
    request = (await stage.get(f"/v1/requests/{session['request_id']}", by=TP)).json()

    await county.say(request, "complete", by=TP)

    after = (await stage.get(f"/v1/sessions/{session['id']}", by=TP)).json()
    assert after["state"] == "cancelled"
    assert len(await stage.said(events.SessionCancelled)) == 1
    refused = await stage.post(
        f"/v1/requests/{request['id']}/sessions", {"kind": "group", "starts_at": "2026-12-20T10:00:00Z"}, by=TP
    )
    assert refused.status_code == 409


async def test_the_ball_goes_to_the_council_and_back_while_the_clock_runs_on(county: County) -> None:
    stage, request = county.stage, await county.request()
    path = f"/v1/requests/{request['id']}"

    asked = await stage.post(f"{path}/messages", BODIES["ask"], by=TP)
    waiting = (await stage.get(path, by=TP)).json()
    answered = await stage.post(f"{path}/messages", BODIES["answer"], by=SOCIAL_WORKER)
    back = (await stage.get(path, by=TP)).json()

    assert (asked.json()["effect"], waiting["state"], waiting["waits_for"]) == ("asks", "clarifying", "council")
    assert (answered.json()["effect"], back["state"], back["waits_for"]) == ("answers", "requested", "agency")
    assert back["due_at"] == request["due_at"]
    said = (await stage.get(f"{path}/messages", by=SOCIAL_WORKER)).json()["items"]
    assert [(one["party"], one["text"]) for one in said] == [
        ("agency", "What has been tried?"),
        ("council", "A course, a year ago."),
    ]
    assert len(await stage.said(events.RequestClarifying)) == len(await stage.said(events.RequestAnswered)) == 1


@pytest.mark.parametrize("state", ["declined", "completed", "cancelled", "in_error"])
async def test_nothing_is_said_after_the_end(county: County, state: str) -> None:
    request = await county.at(state)

    refused = await county.stage.post(f"/v1/requests/{request['id']}/messages", {"text": "Hello?"}, by=SOCIAL_WORKER)

    assert refused.status_code == 409


async def test_no_event_carries_what_was_said(county: County) -> None:
    request = await county.request()
    await county.stage.post(f"/v1/requests/{request['id']}/messages", {"text": "Secret narrative"}, by=TP)
    await county.say(request, "accept", by=TP, body=BODIES["accept"])

    rows = await county.stage.as_owner("SELECT data::text FROM outbox")

    assert not [row for row in rows if "Secret" in row[0] or "narrative" in row[0] or "Invented" in row[0]]
