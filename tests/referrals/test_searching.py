"""Seeking people as a screener on the telephone does: by part of what identifies them, with honest reasons."""

from typing import Any

import pytest

from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller
from tests.referrals.actors import SCREENER, Actors, child


async def found(stage: Stage, **sought: Any) -> list[dict[str, Any]]:
    """Seek somebody; return who was found."""
    answer = await stage.post("/v1/people/search", sought, by=SCREENER)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["found"])


def rules(one: dict[str, Any]) -> set[str]:
    """Return the rules that spoke for somebody."""
    return {hit["rule"] for hit in one["hits"]}


ANA = {"given_name": "Ana", "family_name": "Riverby", "birth_date": "2018-05-04"}


@pytest.mark.parametrize(
    ("sought", "fit", "expected"),
    [
        ({"family_name": "Riverby"}, "exact", {"family_name_same"}),
        ({"family_name": "RIVERBY"}, "exact", {"family_name_same"}),
        ({"family_name": "Riverbi"}, "close", {"family_name_alike"}),
        ({"given_name": "Ana"}, "exact", {"given_name_same"}),
        ({"given_name": "Ana", "family_name": "Riverby"}, "exact", {"name_same"}),
        ({"given_name": "Riverby", "family_name": "Ana"}, "close", {"name_swapped"}),
        ({"given_name": "Beatrice", "family_name": "Riverby"}, "partial", {"family_name_same"}),
        ({"family_name": "Riverby", "birth_year": 2018}, "exact", {"family_name_same", "birth_year_same"}),
        ({"family_name": "Riverby", "birth_year": 2017}, "close", {"family_name_same", "birth_year_near"}),
        ({"family_name": "Riverby", "birth_year": 2010}, "partial", {"family_name_same", "birth_year_different"}),
        ({"family_name": "Riverby", "birth_date": "2018-05-04"}, "exact", {"family_name_same", "birth_date_same"}),
        ({"family_name": "Riverby", "birth_date": "2018-04-05"}, "close", {"family_name_same", "birth_date_transposed"}),
        ({"family_name": "Riverby", "birth_date": "2003-09-09"}, "partial", {"family_name_same", "birth_date_different"}),
        ({"family_name": "Elsewhere", "birth_date": "2018-05-04"}, "partial", {"birth_date_same"}),
    ],
)  # fmt: skip
async def test_somebody_is_found_by_a_part_of_what_is_known(
    stage: Stage, front_door: Actors, sought: dict[str, Any], fit: str, expected: set[str]
) -> None:
    received = await front_door.receive(children=[child(**ANA)], adults=[])

    (one,) = await found(stage, **sought)

    assert one["person"]["id"] == received["children"][0]
    assert (one["fit"], rules(one)) == (fit, expected)
    assert one["points"] == sum(hit["points"] for hit in one["hits"])


async def test_a_part_of_a_recorded_name_is_found(stage: Stage, front_door: Actors) -> None:
    await front_door.receive(children=[child(**ANA | {"given_name": "Ana Maria", "family_name": "Riverby-Smith"})])

    for sought in ({"family_name": "Riverby"}, {"family_name": "Smith", "given_name": "Maria"}):
        (one,) = await found(stage, **sought)
        assert one["fit"] == "close"
        assert "family_name_part" in rules(one)


async def test_who_fits_better_is_shown_before_who_fits_less(stage: Stage, front_door: Actors) -> None:
    children = [
        child(**ANA),
        child(**ANA | {"given_name": "Ben", "birth_date": "2018-09-09"}),
        child(**ANA | {"given_name": "Cal", "birth_date": "2012-01-01"}),
        child(**ANA | {"given_name": "Dot", "family_name": "Riversby"}),
    ]
    await front_door.receive(children=children, adults=[])

    by_name = [one["person"]["given_name"] for one in await found(stage, given_name="Ana", family_name="Riverby")]
    by_year = [one["person"]["given_name"] for one in await found(stage, family_name="Riverby", birth_year=2018)]

    assert by_name[0] == "Ana"
    assert by_year[2:] == ["Dot", "Cal"]


async def test_a_search_shows_as_many_as_asked_for_and_says_that_there_are_more(
    stage: Stage, front_door: Actors
) -> None:
    few = [child(f"Wren {number}", birth_date=f"2018-01-{number + 1:02}") for number in range(4)]
    await front_door.receive(children=few, adults=[])

    some = await stage.post("/v1/people/search", {"family_name": "Invented", "limit": 3}, by=SCREENER)
    whole = await stage.post("/v1/people/search", {"family_name": "Invented", "limit": 4}, by=SCREENER)
    beyond = await stage.post("/v1/people/search", {"family_name": "Invented", "limit": 51}, by=SCREENER)

    assert (len(some.json()["found"]), some.json()["more"]) == (3, True)
    assert (len(whole.json()["found"]), whole.json()["more"]) == (4, False)
    assert beyond.status_code == 422


async def test_a_birth_year_alone_is_not_enough(stage: Stage) -> None:
    answer = await stage.post("/v1/people/search", {"birth_year": 2018}, by=SCREENER)

    assert answer.status_code == 422


async def test_the_namesakes_of_a_common_given_name_do_not_hide_a_family(stage: Stage, front_door: Actors) -> None:
    await stage.as_owner(
        """INSERT INTO person (id, given_name, family_name, name_key, family_key, given_key, sex, recorded_at, revision)
           SELECT md5('p' || n)::uuid, 'Riverby', 'Of ' || n, 'riverby of ' || n, 'of ' || n, 'riverby', 'U', now(), 1
           FROM generate_series(1, 300) n"""
    )
    received = await front_door.receive(children=[child(**ANA)], adults=[])

    (one,) = await found(stage, family_name="Riverby")

    assert one["person"]["id"] == received["children"][0]


async def test_every_search_is_audited_without_what_was_sought(stage: Stage, front_door: Actors) -> None:
    await front_door.receive(children=[child(**ANA)], adults=[])

    await found(stage, family_name="Riverby")

    last = (await stage.audited())[-1]
    assert (last.action, last.record_id, last.purpose) == ("people:search", None, None)


async def test_who_searches_more_than_thirty_times_a_minute_has_to_wait(stage: Stage) -> None:
    sought = {"family_name": "Invented"}
    answers = [await stage.post("/v1/people/search", sought, by=SCREENER) for _ in range(31)]
    other = await stage.post("/v1/people/search", sought, by=caller(Role.SCREENER, id=new_id()))
    stage.clock.forward(seconds=60)
    later = await stage.post("/v1/people/search", sought, by=SCREENER)

    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert (answers[-1].json()["type"], answers[-1].headers["retry-after"]) == ("urn:fsp:problem:rate-limited", "60")
    assert (other.status_code, later.status_code) == (200, 200)
