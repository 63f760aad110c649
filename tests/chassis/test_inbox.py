"""The inbox: once, in order, and one aggregate's failure holds up no other."""

import asyncio
import random
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from libs.chassis import inbox
from libs.chassis.database import Transaction
from libs.chassis.inbox import Heard
from libs.contracts.envelope import Envelope
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.chassis.example import SERVICE, BoxFilled
from tests.harness import Stage, caller

ADMIN = caller(Role.SERVICE_ADMIN)


async def _things(stage: Stage) -> dict[str, int]:
    return {str(row[0]): row[1] for row in await stage.as_owner("SELECT id, things FROM heard_box")}


async def test_an_event_that_comes_twice_is_applied_once(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=3))

    await stage.hear_envelope(filled)
    await stage.hear_envelope(filled, filled)

    assert list((await _things(stage)).values()) == [3]


async def test_an_early_event_waits_for_those_before_it(stage: Stage) -> None:
    box_id = new_id()
    first, second, third = [stage.envelope(BoxFilled(box_id=box_id, things=n)) for n in (1, 10, 100)]

    await stage.hear_envelope(third)
    await stage.hear_envelope(second)
    assert await _things(stage) == {}
    assert len((await stage.get("/v1/parked-events?reason=early", by=ADMIN)).json()["items"]) == 2
    await stage.hear_envelope(first)

    assert await _things(stage) == {str(box_id): 111}
    assert (await stage.get("/v1/parked-events", by=ADMIN)).json()["items"] == []


async def test_two_replicas_with_the_same_event_apply_it_once(stage: Stage) -> None:
    opened, filled = [stage.envelope(BoxFilled(box_id=id_, things=1)) for id_ in [new_id()] * 2]
    await stage.hear_envelope(opened)  # a first event's row would hold up the other by itself
    applied: list[UUID] = []
    backends: list[int] = []
    applying, commit = asyncio.Event(), asyncio.Event()

    async def waits() -> bool:
        waiting = "SELECT 1 FROM pg_locks WHERE pid = :pid AND NOT granted"
        return len(backends) == 2 and bool(await stage.as_owner(waiting, pid=backends[1]))

    async def note(_: Transaction, heard: Heard[BoxFilled]) -> None:
        applied.append(heard.id)
        applying.set()
        await commit.wait()

    async def replica() -> None:
        async with stage.tx(caller(kind="service")) as tx:
            for setting in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
                await tx.connection.execute(text(f"SET LOCAL {setting} = 0"))
            backends.append(await tx.connection.scalar(text("SELECT pg_backend_pid()")) or 0)
            applier = inbox.Applier({BoxFilled: note}, service="example", source="elsewhere")
            await applier.apply(tx, [filled])

    first = asyncio.create_task(replica())
    await applying.wait()
    second = asyncio.create_task(replica())
    while not await waits() and not second.done() and len(applied) == 1:
        await asyncio.sleep(0.005)
    commit.set()
    await asyncio.gather(first, second)

    assert applied == [filled.id]


async def test_aggregates_are_locked_in_the_order_of_their_ids(stage: Stage) -> None:
    early = [stage.envelope(BoxFilled(box_id=new_id(), things=1), revision=2) for _ in range(30)]
    await stage.hear_envelope(*reversed(early))

    locked = [row[0] for row in await stage.as_owner("SELECT aggregate_id FROM inbox_position ORDER BY ctid")]
    assert locked == sorted(locked)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
async def test_any_order_with_any_repetition_gives_the_same_effect(stage: Stage, seed: int) -> None:
    chance = random.Random(seed)
    boxes = [new_id() for _ in range(3)]
    events = [stage.envelope(BoxFilled(box_id=box_id, things=10**n)) for box_id in boxes for n in range(4)]
    delivered = events + chance.choices(events, k=6)
    chance.shuffle(delivered)

    while delivered:
        size = chance.randint(1, 4)
        await stage.hear_envelope(*delivered[:size])
        delivered = delivered[size:]

    assert {str(box_id): 1111 for box_id in boxes}.items() <= (await _things(stage)).items()


async def test_an_event_nobody_here_hears_still_counts_in_the_order(stage: Stage) -> None:
    box_id = new_id()
    unheard = stage.envelope(BoxFilled(box_id=box_id, things=1)).model_copy(
        update={"type": "events.elsewhere.box.moved.v1"}
    )
    heard = stage.envelope(BoxFilled(box_id=box_id, things=5))

    await stage.hear_envelope(unheard, heard)

    assert await _things(stage) == {str(box_id): 5}


