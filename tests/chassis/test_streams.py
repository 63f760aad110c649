"""Streams and consumers as the provisioning job makes them, and what happens when a stream is full."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig, StorageType, StreamConfig
from nats.js.errors import APIError, NotFoundError, ServiceUnavailableError

from libs.chassis import bus
from libs.chassis.archiving import SAID_KEPT
from libs.chassis.bus import LARGEST_MESSAGE, Bus, CannotProvision, Limits, provisioning
from libs.chassis.outbox import Relay, TooLarge, emit
from libs.chassis.pruning import APPLIED_KEPT
from libs.chassis.service import end
from libs.contracts.envelope import Event
from libs.kernel.ids import new_id
from tests.harness import Stage, caller
from tests.servers import Servers

NOBODY = caller(kind="service")
_DAY = 86_400
_SMALL = Limits(most_bytes=100_000)


class DropFell(Event, type="events.vessel.drop.fell.v1", aggregate="drop_id"):
    """A drop fell into the vessel; nothing of the county says or hears this."""

    drop_id: UUID
    others: list[UUID] = []


@dataclass
class Broker:
    """The vessel's stream, which a test may make as it likes."""

    servers: Servers
    client: Client

    async def provision(self, limits: Limits = _SMALL) -> None:
        await bus.provision(
            self.servers.nats_url,
            seed=self.servers.nats_admin_seed,
            hears={"vessel": [], "gauge": ["vessel"]},
            limits=limits,
        )

    async def stream(self) -> StreamConfig:
        return (await self.client.jetstream().stream_info("VESSEL")).config

    async def consumer(self) -> ConsumerConfig:
        return (await self.client.jetstream().consumer_info("VESSEL", "gauge")).config

    async def kept(self) -> list[Any]:
        """Return what the stream keeps, in its order."""
        jetstream = self.client.jetstream()
        state = (await jetstream.stream_info("VESSEL")).state
        return [
            json.loads((await jetstream.get_msg("VESSEL", number)).data or b"{}")
            for number in range(state.first_seq, state.last_seq + 1)
        ]

    async def forget(self) -> None:
        known = {info.config.name for info in await self.client.jetstream().streams_info()}
        for name in {"VESSEL", "GAUGE"} & known:
            await self.client.jetstream().delete_stream(name)


@pytest.fixture
async def broker(servers: Servers) -> AsyncIterator[Broker]:
    client = await bus.connect(servers.nats_url, seed=servers.nats_admin_seed, name="tests")
    broker = Broker(servers, client)
    await broker.forget()
    yield broker
    await broker.forget()
    await client.close()


async def test_a_stream_is_bounded_and_throws_nothing_away_to_make_room(broker: Broker) -> None:
    await broker.provision()

    made = await broker.stream()
    assert (made.storage, made.retention, made.discard) == ("file", "limits", "new")
    assert (made.max_bytes, made.max_age, made.max_msg_size) == (100_000, 14 * _DAY, LARGEST_MESSAGE)
    assert (made.duplicate_window, made.deny_delete, made.deny_purge) == (600, True, True)


async def test_a_stream_and_a_consumer_of_an_earlier_day_are_brought_up_to_date(broker: Broker) -> None:
    jetstream = broker.client.jetstream()
    await jetstream.add_stream(StreamConfig(name="VESSEL", subjects=["events.vessel.>"], description="Ours"))
    some = ConsumerConfig(durable_name="gauge", ack_wait=60, max_ack_pending=7, filter_subject="events.vessel.a.b.v1")
    await jetstream.add_consumer("VESSEL", some)
    await jetstream.publish("events.vessel.drop.fell.v1", b"{}")

    await broker.provision(Limits(most_bytes=50_000, most_days=3))

    stream, consumer = await broker.stream(), await broker.consumer()
    assert (stream.discard, stream.max_bytes, stream.max_age, stream.deny_purge) == ("new", 50_000, 3 * _DAY, True)
    assert (stream.description, len(await broker.kept())) == ("Ours", 1)
    assert (consumer.ack_wait, consumer.max_ack_pending) == (bus.ACK_WAIT_SECONDS, bus.MOST_IN_FLIGHT)
    assert consumer.filter_subject is None


async def test_to_provision_again_changes_nothing(broker: Broker) -> None:
    await broker.provision()
    before = await broker.stream(), await broker.consumer()

    await broker.provision()

    assert (await broker.stream(), await broker.consumer()) == before


