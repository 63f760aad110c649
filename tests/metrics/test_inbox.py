"""What is heard becomes facts, once, and facts become tallies: the same in whatever order they come."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from libs.contracts.allocation import TeamRecorded
from libs.contracts.envelope import Envelope
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from services.metrics import tables
from services.metrics.domain import ledger
from services.metrics.domain.facts import ImplausibleDate, PersonalData, kind_of
from services.metrics.domain.tallies import KnownTally, Tally, TallyCode
from services.metrics.inbox import SUBSCRIPTIONS
from services.metrics.repository.tallies import NOBODY
from tests.harness import Stage, caller
from tests.metrics.builders import START, Telling, an_id
from tests.metrics.hearing import envelope_of, filled, hear_all, shuffled, tally_all
from tests.metrics.stories import WORKERS, tell_stories


async def rows(stage: Stage, table: Any) -> list[Any]:
    async with stage.database.engine.connect() as connection:
        return list((await connection.execute(select(table))).all())


async def kept_tallies(stage: Stage) -> set[KnownTally]:
    return {
        KnownTally(
            Tally(
                code=TallyCode(row.code),
                subject=row.subject,
                on=row.on,
                team=None if row.team == NOBODY else row.team,
                agency=None if row.agency == NOBODY else row.agency,
                amount=row.amount,
                base=row.base,
                square=row.square,
            ),
            row.known_from,
            row.known_until,
        )
        for row in await rows(stage, tables.tally)
    }


async def test_every_event_that_is_heard_becomes_one_fact(stage: Stage) -> None:
    told = [
        stage.envelope(kind.model_validate({**filled(kind), kind.aggregate_field: new_id()})) for kind in SUBSCRIPTIONS
    ]

    for each in told:
        await stage.hear_envelope(each)
        await stage.hear_envelope(each)
    await tally_all(stage)

    facts = {row.id: (row.kind, row.about, row.occurred_at, row.known_at) for row in await rows(stage, tables.fact)}
    assert facts == {each.id: (kind_of(each.type), each.subject, each.time, each.recordedtime) for each in told}
    assert await rows(stage, tables.pending) == []


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_any_order_any_repetition_and_any_pauses_give_the_tallies_of_the_rules(stage: Stage, seed: int) -> None:
    facts = tell_stories(seed, families=6)
    arriving = shuffled(facts, seed=seed, repeat=True)

    for start in range(0, len(arriving), 40):
        await hear_all(stage, arriving[start : start + 40])
        await stage.tick("tally")
    await tally_all(stage)

    expected = set(ledger.remembered(facts, by=ledger.FAMILIES))
    for worker in WORKERS:
        mine = [fact for fact in facts if fact.kept.get("worker_id") == str(worker)]
        expected |= ledger.remembered(mine, by=ledger.WORKERS)
    assert await kept_tallies(stage) == expected


async def test_the_sums_by_month_are_those_of_what_is_known_now(stage: Stage) -> None:
    await hear_all(stage, shuffled(tell_stories(5, families=8), seed=5))
    await tally_all(stage)

    expected: Counter[tuple[object, ...]] = Counter()
    for each in await rows(stage, tables.tally):
        if each.known_until is None:
            place = (each.code, each.on.replace(day=1), each.team, each.agency)
            expected.update({(*place, "amount"): each.amount, (*place, "base"): each.base, (*place, "sq"): each.square})
    found: Counter[tuple[object, ...]] = Counter()
    for each in await rows(stage, tables.monthly):
        place = (each.code, each.month, each.team, each.agency)
        found.update({(*place, "amount"): each.amount, (*place, "base"): each.base, (*place, "sq"): each.square})
    assert {key: count for key, count in found.items() if count} == {k: c for k, c in expected.items() if c}


async def test_a_fact_that_cannot_be_reckoned_holds_up_nobody_else(stage: Stage) -> None:
    telling = Telling()
    telling.referral(an_id("r", 1), an_id("f", 1), (an_id("c", 1),), on=START)
    poison = telling.referral(an_id("r", 2), an_id("f", 2), (an_id("c", 2),), on=START)
    await hear_all(stage, telling.facts)
    await stage.as_owner("UPDATE fact SET kept = kept - 'received_on' WHERE id = :id", id=poison.id)

    await tally_all(stage)

    assert {each.tally.subject for each in await kept_tallies(stage)} == {an_id("c", 1), an_id("r", 1)}
    assert [(row.fact_id, row.queue, row.set_aside) for row in await rows(stage, tables.pending)] == [
        (poison.id, "family", True)
    ]


async def test_what_was_set_aside_is_listed_and_tried_again_by_those_who_run_the_service(stage: Stage) -> None:
    admin = caller(Role.SERVICE_ADMIN)
    telling = Telling()
    poison = telling.referral(an_id("r"), an_id("f"), (an_id("c"),), on=START)
    await hear_all(stage, telling.facts)
    await stage.as_owner("UPDATE fact SET kept = kept - 'received_on' WHERE id = :id", id=poison.id)
    await tally_all(stage)

    listed = (await stage.get("/v1/set-aside-facts", by=admin)).json()["items"]
    await stage.as_owner("UPDATE fact SET kept = kept || jsonb_build_object('received_on', '2025-03-03')")
    retried = await stage.post("/v1/set-aside-facts:retry", by=admin)
    await tally_all(stage)

    assert [(each["fact_id"], each["kind"]) for each in listed] == [(str(poison.id), "referrals.referral.received")]
    assert retried.json() == {"waiting": 1}
    assert (await stage.get("/v1/set-aside-facts", by=admin)).json()["items"] == []
    assert {each.tally.code for each in await kept_tallies(stage)} == {
        TallyCode.REFERRAL,
        TallyCode.REFERRAL_OUTCOME,
        TallyCode.NEW_REFERRAL,
        TallyCode.NEW_REFERRAL_OUTCOME,
        TallyCode.FAMILY_REFERRAL,
    }
    assert (await stage.get("/v1/set-aside-facts", by=caller(Role.ANALYST))).status_code == 403


async def test_what_stood_before_a_poison_came_stands_on(stage: Stage) -> None:
    telling = Telling()
    telling.referral(an_id("r", 1), an_id("f", 1), (an_id("c", 1),), on=START)
    await hear_all(stage, telling.facts)
    await tally_all(stage)
    before = await kept_tallies(stage)
    poison = telling.referral(an_id("r", 2), an_id("f", 1), (an_id("c", 1),), on=START + timedelta(days=9))
    await hear_all(stage, [poison])
    await stage.as_owner("UPDATE fact SET kept = kept - 'received_on' WHERE id = :id", id=poison.id)

    await tally_all(stage)

    assert await kept_tallies(stage) == before


async def test_an_event_of_the_future_counts_only_as_left_out(stage: Stage) -> None:
    telling = Telling()
    told = envelope_of(telling.referral(an_id("r"), an_id("f"), (an_id("c"),), on=START))
    early = told.model_copy(update={"recordedtime": told.time - timedelta(days=1)})

    await stage.hear_envelope(early)
    await tally_all(stage)

    assert [each.tally.code for each in await kept_tallies(stage)] == [TallyCode.LEFT_OUT]


def a_team(code: str) -> TeamRecorded:
    return TeamRecorded(team_id=an_id("team"), code=code, areas=())


@pytest.mark.parametrize("code", ["9990000018", "OX11AA", "ox1-1aa".replace("-", "")])
async def test_a_code_like_an_nhs_number_or_a_postcode_is_refused(stage: Stage, code: str) -> None:
    with pytest.raises(PersonalData):
        await stage.hear(a_team(code))

    assert await rows(stage, tables.fact) == []


async def test_an_event_with_a_further_field_of_text_keeps_nothing_of_it(stage: Stage) -> None:
    told = stage.envelope(a_team("north"))

    await stage.hear_envelope(told.model_copy(update={"data": {**told.data, "note": "Ada Example, 1 Invented Street"}}))

    (fact,) = await rows(stage, tables.fact)
    assert fact.kept == {"team_id": str(an_id("team")), "code": "north", "areas": []}


async def test_a_date_that_nobody_can_have_meant_is_refused(stage: Stage) -> None:
    telling = Telling()
    told = envelope_of(telling.plan(an_id("s"), an_id("c"), an_id("f"), "cin", on=START))

    with pytest.raises(ImplausibleDate):
        await stage.hear_envelope(told.model_copy(update={"data": {**told.data, "started_on": "0001-01-01"}}))


async def test_the_latest_name_of_a_team_is_its_label_whatever_comes_last(stage: Stage) -> None:
    first, second = stage.envelope(a_team("north")), stage.envelope(a_team("north_and_west"))

    await stage.hear_envelope(first, second)
    await tally_all(stage)

    assert [(row.id, row.code) for row in await rows(stage, tables.label)] == [(an_id("team"), "north_and_west")]


async def test_a_restored_owner_is_believed_from_where_it_begins_again(stage: Stage) -> None:
    telling = Telling()
    child, family = an_id("c"), an_id("f")
    kept = telling.plan(an_id("s"), child, family, "cin", on=START)
    telling.plan_ends(an_id("s"), child, family, "cin", started=START, on=START + timedelta(days=9))
    again = envelope_of(telling.facts[-1]).model_copy(
        update={
            "id": new_id(),
            "epoch": 2,
            "recordedtime": datetime(2025, 6, 1, tzinfo=UTC),
            "data": {**envelope_of(telling.facts[-1]).data, "ended_on": (START + timedelta(days=30)).isoformat()},
        }
    )
    await stage.hear_envelope(envelope_of(kept), envelope_of(telling.facts[-1]))
    await tally_all(stage)

    await stage.hear_envelope(Envelope.model_validate(again))
    await tally_all(stage)

    downs = [
        each.tally.on
        for each in await kept_tallies(stage)
        if each.tally.code is TallyCode.CIN_PLAN and each.tally.base == -1 and each.known_until is None
    ]
    assert downs == [START + timedelta(days=30)]
