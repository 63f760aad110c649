"""Rebuilt from the streams, the figures are the same to the byte; on real PostgreSQL and NATS."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from libs.chassis import bus
from libs.chassis.bus import Bus
from libs.chassis.inbox import Consumer
from libs.chassis.service import end
from libs.contracts.envelope import Envelope
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from services.metrics import rebuilding, tables
from services.metrics.commands.rebuild import OWNERS, Rebuilt, WouldLose, rebuild
from services.metrics.domain.definitions import active
from services.metrics.domain.facts import Fact, PersonalData
from tests.harness import Stage, caller
from tests.metrics.builders import START, Telling, an_id
from tests.metrics.hearing import envelope_of, hear_all, shuffled, tally_all
from tests.metrics.stories import tell_stories
from tests.servers import Servers

MANAGER = caller(Role.SERVICE_MANAGER)
_ODD = "from=2025-01-15&until=2026-06-10"
_PUBLISHED = "view=publishable&from=2025-04-01&until=2026-04-01"


#: The same owners on streams of their own: the journeys' county may be listening to the others.
AGAIN = {owner: f"{owner}_again" for owner in OWNERS}


@pytest.fixture
async def broker(servers: Servers) -> AsyncIterator[Bus]:
    """Empty streams, and the connection by which metrics reads them."""
    await _forget_streams(servers)
    hears = {name: [] for name in AGAIN.values()} | {"metrics": list(AGAIN.values())}
    again = {"metrics-rebuild": list(AGAIN.values())}
    await bus.provision(servers.nats_url, seed=servers.nats_admin_seed, hears=hears, extra=again)
    hearing = Bus(servers.nats_url, seed=servers.nats_admin_seed, service="metrics")
    yield hearing
    await hearing.close()
    await _forget_streams(servers)


async def _forget_streams(servers: Servers) -> None:
    client = await bus.connect(servers.nats_url, seed=servers.nats_admin_seed, name="tests")
    for info in await client.jetstream().streams_info():
        if info.config.name.lower() in AGAIN.values():
            await client.jetstream().delete_stream(info.config.name)
    await client.close()


async def say(servers: Servers, envelopes: Sequence[Envelope]) -> None:
    """Publish what each owner said; the broker's own memory of ids is not to hide a repetition."""
    speaking = Bus(servers.nats_url, seed=servers.nats_admin_seed, service="metrics")
    for owner, name in AGAIN.items():
        mine = [each for each in envelopes if each.source == f"/{owner}"]
        for start in range(0, len(mine), 200):
            portion = mine[start : start + 200]
            left = [
                (each.type.replace(owner, name), str(new_id()), each.model_dump_json().encode()) for each in portion
            ]
            while left:  # a busy broker may acknowledge late; it knows the ids of what it has
                left = left[await speaking.publish_in_order(left) :]
    await speaking.close()


@asynccontextmanager
async def consuming(stage: Stage, broker: Bus) -> AsyncIterator[None]:
    """Let the service consume all owners' streams."""
    tasks = [
        asyncio.create_task(
            Consumer(stage.database, broker, stage.service.subscriptions, service="metrics", source=name).run()
        )
        for name in AGAIN.values()
    ]
    try:
        yield
    finally:
        await end(tasks)


async def until_told(stage: Stage, facts: Sequence[Fact]) -> None:
    async with asyncio.timeout(200):
        while await count(stage) < len(facts):
            await asyncio.sleep(0.05)
    await tally_all(stage)


async def count(stage: Stage) -> int:
    async with stage.database.engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(tables.fact)) or 0


async def every_answer(stage: Stage) -> dict[str, bytes]:
    """Return what the service answers to every measure by every breakdown, now and as once known, in both views."""
    # What was published stays as it was frozen: it is frozen anew, so that it is counted anew.
    await stage.as_owner("TRUNCATE edition")
    return await answers(
        stage,
        [
            f"measure={measure.code}&by={by}&{more}"
            for measure in active()
            for by in sorted(measure.dimensions)
            for more in (f"view=internal&{_ODD}", f"view=internal&{_ODD}&known_at=2025-09-01T00:00:00Z", _PUBLISHED)
        ],
    )


async def some_answers(stage: Stage) -> dict[str, bytes]:
    """Return what the service answers to every measure by one of its breakdowns."""
    return await answers(
        stage,
        [
            f"measure={measure.code}&by={sorted(measure.dimensions)[number % len(measure.dimensions)]}&view=internal&{_ODD}"
            for number, measure in enumerate(active())
        ],
    )


