"""From the commit to another service's commit, over real JetStream."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from uuid import UUID

import pytest
from sqlalchemy import func, select

from libs.chassis import bus, tables
from libs.chassis.bus import Bus
from libs.chassis.database import Transaction
from libs.chassis.inbox import Consumer, Heard
from libs.chassis.outbox import Relay, emit, replay
from libs.contracts.envelope import Event
from libs.kernel.ids import new_id
from tests.harness import Stage, caller
from tests.servers import Servers

NOBODY = caller(kind="service")


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
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
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


async def test_an_event_is_applied_elsewhere_in_well_under_a_second(stage: Stage, tower: Tower) -> None:
    bell_id = new_id()
    await _ring(stage, bell_id, 0)
    await _until(lambda: _heard(tower, bell_id, 1))

    waits = []
    for count in range(2, 12):
        await _ring(stage, bell_id, count)
        waits.append(await _until(lambda count=count: _heard(tower, bell_id, count)))

    assert sorted(waits)[5] < 0.5


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

    await stage.as_owner("UPDATE outbox SET id = gen_random_uuid()")  # past the broker's own memory of ids
    assert await replay(stage.database) == 3
    await _ring(stage, bell_id, 4)
    await _until(lambda: _heard(tower, bell_id, 4))

    assert [times for bell, times in tower.heard if bell == bell_id] == [1, 2, 3, 4]


async def test_a_poison_holds_up_nobody_else_and_waits_for_a_person(
    stage: Stage, tower: Tower, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.chassis.inbox._ATTEMPTS", 2)
    poison, healthy = new_id(), new_id()
    tower.failing.add(poison)

    await _ring(stage, poison, 1, 2)
    await _ring(stage, healthy, 1)
    await _until(lambda: _heard(tower, healthy, 1))

    async def parked() -> bool:
        return await _parked(stage, "failed") == 1

    await _until(parked)
    assert await _parked(stage, "early") == 1


async def _heard(tower: Tower, bell_id: UUID, count: int) -> bool:
    return len([bell for bell, _ in tower.heard if bell == bell_id]) >= count


async def _all(tower: Tower, bells: list[UUID], count: int) -> bool:
    return all([await _heard(tower, bell_id, count) for bell_id in bells])


async def _parked(stage: Stage, reason: str) -> int:
    async with stage.database.engine.connect() as connection:
        query = select(func.count()).select_from(tables.parked_event).where(tables.parked_event.c.reason == reason)
        return await connection.scalar(query) or 0
