"""Several people doing at once what touches the same records: nobody is told that the service is away."""

import asyncio
from typing import Any

from tests.harness import Stage
from tests.referrals.actors import MANAGER, SCREENER, Actors, child, concern

_AGAIN = 4  # a race is not lost each time


def _lcs(key: str) -> dict[str, str]:
    return {"system": "lcs", "id": key}


async def test_two_candidates_of_one_person_confirmed_at_once_are_decided_once(
    stage: Stage, front_door: Actors
) -> None:
    for time in range(_AGAIN):
        same = {"children": [child(f"Twin{time}", birth_date=f"201{time}-04-04")], "adults": []}
        await front_door.receive(**same)
        await front_door.receive(**same)
        candidates = (await front_door.receive(**same))["candidates"]

        answers = await asyncio.gather(
            *[
                stage.post(f"/v1/matches/{one['match_id']}:confirm", {"reason": "Same child."}, by=SCREENER, if_match=1)
                for one in candidates
            ]
        )

        codes = [answer.status_code for answer in answers]
        assert (codes.count(200), set(codes)) == (1, {200, 412})


async def test_two_families_merged_into_each_other_at_once_become_one(stage: Stage, front_door: Actors) -> None:
    for time in range(_AGAIN):
        one = (await front_door.receive(children=[child(f"A{time}")], adults=[]))["family_id"]
        other = (await front_door.receive(children=[child(f"B{time}")], adults=[]))["family_id"]

        answers = await asyncio.gather(
            *[
                stage.post(
                    f"/v1/families/{kept}:merge",
                    {"merged_family_id": gone, "reason": "One household."},
                    by=MANAGER,
                    if_match=1,
                )
                for kept, gone in ((one, other), (other, one))
            ]
        )

        assert sorted(answer.status_code for answer in answers) == [200, 404]


async def test_two_concerns_at_once_that_complete_the_same_children_both_go_in(
    stage: Stage, front_door: Actors
) -> None:
    for time in range(_AGAIN):

        def told(key: str, time: int = time, **more: Any) -> dict[str, Any]:
            return {"birth_date": "2012-01-01", "sex": "U", "source": _lcs(f"{key}{time}")} | more

        known = await front_door.receive(children=[told("a"), told("b")], adults=[])
        bodies = (
            concern(children=[told("a", given_name="Ada"), told("b", given_name="Ben")], adults=[]),
            concern(children=[told("b", family_name="Made"), told("a", family_name="Made")], adults=[]),
        )

        answers = await asyncio.gather(*[stage.post("/v1/referrals", body, by=SCREENER) for body in bodies])

        assert [answer.status_code for answer in answers] == [201, 201]
        ada = await front_door.person(known["children"][0])
        assert (ada["given_name"], ada["family_name"]) == ("Ada", "Made")


async def test_concerns_at_once_that_are_the_first_to_name_somebody_name_one_person(
    stage: Stage,
) -> None:
    bodies = [concern(children=[child(source=_lcs("new"))], adults=[]) for _ in range(5)]

    answers = await asyncio.gather(*[stage.post("/v1/referrals", body, by=SCREENER) for body in bodies])

    assert len({answer.json()["children"][0] for answer in answers}) == 1
