"""What was said long ago leaves the outbox, and can still be said again to who needs all of it."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from libs.chassis import archiving, bus, ticks
from libs.chassis.archiving import ARCHIVE
from libs.chassis.bus import Bus, Fill, Limits
from libs.chassis.database import Transaction
from libs.chassis.inbox import Applier, Consumer, Heard
from libs.chassis.outbox import Relay, emit
from libs.chassis.pruning import PRUNE
from libs.chassis.replaying import NoRoom, replay
from libs.chassis.service import end
from libs.contracts.envelope import Envelope, Event
from libs.kernel.ids import new_id
from tests.harness import Stage, caller
from tests.servers import Servers

NOBODY = caller(kind="service")
_WAITS_FOR = "SELECT 1 FROM pg_locks WHERE NOT granted AND :backend = ANY(pg_blocking_pids(pid))"


class ChestStored(Event, type="events.attic.chest.stored.v1", aggregate="chest_id"):
    """A chest was put into the attic; nothing of the county says or hears this."""

    chest_id: UUID
    things: int


class Wire(Bus):
    """A broker that takes as many of a batch as it is told, then all, and keeps what it took."""

    def __init__(self, *takes: int) -> None:
        super().__init__("", seed="", service="attic")
        self.takes = list(takes)
        self.kept: list[bytes] = []

    async def fill(self, stream: str) -> Fill:
        return Fill(held=0, most=None)

    async def publish_in_order(self, events: Sequence[tuple[str, str, bytes]]) -> int:
        taken = self.takes.pop(0) if self.takes else len(events)
        self.kept += [body for _, _, body in events[:taken]]
        return taken


async def _say(stage: Stage, chest_id: UUID, *things: int) -> None:
    async with stage.tx(NOBODY) as tx:
        for each in things:
            emit(tx, ChestStored(chest_id=chest_id, things=each))


async def _publish(stage: Stage, wire: Bus) -> None:
    """Let the relay say all there is; it was said when the stage's clock says."""
    relay = asyncio.create_task(Relay(stage.database, wire, service="attic").run())
    async with asyncio.timeout(60):
        while await stage.as_owner("SELECT 1 FROM outbox WHERE published_at IS NULL"):
            await asyncio.sleep(0.01)
    await end([relay])
    await stage.as_owner("UPDATE outbox SET published_at = :now", now=stage.clock.now)


async def _archive(stage: Stage) -> int:
    return await ticks.once(stage.database, ARCHIVE, service="example")


async def _backend(connection: AsyncConnection) -> int:
    return await connection.scalar(text("SELECT pg_backend_pid()")) or 0


async def _lie_in(stage: Stage, table: str) -> list[int]:
    return [row[0] for row in await stage.as_owner(f"SELECT (data->>'things')::int FROM {table} ORDER BY position")]


async def test_a_published_event_is_archived_after_thirty_days_and_no_other(stage: Stage) -> None:
    await _say(stage, new_id(), 1, 2)
    await _publish(stage, Wire())
    stage.clock.forward(days=20)
    await _say(stage, new_id(), 3)
    await _publish(stage, Wire())
    await stage.as_owner("UPDATE outbox SET published_at = :then WHERE data->>'things' < '3'", then=stage.clock.now)
    await _say(stage, new_id(), 4)

    stage.clock.forward(days=30)
    assert await _archive(stage) == 0
    await stage.as_owner("UPDATE outbox SET published_at = published_at - interval '1 day' WHERE data->>'things' < '3'")
    assert await _archive(stage) == 2
    assert (await _lie_in(stage, "outbox_archive"), await _lie_in(stage, "outbox")) == ([1, 2], [3, 4])

    stage.clock.forward(days=1)
    assert await _archive(stage) == 1
    assert (await _lie_in(stage, "outbox_archive"), await _lie_in(stage, "outbox")) == ([1, 2, 3], [4])


async def test_what_is_marked_to_be_said_again_while_it_would_be_archived_stays(stage: Stage) -> None:
    await _say(stage, new_id(), 1)
    await _publish(stage, Wire())
    stage.clock.forward(days=31)
    async with stage.database.engine.connect() as connection, asyncio.timeout(60):
        await connection.execute(text("UPDATE outbox SET published_at = NULL"))
        move = asyncio.create_task(_archive(stage))
        while not move.done() and not await stage.as_owner(_WAITS_FOR, backend=await _backend(connection)):
            await asyncio.sleep(0.005)
        await connection.commit()
        moved = await move

    assert (moved, await _lie_in(stage, "outbox")) == (0, [1])


