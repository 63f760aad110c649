"""Plan spells, assessments, enquiries, conferences, network meetings, and the clocks of all of them."""

from typing import Any

import pytest

from libs.contracts.workbook import (
    AssessmentAuthorised,
    AssessmentStarted,
    ConferenceHeld,
    EnquiryEnded,
    LevelChanged,
    PlanSpellEnded,
    PlanSpellStarted,
)
from tests.harness import Stage
from tests.workbook.doing import CONFERENCE_ON, assessed, clocks_of, conference, plans_of, protected, put_on
from tests.workbook.people import (
    CHAIR,
    MANAGER,
    REFERRED_AT,
    WORKER,
    ok,
    opened,
    refused,
    visited,
    workbook_of,
)


async def test_a_child_in_need_plan_gives_way_to_a_protection_plan_that_starts_with_its_conference(
    stage: Stage,
) -> None:
    family, workbook = await opened(stage)
    ok(await put_on(stage, workbook, "cin", "2026-09-14", *family.children))
    protection = {"category": "NEG", "previous_cp_plans": 0}
    before = refused(
        await put_on(stage, workbook, "cp", CONFERENCE_ON, family.ada, **protection), 422, "spell-rule-broken"
    )

    ok(await conference(stage, workbook, family.ada))

    assert {rule["rule"] for rule in before["rules"]} == {"2885", "4016"}
    [cp] = [plan for plan in await plans_of(stage, workbook) if plan["kind"] == "cp"]
    assert (cp["child_id"], cp["started_on"]) == (str(family.ada), CONFERENCE_ON)
    assert (cp["initial_category"], cp["previous_cp_plans"]) == ("NEG", 0)
    assert (await workbook_of(stage, family))["level"] == "cp"
    assert [(s.data["from_level"], s.data["to_level"]) for s in await stage.said(LevelChanged)] == [
        ("assessment", "cin"), ("cin", "cp"),
    ]  # fmt: skip
    assert [s.data["kind"] for s in await stage.said(PlanSpellStarted)] == ["cin", "cin", "cp"]
    ended = [(s.data["child_id"], s.data["ended_on"], s.data["reason"]) for s in await stage.said(PlanSpellEnded)]
    assert ended == [(str(family.ada), CONFERENCE_ON, "step_up")]


async def test_children_go_onto_a_plan_together_or_not_at_all(stage: Stage) -> None:
    family, workbook = await opened(stage)
    ok(await put_on(stage, workbook, "cin", "2026-09-14", family.ben))

    problem = refused(await put_on(stage, workbook, "cin", "2026-09-21", *family.children), 422, "spell-rule-broken")

    assert problem["rules"] == [
        {"rule": "4004", "child_id": str(family.ben), "detail": "only one plan of a kind is open at a time"}
    ]
    assert len(ok(await stage.get(f"/v1/workbooks/{workbook['id']}/plan-spells", by=WORKER))["items"]) == 1


@pytest.mark.parametrize(
    ("kind", "on", "rules"),
    [
        ("cin", "2026-09-04", {"4015"}),
        ("cp", "2026-10-10", {"2885", "8875"}),
        ("cp", "2026-10-09", {"2885"}),
    ],
)
async def test_a_plan_that_breaks_a_census_rule_is_refused_with_its_number(
    stage: Stage, kind: str, on: str, rules: set[str]
) -> None:
    family, workbook = await opened(stage)
    more = {"category": "NEG", "previous_cp_plans": 0} if kind == "cp" else {}

    problem = refused(await put_on(stage, workbook, kind, on, family.ada, **more), 422, "spell-rule-broken")

    assert {rule["rule"] for rule in problem["rules"]} == rules


async def test_the_database_itself_refuses_two_plans_at_once(stage: Stage) -> None:
    family, workbook = await opened(stage)
    ok(await put_on(stage, workbook, "cin", "2026-09-14", family.ada))

    with pytest.raises(Exception, match="ex_plan_spell_one_plan"):
        await stage.as_owner(
            """INSERT INTO plan_spell (id, workbook_id, child_id, kind, started_on, initial_category, latest_category,
               previous_cp_plans, reviewed_on, revision)
               VALUES (gen_random_uuid(), :workbook, :child, 'cp', '2026-10-12', 'NEG', 'NEG', 0, '{}', 1)""",
            workbook=workbook["id"],
            child=family.ada,
        )