@pytest.mark.parametrize(
    ("stream", "consumer", "said"),
    [
        (StreamConfig(storage=StorageType.MEMORY), None, "VESSEL: storage is memory, not file"),
        (StreamConfig(), ConsumerConfig(deliver_policy="new"), "VESSEL/gauge: deliver_policy is new, not all"),
    ],
)
async def test_what_the_broker_cannot_change_is_refused_and_named(
    broker: Broker, stream: StreamConfig, consumer: ConsumerConfig | None, said: str
) -> None:
    jetstream = broker.client.jetstream()
    await jetstream.add_stream(stream.evolve(name="VESSEL", subjects=["events.vessel.>"]))
    if consumer:
        await jetstream.add_consumer("VESSEL", consumer.evolve(durable_name="gauge"))

    with pytest.raises(CannotProvision, match=said):
        await broker.provision()


async def test_what_the_broker_refuses_is_told_in_its_own_words(broker: Broker) -> None:
    with pytest.raises(CannotProvision, match=r"^GAUGE: .*replicas"):
        await broker.provision(Limits(most_bytes=100_000, replicas=3))


class Sluggish:
    """JetStream in its first seconds: it does not answer, and then does not do as it is told."""

    def __init__(self, *answers: Exception | StreamConfig) -> None:
        self.answers = list(answers)

    async def stream_info(self, _: str) -> Any:
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return SimpleNamespace(config=answer)

    async def add_stream(self, _: StreamConfig) -> None:
        """Answer, and do nothing."""


async def test_a_broker_that_does_not_answer_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provisioning, "_PAUSES", (0.0, 0.0))
    wanted = {"name": "VESSEL", "max_bytes": 7}
    starting = Sluggish(NatsTimeout(), ServiceUnavailableError(), StreamConfig(**wanted))

    await provisioning._ensure_stream(starting, wanted)

    assert starting.answers == []
    with pytest.raises(CannotProvision, match="VESSEL: JetStream does not answer"):
        await provisioning._ensure_stream(Sluggish(*[NatsTimeout()] * 3), wanted)


async def test_what_was_made_is_read_back_and_compared() -> None:
    forgetful = Sluggish(NotFoundError(), StreamConfig(name="VESSEL", max_bytes=5))

    with pytest.raises(CannotProvision, match="VESSEL: after the change still max_bytes is 5, not 7"):
        await provisioning._ensure_stream(forgetful, {"name": "VESSEL", "max_bytes": 7})


def test_what_a_stream_holds_is_still_in_the_outbox_and_in_the_notes_of_who_heard_it() -> None:
    assert timedelta(days=Limits().most_days) < min(SAID_KEPT, APPLIED_KEPT)


async def test_a_smaller_stream_loses_nothing_that_it_has(broker: Broker) -> None:
    await broker.provision()
    for _ in range(20):
        await broker.client.jetstream().publish("events.vessel.drop.fell.v1", b'{"a": 1}')

    await broker.provision(Limits(most_bytes=300))

    assert len(await broker.kept()) == 20
    with pytest.raises(APIError, match="maximum bytes"):
        await broker.client.jetstream().publish("events.vessel.drop.fell.v1", b"{}")


class Told(Bus):
    """A connection that notes how much of each batch the stream took."""

    def __init__(self, servers: Servers) -> None:
        super().__init__(servers.nats_url, seed=servers.nats_admin_seed, service="vessel")
        self.refused = asyncio.Event()

    async def publish_in_order(self, events: Sequence[tuple[str, str, bytes]]) -> int:
        arrived = await super().publish_in_order(events)
        if arrived < len(events):
            self.refused.set()
        return arrived


async def test_a_full_stream_makes_the_relay_wait_until_there_is_room_and_nothing_is_lost(
    stage: Stage, broker: Broker
) -> None:
    limits = Limits(most_bytes=5_000)
    await broker.provision(limits)
    drop_id = new_id()
    async with stage.tx(NOBODY) as tx:
        for _ in range(40):
            emit(tx, DropFell(drop_id=drop_id))
    told = Told(broker.servers)
    relay = asyncio.create_task(Relay(stage.database, told, service="vessel").run())

    async with asyncio.timeout(60):
        await told.refused.wait()
        full = await broker.kept()
        waiting = await stage.as_owner("SELECT id FROM outbox WHERE published_at IS NULL")
        await broker.provision(replace(limits, most_bytes=500_000))
        while await stage.as_owner("SELECT 1 FROM outbox WHERE published_at IS NULL"):
            await asyncio.sleep(0.02)
    await end([relay])
    await told.close()

    assert 0 < len(full) < 40
    assert len(waiting) >= 40 - len(full)
    assert [event["revision"] for event in await broker.kept()] == list(range(1, 41))


async def test_an_event_that_no_stream_takes_is_refused_where_it_is_said(stage: Stage) -> None:
    async with stage.tx(NOBODY) as tx:
        with pytest.raises(TooLarge):
            emit(tx, DropFell(drop_id=new_id(), others=[new_id()] * (LARGEST_MESSAGE // 36)))

    assert await stage.said() == []