async def test_what_is_replayed_is_byte_for_byte_what_was_said_archived_or_not(stage: Stage) -> None:
    first = Wire()
    one, other = new_id(), new_id()
    await _say(stage, one, 1, 2)
    await _say(stage, other, 3)
    await _publish(stage, first)
    stage.clock.forward(days=31)
    assert await _archive(stage) == 3
    await _say(stage, one, 4)
    await _publish(stage, first)

    again = Wire()
    assert await replay(stage.database, again, service="attic") == 4
    await _publish(stage, again)

    assert sorted(again.kept) == sorted(first.kept)
    assert len(set(first.kept)) == 4


async def test_one_aggregate_alone_is_replayed(stage: Stage) -> None:
    one, other = new_id(), new_id()
    await _say(stage, one, 1)
    await _say(stage, other, 2)
    await _publish(stage, Wire())
    stage.clock.forward(days=31)
    await _archive(stage)
    await _say(stage, one, 3)
    await _say(stage, other, 4)
    await _publish(stage, Wire())

    again = Wire()
    assert await replay(stage.database, again, service="attic", aggregate_id=one) == 2
    await _publish(stage, again)

    assert {Envelope.model_validate_json(body).subject for body in again.kept} == {one}


async def test_a_replay_waits_for_the_broker_and_goes_on_where_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.chassis.replaying._PAUSE_SECONDS", 0)
    monkeypatch.setattr("libs.chassis.replaying._BATCH", 4)
    await _say(stage, new_id(), *range(10))
    await _publish(stage, Wire())
    stage.clock.forward(days=31)
    await _archive(stage)

    again = Wire(3, 0, 0, 1)
    assert await replay(stage.database, again, service="attic") == 10

    assert [Envelope.model_validate_json(body).data["things"] for body in again.kept] == list(range(10))


