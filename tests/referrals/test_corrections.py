"""Correcting what is recorded about a person: the rules of the household hold, and nothing is no change."""

from typing import Any

import pytest

from tests.harness import Stage
from tests.referrals.actors import SCREENER, Actors, child, pointers, slug


async def corrected(stage: Stage, person_id: str, changes: dict[str, Any]) -> Any:
    """Correct a person as first recorded; return the answer."""
    return await stage.call("PATCH", f"/v1/people/{person_id}", changes, by=SCREENER, if_match=1)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"birth_date": "1960-01-01"}, "/birth_date"),
        ({"birth_date": "2008-11-20"}, "/birth_date"),
        ({"birth_date": None}, "/birth_date"),
        ({"birth_date": "2026-11-21"}, "/birth_date"),
        ({"died_on": "2017-01-01"}, "/died_on"),
    ],
)
async def test_a_child_who_was_referred_stays_one(
    stage: Stage, front_door: Actors, changes: dict[str, Any], place: str
) -> None:
    received = await front_door.receive()

    answer = await corrected(stage, received["children"][0], changes)

    assert (answer.status_code, slug(answer), pointers(answer)) == (422, "implausible-date", {place})


async def test_who_was_a_child_when_referred_is_corrected_when_grown_up(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(children=[child(birth_date="2009-11-20")], adults=[])
    stage.clock.forward(days=800)

    answer = await corrected(stage, received["children"][0], {"birth_date": "2009-11-21"})

    assert (answer.status_code, answer.json()["birth_date"]) == (200, "2009-11-21")


async def test_a_child_born_after_the_referral_is_corrected(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(children=[{"expected_date": "2026-11-25"}], adults=[])
    person = f"/v1/people/{received['children'][0]}"
    stage.clock.forward(days=7)
    birth = {"birth_date": "2026-11-24", "sex": "F"}
    await stage.post(f"{person}:record-birth", birth, by=SCREENER, if_match=1)

    answer = await stage.call("PATCH", person, {"birth_date": "2026-11-23"}, by=SCREENER, if_match=2)

    assert answer.status_code == 200, answer.text


async def test_an_adult_is_not_made_an_unborn_child(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(adults=[{"family_name": "Invented"}])

    answer = await corrected(stage, received["adults"][0], {"expected_date": "2027-02-01"})

    assert (answer.status_code, pointers(answer)) == (422, {"/expected_date"})


async def test_a_child_taken_for_born_is_corrected_to_one_who_is_expected(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(children=[child(birth_date="2026-11-19", sex="U")], adults=[])

    answer = await corrected(stage, received["children"][0], {"birth_date": None, "expected_date": "2026-12-19"})

    assert (answer.status_code, answer.json()["expected_date"]) == (200, "2026-12-19")


@pytest.mark.parametrize("changes", [{}, {"given_name": "Wren"}])
async def test_a_correction_of_nothing_changes_nothing(
    stage: Stage, front_door: Actors, changes: dict[str, Any]
) -> None:
    received = await front_door.receive()

    answer = await corrected(stage, received["children"][0], changes)

    assert (answer.status_code, answer.headers["etag"], answer.json()["revision"]) == (200, '"1"', 1)
    assert [row.action for row in await stage.audited()][-1] == "people:read"
