"""Who sees what: an agency its own, a practitioner what names them, nobody more than they need."""

from uuid import UUID

import pytest

from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller
from tests.partners.county import (
    ADMIN,
    AQUARIUS,
    AUDITOR,
    BODIES,
    MIND,
    REPORT,
    SOCIAL_WORKER,
    TEAM_MANAGER,
    TP,
    TP_OTHER,
    TP_PRACTITIONER,
    TURNING_POINT,
    County,
    manager_of,
    practitioner_of,
)

OTHERS = {
    "another agency's manager": manager_of(MIND),
    "the manager of one that offers the same": manager_of(AQUARIUS),
    "another agency's practitioner": practitioner_of(MIND, "mental_health"),
    "a colleague who is not named": TP_OTHER,
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
async def test_anothers_request_does_not_exist(county: County, other: object) -> None:
    request = await county.at("engaged")
    session = await county.stage.post(
        f"/v1/requests/{request['id']}/sessions",
        {"kind": "one_to_one", "starts_at": "2026-12-01T10:00:00Z"},
        by=TP_PRACTITIONER,
    )
    unknown = (await county.stage.get(f"/v1/requests/{new_id()}", by=other)).json()

    for path in (
        f"/v1/requests/{request['id']}",
        f"/v1/requests/{request['id']}/messages",
        f"/v1/requests/{request['id']}/sessions",
        f"/v1/requests/{request['id']}/end-report",
        f"/v1/sessions/{session.json()['id']}",
    ):
        seen = await county.stage.get(path, by=other)  # type: ignore[arg-type]
        assert seen.status_code == 404, path
        assert seen.json() | {"instance": ""} == unknown | {"instance": ""}
    for path in ("/v1/requests", f"/v1/requests?family_id={county.family}", f"/v1/requests?practitioner_id={TP.id}"):
        assert (await county.stage.get(path, by=other)).json()["items"] == []  # type: ignore[arg-type]
    work = (await county.stage.get("/v1/work-list", by=other)).json()  # type: ignore[arg-type]
    assert work == {"overdue": [], "new": [], "waiting": [], "mine": []}
    booked = await county.stage.post(
        f"/v1/requests/{request['id']}/sessions",
        {"kind": "group", "starts_at": "2026-12-01T10:00:00Z"},
        by=other,  # type: ignore[arg-type]
    )
    assert booked.status_code == 404


async def test_a_practitioner_sees_a_request_from_when_they_are_named_until_another_is(county: County) -> None:
    request = await county.request()
    assert (await county.stage.get(f"/v1/requests/{request['id']}", by=TP_PRACTITIONER)).status_code == 404

    accepted = (await county.say(request, "accept", by=TP, body=BODIES["accept"])).json()
    assert (await county.stage.get(f"/v1/requests/{request['id']}", by=TP_PRACTITIONER)).status_code == 200
    await county.say(accepted, "assign", by=TP, body=BODIES["assign"])

    assert (await county.stage.get(f"/v1/requests/{request['id']}", by=TP_PRACTITIONER)).status_code == 404
    assert (await county.stage.get(f"/v1/requests/{request['id']}", by=TP_OTHER)).status_code == 200


FAMILY = ("family_id", "workbook_id")


@pytest.mark.parametrize(
    ("state", "knows"),
    [
        ("requested", False),
        ("clarifying", False),
        ("waitlisted", False),
        ("accepted", True),
        ("engaged", True),
        ("on_hold", True),
        ("declined", False),
        ("completed", False),
        ("ended_early", False),
        ("cancelled", False),
    ],
)
async def test_an_agency_knows_the_family_only_while_its_practitioner_works_with_the_adult(
    county: County, state: str, knows: bool
) -> None:
    request = await county.at(state)

    for seen in (
        (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json(),
        (await county.stage.get("/v1/requests", by=TP)).json()["items"][0],
    ):
        assert all((seen[name] is not None) is knows for name in FAMILY)
        assert seen["adult_id"] is not None
    by_family = (await county.stage.get(f"/v1/requests?family_id={county.family}", by=TP)).json()["items"]
    assert bool(by_family) is knows
    council = (await county.stage.get(f"/v1/requests/{request['id']}", by=SOCIAL_WORKER)).json()
    assert all(council[name] is not None for name in FAMILY)


async def test_a_request_in_error_shows_an_agency_nothing_of_the_family(county: County) -> None:
    request = await county.at("in_error")

    seen = (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json()

    assert all(seen[name] is None for name in (*FAMILY, "adult_id", "specialism", "team_id", "lead_worker_id"))


async def test_a_request_in_error_withdraws_at_once_all_that_hung_on_it(county: County) -> None:
    stage, request = county.stage, await county.at("engaged")
    path = f"/v1/requests/{request['id']}"
    await stage.post(f"{path}/messages", {"text": "An invented remark."}, by=SOCIAL_WORKER)
    booking = {"kind": "one_to_one", "starts_at": "2026-12-01T10:00:00Z"}
    session = (await stage.post(f"{path}/sessions", booking, by=TP_PRACTITIONER)).json()
    reported = (await county.say(request, "report", by=TP_PRACTITIONER, body=REPORT)).json()
    hanging = (f"{path}/messages", f"{path}/sessions", f"{path}/end-report", f"/v1/sessions/{session['id']}")
    assert [(await stage.get(one, by=TP_PRACTITIONER)).status_code for one in hanging] == [200] * 4

    await county.say(reported, "mark-in-error", by=SOCIAL_WORKER)

    for by in (TP, TP_PRACTITIONER):
        assert [(await stage.get(one, by=by)).status_code for one in hanging] == [404] * 4
        tombstone = (await stage.get(path, by=by)).json()
        assert (tombstone["state"], tombstone["outcome"], tombstone["reason"]) == ("in_error", None, None)
        moved = await stage.post(
            f"/v1/sessions/{session['id']}:move", {"starts_at": booking["starts_at"]}, by=by, if_match=2
        )
        assert moved.status_code == 404
    assert [(await stage.get(one, by=SOCIAL_WORKER)).status_code for one in hanging] == [200] * 4


async def test_the_council_asks_by_family(county: County) -> None:
    await county.request()

    refused = await county.stage.get("/v1/requests", by=SOCIAL_WORKER)
    found = await county.stage.get(f"/v1/requests?family_id={county.family}", by=TEAM_MANAGER)
    other = await county.stage.get(f"/v1/requests?family_id={new_id()}", by=TEAM_MANAGER)

    assert (refused.status_code, refused.json()["type"]) == (422, "urn:fsp:problem:scope-required")
    assert (len(found.json()["items"]), other.json()["items"]) == (1, [])


async def test_needs_are_seen_by_the_team_that_asked(county: County) -> None:
    await county.need()
    other_team = caller(Role.TEAM_MANAGER, team=new_id())

    assert len((await county.stage.get("/v1/needs", by=TEAM_MANAGER)).json()["items"]) == 1
    assert (await county.stage.get("/v1/needs", by=other_team)).json()["items"] == []
    assert (await county.stage.get("/v1/needs", by=SOCIAL_WORKER)).json()["type"].endswith("scope-required")
    assert len((await county.stage.get("/v1/needs", by=caller(Role.SERVICE_MANAGER))).json()["items"]) == 1


async def test_an_agency_is_the_one_in_the_token_whatever_is_asked_for(county: County) -> None:
    await county.request()

    theirs = await county.stage.get(f"/v1/practitioners?agency_id={MIND}", by=TP)
    capacity = await county.stage.get(f"/v1/agencies/{MIND}/capacity", by=TP)
    declared = await county.stage.put(f"/v1/agencies/{MIND}/capacity", {"rooms": []}, by=TP, if_match=0)
    tenant_in_body = await county.stage.post(
        "/v1/practitioners",
        {"id": str(new_id()), "agency_id": str(MIND), "name": "X", "specialism": "mental_health", "fte": 1.0}
        | {"joined_on": "2026-01-01"},
        by=TP,
    )

    assert theirs.json()["items"] == []
    assert (capacity.status_code, declared.status_code) == (404, 404)
    assert tenant_in_body.json()["type"] == "urn:fsp:problem:unknown-field"


async def test_an_agencys_role_without_an_agency_sees_nothing(county: County) -> None:
    await county.request()
    nowhere = caller(Role.AGENCY_MANAGER)

    for path in ("/v1/requests", "/v1/work-list", "/v1/practitioners"):
        refused = await county.stage.get(path, by=nowhere)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:fsp:problem:forbidden"), path


async def _agreement_of(stage: Stage, agency: UUID) -> dict[str, object]:
    [found] = (await stage.get(f"/v1/agreements?agency_id={agency}", by=ADMIN)).json()["items"]
    return dict(found)


async def test_a_suspended_agreement_hides_everything_at_once_and_says_so(county: County) -> None:
    stage, request = county.stage, await county.at("engaged")
    agreement = await _agreement_of(stage, TURNING_POINT)
    by_admin = await stage.post(f"/v1/agreements/{agreement['id']}:suspend", {}, by=ADMIN, if_match=2)
    assert by_admin.status_code == 403

    suspended = await stage.post(f"/v1/agreements/{agreement['id']}:suspend", {}, by=AUDITOR, if_match=2)
    assert suspended.json()["state"] == "suspended"

    assert (await stage.get(f"/v1/requests/{request['id']}", by=TP)).status_code == 404
    assert (await county.say(request, "hold", by=TP, body=BODIES["hold"])).status_code == 404
    for path in ("/v1/requests", "/v1/work-list"):
        refused = await stage.get(path, by=TP)
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:fsp:problem:sharing-suspended")
    assert (await stage.get(f"/v1/requests/{request['id']}", by=SOCIAL_WORKER)).status_code == 200

    await stage.post(f"/v1/agreements/{agreement['id']}:resume", {}, by=AUDITOR, if_match=3)
    assert (await stage.get(f"/v1/requests/{request['id']}", by=TP)).status_code == 200


async def test_without_an_agreement_the_next_agency_is_asked(county: County) -> None:
    agreement = await _agreement_of(county.stage, TURNING_POINT)
    await county.stage.post(f"/v1/agreements/{agreement['id']}:end", {}, by=ADMIN, if_match=2)

    request = await county.request(manager_of(AQUARIUS))

    assert request["agency_id"] == str(AQUARIUS)


async def test_a_request_proves_under_which_terms_it_was_shared_and_an_agencys_reads_note_them(county: County) -> None:
    stage, agreement = county.stage, await _agreement_of(county.stage, TURNING_POINT)
    request = await county.at("engaged")
    path = f"/v1/requests/{request['id']}"
    booking = {"kind": "one_to_one", "starts_at": "2026-12-01T10:00:00Z"}
    session = (await stage.post(f"{path}/sessions", booking, by=TP_PRACTITIONER)).json()
    assert (request["agreement_id"], request["agreement_fingerprint"]) == (agreement["id"], agreement["fingerprint"])

    read = (path, f"{path}/messages", f"{path}/sessions", f"/v1/sessions/{session['id']}")
    for by in (TP_PRACTITIONER, SOCIAL_WORKER):
        for one in read:
            await stage.get(one, by=by)

    grounds = [row.purpose for row in (await stage.audited())[-8:]]
    assert grounds == [f"agreement {agreement['id']}, terms {agreement['fingerprint']}"] * 4 + [None] * 4


async def test_every_read_and_write_of_a_familys_record_is_audited(county: County) -> None:
    request = await county.at("engaged")
    path = f"/v1/requests/{request['id']}"
    before = len(await county.stage.audited())

    await county.stage.get(path, by=TP_PRACTITIONER)
    await county.stage.get(f"{path}/messages", by=SOCIAL_WORKER)
    await county.stage.get(f"{path}/sessions", by=TP)
    await county.stage.post(f"{path}/messages", {"text": "Hello"}, by=TP)
    await county.stage.get(f"/v1/requests?family_id={county.family}", by=SOCIAL_WORKER)
    await county.stage.get(f"{path}/end-report", by=SOCIAL_WORKER)

    noted = (await county.stage.audited())[before:]
    assert [(row.action, row.family_id == county.family) for row in noted] == [
        ("requests:read", True),
        ("messages:read", True),
        ("sessions:read", True),
        ("messages:write", True),
        ("requests:list", True),
    ]
