"""The main job: one family from a school's concern to closure, through five services."""

from datetime import timedelta
from typing import Any

import pytest

from libs.chassis.auth import Caller
from services.metrics.commands.rebuild import rebuild
from tests.journeys.county import County
from tests.journeys.family import Family
from tests.journeys.people import (
    ANALYST,
    COORDINATOR,
    EARLY_HELP,
    OTHER_COORDINATOR,
    PRACTITIONER,
    SCHOOL,
    SCREENER,
    TEAM_MANAGER,
    TURNING_POINT,
    WORKERS,
    right,
    say,
    settle,
)


@pytest.fixture
async def family(county: County) -> Family:
    await settle(county)
    return Family(county)


async def test_a_school_sends_a_concern_and_the_family_steps_down_and_closes(family: Family) -> None:
    await _the_school_sends_a_concern(family)
    await _mash_triages_it_and_asks_the_gp_and_the_police(family)
    await _a_manager_decides_within_one_working_day_and_the_referrer_is_told(family)
    worker = await _allocation_proposes_with_reasons_and_the_team_manager_confirms(family)
    await _the_workbook_opens_and_clocks_start(family)
    await _the_social_worker_records_a_visit_and_the_plan(family, worker)
    request = await _and_asks_for_a_substance_misuse_practitioner(family, worker)
    await _turning_point_accepts_allocates_a_practitioner_and_records_sessions(family, request)
    await _the_assessment_is_authorised(family, worker)
    await _group_supervision_closes_the_cycle_and_the_family_steps_down(family)
    await _the_case_closes(family)
    await _metrics_shows_what_happened(family)
    await _and_the_same_figures_again_when_rebuilt_from_the_events(family)


async def _the_school_sends_a_concern(family: Family) -> None:
    sent = await family.is_referred(by=SCHOOL)

    assert sent["state"] == "received"
    assert sent["reference"]
    assert (await family.reads_referral())["state"] == "received"


async def _mash_triages_it_and_asks_the_gp_and_the_police(family: Family) -> None:
    front_door = family.county.referrals
    await family.is_triaged(rag="amber", level=3)
    family.county.clock.forward(minutes=20)
    questions = {
        "requests": [
            {
                "agency": agency,
                "question": "Invented: what is known of the family?",
                "purpose": "Invented: to decide how to respond.",
                "consent": "not_sought",
                "family_informed": True,
                "reason": "Invented: it would raise the risk to wait.",
            }
            for agency in ("gp", "police")
        ]
    }
    await say(front_door, SCREENER, f"{family.referral}:seek-information", questions)
    asked = right(await front_door.get(f"{family.referral}/information-requests", by=SCREENER))["items"]
    assert {one["agency"] for one in asked} == {"gp", "police"}
    family.county.clock.forward(hours=2)
    for one in asked:
        await say(front_door, SCREENER, f"/v1/information-requests/{one['id']}:answer", {"answer": "Invented: known."})
    if (await family.reads_referral())["state"] == "gathering":
        await say(front_door, SCREENER, f"{family.referral}:conclude-gathering")


async def _a_manager_decides_within_one_working_day_and_the_referrer_is_told(family: Family) -> None:
    front_door = family.county.referrals
    family.county.clock.forward(minutes=30)
    await family.is_proposed()
    accepted = await family.is_accepted()
    assert accepted["state"] == "accepted"

    clocks = {
        clock["kind"]: clock for clock in right(await front_door.get(f"{family.referral}/clocks", by=SCREENER))["items"]
    }
    assert clocks["C3"]["standing"] in {"met", "running"}
    assert clocks["C5"]["standing"] == "running"
    assert clocks["C5"]["source"]

    async def told() -> bool:
        notices = right(await front_door.get(f"{family.referral}/referrer-notices", by=SCREENER))["items"]
        return [notice["state"] for notice in notices] == ["sent"]

    await family.county.eventually(told)
    receipt = right(await front_door.get(f"{family.referral}/receipt", by=SCHOOL))
    assert (receipt["standing"], bool(receipt["notice"])) == ("decided", True)
    assert "family_id" not in receipt


async def _allocation_proposes_with_reasons_and_the_team_manager_confirms(family: Family) -> Caller:
    proposal = await family.has_a_proposal()
    assert all(term["sentence"] for option in proposal["options"] for term in option["terms"])
    worker_id = await family.is_allocated()
    return next(worker for worker in WORKERS if str(worker.id) == worker_id)


async def _the_workbook_opens_and_clocks_start(family: Family) -> None:
    workbook = await family.has_a_workbook()
    assert workbook["lead_worker_id"] == family.worker_id
    assert set(workbook["children"]) == set(family.children)
    clocks = right(await family.county.workbook.get(f"{family.workbook}/clocks", by=TEAM_MANAGER))["items"]
    assert any(clock["standing"] == "running" for clock in clocks)


