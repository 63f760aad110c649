"""Deciding about a referral: who decides what, what it takes, and what others hear of it."""

from libs.contracts.referrals import (
    ClockMet,
    DecisionProposed,
    ReferralAccepted,
    ReferralAdvised,
    ReferralRedirected,
    ReferralSteppedDown,
    StepDownOffered,
    StepDownRefused,
)
from tests.harness import Stage
from tests.referrals.actors import EARLY_HELP, MANAGER, RATIONALE, Actors, slug


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
