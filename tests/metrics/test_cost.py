"""What answers cost: statements per request, indexes for every query at many rows, ten years in little time."""

import statistics
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from libs.kernel.roles import Role
from services.metrics import tables
from services.metrics.domain.definitions import measure
from services.metrics.domain.ledger import FAMILY_KINDS
from services.metrics.domain.measures import By
from services.metrics.domain.periods import Period
from services.metrics.domain.questions import Question, View
from services.metrics.repository import editions, facts, tallies
from services.metrics.repository.sums import sums_query
from tests.harness import Stage, caller
from tests.metrics.builders import an_id
from tests.metrics.county import hear_year, tell_year
from tests.metrics.hearing import hear_all

MANAGER = caller(Role.SERVICE_MANAGER)
EITHER = caller(Role.SERVICE_MANAGER, Role.SERVICE_ADMIN)
TEN_YEARS = Period(date(2016, 1, 1), date(2026, 1, 1))
ODD_DAYS = Period(date(2016, 1, 15), date(2025, 12, 20))

_FACTS = """
INSERT INTO fact (generation, id, kind, about, epoch, revision, occurred_at, known_at, heard_at, subjects, kept)
SELECT 1, gen_random_uuid(), 'referrals.referral.received', gen_random_uuid(), 1, 1, moment, moment, moment,
       ARRAY[gen_random_uuid(), gen_random_uuid()], '{}'
FROM (SELECT timestamptz '2016-01-01' + n * interval '40 minutes' AS moment FROM generate_series(1, 120000) AS n) AS m
"""
# Eight figures, seventeen teams, sixty things a day for ten years.
_TALLIES = """
INSERT INTO tally (generation, code, subject, "on", team, agency, amount, base, square, known_from)
SELECT 1, (ARRAY['new_referral', 'decision', 'cp_plan', 'allocation_wait', 'open', 'worker_change', 'open_again', 'many_workers'])
       [1 + n % 8], gen_random_uuid(), date '2016-01-01' + n % 3650, ('00000000-0000-0000-0000-0000000000' || 10 + n % 17)::uuid,
       '00000000-0000-0000-0000-000000000000', n % 2, 1, n % 2, timestamptz '2016-01-01' + (n % 3650) * interval '1 day'
FROM generate_series(1, 219000) AS n
"""
# The sums by month of these, and of as many other figures as there are.
_MONTHS = """
INSERT INTO monthly (generation, code, month, team, agency, amount, base, square)
SELECT generation, code || other, date_trunc('month', "on"), team, agency, sum(amount), sum(base), sum(square)
FROM tally CROSS JOIN (VALUES (''), ('_2'), ('_3'), ('_4'), ('_5')) AS others (other) GROUP BY 1, 2, 3, 4, 5
"""
_WAITING = """
INSERT INTO pending (generation, queue, fact_id, known_at, set_aside)
SELECT generation, 'family', id, known_at, position % 100 <> 0 FROM (SELECT *, row_number() OVER () AS position FROM fact) AS f
"""
_PUBLICATIONS = """
INSERT INTO publication (id, run_id, state, measure, version, result, made_by, made_at, revision)
SELECT gen_random_uuid(), '{run}', 'checked', 'referrals', 1, '{{}}', gen_random_uuid(),
       timestamptz '2016-01-01' + n * interval '1 minute', 1
FROM generate_series(1, 20000) AS n
"""
_EDITIONS = """
INSERT INTO edition (what, from_on, until_on, number, data_on, frozen_on, sums)
SELECT CASE n % 40 WHEN 0 THEN 'referral' ELSE 'tally_' || n % 40 END, month, month + interval '1 month', 1 + n / 4800,
       month, month, '[]'
FROM (SELECT n, date '2016-01-01' + (n / 40 % 120) * interval '1 month' AS month FROM generate_series(0, 19999) AS n) AS m
"""


@pytest.fixture(scope="module")
async def decade(staged: Any) -> AsyncIterator[Stage]:
    """The service after ten years of a county."""
    async with staged("metrics") as ready:
        await ready.as_owner("INSERT INTO ledger (generation) VALUES (1)")
        for statement in (_FACTS, _TALLIES, _MONTHS):
            await ready.as_owner(statement)
        await ready.as_owner("ANALYZE")
        yield ready
        await ready.empty()


def question(code: str, by: By, period: Period = TEN_YEARS, known_at: datetime | None = None) -> Question:
    return Question(measure=measure(code=code), by=by, period=period, view=View.INTERNAL, known_at=known_at)


