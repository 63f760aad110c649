"""What is told again of people and families who are known: completed, recognised, refused with its place, never lost."""

from typing import Any

import pytest

from tests.harness import Stage
from tests.referrals.actors import (
    CASE_SYSTEM,
    MANAGER,
    SCHOOL,
    SCREENER,
    SOCIAL_WORKER,
    Actors,
    adult,
    child,
    concern,
    pointers,
    slug,
)

NOBODY = "01900000-0000-7000-8000-000000000000"
PARENT = {"person": "adults/0", "relation": "parent", "other": "children/0"}


def source(id_: str) -> dict[str, str]:
    """Return what another system calls somebody."""
    return {"system": "liquidlogic", "id": id_}


def known(**changes: Any) -> dict[str, Any]:
    """Return a concern about a child and a parent whom the sender's system has names for."""
    household = {
        "children": [child(source=source("C1"))],
        "adults": [adult(source=source("A1"))],
        "relationships": [PARENT],
    }
    return concern(**household | changes)


async def related(front_door: Actors, referral: dict[str, Any]) -> list[dict[str, Any]]:
    """Return how the people of a referral's family are related."""
    whole = await front_door.family((await front_door.read(referral["id"]))["family_id"])
    return list(whole["relationships"])


@pytest.mark.parametrize(
    "again",
    [
        PARENT,
        PARENT | {"from_on": "2018-01-20"},
        {"person": "children/0", "relation": "child", "other": "adults/0"},
    ],
    ids=["the same", "with its day", "told by the child"],
)
@pytest.mark.parametrize("by", [CASE_SYSTEM, SCHOOL], ids=["case system", "school"])
async def test_a_relationship_already_known_keeps_no_concern_out(
    stage: Stage, front_door: Actors, again: dict[str, Any], by: Any
) -> None:
    await stage.post("/v1/referrals", known(), by=by)

    second = await stage.post("/v1/referrals", known(relationships=[again, again]), by=by)

    assert second.status_code == 201, second.text
    (held,) = await related(front_door, second.json())
    assert (held["relation"], held["from_on"]) == ("parent", again.get("from_on"))


async def test_a_relationship_between_people_named_by_id_keeps_no_concern_out(stage: Stage, front_door: Actors) -> None:
    first = await front_door.receive(relationships=[PARENT])
    people = {"children": [{"person_id": first["children"][0]}], "adults": [{"person_id": first["adults"][0]}]}

    told = concern(family_id=first["family_id"], relationships=[PARENT | {"parental_responsibility": True}], **people)
    second = await stage.post("/v1/referrals", told, by=SCREENER)

    assert second.status_code == 201, second.text
    (held,) = await related(front_door, second.json())
    assert held["parental_responsibility"]


async def test_what_is_known_of_a_relationship_is_not_overwritten(stage: Stage, front_door: Actors) -> None:
    first = PARENT | {"from_on": "2018-01-20", "parental_responsibility": True}
    await stage.post("/v1/referrals", known(relationships=[first]), by=CASE_SYSTEM)

    told = known(relationships=[PARENT | {"from_on": "2019-01-01", "until_on": "2025-01-01"}])
    second = await stage.post("/v1/referrals", told, by=CASE_SYSTEM)

    (held,) = await related(front_door, second.json())
    assert (held["from_on"], held["until_on"], held["parental_responsibility"]) == ("2018-01-20", "2025-01-01", True)


async def test_another_relation_of_the_two_is_recorded_beside_the_one_known(stage: Stage, front_door: Actors) -> None:
    await stage.post("/v1/referrals", known(), by=CASE_SYSTEM)

    second = await stage.post("/v1/referrals", known(relationships=[PARENT | {"relation": "carer"}]), by=CASE_SYSTEM)

    assert second.status_code == 201, second.text
    assert {one["relation"] for one in await related(front_door, second.json())} == {"parent", "carer"}


async def test_a_parent_recorded_as_younger_than_the_child_is_refused_with_its_place(
    stage: Stage, front_door: Actors
) -> None:
    first = await front_door.receive()
    people = {"children": [{"person_id": first["children"][0]}], "adults": [{"person_id": first["adults"][0]}]}
    inverse = {"person": "children/0", "relation": "parent", "other": "adults/0"}

    answer = await stage.post("/v1/referrals", concern(relationships=[inverse], **people), by=SCREENER)

    assert (answer.status_code, pointers(answer)) == (422, {"/relationships/0"})


async def test_a_relationship_recorded_on_purpose_twice_is_still_refused(stage: Stage, front_door: Actors) -> None:
    first = await front_door.receive(relationships=[PARENT])

    answer = await stage.post(
        f"/v1/people/{first['adults'][0]}/relationships",
        {"other_id": first["children"][0], "relation": "parent"},
        by=SCREENER,
    )

    assert answer.status_code == 409


