"""From the commit to another service's commit, over real JetStream."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import func, select

from libs.chassis import bus, inbox, tables, ticks
from libs.chassis.bus import Bus, Fill
from libs.chassis.database import Transaction, write_out
from libs.chassis.inbox import Consumer, Heard
from libs.chassis.outbox import Relay, emit
from libs.chassis.replaying import replay
from libs.chassis.service import end
from libs.contracts.envelope import Envelope, Event
from libs.kernel.ids import new_id
from tests.harness import Stage, caller
from tests.servers import Servers

NOBODY = caller(kind="service")
#: Seconds between two looks for what nobody told of, where a test is about being told.
_RARELY = 20.0


class BellRang(Event, type="events.metrics.bell.rang.v1", aggregate="bell_id"):
    """A bell rang; nothing of the county says or hears this."""

    bell_id: UUID
    times: int


@dataclass
class Tower:
    """Where bells are heard; it may be told to fail."""

    heard: list[tuple[UUID, int]] = field(default_factory=list)
    failing: set[UUID] = field(default_factory=set)

    async def on_bell(self, _: Transaction, heard: Heard[BellRang]) -> None:
        if heard.event.bell_id in self.failing:
            raise RuntimeError
        self.heard.append((heard.event.bell_id, heard.event.times))


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be found by looking for it now and then: what arrives soon has been woken for."""
    monkeypatch.setattr("libs.chassis.outbox._POLL_SECONDS", _RARELY)
    monkeypatch.setattr("libs.chassis.bus.connection._FETCH_SECONDS", _RARELY)


@pytest.fixture
async def tower(stage: Stage, servers: Servers) -> AsyncIterator[Tower]:
    """A relay that speaks as metrics and a consumer that hears as partners."""
    await bus.provision(servers.nats_url, seed=servers.nats_admin_seed, hears={"metrics": [], "partners": ["metrics"]})
    tower = Tower()
    speaking = Bus(servers.nats_url, seed=servers.nats_seeds["metrics"], service="metrics")
    hearing = Bus(servers.nats_url, seed=servers.nats_seeds["partners"], service="partners")
    consumer = Consumer(stage.database, hearing, {BellRang: tower.on_bell}, service="partners", source="metrics")
    tasks = [
        asyncio.create_task(Relay(stage.database, speaking, service="metrics").run()),
        asyncio.create_task(consumer.run()),
    ]
    yield tower
    await end(tasks)
    await speaking.close()
    await hearing.close()


async def _ring(stage: Stage, bell_id: UUID, *times: int) -> None:
    async with stage.tx(NOBODY) as tx:
        for each in times:
            emit(tx, BellRang(bell_id=bell_id, times=each))


async def _until(true: Callable[[], Awaitable[bool]], *, seconds: float = 60) -> float:
    started = time.monotonic()
    while not await true():
        assert time.monotonic() - started < seconds
        await asyncio.sleep(0.005)
    return time.monotonic() - started


async def test_an_event_is_applied_elsewhere_as_soon_as_it_is_said(patient: None, stage: Stage, tower: Tower) -> None:
    bell_id = new_id()
    await _ring(stage, bell_id, 0)
    await _until(lambda: _heard(tower, bell_id, 1))

    waits = []
    for count in range(2, 7):
        await _ring(stage, bell_id, count)
        waits.append(await _until(lambda count=count: _heard(tower, bell_id, count)))

    assert sorted(waits)[2] < _RARELY / 2


async def test_events_of_one_transaction_arrive_in_order(stage: Stage, tower: Tower) -> None:
    bells = [new_id() for _ in range(5)]
    for bell_id in bells:
        await _ring(stage, bell_id, *range(40))

    await _until(lambda: _all(tower, bells, 40))

    for bell_id in bells:
        assert [times for bell, times in tower.heard if bell == bell_id] == list(range(40))


async def test_what_is_said_again_is_not_applied_again(stage: Stage, tower: Tower) -> None:
    bell_id = new_id()
    await _ring(stage, bell_id, 1, 2, 3)
    await _until(lambda: _heard(tower, bell_id, 3))
    await _until(lambda: _all_marked(stage))  # heard elsewhere comes before marked here

    await stage.as_owner("UPDATE outbox SET id = gen_random_uuid()")  # past the broker's own memory of ids
    assert await replay(stage.database, Wire(), service="metrics") == 3
    await _ring(stage, bell_id, 4)
    await _until(lambda: _heard(tower, bell_id, 4))

    assert [times for bell, times in tower.heard if bell == bell_id] == [1, 2, 3, 4]


