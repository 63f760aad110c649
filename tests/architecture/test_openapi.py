"""Schemathesis attacks every route of every service: no 500, no answer that was not declared."""

import asyncio
import importlib
import os
import socket
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from libs.chassis import clock
from libs.chassis.service import create_app, edges
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.harness import TestKeys, be_patient, caller, settings_for, token

#: How many requests each route gets; more before a release.
EXAMPLES = int(os.environ.get("FS_FUZZ_EXAMPLES", "8"))
CHECKS = (not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance)
EVERYBODY = caller(*Role, team=derived_id("team", "any"), agency=derived_id("agency", "any"))


@pytest.fixture(scope="session")
async def addresses(
    databases: Callable[[str], "asyncio.Future[tuple[str, str]]"],
) -> AsyncIterator[Callable[[str], str]]:
    """Serve each service on a real port, in a thread with a loop of its own."""
    servers: dict[str, tuple[uvicorn.Server, int]] = {}
    urls = {name: (await databases(name))[1] for name in SERVICES}

    def address(name: str) -> str:
        if name not in servers:
            servers[name] = _serve(name, urls[name])
        return f"http://127.0.0.1:{servers[name][1]}"

    yield address
    for server, _ in servers.values():
        server.should_exit = True


def _serve(name: str, url: str) -> tuple[uvicorn.Server, int]:
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    started = threading.Event()
    running: list[uvicorn.Server] = []

    async def serve() -> None:
        service = importlib.import_module(f"services.{name}.app").SERVICE
        app = create_app(service, settings_for(url), keys=TestKeys(), bus=False)
        be_patient(app.state.runtime.database)
        running.append(uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False)))
        started.set()
        await running[0].serve(sockets=[listener])

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    started.wait(120)
    return running[0], listener.getsockname()[1]


SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")


@pytest.mark.parametrize("name", SERVICES)
def test_no_route_fails_or_answers_undeclared(name: str, addresses: Callable[[str], str]) -> None:
    base = addresses(name)
    schema = schemathesis.openapi.from_url(f"{base}/openapi.json", wait_for_schema=120)
    answered: Counter[int] = Counter()

    for found in schema.get_all_operations():

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=found.ok().as_strategy())
        def attack(case: schemathesis.Case) -> None:
            # A token ends after ten minutes, the attack perhaps not.
            bearer = {"Authorization": f"Bearer {token(EVERYBODY, at=clock.now())}"}
            # A made-up ETag would end every other attack at the door.
            etag = {"If-Match": '"1"'} if "If-Match" in (case.headers or {}) else {}
            answer = case.call_and_validate(base_url=base, headers=bearer | etag, checks=list(CHECKS), timeout=90)
            answered[answer.status_code] += 1

        attack()

    assert answered[200] + answered[201] > 0, f"nothing was ever right: {answered}"
    assert sum(answered.values()) >= EXAMPLES * len(edges(importlib.import_module(f"services.{name}.app").SERVICE)) // 2
