"""What must be so before a service starts: databases, schemas, streams. A job of its own; services never do it.

`python -m deploy.prepare CREDENTIALS POSTGRES_PORT NATS_PORT`, all of it repeatable.
"""

import asyncio
import sys
import time
from pathlib import Path

from deploy import databases
from deploy.credentials import Credentials, load_or_make
from deploy.nats_conf import ADMIN
from deploy.servers import postgres_url
from deploy.topology import REBUILD, SERVICES, hears


def main() -> None:
    """Make databases, migrate each to its newest revision, make streams and consumers."""
    path, postgres_port, nats_port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    credentials = load_or_make(path)
    began = time.monotonic()
    asyncio.run(
        databases.prepare(
            superuser_url=postgres_url(credentials.superuser_password, postgres_port),
            passwords=credentials.role_passwords,
        )
    )
    began = _said("databases", began)
    _migrate(credentials, postgres_port)
    began = _said("schemas", began)
    asyncio.run(_provision(credentials, nats_port))
    _said("streams", began)


def _said(what: str, began: float) -> float:
    now = time.monotonic()
    print(f"  {what} are up to date ({now - began:.1f} s)", flush=True)
    return now


def _migrate(credentials: Credentials, port: int) -> None:
    from libs.chassis import migrations  # noqa: PLC0415

    for service in SERVICES:
        owner, _ = databases.roles(service)
        password = credentials.role_passwords[owner]
        migrations.upgrade(service, url=postgres_url(password, port, service, owner, "postgresql+asyncpg"))


async def _provision(credentials: Credentials, port: int) -> None:
    from libs.chassis import bus  # noqa: PLC0415

    await bus.provision(
        f"nats://127.0.0.1:{port}",
        seed=credentials.nats_seeds[ADMIN],
        hears={service: hears(service) for service in SERVICES},
        extra={REBUILD: hears("metrics")},
    )


if __name__ == "__main__":
    main()
