"""What cannot be right gets its stated problem, never a 500, and leaves nothing half-written."""

import base64
import json
from typing import Any

import pytest

from libs.chassis.auth import Caller
from libs.kernel.ids import new_id
from tests.harness import Stage
from tests.partners.county import (
    ADMIN,
    AQUARIUS,
    BODIES,
    MIND,
    REPORT,
    SOCIAL_WORKER,
    TEAM,
    TP,
    TP_PRACTITIONER,
    TURNING_POINT,
    County,
    practitioner_of,
)

PERSON = {"name": "Invented", "specialism": "substance_misuse", "fte": 0.8, "shares": [], "joined_on": "2026-01-01"}
OFFER = {"title": "Groups", "audience": "Adults", "from_on": "2026-01-01"}
ROOM = {"specialism": "substance_misuse", "team_id": str(TEAM), "fte": 0.5, "places": 1, "waiting": 0}
AGREEMENT = {
    "agency_id": str(TURNING_POINT),
    "specialisms": ["substance_misuse"],
    "basis": "public_task",
    "condition": "safeguarding",
    "from_on": "2026-01-01",
}
CAPACITY = f"/v1/agencies/{TURNING_POINT}/capacity"
OFFERS = f"/v1/agencies/{TURNING_POINT}/offers"
TERMS = {
    "answer_within": {},
    "first_contact_within": 10,
    "end_within": 10,
    "report_within_days": 14,
    "capacity_fresh_days": 28,
}
DEEP = {"a": 1}

#: Who says what how, and the status and problem that it gets.
Configured = tuple[Caller, str, str, dict[str, Any], int, str]
#: In which state what is said, and the status and problem that it gets.
Said = tuple[str, str, dict[str, Any], int, str]

CONFIGURATION: dict[str, Configured] = {
    "more than full time": (TP, "POST", "/v1/practitioners", PERSON | {"fte": 1.2}, 422, "invalid-body"),
    "no time at all": (TP, "POST", "/v1/practitioners", PERSON | {"fte": 0}, 422, "invalid-fte"),
    "shares beyond the post": (
        TP,
        "POST",
        "/v1/practitioners",
        PERSON | {"shares": [{"team_id": str(TEAM), "fte": 0.5}, {"team_id": str(MIND), "fte": 0.4}]},
        422,
        "invalid-fte",
    ),
    "the same team twice": (
        TP,
        "POST",
        "/v1/practitioners",
        PERSON | {"shares": [{"team_id": str(TEAM), "fte": 0.1}] * 2},
        422,
        "invalid-fte",
    ),
    "fifty-one teams": (
        TP,
        "POST",
        "/v1/practitioners",
        PERSON | {"shares": [{"team_id": str(new_id()), "fte": 0.01} for _ in range(51)]},
        422,
        "invalid-body",
    ),
    "a specialism of its own": (TP, "POST", "/v1/practitioners", PERSON | {"specialism": "x"}, 422, "invalid-body"),
    "30 February": (TP, "POST", "/v1/practitioners", PERSON | {"joined_on": "2026-02-30"}, 422, "invalid-date"),
    "29 February of a common year": (
        TP,
        "POST",
        "/v1/practitioners",
        PERSON | {"checked_on": "2026-02-29"},
        422,
        "invalid-date",
    ),
    "a control character": (TP, "POST", "/v1/practitioners", PERSON | {"name": "A\u0007B"}, 422, "invalid-text"),
    "a bidi override": (TP, "POST", "/v1/practitioners", PERSON | {"name": "A\u202eB"}, 422, "invalid-text"),
    "an offer that ends before it begins": (
        ADMIN,
        "POST",
        OFFERS,
        OFFER | {"until_on": "2025-01-01"},
        422,
        "invalid-offer",
    ),
    "an offer of no preference": (ADMIN, "POST", OFFERS, OFFER | {"preference": 0}, 422, "invalid-body"),
    "an offer of an unknown agency": (ADMIN, "POST", f"/v1/agencies/{new_id()}/offers", OFFER, 404, "not-found"),
    "an area with a space": (ADMIN, "POST", OFFERS, OFFER | {"areas": ["east side"]}, 422, "invalid-body"),
    "an agreement over nothing": (
        ADMIN,
        "POST",
        "/v1/agreements",
        AGREEMENT | {"specialisms": []},
        422,
        "invalid-agreement",
    ),
    "an agreement that ends as it begins": (
        ADMIN,
        "POST",
        "/v1/agreements",
        AGREEMENT | {"until_on": "2026-01-01"},
        422,
        "invalid-agreement",
    ),
    "an agreement with nobody": (
        ADMIN,
        "POST",
        "/v1/agreements",
        AGREEMENT | {"agency_id": str(new_id())},
        404,
        "not-found",
    ),
    "an agency that is known": (
        ADMIN,
        "POST",
        "/v1/agencies",
        {"id": str(new_id()), "code": "mind", "name": "Again"},
        409,
        "agency-known",
    ),
    "places without people": (TP, "PUT", CAPACITY, {"rooms": [ROOM | {"fte": 0.0}]}, 422, "invalid-capacity"),
    "fewer than no places": (TP, "PUT", CAPACITY, {"rooms": [ROOM | {"places": -1}]}, 422, "invalid-body"),
    "the same team declared twice": (TP, "PUT", CAPACITY, {"rooms": [ROOM, ROOM]}, 422, "invalid-capacity"),
    "a place expected in the past": (
        TP,
        "PUT",
        CAPACITY,
        {"rooms": [ROOM | {"expected_on": "2026-11-01"}]},
        422,
        "invalid-capacity",
    ),
    "room declared tomorrow": (
        TP,
        "PUT",
        CAPACITY,
        {"rooms": [ROOM], "occurred_at": "2026-11-21T10:00:00Z"},
        422,
        "implausible-date",
    ),
    "terms without days": (ADMIN, "PUT", "/v1/terms", TERMS | {"end_within": 0}, 422, "invalid-body"),
    "terms for an unknown urgency": (
        ADMIN,
        "PUT",
        "/v1/terms",
        TERMS | {"answer_within": {"now": 1}},
        422,
        "invalid-body",
    ),
    "an unknown field": (ADMIN, "PUT", "/v1/terms", TERMS | DEEP, 422, "unknown-field"),
}