async def test_a_protection_plan_runs_through_its_reviews_and_visits(stage: Stage) -> None:
    family, workbook, cp = await protected(stage)
    ok(await conference(stage, workbook, family.ada, kind="core_group", on="2026-10-20"))
    await visited(stage, workbook, family.ada, on=REFERRED_AT.replace(month=10, day=21))
    stage.clock.forward(days=60)
    ok(await conference(stage, workbook, family.ada, kind="review", on="2027-01-11"))

    reviewed = ok(await stage.get(f"/v1/plan-spells/{cp['id']}", by=WORKER))
    assert reviewed["reviewed_on"] == ["2027-01-11"]
    kinds = {(c["number"], c["kind"], c["due_at"][:10], c["standing"]) for c in await clocks_of(stage, workbook)}
    assert kinds >= {
        ("C10", "core_group_first", "2026-10-26", "met"),
        ("C11", "core_group_later", "2026-12-01", "breached"),
        ("C12", "cp_review_first", "2027-01-12", "met"),
        ("C13", "cp_review_later", "2027-07-11", "running"),
        ("C15", "cp_visit", "2026-10-26", "met"),
        ("C15", "cp_visit", "2026-11-04", "breached"),
    }  # fmt: skip
    assert {s.data["kind"] for s in await stage.said(ConferenceHeld)} == {"initial", "review"}


async def test_a_review_on_the_day_of_the_conference_is_refused(stage: Stage) -> None:
    family, workbook, _ = await protected(stage)

    problem = refused(
        await conference(stage, workbook, family.ada, kind="review", on=CONFERENCE_ON), 422, "spell-rule-broken"
    )

    assert {rule["rule"] for rule in problem["rules"]} == {"8841"}


async def test_the_category_changes_and_the_first_one_stays(stage: Stage) -> None:
    _, _, cp = await protected(stage)

    changed = await stage.post(
        f"/v1/plan-spells/{cp['id']}:change-category",
        {"category": "EMO", "changed_on": "2026-11-02"},
        by=WORKER,
        if_match=1,
    )

    assert (ok(changed)["initial_category"], ok(changed)["latest_category"]) == ("NEG", "EMO")


async def test_the_end_of_a_plan_voids_its_clocks_and_lowers_the_level_to_what_remains(stage: Stage) -> None:
    family, workbook, cp = await protected(stage)
    ok(await put_on(stage, workbook, "cin", "2026-09-14", family.ben))
    refused(
        await stage.post(
            f"/v1/plan-spells/{cp['id']}:end", {"ended_on": CONFERENCE_ON, "reason": "step_down"},
            by=WORKER, if_match=1,
        ),
        422, "spell-rule-broken",
    )  # fmt: skip

    ok(await stage.post(f"/v1/plan-spells/{cp['id']}:end", {"reason": "step_down"}, by=WORKER, if_match=1))

    assert (await workbook_of(stage, family))["level"] == "cin"
    assert {c["standing"] for c in await clocks_of(stage, workbook) if c["number"] in {"C10", "C12", "C15"}} == {"void"}
    refused(
        await stage.post(f"/v1/plan-spells/{cp['id']}:end", {"reason": "other"}, by=WORKER, if_match=2),
        409, "invalid-transition",
    )  # fmt: skip


async def test_a_looked_after_child_is_visited_by_the_kind_of_placement(stage: Stage) -> None:
    family, workbook = await opened(stage)
    answer = await put_on(stage, workbook, "looked_after", "2026-10-01", family.ada, placement="parent_unassessed")
    [held] = ok(answer)["items"]
    await visited(stage, workbook, family.ada, on=REFERRED_AT.replace(month=10, day=5))
    placed = {"placement": "long_term", "placed_on": "2026-11-02"}

    ok(await stage.post(f"/v1/plan-spells/{held['id']}:place", placed, by=WORKER, if_match=1))

    visits = [
        (c["number"], c["started_at"][:10], c["due_at"][:10], c["standing"])
        for c in await clocks_of(stage, workbook)
        if c["kind"].startswith("la_visit")
    ]
    assert visits == [
        ("C21", "2026-09-30", "2026-10-08", "met"),
        ("C24", "2026-10-05", "2026-10-12", "void"),
        ("C21", "2026-11-02", "2026-11-09", "breached"),
    ]
    [review] = await clocks_of(stage, workbook, "la_review_first")
    assert (review["number"], review["basis"], review["due_at"][:10]) == ("C18", "law", "2026-10-29")


