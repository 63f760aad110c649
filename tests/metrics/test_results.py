"""Answers over HTTP: a year that can be counted by hand, in both views, now and as once known."""

from datetime import UTC, datetime
from typing import Any

import pytest

from libs.kernel.roles import Role
from services.metrics.api.results import read_results
from tests.harness import Stage, caller
from tests.metrics.builders import Telling, an_id
from tests.metrics.county import APRIL, ELMORE, MIND, NORTH, SOUTH, hear_year
from tests.metrics.hearing import envelope_of, hear_all, tally_all

MANAGER = caller(Role.SERVICE_MANAGER)
ANALYST = caller(Role.ANALYST)


@pytest.fixture
async def year(stage: Stage) -> Stage:
    """The service, after the year was heard."""
    await hear_year(stage)
    return stage


async def ask(stage: Stage, question: str, *, view: str = "internal") -> Any:
    answer = await stage.get(f"/v1/results?{question}&view={view}", by=MANAGER)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def figure(stage: Stage, question: str) -> Any:
    (found,) = (await ask(stage, question))["figures"]
    return found


async def test_a_figure_carries_its_parts_its_definition_and_its_data_date(year: Stage) -> None:
    found = await ask(year, "measure=decisions_within_one_working_day&from=2025-04-01&until=2026-04-01")

    assert (found["measure"], found["version"], found["data_on"]) == (
        "decisions_within_one_working_day",
        1,
        "2025-07-09",
    )
    (only,) = found["figures"]
    assert (only["numerator"], only["denominator"], only["value"], only["method"]) == (6, 12, 50.0, "wilson")
    assert only["low"] < 50 < only["high"]


BY_HAND = {
    "measure=referrals&from=2025-04-01&until=2026-04-01": 12,
    "measure=referrals&from=2025-04-08&until=2025-05-06": 4,
    "measure=days_to_allocation&from=2025-04-01&until=2026-04-01": 1.5,
    "measure=children_in_need&as_of=2025-04-06": 0,
    "measure=children_in_need&as_of=2025-04-07": 1,
    "measure=children_in_need&as_of=2025-06-30": 12,
    "measure=cin_plans&as_of=2025-05-05": 3,
    "measure=cin_plan_starts&from=2025-05-01&until=2025-06-01": 4,
    "measure=average_caseload&as_of=2025-06-30": 7.5,
    "measure=days_to_practitioner&from=2025-04-01&until=2026-04-01": 10.0,
    "measure=partner_requests_accepted&from=2025-04-01&until=2026-04-01": 100.0,
    "measure=partner_requests_waiting&as_of=2025-04-30": 1,
    "measure=worker_changes&from=2025-04-01&until=2026-04-01": 0.0,
    "measure=children_in_need_rate&as_of=2025-06-30": 0.8,
    "measure=re_referrals&from=2025-04-01&until=2026-04-01": 0.0,
    "measure=records_left_out&from=2025-04-01&until=2026-04-01": 0,
}


async def test_the_year_can_be_counted_by_hand(year: Stage) -> None:
    found = {question: (await figure(year, question))["value"] for question in BY_HAND}

    assert found == BY_HAND


async def test_a_breakdown_by_team_names_the_teams_and_adds_up(year: Stage) -> None:
    found = await ask(year, "measure=referrals&by=team&from=2025-04-01&until=2026-04-01")

    by_label = {each["label"]: each["numerator"] for each in found["figures"]}
    assert by_label == {"north": 8, "south": 4}
    assert {each["key"] for each in found["figures"]} == {str(NORTH), str(SOUTH)}
    assert found["total"]["numerator"] == 12


async def test_a_breakdown_by_agency_names_the_agencies(year: Stage) -> None:
    found = await ask(year, "measure=partner_waiting_days&by=agency&from=2025-04-01&until=2026-04-01")

    assert {(each["key"], each["label"], each["denominator"]) for each in found["figures"]} == {
        (str(MIND), "mind", 2),
        (str(ELMORE), "elmore", 2),
    }


async def test_months_of_a_flow_add_up_and_months_of_a_stock_grow(year: Stage) -> None:
    flow = await ask(year, "measure=referrals&by=month&from=2025-04-01&until=2025-07-01")
    stock = await ask(year, "measure=children_in_need&by=month&from=2025-04-01&until=2025-07-01")

    assert [(each["key"], each["value"]) for each in flow["figures"]] == [
        ("2025-04", 4),
        ("2025-05", 4),
        ("2025-06", 4),
    ]
    assert flow["total"]["value"] == 12
    assert [each["value"] for each in stock["figures"]] == [4, 8, 12]
    assert stock["total"] is None


