"""Lists and searches with many rows: on an index, page by page, in few statements."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql

from libs.chassis.pagination import Wanted
from libs.kernel.deadline import Standing
from libs.kernel.ids import derived_id
from services.referrals.domain.clock_rules import Kind
from services.referrals.domain.matching import Traits
from services.referrals.domain.screening import Rag
from services.referrals.domain.states import State
from services.referrals.domain.worklist import Item, Need, order
from services.referrals.queries import referrals, work
from services.referrals.repository import matching, searching
from services.referrals.tables import clock
from tests.harness import Stage
from tests.referrals.actors import MANAGER, SCREENER, Actors, child
from tests.referrals.hearing import started
from tests.referrals.verbs import ASK

MANY = 100_000

SOME = 20_000

#: An invented county: people, referrals and clocks by the hundred thousand, nearly all of it finished.
FILL = (
    "INSERT INTO family (id, recorded_at, revision) SELECT md5('f' || n)::uuid, now(), 1 FROM generate_series(1, :some) n",
    """INSERT INTO person (id, given_name, family_name, name_key, family_key, given_key, birth_date, sex, nhs_number,
              recorded_at, revision)
       SELECT md5('p' || n)::uuid, given, family, given || ' ' || family, family, given,
              date '2009-01-01' + n % 6000, 'F', lpad(n::text, 10, '0'), now(), 1
       FROM generate_series(1, :many) n,
            LATERAL (SELECT left(md5('g' || n % 1500), 6) AS given, left(md5('h' || n % 9000), 8) AS family) named""",
    """INSERT INTO contact_point (id, person_id, kind, value, postcode, from_on, revision)
       SELECT md5('a' || n)::uuid, md5('p' || n)::uuid, 'address', n || ' Made Up Street',
              'OX' || n % 50 || ' ' || n % 9 || 'AA', date '2020-01-01', 1 FROM generate_series(1, :some) n""",
    """INSERT INTO family_member (id, family_id, person_id, part, from_on)
       SELECT md5('m' || n)::uuid, md5('f' || n)::uuid, md5('p' || n)::uuid, 'child', date '2020-01-01'
       FROM generate_series(1, :some) n""",
    """INSERT INTO referral (id, reference, family_id, children, adults, source, channel, origin, area, received_at,
              recorded_at, state, changed_at, rag, level, primary_need, needs, re_referral, workbook, sent_by,
              next_due_at, revision, closure_reason, closed_on)
       SELECT md5('r' || n)::uuid, 'R-' || n, md5('f' || 1 + n % :some)::uuid, ARRAY[md5('p' || n)::uuid], '{}', '2A',
              'portal', 'new', 'cherwell', at, at, CASE n % 200 WHEN 0 THEN 'awaiting_decision' ELSE 'closed' END, at,
              (ARRAY['red', 'amber', 'green'])[1 + n % 3], 3, 'N1', '{}', false, 'closed', md5('s')::uuid,
              CASE n % 200 WHEN 0 THEN at + interval '1 day' END, 1,
              CASE n % 200 WHEN 0 THEN NULL ELSE 'RC7' END, CASE n % 200 WHEN 0 THEN NULL ELSE at::date END
       FROM generate_series(1, :many) n, LATERAL (SELECT timestamptz '2026-11-20' - n * interval '10 minutes' AS at) a""",
    """INSERT INTO contact (id, referral_id, received_at, referrer_name, referrer_agency, referrer_contact,
              may_be_named, unsafe_to_reply, from_outside, reporter_key, narrative)
       SELECT md5('c' || n)::uuid, md5('r' || n)::uuid, now(), '', '', '', true, false, true, 'school ' || n % 300, ''
       FROM generate_series(1, :some) n""",
    """INSERT INTO clock (id, referral_id, kind, started_at, due_at, amber_at, calendar_version, basis, source,
              recorded_at, met_at)
       SELECT md5('k' || n)::uuid, md5('r' || n)::uuid, 'C3', at, at + interval '1 day',
              at + interval '18 hours', 'test', 'guidance', 'test', at,
              CASE n % 200 WHEN 0 THEN NULL ELSE at + interval '1 hour' END
       FROM generate_series(1, :many) n, LATERAL (SELECT timestamptz '2026-11-20' - n * interval '10 minutes' AS at) a""",
)


async def filled(stage: Stage, *, many: int = MANY, some: int = SOME, statements: tuple[str, ...] = FILL) -> None:
    """Fill the tables."""
    for statement in statements:
        named = {name: value for name, value in (("many", many), ("some", some)) if f":{name}" in statement}
        await stage.fill(statement, **named)


async def plan_of(stage: Stage, query: Any) -> str:
    """Return PostgreSQL's plan of a query as the list runs it."""
    compiled = query.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    rows = await stage.as_owner("EXPLAIN " + str(compiled).replace(":", "\\:"))
    return "\n".join(row[0] for row in rows)