@pytest.mark.parametrize(
    ("said", "offer"),
    [
        ({"offered": True}, ["met"]),
        ({"offered": False}, ["breached"]),
        ({"offered": False, "exemption": "best_interests"}, []),
    ],
)
async def test_the_letter_before_proceedings_and_its_first_meeting_have_their_clocks(
    stage: Stage, said: dict[str, Any], offer: list[str]
) -> None:
    family, workbook = await opened(stage)
    [held] = ok(await put_on(stage, workbook, "pre_proceedings", "2026-11-02", family.ada))["items"]
    path = f"/v1/plan-spells/{held['id']}"

    sent = ok(await stage.post(f"{path}:send-letter", {"sent_on": "2026-11-05", **said}, by=WORKER, if_match=1))
    ok(await conference(stage, workbook, family.ada, kind="pre_proceedings_meeting", on="2026-11-13", plan=False))

    assert (sent["letter_sent_on"], sent["letter_exemption"]) == ("2026-11-05", said.get("exemption"))
    found = {c["number"]: (c["due_at"][:10], c["standing"]) for c in await clocks_of(stage, workbook)}
    assert (found["C30"], found["C31"]) == (("2026-11-07", "met"), ("2026-11-12", "met_late"))
    assert [c["standing"] for c in await clocks_of(stage, workbook, "family_meeting_offer")] == offer
    again = await stage.post(f"{path}:send-letter", {"offered": True}, by=WORKER, if_match=2)
    refused(again, 409, "invalid-transition")


async def test_proceedings_wait_for_the_family_meeting_that_was_accepted(stage: Stage) -> None:
    family, workbook = await opened(stage)
    offer = {"offered_on": "2026-11-02", "in_letter": True}
    made = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/network-meetings", offer, by=WORKER))
    path = f"/v1/network-meetings/{made['id']}"
    ok(await stage.post(f"{path}:accept", {"on": "2026-11-04", "by": []}, by=WORKER, if_match=1))

    refused(await put_on(stage, workbook, "proceedings", "2026-11-16", family.ada), 409, "invalid-transition")

    ok(await stage.post(f"{path}:hold", {"on": "2026-11-16"}, by=WORKER, if_match=2))
    ok(await put_on(stage, workbook, "proceedings", "2026-11-16", family.ada))


@pytest.mark.parametrize("offered", [True, False])
async def test_the_letter_before_proceedings_carries_the_offer_of_a_family_meeting(stage: Stage, offered: bool) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    if offered:
        ok(await stage.post(f"{path}/network-meetings", {"offered_on": "2026-11-02", "in_letter": True}, by=WORKER))
    body = {
        "kind": "pre_proceedings",
        "started_on": "2026-11-02",
        "children": [{"child_id": str(family.ada)}],
        "letter_sent_on": "2026-11-03",
    }

    ok(await stage.post(f"{path}/plan-spells", body, by=WORKER))

    [clock] = await clocks_of(stage, workbook, "family_meeting_offer")
    assert clock["standing"] == ("met" if offered else "breached")
    [length] = await clocks_of(stage, workbook, "pre_proceedings")
    assert length["due_at"][:10] == "2027-02-22"


async def test_a_network_meeting_goes_from_offer_to_review(stage: Stage) -> None:
    family, workbook = await opened(stage)
    offer = {"offered_on": "2026-11-02"}
    made = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/network-meetings", offer, by=WORKER))
    path = f"/v1/network-meetings/{made['id']}"

    ok(await stage.post(f"{path}:decline", {"on": "2026-11-03"}, by=WORKER, if_match=1))
    accepted = {"on": "2026-11-04", "by": [str(family.mother)]}
    stranger = {"on": "2026-11-04", "by": [str(WORKER.id)]}
    refused(await stage.post(f"{path}:accept", stranger, by=WORKER, if_match=2), 422, "invalid-request")
    ok(await stage.post(f"{path}:accept", accepted, by=WORKER, if_match=2))
    ok(await stage.post(f"{path}:plan", {"planned_for": "2026-11-16"}, by=WORKER, if_match=3))
    ok(await stage.post(f"{path}:hold", {"on": "2026-11-16", "attendees": 9}, by=WORKER, if_match=4))
    ok(await stage.post(f"{path}:make-plan", {"family_plan": "Granny comes daily."}, by=WORKER, if_match=5))
    ok(await stage.post(f"{path}:review", by=WORKER, if_match=6))

    done = ok(await stage.get(path, by=WORKER))
    assert (done["state"], done["held_on"], done["attendees"]) == ("reviewed", "2026-11-16", 9)
    assert done["accepted_by"] == [str(family.mother)]
    refused(await stage.post(f"{path}:decline", by=WORKER, if_match=7), 409, "invalid-transition")


async def test_an_assessment_counts_its_45_working_days_both_ways(stage: Stage) -> None:
    _, workbook = await opened(stage)

    done = await assessed(stage, workbook)

    assert done["working_days"] == {"from_referral": 45, "from_start": 42, "due_on": "2026-11-09", "in_time": True}
    [clock] = await clocks_of(stage, workbook, "assessment")
    assert (clock["number"], clock["standing"]) == ("C5", "met")
    [said] = await stage.said(AssessmentAuthorised)
    assert (said.data["referred_on"], said.data["started_on"], said.data["authorised_on"]) == (
        "2026-09-07", "2026-09-10", "2026-11-09",
    )  # fmt: skip
    assert len(await stage.said(AssessmentStarted)) == 1


