"""`python -m services.metrics rebuild`: all figures again, from the first event there is."""

import argparse
import asyncio
import sys

from libs.chassis import clock, telemetry
from libs.chassis.bus import Bus
from libs.chassis.database import Database
from libs.chassis.settings import Settings
from services.metrics import inbox
from services.metrics.commands.rebuild import OWNERS, Rebuilt, WouldLose, rebuild


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status says whether it went well."""
    parser = argparse.ArgumentParser(prog="python -m services.metrics", description=__doc__)
    parser.add_argument("command", choices=["rebuild"])
    parser.add_argument("--let-go", action="store_true", help="forget the facts that no stream holds any more")
    asked = parser.parse_args(arguments)
    telemetry.configure("metrics")
    try:
        done = asyncio.run(_rebuild(Settings(), let_go=asked.let_go))
    except WouldLose as refused:
        _say(
            f"{refused}: nothing was changed. Have it all said again by `python -m libs.chassis replay` of each of"
            f" {', '.join(OWNERS)}, then rebuild; or rebuild with --let-go."
        )
        return 1
    _say(
        f"{done.facts} facts of {len(inbox.SUBSCRIPTIONS)} kinds of event, generation {done.generation}; "
        f"{done.refused} messages that are no facts (mostly seals of audits), {done.lost} facts that no stream holds any more"
    )
    return 0


async def _rebuild(settings: Settings, *, let_go: bool) -> Rebuilt:
    database = Database(settings.database_url.get_secret_value(), pool_size=2, clock=clock.now, command_seconds=None)
    bus = Bus(settings.nats_url, seed=settings.nats_seed.get_secret_value(), service="metrics")
    try:
        return await rebuild(database, bus, say=_say, let_go=let_go)
    finally:
        await bus.close()
        await database.close()


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - a command speaks to the person who typed it


if __name__ == "__main__":
    sys.exit(main())
