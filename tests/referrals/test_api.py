"""The front door's routes as their callers use them."""

from libs.contracts.referrals import ReferralAccepted, ReferralReceived
from tests.harness import Stage
from tests.referrals.actors import MANAGER, RATIONALE, SCHOOL, Actors


async def test_from_concern_to_acceptance(stage: Stage, front_door: Actors) -> None:
    received = await front_door.receive(by=SCHOOL)
    referral = await front_door.read(received["id"])
    referral = await front_door.say(referral, "triage", {"rag": "amber", "level": 3})
    referral = await front_door.say(
        referral, "propose-decision", {"outcome": "single_assessment", "rationale": RATIONALE}
    )
    referral = await front_door.say(referral, "accept", {}, by=MANAGER)

    assert referral["state"] == "accepted"
    assert referral["decision"]["rationale"] == RATIONALE
    (said,) = await stage.said(ReferralAccepted)
    assert said.data["area"] == "cherwell"
    assert said.data["needs"] == ["3B"]
    assert (await stage.said(ReferralReceived))[0].data["re_referral"] is False