async def test_a_second_assessment_waits_for_the_first_and_counts_from_its_own_start(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/assessments"
    started = ok(await stage.post(path, {"started_on": "2026-09-10"}, by=WORKER))
    refused(await stage.post(path, {"started_on": "2026-10-10"}, by=WORKER), 409, "invalid-transition")
    done = {"factors": ["3B"], "outcome": "services", "authorised_on": "2026-10-01"}
    ok(await stage.post(f"/v1/assessments/{started['id']}:authorise", done, by=MANAGER, if_match=1))

    ok(await stage.post(path, {"started_on": "2026-11-02"}, by=WORKER))

    assert [(c["due_at"][:10], c["standing"]) for c in await clocks_of(stage, workbook, "assessment")] == [
        ("2026-11-09", "met"), ("2027-01-07", "running"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("body", "status", "slug"),
    [
        ({"factors": ["21", "3B"], "outcome": "nfa"}, 422, "invalid-request"),
        ({"factors": [], "outcome": "nfa"}, 422, "invalid-request"),
        ({"factors": ["18A"], "outcome": "nfa"}, 422, "invalid-body"),
        ({"factors": ["3B"], "outcome": "nfa", "authorised_on": "2026-09-09"}, 422, "implausible-date"),
        ({"factors": ["3B"], "outcome": "nfa", "authorised_on": "2026-11-21"}, 422, "implausible-date"),
    ],
)
async def test_an_authorisation_that_cannot_be_is_refused(
    stage: Stage, body: dict[str, Any], status: int, slug: str
) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/assessments"
    started = ok(await stage.post(path, {"started_on": "2026-09-10"}, by=WORKER))

    answer = await stage.post(f"/v1/assessments/{started['id']}:authorise", body, by=MANAGER, if_match=1)

    refused(answer, status, slug)


async def test_an_enquiry_ends_with_its_conference(stage: Stage) -> None:
    family, workbook = await opened(stage)
    body = {"children": [str(child) for child in family.children], "started_on": "2026-09-21"}
    started = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/enquiries", body, by=WORKER))["items"]
    assert {enquiry["conference_due_on"] for enquiry in started} == {"2026-10-12"}

    ok(await conference(stage, workbook, family.ada))
    [other] = [enquiry for enquiry in started if enquiry["child_id"] == str(family.ben)]
    end = {"outcome": "services", "ended_on": "2026-10-01"}
    ok(await stage.post(f"/v1/enquiries/{other['id']}:end", end, by=WORKER, if_match=1))

    found = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/enquiries", by=WORKER))["items"]
    assert {(e["child_id"], e["outcome"], e["conference_on"]) for e in found} == {
        (str(family.ada), "cp_conference", "2026-10-12"), (str(family.ben), "services", None),
    }  # fmt: skip
    assert len(await stage.said(EnquiryEnded)) == 2
    standings = {(c["kind"], c["child_id"], c["standing"]) for c in await clocks_of(stage, workbook)}
    assert ("initial_conference", str(family.ada), "met") in standings
    assert ("initial_conference", str(family.ben), "void") in standings


@pytest.mark.parametrize("kind", ["review", "core_group", "cin_review", "looked_after_review"])
async def test_a_meeting_about_a_plan_needs_a_child_on_that_plan(stage: Stage, kind: str) -> None:
    family, workbook = await opened(stage)

    answer = await conference(stage, workbook, family.ada, kind=kind, on="2026-10-20", plan=False)

    refused(answer, 409, "invalid-transition")


@pytest.mark.parametrize(("on", "slug"), [("2026-10-10", "implausible-date"), ("2026-11-23", "implausible-date")])
async def test_no_conference_at_a_weekend_or_in_the_future(stage: Stage, on: str, slug: str) -> None:
    family, workbook = await opened(stage)

    refused(await conference(stage, workbook, family.ada, on=on), 422, slug)


async def test_a_conference_is_recorded_by_its_chair_and_a_core_group_by_the_worker(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/conferences"
    child = {"child_id": str(family.ada), "plan": True}

    initial = {"kind": "initial", "held_on": CONFERENCE_ON, "children": [child | {"category": "NEG"}]}
    refused(await stage.post(path, initial, by=WORKER), 403, "forbidden")
    ok(await stage.post(path, initial, by=CHAIR))
    ok(await put_on(stage, workbook, "cp", CONFERENCE_ON, family.ada, category="NEG", previous_cp_plans=0))
    ok(await stage.post(path, {"kind": "core_group", "held_on": CONFERENCE_ON, "children": [child]}, by=WORKER))
