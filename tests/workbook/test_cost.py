"""What a request costs in statements, and that lists use an index at a hundred thousand rows."""

from typing import Any
from uuid import UUID

from libs.chassis.pagination import Wanted
from libs.kernel.ids import derived_id
from services.workbook.domain.chapters import ChapterRole
from services.workbook.queries import clocks as clock_queries
from services.workbook.queries import record
from services.workbook.queries import workbooks as workbook_queries
from services.workbook.repository import statutory
from services.workbook.tables import clock, timeline_item, workbook
from tests.harness import FRIDAY, Stage
from tests.workbook.budget import BUDGET
from tests.workbook.people import (
    WORKER,
    ok,
    opened,
    visited,
)
from tests.workbook.walk import walked


async def test_every_route_keeps_its_budget_of_statements(stage: Stage) -> None:
    walk = await walked(stage)

    over = {each.name: each.statements for each in walk.asked if each.statements > BUDGET[each.name]}
    assert over == {}


async def test_reading_a_long_record_costs_no_more_than_a_short_one(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    reads = (f"{path}/timeline", f"{path}/entries", path)
    short = [await _statements(stage, read) for read in reads]

    for _ in range(12):
        await visited(stage, workbook, *family.children)

    assert [await _statements(stage, read) for read in reads] == short


async def _statements(stage: Stage, path: str) -> int:
    with stage.statements() as seen:
        ok(await stage.get(path, by=WORKER))
    return len(seen)


ROWS = 100_000


BIG = derived_id("a workbook with a long record")


async def _fill(stage: Stage) -> None:
    """A hundred thousand lines of timeline, entries and clocks in a thousand workbooks, one of them very long."""
    await stage.fill(
        """INSERT INTO workbook (id, family_id, state, level, opened_on, children, adults, imported, needs, team_id,
               lead_worker_id, recorded_at, revision)
           SELECT CASE WHEN n = 1 THEN CAST(:big AS uuid) ELSE gen_random_uuid() END, gen_random_uuid(),
                  CASE WHEN n % 3 = 0 THEN 'open' ELSE 'active' END, 'cin', date '2026-01-01', '{}', '{}', false, '{}',
                  md5((n % 17)::text)::uuid, md5((n % 200)::text)::uuid, now(), 1
           FROM generate_series(1, 1000) n""",
        big=BIG,
    )
    numbered = "WITH w AS (SELECT id, row_number() OVER (ORDER BY id <> CAST(:big AS uuid), id) AS n FROM workbook)"
    whose = "JOIN w ON w.n = CASE WHEN i % 10 = 0 THEN 1 ELSE 1 + i % 1000 END"
    when = "timestamptz '2025-01-01' + i * interval '5 minutes'"
    await stage.fill(
        f"""{numbered} INSERT INTO timeline_item (id, workbook_id, kind, occurred_at, recorded_at, source, source_id,
               people, section, significant)
           SELECT gen_random_uuid(), w.id, CASE WHEN i % 4 = 0 THEN 'visit' ELSE 'summary' END, {when}, {when}, 'entry',
                  gen_random_uuid(), '{{}}', 'social_worker', i % 50 = 0
           FROM generate_series(1, {ROWS}) i {whose}""",
        big=BIG,
    )
    await stage.fill(
        f"""{numbered} INSERT INTO entry (id, workbook_id, kind, state, detail, text, author_id, section, occurred_at,
               recorded_at, addenda, revision)
           SELECT gen_random_uuid(), w.id, CASE WHEN i % 4 = 0 THEN 'visit' ELSE 'summary' END, 'recorded', '{{}}', 'x',
                  gen_random_uuid(), 'social_worker', {when}, {when}, '[]', 1
           FROM generate_series(1, {ROWS}) i {whose}""",
        big=BIG,
    )
    await stage.fill(
        """INSERT INTO clock_run (id, workbook_id, chain, started_at, acts)
           SELECT id, id, 'supervision', now(), '{}' FROM workbook"""
    )
    await stage.fill(
        f"""{numbered} INSERT INTO clock (id, workbook_id, run_id, family_id, number, kind, started_at, due_at, amber_at,
               calendar_version, basis, source, met_at, team_id, worker_id, soon_said, breach_said)
           SELECT gen_random_uuid(), w.id, w.id, w.id, 'C40', 'supervision', {when}, {when} + interval '1 month',
                  {when} + interval '20 days', 'x', 'local', 'x', CASE WHEN i % 20 <> 0 THEN {when} END,
                  md5((i % 17)::text)::uuid, md5((i % 200)::text)::uuid, false, false
           FROM generate_series(1, {ROWS}) i {whose}""",
        big=BIG,
    )


async def _fill_plans(stage: Stage) -> None:
    """A hundred thousand plans of as many children."""
    await stage.as_owner(
        f"""INSERT INTO plan_spell (id, workbook_id, child_id, kind, started_on, reviewed_on, revision)
            SELECT gen_random_uuid(), CAST(:big AS uuid), md5(i::text)::uuid, 'pre_proceedings', date '2026-01-01',
                   '{{}}', 1
            FROM generate_series(1, {ROWS}) i""",
        big=BIG,
    )


async def _read_to_the_end(stage: Stage) -> None:
    """The last page of a long timeline is there: nothing is counted, nothing skipped."""
    async with stage.tx(WORKER) as tx:
        options: dict[str, Any] = {"kind": None, "significant": False, "happened_by": None, "known_by": None}
        after, pages = None, 0
        while pages < 60:
            found, after = await record.timeline(tx, BIG, wanted=Wanted(after, 200), **options)
            pages += 1
            if after is None:
                break
        tx.audit_rows.clear()

    assert after is None
    assert (pages - 1) * 200 + len(found) == ROWS // 10 + ROWS // 1000 - 10 * (ROWS // 10_000)


async def test_lists_use_an_index_at_a_hundred_thousand_rows(stage: Stage) -> None:
    await _fill(stage)
    await _fill_plans(stage)
    await _read_to_the_end(stage)
    seen = sorted(ChapterRole)
    newest = [timeline_item.c.occurred_at.desc(), timeline_item.c.id.desc()]
    next_due = [clock.c.due_at, clock.c.id]
    team, worker = UUID("c4ca4238a0b923820dcc509a6f75849b"), UUID("c81e728d9d4c2f636f067f89cc14862c")
    everything: dict[str, Any] = {"standing": None, "due_before": None, "team_id": None, "worker_id": None}
    all_workbooks: dict[str, Any] = dict.fromkeys(("family_id", "team_id", "lead_worker_id", "state", "level"))
    plans: dict[str, Any] = {
        "ix_plan_spell_child_id_started_on": statutory.spells_query([team, worker]),
        "ix_timeline_item_workbook_id_occurred_at_id": record.timeline_query(BIG, seen=seen).order_by(*newest),
        "ix_timeline_item_workbook_id_kind_occurred_at_id": record.timeline_query(
            BIG, seen=seen, kind="visit"
        ).order_by(*newest),
        "ix_timeline_item_significant": record.timeline_query(BIG, seen=seen, significant=True).order_by(*newest),
        "ix_clock_open": clock_queries.listed(now=FRIDAY, **everything).order_by(*next_due),
        "ix_clock_open_of_team": clock_queries.listed(now=FRIDAY, **everything | {"team_id": team}).order_by(*next_due),
        "ix_clock_open_of_worker": clock_queries.due_of(worker),
        "ix_workbook_team_id": workbook_queries.listed(**all_workbooks | {"team_id": team, "state": "active"}).order_by(
            workbook.c.id
        ),
    }
    await stage.as_owner("ANALYZE")

    for index, query in plans.items():
        plan = await stage.plan_of(query.limit(51))
        assert index in plan, plan
        assert "Seq Scan on timeline_item" not in plan
        assert "Seq Scan on clock " not in plan