async def test_a_poison_holds_up_nobody_else_and_waits_for_a_person(
    stage: Stage, tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.chassis.inbox.parking._ATTEMPTS", 2)
    retrying = inbox.retrying({BellRang: tower.on_bell}, service="partners")
    poison, healthy = new_id(), new_id()
    tower.failing.add(poison)

    await _ring(stage, poison, 1, 2)
    await _ring(stage, healthy, 1)
    await _until(lambda: _heard(tower, healthy, 1))

    async def parked() -> bool:
        stage.clock.forward(minutes=1)
        await ticks.once(stage.database, retrying, service="partners")
        return await _parked(stage, "failed") == 1

    await _until(parked)
    assert await _parked(stage, "early") == 1


async def test_failing_events_leave_the_broker_free_for_the_healthy(
    stage: Stage, tower: Tower, servers: Servers
) -> None:
    poisons, healthy = [new_id() for _ in range(30)], new_id()
    tower.failing.update(poisons)
    for poison in poisons:
        await _ring(stage, poison, 1)
    await _ring(stage, healthy, 1)
    await _until(lambda: _heard(tower, healthy, 1))

    client = await bus.connect(servers.nats_url, seed=servers.nats_admin_seed, name="provision")

    async def all_kept() -> bool:
        found = await client.jetstream().consumer_info("METRICS", "partners")
        return found.num_ack_pending == 0 and await _parked(stage, "failing") == len(poisons)

    try:
        await _until(all_kept)
    finally:
        await client.close()


class Wire(Bus):
    """A broker that takes as many of a batch as it is told, then all."""

    def __init__(self, *takes: int) -> None:
        super().__init__("", seed="", service="metrics")
        self.takes = list(takes)
        self.sent: list[list[Envelope]] = []

    async def fill(self, stream: str) -> Fill:
        return Fill(held=0, most=None)

    async def publish_in_order(self, events: Sequence[tuple[str, str, bytes]]) -> int:
        """Note what was sent, and be slow."""
        self.sent.append([Envelope.model_validate_json(body) for _, _, body in events])
        await asyncio.sleep(0.05)
        return self.takes.pop(0) if self.takes else len(events)

    @property
    def ids(self) -> list[UUID]:
        return [envelope.id for batch in self.sent for envelope in batch]


@asynccontextmanager
async def _relaying(stage: Stage, *wires: Wire) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(Relay(stage.database, wire, service="metrics").run()) for wire in wires]
    try:
        yield
    finally:
        await end(tasks)


async def _all_marked(stage: Stage) -> bool:
    return not await stage.as_owner("SELECT 1 FROM outbox WHERE published_at IS NULL")


async def test_what_commits_late_with_a_lower_position_is_still_published(stage: Stage) -> None:
    early, late = new_id(), new_id()
    wire = Wire()
    async with _relaying(stage, wire):
        async with stage.tx(NOBODY) as tx:
            emit(tx, BellRang(bell_id=late, times=1))
            await write_out(tx)  # it has its position, and commits after the other
            tx.outbox_rows.clear()
            await _ring(stage, early, 1)
            await _until(lambda: _sent(wire, early))
        await _until(lambda: _sent(wire, late))


async def test_two_relays_publish_each_event_once(stage: Stage) -> None:
    one, other = Wire(), Wire()
    async with _relaying(stage, one, other):
        for _ in range(5):
            await _ring(stage, new_id(), 1, 2)
            await asyncio.sleep(0.02)
        await _until(lambda: _all_marked(stage))

    assert len(one.ids + other.ids) == 10
    assert len(set(one.ids + other.ids)) == 10


async def test_what_the_broker_did_not_take_goes_out_later_in_its_order(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.chassis.outbox._POLL_SECONDS", 0.05)
    await _ring(stage, new_id(), *range(5))
    wire = Wire(2)
    async with _relaying(stage, wire):
        await _until(lambda: _all_marked(stage))

    assert [[envelope.data["times"] for envelope in batch] for batch in wire.sent] == [[0, 1, 2, 3, 4], [2, 3, 4]]


async def test_an_event_keeps_the_epoch_in_which_it_was_said(stage: Stage) -> None:
    bell_id = new_id()
    await _ring(stage, bell_id, 1, 2)
    await stage.as_owner("UPDATE service_state SET epoch = 2")
    try:
        await _ring(stage, bell_id, 3)
        await _ring(stage, bell_id, 4)
    finally:
        await stage.as_owner("UPDATE service_state SET epoch = 1")
    wire = Wire()
    async with _relaying(stage, wire):
        await _until(lambda: _all_marked(stage))

    sent = [envelope for batch in wire.sent for envelope in batch]
    assert [(each.revision, each.epoch, each.epochstart) for each in sent] == [
        (1, 1, 1),
        (2, 1, 1),
        (3, 2, 3),
        (4, 2, 3),
    ]


async def test_what_follows_two_hops_on_carries_the_first_correlation_id_and_its_own_cause(stage: Stage) -> None:
    async def echo(tx: Transaction, heard: Heard[BellRang]) -> None:
        emit(tx, BellRang(bell_id=new_id(), times=heard.event.times + 1))

    correlation_id = new_id()
    wire = Wire()
    async with _relaying(stage, wire):
        async with stage.database.transaction(by=NOBODY, correlation_id=correlation_id) as tx:
            emit(tx, BellRang(bell_id=new_id(), times=0))
        for hop in (1, 2):
            await _until(lambda hop=hop: _has_sent(wire, hop))
            async with stage.tx(NOBODY) as tx:
                applier = inbox.Applier({BellRang: echo}, service="partners", source="metrics")
                await applier.apply(tx, wire.sent[hop - 1])
        await _until(lambda: _has_sent(wire, 3))

    first, second, third = [envelope for batch in wire.sent for envelope in batch]
    assert [each.correlationid for each in (first, second, third)] == [correlation_id] * 3
    assert [each.causationid for each in (first, second, third)] == [None, first.id, second.id]


async def _sent(wire: Wire, bell_id: UUID) -> bool:
    return any(envelope.subject == bell_id for batch in wire.sent for envelope in batch)


async def _has_sent(wire: Wire, count: int) -> bool:
    return len(wire.ids) >= count


async def _heard(tower: Tower, bell_id: UUID, count: int) -> bool:
    return len([bell for bell, _ in tower.heard if bell == bell_id]) >= count


async def _all(tower: Tower, bells: list[UUID], count: int) -> bool:
    return all([await _heard(tower, bell_id, count) for bell_id in bells])


async def _parked(stage: Stage, reason: str) -> int:
    async with stage.database.engine.connect() as connection:
        query = select(func.count()).select_from(tables.parked_event).where(tables.parked_event.c.reason == reason)
        return await connection.scalar(query) or 0
