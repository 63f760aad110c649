"""`python -m libs.chassis serve|migrate|drift|revision|replay <service>` and `audit verify`: what operators type."""

import argparse
import asyncio
import contextlib
import importlib
import json
import os
import sys

from libs.chassis import migrations

SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")


def _serve(service: str) -> int:
    import uvicorn  # noqa: PLC0415 - the other commands start faster without it

    from libs.chassis import listening, telemetry  # noqa: PLC0415
    from libs.chassis.connections import BoundedProtocol  # noqa: PLC0415
    from libs.chassis.service import create_app  # noqa: PLC0415
    from libs.chassis.settings import Settings  # noqa: PLC0415

    settings = Settings()
    telemetry.configure(service)
    app = create_app(importlib.import_module(f"services.{service}.app").SERVICE, settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=BoundedProtocol,
        # The access log carries paths; our own line carries the route's template.
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=8,
    )
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):  # an interrupt has stopped it in good order
        server.run(sockets=listening.handed_down())
    return 0 if server.started else 1


def _replay(service: str) -> int:
    from libs.chassis import clock, replaying, telemetry  # noqa: PLC0415
    from libs.chassis.bus import Bus  # noqa: PLC0415
    from libs.chassis.database import Database  # noqa: PLC0415
    from libs.chassis.settings import Settings  # noqa: PLC0415

    settings = Settings()
    telemetry.configure(service)

    async def again() -> int | replaying.NoRoom:
        url = settings.database_url.get_secret_value()
        database = Database(url, pool_size=1, clock=clock.now, command_seconds=None)
        bus = Bus(settings.nats_url, seed=settings.nats_seed.get_secret_value(), service=service)
        try:
            return await replaying.replay(database, bus, service=service)
        except replaying.NoRoom as problem:
            return problem
        finally:
            await bus.close()
            await database.close()

    said = asyncio.run(again())
    if isinstance(said, replaying.NoRoom):
        print(f"{service}: {said}", file=sys.stderr)  # noqa: T201
        return 1
    print(f"{service}: {said} events are said again")  # noqa: T201
    return 0


def _drift(service: str) -> int:
    found = migrations.drift(service, url=os.environ["FS_MIGRATION_URL"])
    for difference in found:
        print(f"{service}: {difference}")  # noqa: T201
    return 1 if found else 0


def _verify_audit() -> int:
    """Verify the audits of all services whose databases `FS_AUDIT_DATABASES` (JSON: service -> URL) names.

    `FS_AUDIT_KEYS` (JSON: service -> public nkeys) says who may have signed; each database is also a witness of the others.
    """
    from libs.chassis import clock, verifying  # noqa: PLC0415

    databases: dict[str, str] = json.loads(os.environ["FS_AUDIT_DATABASES"])
    keys: dict[str, list[str]] = json.loads(os.environ["FS_AUDIT_KEYS"])
    findings = asyncio.run(verifying.verify_all(databases, keys=keys, now=clock.now()))
    for service, (rows, found) in findings.items():
        print(f"{service}: {rows} rows, {len(found)} findings")  # noqa: T201
        for finding in found:
            print(f"  {finding}")  # noqa: T201
    return 1 if any(found for _, found in findings.values()) else 0


def main(arguments: list[str] | None = None) -> int:
    """Run one command for one service; the exit status says whether it went well."""
    if (arguments or sys.argv[1:])[:2] == ["audit", "verify"]:
        return _verify_audit()
    parser = argparse.ArgumentParser(prog="python -m libs.chassis", description=__doc__)
    parser.add_argument("command", choices=["serve", "migrate", "drift", "revision", "replay"])
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("message", nargs="?", default="change")
    asked = parser.parse_args(arguments)
    if asked.command == "serve":
        return _serve(asked.service)
    if asked.command == "replay":
        return _replay(asked.service)
    if asked.command == "drift":
        return _drift(asked.service)
    # Migrations run as the owner of the tables; services run as a role that owns nothing.
    url = os.environ["FS_MIGRATION_URL"]
    if asked.command == "migrate":
        migrations.upgrade(asked.service, url=url)
    else:
        migrations.revise(asked.service, asked.message, url=url)
    return 0


if __name__ == "__main__":
    sys.exit(main())
