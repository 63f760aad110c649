"""Every verb over HTTP: who may say it, in which state, with what it needs, and what it says to others."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.referrals import (
    ClockMet,
    DecisionProposed,
    ReferralAccepted,
    ReferralAdvised,
    ReferralClosed,
    ReferralJoined,
    ReferralMarkedInError,
    ReferralRedirected,
    ReferralReopened,
    ReferralSteppedDown,
    ReferralTriaged,
    ReferralWithdrawn,
    ReferrerNotified,
    StepDownOffered,
    StepDownRefused,
    StrategyCalled,
)
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from services.referrals.domain.states import MOVES, State, Verb
from tests.harness import Stage, caller
from tests.referrals.actors import (
    CASE_SYSTEM,
    EARLY_HELP,
    MANAGER,
    OTHER_SCHOOL,
    RATIONALE,
    SCHOOL,
    SCREENER,
    TEAM_MANAGER,
    Actors,
    child,
    slug,
)
from tests.referrals.domain.test_every_verb import LEADS, SAID_BY

ASK = {
    "agency": "gp",
    "question": "When was she last seen?",
    "purpose": "Deciding how to respond.",
    "consent": "given",
    "family_informed": True,
}

#: What each verb needs in its body.
BODY: Mapping[Verb, Any] = {
    Verb.TRIAGE: {"rag": "amber", "level": 3},
    Verb.SEEK_INFORMATION: {"requests": [ASK]},
    Verb.ASK_MORE: ASK,
    Verb.CONCLUDE_GATHERING: None,
    Verb.PROPOSE_DECISION: {"outcome": "single_assessment", "rationale": RATIONALE},
    Verb.ACCEPT: {},
    Verb.STEP_DOWN: {"rationale": RATIONALE},
    Verb.ACCEPT_STEP_DOWN: None,
    Verb.REFUSE_STEP_DOWN: {"reason": "too_complex"},
    Verb.ADVISE: {"outcome": "nfa", "rationale": RATIONALE},
    Verb.REDIRECT: {"authority": "E10000002", "rationale": RATIONALE},
    Verb.CONFIRM_REDIRECT: None,
    Verb.CALL_STRATEGY: {"agencies": ["social_care", "police", "health"], "enquiry": True},
    Verb.CLOSE: {"reason": "RC7"},
    Verb.REOPEN: {"reason": "new_concern"},
    Verb.WITHDRAW: {"reason": "sent_twice"},
    Verb.MARK_IN_ERROR: {"reason": "wrong_family"},
}
SAID_OVER_HTTP = [verb for verb in Verb if MOVES[verb].roles]

#: Where a referral comes in which state: by these verbs, each said by somebody who may.
WAY: Mapping[State, tuple[Verb, ...]] = {
    State.RECEIVED: (),
    State.TRIAGED: (Verb.TRIAGE,),
    State.GATHERING: (Verb.TRIAGE, Verb.SEEK_INFORMATION),
    State.AWAITING_DECISION: (Verb.TRIAGE, Verb.PROPOSE_DECISION),
    State.STEP_DOWN_OFFERED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.STEP_DOWN),
    State.ACCEPTED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.ACCEPT),
    State.STEPPED_DOWN: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.STEP_DOWN, Verb.ACCEPT_STEP_DOWN),
    State.NO_FURTHER_ACTION: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.ADVISE),
    State.REDIRECTED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.REDIRECT),
    State.JOINED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.JOIN),
    State.CLOSED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.ACCEPT, Verb.CLOSE),
    State.WITHDRAWN: (Verb.WITHDRAW,),
    State.IN_ERROR: (Verb.MARK_IN_ERROR,),
}


def path_of(referral: dict[str, Any], verb: Verb) -> str:
    """Return where a verb is said."""
    if verb is Verb.ASK_MORE:
        return f"/v1/referrals/{referral['id']}/information-requests"
    return f"/v1/referrals/{referral['id']}:{verb}"


async def brought_to(front_door: Actors, state: State, open_one: dict[str, Any]) -> dict[str, Any]:
    """Bring a new referral of the open one's family into a state."""
    referral = await front_door.receive(
        family_id=open_one["family_id"], children=[{"person_id": open_one["children"][0]}], adults=[]
    )
    for verb in WAY[state]:
        body = BODY.get(verb) if verb is not Verb.JOIN else {"joined_to": open_one["id"], "rationale": RATIONALE}
        referral = await front_door.say(referral, verb, body, by=CASE_SYSTEM)
        referral = await front_door.read(referral["id"])
    assert referral["state"] == state
    return referral


