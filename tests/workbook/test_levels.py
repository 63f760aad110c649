"""Step-down that early help must accept, step-up, closing with nothing left open, and coming back."""

import pytest

from libs.contracts.workbook import (
    PlanSpellEnded,
    StepDownOffered,
    StepDownRefused,
    WorkbookClosed,
    WorkbookReopened,
    WorkbookSteppedDown,
)
from libs.kernel.ids import derived_id
from tests.harness import Stage
from tests.workbook.doing import active, assessed, clocks_of, close, protected, put_on, say
from tests.workbook.people import (
    EARLY_HELP,
    MANAGER,
    SYSTEM,
    WORKER,
    ok,
    refused,
    supervised,
    visited,
    workbook_of,
)
from tests.workbook.writing import chapter


async def test_early_help_accepts_a_family_and_the_workbook_goes_on(stage: Stage) -> None:
    family, workbook = await active(stage)
    ok(await put_on(stage, workbook, "cin", "2026-10-01", *family.children))

    offered = ok(await say(stage, family, "offer-step-down"))
    accepted = ok(await say(stage, family, "accept-step-down", by=EARLY_HELP))

    assert (offered["state"], offered["level"]) == ("stepping_down", "cin")
    assert (accepted["id"], accepted["state"], accepted["level"]) == (workbook["id"], "active", "early_help")
    plans = ok(await stage.get(f"/v1/workbooks/{workbook['id']}", by=WORKER))["plans"]
    assert {(plan["child_id"], plan["kind"]) for plan in plans} == {(str(child), "eh") for child in family.children}
    assert len(await stage.said(StepDownOffered)) == len(await stage.said(WorkbookSteppedDown)) == 1
    assert [s.data["reason"] for s in await stage.said(PlanSpellEnded)] == ["step_down"] * 2


async def test_early_help_receives_no_family_that_it_did_not_accept(stage: Stage) -> None:
    family, workbook = await active(stage)

    for who in (WORKER, MANAGER):
        answer = await put_on(stage, workbook, "eh", "2026-10-01", family.ada, by=who)
        assert "Offer the family" in refused(answer, 409, "invalid-transition")["detail"]
    assert (await workbook_of(stage, family))["level"] == "assessment"
    ok(await put_on(stage, workbook, "eh", "2026-10-01", family.ada, by=SYSTEM))


async def test_a_child_who_comes_onto_a_higher_plan_after_the_offer_keeps_the_family(stage: Stage) -> None:
    family, workbook = await active(stage)
    ok(await say(stage, family, "offer-step-down"))
    ok(await put_on(stage, workbook, "looked_after", "2026-11-01", family.ada))

    refused(await say(stage, family, "accept-step-down", by=EARLY_HELP), 409, "invalid-transition")

    assert (await workbook_of(stage, family))["level"] == "looked_after"


@pytest.mark.parametrize("started", [True, False])
async def test_a_family_that_is_assessed_again_does_not_drop_to_early_help(stage: Stage, started: bool) -> None:
    family, workbook = await active(stage)
    ok(await say(stage, family, "offer-step-down"))
    ok(await say(stage, family, "accept-step-down", by=EARLY_HELP))
    stage.clock.forward(days=1)
    again = {"referral_id": derived_id(family.name, "again"), "allocation_id": derived_id("another allocation")}
    await stage.hear(family.accepted(referral="again", at=stage.clock.now))
    await stage.hear(family.allocated(at=stage.clock.now, **again))
    assert (await workbook_of(stage, family))["level"] == "assessment"
    if started:
        ok(await stage.post(f"/v1/workbooks/{workbook['id']}/assessments", {}, by=WORKER))
    first, _ = ok(await stage.get(f"/v1/workbooks/{workbook['id']}", by=WORKER))["plans"]

    ok(await stage.post(f"/v1/plan-spells/{first['id']}:end", {"reason": "needs_met"}, by=WORKER, if_match=1))

    assert (await workbook_of(stage, family))["level"] == "assessment"


async def test_early_help_may_refuse_and_only_early_help_answers(stage: Stage) -> None:
    family, _ = await active(stage)
    ok(await say(stage, family, "offer-step-down"))

    refused(await say(stage, family, "accept-step-down", by=MANAGER), 403, "forbidden")
    answer = await say(stage, family, "refuse-step-down", {"reason": "risk_too_high"}, by=EARLY_HELP)

    assert (ok(answer)["state"], ok(answer)["level"]) == ("active", "assessment")
    [said] = await stage.said(StepDownRefused)
    assert said.data["reason"] == "risk_too_high"


