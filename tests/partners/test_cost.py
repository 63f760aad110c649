"""What a request costs: statements per route, and plans of lists at 100,000 rows."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
from sqlalchemy import select, text

from libs.chassis.service import edges
from libs.kernel.deadline import local_day
from services.partners import tables
from services.partners.domain.parties import Party
from services.partners.domain.request import State
from services.partners.queries import worklist
from services.partners.repository.visible import Scope, seen_by, with_lead
from tests.harness import Stage
from tests.partners.county import (
    ADMIN,
    AUDITOR,
    BODIES,
    REPORT,
    SOCIAL_WORKER,
    SPECIALISMS,
    TEAM,
    TEAM_MANAGER,
    TP,
    TP_OTHER,
    TP_PRACTITIONER,
    TURNING_POINT,
    County,
)

Call = Callable[[], Awaitable[httpx.Response]]

#: Statements of the edge for a POST: recall and remember the answer. Whatever says something takes two more (revision,
#: outbox), whatever is audited one.
MOST: dict[str, int] = {
    "list_requests": 2,
    "read_request": 2,
    "list_needs": 2,
    "accept_request": 8,
    "assign_request": 8,
    "waitlist_request": 7,
    "decline_request": 12,
    "start_request": 7,
    "hold_request": 7,
    "resume_request": 7,
    "put_end_report": 6,
    "read_end_report": 3,
    "complete_request": 8,
    "end_request_early": 9,
    "cancel_request": 10,
    "mark_request_in_error": 10,
    "list_messages": 3,
    "say_on_request": 8,
    "list_sessions": 3,
    "book_session": 7,
    "read_session": 2,
    "attend_session": 8,
    "miss_session": 8,
    "move_session": 9,
    "cancel_session": 8,
    "read_work_list": 3,
    "list_practitioners": 1,
    "record_practitioner": 8,
    "read_practitioner": 1,
    "change_practitioner": 5,
    "leave_practitioner": 7,
    "read_capacity": 2,
    "declare_capacity": 8,
    "list_capacity": 3,
    "check_capacity": 5,
    "list_agencies": 1,
    "record_agency": 8,
    "read_agency": 1,
    "change_agency": 6,
    "list_offers": 1,
    "read_offer": 1,
    "record_offer": 9,
    "change_offer": 8,
    "list_agreements": 1,
    "read_agreement": 1,
    "draft_agreement": 5,
    "start_agreement": 8,
    "suspend_agreement": 7,
    "resume_agreement": 8,
    "end_agreement": 7,
    "read_terms": 1,
    "set_terms": 3,
    "list_parked_events": 1,
    "replay_parked_event": 10,
}


async def _statements(stage: Stage, call: Call) -> tuple[int, httpx.Response]:
    with stage.statements() as seen:
        answer = await call()
    assert answer.is_success, answer.text
    return len(seen), answer


async def _measure(county: County) -> dict[str, int]:
    """Call every route once where it does all that it can do, and count."""
    counted: dict[str, int] = {}
    stage = county.stage

    async def count(name: str, method: str, path: str, by: Any, body: Any = None, **options: Any) -> dict[str, Any]:
        counted[name], answer = await _statements(stage, lambda: stage.call(method, path, body, by=by, **options))
        return dict(answer.json()) if answer.content else {}

    async def verb(name: str, state: str, said: str, by: Any, body: Any = None) -> dict[str, Any]:
        request = await county.at(state)
        path = f"/v1/requests/{request['id']}"
        if said in {"complete", "end-early"}:
            await stage.put(f"{path}/end-report", REPORT, by=by, if_match=request["revision"])
            request = (await stage.get(path, by=TP)).json()
        return await count(
            name, "POST", f"{path}:{said}", by, BODIES[said] if body is None else body, if_match=request["revision"]
        )

    await verb("accept_request", "requested", "accept", TP)
    await verb("assign_request", "engaged", "assign", TP)
    await verb("waitlist_request", "requested", "waitlist", TP)
    await verb("decline_request", "requested", "decline", TP, {"reason": "no_capacity"})
    await verb("start_request", "accepted", "start", TP_PRACTITIONER)
    await verb("hold_request", "engaged", "hold", TP_PRACTITIONER)
    await verb("resume_request", "on_hold", "resume", TP_PRACTITIONER)
    await verb("complete_request", "engaged", "complete", TP_PRACTITIONER)
    await verb("end_request_early", "engaged", "end-early", TP_PRACTITIONER)
    await verb("cancel_request", "accepted", "cancel", SOCIAL_WORKER)
    await verb("mark_request_in_error", "accepted", "mark-in-error", SOCIAL_WORKER)
    await _measure_requests(county, count)
    await _measure_directory(count)
    return counted


async def _measure_requests(county: County, count: Any) -> None:
    stage, request = county.stage, await county.at("engaged")
    path = f"/v1/requests/{request['id']}"
    await count("list_requests", "GET", "/v1/requests", TP)
    await count("read_request", "GET", path, TP)
    await count("list_needs", "GET", "/v1/needs", TEAM_MANAGER)
    await count("read_work_list", "GET", "/v1/work-list", TP)
    await count("say_on_request", "POST", f"{path}/messages", TP, {"text": "Hello"})
    asked = await county.request()
    await count("say_on_request", "POST", f"/v1/requests/{asked['id']}/messages", TP, BODIES["ask"])
    await count("list_messages", "GET", f"{path}/messages", TP)
    for name, verb, body in (
        ("attend_session", "attend", {}),
        ("miss_session", "miss", {"reason": "would_not"}),
        ("move_session", "move", {"starts_at": "2026-12-30T10:00:00Z"}),
        ("cancel_session", "cancel", {}),
    ):
        starts_at = (stage.clock.now).isoformat()
        booked = await count("book_session", "POST", f"{path}/sessions", TP, {"kind": "group", "starts_at": starts_at})
        await count(name, "POST", f"/v1/sessions/{booked['id']}:{verb}", TP, body, if_match=1)
    await count("list_sessions", "GET", f"{path}/sessions", TP)
    await count("read_session", "GET", f"/v1/sessions/{booked['id']}", TP)
    await count("put_end_report", "PUT", f"{path}/end-report", TP, REPORT, if_match=request["revision"])
    await count("read_end_report", "GET", f"{path}/end-report", TP)


async def _measure_directory(count: Any) -> None:
    room = {"specialism": "substance_misuse", "team_id": str(TEAM), "fte": 0.59, "places": 2, "waiting": 0}
    person = {"name": "Invented", "fte": 0.5, "shares": []}
    offer = {"title": "Groups", "audience": "Adults", "from_on": "2026-01-01", "specialism": "mental_health"}
    agency = {"name": "Invented"}
    agreement = {"agency_id": str(TURNING_POINT), "specialisms": ["substance_misuse"], "from_on": "2026-01-01"}
    agreement |= {"basis": "public_task", "condition": "safeguarding"}
    new = {"id": "019a0000-0000-7000-8000-000000000001"}
    theirs = f"/v1/practitioners/{TP_OTHER.id}"
    await count("list_practitioners", "GET", "/v1/practitioners", TP)
    await count(
        "record_practitioner",
        "POST",
        "/v1/practitioners",
        TP,
        new | person | {"specialism": "substance_misuse", "joined_on": "2026-01-01"},
    )
    await count("read_practitioner", "GET", theirs, TP)
    await count("change_practitioner", "PUT", theirs, TP, person, if_match=1)
    await count("leave_practitioner", "POST", f"{theirs}:leave", TP, {"left_on": "2026-12-01"}, if_match=2)
    capacity = f"/v1/agencies/{TURNING_POINT}/capacity"
    await count("declare_capacity", "PUT", capacity, TP, {"rooms": [room]}, if_match=0)
    await count("read_capacity", "GET", capacity, TP)
    await count("list_capacity", "GET", "/v1/capacity", TP)
    question = {"specialism": "substance_misuse", "team_id": str(TEAM)}
    await count("check_capacity", "POST", "/v1/capacity:check", SOCIAL_WORKER, question)
    await count("list_agencies", "GET", "/v1/agencies", ADMIN)
    await count("record_agency", "POST", "/v1/agencies", ADMIN, new | agency | {"code": "invented"})
    await count("read_agency", "GET", f"/v1/agencies/{new['id']}", ADMIN)
    await count("change_agency", "PUT", f"/v1/agencies/{new['id']}", ADMIN, agency, if_match=1)
    await count("list_offers", "GET", "/v1/offers", ADMIN)
    made = await count("record_offer", "POST", f"/v1/agencies/{new['id']}/offers", ADMIN, offer)
    await count("read_offer", "GET", f"/v1/offers/{made['id']}", ADMIN)
    await count("change_offer", "PUT", f"/v1/offers/{made['id']}", ADMIN, offer, if_match=1)
    await count("list_agreements", "GET", "/v1/agreements", ADMIN)
    drafted = await count("draft_agreement", "POST", "/v1/agreements", ADMIN, agreement)
    path = f"/v1/agreements/{drafted['id']}"
    await count("read_agreement", "GET", path, ADMIN)
    for revision, (verb, by) in enumerate(
        (("start", ADMIN), ("suspend", AUDITOR), ("resume", AUDITOR), ("end", ADMIN)), start=1
    ):
        await count(f"{verb}_agreement", "POST", f"{path}:{verb}", by, {}, if_match=revision)
    await count("read_terms", "GET", "/v1/terms", ADMIN)
    terms = {"answer_within": {"urgent": 2}, "first_contact_within": 9, "end_within": 9, "report_within_days": 9}
    await count("set_terms", "PUT", "/v1/terms", ADMIN, terms | {"capacity_fresh_days": 9}, if_match=0)


async def test_every_route_costs_few_statements_and_no_more_than_it_did(county: County) -> None:
    counted = await _measure(county)

    over = {name: (count, MOST[name]) for name, count in counted.items() if count > MOST[name]}
    assert not over
    assert set(MOST) - set(counted) == {"list_parked_events", "replay_parked_event"}


async def test_every_route_has_its_budget(stage: Stage) -> None:
    named = {route.operation_id or route.name for route in edges(stage.service)}

    assert named == set(MOST)


async def test_a_longer_list_costs_no_more_statements(county: County) -> None:
    async def cost() -> list[int]:
        paths = ("/v1/requests", "/v1/work-list", "/v1/practitioners", "/v1/offers")
        return [(await _statements(county.stage, lambda path=path: county.stage.get(path, by=TP)))[0] for path in paths]

    await county.request()
    one = await cost()
    for _ in range(20):
        await county.need()

    assert await cost() == one


FILL = """
INSERT INTO need (id, workbook_id, family_id, adult_id, specialism, urgency, team_id, requested_at, state, changed_at,
                  look_again, revision)
SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'substance_misuse', 'routine',
       :team, now() - n * interval '1 minute', CASE WHEN n % 1000 = 0 THEN 'unrouted' ELSE 'routed' END, now(), false, 1
FROM generate_series(1, 100000) n;
INSERT INTO request (id, practitioner_request_id, workbook_id, family_id, adult_id, agency_id, specialism, team_id,
                     urgency, room, agreement_id, agreement_fingerprint, state, requested_at, opened_at, changed_at, due_at, amber_at, calendar_version,
                     answered_at, overdue_at, practitioner_id, accepted_at, engaged_at, ended_at, ended_by, revision)
SELECT gen_random_uuid(), id, workbook_id, family_id, adult_id,
       (ARRAY[CAST(:a AS uuid), CAST(:b AS uuid), CAST(:c AS uuid), CAST(:d AS uuid)])[1 + n % 4], specialism, team_id,
       urgency, 'has_capacity', (SELECT agreement.id FROM agreement LIMIT 1), 'x', CASE WHEN n % 100 = 0 THEN 'requested' WHEN n % 50 = 0 THEN 'engaged' ELSE 'completed' END,
       requested_at, requested_at, requested_at, requested_at + interval '7 days', requested_at + interval '6 days', 'x',
       CASE WHEN n % 100 = 0 THEN NULL ELSE requested_at END, CASE WHEN n % 200 = 0 THEN requested_at END,
       CASE WHEN n % 100 = 0 THEN NULL ELSE CAST(:practitioner AS uuid) END, CASE WHEN n % 100 = 0 THEN NULL ELSE requested_at END,
       CASE WHEN n % 100 = 0 THEN NULL ELSE requested_at END,
       CASE WHEN n % 50 = 0 THEN NULL ELSE requested_at END, CASE WHEN n % 50 = 0 THEN NULL ELSE 'agency' END, 1