async def test_one_team_can_be_asked_about_by_month(year: Stage) -> None:
    found = await ask(year, f"measure=referrals&by=month&team_id={SOUTH}&from=2025-05-01&until=2025-07-01")

    assert [each["value"] for each in found["figures"]] == [0, 4]
    assert found["team_id"] == str(SOUTH)


async def test_whole_months_and_parts_of_months_give_the_same_sum(year: Stage) -> None:
    whole = await figure(year, "measure=referrals&from=2025-04-01&until=2025-07-01")
    parts = [
        await figure(year, f"measure=referrals&from={start}&until={end}")
        for start, end in (("2025-04-01", "2025-04-15"), ("2025-04-15", "2025-06-10"), ("2025-06-10", "2025-07-01"))
    ]

    assert whole["value"] == sum(part["value"] for part in parts) == 12


async def test_known_at_tells_what_we_knew_then(year: Stage) -> None:
    question = "measure=referrals&from=2025-04-01&until=2026-04-01"
    late = Telling()
    told = late.referral(an_id("late"), an_id("late family"), (an_id("late child"),), on=APRIL)
    await year.hear_envelope(
        envelope_of(told).model_copy(update={"recordedtime": datetime(2025, 8, 1, 10, tzinfo=UTC)})
    )
    await tally_all(year)

    now = await ask(year, question)
    then = await ask(year, f"{question}&known_at=2025-07-20T00:00:00Z")

    assert (now["figures"][0]["value"], now["data_on"]) == (13, "2025-08-01")
    assert (then["figures"][0]["value"], then["data_on"]) == (12, "2025-07-20")
    assert then["known_at"] == "2025-07-20T00:00:00Z"


async def test_the_publishable_view_hides_small_counts_and_what_gives_them_back(year: Stage) -> None:
    found = await ask(year, "measure=referrals&by=team&from=2025-04-01&until=2025-07-01", view="publishable")

    assert {(each["label"], each["numerator"], each["symbol"]) for each in found["figures"]} == {
        ("north", None, "c"),
        ("south", None, "c"),
    }
    assert found["total"]["numerator"] == 12


async def test_publishable_is_what_is_answered_when_no_view_is_named(year: Stage) -> None:
    answer = await year.get("/v1/results?measure=referrals", by=ANALYST)

    assert answer.json()["view"] == "publishable"


async def test_without_dates_it_is_the_year_up_to_the_data_date(year: Stage) -> None:
    found = await ask(year, "measure=referrals")

    assert (found["from"], found["until"]) == ("2024-07-10", "2025-07-10")


async def test_before_anything_was_heard_no_figure_is_available(stage: Stage) -> None:
    found = await ask(stage, "measure=re_referrals")

    assert found["data_on"] is None
    assert [(each["value"], each["symbol"]) for each in found["figures"]] == [(None, ":")]


async def test_facts_that_wait_do_not_make_the_data_look_newer_than_the_figures(stage: Stage) -> None:
    telling = Telling()
    telling.referral(an_id("r", 1), an_id("f", 1), (an_id("c", 1),), on=APRIL)
    await hear_all(stage, telling.facts)
    await tally_all(stage)
    waiting = telling.referral(an_id("r", 2), an_id("f", 2), (an_id("c", 2),), on=APRIL.replace(day=20))
    after = telling.referral(an_id("r", 3), an_id("f", 3), (an_id("c", 3),), on=APRIL.replace(day=28))
    await hear_all(stage, [waiting, after])

    assert (await ask(stage, "measure=referrals"))["data_on"] == "2025-04-20"


async def test_parts_of_months_are_not_published(stage: Stage) -> None:
    answer = await stage.get("/v1/results?measure=referrals&from=2025-04-01&until=2025-04-02", by=ANALYST)

    assert (answer.status_code, answer.json()["type"]) == (422, "urn:fsp:problem:query-not-allowed")


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AGENCY_MANAGER])
async def test_who_may_see_suppressed_figures_only_is_refused_the_internal_ones(stage: Stage, role: Role) -> None:
    answer = await stage.get("/v1/results?measure=referrals&view=internal", by=caller(role))

    assert answer.status_code == 403
    assert answer.json()["type"] == "urn:fsp:problem:forbidden"


@pytest.mark.parametrize("role", [Role.REFERRER, Role.SOCIAL_WORKER, Role.ADULT_PRACTITIONER, Role.AUDITOR])
async def test_who_needs_no_figures_gets_none(stage: Stage, role: Role) -> None:
    assert (await stage.get("/v1/results?measure=referrals", by=caller(role))).status_code == 403