async def test_the_outbox_is_emptied_in_bounded_steps_found_by_its_key(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await stage.fill(
        """
        INSERT INTO outbox (id, type, aggregate_id, revision, epoch, epoch_start, occurred_at, recorded_at,
                            correlation_id, data, published_at)
        SELECT gen_random_uuid(), 'x', gen_random_uuid(), 1, 1, 1, m, m, gen_random_uuid(), '{}', m
        FROM generate_series(1, 20000) n, LATERAL (SELECT CAST(:now AS timestamptz) + n * interval '1 second') t(m)
        """,
        now=stage.clock.now,
    )
    stage.clock.forward(days=31)
    monkeypatch.setattr("libs.chassis.archiving._AT_ONCE", 300)

    async with stage.tx(NOBODY) as tx:
        assert await archiving.archive(tx) == 300
    assert "Seq Scan on outbox" not in await stage.plan_of(archiving.moving(stage.clock.now))


async def test_a_hearer_that_has_forgotten_its_notes_does_not_apply_it_again(stage: Stage) -> None:
    applied: list[int] = []

    async def note(_: Transaction, heard: Heard[ChestStored]) -> None:
        applied.append(heard.event.things)

    async def hear(bodies: list[bytes]) -> None:
        async with stage.tx(NOBODY) as tx:
            applier = Applier({ChestStored: note}, service="example", source="attic")
            await applier.apply(tx, [Envelope.model_validate_json(body) for body in bodies])

    first, again = Wire(), Wire()
    await _say(stage, new_id(), 1, 2, 3)
    await _publish(stage, first)
    await hear(first.kept)
    stage.clock.forward(days=31)
    await _archive(stage)
    await ticks.once(stage.database, PRUNE, service="example")
    assert await stage.as_owner("SELECT 1 FROM inbox_event") == []

    await replay(stage.database, again, service="attic")
    await hear(again.kept)

    assert applied == [1, 2, 3]


@pytest.fixture
async def attic(servers: Servers) -> AsyncIterator[Bus]:
    """The attic's connection; its stream is gone before and after."""
    speaking = Bus(servers.nats_url, seed=servers.nats_admin_seed, service="attic")
    await _forget(speaking)
    yield speaking
    await _forget(speaking)
    await speaking.close()


async def _forget(speaking: Bus) -> None:
    jetstream = (await speaking.client()).jetstream()
    for name in {"ATTIC", "NEWCOMER"} & {info.config.name for info in await jetstream.streams_info()}:
        await jetstream.delete_stream(name)


async def _provision(servers: Servers, *hearers: str, most_bytes: int = 100_000) -> None:
    await bus.provision(
        servers.nats_url,
        seed=servers.nats_admin_seed,
        hears={"attic": [], **{name: ["attic"] for name in hearers}},
        limits=Limits(most_bytes=most_bytes),
    )


async def test_a_service_that_is_new_hears_all_there_ever_was(stage: Stage, servers: Servers, attic: Bus) -> None:
    await _provision(servers)
    chests = [new_id() for _ in range(3)]
    for chest_id in chests:
        await _say(stage, chest_id, 1, 2, 3)
    await _publish(stage, attic)
    stage.clock.forward(days=31)
    await _archive(stage)
    for chest_id in chests:
        await _say(stage, chest_id, 4)
    await _publish(stage, attic)
    await _forget(attic)  # as if all of it had grown too old
    await _provision(servers, "newcomer")
    heard: list[tuple[UUID, int]] = []

    async def note(_: Transaction, what: Heard[ChestStored]) -> None:
        heard.append((what.event.chest_id, what.event.things))

    hearing = Bus(servers.nats_url, seed=servers.nats_admin_seed, service="newcomer")
    consumer = Consumer(stage.database, hearing, {ChestStored: note}, service="newcomer", source="attic")
    listening = asyncio.create_task(consumer.run())
    assert await replay(stage.database, attic, service="attic") == 12
    await _publish(stage, attic)
    async with asyncio.timeout(60):
        while len(heard) < 12:
            await asyncio.sleep(0.02)
    await end([listening])
    await hearing.close()

    assert {chest_id: [things for chest, things in heard if chest == chest_id] for chest_id in chests} == {
        chest_id: [1, 2, 3, 4] for chest_id in chests
    }


async def test_the_command_that_operators_type_says_all_again(stage: Stage, servers: Servers, attic: Bus) -> None:
    await _provision(servers)
    chest_id = new_id()
    await _say(stage, chest_id, 1, 2)
    await _publish(stage, Wire())
    stage.clock.forward(days=31)
    await _archive(stage)
    environment = {
        "FS_ENV": "dev",
        "FS_DATABASE_URL": stage.database.engine.url.render_as_string(hide_password=False),
        "FS_NATS_URL": servers.nats_url,
        "FS_NATS_SEED": servers.nats_admin_seed,
        "FS_ISSUER": "https://issuer.test",
        "FS_JWKS_URL": "https://issuer.test/jwks.json",
        "FS_PORT": "1",
        "FS_PUBLIC_URL": "http://metrics.test",
    }

    command = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "libs.chassis", "replay", "metrics"),
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await command.communicate()

    assert (command.returncode, said) == (0, b"metrics: 2 events are said again\n")
    state = (await (await attic.client()).jetstream().stream_info("ATTIC")).state
    assert state.messages == 2


async def test_a_replay_that_would_fill_the_stream_names_what_it_needs_and_leaves_room_for_today(
    stage: Stage, servers: Servers, attic: Bus
) -> None:
    await _provision(servers)
    await _say(stage, new_id(), *range(60))
    await _publish(stage, attic)
    stage.clock.forward(days=31)
    await _archive(stage)
    before = await attic.fill("ATTIC")

    with pytest.raises(NoRoom) as refused:
        await replay(stage.database, attic, service="attic")
    await _say(stage, new_id(), 60)
    await _publish(stage, attic)

    after = await attic.fill("ATTIC")
    assert (before.most, after.most) == (100_000, 100_000)
    assert before.held < after.held < 100_000
    needed = int(re.search(r"at least (\d+)", str(refused.value))[1])  # type: ignore[index]
    await _provision(servers, most_bytes=needed + 10_000)
    assert await replay(stage.database, attic, service="attic") == 61
    assert (await attic.fill("ATTIC")).held < needed


async def test_what_is_replayed_is_never_more_than_was_reckoned(stage: Stage, servers: Servers, attic: Bus) -> None:
    await _provision(servers)
    await _say(stage, new_id(), *range(20))
    await _publish(stage, attic)
    stage.clock.forward(days=31)
    await _archive(stage)
    held = (await attic.fill("ATTIC")).held
    await _forget(attic)
    await _provision(servers, most_bytes=30_000)

    with pytest.raises(NoRoom) as refused:
        await replay(stage.database, attic, service="attic")

    reckoned = int(re.search(r"would get (\d+)", str(refused.value))[1])  # type: ignore[index]
    assert held <= reckoned < 2 * held