async def answers(stage: Stage, questions: Sequence[str]) -> dict[str, bytes]:
    found = {}
    for question in questions:
        answer = await stage.get(f"/v1/results?{question}", by=MANAGER)
        assert answer.status_code == 200, answer.text
        found[question] = answer.content
    return found


async def rebuilt(stage: Stage, broker: Bus, *, let_go: bool = False) -> Rebuilt:
    said: list[str] = []
    return await rebuild(stage.database, broker, owners=list(AGAIN.values()), say=said.append, let_go=let_go)


async def test_a_rebuild_answers_byte_for_byte_as_before_and_so_does_another(
    stage: Stage, servers: Servers, broker: Bus
) -> None:
    facts = tell_stories(11, families=25)
    await say(servers, [envelope_of(fact) for fact in shuffled(facts, seed=1, repeat=True)])
    async with consuming(stage, broker):
        await until_told(stage, facts)
    before, some_before = await every_answer(stage), await some_answers(stage)

    first = await rebuilt(stage, broker)
    after_one = await every_answer(stage)
    second = await rebuilt(stage, broker)

    assert (first.facts, first.refused, first.lost) == (len(facts), 0, 0)
    assert second.generation == first.generation + 1
    assert after_one == before
    assert await some_answers(stage) == some_before
    assert await count(stage) == len(facts)
    assert any(b'"value":' in answer and b'"symbol":"c"' in answer for answer in before.values())


async def test_another_delivery_of_the_same_events_is_answered_the_same(
    stage: Stage, servers: Servers, broker: Bus
) -> None:
    facts = tell_stories(12, families=15)
    await hear_all(stage, shuffled(facts, seed=4, repeat=True))
    await tally_all(stage)
    before = await some_answers(stage)
    await say(servers, [envelope_of(fact) for fact in shuffled(facts, seed=5, repeat=True)])

    await rebuilt(stage, broker)

    assert await some_answers(stage) == before


async def test_what_is_heard_while_a_rebuild_runs_is_not_lost(stage: Stage, servers: Servers, broker: Bus) -> None:
    facts = tell_stories(13, families=12)
    early, late = facts[:-60], facts[-60:]
    await hear_all(stage, early)
    await tally_all(stage)
    await say(servers, [envelope_of(fact) for fact in early])

    async def hear_late() -> None:
        for start in range(0, len(late), 6):
            await hear_all(stage, late[start : start + 6])
            await stage.tick("tally")

    await asyncio.gather(rebuilt(stage, broker), hear_late())
    await tally_all(stage)
    found = await some_answers(stage)

    await say(servers, [envelope_of(fact) for fact in late])
    await rebuilt(stage, broker)
    assert await some_answers(stage) == found
    assert await count(stage) == len(facts)


async def test_a_figure_that_was_tampered_with_is_put_right(stage: Stage, servers: Servers, broker: Bus) -> None:
    facts = tell_stories(14, families=5)
    await hear_all(stage, facts)
    await tally_all(stage)
    await say(servers, [envelope_of(fact) for fact in facts])
    before = await some_answers(stage)
    await stage.as_owner("UPDATE monthly SET base = base + 100")
    assert await some_answers(stage) != before

    await rebuilt(stage, broker)

    assert await some_answers(stage) == before


async def test_what_an_interrupted_rebuild_left_is_cleared_away(stage: Stage, servers: Servers, broker: Bus) -> None:
    facts = tell_stories(15, families=4)
    await hear_all(stage, facts)
    await tally_all(stage)
    await say(servers, [envelope_of(fact) for fact in facts])
    await stage.as_owner(
        "INSERT INTO monthly (generation, code, month, team, agency, amount, base, square)"
        " SELECT generation + 1, code, month, team, agency, 7, 7, 7 FROM monthly"
    )
    before = await some_answers(stage)

    await rebuilt(stage, broker)

    assert await some_answers(stage) == before


async def test_facts_that_no_stream_holds_any_more_are_kept_until_they_are_let_go_and_then_counted(
    stage: Stage, servers: Servers, broker: Bus
) -> None:
    facts = tell_stories(16, families=3)
    old = [replace(fact) for fact in facts[:5]]
    await hear_all(stage, facts)
    stage.clock.forward(hours=1)
    kept = [fact for fact in facts if fact not in old]
    await tally_all(stage)
    before = await some_answers(stage)
    await say(servers, [envelope_of(fact) for fact in kept])

    with pytest.raises(WouldLose, match=f"{len(old)} facts"):
        await rebuilt(stage, broker)
    assert await stage.as_owner("SELECT DISTINCT generation FROM fact") == [(1,)]
    assert await some_answers(stage) == before

    done = await rebuilt(stage, broker, let_go=True)
    assert (done.lost, await count(stage)) == (len(old), len(kept))


