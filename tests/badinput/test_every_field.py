"""Each field of each body of each service, wrong in each way that its type can be; and fields that are ours to fill in."""

import json
from typing import Any

import pytest

from libs.chassis.problems import MOST_FAULTS
from tests.architecture.documents import SERVICES, schemas
from tests.badinput.fields import nonsense_for
from tests.badinput.owned import OURS, SAID_BY_CALLERS
from tests.badinput.routes import CANARY, EVERYBODY, Route, Staged, attacked, nothing_done, routes
from tests.harness import Stage


async def _send(stage: Stage, route: Route, body: Any) -> Any:
    # As httpx would refuse half a surrogate, it is written with escapes.
    headers = {"content-type": "application/json"}
    content = json.dumps(body).encode()
    return await stage.call(route.verb, route.address(), by=EVERYBODY, if_match=1, content=content, headers=headers)


@pytest.mark.parametrize("name", SERVICES)
async def test_a_field_that_cannot_be_right_gets_its_problem_and_is_not_said_again(name: str, staged: Staged) -> None:
    async with attacked(staged, name) as (stage, wrong):
        kinds = {kind: (route, right) for route in routes(name) for kind, right in route.bodies.items()}
        for kind, (route, right) in kinds.items():
            for told, body, slugs in nonsense_for(name, kind, right):
                stage.clock.forward(seconds=2)  # a search may be asked thirty times a minute
                with nothing_done(stage, f"{route} {told}"):
                    answer = await _send(stage, route, body)
                slug = answer.json()["type"].removeprefix("urn:fsp:problem:")
                if answer.status_code != 422 or slug not in slugs:
                    wrong.append(f"{route} {kind} {told}: {answer.status_code} {answer.text[:300]}")
                if CANARY in answer.text:
                    wrong.append(f"{route} {kind} {told}: says again what was sent")


@pytest.mark.parametrize("name", SERVICES)
async def test_what_a_service_fills_in_nobody_can_send(name: str, staged: Staged) -> None:
    said: set[str] = set()
    async with attacked(staged, name) as (stage, wrong):
        for route in routes(name):
            for kind, right in route.bodies.items():
                fields = schemas(name)[kind].get("properties", {})
                said |= {f"{kind}.{field}" for field in OURS if field in fields}
                ours = {field: CANARY for field in OURS if field not in fields}
                with nothing_done(stage, f"{route}"):
                    answer = await _send(stage, route, right | ours)
                refused = {
                    fault["pointer"] for fault in answer.json().get("errors", ()) if fault["code"] == "unknown-field"
                }
                if answer.status_code != 422 or refused != {f"/{field}" for field in ours}:
                    wrong.append(f"{route} {kind}: {answer.status_code} {answer.text[:300]}")
                if CANARY in answer.text:
                    wrong.append(f"{route} {kind}: says again what was sent")

    assert said == set(SAID_BY_CALLERS[name]), "tests/badinput/owned.py lists what callers do say, and why"


@pytest.mark.parametrize("name", SERVICES)
async def test_a_body_of_nothing_but_faults_gets_a_short_answer(name: str, staged: Staged) -> None:
    route = next(route for route in routes(name) if route.bodies)
    faults = {f"field_{number}": CANARY for number in range(5000)}
    async with staged(name) as stage:
        answer = await _send(stage, route, faults)

    assert (answer.status_code, len(answer.json()["errors"])) == (422, MOST_FAULTS)
    assert len(answer.content) < 32 * 1024
