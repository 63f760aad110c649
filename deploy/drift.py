"""Compares every service's migrations with its tables, on a database that is thrown away; none may differ.

`python -m deploy.drift`; with `--write SERVICE MESSAGE` it writes the migration that is missing.
"""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy import credentials, databases, servers
from deploy.processes import Nursery
from deploy.topology import SERVICES
from libs.chassis import migrations


def main() -> int:
    """Return 0 when migrations and tables agree, or when the missing migration was written."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", nargs=2, metavar=("SERVICE", "MESSAGE"))
    asked = parser.parse_args()
    with _empty_databases() as url_of:
        if asked.write:
            service, message = asked.write
            if service not in SERVICES or not message:
                parser.error(f"SERVICE is one of {', '.join(SERVICES)}, and MESSAGE says what changes")
            migrations.upgrade(service, url=url_of[service])
            migrations.revise(service, message, url=url_of[service])
            return 0
        return 1 if [difference for service in SERVICES for difference in _differences(service, url_of[service])] else 0


def _differences(service: str, url: str) -> list[str]:
    migrations.upgrade(service, url=url)
    found = migrations.drift(service, url=url)
    print(f"{service}: {'; '.join(found) or 'migrations and tables agree'}")
    return found


@contextmanager
def _empty_databases() -> Iterator[dict[str, str]]:
    with tempfile.TemporaryDirectory(prefix="fsp-drift-") as folder:
        Path(folder).chmod(0o755)
        keys = credentials.make()
        place = servers.find_place(Path(folder), say=print)
        postgres, port = servers.start_postgres(
            Nursery(), place, password=keys.superuser_password, port=0, durable=False
        )
        try:
            admin = servers.postgres_url(keys.superuser_password, port)
            asyncio.run(databases.prepare(superuser_url=admin, passwords=keys.role_passwords))
            owners = {service: databases.roles(service)[0] for service in SERVICES}
            yield {
                service: servers.postgres_url(keys.role_passwords[owner], port, service, owner, "postgresql+asyncpg")
                for service, owner in owners.items()
            }
        finally:
            postgres.stop()


if __name__ == "__main__":
    sys.exit(main())
