"""What the consumer does with a message: its row before its acknowledgement, failures apart from outages."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import pytest
from nats.aio.msg import Msg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from libs.chassis import audit, inbox, ticks
from libs.chassis.auth import service_caller
from libs.chassis.bus import Bus
from libs.chassis.database import Transaction
from libs.chassis.failures import described, passing
from libs.chassis.inbox import Consumer, Heard
from libs.chassis.outbox import emit
from libs.contracts.envelope import Envelope
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.chassis.example import BoxFilled
from tests.harness import Stage, caller

ADMIN = caller(Role.SERVICE_ADMIN)


@dataclass
class Ear:
    """A handler that fails as often as it is told."""

    failures: list[Exception] = field(default_factory=list)
    heard: list[UUID] = field(default_factory=list)
    by: list[Any] = field(default_factory=list)

    async def on_filled(self, tx: Transaction, heard: Heard[BoxFilled]) -> None:
        if self.failures:
            raise self.failures.pop()
        self.heard.append(heard.id)
        self.by.append(tx.by)


@dataclass
class Message:
    """A message that notes what was in the database when it was acknowledged, terminated or refused."""

    data: bytes
    look: Callable[[], Awaitable[list[str]]]
    subject: str = "events.elsewhere.box.filled.v1"
    answers: list[tuple[str, list[str]]] = field(default_factory=list)
    metadata: Any = field(
        default_factory=lambda: SimpleNamespace(
            num_delivered=1, stream="ELSEWHERE", sequence=SimpleNamespace(stream=1, consumer=1)
        )
    )

    async def ack(self) -> None:
        self.answers.append(("ack", await self.look()))

    async def term(self) -> None:
        self.answers.append(("term", await self.look()))

    async def nak(self, delay: float = 0) -> None:
        self.answers.append(("nak", await self.look()))


async def _reasons(stage: Stage) -> list[str]:
    return [row[0] for row in await stage.as_owner("SELECT reason FROM parked_event ORDER BY reason")]


async def _deliver(stage: Stage, ear: Ear, *envelopes: Envelope | bytes) -> list[tuple[str, list[str]]]:
    consumer = Consumer(
        stage.database, cast(Bus, None), {BoxFilled: ear.on_filled}, service="example", source="elsewhere"
    )
    messages = [
        Message(each if isinstance(each, bytes) else each.model_dump_json().encode(), lambda: _reasons(stage))
        for each in envelopes
    ]
    await consumer._handle(cast(list[Msg], messages))
    return [answer for message in messages for answer in message.answers]


async def _retry(stage: Stage, ear: Ear) -> int:
    stage.clock.forward(minutes=2)
    tick = inbox.retrying({BoxFilled: ear.on_filled}, service="example")
    return await ticks.once(stage.database, tick, service="example")


async def test_a_malformed_message_is_kept_before_it_is_terminated(stage: Stage) -> None:
    assert await _deliver(stage, Ear(), b"{") == [("term", ["malformed"])]


async def test_a_failing_event_is_kept_before_it_is_acknowledged(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))

    assert await _deliver(stage, Ear([ValueError("a"), ValueError("b")]), filled) == [("ack", ["failing"])]


async def test_a_handler_that_fails_twice_and_then_succeeds_has_applied_the_event_once(stage: Stage) -> None:
    box_id = new_id()
    first, second = [stage.envelope(BoxFilled(box_id=box_id, things=n)) for n in (1, 2)]
    ear = Ear([ValueError(), ValueError(), ValueError()])  # in its batch, alone, and at the first retry

    await _deliver(stage, ear, first)
    await _deliver(stage, ear, second)
    assert (ear.heard, await _reasons(stage)) == ([], ["early", "failing"])
    assert await _retry(stage, ear) == 1
    assert (ear.heard, await _reasons(stage)) == ([], ["early", "failing"])
    assert await _retry(stage, ear) == 1

    assert ear.heard == [first.id, second.id]
    assert await _reasons(stage) == []
    assert await _retry(stage, ear) == 0


async def test_an_event_that_fails_eight_times_waits_for_a_person(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))
    ear = Ear([ValueError("Ada Example")] * 9)

    await _deliver(stage, ear, filled)
    tries = 1
    while await _retry(stage, ear):
        tries += 1

    assert tries == 8
    [row] = await stage.as_owner("SELECT reason, error, attempts FROM parked_event")
    assert (row.reason, row.attempts) == ("failed", 8)
    assert row.error.startswith("ValueError at chassis/test_consumer.py:")


async def test_a_failed_event_that_comes_through_later_leaves_no_row(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))
    async with stage.tx(service_caller("example")) as tx:
        await inbox.park(tx, filled, reason="failed", error="ValueError")
    ear = Ear()

    await _deliver(stage, ear, filled)

    assert (ear.heard, await _reasons(stage)) == ([filled.id], [])


async def test_an_event_is_not_blamed_for_one_that_waited_for_it(stage: Stage) -> None:
    box_id = new_id()
    first, second = [stage.envelope(BoxFilled(box_id=box_id, things=n)) for n in (1, 2)]

    async def on_filled(_: Transaction, heard: Heard[BoxFilled]) -> None:
        if heard.id == second.id:
            raise ValueError

    ear = Ear()
    ear.on_filled = on_filled  # type: ignore[method-assign]
    await _deliver(stage, ear, second)

    assert await _deliver(stage, ear, first) == [("nak", ["failing"])]
    assert await _deliver(stage, ear, first) == [("ack", ["failing"])]
    assert [row[0] for row in await stage.as_owner("SELECT revision FROM inbox_position")] == [1]


async def test_an_outage_leaves_the_event_to_the_broker_and_counts_for_nothing(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("libs.chassis.inbox.parking._ATTEMPTS", 1)
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))
    ear = Ear([ConnectionRefusedError(), TimeoutError()])

    assert await _deliver(stage, ear, filled) == [("nak", [])]
    assert await _deliver(stage, ear, filled) == [("ack", [])]
    assert ear.heard == [filled.id]


async def test_an_outage_at_the_retry_counts_for_nothing(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))
    ear = Ear([ConnectionRefusedError(), ValueError(), ValueError()])  # in its batch, alone, and at the retry

    await _deliver(stage, ear, filled)
    assert await _retry(stage, ear) == 1
    [row] = await stage.as_owner("SELECT reason, attempts, next_try_at FROM parked_event")
    assert (row.reason, row.attempts) == ("failing", 1)
    assert row.next_try_at > stage.clock.now

    assert await _retry(stage, ear) == 1
    assert (ear.heard, await _reasons(stage)) == ([filled.id], [])


async def test_a_retry_that_fails_says_and_audits_nothing(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))

    async def on_filled(tx: Transaction, heard: Heard[BoxFilled]) -> None:
        emit(tx, BoxFilled(box_id=heard.event.box_id, things=2))
        audit.record(tx, "boxes:fill")
        raise ValueError

    ear = Ear()
    ear.on_filled = on_filled  # type: ignore[method-assign]
    await _deliver(stage, ear, filled)
    assert await _retry(stage, ear) == 1

    assert (await stage.said(), await stage.audited()) == ([], [])
    assert await _reasons(stage) == ["failing"]


@pytest.mark.parametrize(
    ("code", "passes"),
    [(code, True) for code in ("08006", "40P01", "53300", "55P03", "57014")]
    + [(code, False) for code in ("22001", "23505", "P0001")],
)
async def test_the_database_says_whether_it_passes(stage: Stage, code: str, passes: bool) -> None:
    raising = f"DO $$ BEGIN RAISE EXCEPTION 'Ada Example' USING ERRCODE = '{code}'; END $$"
    async with stage.database.engine.connect() as connection:
        with pytest.raises(DBAPIError) as caught:
            await connection.execute(text(raising))

    assert passing(caught.value) == passes
    assert f" {code} at chassis/test_consumer.py:" in described(caught.value)
    assert "Ada" not in described(caught.value)


async def test_a_failure_is_logged_under_the_correlation_id_of_its_event(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))
    ear = Ear([ValueError() for _ in range(3)])

    with capture_logs() as lines:
        await _deliver(stage, ear, filled)
        await _retry(stage, ear)

    assert [line["correlation_id"] for line in lines] == [str(filled.correlationid)] * 2


async def test_what_a_replayed_event_brings_about_is_the_services_own_doing(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))
    ear = Ear([ValueError(), ValueError()])
    await _deliver(stage, ear, filled)

    async with stage.tx(ADMIN) as tx:
        assert await inbox.replay_parked(tx, {BoxFilled: ear.on_filled}, service="example", event_id=filled.id)

    assert ear.by == [service_caller("example")]


async def test_to_replay_is_audited_as_the_act_of_who_asked(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))
    await _deliver(stage, Ear([ValueError(), ValueError()]), filled)

    await stage.post(f"/v1/parked-events/{filled.id}:replay", by=ADMIN)

    [row] = [row for row in await stage.audited() if row.action == "operations:replay"]
    assert (row.actor_id, row.record_id) == (ADMIN.id, filled.id)