@pytest.mark.parametrize("by", [CASE_SYSTEM, SCHOOL], ids=["case system", "school"])
async def test_a_death_told_before_the_known_birth_is_refused_with_its_place(stage: Stage, by: Any) -> None:
    alone: dict[str, Any] = {"adults": [], "relationships": []}
    await stage.post("/v1/referrals", known(**alone), by=by)

    long_ago = child(source=source("C1"), birth_date="1975-03-27", died_on="1980-10-08")
    told = known(children=[long_ago], **alone)
    answer = await stage.post("/v1/referrals", told | {"received_at": "1979-01-01T09:00:00Z"}, by=by)

    assert (answer.status_code, slug(answer)) == (422, "implausible-date")
    assert pointers(answer) == {"/children/0/died_on"}


async def test_a_death_of_a_child_who_is_expected_yet_is_refused_with_its_place(stage: Stage) -> None:
    unborn = {"expected_date": "2026-12-20", "source": source("C1")}
    await stage.post("/v1/referrals", concern(children=[unborn]), by=CASE_SYSTEM)

    born = {"birth_date": "2026-11-18", "died_on": "2026-11-19", "source": source("C1")}
    answer = await stage.post("/v1/referrals", concern(children=[born]), by=CASE_SYSTEM)

    assert (answer.status_code, pointers(answer)) == (422, {"/children/0/died_on"})


async def test_what_is_told_beside_an_id_completes_the_person_whom_it_names(front_door: Actors) -> None:
    first = await front_door.receive()
    wren, robin = first["children"][0], first["adults"][0]

    await front_door.receive(
        children=[{"person_id": wren, "died_on": "2026-11-19", "given_name": "Renamed"}],
        adults=[{"person_id": robin, "nhs_number": "999 000 0018"}],
    )
    person = await front_door.person(wren)

    assert (person["died_on"], person["given_name"]) == ("2026-11-19", "Wren")
    assert (await front_door.person(robin))["nhs_number"] == "9990000018"


@pytest.mark.parametrize(
    ("beside", "place"),
    [
        ({"died_on": "2017-01-01"}, "died_on"),
        ({"died_on": "2030-01-01"}, "died_on"),
        ({"disabilities": ["NONE", "HAND"]}, "disabilities"),
        ({"nhs_number": "9990000019"}, "nhs_number"),
    ],
)
async def test_what_cannot_be_beside_an_id_is_refused_with_its_place(
    stage: Stage, front_door: Actors, beside: dict[str, Any], place: str
) -> None:
    first = await front_door.receive()
    named = {"person_id": first["children"][0], **beside}

    received = await stage.post("/v1/referrals", concern(children=[named]), by=SCREENER)
    other = await front_door.receive(children=[child("Lark")], adults=[])
    joined = await stage.post(
        f"/v1/families/{other['family_id']}/members", {"person": named, "part": "child"}, by=SCREENER, if_match=1
    )

    assert (received.status_code, pointers(received)) == (422, {f"/children/0/{place}"})
    assert (joined.status_code, pointers(joined)) == (422, {f"/person/{place}"})


async def test_two_people_who_cannot_be_one_are_not_linked(stage: Stage, front_door: Actors) -> None:
    number = {"nhs_number": "9990000018"}
    await front_door.receive(children=[child(**number)], adults=[])
    told = child(birth_date="2018-01-19", **number)
    second = await front_door.receive(children=[told], adults=[])
    await stage.as_owner("UPDATE person SET birth_date = NULL, died_on = '2017-01-01' WHERE id = :id", id=second["children"][0])  # fmt: skip

    answer = await stage.post(
        f"/v1/matches/{second['candidates'][0]['match_id']}:confirm", {"reason": "Same."}, by=SCREENER, if_match=1
    )

    assert answer.status_code == 409
    assert "before the birth" in answer.json()["detail"]


@pytest.mark.parametrize("two", ["children", "child and adult"])
async def test_one_name_of_another_system_for_two_people_is_refused_with_its_place(stage: Stage, two: str) -> None:
    second = {"children": [child(source=source("C1")), child("Lark", source=source("C1"))]}
    third = {"children": [child(source=source("C1"))], "adults": [adult(source=source("C1"))]}

    answer = await stage.post("/v1/referrals", concern(**second if two == "children" else third), by=CASE_SYSTEM)

    assert (answer.status_code, slug(answer)) == (422, "invalid-household")
    assert pointers(answer) == {"/children/1/source" if two == "children" else "/adults/0/source"}


