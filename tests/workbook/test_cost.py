"""What a request costs in statements, and that lists use an index at a hundred thousand rows."""

from typing import Any
from uuid import UUID

import pytest

from libs.chassis.pagination import Wanted
from libs.chassis.service import edges
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
    CHAIR,
    EARLY_HELP,
    MANAGER,
    SYSTEM,
    WORKER,
    Family,
    ok,
    opened,
    visited,
)


class Counted:
    """A stage that holds every request to its route's budget."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.seen: set[str] = set()
        self._names = {(next(iter(r.methods)), r.path_regex): r.name for r in edges(stage.service)}

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        with self.stage.statements() as statements:
            answer = await self.stage.call(method, path, body, **options)
        plain = path.partition("?")[0]
        name = next(name for (verb, regex), name in self._names.items() if verb == method and regex.match(plain))
        assert len(statements) <= BUDGET[name], (name, len(statements), statements)
        self.seen.add(name)
        return ok(answer)

    async def get(self, path: str, by: Any = WORKER) -> dict[str, Any]:
        return await self.call("GET", path, by=by)

    async def post(self, path: str, body: Any = None, by: Any = WORKER, **options: Any) -> dict[str, Any]:
        return await self.call("POST", path, body, by=by, **options)


@pytest.fixture
async def counted(stage: Stage) -> Counted:
    return Counted(stage)


async def test_every_route_keeps_its_budget_of_statements(counted: Counted) -> None:
    stage = counted.stage
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    await _load(counted)
    await _write_record(counted, path, family)
    await _write_plan(counted, path, family)
    await _write_statute(counted, path, family)
    await _write_team(counted, path, family)
    await _change_level(counted, path, family)
    for read in (
        "", "/open-items", "/cycles", "/modules", "/entries", "/stages-of-change", "/timeline", "/chronology",
        "/chapters", "/plan", "/plan/versions", "/supervisions", "/network-meetings", "/practitioner-requests",
        "/assessments", "/enquiries", "/plan-spells", "/conferences", "/clocks",
    ):  # fmt: skip
        await counted.get(path + read)
    for read in ("/v1/workbooks", "/v1/clocks", f"/v1/workers/{WORKER.id}/due"):
        await counted.get(read)

    operations = {"list_parked", "replay_parked"}
    assert set(counted._names.values()) - counted.seen - operations == set()


async def _load(counted: Counted) -> None:
    family = Family("the Loaded")
    body = {"family_id": str(family.id), "children": [str(child) for child in family.children]}
    await counted.post("/v1/workbooks", body, by=SYSTEM)


async def _write_record(counted: Counted, path: str, family: Family) -> None:
    visit = {"kind": "visit", "text": "x", "detail": {"children_seen": [str(child) for child in family.children]}}
    entry_ = await counted.post(f"{path}/entries", visit)
    score = {
        "kind": "tool_score",
        "text": "x",
        "detail": {"person_id": str(family.mother), "tool": "AUDIT", "total": 1},
    }
    await counted.post(f"{path}/entries", score)
    await counted.get(f"/v1/entries/{entry_['id']}")
    await counted.post(f"/v1/entries/{entry_['id']}:correct", {"text": "x"}, if_match=1)
    await counted.post(f"/v1/entries/{entry_['id']}:strike", {"reason": "x"}, if_match=2)
    await counted.post(f"{path}/entries", visit)
    chapter = await counted.post(f"{path}/chapters", {"role": "social_worker"})
    one = f"/v1/chapters/{chapter['id']}"
    await counted.call(
        "PATCH", f"{one}/sections", {"edits": [{"key": "worries", "base_revision": 0, "text": "x"}]}, by=WORKER
    )
    await counted.get(one)
    await counted.post(f"{one}:submit", if_match=2)
    await counted.post(f"{one}:return", {"note": "x"}, by=MANAGER, if_match=3)
    await counted.post(f"{one}:sign", if_match=4)
    await counted.post(f"{one}:countersign", by=MANAGER, if_match=5)
    await counted.post(f"{one}:correct", {"text": "x"}, if_match=6)
    for code, verb in ((1, "start"), (1, "complete"), (1, "resume"), (2, "set-aside")):
        await counted.post(f"{path}/modules/{code}:{verb}")


async def _agree(counted: Counted, path: str, family: Family) -> None:
    shown = await counted.get(f"{path}/plan")
    answer = {"person_id": str(family.mother), "answer": "agreed"}
    await counted.post(f"{path}/plan:agree", answer, if_match=shown["revision"])


async def _write_plan(counted: Counted, path: str, family: Family) -> None:
    goal = await counted.post(f"{path}/plan/goals", {"title": "x", "need": "substance_misuse", "starts_later": True})
    one = f"/v1/goals/{goal['id']}"
    await counted.get(one)
    step = await counted.post(f"{one}/steps", {"what": "x", "owner_id": str(WORKER.id), "due_on": "2026-12-01"})
    await _agree(counted, path, family)
    plan = await counted.get(f"{path}/plan")
    edit = {"base_revision": plan["revision"], "fields": {"worries": "x"}}
    await counted.call("PATCH", f"{path}/plan", edit, by=WORKER)
    await _agree(counted, path, family)
    await counted.post(f"{one}:activate", if_match=1)
    await counted.post(f"{one}:achieve", if_match=2)
    await _agree(counted, path, family)
    await counted.post(f"{one}:restore", if_match=3)
    await counted.post(f"{one}:remove", {"note": "x"}, if_match=4)
    await counted.post(f"{path}/plan/goals", {"title": "x", "need": "substance_misuse"})
    await counted.get(f"/v1/steps/{step['id']}")
    await counted.get(f"/v1/plans/{plan['id']}")
    verbs = [("block", {"note": "x"}), ("start", None), ("complete", None), ("reopen", None), ("drop", None)]
    for revision, (verb, body) in enumerate(verbs, start=1):
        await counted.post(f"/v1/steps/{step['id']}:{verb}", body, if_match=revision)


async def _write_statute(counted: Counted, path: str, family: Family) -> None:
    assessment = await counted.post(f"{path}/assessments", {})
    one = f"/v1/assessments/{assessment['id']}"
    await counted.get(one)
    await counted.post(f"{one}:compose", if_match=1)
    done = {"factors": ["1B"], "outcome": "services"}
    await counted.post(f"{one}:authorise", done, by=MANAGER, if_match=2)
    children = [str(child) for child in family.children]
    started = await counted.post(f"{path}/enquiries", {"children": children, "started_on": "2026-10-01"})
    other = next(e for e in started["items"] if e["child_id"] == str(family.ben))
    await counted.get(f"/v1/enquiries/{other['id']}")
    await counted.post(f"/v1/enquiries/{other['id']}:end", {"outcome": "nfa"}, if_match=1)
    decided = {"child_id": str(family.ada), "plan": True, "category": "NEG"}
    initial = {"kind": "initial", "held_on": "2026-10-12", "children": [decided]}
    held = await counted.post(f"{path}/conferences", initial, by=CHAIR)
    await counted.get(f"/v1/conferences/{held['id']}")
    begun = {"kind": "cp", "started_on": "2026-10-12", "children": [{"child_id": str(family.ada), "category": "NEG"}]}
    [cp] = (await counted.post(f"{path}/plan-spells", begun))["items"]
    await counted.get(f"/v1/plan-spells/{cp['id']}")
    await counted.post(f"/v1/plan-spells/{cp['id']}:change-category", {"category": "EMO"}, if_match=1)
    await counted.post(f"/v1/plan-spells/{cp['id']}:end", {"reason": "x"}, if_match=2)
    after = {"kind": "looked_after", "children": [{"child_id": str(family.ada)}]}
    [held] = (await counted.post(f"{path}/plan-spells", after))["items"]
    await counted.post(f"/v1/plan-spells/{held['id']}:place", {"placement": "long_term"}, if_match=1)
    await counted.post(f"/v1/plan-spells/{held['id']}:end", {"reason": "x"}, if_match=2)
    before = {"kind": "pre_proceedings", "children": [{"child_id": str(family.ada)}]}
    [held] = (await counted.post(f"{path}/plan-spells", before))["items"]
    await counted.post(f"/v1/plan-spells/{held['id']}:send-letter", {"offered": True}, if_match=1)
    await counted.post(f"/v1/plan-spells/{held['id']}:end", {"reason": "x"}, if_match=2)


async def _write_team(counted: Counted, path: str, family: Family) -> None:
    meeting = await counted.post(f"{path}/network-meetings", {"in_letter": True})
    one = f"/v1/network-meetings/{meeting['id']}"
    await counted.get(one)
    said: list[tuple[str, Any]] = [
        ("decline", None), ("accept", {}), ("plan", {"planned_for": "2026-12-01"}), ("hold", {}),
        ("make-plan", {"family_plan": "x"}), ("review", None),
    ]  # fmt: skip
    for revision, (verb, body) in enumerate(said, start=1):
        await counted.post(f"{one}:{verb}", body, if_match=revision)
    asked = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "x"}
    request = await counted.post(f"{path}/practitioner-requests", asked)
    await counted.get(f"/v1/practitioner-requests/{request['id']}")
    withdrawal = {"reason": "no_longer_needed"}
    await counted.post(f"/v1/practitioner-requests/{request['id']}:withdraw", withdrawal, if_match=1)
    missed = await counted.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER)
    await counted.get(f"/v1/supervisions/{missed['id']}")
    await counted.post(f"/v1/supervisions/{missed['id']}:miss", {"reason": "x"}, by=MANAGER, if_match=1)
    held = await counted.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER)
    await counted.post(f"/v1/supervisions/{held['id']}:hold", by=MANAGER, if_match=1)
    goals = [goal for goal in (await counted.get(f"{path}/plan"))["goals"] if goal["state"] == "active"]
    record_ = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "goals": [{"goal_id": goal["id"], "progress": "same"} for goal in goals],
        "risk_statement": "x",
        "actions": [{"what": "x", "owner_id": str(WORKER.id), "due_on": "2026-12-01"}],
        "decision": "step_down",
        "next_on": "2026-12-18",
    }
    await counted.post(f"/v1/supervisions/{held['id']}:record", record_, by=MANAGER, if_match=2)
    due = (await counted.get(f"/v1/workers/{WORKER.id}/due"))["items"]
    [action] = [item for item in due if item["what"] == "action"]
    await counted.get(f"/v1/actions/{action['id']}")
    await counted.post(f"/v1/actions/{action['id']}:complete", if_match=1)


async def _change_level(counted: Counted, path: str, family: Family) -> None:
    async def say(verb: str, body: Any = None, by: Any = MANAGER) -> None:
        now = await counted.get(path)
        await counted.post(f"{path}:{verb}", body, by=by, if_match=now["revision"])

    await say("offer-step-down")
    await say("refuse-step-down", {"reason": "no_capacity"}, EARLY_HELP)
    await say("offer-step-down")
    await say("accept-step-down", by=EARLY_HELP)
    await say("step-up", {"to_level": "cin"})
    await say("offer-step-down")
    await say("accept-step-down", by=EARLY_HELP)
    for plan in (await counted.get(path))["plans"]:
        await counted.post(f"/v1/plan-spells/{plan['id']}:end", {"reason": "x"}, if_match=1)
    await say("close", {"reason": "RC7"})
    await say("reopen", {"reason": "new_information"})


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
