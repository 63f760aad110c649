"""The workbook's HTTP edge: who may, what is refused, what it costs, and what was known when."""

from datetime import timedelta
from typing import Any

import pytest

from libs.chassis.edge import Edge
from libs.chassis.service import edges
from libs.kernel.ids import derived_id, new_id
from libs.kernel.roles import Role
from services.workbook.domain.workbook import VERBS, State
from tests.harness import Stage, caller
from tests.workbook.people import (
    EARLY_HELP,
    MANAGER,
    REFERRED_AT,
    WORKER,
    ok,
    opened,
    refused,
    visited,
    workbook_of,
)


def _filled(route: Edge) -> str:
    return route.path_format.replace("{code}", "1").format_map(_Ids())


class _Ids(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return str(derived_id("nothing", name))


async def test_every_route_refuses_every_role_that_it_does_not_name(stage: Stage) -> None:
    for route in edges(stage.service):
        granted = stage.service.grants[route.permission]
        method = next(iter(route.methods))
        for role in set(Role) - granted:
            answer = await stage.call(method, _filled(route), by=caller(role))
            assert answer.status_code == 403, (route.path, role)


async def test_every_route_without_a_token_is_refused(stage: Stage) -> None:
    for route in edges(stage.service):
        answer = await stage.client.request(next(iter(route.methods)), _filled(route))
        assert answer.status_code == 401, route.path


async def test_a_record_that_is_not_there_is_not_found_whatever_is_asked(stage: Stage) -> None:
    single = [route for route in edges(stage.service) if route.methods == {"GET"} and "{" in route.path]

    for route in single:
        answer = await stage.get(_filled(route), by=caller(*Role))
        if route.path.endswith(("/due", "/{event_id}")):
            continue
        assert answer.status_code == 404, (route.path, answer.text)


async def test_every_verb_on_a_record_asks_for_what_was_read(stage: Stage) -> None:
    verbs = [route for route in edges(stage.service) if route.methods == {"POST"} and "}:" in route.path]
    free = {"modules:start", "modules:complete", "modules:resume", "modules:set-aside"}

    for route in verbs:
        if route.permission in free or route.path.startswith("/v1/parked-events"):
            continue
        answer = await stage.post(_filled(route), {}, by=caller(*Role))
        assert answer.status_code in {422, 428}, (route.path, answer.text)
        stale = await stage.post(_filled(route), {}, by=caller(*Role), if_match='W/"1"')
        assert stale.status_code in {412, 422}, (route.path, stale.text)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize(
    ("verb", "body", "by"),
    [
        ("offer-step-down", None, MANAGER),
        ("accept-step-down", None, EARLY_HELP),
        ("refuse-step-down", {"reason": "no_capacity"}, EARLY_HELP),
        ("step-up", {"to_level": "cin"}, MANAGER),
        ("close", {"reason": "RC7"}, MANAGER),
        ("reopen", {"reason": "new_information"}, MANAGER),
    ],
)
async def test_a_verb_works_from_the_states_of_its_table_and_from_no_other(
    stage: Stage, state: State, verb: str, body: Any, by: Any
) -> None:
    family, workbook = await opened(stage)
    await stage.as_owner(
        """UPDATE workbook SET state = :state, closed_on = CASE WHEN :state = 'closed' THEN date '2026-11-19' END,
           closure_reason = CASE WHEN :state = 'closed' THEN 'RC7' END""",
        state=state.value,
    )
    if state is State.CLOSED:
        await stage.as_owner("UPDATE cycle SET state = 'closed', closed_on = date '2026-11-19'")
    now = await workbook_of(stage, family)

    answer = await stage.post(f"/v1/workbooks/{workbook['id']}:{verb}", body, by=by, if_match=now["revision"])

    if state not in VERBS[verb].sources:
        problem = refused(answer, 409, "invalid-transition")
        assert (problem["state"], problem["verb"]) == (state, verb)
    elif verb == "close":
        refused(answer, 409, "still-open")  # nobody has supervised it
    else:
        assert ok(answer)["state"] == (VERBS[verb].to or state)


async def test_a_stale_reading_is_refused_and_changes_nothing(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await visited(stage, workbook, family.ada)
    path = f"/v1/workbooks/{workbook['id']}:offer-step-down"

    refused(await stage.post(path, by=MANAGER, if_match=1), 412, "version-conflict")

    assert (await workbook_of(stage, family))["state"] == "active"


async def test_the_same_key_records_once(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/entries"
    body = {"kind": "visit", "text": "At home.", "detail": {"children_seen": [str(family.ada)]}}

    first = await stage.post(path, body, by=WORKER, key="visit-1")
    again = await stage.post(path, body, by=WORKER, key="visit-1")

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert len(ok(await stage.get(path, by=WORKER))["items"]) == 1


@pytest.mark.parametrize(
    ("content", "status", "slug"),
    [
        (b'{"kind": "visit"', 400, "malformed-json"),
        (b'{"kind": "visit", "kind": "visit"}', 400, "duplicate-key"),
        (b"[" * 40 + b"]" * 40, 400, "json-too-complex"),
        (b'{"text": "' + b"x" * 300_000 + b'"}', 413, "body-too-large"),
        (b'{"kind": "nothing", "text": "x"}', 422, "invalid-body"),
        (b'{"text": "x"}', 422, "invalid-body"),
        (b"null", 422, "invalid-body"),
        (b'"visit"', 422, "invalid-body"),
    ],
)
async def test_a_bad_body_is_refused_with_its_problem(stage: Stage, content: bytes, status: int, slug: str) -> None:
    _, workbook = await opened(stage)

    answer = await stage.call(
        "POST", f"/v1/workbooks/{workbook['id']}/entries", by=WORKER, content=content,
        headers={"content-type": "application/json"},
    )  # fmt: skip

    refused(answer, status, slug)


async def test_an_entry_of_an_unhashable_kind_is_no_accident(stage: Stage) -> None:
    _, workbook = await opened(stage)

    answer = await stage.post(f"/v1/workbooks/{workbook['id']}/entries", {"kind": ["visit"], "text": "x"}, by=WORKER)

    refused(answer, 422, "invalid-body")


async def test_a_workbook_is_read_as_it_was(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    await visited(stage, workbook, family.ada, on=REFERRED_AT + timedelta(days=10))
    body = {"kind": "cin", "started_on": "2026-10-01", "children": [{"child_id": str(family.ada)}]}
    ok(await stage.post(f"{path}/plan-spells", body, by=WORKER))

    september = ok(await stage.get(f"{path}?as_of=2026-09-20T00:00:00Z", by=WORKER))
    first_week = ok(await stage.get(f"{path}?as_of=2026-09-10T00:00:00Z", by=WORKER))
    now = ok(await stage.get(path, by=WORKER))

    assert (first_week["state"], first_week["level"], first_week["plans"]) == ("open", "assessment", [])
    assert (september["state"], september["level"], september["plans"]) == ("active", "assessment", [])
    assert (now["state"], now["level"], [plan["kind"] for plan in now["plans"]]) == ("active", "cin", ["cin"])
    refused(await stage.get(f"{path}?as_of=2026-09-01T00:00:00Z", by=WORKER), 404, "not-found")


async def test_the_timeline_answers_what_was_known_when(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/timeline"
    await visited(stage, workbook, family.ada, on=REFERRED_AT + timedelta(days=3))
    stage.clock.forward(days=2)
    await visited(stage, workbook, family.ben, on=REFERRED_AT + timedelta(days=2))

    known = ok(await stage.get(f"{path}?kind=visit&known_at=2026-11-21T00:00:00Z", by=WORKER))["items"]
    happened = ok(await stage.get(f"{path}?kind=visit&as_of=2026-09-10T00:00:00Z", by=WORKER))["items"]
    both = ok(await stage.get(f"{path}?kind=visit", by=WORKER))["items"]

    assert [item["people"] for item in known] == [[str(family.ada)]]
    assert [item["people"] for item in happened] == [[str(family.ben)]]
    assert [item["people"] for item in both] == [[str(family.ada)], [str(family.ben)]]
    assert both[0]["source"] == "entry"
    assert both[0]["by"] == str(WORKER.id)


async def test_the_timeline_is_read_page_by_page_without_a_gap(stage: Stage) -> None:
    family, workbook = await opened(stage)
    for day in range(1, 8):
        await visited(stage, workbook, family.ada, on=REFERRED_AT + timedelta(days=day))
    path = f"/v1/workbooks/{workbook['id']}/timeline?kind=visit&limit=3"

    seen: list[str] = []
    following = ""
    while following is not None:
        page = ok(await stage.get(f"{path}{following and '&after=' + following}", by=WORKER))
        seen += [item["occurred_at"] for item in page["items"]]
        following = page["next"]

    assert len(seen) == 7
    assert seen == sorted(seen, reverse=True)
    refused(await stage.get(f"{path}&after=bm90IG91cnM", by=WORKER), 422, "invalid-parameter")


async def test_every_read_and_write_of_a_familys_record_is_audited(stage: Stage) -> None:
    family, workbook = await opened(stage)
    before = len(await stage.audited())
    path = f"/v1/workbooks/{workbook['id']}"

    await visited(stage, workbook, family.ada)
    for read in ("", "/entries", "/timeline", "/plan", "/clocks", "/chapters", "/supervisions", "/plan-spells"):
        ok(await stage.get(f"{path}{read}", by=WORKER))

    rows = (await stage.audited())[before:]
    assert [row.action for row in rows] == [
        "entries:record", "workbooks:read", "entries:read", "timeline:read", "plan:read", "clocks:read",
        "chapters:read", "supervisions:read", "spells:read",
    ]  # fmt: skip
    assert {row.family_id for row in rows} == {family.id}


async def test_clocks_are_listed_by_standing_team_and_date(stage: Stage) -> None:
    _, workbook = await opened(stage)
    team = workbook["team_id"]

    breached = ok(await stage.get(f"/v1/clocks?standing=breached&team_id={team}", by=MANAGER))["items"]
    soon = ok(await stage.get("/v1/clocks?due_before=2026-11-01T00:00:00Z", by=MANAGER))["items"]
    elsewhere = ok(await stage.get(f"/v1/clocks?team_id={new_id()}", by=MANAGER))["items"]

    assert [clock["kind"] for clock in breached] == ["supervision", "assessment"]
    assert [clock["kind"] for clock in soon] == ["supervision"]
    assert elsewhere == []
    assert {clock["source"] for clock in breached} == {
        "the practice model: monthly", "Working Together to Safeguard Children 2026",
    }  # fmt: skip
    assert ok(await stage.get("/v1/clocks?standing=met", by=MANAGER))["items"] == []
    refused(await stage.get("/v1/clocks?standing=sleeping", by=MANAGER), 422, "invalid-parameter")


async def test_a_change_recorded_late_takes_its_true_place_field_by_field(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    await visited(stage, workbook, family.ada, on=REFERRED_AT.replace(month=10, day=5))
    body = {"kind": "cin", "started_on": "2026-10-01", "children": [{"child_id": str(family.ada)}]}
    ok(await stage.post(f"{path}/plan-spells", body, by=WORKER))

    between = ok(await stage.get(f"{path}?as_of=2026-10-03T00:00:00Z", by=WORKER))
    after = ok(await stage.get(f"{path}?as_of=2026-10-10T00:00:00Z", by=WORKER))
    unknown = await stage.get(f"{path}?as_of=2026-10-10T00:00:00Z&known_at=2026-11-19T00:00:00Z", by=WORKER)

    assert (between["state"], between["level"]) == ("open", "cin")
    assert (after["state"], after["level"]) == ("active", "cin")
    refused(unknown, 404, "not-found")