async def test_lists_and_searches_are_on_an_index_at_a_hundred_thousand_rows(stage: Stage) -> None:
    await filled(stage)
    now = stage.clock.now
    some_family = (await stage.as_owner("SELECT id FROM family LIMIT 1"))[0][0]

    for filters in (
        referrals.Filters(),
        referrals.Filters(state=State.AWAITING_DECISION),
        referrals.Filters(state=State.CLOSED),
        referrals.Filters(rag=Rag.RED),
        referrals.Filters(due_before=now),
        referrals.Filters(family_id=some_family),
    ):
        query, keys, newest_first = referrals.listing(filters)
        ordered = query.order_by(*[key.desc() if newest_first else key for key in keys]).limit(51)
        assert "Seq Scan" not in await plan_of(stage, ordered), filters

    for standing in (Standing.RUNNING, Standing.AMBER, Standing.BREACHED):
        query = work.clock_listing(standing=standing, due_before=None, kind=None, now=now)
        plan = await plan_of(stage, query.order_by(clock.c.due_at, clock.c.id).limit(51))
        assert "Seq Scan" not in plan, (standing, plan)
    query = work.clock_listing(standing=None, due_before=now, kind=Kind.RESPONSE, now=now)
    assert "Seq Scan" not in await plan_of(stage, query.order_by(clock.c.due_at, clock.c.id).limit(51))

    plan = await plan_of(stage, work.work_list(needs=frozenset(Need), now=now))
    assert "Seq Scan on referral " not in plan, plan
    assert "Seq Scan on clock " not in plan, plan

    await _matching_is_on_an_index(stage)
    async with stage.tx(SCREENER) as tx:
        rows, following = await referrals.page(tx, referrals.Filters(), Wanted(None, 50))
        assert (len(rows), following is not None) == (50, True)


async def _matching_is_on_an_index(stage: Stage) -> None:
    known = (await stage.as_owner("SELECT given_name, family_name FROM person WHERE nhs_number = '0000000077'"))[0]
    sought = Traits(
        person_id=derived_id("test", "nobody"),
        given_name=known[0],
        family_name=known[1],
        birth_date=(stage.clock.now - timedelta(days=3000)).date(),
        postcodes=frozenset({"OX7 7AA"}),
        nhs_number="0000000077",
    )
    async with stage.tx(SCREENER) as tx:
        find, parameters = matching.finding([sought])
        for statement, values in (
            (find, parameters),
            *_searches(given=known[0], family=known[1][:-1] + "x"),
            (matching.TRAITS, {"ids": [sought.person_id]}),
        ):
            rows = await tx.connection.execute(text(f"EXPLAIN {statement.text}"), values)
            plan = "\n".join(row[0] for row in rows)
            assert "Seq Scan" not in plan, plan
        found = await matching.known_like(tx, [sought])
        assert "0000000077" in {one.nhs_number for one in found[sought.person_id]}


def _searches(*, given: str, family: str) -> Iterator[tuple[TextClause, dict[str, Any]]]:
    for told in ({"given_name": given, "family_name": family}, {"family_name": family}, {"given_name": given}):
        found = searching.finding(Traits(person_id=derived_id("test", "nobody"), **told), birth_year=2016)
        assert found is not None
        yield found


async def test_pages_follow_each_other_without_gap_or_repetition(stage: Stage, front_door: Actors) -> None:
    ids = []
    for number in range(7):
        ids.append((await front_door.receive(children=[child(f"Wren {number}")], adults=[]))["id"])
        stage.clock.forward(minutes=1)

    seen: list[str] = []
    after = ""
    for _ in range(9):
        page = (await stage.get(f"/v1/referrals?limit=2{after}", by=SCREENER)).json()
        seen += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"

    assert seen == ids[::-1]


async def test_referrals_are_listed_by_state_urgency_and_due_date(stage: Stage, front_door: Actors) -> None:
    red = await front_door.triaged("red", 4)
    stage.clock.forward(minutes=1)
    green = await front_door.triaged("green", 3, children=[child("Lark")], adults=[])
    received = await front_door.receive(children=[child("Finch")], adults=[])

    async def listed(query: str) -> list[str]:
        page = await stage.get(f"/v1/referrals?{query}", by=SCREENER)
        assert page.status_code == 200, page.text
        return [one["id"] for one in page.json()["items"]]

    assert await listed("state=received") == [received["id"]]
    assert await listed("rag=red") == [red["id"]]
    assert await listed("state=triaged") == [green["id"], red["id"]]
    assert await listed("due_before=2026-11-20T20:00:00Z") == [red["id"]]
    assert await listed(f"family_id={green['family_id']}") == [green["id"]]


