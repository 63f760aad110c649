"""What can only be known once it has happened is not recorded of the future; the clock stands on 20 November 2026."""

from typing import Any

import httpx
import pytest

from tests.harness import Stage
from tests.referrals.actors import SCREENER, Actors, adult, child, pointers, slug

TODAY, TOMORROW = "2026-11-20", "2026-11-21"


def refusal(answer: httpx.Response) -> str:
    """Return which field was refused for its date."""
    assert (answer.status_code, slug(answer)) == (422, "implausible-date"), answer.text
    (pointer,) = pointers(answer)
    return pointer


@pytest.mark.parametrize("field", ["birth_date", "died_on"])
async def test_a_person_is_not_corrected_to_a_day_to_come(stage: Stage, front_door: Actors, field: str) -> None:
    wren = (await front_door.receive())["children"][0]

    to_come = await stage.patch(f"/v1/people/{wren}", {field: TOMORROW}, by=SCREENER, if_match=1)
    today = await stage.patch(f"/v1/people/{wren}", {field: TODAY}, by=SCREENER, if_match=1)

    assert refusal(to_come) == f"/{field}"
    assert today.status_code == 200, today.text
    assert (await front_door.person(wren))[field] == TODAY


async def test_an_adults_birth_is_not_corrected_to_a_day_to_come(stage: Stage, front_door: Actors) -> None:
    robin = (await front_door.receive())["adults"][0]

    answer = await stage.patch(f"/v1/people/{robin}", {"birth_date": TOMORROW}, by=SCREENER, if_match=1)

    assert refusal(answer) == "/birth_date"


async def test_a_relationship_does_not_begin_on_a_day_to_come(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.receive()
    wren, robin = referral["children"][0], referral["adults"][0]

    async def related(from_on: str) -> Any:
        body = {"other_id": wren, "relation": "parent", "from_on": from_on}
        return await stage.post(f"/v1/people/{robin}/relationships", body, by=SCREENER)

    to_come, today = await related(TOMORROW), await related(TODAY)

    assert refusal(to_come) == "/from_on"
    assert today.status_code == 201, today.text
    assert [one["from_on"] for one in (await front_door.person(robin))["relationships"]] == [TODAY]


@pytest.mark.parametrize(
    ("joining", "pointer"),
    [
        ({"person": adult("Jay"), "part": "adult", "from_on": TOMORROW}, "/from_on"),
        ({"person": adult("Jay", birth_date=TOMORROW), "part": "adult"}, "/person/birth_date"),
        ({"person": adult("Jay", birth_date="1990-01-01", died_on=TOMORROW), "part": "adult"}, "/person/died_on"),
        ({"person": child("Lark", birth_date=TOMORROW), "part": "child"}, "/person/birth_date"),
        ({"person": child("Lark", died_on=TOMORROW), "part": "child"}, "/person/died_on"),
    ],
)
async def test_nobody_joins_a_family_with_a_day_to_come(
    stage: Stage, front_door: Actors, joining: dict[str, Any], pointer: str
) -> None:
    family = (await front_door.receive())["family_id"]

    answer = await stage.post(f"/v1/families/{family}/members", joining, by=SCREENER, if_match=1)

    assert refusal(answer) == pointer
    assert len((await front_door.family(family))["members"]) == 2


async def test_nobody_leaves_a_family_on_a_day_to_come(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.receive()
    leaving = f"/v1/families/{referral['family_id']}/members/{referral['adults'][0]}:end"

    answer = await stage.post(leaving, {"until_on": TOMORROW}, by=SCREENER, if_match=1)

    assert refusal(answer) == "/until_on"