@pytest.mark.parametrize("case", CONFIGURATION.values(), ids=CONFIGURATION)
async def test_configuration_that_cannot_be_is_refused(county: County, case: Configured) -> None:
    by, method, path, body, status, slug = case
    if path == "/v1/practitioners":
        body = {"id": str(new_id())} | body
    before = await _rows(county.stage)

    refused = await county.stage.call(method, path, body, by=by, if_match=0 if method == "PUT" else None)

    assert (refused.status_code, refused.json()["type"]) == (status, f"urn:fsp:problem:{slug}"), refused.text
    assert await _rows(county.stage) == before


VERBS: dict[str, Said] = {
    "nobody named": ("requested", "accept", {}, 422, "practitioner-required"),
    "somebody unknown": ("requested", "accept", {"practitioner_id": str(new_id())}, 409, "practitioner-not-eligible"),
    "another agency's": (
        "requested",
        "accept",
        {"practitioner_id": str(practitioner_of(AQUARIUS, "substance_misuse").id)},
        409,
        "practitioner-not-eligible",
    ),
    "another specialism's": (
        "requested",
        "accept",
        {"practitioner_id": str(practitioner_of(MIND, "mental_health").id)},
        409,
        "practitioner-not-eligible",
    ),
    "a name for yesterday": ("requested", "accept", {"practitioner_by": "2026-11-19"}, 422, "implausible-date"),
    "an id that is none": ("requested", "accept", {"practitioner_id": "x"}, 422, "invalid-body"),
    "a place for yesterday": ("requested", "waitlist", {"expected_on": "2026-11-19"}, 422, "implausible-date"),
    "a place at no time": ("requested", "waitlist", {}, 422, "invalid-body"),
    "a reason that is none": ("requested", "decline", {"reason": "tired"}, 422, "invalid-body"),
    "the future": (
        "requested",
        "decline",
        {"reason": "unsafe", "occurred_at": "2026-12-20T10:00:00Z"},
        422,
        "implausible-date",
    ),
    "before it came": (
        "requested",
        "decline",
        {"reason": "unsafe", "occurred_at": "2026-11-19T10:00:00Z"},
        422,
        "implausible-date",
    ),
    "no zone": (
        "requested",
        "decline",
        {"reason": "unsafe", "occurred_at": "2026-11-20T10:00:00"},
        422,
        "invalid-datetime",
    ),
    "a pause reviewed at once": (
        "engaged",
        "hold",
        {"reason": "safety", "review_on": "2026-11-20"},
        422,
        "implausible-date",
    ),
    "no report": ("engaged", "complete", {}, 409, "report-required"),
    "no report either": ("engaged", "end-early", {"reason": "moved_away"}, 409, "report-required"),
    "complete before accept": ("requested", "complete", {}, 409, "invalid-transition"),
    "the same practitioner again": ("engaged", "assign", BODIES["accept"], 409, "invalid-transition"),
    "the agency of another": ("requested", "accept", {"agency_id": str(MIND)}, 422, "unknown-field"),
    "no goals": ("engaged", "report", REPORT | {"goals": []}, 422, "invalid-body"),
    "both views of the family": (
        "engaged",
        "report",
        REPORT | {"no_family_view": "did_not_wish"},
        422,
        "incomplete-report",
    ),
    "fifty-one goals": ("engaged", "report", REPORT | {"goals": REPORT["goals"] * 26}, 422, "invalid-body"),
    "a view without end": ("engaged", "report", REPORT | {"family_view": "x" * 20_001}, 422, "too-long"),
    "silence": ("requested", "ask", {"text": "   "}, 422, "invalid-text"),
}


