"""Receiving concerns: what is kept, what is recognised, what is refused."""

import json
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.referrals import ReferralReceived
from libs.kernel.ids import new_id
from services.referrals.schemas.referrals import NewReferral
from tests.harness import Stage
from tests.referrals.actors import (
    CASE_SYSTEM,
    MANAGER,
    OTHER_SCHOOL,
    SCHOOL,
    SCREENER,
    Actors,
    adult,
    child,
    concern,
    pointers,
    slug,
)

NHS, OTHER_NHS = "9990000018", "9990000026"


async def counted(stage: Stage) -> tuple[int, ...]:
    """Return how many rows the tables have that receiving writes to."""
    tables = ("referral", "contact", "person", "family", "family_member", "clock", "outbox")
    rows = await stage.as_owner(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables))
    return tuple(row[0] for row in rows)


async def test_a_sender_gets_a_receipt_and_no_hint(stage: Stage, front_door: Actors) -> None:
    await front_door.receive(children=[child(nhs_number=NHS)])

    answer = await stage.post("/v1/referrals", concern(children=[child(nhs_number=NHS)]), by=SCHOOL)

    told = answer.json()
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/v1/referrals/{told['id']}"
    assert answer.headers["etag"] == '"1"'
    shown = {key for key, value in told.items() if value is not None}
    assert shown == {"id", "revision", "reference", "state", "received_at", "decision_due_at"}


async def test_staff_see_who_may_be_known_and_why(front_door: Actors) -> None:
    first = await front_door.receive(children=[child(nhs_number=NHS)], adults=[])

    second = await front_door.receive(children=[child("Wrenn", nhs_number=NHS)], adults=[])

    (candidate,) = second["candidates"]
    assert candidate["known_person_id"] == first["children"][0]
    assert candidate["person_id"] == second["children"][0]
    assert candidate["strength"] == "likely"
    assert candidate["points"] == sum(hit["points"] for hit in candidate["hits"])
    assert {hit["rule"] for hit in candidate["hits"]} >= {"nhs_number_same", "birth_date_same"}
    assert second["family_id"] != first["family_id"]


async def test_the_same_source_again_changes_nothing(stage: Stage, front_door: Actors) -> None:
    source = {"system": "liquidlogic", "id": "REF-17"}
    first = await front_door.receive(by=CASE_SYSTEM, source=source)
    before = await counted(stage)

    answer = await stage.post("/v1/referrals", concern(source=source, area="oxford_east"), by=CASE_SYSTEM)

    assert answer.status_code == 200
    assert answer.json()["id"] == first["id"]
    assert answer.headers["etag"] == '"1"'
    assert await counted(stage) == before


async def test_what_a_sender_calls_a_referral_is_theirs_alone(front_door: Actors) -> None:
    source = {"system": "portal", "id": "1"}

    ids = {(await front_door.receive(by=by, source=source))["id"] for by in (SCHOOL, OTHER_SCHOOL, SCREENER)}

    assert len(ids) == 3


async def test_a_child_with_the_same_source_is_the_same_child(front_door: Actors) -> None:
    known = child(source={"system": "liquidlogic", "id": "C1"}, la_child_id="C1")
    first = await front_door.receive(by=CASE_SYSTEM, children=[known], adults=[])

    again = {**known, "upn_unknown": "UN4", "given_name": "Renamed"}
    second = await front_door.receive(by=CASE_SYSTEM, children=[again, child("Lark")], adults=[])

    assert second["children"][0] == first["children"][0]
    assert second["family_id"] == first["family_id"]
    assert second["re_referral"]
    assert second["prior_referral_id"] == first["id"]
    person = await front_door.person(first["children"][0])
    assert (person["given_name"], person["upn_unknown"]) == ("Wren", "UN4")


@pytest.mark.parametrize(("days", "expected"), [(365, True), (366, False)])
async def test_a_referral_within_twelve_months_is_a_re_referral(
    stage: Stage, front_door: Actors, days: int, *, expected: bool
) -> None:
    first = await front_door.receive(
        received_at=(stage.clock.now - timedelta(days=days)).isoformat(), children=[child()], adults=[]
    )

    second = await front_door.receive(children=[{"person_id": first["children"][0]}], adults=[])

    assert second["re_referral"] is expected
    assert (second["prior_referral_id"] == first["id"]) is expected
    said = (await stage.said(ReferralReceived))[-1]
    assert said.data["re_referral"] is expected


