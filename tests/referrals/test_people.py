"""People, families, relationships and protected details over HTTP."""

from typing import Any

import pytest

from libs.contracts.referrals import FamilyMerged
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller
from tests.referrals.actors import ANALYST, CASE_SYSTEM, MANAGER, PLACE, SCHOOL, SCREENER, Actors, adult, child, slug


async def family_of(front_door: Actors, **changes: Any) -> tuple[str, str, str]:
    """Return a family with one child and one adult: its id and theirs."""
    received = await front_door.receive(**changes)
    return received["family_id"], received["children"][0], received["adults"][0]


async def test_a_person_is_corrected_and_what_is_left_out_stays(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await family_of(front_door, children=[child(nhs_number="9990000018")])

    answer = await stage.patch(
        f"/v1/people/{wren}", {"given_name": "Wrenna", "nhs_number": None}, by=SCREENER, if_match=1
    )

    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"2"'
    person = await front_door.person(wren)
    assert (person["given_name"], person["family_name"], person["nhs_number"]) == ("Wrenna", "Invented", None)


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        ({"nhs_number": "9990000019"}, 422, "invalid-identifier"),
        ({"birth_date": "2030-01-01"}, 422, "implausible-date"),
        ({"expected_date": "2027-01-01"}, 422, "implausible-date"),
        ({"died_on": "2017-01-01"}, 422, "implausible-date"),
        ({"name": "Wren"}, 422, "unknown-field"),
        ({"disabilities": ["NONE", "LD"]}, 422, "invalid-household"),
    ],
)
async def test_a_correction_that_cannot_be_is_refused(
    stage: Stage, front_door: Actors, body: dict[str, Any], status: int, problem: str
) -> None:
    _, wren, _ = await family_of(front_door)

    answer = await stage.patch(f"/v1/people/{wren}", body, by=SCREENER, if_match=1)

    assert (answer.status_code, slug(answer)) == (status, problem), answer.text


