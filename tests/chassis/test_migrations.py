"""Each service's schema goes up, down and up again, and holds what `tables.py` says."""

import asyncio

import pytest

from libs.chassis import migrations
from tests.harness import create_database
from tests.servers import Servers

SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_schema_goes_up_down_and_up_again_without_drift(servers: Servers, worker: str, service: str) -> None:
    owner_url, _ = await create_database(servers.postgres_admin_url, f"stairs_{service}_{worker}")

    await asyncio.to_thread(migrations.upgrade, service, url=owner_url)
    await asyncio.to_thread(migrations.downgrade, service, url=owner_url, to=f"{service}@base")
    await asyncio.to_thread(migrations.downgrade, service, url=owner_url, to="plumbing@base")
    await asyncio.to_thread(migrations.upgrade, service, url=owner_url)

    assert await asyncio.to_thread(migrations.drift, service, url=owner_url) == []


@pytest.mark.parametrize("service", SERVICES)
async def test_the_service_owns_nothing_and_cannot_change_what_was_audited_or_archived(
    servers: Servers, worker: str, service: str
) -> None:
    import asyncpg
    from sqlalchemy.engine import make_url

    owner_url, app_url = await create_database(servers.postgres_admin_url, f"rights_{service}_{worker}")
    await asyncio.to_thread(migrations.upgrade, service, url=owner_url)
    connection = await asyncpg.connect(
        make_url(app_url).set(drivername="postgresql").render_as_string(hide_password=False)
    )
    try:
        owned = await connection.fetchval("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        assert owned == 0
        audited = ("DELETE FROM audit", "UPDATE audit SET action = 'x'", "TRUNCATE audit")
        archived = ("DELETE FROM outbox_archive", "UPDATE outbox_archive SET type = 'x'", "TRUNCATE outbox_archive")
        for forbidden in (*audited, *archived, "DROP TABLE outbox"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
    finally:
        await connection.close()