@pytest.mark.parametrize("code", ["re_referrals", "cp_plans"])
@pytest.mark.parametrize("by", [By.NONE, By.MONTH, By.TEAM])
@pytest.mark.parametrize("period", [TEN_YEARS, ODD_DAYS, Period(date(2025, 3, 5), date(2025, 3, 20))])
async def test_sums_come_from_indexes(decade: Stage, code: str, by: By, period: Period) -> None:
    asked = question(code, by, period)

    plan = await decade.plan_of(sums_query(asked, 1, asked.measure.tally, with_past=asked.measure.shape.is_stock))

    assert "Seq Scan" not in plan, plan


async def test_what_was_known_then_comes_from_an_index(decade: Stage) -> None:
    asked = question(
        "re_referrals", By.MONTH, Period(date(2024, 1, 1), date(2025, 1, 1)), datetime(2024, 6, 1, tzinfo=UTC)
    )

    plan = await decade.plan_of(sums_query(asked, 1, asked.measure.tally, with_past=False))

    assert "ix_tally_generation_code_on" in plan, plan


async def test_facts_and_tallies_of_a_family_come_from_indexes(decade: Stage) -> None:
    about = [an_id("family"), an_id("child")]

    of_facts = await decade.plan_of(facts.subjects_query(about, generation=1, kinds=FAMILY_KINDS))
    of_tallies = await decade.plan_of(tallies.subjects_query(about, generation=1))

    assert "ix_fact_subjects" in of_facts, of_facts
    assert "ix_tally_generation_subject" in of_tallies, of_tallies


async def test_the_queue_is_read_from_its_index_however_many_are_set_aside(decade: Stage) -> None:
    await decade.as_owner(_WAITING)

    plan = await decade.plan_of(facts.waiting_query(generation=1, limit=200))
    await decade.as_owner("TRUNCATE pending")

    assert "ix_pending_next" in plan, plan
    assert "Seq Scan" not in plan, plan


async def test_publications_are_listed_from_an_index(decade: Stage) -> None:
    run = await decade.post("/v1/runs", {"measure": "referrals"}, by=MANAGER)
    await decade.as_owner(_PUBLICATIONS.format(run=run.json()["id"]))
    listed = select(tables.publication).order_by(tables.publication.c.made_at.desc(), tables.publication.c.id.desc())

    every = await decade.plan_of(listed.limit(51))
    released = await decade.plan_of(listed.where(tables.publication.c.state == "released").limit(51))

    assert "ix_publication_made_at_id" in every, every
    assert "Seq Scan" not in released, released


async def test_editions_of_a_year_come_from_an_index(decade: Stage) -> None:
    await decade.as_owner(_EDITIONS)
    year = Period(date(2024, 4, 1), date(2025, 4, 1))

    plan = await decade.plan_of(editions.within_query({"referral", "children"}, year))
    await decade.as_owner("TRUNCATE edition")

    assert "pk_edition" in plan, plan
    assert "Seq Scan" not in plan, plan


@pytest.mark.parametrize(
    "asked",
    [
        "measure=re_referrals&by=month&from=2016-01-01&until=2026-01-01",
        "measure=cp_plans&by=month&from=2016-01-01&until=2026-01-01",
        "measure=worker_changes&by=month&from=2016-01-01&until=2026-01-01",
        "measure=three_or_more_workers&by=month&from=2016-01-01&until=2026-01-01",
        "measure=days_to_allocation&by=team&from=2016-01-01&until=2026-01-01",
        "measure=re_referrals&by=month&from=2016-01-15&until=2025-12-20",
    ],
)
async def test_ten_years_are_answered_within_fifty_milliseconds(decade: Stage, asked: str) -> None:
    # The yardstick: a measure by month over ten years of a county at most 50 ms.
    took, yardsticks = [], []
    of_a_year = asked.split("&from=", maxsplit=1)[0] + "&from=2023-04-01&until=2024-04-01"
    for question in (f"{asked}&view=internal", f"{of_a_year}&view=publishable") * 4:
        began = time.process_time()
        answer = await decade.get(f"/v1/results?{question}", by=MANAGER)
        took.append(time.process_time() - began)
        yardsticks.append(_yardstick())
        assert answer.status_code == 200

    # Our own time: the database's is bounded by its plans, and the clock on the wall by whatever else runs here.
    slower = max(1.0, statistics.median(yardsticks) / _YARDSTICK)
    assert statistics.median(took) < 0.050 * slower


