"""RELIABILITY 6.1 at every route of every service: the stated problem, nothing done, nothing of it in the answer."""

import pytest

from tests.architecture.documents import SERVICES
from tests.badinput.common import NONSENSE
from tests.badinput.routes import CANARY, Staged, attacked, nothing_done, routes


@pytest.mark.parametrize("name", SERVICES)
async def test_nonsense_gets_its_problem_at_every_route_and_leaves_nothing(name: str, staged: Staged) -> None:
    async with attacked(staged, name) as (stage, wrong):
        for route in routes(name):
            for told, sent in NONSENSE.items():
                if not sent.to(route):
                    continue
                request = sent.request(route)
                with nothing_done(stage, f"{route}: {told}"):
                    answer = await stage.call(**request)
                problem = answer.json()
                if (answer.status_code, problem["type"]) != (sent.status, f"urn:fsp:problem:{sent.slug}"):
                    wrong.append(f"{route}: {told}: {answer.status_code} {answer.text[:200]}")
                if CANARY.lower() in (answer.text + str(answer.headers)).lower():
                    wrong.append(f"{route}: {told}: says again what was sent: {answer.text[:200]}")
                assert answer.headers["content-type"] == "application/problem+json"
                assert set(problem) >= {"type", "title", "status", "instance"}


def test_every_kind_of_nonsense_has_routes_that_it_is_sent_to() -> None:
    everything = [route for name in SERVICES for route in routes(name)]

    assert not [told for told, sent in NONSENSE.items() if not any(sent.to(route) for route in everything)]
