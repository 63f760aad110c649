"""A service on a real database, called as its users call it: tokens, clock, what it said, what it costs."""

import base64
import json
import os
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from sqlalchemy import event, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from libs.chassis import migrations, tables, ticks
from libs.chassis.auth import Caller
from libs.chassis.database import Database, Transaction
from libs.chassis.inbox import Applier
from libs.chassis.limits import Asked
from libs.chassis.service import Service, create_app
from libs.chassis.settings import Settings
from libs.contracts.envelope import Envelope, Event
from libs.kernel.ids import derived_id, new_id
from libs.kernel.roles import Role

ISSUER = "https://issuer.test"
_AUDIENCE = ("referrals", "allocation", "workbook", "partners", "metrics", "example")
_KEY = ECKey.generate_key("P-256", {"kid": "test"}, auto_kid=False)
#: A Friday, so that weekends are near.
FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
#: The front door seals protected details with a key of its own installation; each test run draws one.
os.environ.setdefault("FS_REFERRALS_SEALING_KEYS", json.dumps([base64.b64encode(secrets.token_bytes(32)).decode()]))
EXTENSIONS = ("pg_trgm", "btree_gist", "unaccent")


class TestKeys:
    """The keys of the tests' issuer."""

    __test__ = False

    async def for_key(self, kid: str | None) -> KeySet:
        """Return the one key."""
        return KeySet([_KEY])


@dataclass
class Clock:
    """A clock that stands where a test puts it."""

    now: datetime = FRIDAY

    def __call__(self) -> datetime:
        """Return where it stands."""
        return self.now

    def forward(self, **period: float) -> datetime:
        """Move it on by days, hours, …"""
        self.now += timedelta(**period)
        return self.now


def caller(
    *roles: Role, id: UUID | None = None, team: UUID | None = None, agency: UUID | None = None, kind: str = "person"
) -> Caller:
    """Make a caller; the same roles are the same person unless an id says otherwise."""
    return Caller(
        id=id or derived_id("test", *sorted(roles), team, agency),
        kind=kind,
        roles=frozenset(roles),
        team_id=team,
        agency_id=agency,
    )


def token(who: Caller, *, at: datetime, **claims: Any) -> str:
    """Sign an access token for a caller, valid for ten minutes from `at`."""
    said = {
        "iss": ISSUER,
        "sub": str(who.id),
        "aud": list(_AUDIENCE),
        "iat": int(at.timestamp()),
        "exp": int(at.timestamp()) + 600,
        "roles": sorted(who.roles),
        "kind": who.kind,
        **({"team": str(who.team_id)} if who.team_id else {}),
        **({"agency": str(who.agency_id)} if who.agency_id else {}),
        # A client reaches all that its role grants, unless the test says otherwise.
        **({"scope": " ".join(f"{service}:*" for service in _AUDIENCE)} if who.kind == "client" else {}),
        **claims,
    }
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": "test"}, said, _KEY)


@dataclass
class Said:
    """An event in the outbox."""

    type: str
    aggregate_id: UUID
    revision: int
    occurred_at: datetime
    data: dict[str, Any]


