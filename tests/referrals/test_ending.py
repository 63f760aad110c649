"""How a referral ends and comes back: closed, taken back, marked in error, reopened."""

from libs.contracts.referrals import ReferralClosed, ReferralMarkedInError, ReferralReopened, ReferralWithdrawn
from tests.harness import Stage
from tests.referrals.actors import MANAGER, OTHER_SCHOOL, RATIONALE, SCHOOL, TEAM_MANAGER, Actors, slug
from tests.referrals.verbs import ASK


async def test_a_sender_takes_back_what_they_sent_until_it_is_decided(stage: Stage, front_door: Actors) -> None:
    sent = await front_door.receive(by=SCHOOL)
    path = f"/v1/referrals/{sent['id']}:withdraw"

    foreign = await stage.post(path, {"reason": "sent_twice"}, by=OTHER_SCHOOL, if_match=1)
    mine = await stage.post(path, {"reason": "sent_twice"}, by=SCHOOL, if_match=1)

    assert foreign.status_code == 404
    assert mine.json()["standing"] == "withdrawn"
    assert len(await stage.said(ReferralWithdrawn)) == 1
    assert (await front_door.clocks(sent["id"]))["C3"]["standing"] == "void"


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
