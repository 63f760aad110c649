"""A service is a list of parts; this turns it into an application."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Coroutine, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, FastAPI

from libs.chassis import (
    asyncapi,
    clock,
    document,
    inbox,
    limits,
    operations,
    outbox,
    problems,
    sealing,
    telemetry,
    ticks,
)
from libs.chassis.archiving import ARCHIVE
from libs.chassis.auth import Authenticator, Keys, PublishedKeys
from libs.chassis.bus import Bus
from libs.chassis.database import Database
from libs.chassis.edge import Edge, Runtime
from libs.chassis.holidays import HOLIDAYS
from libs.chassis.pruning import PRUNE
from libs.chassis.settings import Settings
from libs.chassis.ticks import Tick
from libs.contracts.envelope import Event, event_types
from libs.kernel.glossary import Glossary
from libs.kernel.roles import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """The parts of a service: what it is called, its routes, who may do what, what it hears, what it does by the clock."""

    name: str
    purpose: str
    routers: tuple[APIRouter, ...]
    grants: Mapping[str, frozenset[Role]]
    subscriptions: inbox.Subscriptions = field(default_factory=dict)
    ticks: tuple[Tick, ...] = ()
    glossary: Glossary = Glossary()  # noqa: RUF009 - frozen
    environment: tuple[
        Callable[[], object], ...
    ] = ()  # settings of its own, read at start so that a wrong one fails there

    @property
    def says(self) -> list[type[Event]]:
        """The events that the service owns."""
        return [kind for name, kind in event_types().items() if name.startswith(f"events.{self.name}.")]

    @property
    def hears(self) -> inbox.Subscriptions:
        """What the service subscribes to, and the audit heads that it witnesses for those it hears."""
        return {**self.subscriptions, **sealing.witnessing(inbox.owners_heard(self.subscriptions))}


class UnguardedRoute(TypeError):
    """A route asks for a permission that nobody is granted."""


def create_app(
    service: Service,
    settings: Settings,
    *,
    now: clock.Clock = clock.now,
    keys: Keys | None = None,
    bus: bool = True,
) -> FastAPI:
    """Make the application; `keys` and `bus` are given otherwise in tests only."""
    edges(service)
    database = Database(settings.database_url.get_secret_value(), pool_size=settings.pool_size, clock=now)
    authenticator = Authenticator(
        keys=keys or PublishedKeys(settings.jwks_url, now),
        issuer=settings.issuer,
        audience=service.name,
        clock=now,
        production=settings.env == "production",
    )
    app = FastAPI(
        title=f"Family Solutions Plus: {service.name}",
        summary=service.purpose,
        version="1.0.0",
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan(service, settings),
    )
    app.state.runtime = Runtime(database=database, authenticator=authenticator, grants=service.grants)
    app.state.bus = (
        Bus(settings.nats_url, seed=settings.nats_seed.get_secret_value(), service=service.name) if bus else None
    )
    for part in (*service.routers, operations.parked_routes(service=service.name, subscriptions=service.hears)):
        app.include_router(part)
    problems.install(app)
    operations.install(
        app,
        service=service.name,
        asyncapi=asyncapi.document(service=service.name, says=service.says, hears=service.hears),
    )
    app.add_middleware(limits.ShortAddress)
    app.add_middleware(telemetry.RequestLog, service=service.name)
    app.openapi = document.describing(app, service=service.name, grants=service.grants, glossary=service.glossary)  # type: ignore[method-assign]
    return app


def edges(service: Service) -> list[Edge]:
    """Return the service's routes; raise `UnguardedRoute` for one that a token does not open."""
    found = []
    for part in (*service.routers, operations.parked_routes(service=service.name, subscriptions=service.hears)):
        for route in part.routes:
            if not isinstance(route, Edge):
                raise UnguardedRoute(f"{service.name}: {route} is not an edge")
            if route.permission not in service.grants:
                raise UnguardedRoute(
                    f"{service.name}: {route.path} asks for {route.permission}, which nobody is granted"
                )
            found.append(route)
    return found


def _background(
    service: Service, database: Database, bus: Bus | None, seed: str
) -> Iterator[Coroutine[Any, Any, None]]:
    """Everything that goes on beside the requests: ticks, the relay, a consumer for each owner that is heard."""
    if bus is None:
        return
    retrying = inbox.retrying(service.hears, service=service.name)
    for tick in (*service.ticks, PRUNE, ARCHIVE, HOLIDAYS, retrying, sealing.sealer(service=service.name, seed=seed)):
        yield ticks.keep(database, tick, service=service.name)
    yield outbox.Relay(database, bus, service=service.name).run()
    for owner in inbox.owners_heard(service.subscriptions):
        yield inbox.Consumer(database, bus, service.hears, service=service.name, source=owner).run()


async def end(running: Collection[asyncio.Task[None]]) -> None:
    """Cancel until all have ended: before Python 3.12 a wait that is over in that moment swallows its cancellation."""
    left = set(running)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=1.0)


def _lifespan(service: Service, settings: Settings) -> Callable[[FastAPI], Any]:
    seed = settings.nats_seed.get_secret_value()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for read in service.environment:
            read()
        database: Database = app.state.runtime.database
        running = [asyncio.create_task(work) for work in _background(service, database, app.state.bus, seed)]
        try:
            yield
        finally:
            await end(running)
            if app.state.bus:
                await app.state.bus.close()
            await database.close()

    return lifespan