async def test_a_child_on_a_protection_plan_is_not_offered_to_early_help(stage: Stage) -> None:
    family, workbook, _ = await protected(stage)
    await visited(stage, workbook, family.ada)

    refused(await say(stage, family, "offer-step-down"), 409, "invalid-transition")


async def test_a_family_steps_up_from_early_help_on_the_same_thread(stage: Stage) -> None:
    family, workbook = await active(stage)
    ok(await say(stage, family, "offer-step-down"))
    ok(await say(stage, family, "accept-step-down", by=EARLY_HELP))

    up = ok(await say(stage, family, "step-up", {"to_level": "cin", "children": [str(family.ada)]}, by=EARLY_HELP))

    assert (up["id"], up["level"]) == (workbook["id"], "cin")
    plans = ok(await stage.get(f"/v1/workbooks/{workbook['id']}", by=WORKER))["plans"]
    assert {(plan["child_id"], plan["kind"]) for plan in plans} == {(str(family.ada), "cin"), (str(family.ben), "eh")}
    refused(await say(stage, family, "step-up", {"to_level": "assessment"}), 409, "invalid-transition")
    refused(await say(stage, family, "step-up", {"to_level": "cp"}), 409, "invalid-transition")


async def test_closing_lists_everything_that_is_still_open(stage: Stage) -> None:
    family, workbook = await active(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    [spell] = ok(await put_on(stage, workbook, "cin", "2026-10-01", family.ada))["items"]
    drafted = ok(await stage.post(f"{path}/chapters", {"role": "social_worker"}, by=WORKER))
    assessment = ok(await stage.post(f"{path}/assessments", {}, by=WORKER))
    started = {"children": [str(family.ben)]}
    [enquiry] = ok(await stage.post(f"{path}/enquiries", started, by=WORKER))["items"]
    need = {"title": "Sober", "need": "substance_misuse"}
    ok(await stage.post(f"{path}/plan/goals", need, by=WORKER))
    asked = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "Drinks."}
    request = ok(await stage.post(f"{path}/practitioner-requests", asked, by=WORKER))

    meeting = ok(await stage.post(f"{path}/network-meetings", {}, by=WORKER))

    problem = refused(await close(stage, family), 409, "still-open")

    assert {(item["kind"], item["id"]) for item in problem["open"]} >= {
        ("plan_spell", spell["id"]),
        ("chapter_unsigned", drafted["id"]),
        ("assessment", assessment["id"]),
        ("enquiry", enquiry["id"]),
        ("practitioner_request", request["id"]),
        ("network_meeting", meeting["id"]),
    }
    assert "cycle_without_supervision" in {item["kind"] for item in problem["open"]}
    assert ok(await stage.get(f"{path}/open-items", by=WORKER))["open"] == problem["open"]
    assert await stage.said(WorkbookClosed) == []


async def test_a_family_with_nothing_left_open_is_closed_and_its_clocks_are_void(stage: Stage) -> None:
    family, workbook = await active(stage)
    await assessed(stage, workbook)
    await supervised(stage, workbook, "close")

    closed = ok(await close(stage, family, "RC8"))

    assert (closed["state"], closed["closed_on"], closed["closure_reason"]) == ("closed", "2026-11-20", "RC8")
    assert {c["standing"] for c in await clocks_of(stage, workbook)} <= {"met", "met_late", "void"}
    [said] = await stage.said(WorkbookClosed)
    assert said.data["reason"] == "RC8"
    refused(
        await stage.post(
            f"/v1/workbooks/{workbook['id']}/entries", {"kind": "summary", "text": "Late."}, by=WORKER
        ),
        409, "invalid-transition",
    )  # fmt: skip