async def test_siblings_come_in_one_referral_with_both_parents(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(
        children=[child("Wren"), child("Lark", birth_date="2020-02-29"), child("Finch", birth_date="2016-05-05")],
        adults=[adult("Robin"), adult("Jay", sex="F")],
        relationships=[
            {"person": f"adults/{parent}", "relation": "parent", "other": f"children/{one}"}
            for parent in range(2)
            for one in range(3)
        ]
        + [{"person": "children/0", "relation": "sibling", "other": "children/1", "from_on": "2020-02-29"}],
    )

    family = await front_door.family(received["family_id"])

    assert len(family["members"]) == 5
    assert len(family["relationships"]) == 7
    person = await front_door.person(received["children"][0])
    assert {one["relation"] for one in person["relationships"]} == {"child", "sibling"}
    assert (await stage.said(ReferralReceived))[0].data["children"] == received["children"]


async def test_an_unborn_child_has_an_expected_date(front_door: Actors) -> None:
    received = await front_door.receive(
        children=[{"family_name": "Invented", "expected_date": "2027-02-01"}], adults=[adult("Jay", sex="F")]
    )

    referral = await front_door.read(received["id"])

    assert referral["people"][0]["expected_date"] == "2027-02-01"
    assert referral["people"][0]["birth_date"] is None
    assert referral["people"][0]["sex"] == "U"


async def test_a_family_of_forty_is_received(front_door: Actors) -> None:
    received = await front_door.receive(
        children=[child(f"Wren {number}", birth_date=f"2017-01-{number + 1:02}") for number in range(15)],
        adults=[adult(f"Robin {number}", birth_date=f"1980-{number % 12 + 1:02}-03") for number in range(25)],
    )

    assert len((await front_door.family(received["family_id"]))["members"]) == 40


async def test_a_family_of_forty_told_in_full_is_received(front_door: Actors) -> None:
    homes = [{"line": "3 Made Up Street", "postcode": "OX1 1ND"}, {"line": "4 Made Up Street"}]
    told = NewReferral.model_validate(
        concern(
            children=[
                child(f"Wren {number}", birth_date=f"2017-01-{number + 1:02}", addresses=homes) for number in range(15)
            ],
            adults=[
                adult(f"Robin {number}", birth_date=f"1980-{number % 12 + 1:02}-03", addresses=homes)
                for number in range(25)
            ],
            relationships=[
                {"person": "adults/0", "relation": "parent", "other": f"children/{number}"} for number in range(15)
            ],
        )
    ).model_dump_json()

    received = await front_door.receive(**json.loads(told))

    assert told.count('":') > 1_000
    assert len((await front_door.family(received["family_id"]))["members"]) == 40


@pytest.mark.parametrize(
    "name", ["李小龍", "محمد", "Željko-Ćosić", "ऋषि", "🙂", "O'Invented", "Nguyễn Thị", "X Æ A-12"]
)
async def test_a_name_in_any_script_is_kept_and_found(stage: Stage, front_door: Actors, name: str) -> None:
    received = await front_door.receive(children=[child(name)], adults=[])

    found = await stage.post("/v1/people/search", {"given_name": name, "birth_date": "2018-01-20"}, by=SCREENER)

    assert found.json()["found"][0]["person"]["id"] == received["children"][0]
    assert found.json()["found"][0]["person"]["given_name"] == name


async def test_a_concern_from_years_ago_is_received_with_its_true_date(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(
        by=CASE_SYSTEM,
        channel="case_system",
        received_at="2021-06-11T16:40:00+01:00",
        children=[child(birth_date="2015-06-01")],
    )

    assert received["received_at"] == "2021-06-11T15:40:00Z"
    assert received["decision_due_at"] == "2021-06-14T22:59:59Z"
    (said,) = await stage.said(ReferralReceived)
    assert said.data["received_on"] == "2021-06-11"
    assert said.occurred_at.isoformat() == "2021-06-11T15:40:00+00:00"


async def test_a_protected_address_told_on_receipt_is_hidden_from_the_start(stage: Stage, front_door: Actors) -> None:
    mother = adult("Jay", sex="F", protected=[{"kind": "address", "value": "7 Nowhere Lane"}])

    received = await front_door.receive(adults=[mother])

    read = await stage.get(f"/v1/referrals/{received['id']}", by=SCREENER)
    assert "Nowhere" not in read.text
    assert [one["has_protected_details"] for one in read.json()["people"]] == [False, True]
    assert not any("Nowhere" in str(said.data) for said in await stage.said())
    kept = await stage.as_owner("SELECT * FROM contact_point UNION ALL SELECT * FROM contact_point")
    assert kept == []


# Every body here is refused whole: the problem, where it lies, and nothing of it kept.
BAD: dict[str, tuple[dict[str, Any], int, str, set[str]]] = {
    "no child": ({"children": []}, 422, "invalid-household", {"/children"}),
    "21 children": (
        {"children": [child(f"Wren {n}", birth_date=f"2017-01-{n + 1:02}") for n in range(21)]},
        422,
        "invalid-household",
        {"/children"},
    ),
    "the same child twice": ({"children": [child(), child()]}, 422, "invalid-household", {"/children/1"}),
    "born after the referral": (
        {"children": [child(birth_date="2026-11-21")]},
        422,
        "implausible-date",
        {"/children/0/birth_date"},
    ),
    "no date at all": ({"children": [child(birth_date=None)]}, 422, "implausible-date", {"/children/0/birth_date"}),
    "grown up": (
        {"children": [child(birth_date="2008-11-20")]},
        422,
        "implausible-date",
        {"/children/0/birth_date"},
    ),
    "born and expected": (
        {"children": [child(expected_date="2027-01-01")]},
        422,
        "implausible-date",
        {"/children/0/expected_date"},
    ),
    "expected in a year": (
        {"children": [{"expected_date": "2027-11-20"}]},
        422,
        "implausible-date",
        {"/children/0/expected_date"},
    ),
    "unborn girl": (
        {"children": [{"expected_date": "2027-01-20", "sex": "F"}]},
        422,
        "invalid-household",
        {"/children/0/sex"},
    ),
    "wrong check digit": (
        {"children": [child(nhs_number="9990000019")]},
        422,
        "invalid-identifier",
        {"/children/0/nhs_number"},
    ),
    "wrong check letter": (
        {"children": [child(upn="A00000000000Z")]},
        422,
        "invalid-identifier",
        {"/children/0/upn"},
    ),
    "wrong postcode": (
        {"children": [child(addresses=[{"line": "3 Made Up Street", "postcode": "OX111"}])]},
        422,
        "invalid-identifier",
        {"/children/0/addresses/0/postcode"},
    ),
    "two faults": (
        {"children": [child(birth_date="2030-01-01")], "adults": [adult(nhs_number="9990000019")]},
        422,
        "invalid-body",
        {"/children/0/birth_date", "/adults/0/nhs_number"},
    ),
    "relationship that ends first": (
        {
            "relationships": [
                {
                    "person": "adults/0",
                    "relation": "partner",
                    "other": "children/0",
                    "from_on": "2026-01-02",
                    "until_on": "2026-01-01",
                }
            ]
        },
        422,
        "implausible-date",
        {"/relationships/0"},
    ),
    "relationship to nobody": (
        {"relationships": [{"person": "adults/7", "relation": "parent", "other": "children/0"}]},
        422,
        "invalid-household",
        {"/relationships/0"},
    ),
    "child of its child": (
        {"relationships": [{"person": "children/0", "relation": "parent", "other": "adults/0"}]},
        422,
        "implausible-date",
        {"/relationships/0"},
    ),
    "30 February": (
        {"children": [child(birth_date="2018-02-30")]},
        422,
        "invalid-date",
        {"/children/0/birth_date"},
    ),
    "29 February of an ordinary year": (
        {"children": [child(birth_date="2019-02-29")]},
        422,
        "invalid-date",
        {"/children/0/birth_date"},
    ),
    "tomorrow": ({"received_at": "2026-11-21T10:00:00Z"}, 422, "implausible-date", {"/received_at"}),
    "no zone": ({"received_at": "2026-11-19T10:00:00"}, 422, "invalid-datetime", {"/received_at"}),
    "unknown field": ({"state": "accepted"}, 422, "unknown-field", {"/state"}),
    "unknown code": ({"referral_source": "99"}, 422, "invalid-body", {"/referral_source"}),
    "control character": ({"narrative": "a\u0000b"}, 422, "invalid-text", {"/narrative"}),
    "bidi override": ({"children": [child("Wr\u202een")]}, 422, "invalid-text", {"/children/0/given_name"}),
    "long name": ({"children": [child("W" * 201)]}, 422, "too-long", {"/children/0/given_name"}),
    "long narrative": ({"narrative": "a" * 20_001}, 422, "too-long", {"/narrative"}),
    "anonymous with a name": (
        {"referral_source": "9", "referrer": {"name": "Robin Invented"}},
        422,
        "anonymous-referrer-identified",
        {"/referrer"},
    ),
    "unnamed but named in the text": (
        {
            "referral_source": "1B",
            "referrer": {"name": "Robin Invented", "may_be_named": False},
            "narrative": "This is Robin Invented from next door.",
        },
        422,
        "anonymous-referrer-identified",
        {"/narrative"},
    ),
    "somebody unknown": (
        {"children": [{"person_id": "01900000-0000-7000-8000-000000000000"}]},
        422,
        "invalid-request",
        {"/children/0/person_id"},
    ),
    "another family": ({"family_id": "01900000-0000-7000-8000-000000000000"}, 404, "not-found", set()),
}


@pytest.mark.parametrize("name", BAD)
async def test_bad_input_is_refused_and_nothing_is_half_written(stage: Stage, name: str) -> None:
    changes, status, problem, where = BAD[name]

    answer = await stage.post("/v1/referrals", concern(**changes), by=SCREENER)

    assert (answer.status_code, slug(answer)) == (status, problem), answer.text
    assert pointers(answer) == where
    assert set(await counted(stage)) == {0}
    for told in ("Wren", "Invented", "9990000019", "OX111", "2030"):
        assert told not in answer.text


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (b"", 400, "malformed-json"),
        (b"{", 400, "malformed-json"),
        (b"\xff\xfe", 400, "malformed-json"),
        (b'{"area": "a", "area": "b"}', 400, "duplicate-key"),
        (b"[" * 40 + b"]" * 40, 400, "json-too-complex"),
        (b'{"narrative": "' + b"a" * 10_000_000 + b'"}', 413, "body-too-large"),
        (b"[1]", 422, "invalid-body"),
        (b"null", 422, "invalid-body"),
    ],
)
async def test_what_is_no_referral_at_all_gets_its_problem(
    stage: Stage, body: bytes, status: int, problem: str
) -> None:
    answer = await stage.call(
        "POST", "/v1/referrals", by=SCREENER, content=body, headers={"content-type": "application/json"}
    )

    assert (answer.status_code, slug(answer)) == (status, problem), answer.text