async def _the_social_worker_records_a_visit_and_the_plan(family: Family, worker: Caller) -> None:
    stage = family.county.workbook
    family.county.clock.forward(days=4)
    visit = {
        "kind": "visit",
        "text": "Invented: seen at home; the child showed her room.",
        "detail": {"children_seen": family.children, "seen_alone": family.children, "bedroom_seen": family.children},
    }
    right(await stage.post(f"{family.workbook}/entries", visit, by=worker))
    assert right(await stage.get(family.workbook, by=worker))["state"] == "active"

    plan = right(await stage.get(f"{family.workbook}/plan", by=worker))
    edit = {
        "base_revision": plan["revision"],
        "fields": {"worries": "Invented.", "strengths": "Invented: the grandmother."},
    }
    right(await stage.patch(f"{family.workbook}/plan", edit, by=worker, if_match=plan["revision"]))
    goal = await family.has_a_goal(worker, need="substance_misuse")
    assert goal["state"] == "active"
    for person in (*family.adults, *family.children):
        plan = right(await stage.get(f"{family.workbook}/plan", by=worker))
        answer = {"person_id": person, "answer": "agreed", "words": "Invented: yes."}
        plan = right(await stage.post(f"{family.workbook}/plan:agree", answer, by=worker, if_match=plan["revision"]))
    assert plan["state"] == "agreed"


async def _and_asks_for_a_substance_misuse_practitioner(family: Family, worker: Caller) -> dict[str, Any]:
    body = {"adult_id": family.adults[0], "specialism": "substance_misuse", "reason": "Invented: drinks every day."}
    asked = right(await family.county.workbook.post(f"{family.workbook}/practitioner-requests", body, by=worker))

    async def arrived() -> Any:
        page = right(await family.county.partners.get("/v1/requests?limit=200", by=COORDINATOR))
        return next((one for one in page["items"] if one["practitioner_request_id"] == asked["id"]), None)

    request: dict[str, Any] = await family.county.eventually(arrived)
    assert request["agency_id"] == str(TURNING_POINT)
    return request


async def _turning_point_accepts_allocates_a_practitioner_and_records_sessions(
    family: Family, request: dict[str, Any]
) -> None:
    stage, path = family.county.partners, f"/v1/requests/{request['id']}"
    screen = right(await stage.get("/v1/work-list", by=COORDINATOR))
    assert request["id"] in str(screen)
    assert (await stage.get(path, by=OTHER_COORDINATOR)).status_code == 404

    family.county.clock.forward(days=1)
    await say(stage, COORDINATOR, f"{path}:accept", {"practitioner_id": str(PRACTITIONER.id)})
    family.county.clock.forward(days=3)
    started = await say(stage, PRACTITIONER, f"{path}:start")
    assert started["state"] == "engaged"
    assert started["days_waited"] >= 3
    for outcome in ("attend", "miss"):
        session = {"kind": "one_to_one", "starts_at": family.county.clock.now.isoformat()}
        booked = right(await stage.post(f"{path}/sessions", session, by=PRACTITIONER))
        family.county.clock.forward(hours=1)
        body = {"scores": [{"tool": "AUDIT", "total": 12}]} if outcome == "attend" else {"reason": "could_not"}
        await say(stage, PRACTITIONER, f"/v1/sessions/{booked['id']}:{outcome}", body)
        family.county.clock.forward(days=6)

    async def workbook_knows() -> bool:
        page = right(await family.county.workbook.get(f"{family.workbook}/practitioner-requests", by=TEAM_MANAGER))
        return bool(page["items"][0]["state"] == "engaged")

    await family.county.eventually(workbook_knows)
    report = {
        "goals": [
            {"goal": "Mornings without drinking", "outcome": "achieved"},
            {"goal": "A plan for relapse", "outcome": "partly"},
        ],
        "practitioner_view": "Invented: twelve weeks without drinking.",
        "family_view": "Invented: it helped.",
    }
    read = await stage.get(path, by=PRACTITIONER)
    right(await stage.put(f"{path}/end-report", report, by=PRACTITIONER, if_match=read.headers["etag"]))
    ended = await say(stage, PRACTITIONER, f"{path}:complete")
    assert (ended["state"], ended["outcome"]) == ("completed", 0.75)


async def _the_assessment_is_authorised(family: Family, worker: Caller) -> None:
    stage = family.county.workbook
    page = right(await stage.get(f"{family.workbook}/assessments", by=worker))
    if page["items"]:
        assessment = page["items"][0]
    else:
        assessment = right(await stage.post(f"{family.workbook}/assessments", {"children": family.children}, by=worker))
    authorised = await say(
        stage, TEAM_MANAGER, f"/v1/assessments/{assessment['id']}:authorise", {"factors": ["2B"], "outcome": "services"}
    )
    assert authorised["state"] == "authorised"

    async def clock_met() -> bool:
        clocks = right(await family.county.referrals.get(f"{family.referral}/clocks", by=SCREENER))["items"]
        return any(clock["kind"] == "C5" and clock["standing"] == "met" for clock in clocks)

    await family.county.eventually(clock_met)