FROM (SELECT need.*, row_number() OVER () AS n FROM need) numbered;
INSERT INTO session (id, request_id, family_id, kind, starts_at, booked_at, state, scores, settled_at, revision)
SELECT gen_random_uuid(), id, family_id, 'one_to_one', opened_at, opened_at,
       CASE WHEN state = 'engaged' THEN 'booked' ELSE 'attended' END, '[]',
       CASE WHEN state = 'engaged' THEN NULL ELSE opened_at END, 1
FROM request;
INSERT INTO message (id, request_id, party, author_id, text, effect, sent_at)
SELECT gen_random_uuid(), id, 'council', family_id, 'x', 'remarks', opened_at FROM request;
INSERT INTO lead (allocation_id, family_id, worker_id, team_id, started_at)
SELECT gen_random_uuid(), family_id, gen_random_uuid(), :team, requested_at FROM request
"""


async def _fill(county: County) -> None:
    values = dict(zip("abcd", SPECIALISMS, strict=True))
    for statement in FILL.split(";"):
        names = {name for name in ("team", "practitioner", *"abcd") if f":{name}" in statement}
        everything: dict[str, Any] = {**values, "team": TEAM, "practitioner": TP_PRACTITIONER.id}
        await county.stage.fill(statement, **{name: everything[name] for name in names})


#: Lists that are short, or shown whole: PostgreSQL may sort what an index found.
FEW = {"of a need", "messages", "an agency's work", "a practitioner's work"}


async def test_lists_use_an_index_at_a_hundred_thousand_rows(county: County) -> None:
    await _fill(county)
    stage = county.stage
    today = local_day(stage.clock.now)
    manager = Scope(party=Party.AGENCY, agency_id=TURNING_POINT, practitioner_id=None, today=today)
    practitioner = Scope(party=Party.AGENCY, agency_id=TURNING_POINT, practitioner_id=TP_PRACTITIONER.id, today=today)
    kept = tables.request.c
    newest = with_lead(select(tables.request)).order_by(kept.opened_at.desc(), kept.id.desc()).limit(51)
    async with stage.tx(TP) as tx:
        work = (worklist.open_requests(manager, tx), worklist.open_requests(practitioner, tx))
    queries = {
        "an agency's": newest.where(*seen_by(manager)),
        "an agency's in a state": newest.where(*seen_by(manager), kept.state == State.ENGAGED),
        "a practitioner's": newest.where(*seen_by(practitioner)),
        "a family's": newest.where(kept.family_id == county.family),
        "of a need": newest.where(kept.practitioner_request_id == county.family),
        "an agency's work": work[0],
        "a practitioner's work": work[1],
        "what is late": select(tables.request)
        .where(tables.UNFLAGGED, kept.due_at < text("now()"))
        .order_by(kept.due_at),
        "unrouted": select(tables.need)
        .where(tables.need.c.state == "unrouted")
        .order_by(tables.need.c.requested_at, tables.need.c.id)
        .limit(51),
        "a team's needs": select(tables.need)
        .where(tables.need.c.team_id == county.family)
        .order_by(tables.need.c.requested_at, tables.need.c.id)
        .limit(51),
        "every need": select(tables.need).order_by(tables.need.c.requested_at, tables.need.c.id).limit(51),
        "an agency's of a specialism": newest.where(*seen_by(manager), kept.specialism == "substance_misuse"),
        "an agency's late": newest.where(*seen_by(manager), kept.overdue_at.is_not(None)),
        "sessions": select(tables.session)
        .where(tables.session.c.request_id == county.family)
        .order_by(tables.session.c.starts_at, tables.session.c.id),
        "messages": select(tables.message)
        .where(tables.message.c.request_id == county.family)
        .order_by(tables.message.c.sent_at, tables.message.c.id),
    }

    for name, query in queries.items():
        plan = await stage.plan_of(query)
        assert "Index" in plan, f"{name}\n{plan}"
        for table in ("request", "need", "session", "message", "lead"):
            assert f"Seq Scan on {table}" not in plan, f"{name}\n{plan}"
        assert name in FEW or "Sort" not in plan, f"{name}\n{plan}"

    for path in ("/v1/requests", "/v1/requests?state=engaged", "/v1/work-list"):
        assert (await stage.get(path, by=TP)).status_code == 200