async def test_after_a_restore_of_the_owner_its_count_begins_again(stage: Stage) -> None:
    box_id = new_id()
    before = [stage.envelope(BoxFilled(box_id=box_id, things=1)) for _ in range(3)]
    await stage.hear_envelope(*before)

    again = stage.envelope(BoxFilled(box_id=box_id, things=10), revision=2).model_copy(update={"epoch": 2})
    await stage.hear_envelope(again)
    await stage.hear_envelope(before[2])

    assert await _things(stage) == {str(box_id): 13}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6), before=st.integers(0, 5), kept=st.integers(0, 5), after=st.integers(0, 4))
async def test_in_any_order_all_that_a_restore_left_is_applied_once_and_in_order(
    stage: Stage, seed: int, before: int, kept: int, after: int
) -> None:
    chance, box_id, kept = random.Random(seed), new_id(), min(before, kept)
    said = [_of_epoch(stage, box_id, 1, revision, start=1) for revision in range(1, before + 1)]
    again = [_of_epoch(stage, box_id, 2, kept + 1 + n, start=kept + 1) for n in range(after)]
    delivered = said + again + chance.choices(said + again or [_of_epoch(stage, box_id, 1, 1, start=1)], k=4)
    chance.shuffle(delivered)
    applied: list[tuple[int, int]] = []

    async def note(_: Transaction, heard: Heard[BoxFilled]) -> None:
        applied.append((heard.epoch, heard.revision))

    while delivered:
        size = chance.randint(1, 3)
        async with stage.tx(caller(kind="service")) as tx:
            applier = inbox.Applier({BoxFilled: note}, service="example", source="elsewhere")
            await applier.apply(tx, delivered[:size])
        delivered = delivered[size:]

    assert applied == sorted(set(applied))
    assert {(each.epoch, each.revision) for each in said[:kept] + again} <= set(applied)
    assert await stage.as_owner("SELECT 1 FROM parked_event") == []


def _of_epoch(stage: Stage, box_id: UUID, epoch: int, revision: int, *, start: int) -> Envelope:
    filled = stage.envelope(BoxFilled(box_id=box_id, things=1), revision=revision)
    return filled.model_copy(update={"epoch": epoch, "epochstart": start})


async def test_an_aggregate_first_heard_of_after_a_restore_is_applied_from_its_beginning(stage: Stage) -> None:
    box_id = new_id()
    first, second = [_of_epoch(stage, box_id, 2, revision, start=1) for revision in (1, 2)]

    await stage.hear_envelope(second)
    await stage.hear_envelope(first)

    assert await _things(stage) == {str(box_id): 2}


async def test_what_was_applied_is_not_applied_again_in_a_later_epoch(stage: Stage) -> None:
    filled = stage.envelope(BoxFilled(box_id=new_id(), things=1))

    await stage.hear_envelope(filled)
    await stage.hear_envelope(filled.model_copy(update={"epoch": 2}))

    assert list((await _things(stage)).values()) == [1]


async def test_a_failed_event_is_parked_and_can_be_replayed_with_those_that_waited(stage: Stage) -> None:
    box_id = new_id()
    first, second = [stage.envelope(BoxFilled(box_id=box_id, things=n)) for n in (1, 2)]
    async with stage.tx(caller(kind="service")) as tx:
        await inbox.park(tx, first, reason="failed", error="ValueError")
    await stage.hear_envelope(second)

    answer = await stage.post(f"/v1/parked-events/{first.id}:replay", by=ADMIN)

    assert answer.status_code == 204
    assert await _things(stage) == {str(box_id): 3}
    assert (await stage.get("/v1/parked-events", by=ADMIN)).json()["items"] == []


async def test_a_poison_leaves_nothing_of_its_batch(stage: Stage) -> None:
    good, poison = (
        stage.envelope(BoxFilled(box_id=new_id(), things=1)),
        stage.envelope(BoxFilled(box_id=new_id(), things=-1)),
    )

    with pytest.raises(ValueError, match="poison"):
        await stage.hear_envelope(good, poison)

    assert await _things(stage) == {}


def test_an_envelope_reads_back_what_was_written() -> None:
    assert SERVICE.name == "example"
    assert Envelope.model_fields.keys() >= {"revision", "epoch", "correlationid", "causationid", "actor"}
