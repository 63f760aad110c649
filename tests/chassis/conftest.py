"""The example service on a database of its own."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from libs.chassis import migrations
from libs.chassis.tables import plumbing
from tests.chassis import example
from tests.harness import Clock, Stage, create_database, on_stage
from tests.servers import Servers


@pytest.fixture(scope="session")
async def example_database(servers: Servers, worker: str) -> tuple[str, str]:
    owner_url, app_url = await create_database(servers.postgres_admin_url, f"test_example_{worker}")
    await asyncio.to_thread(migrations.upgrade, "example", url=owner_url)
    engine = create_async_engine(owner_url)
    async with engine.begin() as connection:
        await connection.run_sync(example.metadata.create_all)
    await engine.dispose()
    return owner_url, app_url


@pytest.fixture
async def stage(example_database: tuple[str, str]) -> AsyncIterator[Stage]:
    owner_url, app_url = example_database
    async with on_stage(example.SERVICE, owner_url=owner_url, app_url=app_url, clock=Clock()) as ready:
        await ready.as_owner(
            f"TRUNCATE box, heard_box, merged_box, {', '.join(name for name in plumbing.tables if name != 'service_state')}"
        )
        ready._heard.clear()
        yield ready