@pytest.mark.parametrize("verb", SAID_OVER_HTTP)
async def test_a_verb_is_refused_to_every_role_that_may_not_say_it(
    stage: Stage, front_door: Actors, verb: Verb
) -> None:
    referral = await front_door.receive()

    for role in set(Role) - SAID_BY[verb]:
        answer = await stage.post(path_of(referral, verb), BODY.get(verb), by=caller(role), if_match=1)
        assert (answer.status_code, slug(answer)) == (403, "forbidden"), role
    assert (await front_door.read(referral["id"]))["revision"] == 1


@pytest.mark.parametrize("state", list(WAY))
async def test_every_verb_in_a_state_is_done_or_refused(stage: Stage, front_door: Actors, state: State) -> None:
    open_one = await front_door.receive()
    referral = await brought_to(front_door, state, open_one)
    for verb in SAID_OVER_HTTP:
        body = BODY.get(verb) if verb is not Verb.JOIN else {"joined_to": open_one["id"], "rationale": RATIONALE}

        answer = await stage.post(path_of(referral, verb), body, by=CASE_SYSTEM, if_match=referral["revision"])

        expected = LEADS[verb].get(state)
        if verb is Verb.ASK_MORE and state is State.TRIAGED:
            expected = State.GATHERING  # it seeks the first information
        after = await front_door.read(referral["id"])
        if expected is None:
            assert (answer.status_code, slug(answer)) == (409, "invalid-transition"), (verb, answer.text)
            assert after["revision"] == referral["revision"]
        else:
            assert answer.is_success, (verb, answer.text)
            assert (after["state"], after["revision"]) == (expected, referral["revision"] + 1)
            referral = await brought_to(front_door, state, open_one)


@pytest.mark.parametrize("verb", SAID_OVER_HTTP)
async def test_a_verb_needs_the_revision_that_was_read(stage: Stage, front_door: Actors, verb: Verb) -> None:
    referral = await front_door.receive()
    body = BODY.get(verb) if verb is not Verb.JOIN else {"joined_to": referral["id"]}

    missing = await stage.post(path_of(referral, verb), body, by=CASE_SYSTEM)
    stale = await stage.post(path_of(referral, verb), body, by=CASE_SYSTEM, if_match=7)
    unknown = await stage.post(path_of({"id": new_id()}, verb), body, by=CASE_SYSTEM, if_match=1)

    assert (missing.status_code, slug(missing)) == (428, "precondition-required")
    assert (stale.status_code, slug(stale)) == (412, "version-conflict")
    assert (unknown.status_code, slug(unknown)) == (404, "not-found")
    assert (await front_door.read(referral["id"]))["revision"] == 1


