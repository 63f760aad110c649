"""Searching for people, and deciding who is who."""

from typing import Any

import pytest

from libs.contracts.referrals import PersonLinked, ReReferralFound
from tests.harness import Stage
from tests.referrals.actors import CASE_SYSTEM, MANAGER, PLACE, SCHOOL, SCREENER, Actors, adult, child, slug

NHS = "9990000018"


async def twice(front_door: Actors) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return two referrals of one child under two records, and the candidate for the second."""
    first = await front_door.receive(children=[child(nhs_number=NHS)], adults=[])
    second = await front_door.receive(
        by=SCREENER,
        children=[
            child(
                "Wrenn",
                nhs_number=NHS,
                addresses=[{"line": "3 Made Up Street", "postcode": "OX1 1ND"}],
                protected=[{"kind": "school", "value": PLACE}],
            )
        ],
        adults=[adult()],
        relationships=[{"person": "adults/0", "relation": "parent", "other": "children/0"}],
    )
    (match,) = (await front_door.read(second["id"], "/matches"))["items"]
    return first, second, match


async def test_a_candidate_is_shown_with_both_people(front_door: Actors) -> None:
    first, second, match = await twice(front_door)

    assert match["person"]["given_name"] == "Wrenn"
    assert match["known_person"]["given_name"] == "Wren"
    assert (match["person_id"], match["known_person_id"]) == (second["children"][0], first["children"][0])
    assert all(hit["sentence"] for hit in match["hits"])


async def test_nothing_is_merged_by_itself(front_door: Actors) -> None:
    first, second, _ = await twice(front_door)

    assert second["children"] != first["children"]
    assert second["re_referral"] is False


async def test_confirming_links_the_records_and_finds_the_re_referral(stage: Stage, front_door: Actors) -> None:
    first, second, match = await twice(front_door)
    known = first["children"][0]

    answer = await stage.post(
        f"/v1/matches/{match['id']}:confirm", {"reason": "Same NHS number and mother."}, by=SCREENER, if_match=1
    )

    assert answer.json()["state"] == "confirmed"
    referral = await front_door.read(second["id"])
    assert referral["children"] == [known]
    assert (referral["re_referral"], referral["prior_referral_id"]) == (True, first["id"])
    person = await front_door.person(second["children"][0])
    assert person["id"] == known
    assert person["given_name"] == "Wren"
    assert person["has_protected_details"]
    assert [one["relation"] for one in person["relationships"]] == ["child"]
    assert {second["family_id"], first["family_id"]} == set(person["families"])
    (linked,) = await stage.said(PersonLinked)
    assert linked.data["known_person_id"] == known
    assert (await stage.said(ReReferralFound))[0].data["prior_referral_id"] == first["id"]
    assert "matches:confirm" in {row.action for row in await stage.audited()}


async def test_a_candidate_is_decided_once(stage: Stage, front_door: Actors) -> None:
    _, _, match = await twice(front_door)
    path = f"/v1/matches/{match['id']}"

    rejected = await stage.post(f"{path}:reject", {"reason": "A cousin."}, by=MANAGER, if_match=1)
    again = await stage.post(f"{path}:confirm", {"reason": "Or not."}, by=MANAGER, if_match=2)
    stale = await stage.post(f"{path}:confirm", {"reason": "Or not."}, by=MANAGER, if_match=1)

    assert rejected.json()["state"] == "rejected"
    assert (again.status_code, stale.status_code) == (409, 412)


async def test_a_machine_does_not_decide_who_is_who(stage: Stage, front_door: Actors) -> None:
    _, _, match = await twice(front_door)

    answer = await stage.post(f"/v1/matches/{match['id']}:confirm", {"reason": "Surely."}, by=CASE_SYSTEM, if_match=1)

    assert (answer.status_code, slug(answer)) == (403, "forbidden")


@pytest.mark.parametrize(
    ("sought", "rule"),
    [
        ({"nhs_number": "999 000 0018"}, "nhs_number_same"),
        ({"given_name": "Wren", "family_name": "Invented"}, "name_same"),
        ({"given_name": "Wrem", "family_name": "Invented"}, "name_alike"),
        ({"given_name": "Invented", "family_name": "Wren"}, "name_swapped"),
        ({"birth_date": "2018-01-20"}, "birth_date_same"),
        ({"given_name": "Wren", "family_name": "Invented", "birth_date": "2018-01-21"}, "birth_date_near"),
        ({"given_name": "Wren", "family_name": "Invented", "birth_date": "2013-01-20"}, "birth_date_near"),
        ({"postcode": "OX11ND"}, "postcode_same"),
    ],
)
async def test_somebody_known_is_found_by_what_is_known(
    stage: Stage, front_door: Actors, sought: dict[str, Any], rule: str
) -> None:
    received = await front_door.receive(
        children=[child(nhs_number=NHS, addresses=[{"line": "3 Made Up Street", "postcode": "OX1 1ND"}])], adults=[]
    )

    answer = await stage.post("/v1/people/search", sought, by=SCREENER)

    found = answer.json()["found"][0]
    assert found["person"]["id"] == received["children"][0]
    assert rule in {hit["rule"] for hit in found["hits"]}
    assert found["open_referrals"][0]["reference"] == received["reference"]
    assert found["families"] == [received["family_id"]]


async def test_day_and_month_exchanged_are_found(stage: Stage, front_door: Actors) -> None:
    await front_door.receive(children=[child(birth_date="2018-03-04")], adults=[])

    answer = await stage.post("/v1/people/search", {"birth_date": "2018-04-03"}, by=SCREENER)

    assert "birth_date_transposed" in {hit["rule"] for hit in answer.json()["found"][0]["hits"]}


async def test_an_unborn_child_is_found_after_the_birth(stage: Stage, front_door: Actors) -> None:
    await front_door.receive(children=[{"family_name": "Invented", "expected_date": "2026-12-01"}], adults=[])
    stage.clock.forward(days=20)

    born = await front_door.receive(children=[child("Linnet", birth_date="2026-12-05")], adults=[])
    found = await stage.post(
        "/v1/people/search", {"family_name": "Invented", "expected_date": "2026-12-03"}, by=SCREENER
    )

    assert "expected_date_near" in {hit["rule"] for one in found.json()["found"] for hit in one["hits"]}
    assert born["candidates"] == []


@pytest.mark.parametrize("body", [{}, {"sex": "F"}])
async def test_seeking_nobody_is_refused(stage: Stage, body: dict[str, Any]) -> None:
    answer = await stage.post("/v1/people/search", body, by=SCREENER)

    assert answer.status_code == 422


async def test_seeking_with_a_wrong_identifier_is_refused_without_repeating_it(stage: Stage) -> None:
    answer = await stage.post("/v1/people/search", {"nhs_number": "9990000019", "postcode": "OX111"}, by=SCREENER)

    assert (answer.status_code, slug(answer)) == (422, "invalid-identifier")
    assert {one["pointer"] for one in answer.json()["errors"]} == {"/nhs_number", "/postcode"}
    assert "9990000019" not in answer.text


async def test_no_sender_searches_for_people_and_every_search_is_audited(stage: Stage) -> None:
    refused = await stage.post("/v1/people/search", {"given_name": "Wren"}, by=SCHOOL)
    await stage.post("/v1/people/search", {"given_name": "Wren"}, by=SCREENER)

    assert (refused.status_code, slug(refused)) == (403, "forbidden")
    assert [row.action for row in await stage.audited()] == ["people:search"]


async def test_the_same_nhs_number_is_found_in_a_crowd_at_the_postcode(stage: Stage, front_door: Actors) -> None:
    home = {"line": "1 Long House", "postcode": "OX1 1AA"}
    for floor in range(13):
        crowd = [child(f"Crowd{floor}x{flat}", birth_date="2009-03-03", addresses=[home]) for flat in range(20)]
        await front_door.receive(children=crowd, adults=[])
    stage.clock.forward(days=1)
    known = await front_door.receive(children=[child("Linnet", nhs_number=NHS)], adults=[])

    received = await front_door.receive(
        children=[child("Lynet", birth_date="2016-06-06", nhs_number=NHS, addresses=[home])], adults=[]
    )

    assert known["children"][0] in {one["known_person_id"] for one in received["candidates"]}


async def test_a_candidate_of_a_candidate_is_confirmed_as_the_person_who_stays(
    stage: Stage, front_door: Actors
) -> None:
    def of(later: dict[str, Any], earlier: dict[str, Any]) -> str:
        (found,) = [one for one in later["candidates"] if one["known_person_id"] == earlier["children"][0]]
        return str(found["match_id"])

    same = {"children": [child(nhs_number=NHS)], "adults": []}
    first, second = await front_door.receive(**same), await front_door.receive(**same)
    third = await front_door.receive(**same)
    reject, confirm = of(third, first), of(third, second)
    await stage.post(f"/v1/matches/{reject}:reject", {"reason": "Not sure."}, by=SCREENER, if_match=1)

    await stage.post(f"/v1/matches/{of(second, first)}:confirm", {"reason": "Same."}, by=SCREENER, if_match=1)
    open_one = (await stage.get(f"/v1/matches/{confirm}", by=SCREENER)).json()

    assert open_one["state"] == "rejected"  # it asks what was answered: whether the third is the first


async def test_what_was_thought_to_be_a_dissolved_person_is_asked_of_the_one_who_stays(
    stage: Stage, front_door: Actors
) -> None:
    same = {"children": [child(nhs_number=NHS)], "adults": []}
    known, second = await front_door.receive(**same), await front_door.receive(**same)
    third = await front_door.receive(**same)
    (first_match,) = second["candidates"]
    by_known = {one["known_person_id"]: one for one in third["candidates"]}
    asked = by_known[second["children"][0]]
    # As if it had been written before the first was known.
    await stage.as_owner("DELETE FROM match WHERE id = :id", id=by_known[known["children"][0]]["match_id"])

    await stage.post(f"/v1/matches/{first_match['match_id']}:confirm", {"reason": "Same."}, by=SCREENER, if_match=1)
    moved = (await stage.get(f"/v1/matches/{asked['match_id']}", by=SCREENER)).json()
    done = await stage.post(
        f"/v1/matches/{asked['match_id']}:confirm", {"reason": "Same."}, by=SCREENER, if_match=moved["revision"]
    )

    assert done.status_code == 200, done.text
    assert moved["known_person_id"] == known["children"][0]
    referral = await front_door.read(third["id"])
    assert (referral["children"], referral["re_referral"]) == (known["children"], True)


async def test_what_is_kept_from_somebody_is_kept_from_the_known_person_who_they_are(
    stage: Stage, front_door: Actors
) -> None:
    robin = adult("Robin", sex="M")
    old = await front_door.receive(children=[child("Old", birth_date="2012-02-02")], adults=[robin])
    new = await front_door.receive(
        children=[child("Young", birth_date="2019-02-02")], adults=[robin, adult("Ash", birth_date="1985-01-01")]
    )
    again, ash = new["adults"]
    kept = {"kind": "address", "value": PLACE, "kept_from": [again]}
    await stage.post(f"/v1/people/{ash}/protected-contact-points", kept, by=SCREENER)
    (match,) = [one for one in new["candidates"] if one["person_id"] == again]

    await stage.post(f"/v1/matches/{match['match_id']}:confirm", {"reason": "The same man."}, by=SCREENER, if_match=1)

    listed = (await stage.get(f"/v1/people/{ash}/protected-contact-points", by=SCREENER)).json()["items"]
    assert [one["kept_from"] for one in listed] == [old["adults"]]
    merged = await stage.post(
        f"/v1/families/{old['family_id']}:merge",
        {"merged_family_id": new["family_id"], "reason": "One household."},
        by=MANAGER,
        if_match=1,
    )
    assert merged.json()["warnings"] == [{"person_id": ash, "kept_from": old["adults"][0]}]


async def test_a_candidate_that_nobody_looked_at_stays_on_the_work_list_after_the_decision(
    stage: Stage, front_door: Actors
) -> None:
    await front_door.receive()
    accepted = await front_door.accepted()

    work = (await stage.get("/v1/work-list", by=SCREENER)).json()["items"]

    assert "look_at_match" in {one["need"] for one in work if one["referral_id"] == accepted["id"]}
