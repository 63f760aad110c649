"""The invented county has the shape of the real one and nobody real in it."""

import pytest

from deploy import county


def test_seventeen_teams_serve_every_area() -> None:
    assert len(county.teams()) == 17
    assert {area for team in county.teams() for area in team.areas} == {
        "cherwell", "bicester", "oxford_east", "oxford_north", "oxford_south", "south", "vale", "west"
    }  # fmt: skip


def test_about_two_hundred_full_posts_hold_cases() -> None:
    assert len(county.workers()) == 204
    assert sum(worker.fte for worker in county.workers()) == pytest.approx(200, abs=5)


def test_three_agencies_share_ten_full_posts_each_among_all_teams() -> None:
    by_agency = [agency for agency in county.agencies() if agency.fte]

    assert [agency.fte for agency in by_agency] == [10.0, 10.0, 10.0]
    for agency in by_agency:
        own = [worker for worker in county.practitioners() if worker.person.agency_id == agency.id]
        assert len(own) == 10
        assert {team for worker in own for team, _ in worker.teams} == {team.id for team in county.teams()}
        assert all(sum(share for _, share in worker.teams) == pytest.approx(1, abs=0.01) for worker in own)


def test_ids_are_the_same_on_every_machine() -> None:
    assert str(county.person("screener_1").id) == "17ee5578-b15a-5b51-868e-20bad2cc92f5"
    assert len({person.id for person in county.people()}) == len(county.people())


def test_nobody_has_the_name_of_another() -> None:
    names = [person.name for person in county.people()]

    assert [name for name in names if names.count(name) > 1] == []