async def test_a_verb_said_again_with_its_key_is_answered_again(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.receive()
    path, key = f"/v1/referrals/{referral['id']}:triage", str(new_id())

    first = await stage.post(path, {"rag": "red", "level": 4}, by=SCREENER, if_match=1, key=key)
    again = await stage.post(path, {"rag": "red", "level": 4}, by=SCREENER, if_match=1, key=key)

    assert again.json() == first.json()
    assert again.headers["etag"] == '"2"'
    assert len(await stage.said(ReferralTriaged)) == 1


async def test_two_managers_cannot_both_decide(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.waiting()
    path = f"/v1/referrals/{referral['id']}"

    first = await stage.post(f"{path}:accept", {}, by=MANAGER, if_match=referral["revision"])
    second = await stage.post(f"{path}:advise", {"rationale": RATIONALE}, by=MANAGER, if_match=referral["revision"])
    later = await stage.post(f"{path}:advise", {"rationale": RATIONALE}, by=MANAGER, if_match=first.json()["revision"])

    assert (second.status_code, slug(second)) == (412, "version-conflict")
    assert (later.status_code, slug(later)) == (409, "invalid-transition")


async def test_below_level_three_nothing_is_accepted(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.waiting(level=2)

    answer = await stage.post(f"/v1/referrals/{referral['id']}:accept", {}, by=MANAGER, if_match=referral["revision"])

    assert (answer.status_code, slug(answer)) == (409, "invalid-transition")


async def test_a_decision_other_than_proposed_needs_its_own_reason(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.waiting()

    answer = await stage.post(f"/v1/referrals/{referral['id']}:advise", {}, by=MANAGER, if_match=referral["revision"])

    assert (answer.status_code, slug(answer)) == (422, "decision-incomplete")
    assert answer.json()["errors"][0]["pointer"] == "/rationale"


async def test_red_goes_from_triage_to_a_decision_in_one_step(stage: Stage, front_door: Actors) -> None:
    referral = await front_door.say(
        await front_door.receive(),
        "triage",
        {"rag": "red", "level": 4, "proposal": {"outcome": "strategy_discussion", "rationale": RATIONALE}},
    )

    assert referral["state"] == "awaiting_decision"
    assert [said.type.split(".")[3] for said in (await stage.said())[1:]] == ["triaged", "decision_proposed"]
    assert (await stage.said(DecisionProposed))[0].data["outcome"] == "strategy_discussion"


async def test_acceptance_says_what_allocation_needs(stage: Stage, front_door: Actors) -> None:
    unborn = {"family_name": "Invented", "expected_date": "2027-02-01"}
    accepted = await front_door.accepted(children=[unborn])

    (said,) = await stage.said(ReferralAccepted)

    assert said.data["children"] == said.data["unborn"] == accepted["children"]
    assert said.data["adults"] == accepted["adults"]
    assert said.data["rag"] == "amber"
    assert said.data["detail_url"] == f"/v1/referrals/{accepted['id']}"
    assert "Invented" not in str(said.data)


async def test_who_sent_it_through_the_portal_is_told_by_the_decision(stage: Stage, front_door: Actors) -> None:
    sent = await front_door.receive(by=SCHOOL)
    receipt = await front_door.read(sent["id"], "/receipt", by=SCHOOL)
    assert (receipt["standing"], receipt["notice"]) == ("received", None)

    referral = await front_door.read(sent["id"])
    referral = await front_door.say(referral, "triage", {"rag": "amber", "level": 3})
    referral = await front_door.say(referral, "propose-decision", BODY[Verb.PROPOSE_DECISION])
    await front_door.say(referral, "accept", {}, by=MANAGER)

    receipt = await front_door.read(sent["id"], "/receipt", by=SCHOOL)
    assert (receipt["standing"], receipt["notice"]) == ("decided", "accepted")
    (said,) = await stage.said(ReferrerNotified)
    assert (said.data["content"], said.data["withheld"]) == ("accepted", False)


async def test_who_telephoned_is_told_by_a_person(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted(channel="phone")
    (notice,) = (await front_door.read(accepted["id"], "/referrer-notices"))["items"]
    assert notice["state"] == "due"
    assert notice["due_at"] == "2026-11-23T23:59:59Z"

    told = await stage.post(f"/v1/referrer-notices/{notice['id']}:send", by=SCREENER, if_match=1)
    again = await stage.post(f"/v1/referrer-notices/{notice['id']}:send", by=SCREENER, if_match=2)

    assert told.json()["state"] == "sent"
    assert again.status_code == 409
    assert len(await stage.said(ReferrerNotified)) == 1


async def test_where_an_answer_could_hurt_it_is_withheld_and_says_so(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted(referrer={"unsafe_to_reply": True})

    (notice,) = (await front_door.read(accepted["id"], "/referrer-notices"))["items"]

    assert (notice["state"], notice["withheld_reason"]) == ("withheld", "unsafe")
    assert (await stage.said(ReferrerNotified))[0].data["withheld"] is True


async def test_a_notice_that_is_due_can_be_withheld(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted(channel="phone")
    (notice,) = (await front_door.read(accepted["id"], "/referrer-notices"))["items"]

    answer = await stage.post(
        f"/v1/referrer-notices/{notice['id']}:withhold", {"reason": "unsafe"}, by=SCREENER, if_match=1
    )

    assert (answer.json()["state"], answer.json()["withheld_reason"]) == ("withheld", "unsafe")


async def test_a_sender_reads_no_receipt_but_their_own(stage: Stage, front_door: Actors) -> None:
    sent = await front_door.receive(by=SCHOOL)

    foreign = await stage.get(f"/v1/referrals/{sent['id']}/receipt", by=OTHER_SCHOOL)
    nothing = await stage.get(f"/v1/referrals/{new_id()}/receipt", by=OTHER_SCHOOL)
    whole = await stage.get(f"/v1/referrals/{sent['id']}", by=SCHOOL)

    assert (foreign.status_code, nothing.status_code, whole.status_code) == (404, 404, 403)
    assert {**foreign.json(), "instance": ""} == {**nothing.json(), "instance": ""}


async def test_a_sender_takes_back_what_they_sent_until_it_is_decided(stage: Stage, front_door: Actors) -> None:
    sent = await front_door.receive(by=SCHOOL)
    path = f"/v1/referrals/{sent['id']}:withdraw"

    foreign = await stage.post(path, {"reason": "sent_twice"}, by=OTHER_SCHOOL, if_match=1)
    mine = await stage.post(path, {"reason": "sent_twice"}, by=SCHOOL, if_match=1)

    assert foreign.status_code == 404
    assert mine.json()["standing"] == "withdrawn"
    assert len(await stage.said(ReferralWithdrawn)) == 1
    assert (await front_door.clocks(sent["id"]))["C3"]["standing"] == "void"


async def test_a_step_down_that_is_refused_comes_back_for_another_decision(stage: Stage, front_door: Actors) -> None:
    offered = await front_door.say(await front_door.waiting("early_help", level=3), "step-down", {}, by=MANAGER)
    assert offered["state"] == "step_down_offered"

    back = await front_door.say(offered, "refuse-step-down", {"reason": "too_complex"}, by=EARLY_HELP)
    assert back["state"] == "awaiting_decision"
    assert (await front_door.clocks(back["id"]))["C3"]["standing"] == "running"
    accepted = await front_door.say(
        back, "accept", {"outcome": "single_assessment", "rationale": RATIONALE}, by=MANAGER
    )

    assert accepted["state"] == "accepted"
    assert (await stage.said(StepDownRefused))[0].data["reason"] == "too_complex"
    history = (await front_door.read(back["id"], "/decisions"))["items"]
    assert [step["step"] for step in history] == ["propose", "step-down", "refuse-step-down", "accept"]
    assert [step["supersedes"] for step in history] == [None, *[step["id"] for step in history[:-1]]]


async def test_early_help_takes_the_family(stage: Stage, front_door: Actors) -> None:
    offered = await front_door.say(await front_door.waiting("early_help", level=2), "step-down", {}, by=MANAGER)
    assert len(await stage.said(StepDownOffered)) == 1
    stage.clock.forward(hours=3)

    taken = await front_door.say(offered, "accept-step-down", by=EARLY_HELP)

    assert taken["state"] == "stepped_down"
    assert taken["next_due_at"] is None
    (said,) = await stage.said(ReferralSteppedDown)
    assert said.occurred_at == stage.clock.now
    assert {met.data["kind"] for met in await stage.said(ClockMet)} == {"C2", "C3"}


async def test_advice_ends_a_referral(stage: Stage, front_door: Actors) -> None:
    advised = await front_door.say(await front_door.waiting("advice", level=1), "advise", {}, by=MANAGER)

    assert advised["state"] == "no_further_action"
    assert (await stage.said(ReferralAdvised))[0].data["outcome"] == "advice"


async def test_a_redirect_waits_for_the_other_authority(stage: Stage, front_door: Actors) -> None:
    redirected = await front_door.say(
        await front_door.waiting("other_authority"), "redirect", {"authority": "E10000002"}, by=MANAGER
    )
    assert redirected["redirect_confirmed_at"] is None
    assert len(await stage.said(ReferralRedirected)) == 1

    confirmed = await front_door.say(redirected, "confirm-redirect")

    assert confirmed["redirect_confirmed_at"] is not None


async def test_a_concern_about_a_family_with_an_open_referral_joins_it(stage: Stage, front_door: Actors) -> None:
    first = await front_door.accepted()
    second = await front_door.waiting("existing_referral", children=[{"person_id": first["children"][0]}], adults=[])
    stranger = await front_door.receive(children=[{"given_name": "Else", "birth_date": "2019-09-09"}], adults=[])
    path = f"/v1/referrals/{second['id']}:join"

    wrong = await stage.post(path, {"joined_to": stranger["id"]}, by=MANAGER, if_match=second["revision"])
    nothing = await stage.post(path, {"joined_to": str(new_id())}, by=MANAGER, if_match=second["revision"])
    joined = await front_door.say(second, "join", {"joined_to": first["id"]}, by=MANAGER)

    assert (wrong.status_code, slug(wrong)) == (409, "invalid-transition")
    assert nothing.status_code == 404
    assert (joined["state"], joined["joined_to"]) == ("joined", first["id"])
    assert (await stage.said(ReferralJoined))[0].data["joined_to"] == first["id"]


async def test_an_undecided_referral_takes_over_the_people_of_a_concern_that_joins_it(
    stage: Stage, front_door: Actors
) -> None:
    first = await front_door.receive(adults=[])
    jay = child("Jay", birth_date="2020-02-02")
    second = await front_door.waiting("existing_referral", children=[jay], family_id=first["family_id"])

    await front_door.say(second, "join", {"joined_to": first["id"]}, by=MANAGER)

    whole = await front_door.read(first["id"])
    assert whole["children"] == first["children"] + second["children"]
    assert whole["adults"] == second["adults"]
    (said,) = await stage.said(ReferralJoined)
    assert (said.data["children"], said.data["adults"]) == (second["children"], second["adults"])


async def test_a_decided_referral_refuses_a_concern_about_a_child_that_it_does_not_name(
    stage: Stage, front_door: Actors
) -> None:
    first = await front_door.accepted()
    jay = child("Jay", birth_date="2020-02-02")
    second = await front_door.waiting("existing_referral", children=[jay], family_id=first["family_id"])

    refused = await stage.post(
        f"/v1/referrals/{second['id']}:join", {"joined_to": first["id"]}, by=MANAGER, if_match=second["revision"]
    )

    assert (refused.status_code, slug(refused)) == (409, "invalid-transition")
    assert refused.json()["children"] == second["children"]


async def test_a_closed_referral_is_reopened_and_its_clocks_begin_anew(stage: Stage, front_door: Actors) -> None:
    closed = await front_door.say(await front_door.accepted(), "close", {"reason": "RC8"}, by=TEAM_MANAGER)
    assert (await stage.said(ReferralClosed))[0].data["reason"] == "RC8"
    assert (await front_door.clocks(closed["id"]))["C5"]["standing"] == "void"
    stage.clock.forward(days=60)

    reopened = await front_door.say(closed, "reopen", {"reason": "new_concern", "rag": "red", "level": 4}, by=MANAGER)

    assert (reopened["state"], reopened["re_referral"], reopened["rag"]) == ("triaged", True, "red")
    assert (await stage.said(ReferralReopened))[0].data["re_referral"] is True
    clocks = (await front_door.read(closed["id"], "/clocks"))["items"]
    running = {one["kind"]: one["due_at"] for one in clocks if one["standing"] == "running"}
    assert set(running) == {"C1", "C3", "C6"}
    assert reopened["next_due_at"] == running["C1"]


async def test_urgency_and_level_are_said_together(stage: Stage, front_door: Actors) -> None:
    ended = await front_door.say(await front_door.waiting("advice", level=1), "advise", {}, by=MANAGER)

    answer = await stage.post(
        f"/v1/referrals/{ended['id']}:reopen",
        {"reason": "new_concern", "rag": "red"},
        by=MANAGER,
        if_match=ended["revision"],
    )

    assert (answer.status_code, slug(answer)) == (422, "decision-incomplete")


async def test_what_was_an_error_stays_readable_and_its_questions_are_taken_back(
    stage: Stage, front_door: Actors
) -> None:
    gathering = await front_door.say(await front_door.triaged(), "seek-information", {"requests": [ASK]})

    marked = await front_door.say(gathering, "mark-in-error", {"reason": "wrong_family"}, by=MANAGER)

    assert (marked["state"], marked["reason"]) == ("in_error", "wrong_family")
    assert len(await stage.said(ReferralMarkedInError)) == 1
    (request,) = (await front_door.read(marked["id"], "/information-requests"))["items"]
    assert request["state"] == "withdrawn"
    assert {one["standing"] for one in (await front_door.clocks(marked["id"])).values()} == {"void"}


async def test_a_strategy_discussion_with_an_enquiry_starts_the_conference_clock(
    stage: Stage, front_door: Actors
) -> None:
    triaged = await front_door.triaged("red", 4)

    called = await front_door.say(triaged, "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)

    assert called["state"] == "triaged"
    clocks = await front_door.clocks(called["id"])
    assert {kind: one["standing"] for kind, one in clocks.items()} == {
        "C1": "running",
        "C3": "running",
        "C6": "met",
        "C7": "running",
        "C8": "running",
    }
    assert clocks["C8"]["due_at"] == "2026-12-11T23:59:59Z"
    assert clocks["C8"]["source"]
    assert clocks["C8"]["calendar_version"]
    (said,) = await stage.said(StrategyCalled)
    assert (said.data["enquiry"], said.data["conference_due_on"]) == (True, "2026-12-11")
    (discussion,) = (await front_door.read(called["id"], "/strategy-discussions"))["items"]
    assert [one["child_id"] for one in discussion["enquiries"]] == called["children"]


async def test_history_is_loaded_with_its_true_dates(stage: Stage, front_door: Actors) -> None:
    day = stage.clock.now - timedelta(days=700)
    hours = iter(range(100))

    def body(**fields: Any) -> dict[str, Any]:
        return fields | {"occurred_at": (day + timedelta(hours=next(hours))).isoformat()}

    referral = await front_door.receive(by=CASE_SYSTEM, channel="case_system", received_at=day.isoformat())
    for verb, fields in (
        ("triage", {"rag": "green", "level": 3}),
        ("propose-decision", {"outcome": "single_assessment", "rationale": RATIONALE}),
        ("accept", {}),
        ("close", {"reason": "RC8"}),
    ):
        referral = await front_door.say(referral, verb, body(**fields), by=CASE_SYSTEM)

    assert referral["closed_on"] == (day + timedelta(hours=3)).date().isoformat()
    met = {said.data["kind"]: said.data["in_time"] for said in await stage.said(ClockMet)}
    assert met == {"C2": True, "C3": True}
    assert await stage.tick("clocks") == 0
    assert (await stage.said(ReferralAccepted))[0].occurred_at == day + timedelta(hours=2)


@pytest.mark.parametrize(("offset", "problem"), [(-3600, "implausible-date"), (1, "implausible-date")])
async def test_nothing_happens_before_what_it_follows_or_in_the_future(
    stage: Stage, front_door: Actors, offset: int, problem: str
) -> None:
    referral = await front_door.receive()

    answer = await stage.post(
        f"/v1/referrals/{referral['id']}:triage",
        {"rag": "red", "level": 4, "occurred_at": (stage.clock.now + timedelta(seconds=offset)).isoformat()},
        by=SCREENER,
        if_match=1,
    )

    assert (answer.status_code, slug(answer)) == (422, problem)
    assert answer.json()["errors"][0]["pointer"] == "/occurred_at"


async def test_a_strategy_discussion_held_before_triage_is_not_waited_for(front_door: Actors) -> None:
    referral = await front_door.say(await front_door.receive(), "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)

    triaged = await front_door.say(referral, "triage", {"rag": "red", "level": 4})

    assert "C6" not in await front_door.clocks(triaged["id"])


async def test_a_strategy_discussion_still_owed_after_acceptance_is_on_the_work_list_and_held(
    stage: Stage, front_door: Actors
) -> None:
    accepted = await front_door.accepted(rag="red", level=4, outcome="strategy_discussion")
    work = (await stage.get("/v1/work-list", by=MANAGER)).json()["items"]

    await front_door.say(accepted, "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)

    assert "hold_strategy" in {one["need"] for one in work}
    assert (await front_door.clocks(accepted["id"]))["C6"]["standing"] == "met"


async def test_a_reopening_is_measured_from_the_last_and_a_re_referral_stays_one(
    stage: Stage, front_door: Actors
) -> None:
    marked = []
    referral = await front_door.waiting("nfa")
    for days in (300, 70, 370):
        referral = await front_door.say(referral, "advise", {"outcome": "nfa"}, by=MANAGER)
        stage.clock.forward(days=days)
        referral = await front_door.say(referral, "reopen", {"reason": "new_concern"}, by=MANAGER)
        marked.append(referral["re_referral"])
        proposal = {"outcome": "nfa", "rationale": RATIONALE}
        referral = await front_door.say(referral, "propose-decision", proposal)

    assert marked == [True, True, True]


async def test_a_sender_cannot_tell_another_senders_referral_from_none(stage: Stage, front_door: Actors) -> None:
    theirs = await front_door.receive(by=SCHOOL)

    answers = [
        await stage.post(f"/v1/referrals/{id_}:withdraw", {"reason": "error"}, by=OTHER_SCHOOL, if_match=7)
        for id_ in (theirs["id"], new_id())
    ]

    assert [answer.status_code for answer in answers] == [404, 404]


@pytest.mark.parametrize(
    ("verb", "body"), [("mark-in-error", {"reason": "wrong_family"}), ("reopen", {"reason": "new_concern"})]
)
async def test_nobody_tells_the_referrer_what_is_no_longer_so(
    stage: Stage, front_door: Actors, verb: str, body: dict[str, Any]
) -> None:
    if verb == "reopen":
        decided = await front_door.say(await front_door.waiting("nfa", channel="phone"), "advise", {}, by=MANAGER)
    else:
        decided = await front_door.accepted(channel="phone")

    await front_door.say(decided, verb, body, by=MANAGER)

    (notice,) = (await front_door.read(decided["id"], "/referrer-notices"))["items"]
    assert notice["state"] == "withdrawn"
    work = (await stage.get("/v1/work-list", by=MANAGER)).json()["items"]
    assert "tell_referrer" not in {one["need"] for one in work}


async def test_a_withheld_notice_is_audited_as_such_with_its_family(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted(channel="partner")
    (notice,) = (await front_door.read(accepted["id"], "/referrer-notices"))["items"]

    await stage.post(f"/v1/referrer-notices/{notice['id']}:withhold", {"reason": "unsafe"}, by=SCREENER, if_match=1)

    (row,) = [one for one in await stage.audited() if one.action.startswith("notices:")]
    assert (row.action, str(row.family_id)) == ("notices:withhold", accepted["family_id"])
