"""What the referrer is told, by whom, and what a sender may read."""

from typing import Any

import pytest

from libs.contracts.referrals import ReferrerNotified
from libs.kernel.ids import new_id
from services.referrals.domain.states import Verb
from tests.harness import Stage
from tests.referrals.actors import MANAGER, OTHER_SCHOOL, SCHOOL, SCREENER, Actors
from tests.referrals.verbs import BODY


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