@dataclass
class Stage:
    """One service, ready to be called."""

    service: Service
    app: FastAPI
    client: httpx.AsyncClient
    clock: Clock
    owner_url: str
    _heard: dict[UUID, int] = field(default_factory=dict)
    _owner: AsyncEngine | None = None

    @property
    def database(self) -> Database:
        """The service's database, as the service sees it."""
        found: Database = self.app.state.runtime.database
        return found

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        by: Caller,
        if_match: int | str | None = None,
        key: str | None = None,
        **options: Any,
    ) -> httpx.Response:
        """Call the service; a POST gets a fresh Idempotency-Key unless one is given."""
        headers = {"authorization": f"Bearer {token(by, at=self.clock.now)}", **options.pop("headers", {})}
        if method == "POST":
            headers.setdefault("idempotency-key", key or str(new_id()))
        if if_match is not None:
            headers["if-match"] = if_match if isinstance(if_match, str) else f'"{if_match}"'
        if body is not None:
            options["json"] = body
        return await self.client.request(method, path, headers=headers, **options)

    async def get(self, path: str, *, by: Caller, **options: Any) -> httpx.Response:
        """GET."""
        return await self.call("GET", path, by=by, **options)

    async def post(self, path: str, body: Any = None, *, by: Caller, **options: Any) -> httpx.Response:
        """POST."""
        return await self.call("POST", path, body, by=by, **options)

    async def put(self, path: str, body: Any = None, *, by: Caller, **options: Any) -> httpx.Response:
        """PUT."""
        return await self.call("PUT", path, body, by=by, **options)

    async def patch(self, path: str, body: Any = None, *, by: Caller, **options: Any) -> httpx.Response:
        """PATCH."""
        return await self.call("PATCH", path, body, by=by, **options)

    @asynccontextmanager
    async def tx(self, by: Caller) -> AsyncIterator[Transaction]:
        """Open a transaction as the edge does."""
        async with self.database.transaction(by=by) as tx:
            yield tx

    async def hear(self, *events: Event, occurred_at: datetime | None = None) -> None:
        """Let the service hear events, each next in its aggregate's order, as the consumer would."""
        for said in events:
            await self.hear_envelope(self.envelope(said, occurred_at=occurred_at))

    def envelope(self, said: Event, *, occurred_at: datetime | None = None, revision: int | None = None) -> Envelope:
        """Put an event into an envelope, by default as the next of its aggregate."""
        next_revision = revision or self._heard.get(said.aggregate_id, 0) + 1
        self._heard[said.aggregate_id] = max(next_revision, self._heard.get(said.aggregate_id, 0))
        return Envelope(
            id=new_id(),
            source="/" + said.type_name.split(".")[1],
            type=said.type_name,
            subject=said.aggregate_id,
            time=occurred_at or self.clock.now,
            recordedtime=self.clock.now,
            revision=next_revision,
            epoch=1,
            correlationid=new_id(),
            data=json.loads(said.model_dump_json(exclude_none=True)),
        )

    async def hear_envelope(self, *envelopes: Envelope) -> None:
        """Apply envelopes of one source in one transaction."""
        applier = Applier(self.service.subscriptions, service=self.service.name, source=envelopes[0].source.lstrip("/"))
        async with self.database.transaction(by=caller(kind="service")) as tx:
            await applier.apply(tx, envelopes)

    async def said(self, kind: type[Event] | None = None) -> list[Said]:
        """Return what the service has said, oldest first."""
        query = select(tables.outbox).order_by(tables.outbox.c.position)
        if kind is not None:
            query = query.where(tables.outbox.c.type == kind.type_name)
        async with self.database.engine.connect() as connection:
            rows = (await connection.execute(query)).all()
        return [Said(row.type, row.aggregate_id, row.revision, row.occurred_at, row.data) for row in rows]

    async def audited(self) -> list[Any]:
        """Return the audit rows, oldest first."""
        async with self.database.engine.connect() as connection:
            return list((await connection.execute(select(tables.audit).order_by(tables.audit.c.position))).all())

    async def tick(self, name: str) -> int:
        """Run one of the service's ticks now; return how many things it did."""
        tick = next(tick for tick in self.service.ticks if tick.name == name)
        return await ticks.once(self.database, tick, service=self.service.name)

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """Collect the SQL statements that run inside (BEGIN and COMMIT are not among them)."""
        seen: list[str] = []

        def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
            seen.append(statement)

        engine = self.database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(engine, "before_cursor_execute", note)

    async def as_owner(self, sql: str, **values: Any) -> list[Any]:
        """Run SQL as the tables' owner: to fill a table quickly, or to look at a plan."""
        if self._owner is None:
            # Kept open: connecting anew each time took longer than what most tests do. No plan is kept, as tables change.
            forgetful = {"statement_cache_size": 0, "prepared_statement_cache_size": 0}
            self._owner = create_async_engine(self.owner_url, pool_size=1, connect_args=forgetful)
        async with self._owner.begin() as connection:
            result = await connection.execute(text(sql), values)
            return list(result.all()) if result.returns_rows else []

    async def close(self) -> None:
        """Close what was opened beside the service."""
        if self._owner is not None:
            await self._owner.dispose()
            self._owner = None

    async def blocked(self) -> int:
        """Return how many of the service's connections wait for a lock now."""
        waiting = """SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid)
            WHERE NOT granted AND datname = current_database()"""
        return int((await self.as_owner(waiting))[0][0])

    async def fill(self, sql: str, **values: Any) -> None:
        """Run SQL that writes many rows, and tell the planner: it would check foreign keys as in an empty table."""
        await self.as_owner(sql, **values)
        await self.as_owner("ANALYZE")

    async def plan_of(self, query: Any) -> str:
        """Return the plan that PostgreSQL makes for a query, after refreshing statistics."""
        await self.as_owner("ANALYZE")
        compiled = query.compile(dialect=self.database.engine.dialect, compile_kwargs={"literal_binds": True})
        rows = await self.as_owner(f"EXPLAIN {str(compiled).replace(':', chr(92) + ':')}")
        return "\n".join(row[0] for row in rows)

    async def empty(self) -> None:
        """Empty all tables, and forget who asked how often; what configuration a migration wrote is gone too, the epoch stays."""
        names = [
            table.name
            for metadata in migrations.metadata_of(self.service.name)
            for table in reversed(metadata.sorted_tables)
            if table.name != "service_state"
        ]
        # Nearly all tables are nearly empty: deleting their few rows is several times faster than giving each new files.
        await self.as_owner(
            f"""DO $$ DECLARE name text; BEGIN
                FOREACH name IN ARRAY ARRAY{names} LOOP
                    IF pg_relation_size(name::regclass) > 1000000 THEN EXECUTE format('TRUNCATE %I CASCADE', name);
                    ELSE EXECUTE format('DELETE FROM %I', name); END IF;
                END LOOP; END $$""".replace(":", "\\:")
        )
        self._heard.clear()
        self.app.state.runtime.asked = Asked(self.clock)


