"""A concern that joins a referral which is there already."""

from libs.contracts.referrals import ReferralJoined
from libs.kernel.ids import new_id
from tests.harness import Stage
from tests.referrals.actors import MANAGER, Actors, child, slug


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