async def test_a_protected_detail_told_again_is_kept_once(stage: Stage, front_door: Actors) -> None:
    school = {"kind": "school", "value": "Nowhere School"}
    told = known(children=[child(source=source("C1"), protected=[school, {**school, "value": "nowhere  SCHOOL"}])])
    first = (await stage.post("/v1/referrals", told, by=SCHOOL)).json()
    wren = (await front_door.read(first["id"]))["children"][0]

    await stage.post("/v1/referrals", told, by=SCHOOL)
    path = f"/v1/people/{wren}/protected-contact-points"
    by_hand = await stage.post(path, school | {"kept_from": [(await front_door.read(first["id"]))["adults"][0]]}, by=SCREENER)  # fmt: skip
    other = await stage.post(path, school | {"value": "Elsewhere School"}, by=SCREENER)
    listed = (await stage.get(path, by=SCREENER)).json()["items"]

    assert (by_hand.status_code, other.status_code) == (201, 201)
    assert [(one["id"], len(one["kept_from"])) for one in listed] == [
        (by_hand.json()["id"], 1),
        (other.json()["id"], 0),
    ]


async def test_what_cannot_be_opened_keeps_no_concern_out(stage: Stage) -> None:
    told = known(children=[child(source=source("C1"), protected=[{"kind": "school", "value": "Nowhere School"}])])
    await stage.post("/v1/referrals", told, by=SCHOOL)
    await stage.as_owner("UPDATE protected_contact_point SET sealed = '\\x0100'")

    again = await stage.post("/v1/referrals", told, by=SCHOOL)

    assert again.status_code == 201, again.text


async def test_an_unknown_record_that_a_body_names_is_refused_with_its_place(stage: Stage, front_door: Actors) -> None:
    first = await front_door.receive()
    person, family = f"/v1/people/{first['children'][0]}", f"/v1/families/{first['family_id']}"
    relating = {"other_id": NOBODY, "relation": "sibling"}
    joining = {"person": {"person_id": NOBODY}, "part": "child"}
    merging = {"merged_family_id": NOBODY, "reason": "The same mother."}

    answers = [
        await stage.post("/v1/referrals", concern(family_id=NOBODY), by=SCREENER),
        await stage.post("/v1/referrals", concern(children=[{"person_id": NOBODY}]), by=SCREENER),
        await stage.post(f"{person}/relationships", relating, by=SCREENER),
        await stage.post(f"{family}/members", joining, by=SCREENER, if_match=1),
        await stage.post(f"{family}:merge", merging, by=MANAGER, if_match=1),
    ]

    assert [(answer.status_code, *pointers(answer)) for answer in answers] == [
        (422, "/family_id"),
        (422, "/children/0/person_id"),
        (422, "/other_id"),
        (422, "/person/person_id"),
        (422, "/merged_family_id"),
    ]


async def test_a_membership_cannot_end_before_it_began(stage: Stage, front_door: Actors) -> None:
    first = await front_door.receive()
    path = f"/v1/families/{first['family_id']}/members/{first['adults'][0]}:end"

    answer = await stage.post(path, {"until_on": "1900-01-01"}, by=SCREENER, if_match=1)

    assert (answer.status_code, slug(answer), pointers(answer)) == (422, "implausible-date", {"/until_on"})
    assert {one["until_on"] for one in (await front_door.family(first["family_id"]))["members"]} == {None}


async def test_two_names_of_another_system_for_one_person_are_one_child_with_all_that_is_told(
    stage: Stage, front_door: Actors
) -> None:
    first = await front_door.receive(by=CASE_SYSTEM, children=[child(source=source("C1"))], adults=[])
    await stage.as_owner(
        "INSERT INTO person_source (system, key, person_id) VALUES ('liquidlogic', 'C2', :id)", id=first["children"][0]
    )

    told = [
        child(source=source("C1"), nhs_number="9990000018"),
        child("Lark", source=source("C2"), la_child_id="X1"),
    ]
    second = await front_door.receive(by=CASE_SYSTEM, children=told, adults=[])
    person = await front_door.person(first["children"][0])

    assert second["children"] == first["children"]
    assert (person["nhs_number"], person["la_child_id"]) == ("9990000018", "X1")


async def test_an_address_that_is_protected_from_now_on_is_nowhere_to_be_read(stage: Stage, front_door: Actors) -> None:
    home = {"line": "3 Made Up Street", "postcode": "OX1 1ND"}
    first = await front_door.receive(adults=[adult(source=source("A1"), addresses=[home])])
    robin = (await front_door.read(first["id"]))["adults"][0]
    path = f"/v1/people/{robin}/contact-points?kind=address"
    (lived,) = (await stage.get(path, by=SOCIAL_WORKER)).json()["items"]
    assert lived["until_on"] is None

    refuge = {"kind": "address", "value": "1 Made Up Refuge"}
    stage.clock.forward(days=3)
    await front_door.receive(adults=[adult(source=source("A1"), protected=[refuge])])

    (left,) = (await stage.get(path, by=SOCIAL_WORKER)).json()["items"]
    assert (left["id"], left["until_on"]) == (lived["id"], "2026-11-23")
    assert (await stage.get(f"/v1/people/{robin}", by=SOCIAL_WORKER)).json()["whereabouts"] == []