async def test_what_supervision_left_undone_keeps_a_workbook_open(stage: Stage) -> None:
    family, workbook = await active(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    begun = ok(await stage.post(f"{path}/chapters", {"role": "social_worker"}, by=WORKER))
    agreed = [{"what": "Ask the GP", "owner_id": str(WORKER.id), "due_on": "2026-11-24"}]
    recorded = await supervised(stage, workbook, "close", actions=agreed)
    [action] = recorded["record"]["actions"]

    problem = refused(await close(stage, family), 409, "still-open")

    assert [(item["kind"], item["id"]) for item in problem["open"]] == [
        ("chapter_incomplete", begun["id"]),
        ("action", action["id"]),
    ]
    said = {"text": "The worker was ill; nothing was left out."}
    ok(await stage.post(f"/v1/chapters/{begun['id']}:correct", said, by=MANAGER, if_match=2))
    ok(await stage.post(f"/v1/actions/{action['id']}:complete", by=WORKER, if_match=1))
    ok(await close(stage, family))


async def test_a_closed_workbook_takes_no_more_into_its_chapters_and_meetings(stage: Stage) -> None:
    family, workbook = await active(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    meeting = ok(await stage.post(f"{path}/network-meetings", {}, by=WORKER))
    declined = ok(await stage.post(f"/v1/network-meetings/{meeting['id']}:decline", by=WORKER, if_match=1))
    await supervised(stage, workbook, "close")
    written = await chapter(stage, workbook)
    signed = ok(await stage.post(f"/v1/chapters/{written['id']}:sign", by=WORKER, if_match=written["revision"]))
    ok(await close(stage, family))
    one = f"/v1/chapters/{written['id']}"

    locked = ok(await stage.get(one, by=WORKER))
    assert (locked["state"], locked["incomplete"]) == ("locked", False)
    edit = {"edits": [{"key": "progress", "base_revision": 1, "text": "Another."}]}
    refused(await stage.patch(f"{one}/sections", edit, by=WORKER), 409, "invalid-transition")
    for verb, body in (("return", {"note": "x"}), ("countersign", None)):
        answer = await stage.post(f"{one}:{verb}", body, by=MANAGER, if_match=signed["revision"] + 1)
        refused(answer, 409, "invalid-transition")
    accept = f"/v1/network-meetings/{meeting['id']}:accept"
    refused(await stage.post(accept, {}, by=WORKER, if_match=declined["revision"]), 409, "invalid-transition")
    ok(await stage.post(f"{one}:correct", {"text": "It was Tuesday."}, by=WORKER, if_match=locked["revision"]))


@pytest.mark.parametrize("reason", ["RC8", "RC9"])
async def test_closing_after_assessment_needs_an_assessment_and_nothing_else(stage: Stage, reason: str) -> None:
    family, workbook = await active(stage)
    await supervised(stage, workbook, "close")

    refused(await close(stage, family, reason), 409, "invalid-transition")


async def test_a_workbook_is_not_closed_before_the_last_thing_that_was_recorded(stage: Stage) -> None:
    family, workbook = await active(stage)
    await supervised(stage, workbook, "close")

    refused(await close(stage, family, occurred_at="2026-11-19T10:00:00Z"), 422, "implausible-date")


async def test_a_workbook_that_was_closed_in_error_goes_on_as_if_it_had_not_been(stage: Stage) -> None:
    family, workbook = await active(stage)
    await supervised(stage, workbook, "close")
    before = await clocks_of(stage, workbook)
    ok(await close(stage, family))

    again = ok(await say(stage, family, "reopen", {"reason": "closed_in_error"}))

    kept = ("referred_on", "opened_on", "level", "referral_id")
    assert [again[name] for name in kept] == [workbook[name] for name in kept]
    assert await clocks_of(stage, workbook) == before
    assert {clock["number"] for clock in before if clock["standing"] == "breached"} == {"C5"}


async def test_a_manager_opens_it_again_by_hand(stage: Stage) -> None:
    family, workbook = await active(stage)
    await supervised(stage, workbook, "close")
    ok(await close(stage, family))

    stage.clock.forward(days=1)
    again = ok(await say(stage, family, "reopen", {"reason": "new_information"}))

    assert (again["id"], again["state"], again["level"]) == (workbook["id"], "open", "assessment")
    assert [s.data["reason"] for s in await stage.said(WorkbookReopened)] == ["new_information"]
    # What supervision decided before it closed does not close it again.
    problem = refused(await close(stage, family), 409, "still-open")
    assert [item["kind"] for item in problem["open"]] == ["cycle_without_supervision"]
    await supervised(stage, workbook, "continue", on="2026-11-21")
    refused(await close(stage, family), 409, "still-open")