#: Seconds that the work below takes on a machine for which the fifty milliseconds are meant.
_YARDSTICK = 0.014


def _yardstick() -> float:
    """Do some work that is always the same, and return how long it took: a slower machine takes longer for both."""
    began = time.process_time()
    places = {str(number): number for number in range(60_000)}
    assert max(places, key=lambda name: places[name]) == "59999"
    sorted(places)
    return time.process_time() - began


#: How many statements each request costs, at most: idempotency and audit are among them.
STATEMENTS = {
    "GET /v1/measures": 0,
    "GET /v1/measures/referrals/versions/1": 0,
    "GET /v1/published-figures": 0,
    "GET /v1/results?measure=referrals&view=internal": 2,
    "GET /v1/results?measure=referrals&by=month&view=internal&known_at=2025-06-01T00:00:00Z": 2,
    "GET /v1/results?measure=referrals&by=team&view=internal": 3,
    "GET /v1/results?measure=worker_changes&by=team&view=internal": 5,
    "GET /v1/results?measure=three_or_more_workers&by=team&view=internal": 5,
    "GET /v1/journeys/{child}": 4,
    "GET /v1/results?measure=referrals&by=team&view=publishable": 3,
    "GET /v1/results?measure=days_to_practitioner&by=team&view=publishable": 6,
    "GET /v1/results?measure=days_to_practitioner&by=agency&view=publishable": 3,
    "GET /v1/results?measure=three_or_more_workers&by=team&view=publishable": 11,
    "POST /v1/runs": 9,
    "GET /v1/runs/{run}": 1,
    "POST /v1/publications": 7,
    "GET /v1/publications": 1,
    "GET /v1/publications/{publication}": 1,
    "POST /v1/publications/{publication}:release": 11,
    "POST /v1/publications/{publication}:withdraw": 7,
    "POST /v1/revisions": 8,
    "GET /v1/set-aside-facts": 1,
    "POST /v1/set-aside-facts:retry": 4,
}


async def test_every_request_costs_few_statements(stage: Stage) -> None:
    await hear_year(stage)
    run = (await stage.post("/v1/runs", {"measure": "referrals"}, by=MANAGER)).json()["id"]
    publication = (await stage.post("/v1/publications", {"run_id": run}, by=MANAGER)).json()["id"]
    bodies: dict[str, Any] = {
        "POST /v1/runs": {"measure": "referrals"},
        "POST /v1/publications": {"run_id": run},
        "POST /v1/revisions": {"measure": "children_in_need", "as_of": "2025-06-30"},
        "POST /v1/publications/{publication}:withdraw": {"reason": "corrected"},
    }
    etags = {"POST /v1/publications/{publication}:release": 1, "POST /v1/publications/{publication}:withdraw": 2}
    await stage.get("/v1/results?measure=children_in_need&as_of=2025-06-30", by=MANAGER)
    await stage.as_owner("UPDATE edition SET sums = '[]' WHERE what = 'in_need'")
    names = {"{child}": str(an_id("child", 3)), "{run}": run, "{publication}": publication}

    cost = {}
    for route in STATEMENTS:
        method, path = route.split(" ")
        for name, value in names.items():
            path = path.replace(name, value)
        with stage.statements() as seen:
            answer = await stage.call(method, path, bodies.get(route), by=EITHER, if_match=etags.get(route))
        assert answer.status_code < 300, (route, answer.text)
        cost[route] = len(seen)

    assert {route: count for route, count in cost.items() if count > STATEMENTS[route]} == {}


def test_every_route_has_its_count(stage: Stage) -> None:
    counted = {
        route.split("?")[0].replace("/referrals/versions/1", "/{code}/versions/{version}") for route in STATEMENTS
    }
    counted = {
        route.replace("{child}", "{child_id}").replace("{run}", "{run_id}").replace("{publication}", "{publication_id}")
        for route in counted
    }
    routes = {
        f"{method} {route.path}"
        for part in stage.service.routers
        for route in part.routes
        for method in route.methods  # type: ignore[attr-defined]
    }

    assert counted == routes


async def test_a_batch_of_facts_costs_the_same_statements_whatever_its_size(stage: Stage) -> None:
    told = sorted(tell_year().facts, key=lambda fact: fact.kind.split(".")[0])
    await hear_all(stage, told)

    with stage.statements() as seen:
        carried = await stage.tick("tally")

    assert carried > 60
    assert len(seen) <= 18, seen