async def test_the_same_key_and_body_receive_once(stage: Stage) -> None:
    key, body = str(new_id()), concern()

    first = await stage.post("/v1/referrals", body, by=SCHOOL, key=key)
    before = await counted(stage)
    again = await stage.post("/v1/referrals", body, by=SCHOOL, key=key)
    other = await stage.post("/v1/referrals", concern(area="oxford_east"), by=SCHOOL, key=key)

    assert again.json() == first.json()
    assert again.status_code == 201
    assert await counted(stage) == before
    assert (other.status_code, slug(other)) == (422, "idempotency-key-reused")


async def test_without_a_key_nothing_is_received(stage: Stage) -> None:
    answer = await stage.call("PUT", "/v1/referrals", by=SCREENER)
    missing = await stage.call("POST", "/v1/referrals", concern(), by=SCREENER, headers={"idempotency-key": ""})

    assert answer.status_code == 405
    assert (missing.status_code, slug(missing)) == (400, "idempotency-key-required")


async def test_the_referrer_is_shown_to_the_front_door_only(stage: Stage, front_door: Actors) -> None:
    from tests.referrals.actors import SOCIAL_WORKER

    received = await front_door.receive(
        referral_source="1B",
        channel="phone",
        referrer={"name": "Jay Invented", "contact": "01865 000000", "may_be_named": False},
    )

    screener = (await front_door.read(received["id"]))["contact"]
    worker = (await front_door.read(received["id"], by=SOCIAL_WORKER))["contact"]

    assert screener["referrer_name"] == "Jay Invented"
    assert worker["referrer_name"] is None
    assert worker["referrer_contact"] is None
    assert worker["narrative"] == screener["narrative"]


async def test_reading_a_referral_is_audited(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive()

    await front_door.read(received["id"], by=MANAGER)

    last = (await stage.audited())[-1]
    assert (last.action, str(last.record_id), str(last.family_id)) == (
        "referrals:read",
        received["id"],
        received["family_id"],
    )


async def test_what_cannot_have_happened_yet_is_refused_with_its_place(stage: Stage) -> None:
    related = {"person": "adults/0", "relation": "parent", "other": "children/0", "from_on": "2150-01-01"}
    told = concern(children=[child(died_on="2199-01-01")], adults=[adult()], relationships=[related])

    answer = await stage.post("/v1/referrals", told, by=SCREENER)

    assert (answer.status_code, slug(answer)) == (422, "implausible-date")
    assert pointers(answer) == {"/children/0/died_on", "/relationships/0/from_on"}