async def test_facts_that_are_said_again_after_they_left_the_stream_come_back(
    stage: Stage, servers: Servers, broker: Bus
) -> None:
    facts = tell_stories(18, families=3)
    await hear_all(stage, facts)
    await tally_all(stage)
    before = await some_answers(stage)
    stage.clock.forward(hours=1)
    await say(servers, [envelope_of(fact) for fact in facts[-10:]])
    with pytest.raises(WouldLose):
        await rebuilt(stage, broker)

    await say(servers, [envelope_of(fact) for fact in facts])
    done = await rebuilt(stage, broker)

    assert (done.facts, done.lost) == (len(facts), 0)
    assert await some_answers(stage) == before


async def test_messages_that_are_no_events_are_refused_and_the_rest_is_read(
    stage: Stage, servers: Servers, broker: Bus
) -> None:
    facts = tell_stories(17, families=3)
    await say(servers, [envelope_of(fact) for fact in facts])
    speaking = Bus(servers.nats_url, seed=servers.nats_admin_seed, service="metrics")
    unreadable = ("events.referrals_again.referral.received.v1", str(new_id()), b"{not json")
    while not await speaking.publish_in_order([unreadable]):
        pass
    await speaking.close()

    done = await rebuilt(stage, broker)

    assert (done.facts, done.refused) == (len(facts), 1)


async def test_what_follows_a_refused_event_of_its_aggregate_waits_in_the_rebuild_as_it_does_in_the_inbox(
    stage: Stage, servers: Servers, broker: Bus
) -> None:
    spell, child, family = an_id("s"), an_id("c"), an_id("f")
    telling = Telling()
    first = envelope_of(telling.plan(spell, child, family, "cp", on=START))
    poison = envelope_of(telling.plan(spell, child, family, "cp", on=START))
    poison = poison.model_copy(update={"data": {**poison.data, "category": "OX12AB"}})
    last = envelope_of(telling.plan_ends(spell, child, family, "cp", started=START, on=START + timedelta(days=90)))
    other = envelope_of(telling.plan(an_id("s2"), an_id("c2"), an_id("f2"), "cp", on=START))
    await stage.hear_envelope(first)
    with pytest.raises(PersonalData):
        await stage.hear_envelope(poison)
    await stage.hear_envelope(last, other)
    await tally_all(stage)
    before = await some_answers(stage)
    await say(servers, [first, poison, last, other])

    done = await rebuilt(stage, broker)

    assert (done.facts, done.refused, done.lost) == (2, 1, 0)
    assert await some_answers(stage) == before


async def test_metrics_own_key_reads_a_stream_from_its_first_message_again_and_again(servers: Servers) -> None:
    await bus.provision(
        servers.nats_url,
        seed=servers.nats_admin_seed,
        hears={"referrals": [], "metrics": ["referrals"]},
        extra={"metrics-rebuild": ["referrals"]},
    )
    own = Bus(servers.nats_url, seed=servers.nats_seeds["metrics"], service="metrics")
    speaking = Bus(servers.nats_url, seed=servers.nats_seeds["referrals"], service="referrals")
    # No event and no aggregate: whoever else hears it puts it by as malformed.
    tried = ("events.referrals.thing.tried.v1", str(new_id()), b"{}")
    while not await speaking.publish_in_order([tried]):
        pass

    counts = []
    for _ in range(2):
        portions = [portion async for portion in rebuilding.read(own, "referrals")]
        counts.append(sum(len(portion.facts) + portion.refused for portion in portions))
    await own.close()
    await speaking.close()

    # The county of the journeys may say something more meanwhile.
    assert counts[1] >= counts[0] > 0


async def test_the_command_that_people_type_rebuilds_and_says_what_it_did(stage: Stage, servers: Servers) -> None:
    await bus.provision(
        servers.nats_url,
        seed=servers.nats_admin_seed,
        hears={owner: [] for owner in OWNERS} | {"metrics": list(OWNERS)},
        extra={"metrics-rebuild": list(OWNERS)},
    )
    environment = {
        "FS_ENV": "dev",
        "FS_DATABASE_URL": stage.database.engine.url.render_as_string(hide_password=False),
        "FS_NATS_URL": servers.nats_url,
        "FS_NATS_SEED": servers.nats_seeds["metrics"],
        "FS_ISSUER": "https://issuer.test",
        "FS_JWKS_URL": "https://issuer.test/jwks.json",
        "FS_PORT": "1",
        "FS_PUBLIC_URL": "http://metrics.test",
    }

    command = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.metrics",
        "rebuild",
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await command.communicate()

    assert command.returncode == 0
    assert b"generation 2; " in said.splitlines()[-1]
