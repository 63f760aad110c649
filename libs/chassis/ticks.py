"""What a service does by the clock: each tick in a transaction of its own, in one replica at a time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from libs.chassis import telemetry
from libs.chassis.auth import service_caller
from libs.chassis.database import Database, Transaction
from libs.kernel.ids import digest


@dataclass(frozen=True, slots=True)
class Tick:
    """Something to do every so often; it returns how many things it did, and is asked again at once if any."""

    name: str
    every_seconds: float
    run: Callable[[Transaction], Awaitable[int]]


async def once(database: Database, tick: Tick, *, service: str) -> int:
    """Run a tick, unless another replica is at it; return how many things it did."""
    lock = int(digest(service, tick.name)[:15], 16)
    async with database.transaction(by=service_caller(service)) as tx:
        row = await tx.row(select(func.pg_try_advisory_xact_lock(lock).label("free")))
        return await tick.run(tx) if row is not None and row.free else 0


async def keep(database: Database, tick: Tick, *, service: str) -> None:
    """Run a tick for as long as the service runs."""
    while True:
        try:
            while await once(database, tick, service=service):
                await asyncio.sleep(0)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - tried again at the next tick
            telemetry.log_exception(error, name=tick.name)
        await asyncio.sleep(tick.every_seconds)
