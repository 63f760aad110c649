"""Receiving concerns: what is kept, and what is recognised."""

import json
from datetime import timedelta

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
    SOCIAL_WORKER,
    Actors,
    adult,
    child,
    concern,
    counted,
    slug,
)

NHS, OTHER_NHS = "9990000018", "9990000026"


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


async def test_the_referrer_is_shown_to_the_front_door_only(front_door: Actors) -> None:
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