@pytest.mark.parametrize("case", VERBS.values(), ids=VERBS)
async def test_a_verb_that_cannot_be_is_refused(county: County, case: Said) -> None:
    state, verb, body, status, slug = case
    request = await county.at(state)
    county.stage.clock.forward(minutes=1)
    before = await _rows(county.stage)

    refused = await county.say(request, verb, by=TP, body=body)

    assert (refused.status_code, refused.json()["type"]) == (status, f"urn:fsp:problem:{slug}"), refused.text
    assert await _rows(county.stage) == before
    assert (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json() == request


async def _rows(stage: Stage) -> list[tuple[str, int]]:
    tables = ("agency", "offer", "practitioner", "capacity", "agreement", "terms", "request", "message", "session")
    counted = [await stage.as_owner(f"SELECT count(*) FROM {name}") for name in (*tables, "end_report", "outbox")]
    return [(name, rows[0][0]) for name, rows in zip((*tables, "end_report", "outbox"), counted, strict=True)]


@pytest.mark.parametrize(
    "query",
    [
        "state=asleep",
        "specialism=dentistry",
        "family_id=1",
        "practitioner_id=%00",
        "overdue=perhaps",
        "limit=0",
        "limit=201",
        "after=x",
        "after=WyIyMDI2Il0",
    ],
)
async def test_a_filter_that_cannot_be_is_refused(county: County, query: str) -> None:
    refused = await county.stage.get(f"/v1/requests?{query}", by=TP)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")


def _cursor(*values: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


FORGED = {
    "no zone": ("/v1/requests", _cursor("2026-11-20T10:00:00", str(new_id()))),
    "a year too far": ("/v1/requests", _cursor("9999-12-31T23:59:59-14:00", str(new_id()))),
    "a year too early": ("/v1/requests", _cursor("0001-01-01T00:00:00+14:00", str(new_id()))),
    "half a surrogate": ("/v1/agencies", _cursor("\ud800")),
    "a NUL": ("/v1/agencies", _cursor("\x00")),
    "a number for text": ("/v1/agencies", _cursor(1)),
    "too many": ("/v1/agencies", _cursor("a", "b")),
    "an object": ("/v1/agencies", "eyJhIjoxfQ"),
}


@pytest.mark.parametrize(("path", "cursor"), FORGED.values(), ids=FORGED)
async def test_a_forged_cursor_is_refused(county: County, path: str, cursor: str) -> None:
    refused = await county.stage.get(f"{path}?after={cursor}", by=TP)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")


@pytest.mark.parametrize("area", ["%00", "a b", "x" * 65, "%F0%9F%92%A5"])
async def test_an_area_that_cannot_be_is_refused(county: County, area: str) -> None:
    refused = await county.stage.get(f"/v1/offers?area={area}", by=TP)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:fsp:problem:invalid-parameter")


async def test_a_change_needs_the_etag_that_was_read(county: County) -> None:
    request = await county.request()
    path = f"/v1/requests/{request['id']}:accept"

    missing = await county.stage.post(path, BODIES["accept"], by=TP)
    stale = await county.stage.post(path, BODIES["accept"], by=TP, if_match=9)
    forged = await county.stage.post(path, BODIES["accept"], by=TP, if_match="*")

    assert (missing.status_code, stale.status_code, forged.status_code) == (428, 412, 412)


async def test_the_same_key_accepts_once(county: County) -> None:
    request = await county.request()
    path = f"/v1/requests/{request['id']}:accept"

    first = await county.stage.post(path, BODIES["accept"], by=TP, if_match=1, key="k")
    again = await county.stage.post(path, BODIES["accept"], by=TP, if_match=1, key="k")
    other = await county.stage.post(path, {"practitioner_by": "2026-12-01"}, by=TP, if_match=1, key="k")

    assert (first.status_code, again.content) == (200, first.content)
    assert other.json()["type"] == "urn:fsp:problem:idempotency-key-reused"


async def test_other_scripts_and_emoji_are_kept_as_they_were_said(county: County) -> None:
    request = await county.request()
    text = "Zoë — 李 محمد 👩‍👧\nzweite Zeile"

    await county.stage.post(f"/v1/requests/{request['id']}/messages", {"text": text}, by=SOCIAL_WORKER)

    [said] = (await county.stage.get(f"/v1/requests/{request['id']}/messages", by=TP)).json()["items"]
    assert said["text"] == text


async def test_a_practitioner_who_left_takes_nobody_on(county: County) -> None:
    path = f"/v1/practitioners/{TP_PRACTITIONER.id}"
    await county.stage.post(f"{path}:leave", {"left_on": "2026-11-20"}, by=TP, if_match=1)
    request = await county.request()

    refused = await county.say(request, "accept", by=TP, body=BODIES["accept"])

    assert refused.json()["type"] == "urn:fsp:problem:practitioner-not-eligible"
