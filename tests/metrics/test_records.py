"""Definitions, runs, journeys and publications over HTTP."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.metrics import PublicationReleased, PublicationWithdrawn, RunCompleted
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from services.metrics.domain.definitions import active
from tests.harness import Stage, caller
from tests.metrics.builders import Telling, an_id
from tests.metrics.county import APRIL, NORTH, SOUTH, hear_year
from tests.metrics.hearing import hear_all, tally_all
from tests.metrics.publishing import MANAGER, publication, release, run, withdraw

ANALYST = caller(Role.ANALYST)


async def test_every_measure_is_listed_with_its_definition(stage: Stage) -> None:
    items = (await stage.get("/v1/measures", by=ANALYST)).json()["items"]

    assert [each["code"] for each in items] == [each.code for each in active()]
    for each in items:
        one = await stage.get(f"/v1/measures/{each['code']}/versions/{each['version']}", by=ANALYST)
        assert one.json() == each


@pytest.mark.parametrize("path", ["referrals/versions/9", "happiness/versions/1"])
async def test_a_measure_or_version_that_there_is_not_is_not_found(stage: Stage, path: str) -> None:
    assert (await stage.get(f"/v1/measures/{path}", by=ANALYST)).status_code == 404


async def test_every_published_figure_belongs_to_a_measure(stage: Stage) -> None:
    items = (await stage.get("/v1/published-figures", by=ANALYST)).json()["items"]

    assert {each["measure"] for each in items} <= {each.code for each in active()}
    assert {"measure": "referrals", "year": 2025, "value": 5047.0} in [
        {key: each[key] for key in ("measure", "year", "value")} for each in items
    ]


async def test_a_run_keeps_its_answer_when_more_becomes_known(stage: Stage) -> None:
    await hear_year(stage)
    kept = (await run(stage, view="internal")).json()
    telling = Telling()
    telling.referral(an_id("late"), an_id("late"), (an_id("late"),), on=APRIL)
    await hear_all(stage, telling.facts)
    await tally_all(stage)

    read = (await stage.get(f"/v1/runs/{kept['id']}", by=MANAGER)).json()
    again = (await run(stage, view="internal")).json()

    assert read == kept
    assert kept["result"]["figures"][0]["value"] == 12
    assert again["result"]["figures"][0]["value"] == 13
    assert again["input_digest"] != kept["input_digest"]
    assert [said.data["measure"] for said in await stage.said(RunCompleted)] == ["referrals", "referrals"]


async def test_the_same_question_of_the_same_facts_has_the_same_digests(stage: Stage) -> None:
    await hear_year(stage)

    one, other = (await run(stage)).json(), (await run(stage)).json()

    assert one["id"] != other["id"]
    assert (one["input_digest"], one["result_digest"]) == (other["input_digest"], other["result_digest"])


async def test_a_run_proves_by_which_definition_it_was_counted(stage: Stage) -> None:
    await hear_year(stage)
    of_measures = {
        (each["code"], each["version"]): each["definition_digest"]
        for each in (await stage.get("/v1/measures", by=ANALYST)).json()["items"]
    }

    first = (await run(stage, view="internal", measure="worker_changes", version=1)).json()
    second = (await run(stage, view="internal", measure="worker_changes")).json()
    read = (await stage.get(f"/v1/runs/{second['id']}", by=MANAGER)).json()
    stored = await stage.as_owner("SELECT definition_digest FROM run ORDER BY version")

    assert read["definition_digest"] == read["result"]["definition_digest"] == of_measures["worker_changes", 2]
    assert first["definition_digest"] != second["definition_digest"]
    assert first["input_digest"] != second["input_digest"]
    assert [row.definition_digest for row in stored] == [first["definition_digest"], second["definition_digest"]]


async def test_the_same_key_starts_one_run(stage: Stage) -> None:
    body = {"measure": "referrals", "view": "publishable"}

    one = await stage.post("/v1/runs", body, by=MANAGER, key="k-1")
    other = await stage.post("/v1/runs", body, by=MANAGER, key="k-1")

    assert one.json() == other.json()
    assert len(await stage.said(RunCompleted)) == 1


async def test_an_internal_run_is_not_there_for_an_analyst(stage: Stage) -> None:
    kept = (await run(stage, view="internal")).json()

    assert (await stage.get(f"/v1/runs/{kept['id']}", by=ANALYST)).status_code == 404
    assert (await run(stage, as_=ANALYST, view="internal")).status_code == 403
    assert (await run(stage, as_=ANALYST)).status_code == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 422),
        ({"measure": "referrals", "note": "text"}, 422),
        ({"measure": "referrals", "by": ["team"]}, 422),
        ({"measure": "referrals", "from": "2025-02-29"}, 422),
        ({"measure": "referrals", "from": 20250401}, 422),
        ({"measure": "referrals", "version": "1e999"}, 422),
        ({"measure": "r\u0000"}, 422),
        ({"measure": "référrals"}, 422),
        ({"measure": "happiness"}, 404),
        ([], 422),
    ],
)
async def test_a_run_that_cannot_be_right_is_refused(stage: Stage, body: Any, status: int) -> None:
    answer = await stage.post("/v1/runs", body, by=MANAGER)

    assert answer.status_code == status, answer.text
    assert await stage.said(RunCompleted) == []


async def test_malformed_json_is_refused(stage: Stage) -> None:
    headers = {"content-type": "application/json"}

    answer = await stage.call("POST", "/v1/runs", by=MANAGER, content=b'{"measure": ', headers=headers)

    assert (answer.status_code, answer.json()["type"]) == (400, "urn:fsp:problem:malformed-json")


async def test_a_publication_is_made_released_and_withdrawn(stage: Stage) -> None:
    await hear_year(stage)

    made = await publication(stage)
    released = await release(stage, made)
    withdrawn = await withdraw(stage, made, revision=2)
    read = await stage.get(f"/v1/publications/{made['id']}", by=MANAGER)

    assert [made["state"], released.json()["state"], withdrawn.json()["state"]] == ["checked", "released", "withdrawn"]
    assert released.headers["etag"] == '"2"'
    assert read.json() == withdrawn.json()
    assert len(await stage.said(PublicationReleased)) == 1
    assert [said.data["reason"] for said in await stage.said(PublicationWithdrawn)] == ["corrected"]


async def test_what_is_not_suppressed_is_not_published(stage: Stage) -> None:
    kept = (await run(stage, view="internal")).json()

    answer = await stage.post("/v1/publications", {"run_id": kept["id"]}, by=MANAGER)

    assert (answer.status_code, answer.json()["type"]) == (409, "urn:fsp:problem:not-suppressed")


async def test_a_publication_of_no_run_is_refused(stage: Stage) -> None:
    assert (await stage.post("/v1/publications", {"run_id": str(new_id())}, by=MANAGER)).status_code == 404


async def test_each_verb_is_refused_in_the_wrong_state_and_with_a_stale_etag(stage: Stage) -> None:
    await hear_year(stage)
    made = await publication(stage)
    without = await stage.post(f"/v1/publications/{made['id']}:release", by=MANAGER)
    stale = await release(stage, made, revision=7)
    await release(stage, made)
    again = await release(stage, made, revision=2)
    await withdraw(stage, made, revision=2)
    after = await withdraw(stage, made, revision=3)

    assert [each.status_code for each in (without, stale, again, after)] == [428, 412, 409, 409]
    assert len(await stage.said(PublicationReleased)) == 1


async def test_an_analyst_makes_but_does_not_release(stage: Stage) -> None:
    await hear_year(stage)
    kept = (await run(stage, as_=ANALYST)).json()

    made = await stage.post("/v1/publications", {"run_id": kept["id"]}, by=ANALYST)

    assert made.status_code == 201
    assert (await release(stage, made.json(), by=ANALYST)).status_code == 403


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AGENCY_MANAGER])
async def test_a_table_is_not_there_for_analysts_and_agencies_unless_it_is_released(stage: Stage, role: Role) -> None:
    await hear_year(stage)
    made = await publication(stage)
    somebody = caller(role)

    async def seen() -> tuple[int, int]:
        one = await stage.get(f"/v1/publications/{made['id']}", by=somebody)
        every = await stage.get("/v1/publications", by=somebody)
        return one.status_code, len(every.json()["items"])

    before = await seen()
    await release(stage, made)
    out = await seen()
    await withdraw(stage, made, revision=2)

    assert (before, out, await seen()) == ((404, 0), (200, 1), (404, 0))


async def test_a_run_of_somebody_else_is_there_for_an_analyst_while_its_table_is_released(stage: Stage) -> None:
    await hear_year(stage)
    made = await publication(stage)
    mine = (await run(stage, as_=ANALYST)).json()

    async def seen(run_id: str) -> int:
        return (await stage.get(f"/v1/runs/{run_id}", by=ANALYST)).status_code

    before = await seen(made["run_id"])
    await release(stage, made)
    out = await seen(made["run_id"])
    await withdraw(stage, made, revision=2)

    assert (before, out, await seen(made["run_id"]), await seen(mine["id"])) == (404, 200, 404, 200)


async def test_a_released_table_by_month_can_be_read_back_whole(stage: Stage) -> None:
    await hear_year(stage)
    made = await publication(stage, by="month")

    released = await release(stage, made)

    assert released.status_code == 200
    assert len(released.json()["result"]["figures"]) == 3
    assert json.dumps(released.json()["result"]) == json.dumps(made["result"])


async def test_publications_are_listed_the_newest_first_by_page_and_state(stage: Stage) -> None:
    await hear_year(stage)
    made = []
    for _ in range(3):
        made.append(await publication(stage))
        stage.clock.forward(minutes=1)
    await release(stage, made[0])

    one = (await stage.get("/v1/publications?limit=2", by=MANAGER)).json()
    two = (await stage.get(f"/v1/publications?limit=2&after={one['next']}", by=MANAGER)).json()
    out = (await stage.get("/v1/publications?state=released", by=ANALYST)).json()

    assert [each["id"] for each in one["items"] + two["items"]] == [each["id"] for each in reversed(made)]
    assert two["next"] is None
    assert [each["id"] for each in out["items"]] == [made[0]["id"]]


async def test_a_journey_tells_plans_steps_days_and_workers_and_is_audited(stage: Stage) -> None:
    child, family = an_id("c"), an_id("f")
    telling = Telling()
    telling.plan(an_id("s", 1), child, family, "cin", on=APRIL)
    telling.plan_ends(an_id("s", 1), child, family, "cin", started=APRIL, on=APRIL + timedelta(days=30))
    telling.plan(an_id("s", 2), child, family, "cp", on=APRIL + timedelta(days=30))
    telling.holds(an_id("a", 1), family, an_id("w", 1), on=APRIL, team=NORTH, children=(child,))
    telling.lets_go(an_id("a", 1), family, an_id("w", 1), on=APRIL + timedelta(days=9), team=NORTH)
    telling.holds(
        an_id("a", 2),
        family,
        an_id("w", 2),
        on=APRIL + timedelta(days=9),
        team=SOUTH,
        children=(child,),
        reason="LEFTRL",
    )
    await hear_all(stage, telling.facts)

    found = (await stage.get(f"/v1/journeys/{child}", by=caller(Role.TEAM_MANAGER))).json()

    assert [spell["level"] for spell in found["spells"]] == ["cin", "cp"]
    assert (found["highest"], found["step_ups"], found["step_downs"], found["days"]["cin"]) == ("cp", 1, 0, 30)
    assert [UUID(hold["worker_id"]) for hold in found["workers"]] == [an_id("w", 1), an_id("w", 2)]
    assert found["workers"][0]["ended_on"] == "2025-04-16"
    assert found["worker_changes"] == 1
    (row,) = await stage.audited()
    assert (row.action, row.record_id, row.family_id) == ("journeys:read", child, family)


async def test_a_journey_is_found_under_every_id_by_which_the_child_was_known(stage: Stage) -> None:
    known, fresh, family = an_id("known"), an_id("fresh"), an_id("f")
    telling = Telling()
    telling.plan(an_id("s", 1), known, family, "cin", on=APRIL)
    telling.plan(an_id("s", 2), fresh, an_id("other"), "cp", on=APRIL + timedelta(days=60))
    telling.links(fresh, known, on=APRIL + timedelta(days=70), referral=an_id("r"))
    await hear_all(stage, telling.facts)

    by_known = (await stage.get(f"/v1/journeys/{known}", by=MANAGER)).json()
    by_fresh = (await stage.get(f"/v1/journeys/{fresh}", by=MANAGER)).json()

    assert by_known == by_fresh
    assert (by_known["child_id"], [spell["level"] for spell in by_known["spells"]]) == (str(known), ["cin", "cp"])


@pytest.mark.parametrize("role", [Role.ANALYST, Role.AGENCY_MANAGER, Role.ADULT_PRACTITIONER, Role.AUDITOR])
async def test_a_journey_is_not_for_those_who_do_not_work_with_the_child(stage: Stage, role: Role) -> None:
    assert (await stage.get(f"/v1/journeys/{new_id()}", by=caller(role))).status_code == 403


async def test_the_journey_of_nobody_is_not_found(stage: Stage) -> None:
    assert (await stage.get(f"/v1/journeys/{new_id()}", by=MANAGER)).status_code == 404
