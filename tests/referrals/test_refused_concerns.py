"""Concerns that are refused whole: the problem, where it lies, and nothing of them kept."""

from typing import Any

import pytest

from tests.harness import Stage
from tests.referrals.actors import SCREENER, adult, child, concern, counted, pointers, slug

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
    "three wrong identifiers": (
        {"children": [child(nhs_number="9990000019", upn="A00000000000Z", la_child_id="no spaces")]},
        422,
        "invalid-identifier",
        {"/children/0/nhs_number", "/children/0/upn", "/children/0/la_child_id"},
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
    "another family": (
        {"family_id": "01900000-0000-7000-8000-000000000000"},
        422,
        "invalid-request",
        {"/family_id"},
    ),
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


async def test_without_a_key_nothing_is_received(stage: Stage) -> None:
    answer = await stage.call("PUT", "/v1/referrals", by=SCREENER)
    missing = await stage.call("POST", "/v1/referrals", concern(), by=SCREENER, headers={"idempotency-key": ""})

    assert answer.status_code == 405
    assert (missing.status_code, slug(missing)) == (400, "idempotency-key-required")


async def test_what_cannot_have_happened_yet_is_refused_with_its_place(stage: Stage) -> None:
    related = {"person": "adults/0", "relation": "parent", "other": "children/0", "from_on": "2150-01-01"}
    told = concern(children=[child(died_on="2199-01-01")], adults=[adult()], relationships=[related])

    answer = await stage.post("/v1/referrals", told, by=SCREENER)

    assert (answer.status_code, slug(answer)) == (422, "implausible-date")
    assert pointers(answer) == {"/children/0/died_on", "/relationships/0/from_on"}
