"""What each route costs: statements counted, lists read from an index at 100,000 rows."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import Select, select

from libs.chassis.service import edges
from libs.kernel.ids import new_id
from services.allocation import tables
from services.allocation.domain.request import RequestState
from services.allocation.queries import holding
from services.allocation.queries import requests as asked
from tests.allocation.county import ADMIN, MANAGER, NORTH, SERVICE_MANAGER, County, ok
from tests.harness import Stage

#: The most statements that a route may take: one more family, worker or case makes it no more.
BUDGET = {
    "record_team": 6,
    "change_team": 7,
    "list_teams": 1,
    "read_team": 1,
    "record_worker": 8,
    "change_worker": 7,
    "list_workers": 6,
    "read_worker": 1,
    "record_absence": 9,
    "list_absences": 3,
    "read_absence": 3,
    "end_absence": 10,
    "take_back_absence": 9,
    "draft_scheme": 5,
    "list_schemes": 1,
    "read_scheme": 1,
    "activate_scheme": 11,
    "open_request": 23,
    "list_requests": 2,
    "read_request": 2,
    "list_proposals": 3,
    "cancel_request": 10,
    "make_proposal": 22,
    "read_proposal": 3,
    "explain_worker": 12,
    "confirm_proposal": 20,
    "override_proposal": 20,
    "decline_proposal": 12,
    "list_allocations": 2,
    "read_allocation": 2,
    "end_allocation": 11,
    "add_co_worker": 18,
    "cover_allocation": 18,
    "resume_allocation": 11,
    "raise_concern": 9,
    "plan_handover": 18,
    "read_continuity": 2,
    "list_handovers": 2,
    "read_handover": 2,
    "record_joint_visit": 9,
    "tick_handover": 9,
    "complete_handover": 23,
    "cancel_handover": 11,
    "declare_exclusion": 9,
    "list_exclusions": 2,
    "read_exclusion": 2,
    "withdraw_exclusion": 8,
    "read_worker_capacity": 5,
    "read_worker_caseload": 5,
    "read_team_capacity": 6,
    "read_team_caseload": 7,
    "read_family_work": 4,
}


class Counting:
    """Calls the stage and keeps, by operation, the most statements that a call took."""

    def __init__(self, county: County) -> None:
        self.county = county
        self.ada, self.ben = (str(county.workers[name]) for name in ("ada", "ben"))
        self.most: dict[str, int] = {}

    async def __call__(self, operation: str, method: str, path: str, body: Any = None, **options: Any) -> Any:
        with self.county.stage.statements() as seen:
            answer = await self.county.stage.call(method, path, body, **{"by": MANAGER, **options})
        self.most[operation] = max(self.most.get(operation, 0), len(seen))
        return ok(answer)


async def test_every_route_keeps_to_its_budget_of_statements(county: County) -> None:
    for _ in range(3):
        await county.allocated("ada")
        await county.allocated("ben")
    call = Counting(county)

    await _call_staff(call)
    await _call_absences(call)
    await _call_schemes(call)
    await _call_requests(call)
    held = await _call_proposals(call)
    held = await _call_allocations(call, held)
    await _call_handovers(call, held)
    await _call_exclusions(call, held["family_id"])
    await _call_capacity(call)

    operations = {route.name for route in edges(county.stage.service) if "parked" not in route.name}
    assert operations == set(BUDGET)
    assert set(call.most) == set(BUDGET)
    over = {name: most for name, most in call.most.items() if most > BUDGET[name]}
    assert over == {}


async def _call_staff(call: Counting) -> None:
    north = {"code": "north_1", "name": "Invented North", "areas": ["cherwell", "bicester"]}
    await call("record_team", "POST", "/v1/teams", {"code": "east", "name": "East", "areas": ["east"]}, by=ADMIN)
    await call("change_team", "PUT", f"/v1/teams/{NORTH}", north, by=ADMIN, if_match=1)
    await call("list_teams", "GET", "/v1/teams?area=cherwell")
    await call("read_team", "GET", f"/v1/teams/{NORTH}")
    await call("record_worker", "POST", "/v1/workers", call.county.post("eve"), by=ADMIN)
    eve = call.county.post("eve")
    await call("change_worker", "PUT", f"/v1/workers/{eve.pop('id')}", eve, by=ADMIN, if_match=1)
    await call("list_workers", "GET", "/v1/workers")
    await call("list_workers", "GET", f"/v1/workers?team_id={NORTH}&min_headroom=1")
    await call("read_worker", "GET", f"/v1/workers/{call.ada}")


async def _call_absences(call: Counting) -> None:
    away = {"reason": "leave", "from_on": "2027-03-01", "until_on": "2027-03-08"}
    one = await call("record_absence", "POST", f"/v1/workers/{call.ada}/absences", away)
    two = await call("record_absence", "POST", f"/v1/workers/{call.ben}/absences", away)
    await call("list_absences", "GET", f"/v1/workers/{call.ada}/absences")
    await call("read_absence", "GET", f"/v1/absences/{one['id']}")
    end = {"back_on": "2027-03-05"}
    await call("end_absence", "POST", f"/v1/absences/{one['id']}:end", end, if_match=1)
    await call("take_back_absence", "POST", f"/v1/absences/{two['id']}:take-back", {}, if_match=1)


async def _call_schemes(call: Counting) -> None:
    schemes = await call("list_schemes", "GET", "/v1/schemes")
    bundled = await call("read_scheme", "GET", f"/v1/schemes/{schemes['items'][0]['id']}")
    body = {"title": "Next", "effective_from": "2026-01-01", "rules": bundled["rules"]}
    for _ in range(2):
        drafted = await call("draft_scheme", "POST", "/v1/schemes", body, by=SERVICE_MANAGER)
        path = f"/v1/schemes/{drafted['id']}:activate"
        await call("activate_scheme", "POST", path, {}, by=SERVICE_MANAGER, if_match=1)


async def _opened(call: Counting) -> Any:
    body = {"purpose": "new_family", "area": "cherwell", "family_id": str(new_id()), "children": [str(new_id())]}
    return await call("open_request", "POST", "/v1/requests", body)


async def _proposed(call: Counting) -> Any:
    request = await _opened(call)
    return await call("make_proposal", "POST", "/v1/proposals", {"request_id": request["id"]})


async def _call_requests(call: Counting) -> None:
    request = await _opened(call)
    await call("list_requests", "GET", "/v1/requests?unallocated=true&area=cherwell")
    await call("read_request", "GET", f"/v1/requests/{request['id']}")
    await call("list_proposals", "GET", f"/v1/requests/{request['id']}/proposals")
    why = {"reason": "no_longer_needed"}
    await call("cancel_request", "POST", f"/v1/requests/{request['id']}:cancel", why, if_match=request["revision"])


async def _call_proposals(call: Counting) -> Any:
    """Decide on three proposals; return the allocation that came of the first, which ada holds."""
    proposal = await _proposed(call)
    await call("read_proposal", "GET", f"/v1/proposals/{proposal['id']}")
    await call("explain_worker", "GET", f"/v1/proposals/{proposal['id']}/why?worker_id={call.ada}")
    ada = {"worker_id": call.ada}
    await call("confirm_proposal", "POST", f"/v1/proposals/{proposal['id']}:confirm", ada, if_match=1)
    path = f"/v1/allocations?family_id={proposal['family_id']}"
    held = ok(await call.county.stage.get(path, by=MANAGER))["items"][0]
    proposal = await _proposed(call)
    other = {"worker_id": proposal["options"][1]["worker_id"], "reason": "other", "text": "Agreed."}
    await call("override_proposal", "POST", f"/v1/proposals/{proposal['id']}:override", other, if_match=1)
    proposal = await _proposed(call)
    await call("decline_proposal", "POST", f"/v1/proposals/{proposal['id']}:decline", {"reason": "other"}, if_match=1)
    return held


async def _call_allocations(call: Counting, held: Any) -> Any:
    path, ada = f"/v1/allocations/{held['id']}", call.county.as_worker("ada")
    await call("list_allocations", "GET", f"/v1/allocations?worker_id={call.ada}&open=true")
    await call("read_allocation", "GET", path)
    await call("read_continuity", "GET", f"/v1/families/{held['family_id']}/continuity")
    await call("read_family_work", "GET", f"/v1/families/{held['family_id']}/work", by=ada)
    worry = {"text": "Too far away."}
    await call("raise_concern", "POST", f"{path}:raise-concern", worry, if_match=1, by=ada)
    beside = await call("add_co_worker", "POST", f"{path}:add-co-worker", {"worker_id": call.ben}, if_match=2)
    await call("end_allocation", "POST", f"/v1/allocations/{beside['id']}:end", {"reason": "MANAGE"}, if_match=1)
    covered = await call("cover_allocation", "POST", f"{path}:cover", {"worker_id": call.ben}, if_match=2)
    return await call("resume_allocation", "POST", f"{path}:resume", {}, if_match=covered["revision"])


async def _call_handovers(call: Counting, held: Any) -> None:
    path = f"/v1/allocations/{held['id']}"
    plan = {"worker_id": call.ben, "reason": "MANAGE", "family_told_on": "2026-11-20"}
    planned = await call("plan_handover", "POST", f"{path}:plan-handover", plan, if_match=held["revision"])
    await call("list_handovers", "GET", f"/v1/handovers?family_id={held['family_id']}")
    await call("read_handover", "GET", f"/v1/handovers/{planned['id']}")
    await call("cancel_handover", "POST", f"/v1/handovers/{planned['id']}:cancel", {}, if_match=1)
    planned = await call("plan_handover", "POST", f"{path}:plan-handover", plan, if_match=held["revision"] + 2)
    path = f"/v1/handovers/{planned['id']}"
    await call("record_joint_visit", "POST", f"{path}:record-joint-visit", {"visited_on": "2026-11-20"}, if_match=1)
    steps = ["case_summary_written", "case_summary_read", "plan_reviewed", "practitioners_told"]
    await call("tick_handover", "POST", f"{path}:tick", {"steps": steps, "done_on": "2026-11-20"}, if_match=2)
    await call("complete_handover", "POST", f"{path}:complete", {}, if_match=3)


async def _call_exclusions(call: Counting, family_id: str) -> None:
    pair = {"family_id": family_id, "kind": "family_refused", "worker_id": call.ada}
    declared = await call("declare_exclusion", "POST", "/v1/exclusions", pair)
    await call("list_exclusions", "GET", f"/v1/exclusions?family_id={family_id}")
    await call("read_exclusion", "GET", f"/v1/exclusions/{declared['id']}")
    await call("withdraw_exclusion", "POST", f"/v1/exclusions/{declared['id']}:withdraw", {}, if_match=1)


async def _call_capacity(call: Counting) -> None:
    await call("read_worker_capacity", "GET", f"/v1/workers/{call.ada}/capacity")
    await call("read_worker_caseload", "GET", f"/v1/workers/{call.ada}/caseload")
    await call("read_team_capacity", "GET", f"/v1/teams/{NORTH}/capacity")
    await call("read_team_caseload", "GET", f"/v1/teams/{NORTH}/caseload")
    for past in ("capacity", "caseload"):
        at = "at=2026-11-20T09:59:59Z"
        await call(f"read_worker_{past}", "GET", f"/v1/workers/{call.ada}/{past}?{at}")
        await call(f"read_team_{past}", "GET", f"/v1/teams/{NORTH}/{past}?{at}")


async def test_a_proposal_takes_as_many_statements_for_many_workers_and_cases_as_for_few(county: County) -> None:
    few = await _statements_of_a_proposal(county)
    for number in range(10):
        await county.hire(f"worker {number}")
    for _ in range(10):
        await county.allocated()
    many = await _statements_of_a_proposal(county)

    assert few == many


async def _statements_of_a_proposal(county: County) -> int:
    accepted = await county.accept()
    request = await county.request_of(accepted.family_id)
    with county.stage.statements() as seen:
        ok(await county.stage.post("/v1/proposals", {"request_id": request["id"]}, by=MANAGER))
    return len(seen)


ROWS = 100_000
FILL = (
    f"""INSERT INTO request (id, family_id, purpose, children, adults, area, rag, share, skills, languages,
        needs_interpreter, split_asked, state, requested_at, filled_at, tried_on, revision)
    SELECT gen_random_uuid(), md5((n % 20000)::text)::uuid, 'new_family', '{{}}', '{{}}', 'area_' || n % 8, 'green',
        'lead', '{{}}', '{{}}', false, false, CASE WHEN n % 200 = 0 THEN 'waiting' ELSE 'filled' END,
        timestamptz '2020-01-01' + n * interval '20 minutes',
        CASE WHEN n % 200 = 0 THEN NULL ELSE now() END, '2026-01-01', 1
    FROM generate_series(1, {ROWS}) n""",
    f"""INSERT INTO allocation (id, family_id, worker_id, team_id, share, children, adults, area, needs_interpreter,
        reason, state, started_at, ended_at, end_reason, revision)
    SELECT gen_random_uuid(), md5((n % 20000)::text)::uuid, w.id, w.team_id, 'lead', '{{}}', '{{}}', 'cherwell', false,
        'FCONTA', CASE WHEN n % 50 = 0 THEN 'active' ELSE 'ended' END,
        timestamptz '2020-01-01' + n * interval '20 minutes',
        CASE WHEN n % 50 = 0 THEN NULL ELSE now() END, CASE WHEN n % 50 = 0 THEN NULL ELSE 'closure' END, 1
    FROM generate_series(1, {ROWS}) n
    JOIN (SELECT id, team_id, row_number() OVER (ORDER BY id) AS place FROM worker) w ON w.place = n % 204 + 1""",
    f"""INSERT INTO proposal (id, request_id, family_id, scheme_version, state, baseline, ranking, made_at, expires_at,
        note_is_sensitive, revision)
    SELECT gen_random_uuid(), id, family_id, 1, 'stale', 'x', '{{}}', requested_at, requested_at, false, 1
    FROM request LIMIT {ROWS}""",
    """INSERT INTO handover (id, allocation_id, family_id, from_worker_id, to_worker_id, reason, state, planned_at,
        revision)
    SELECT gen_random_uuid(), id, family_id, worker_id, worker_id, 'MANAGE', 'completed', started_at, 1
    FROM allocation""",
    f"""INSERT INTO exclusion (id, family_id, kind, worker_id, permitted, state, declared_at, declared_by, revision)
    SELECT gen_random_uuid(), md5((n % 20000)::text)::uuid, 'family_refused', gen_random_uuid(), '{{}}', 'declared',
        now(), gen_random_uuid(), 1 FROM generate_series(1, {ROWS}) n""",
    f"""INSERT INTO absence (id, worker_id, reason, sudden, from_on, until_on, revision)
    SELECT gen_random_uuid(), w.id, 'leave', false, date '2000-01-01' + (n / 204) * 2,
        date '2000-01-01' + (n / 204) * 2 + 1, 1
    FROM generate_series(1, {ROWS}) n
    JOIN (SELECT id, row_number() OVER (ORDER BY id) AS place FROM worker) w ON w.place = n % 204 + 1""",
)
FAMILY = UUID("cfcd2084-95d5-65ef-66e7-dff9f98764da")  # md5 of 0


def _first_page(query: Select[Any], table: Any, *, newest: bool = False) -> Select[Any]:
    order = {"request": "requested_at", "allocation": "started_at", "handover": "planned_at", "proposal": "made_at"}
    moment = table.c[order[table.name]]
    keys = [moment.desc(), table.c.id.desc()] if newest else [moment, table.c.id]
    return query.order_by(*keys).limit(51)


def _asked(**changes: Any) -> Select[Any]:
    wanted = {"state": None, "unallocated": False, "area": None, "family_id": None, **changes}
    return _first_page(asked.listed(**wanted), tables.request)


def _held(**changes: Any) -> Select[Any]:
    wanted = {"family_id": None, "worker_id": None, "only_open": False, **changes}
    return _first_page(holding.listed(**wanted), tables.allocation, newest=True)


async def test_every_list_is_read_from_an_index_at_a_hundred_thousand_rows(stage: Stage) -> None:
    await stage.as_owner(
        f"INSERT INTO team (id, code, name, areas, active, revision) VALUES ('{NORTH}', 'n', 'N', '{{cherwell}}', true, 1)"
    )
    await stage.as_owner(
        f"""INSERT INTO worker (id, team_id, name, role, fte, contracted_hours, base_area, agency, skills, languages,
            extra_duties, active, from_on, revision)
        SELECT gen_random_uuid(), '{NORTH}', 'Invented', 'social_worker', 1, 37, 'cherwell', false, '{{}}', '{{}}', 0,
            true, '2020-01-01', 1 FROM generate_series(1, 204)"""
    )
    for statement in FILL:
        await stage.fill(statement)
    worker = (await stage.as_owner("SELECT id FROM worker LIMIT 1"))[0].id
    request = (await stage.as_owner("SELECT id FROM request LIMIT 1"))[0].id
    lists: dict[str, Callable[[], Select[Any]]] = {
        "all requests": _asked,
        "unallocated": lambda: _asked(unallocated=True),
        "unallocated in an area": lambda: _asked(unallocated=True, area="area_3"),
        "waiting": lambda: _asked(state=RequestState.WAITING),
        "of an area": lambda: _asked(area="area_3"),
        "of a family": lambda: _asked(family_id=FAMILY),
        "all allocations": _held,
        "allocations of a family": lambda: _held(family_id=FAMILY),
        "allocations of a worker": lambda: _held(worker_id=worker),
        "open allocations of a worker": lambda: _held(worker_id=worker, only_open=True),
        "proposals of a request": lambda: _first_page(
            select(tables.proposal).where(tables.proposal.c.request_id == request), tables.proposal, newest=True
        ),
        "handovers": lambda: _first_page(select(tables.handover), tables.handover, newest=True),
        "handovers of a family": lambda: _first_page(
            select(tables.handover).where(tables.handover.c.family_id == FAMILY), tables.handover, newest=True
        ),
        "declarations of a family": lambda: (
            select(tables.exclusion)
            .where(tables.exclusion.c.family_id == FAMILY)
            .order_by(tables.exclusion.c.id)
            .limit(51)
        ),
        "absences of a worker": lambda: (
            select(tables.absence)
            .where(tables.absence.c.worker_id == worker)
            .order_by(tables.absence.c.from_on.desc(), tables.absence.c.id.desc())
            .limit(51)
        ),
    }

    await stage.as_owner("ANALYZE")
    plans = {name: await _plan(stage, make()) for name, make in lists.items()}

    assert {name: plan for name, plan in plans.items() if "Seq Scan" in plan or "Index" not in plan} == {}


async def _plan(stage: Stage, query: Select[Any]) -> str:
    compiled = str(query.compile(dialect=stage.database.engine.dialect, compile_kwargs={"literal_binds": True}))
    return "\n".join(row[0] for row in await stage.as_owner("EXPLAIN " + compiled.replace(":", "\\:")))


async def test_answers_say_where_what_was_made_can_be_read(county: County) -> None:
    answer: httpx.Response = await county.stage.post("/v1/workers", county.post("eve"), by=ADMIN)

    assert answer.headers["location"] == f"/v1/workers/{answer.json()['id']}"
    assert answer.headers["etag"] == '"1"'
