"""The five services, started once for all journeys: families differ, the county stays."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from libs.chassis import migrations
from tests.harness import FRIDAY, create_database
from tests.journeys.county import County, five_services
from tests.servers import Servers


@pytest.fixture(scope="session")
async def started(servers: Servers, worker: str) -> AsyncIterator[County]:
    # The county runs on while other tests put single services on stage: its databases are its own.
    async def own(service: str) -> tuple[str, str]:
        owner_url, app_url = await create_database(servers.postgres_admin_url, f"county_{service}_{worker}")
        await asyncio.to_thread(migrations.upgrade, service, url=owner_url)
        return owner_url, app_url

    async with five_services(servers, own) as county:
        yield county


@pytest.fixture
async def county(started: County) -> County:
    started.clock.now = FRIDAY
    await started.come_to_rest()  # what an earlier journey has left on its way would change what this one reads
    return started