@pytest.mark.parametrize(
    "query",
    [
        "limit=0",
        "limit=201",
        "limit=-1",
        "state=unheard-of",
        "after=tampered",
        "after=W10",
        "due_before=2026-11-20",
        "family_id=7",
    ],
)
async def test_a_list_that_cannot_be_is_refused(stage: Stage, query: str) -> None:
    answer = await stage.get(f"/v1/referrals?{query}", by=SCREENER)

    assert answer.status_code == 422, answer.text


async def everything_waits(front_door: Actors, stage: Stage) -> None:
    """Make something of every kind that waits for somebody."""
    await front_door.receive(children=[child("Wren", nhs_number="9990000018")], adults=[])
    await front_door.receive(children=[child("Wren", nhs_number="9990000018")], adults=[])
    await front_door.triaged("red", 4, children=[child("Lark")], adults=[])
    await front_door.say(
        await front_door.triaged(children=[child("Finch")], adults=[]), "seek-information", {"requests": [ASK]}
    )
    await front_door.waiting(children=[child("Owl")], adults=[])
    await front_door.say(
        await front_door.waiting("early_help", children=[child("Swift")], adults=[]), "step-down", {}, by=MANAGER
    )
    await front_door.accepted(channel="phone", children=[child("Kite")], adults=[])
    await front_door.say(
        await front_door.waiting("other_authority", children=[child("Rook")], adults=[]),
        "redirect",
        {"authority": "E10000002"},
        by=MANAGER,
    )
    done = await front_door.accepted(children=[child("Teal")], adults=[])
    await stage.as_owner(f"UPDATE referral SET workbook = 'closed' WHERE id = '{done['id']}'")
    stage.clock.forward(days=4)


async def test_the_work_list_names_what_needs_whom(stage: Stage, front_door: Actors) -> None:
    await everything_waits(front_door, stage)

    page = (await stage.get("/v1/work-list?limit=200", by=SCREENER)).json()

    assert {one["need"] for one in page["items"]} == set(Need)
    assert {one["need"]: one["waiting_on"] for one in page["items"]}["answer_step_down"] == "early_help_lead"
    assert {one["overdue"] for one in page["items"] if one["due_at"] is None} == {False}
    assert {one["overdue"] for one in page["items"] if one["need"] == "triage"} == {True}


async def test_the_work_list_is_in_the_order_of_the_rule(stage: Stage, front_door: Actors) -> None:
    await everything_waits(front_door, stage)

    async with stage.tx(SCREENER) as tx:
        items, following = await work.page_of_work(tx, waiting_on=None, wanted=Wanted(None, 200))

    assert following is None
    assert items == order(items)


async def test_the_work_list_is_read_page_by_page(stage: Stage, front_door: Actors) -> None:
    await everything_waits(front_door, stage)

    items: list[Item] = []
    after = None
    async with stage.tx(SCREENER) as tx:
        whole, _ = await work.page_of_work(tx, waiting_on=None, wanted=Wanted(None, 200))
        while True:
            page, after = await work.page_of_work(tx, waiting_on=None, wanted=Wanted(after, 3))
            items += page
            if after is None:
                break

    assert tuple(items) == whole


@pytest.mark.parametrize(
    ("role", "needs"),
    [
        ("early_help_lead", {"answer_step_down"}),
        ("front_door_manager", {"decide", "hold_strategy"}),
        ("team_manager", {"close"}),
        ("analyst", set()),
    ],
)
async def test_the_work_list_of_one_role(stage: Stage, front_door: Actors, role: str, needs: set[str]) -> None:
    await everything_waits(front_door, stage)

    page = (await stage.get(f"/v1/work-list?waiting_on={role}", by=SCREENER)).json()

    assert {one["need"] for one in page["items"]} == needs


async def test_an_event_is_applied_in_few_statements(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()
    with stage.statements() as seen:
        await stage.hear(started(accepted))

    assert len(seen) <= 10, seen


async def test_searching_shows_at_most_twenty(stage: Stage) -> None:
    await filled(stage, many=40, statements=FILL[1:2])
    await stage.as_owner("UPDATE person SET name_key = 'wren invented', given_name = 'Wren', family_name = 'Invented'")

    answer = await stage.post("/v1/people/search", {"given_name": "Wren", "family_name": "Invented"}, by=SCREENER)

    assert len(answer.json()["found"]) == 20