async def create_database(admin_url: str, name: str) -> tuple[str, str]:
    """Create a database with an owner and an application role; return (owner URL, application URL)."""
    plain = make_url(admin_url).set(drivername="postgresql")
    admin = await asyncpg.connect(plain.render_as_string(hide_password=False))
    try:
        for role in ("test_owner", "test_app"):
            await admin.execute(
                f"""DO $$ BEGIN CREATE ROLE {role} LOGIN PASSWORD '{role}';
                    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""
            )
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await admin.execute(f'CREATE DATABASE "{name}" OWNER test_owner')
    finally:
        await admin.close()
    inside = await asyncpg.connect(plain.set(database=name).render_as_string(hide_password=False))
    try:
        for extension in EXTENSIONS:
            await inside.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
        await inside.execute("GRANT USAGE ON SCHEMA public TO test_app")
        await inside.execute("GRANT ALL ON SCHEMA public TO test_owner")
        for kind, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT")):
            await inside.execute(
                f"ALTER DEFAULT PRIVILEGES FOR ROLE test_owner IN SCHEMA public GRANT {rights} ON {kind} TO test_app"
            )
    finally:
        await inside.close()
    url = make_url(admin_url).set(drivername="postgresql+asyncpg", database=name)
    return tuple(  # type: ignore[return-value]
        url.set(username=role, password=role).render_as_string(hide_password=False)
        for role in ("test_owner", "test_app")
    )


def settings_for(url: str, *, nats_url: str = "nats://127.0.0.1:1", nats_seed: str = "", **more: Any) -> Settings:
    """Make a service's settings for a test."""
    values = {
        "env": "dev",
        "database_url": url,
        "nats_url": nats_url,
        "nats_seed": nats_seed,
        "issuer": ISSUER,
        "jwks_url": f"{ISSUER}/jwks.json",
        "port": 1,
        "public_url": "http://service.test",
        "pool_size": 5,
        **more,
    }
    return Settings(**values)


def be_patient(database: Database) -> None:
    """Let a service wait longer than it lets people wait: on a busy machine slowness is not what a test is about."""
    engine = database.engine.sync_engine
    engine.pool._timeout = 60.0  # type: ignore[attr-defined]

    def note(_dialect: Any, _record: Any, _args: Any, how: dict[str, Any]) -> None:
        limits = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        how.update(timeout=60, command_timeout=90)  # the server is to give up first
        how["server_settings"] = {**how["server_settings"], **dict.fromkeys(limits, "60000")}

    event.listen(engine, "do_connect", note)


@asynccontextmanager
async def on_stage(
    service: Service, *, owner_url: str, app_url: str, clock: Clock, patient: bool = True
) -> AsyncIterator[Stage]:
    """Start a service without a broker: events come through `hear`, and what it says stays in the outbox."""
    app = create_app(service, settings_for(app_url), now=clock, keys=TestKeys(), bus=False)
    if patient:
        be_patient(app.state.runtime.database)
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{service.name}") as client:
        stage = Stage(service, app, client, clock, owner_url)
        try:
            yield stage
        finally:
            await stage.close()
            await app.state.runtime.database.close()
