"""Strategy discussions over HTTP: what they start, and when they are waited for."""

from libs.contracts.referrals import StrategyCalled
from services.referrals.domain.states import Verb
from tests.harness import Stage
from tests.referrals.actors import MANAGER, Actors
from tests.referrals.verbs import BODY


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
