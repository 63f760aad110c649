"""Clocks as they live: said once when due soon and once when broken, met by what other services say."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from libs.contracts.referrals import ClockBreached, ClockDueSoon, ClockMet
from tests.harness import Stage
from tests.referrals.actors import CASE_SYSTEM, MANAGER, SCREENER, Actors, concern, slug


async def test_a_clock_is_due_soon_once_and_broken_once(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.triaged("red", 3)

    assert await stage.tick("clocks") == 0
    stage.clock.forward(hours=3, minutes=30)
    assert await stage.tick("clocks") == 1
    assert await stage.tick("clocks") == 0
    stage.clock.forward(hours=1)
    assert await stage.tick("clocks") == 1
    assert await stage.tick("clocks") == 0

    (soon,), (broken,) = await stage.said(ClockDueSoon), await stage.said(ClockBreached)
    assert soon.aggregate_id == broken.aggregate_id
    assert (soon.revision, broken.revision) == (1, 2)
    assert broken.data["kind"] == "C1"
    assert broken.data["referral_id"] == referral["id"]
    assert broken.occurred_at == datetime(2026, 11, 20, 14, 0, tzinfo=UTC)


async def test_a_late_decision_meets_its_clock_late(stage: Stage, front_door: Actors) -> None:
    waiting = await front_door.waiting()
    stage.clock.forward(days=5)

    await front_door.say(waiting, "accept", {}, by=MANAGER)

    assert {said.data["kind"]: said.data["in_time"] for said in await stage.said(ClockMet)} == {
        "C2": False,
        "C3": False,
    }
    clocks = await front_door.clocks(waiting["id"])
    assert clocks["C3"]["standing"] == "met_late"
    assert clocks["C5"]["started_at"] == "2026-11-20T10:00:00Z"
    assert clocks["C5"]["due_at"] == "2027-01-27T23:59:59Z"


async def test_a_referral_shows_when_it_is_due_first(front_door: Actors) -> None:
    received = await front_door.receive()
    referral = await front_door.read(received["id"])
    assert referral["next_due_at"] == received["decision_due_at"] == "2026-11-23T23:59:59Z"

    red = await front_door.say(referral, "triage", {"rag": "red", "level": 3})
    assert red["next_due_at"] == "2026-11-20T14:00:00Z"

    proposed = await front_door.say(
        red, "propose-decision", {"outcome": "single_assessment", "rationale": "It needs an assessment."}
    )
    accepted = await front_door.say(proposed, "accept", {}, by=MANAGER)
    assert accepted["next_due_at"] == "2027-01-27T23:59:59Z"


async def test_history_that_is_loaded_is_no_news(stage: Stage, front_door: Actors) -> None:
    await front_door.receive(by=CASE_SYSTEM, received_at="2024-06-03T10:00:00Z")

    assert await stage.tick("clocks") == 0
    stage.clock.forward(hours=25)
    assert await stage.tick("clocks") == 1
    assert len(await stage.said(ClockBreached)) == 1


@pytest.mark.parametrize(
    ("standing", "expected"),
    [
        ("running", {"C5"}),
        ("amber", {"C3"}),
        ("breached", {"C1"}),
        ("met", {"C3", "C2"}),
        ("met_late", set()),
        ("void", {"C3"}),
    ],
)
async def test_clocks_are_listed_by_how_they_stand(
    stage: Stage, front_door: Actors, standing: str, expected: set[str]
) -> None:
    await front_door.accepted()  # C2 and C3 met, C5 running
    await front_door.triaged("red", 3)  # C1 will be broken, C3 amber
    taken_back = await front_door.receive()
    await front_door.say(taken_back, "withdraw", {"reason": "sent_twice"})  # C3 void
    stage.clock.now = datetime(2026, 11, 23, 20, 0, tzinfo=UTC)

    listed = await stage.get(f"/v1/clocks?standing={standing}", by=SCREENER)

    items: list[dict[str, Any]] = listed.json()["items"]
    assert {one["kind"] for one in items} == expected
    assert {one["standing"] for one in items} <= {standing}
    assert [one["due_at"] for one in items] == sorted(one["due_at"] for one in items)


async def test_clocks_are_listed_by_kind_and_due_date(stage: Stage, front_door: Actors) -> None:
    await front_door.accepted()

    soon = await stage.get("/v1/clocks?due_before=2026-12-01T00:00:00Z", by=SCREENER)
    assessment = await stage.get("/v1/clocks?kind=C5", by=SCREENER)

    assert {one["kind"] for one in soon.json()["items"]} == {"C2", "C3"}
    assert [one["kind"] for one in assessment.json()["items"]] == ["C5"]


@pytest.mark.parametrize(
    ("received_at", "due_on"),
    [
        ("2025-12-24T15:00:00Z", date(2025, 12, 29)),
        ("2026-04-02T15:00:00+01:00", date(2026, 4, 7)),
        ("2026-03-28T23:30:00Z", date(2026, 3, 30)),
        ("2026-10-25T00:30:00Z", date(2026, 10, 26)),
    ],
)
async def test_holidays_weekends_and_the_clock_change_are_counted(
    front_door: Actors, received_at: str, due_on: date
) -> None:
    received = await front_door.receive(received_at=received_at)

    due_at = datetime.fromisoformat(received["decision_due_at"])
    assert due_at.date() == due_on


async def test_years_without_a_calendar_are_refused(stage: Stage) -> None:
    answer = await stage.post(
        "/v1/referrals",
        concern(received_at="1950-06-01T10:00:00Z", children=[{"birth_date": "1949-01-01"}], adults=[]),
        by=CASE_SYSTEM,
    )

    assert (answer.status_code, slug(answer)) == (422, "outside-calendar")
