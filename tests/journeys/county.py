"""Five services together on one PostgreSQL and one JetStream, in one process, under one clock that a test moves."""

import asyncio
import importlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx

from libs.chassis import bus
from libs.chassis.auth import service_caller
from libs.chassis.inbox import owners_heard
from libs.chassis.service import Service, create_app
from services.metrics.repository import facts
from tests.harness import Clock, Stage, TestKeys, be_patient, settings_for
from tests.servers import Servers

SERVICES = ("referrals", "allocation", "workbook", "partners", "metrics")


class County:
    """The five services, each a `Stage`; any of them can be stopped and started."""

    def __init__(self, servers: Servers, urls: dict[str, tuple[str, str]]) -> None:
        self.clock = Clock()
        self._servers = servers
        self._urls = urls
        self._running: dict[str, AsyncExitStack] = {}
        self._stages: dict[str, Stage] = {}

    async def start(self, name: str) -> None:
        """Start a service with its relay, consumers and ticks."""
        part: Service = importlib.import_module(f"services.{name}.app").SERVICE
        owner_url, app_url = self._urls[name]
        settings = settings_for(
            app_url,
            nats_url=self._servers.nats_url,
            nats_seed=self._servers.nats_seeds[name],
            pool_size=12,
        )
        app = create_app(part, settings, now=self.clock, keys=TestKeys())
        be_patient(app.state.runtime.database)
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        stack = AsyncExitStack()
        client = await stack.enter_async_context(
            httpx.AsyncClient(transport=transport, base_url=f"http://{name}", timeout=20)
        )
        await stack.enter_async_context(app.router.lifespan_context(app))
        self._running[name] = stack
        self._stages[name] = Stage(part, app, client, self.clock, owner_url)

    async def stop(self, name: str) -> None:
        """Stop a service; what the others say meanwhile waits for it."""
        await self._stages[name].close()
        await self._running.pop(name).aclose()

    async def close(self) -> None:
        """Stop all that run."""
        for name in list(self._running):
            await self.stop(name)

    @property
    def referrals(self) -> Stage:
        """The front door."""
        return self._stages["referrals"]

    @property
    def allocation(self) -> Stage:
        """Teams, workers, proposals."""
        return self._stages["allocation"]

    @property
    def workbook(self) -> Stage:
        """The family's record."""
        return self._stages["workbook"]

    @property
    def partners(self) -> Stage:
        """Agencies and their practitioners."""
        return self._stages["partners"]

    @property
    def metrics(self) -> Stage:
        """The proof."""
        return self._stages["metrics"]

    async def come_to_rest(self) -> None:
        """Return when nobody has anything left to say, to hear, to tally or to do at this moment of the clock."""
        client = await bus.connect(self._servers.nats_url, seed=self._servers.nats_admin_seed, name="provision")

        async def at_rest() -> bool:
            said = await self._said()
            heard = await self._all_heard(client.jetstream())
            done = [await stage.tick(tick.name) for stage in self._stages.values() for tick in stage.service.ticks]
            async with self.metrics.tx(service_caller("metrics")) as tx:
                waiting = await facts.is_anything_waiting(tx)
            # Said and heard before, nothing done since, and nothing said since.
            return heard and not any(done) and not waiting and said is not None and said == await self._said()

        try:
            await self.eventually(at_rest)
        finally:
            await client.close()

    async def _said(self) -> list[int] | None:
        """Count what each service has said, None while something of it has not gone out."""
        counts = "SELECT count(*), count(*) FILTER (WHERE published_at IS NULL) FROM outbox"
        rows = [(await stage.as_owner(counts))[0] for stage in self._stages.values()]
        return None if any(unpublished for _, unpublished in rows) else [count for count, _ in rows]

    async def _all_heard(self, jetstream: Any) -> bool:
        """Return whether every service has acknowledged all that it hears."""
        for name, stage in self._stages.items():
            for owner in owners_heard(stage.service.subscriptions):
                info = await jetstream.consumer_info(bus.stream_name(owner), name)
                if info.num_pending or info.num_ack_pending:
                    return False
        return True

    async def eventually(self, ask: Callable[[], Awaitable[Any]], *, seconds: float = 120) -> Any:
        """Ask until the answer is true, as events need a moment; return it."""
        until = time.monotonic() + seconds
        while True:
            answer = await ask()
            if answer:
                return answer
            assert time.monotonic() < until, "it never came"
            await asyncio.sleep(0.02)


@asynccontextmanager
async def five_services(
    servers: Servers, databases: Callable[[str], Awaitable[tuple[str, str]]]
) -> AsyncIterator[County]:
    """Start the five services on empty databases; stop them at the end."""
    parts = {name: importlib.import_module(f"services.{name}.app").SERVICE for name in SERVICES}
    hears = {name: owners_heard(part.subscriptions) for name, part in parts.items()}
    again = {"metrics-rebuild": hears["metrics"]}
    await bus.provision(servers.nats_url, seed=servers.nats_admin_seed, hears=hears, extra=again)
    county = County(servers, {name: await databases(name) for name in SERVICES})
    try:
        for name in SERVICES:
            await county.start(name)
        yield county
    finally:
        await county.close()