async def _group_supervision_closes_the_cycle_and_the_family_steps_down(family: Family) -> None:
    stage = family.county.workbook
    today = family.county.clock.now.date().isoformat()
    plan = right(await stage.get(f"{family.workbook}/plan", by=TEAM_MANAGER))
    planned = right(await stage.post(f"{family.workbook}/supervisions", {"planned_on": today}, by=TEAM_MANAGER))
    record = {
        "held_on": today,
        "chair_id": str(TEAM_MANAGER.id),
        "attendees": [
            {"person_id": str(TEAM_MANAGER.id), "role": "team_manager", "agency": "council"},
            {"person_id": family.worker_id, "role": "social_worker", "agency": "council"},
        ],
        "goals": [{"goal_id": goal["id"], "progress": "better"} for goal in plan["goals"]],
        "risk_statement": "Invented: lower than before.",
        "decision": "step_down",
        "next_on": (family.county.clock.now + timedelta(days=28)).date().isoformat(),
    }
    recorded = await say(stage, TEAM_MANAGER, f"/v1/supervisions/{planned['id']}:record", record)
    assert recorded["state"] == "recorded"
    cycles = right(await stage.get(f"{family.workbook}/cycles", by=TEAM_MANAGER))["items"]
    assert [cycle["state"] for cycle in sorted(cycles, key=lambda one: one["number"])] == ["closed", "current"]

    await say(stage, TEAM_MANAGER, f"{family.workbook}:offer-step-down")
    refused = await say(stage, EARLY_HELP, f"{family.workbook}:refuse-step-down", {"reason": "information_missing"})
    assert refused["level"] != "early_help"
    await say(stage, TEAM_MANAGER, f"{family.workbook}:offer-step-down")
    taken = await say(stage, EARLY_HELP, f"{family.workbook}:accept-step-down")
    assert taken["level"] == "early_help"
    assert taken["id"] == family.workbook_id


async def _the_case_closes(family: Family) -> None:
    stage = family.county.workbook
    family.county.clock.forward(days=10)
    open_things = right(await stage.get(f"{family.workbook}/open-items", by=TEAM_MANAGER))["open"]
    for thing in open_things:
        assert thing["kind"] == "plan_spell", open_things
        await say(stage, TEAM_MANAGER, f"/v1/plan-spells/{thing['id']}:end", {"reason": "closed"})
    closed = await say(stage, TEAM_MANAGER, f"{family.workbook}:close", {"reason": "RC7"})
    assert closed["state"] == "closed"

    async def ended_everywhere() -> bool:
        held = right(await family.county.allocation.get(f"/v1/workers/{family.worker_id}/caseload", by=TEAM_MANAGER))
        return family.family_id not in {each["family_id"] for each in held["families"]}

    await family.county.eventually(ended_everywhere)

    async def may_close() -> bool:
        read = await family.county.referrals.get(family.referral, by=TEAM_MANAGER)
        answer = await family.county.referrals.post(
            f"{family.referral}:close", {}, by=TEAM_MANAGER, if_match=read.headers["etag"]
        )
        return answer.is_success

    await family.county.eventually(may_close)
    referral = await family.reads_referral()
    assert (referral["state"], referral["closure_reason"], referral["closed_on"]) == (
        "closed", "RC7", closed["closed_on"],
    )  # fmt: skip


async def _metrics_shows_what_happened(family: Family) -> None:
    stage = family.county.metrics
    child = family.children[0]

    async def journey() -> Any:
        answer = await stage.get(f"/v1/journeys/{child}", by=TEAM_MANAGER)
        return answer.json() if answer.is_success else None

    assert await family.county.eventually(journey)
    window = "from=2026-11-01&until=2027-03-01"

    async def figure(measure: str) -> dict[str, Any]:
        answer = right(await stage.get(f"/v1/results?measure={measure}&{window}&view=internal", by=TEAM_MANAGER))
        found: dict[str, Any] = answer
        return found

    async def counted() -> bool:
        return "numerator" in str(await figure("days_to_practitioner"))

    await family.county.eventually(counted)
    for measure in ("referrals", "decisions_within_one_working_day", "days_to_allocation", "days_to_practitioner"):
        found = await figure(measure)
        assert found["version"], found
    assert right(await stage.get("/v1/measures", by=ANALYST))


async def _and_the_same_figures_again_when_rebuilt_from_the_events(family: Family) -> None:
    stage = family.county.metrics
    measures = right(await stage.get("/v1/measures", by=ANALYST))["items"]

    async def figures() -> list[bytes]:
        window = "from=2026-11-01&until=2027-03-01&view=internal"
        paths = [
            f"/v1/results?measure={each['code']}&by={by}&{window}" for each in measures for by in each["dimensions"]
        ]
        return [(await stage.get(path, by=TEAM_MANAGER)).content for path in paths]

    await family.county.come_to_rest()
    before = await figures()

    await rebuild(stage.database, stage.app.state.bus, say=lambda _: None)

    assert await figures() == before