REFUSED = {
    "measure=referrals&by=agency": (422, "query-not-allowed"),
    "measure=referrals&by=team,month": (422, "query-not-allowed"),
    "measure=referrals&by=postcode": (422, "query-not-allowed"),
    "measure=children_in_need_rate&by=team": (422, "query-not-allowed"),
    "measure=referrals&from=2025-04-01&until=2025-04-01": (422, "query-not-allowed"),
    "measure=referrals&from=2025-05-01&until=2025-04-01": (422, "query-not-allowed"),
    "measure=referrals&from=2001-04-01&until=2025-04-01": (422, "query-not-allowed"),
    "measure=referrals&from=1990-04-01&until=1991-04-01": (422, "query-not-allowed"),
    "measure=referrals&from=2025-04-01&as_of=2025-05-01": (422, "query-not-allowed"),
    "measure=referrals&known_at=2027-01-01T00:00:00Z": (422, "query-not-allowed"),
    "measure=referrals&view=publishable&team_id=00000000-0000-0000-0000-000000000001": (422, "query-not-allowed"),
    "measure=referrals&view=publishable&from=2025-01-01&until=2025-03-01": (422, "query-not-allowed"),
    "measure=referrals&view=publishable&from=2026-10-01&until=2027-01-01": (422, "query-not-allowed"),
    "measure=referrals&version=1&view=publishable": (422, "query-not-allowed"),
    "measure=referrals&view=publishable&known_at=2025-07-01T00:00:00Z": (422, "query-not-allowed"),
    "measure=referrals&agency_id=00000000-0000-0000-0000-000000000001": (422, "query-not-allowed"),
    "measure=happiness": (404, "not-found"),
    "measure=referrals&version=3": (404, "not-found"),
    "measure=referrals&version=0": (422, "invalid-parameter"),
    "measure=referrals&from=2025-02-30": (422, "invalid-date"),
    "measure=referrals&from=20250401": (422, "invalid-date"),
    "measure=referrals&from=0000-01-01": (422, "invalid-date"),
    "measure=referrals&known_at=2025-04-01T00:00:00": (422, "invalid-datetime"),
    "measure=referrals&team_id=north": (422, "invalid-parameter"),
    "measure=referrals&group_by=team": (422, "invalid-parameter"),
    "measure=referrals%00": (422, "invalid-parameter"),
    "measure=" + "r" * 4000: (422, "invalid-parameter"),
    "by=month": (422, "invalid-parameter"),
}


async def test_a_question_that_is_not_answered_says_why_and_repeats_nothing(stage: Stage) -> None:
    found = {}
    for question in REFUSED:
        view = "" if "view=" in question else "&view=internal"
        answer = await stage.get(f"/v1/results?{question}{view}", by=MANAGER)
        found[question] = (answer.status_code, answer.json()["type"].removeprefix("urn:fsp:problem:"))
        assert "happiness" not in answer.text
        assert "postcode" not in answer.text

    assert found == REFUSED


async def test_there_is_no_route_to_rows_of_facts(stage: Stage) -> None:
    for path in (
        "/v1/facts",
        "/v1/tallies",
        f"/v1/facts/{an_id('f')}",
        "/v1/results/rows",
        "/v1/referrals/R-7KQ4-MH9T",
    ):
        assert (await stage.get(path, by=MANAGER)).status_code == 404


async def test_each_view_answers_its_usual_window_and_says_which(year: Stage) -> None:
    inside, outside = [await ask(year, "measure=referrals", view=view) for view in ("internal", "publishable")]

    assert (inside["from"], inside["until"], inside["data_on"]) == ("2024-07-10", "2025-07-10", "2025-07-09")
    assert (outside["from"], outside["until"]) == ("2024-04-01", "2025-04-01")


async def test_an_open_window_is_refused_in_the_public_view_with_the_latest_that_is_not(year: Stage) -> None:
    asked = "/v1/results?measure=referrals&view=publishable"
    refused = await year.get(f"{asked}&from=2025-07-01&until=2025-08-01", by=ANALYST)

    assert refused.status_code == 422, refused.text
    latest = refused.json()["latest"]["month"]
    assert latest == {"from": "2025-06-01", "until": "2025-07-01"}
    assert (await year.get(f"{asked}&from={latest['from']}&until={latest['until']}", by=ANALYST)).status_code == 200


def test_the_document_says_the_usual_window_of_each_view() -> None:
    said = read_results.__doc__ or ""

    assert "`internal` (needs a manager): the year up to and with the data date" in said
    assert "`publishable` (unless said): the last financial year that has closed" in said
