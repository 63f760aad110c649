"""Servers once a run, a database a service and worker, a clock that stands still."""

import asyncio
import importlib
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager

import pytest
from hypothesis import HealthCheck, settings

from libs.chassis import migrations
from tests import servers as sources
from tests.harness import Clock, Stage, create_database, on_stage
from tests.servers import Servers

# A busy machine must not fail a property for being slow; the timeout of the whole test still holds. Before a release
# FS_PROPERTY_EXAMPLES=1000 looks harder, and each time elsewhere; without it the same examples are drawn every time.
_EXAMPLES = os.environ.get("FS_PROPERTY_EXAMPLES")
settings.register_profile(
    "tests",
    deadline=None,
    max_examples=int(_EXAMPLES or "50"),
    derandomize=_EXAMPLES is None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("tests")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker that has told all its results end undisturbed: xdist interrupts one that takes over five seconds."""
    if hasattr(session.config, "workerinput"):
        signal.signal(signal.SIGINT, signal.SIG_IGN)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL and NATS, started once a run and shared by its workers."""
    started = sources.start()
    yield started
    sources.stop()


@pytest.fixture(scope="session")
def worker(request: pytest.FixtureRequest) -> str:
    """The name of this test worker."""
    return str(getattr(request.config, "workerinput", {}).get("workerid", "main"))


@pytest.fixture(scope="session")
async def databases(servers: Servers, worker: str) -> Callable[[str], "asyncio.Future[tuple[str, str]]"]:
    """Give a migrated database for a service: (owner URL, application URL); made once a worker."""
    made: dict[str, asyncio.Future[tuple[str, str]]] = {}

    async def make(service: str) -> tuple[str, str]:
        owner_url, app_url = await create_database(servers.postgres_admin_url, f"test_{service}_{worker}")
        await asyncio.to_thread(migrations.upgrade, service, url=owner_url)
        return owner_url, app_url

    def database(service: str) -> asyncio.Future[tuple[str, str]]:
        if service not in made:
            made[service] = asyncio.ensure_future(make(service))
        return made[service]

    return database


@pytest.fixture(scope="session")
def staged(
    databases: Callable[[str], "asyncio.Future[tuple[str, str]]"],
) -> Callable[[str], AbstractAsyncContextManager[Stage]]:
    """Put a service on stage by name, its tables empty: what a service's own conftest builds its `stage` from."""
    from contextlib import asynccontextmanager

    @asynccontextmanager
    async def stage(name: str) -> AsyncIterator[Stage]:
        owner_url, app_url = await databases(name)
        service = importlib.import_module(f"services.{name}.app").SERVICE
        async with on_stage(service, owner_url=owner_url, app_url=app_url, clock=Clock()) as ready:
            await ready.empty()
            yield ready

    return stage