async def test_a_correction_needs_what_was_read(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await family_of(front_door)

    missing = await stage.patch(f"/v1/people/{wren}", {"given_name": "W"}, by=SCREENER)
    stale = await stage.patch(f"/v1/people/{wren}", {"given_name": "W"}, by=SCREENER, if_match=3)

    assert (missing.status_code, stale.status_code) == (428, 412)


async def test_birth_replaces_the_expected_date(stage: Stage, front_door: Actors) -> None:
    _, unborn, _ = await family_of(front_door, children=[{"expected_date": "2026-11-20"}])
    stage.clock.forward(days=3)

    by_hand = await stage.patch(f"/v1/people/{unborn}", {"birth_date": "2026-11-21"}, by=SCREENER, if_match=1)
    born = await stage.post(
        f"/v1/people/{unborn}:record-birth",
        {"birth_date": "2026-11-21", "sex": "F", "given_name": "Linnet"},
        by=SCREENER,
        if_match=1,
    )
    again = await stage.post(
        f"/v1/people/{unborn}:record-birth", {"birth_date": "2026-11-21", "sex": "F"}, by=SCREENER, if_match=2
    )

    assert (by_hand.status_code, slug(by_hand)) == (422, "implausible-date")
    assert (born.json()["birth_date"], born.json()["expected_date"]) == ("2026-11-21", None)
    assert born.json()["given_name"] == "Linnet"
    assert (again.status_code, slug(again)) == (409, "invalid-transition")


async def test_a_relationship_is_read_from_both_sides(stage: Stage, front_door: Actors) -> None:
    _, wren, robin = await family_of(front_door)

    told = await stage.post(
        f"/v1/people/{wren}/relationships",
        {"other_id": robin, "relation": "child", "from_on": "2018-01-20"},
        by=SCREENER,
    )
    twice = await stage.post(f"/v1/people/{robin}/relationships", {"other_id": wren, "relation": "parent"}, by=SCREENER)

    assert told.status_code == 201
    assert (told.json()["person_id"], told.json()["relation"]) == (wren, "child")
    assert twice.status_code == 409
    (from_robin,) = (await front_door.person(robin))["relationships"]
    assert (from_robin["relation"], from_robin["other_id"]) == ("parent", wren)


async def test_a_relationship_ends_not_before_it_began(stage: Stage, front_door: Actors) -> None:
    _, wren, robin = await family_of(front_door)
    told = await stage.post(
        f"/v1/people/{robin}/relationships",
        {"other_id": wren, "relation": "carer", "from_on": "2024-02-29"},
        by=SCREENER,
    )
    path = f"/v1/relationships/{told.json()['id']}:end"

    wrong = await stage.post(path, {"until_on": "2024-02-28"}, by=SCREENER, if_match=1)
    ended = await stage.post(path, {"until_on": "2025-02-28"}, by=SCREENER, if_match=1)

    assert (wrong.status_code, slug(wrong)) == (422, "implausible-date")
    assert (ended.json()["until_on"], ended.json()["revision"]) == ("2025-02-28", 2)


async def test_somebody_joins_and_leaves_a_family(stage: Stage, front_door: Actors) -> None:
    family, wren, robin = await family_of(front_door)

    joined = await stage.post(
        f"/v1/families/{family}/members",
        {"person": adult("Jay", addresses=[{"line": "3 Made Up Street"}]), "part": "adult", "from_on": "2026-01-01"},
        by=SCREENER,
        if_match=1,
    )
    there = await stage.post(
        f"/v1/families/{family}/members",
        {"person": {"person_id": wren}, "part": "child"},
        by=SCREENER,
        if_match=2,
    )
    left = await stage.post(
        f"/v1/families/{family}/members/{robin}:end", {"until_on": "2026-11-20"}, by=SCREENER, if_match=2
    )
    gone = await stage.post(f"/v1/families/{family}/members/{robin}:end", {}, by=SCREENER, if_match=3)

    assert joined.status_code == 201, joined.text
    assert len(joined.json()["members"]) == 3
    assert there.status_code == 409
    assert {one["until_on"] for one in left.json()["members"] if one["person"]["id"] == robin} == {"2026-11-20"}
    assert gone.status_code == 404


async def test_a_member_that_cannot_be_is_refused_with_its_place(stage: Stage, front_door: Actors) -> None:
    family, _, _ = await family_of(front_door)

    answer = await stage.post(
        f"/v1/families/{family}/members",
        {"person": child(birth_date="2030-01-01", nhs_number="9990000019"), "part": "child"},
        by=SCREENER,
        if_match=1,
    )

    assert answer.status_code == 422
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/person/nhs_number", "/person/birth_date"}


async def test_an_address_is_recorded_and_found_by_its_postcode(stage: Stage, front_door: Actors) -> None:
    _, wren, _ = await family_of(front_door)

    moved = await stage.post(
        f"/v1/people/{wren}/addresses", {"line": "3 Made Up Street", "postcode": "ox11nd"}, by=SCREENER
    )

    assert moved.status_code == 201
    (address,) = (await front_door.person(wren))["whereabouts"]
    assert (address["value"], address["postcode"]) == ("3 Made Up Street", "OX1 1ND")


async def test_a_protected_detail_is_listed_without_and_revealed_with_a_purpose(
    stage: Stage, front_door: Actors
) -> None:
    _, wren, robin = await family_of(front_door)
    kept = await stage.post(
        f"/v1/people/{wren}/protected-contact-points",
        {"kind": "school", "value": PLACE, "kept_from": [robin]},
        by=SCREENER,
    )
    point = kept.json()["id"]

    listed = await stage.get(f"/v1/people/{wren}/protected-contact-points", by=SCREENER)
    without = await stage.get(f"/v1/protected-contact-points/{point}", by=SCREENER)
    shown = await stage.get(f"/v1/protected-contact-points/{point}?purpose=visit", by=SCREENER)

    assert kept.status_code == 201
    assert (listed.json()["items"][0]["kind"], listed.json()["items"][0]["kept_from"]) == ("school", [robin])
    assert without.status_code == 422
    assert shown.json()["value"] == PLACE
    assert shown.headers["cache-control"] == "no-store"
    last = (await stage.audited())[-1]
    assert (last.action, last.purpose, str(last.record_id)) == ("people:reveal", "visit", wren)


async def test_a_protected_value_is_nowhere_but_in_its_table(
    stage: Stage, front_door: Actors, capsys: pytest.CaptureFixture[str]
) -> None:
    family, wren, _ = await family_of(front_door)
    kept = await stage.post(
        f"/v1/people/{wren}/protected-contact-points", {"kind": "address", "value": PLACE}, by=SCREENER
    )
    await stage.get(f"/v1/protected-contact-points/{kept.json()['id']}?purpose=visit", by=SCREENER)

    paths = (
        f"/v1/people/{wren}",
        f"/v1/families/{family}",
        "/v1/referrals",
        "/v1/work-list",
        f"/v1/people/{wren}/protected-contact-points",
    )
    found = await stage.post("/v1/people/search", {"address": PLACE, "given_name": "Wren"}, by=SCREENER)
    seen = [kept, found, *[await stage.get(path, by=SCREENER) for path in paths]]

    assert all(PLACE not in answer.text for answer in seen)
    everything = await stage.as_owner(
        "SELECT t::text FROM outbox t UNION ALL SELECT t::text FROM audit t UNION ALL SELECT t::text FROM person t"
        " UNION ALL SELECT t::text FROM contact_point t"
        " UNION ALL SELECT convert_from(body, 'UTF8') FROM idempotency"
    )
    assert all("Nowhere" not in row[0] for row in everything)
    assert "Nowhere" not in capsys.readouterr().out


@pytest.mark.parametrize("who", [ANALYST, SCHOOL, CASE_SYSTEM, caller(Role.EARLY_HELP_LEAD), caller(Role.ANALYST)])
async def test_not_everybody_may_see_a_protected_detail(stage: Stage, who: Any) -> None:
    answer = await stage.get(f"/v1/protected-contact-points/{new_id()}?purpose=visit", by=who)

    assert (answer.status_code, slug(answer)) == (403, "forbidden")


async def test_two_records_of_a_family_become_one(stage: Stage, front_door: Actors) -> None:
    first, wren, _ = await family_of(front_door)
    second_referral = await front_door.receive(children=[child("Lark")], adults=[adult("Jay")])
    second = second_referral["family_id"]
    await stage.post(
        f"/v1/people/{wren}/protected-contact-points",
        {"kind": "address", "value": PLACE, "kept_from": [second_referral["adults"][0]]},
        by=SCREENER,
    )

    merged = await stage.post(
        f"/v1/families/{first}:merge",
        {"merged_family_id": second, "reason": "The same mother."},
        by=MANAGER,
        if_match=1,
    )

    assert merged.status_code == 200, merged.text
    assert len(merged.json()["people"]) == 4
    assert merged.json()["warnings"] == [{"person_id": wren, "kept_from": second_referral["adults"][0]}]
    assert merged.headers["etag"] == '"2"'
    (said,) = await stage.said(FamilyMerged)
    assert (said.data["family_id"], said.data["merged_family_id"]) == (first, second)
    family = await front_door.family(second)
    assert family["id"] == first
    assert len(family["referrals"]) == 2
    assert (await front_door.read(second_referral["id"]))["family_id"] == first
    assert PLACE not in merged.text


async def test_a_family_is_merged_once_and_not_into_itself(stage: Stage, front_door: Actors) -> None:
    first, _, _ = await family_of(front_door)
    second, _, _ = await family_of(front_door, children=[child("Lark")], adults=[adult("Jay")])
    body = {"merged_family_id": second, "reason": "The same mother."}

    itself = await stage.post(f"/v1/families/{first}:merge", body | {"merged_family_id": first}, by=MANAGER, if_match=1)
    await stage.post(f"/v1/families/{first}:merge", body, by=MANAGER, if_match=1)
    again = await stage.post(f"/v1/families/{first}:merge", body, by=MANAGER, if_match=2)
    gone = await stage.post(
        f"/v1/families/{second}:merge", {"merged_family_id": first, "reason": "Back."}, by=MANAGER, if_match=2
    )

    assert (itself.status_code, again.status_code, gone.status_code) == (409, 409, 404)


async def test_who_is_not_there_is_not_found(stage: Stage) -> None:
    for path in (f"/v1/people/{new_id()}", f"/v1/families/{new_id()}"):
        assert (await stage.get(path, by=SCREENER)).status_code == 404


async def test_what_is_told_of_a_new_member_is_kept_as_on_receipt(stage: Stage, front_door: Actors) -> None:
    family, *_ = await family_of(front_door)
    told = adult("Ash", source={"system": "lcs", "id": "p-7"}, protected=[{"kind": "address", "value": PLACE}])

    joined = await stage.post(
        f"/v1/families/{family}/members", {"person": told, "part": "adult"}, by=SCREENER, if_match=1
    )

    (ash,) = [one for one in joined.json()["members"] if one["person"]["given_name"] == "Ash"]
    assert ash["has_protected_details"]
    again = await front_door.receive(adults=[adult("Ash", source={"system": "lcs", "id": "p-7"})])
    assert again["adults"] == [ash["person"]["id"]]
