"""Section 47 enquiries that begin at the front door: whose clocks run here, and until when."""

from datetime import date
from typing import Any
from uuid import UUID

from libs.contracts.referrals import ClockBreached, ClockMet
from libs.contracts.workbook import ConferenceHeld, EnquiryEnded, EnquiryStarted, EnquiryStrategyJoined
from libs.kernel.ids import new_id
from services.referrals.domain.states import Verb
from tests.harness import Stage
from tests.referrals.actors import MANAGER, SCREENER, Actors, child
from tests.referrals.hearing import WORKBOOK
from tests.referrals.verbs import BODY


async def enquiring(front_door: Actors) -> dict[str, Any]:
    """Return a referral of two children about whom an enquiry runs."""
    triaged = await front_door.triaged("red", 4, children=[child("Wren"), child("Lark")])
    return await front_door.say(triaged, "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)


def enquiry_ended(referral: dict[str, Any], child_id: str, outcome: str) -> EnquiryEnded:
    """Return: the enquiry about one child ended."""
    return EnquiryEnded(
        enquiry_id=new_id(),
        workbook_id=WORKBOOK,
        family_id=UUID(referral["family_id"]),
        child_id=UUID(child_id),
        ended_on=date(2026, 11, 20),
        outcome=outcome,
    )


async def test_the_last_childs_enquiry_without_a_conference_makes_its_clock_needless(
    stage: Stage, front_door: Actors
) -> None:
    referral = await enquiring(front_door)
    first, second = referral["children"]

    await stage.hear(enquiry_ended(referral, first, "nfa"))
    running = await front_door.clocks(referral["id"])
    await stage.hear(enquiry_ended(referral, second, "services"))

    assert (running["C7"]["standing"], running["C8"]["standing"]) == ("running", "running")
    ended = await front_door.clocks(referral["id"])
    assert (ended["C7"]["standing"], ended["C8"]["standing"]) == ("met", "void")


async def test_one_child_in_need_of_a_conference_keeps_its_clock_until_it_is_held(
    stage: Stage, front_door: Actors
) -> None:
    referral = await enquiring(front_door)
    first, second = referral["children"]
    held = {
        "workbook_id": WORKBOOK,
        "family_id": UUID(referral["family_id"]),
        "referral_id": UUID(referral["id"]),
        "children": (UUID(first),),
        "held_on": date(2026, 12, 4),
        "plan": True,
    }

    await stage.hear(enquiry_ended(referral, first, "cp_conference"), enquiry_ended(referral, second, "nfa"))
    assert (await front_door.clocks(referral["id"]))["C8"]["standing"] == "running"
    stage.clock.forward(days=20)
    await stage.hear(ConferenceHeld(conference_id=new_id(), kind="review", **held))
    assert (await front_door.clocks(referral["id"]))["C8"]["standing"] == "amber"
    await stage.hear(ConferenceHeld(conference_id=new_id(), kind="initial", **held))

    assert (await front_door.clocks(referral["id"]))["C8"]["standing"] == "met"


async def test_an_enquiry_begun_in_the_workbook_meets_the_strategy_clock(stage: Stage, front_door: Actors) -> None:
    triaged = await front_door.triaged("red", 4)
    proposed = await front_door.say(triaged, "propose-decision", BODY[Verb.PROPOSE_DECISION], by=SCREENER)
    accepted = await front_door.say(proposed, "accept", {}, by=MANAGER)
    assert (await front_door.clocks(accepted["id"]))["C6"]["standing"] == "running"

    await stage.hear(
        EnquiryStarted(
            enquiry_id=new_id(),
            workbook_id=WORKBOOK,
            family_id=UUID(accepted["family_id"]),
            child_id=UUID(accepted["children"][0]),
            started_on=date(2026, 11, 20),
            conference_due_on=date(2026, 12, 11),
        )
    )

    assert (await front_door.clocks(accepted["id"]))["C6"]["standing"] == "met"


async def test_the_end_of_an_enquiry_ends_that_of_its_own_referral(stage: Stage, front_door: Actors) -> None:
    first = await front_door.say(await front_door.receive(), "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)
    people = {"children": [{"person_id": first["children"][0]}], "adults": [], "family_id": first["family_id"]}
    second = await front_door.receive(**people)
    second = await front_door.say(second, "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)

    await stage.hear(
        EnquiryEnded(
            enquiry_id=new_id(),
            workbook_id=WORKBOOK,
            family_id=UUID(second["family_id"]),
            referral_id=UUID(second["id"]),
            child_id=UUID(second["children"][0]),
            ended_on=date(2026, 11, 20),
            outcome="nfa",
        )
    )

    standing = [(await front_door.clocks(one["id"]))["C7"]["standing"] for one in (first, second)]
    assert standing == ["running", "met"]


async def test_an_enquiry_ends_with_its_referral_so_that_the_next_may_begin(front_door: Actors) -> None:
    referral = await front_door.waiting("nfa")
    referral = await front_door.say(referral, "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)
    referral = await front_door.say(referral, "advise", {"outcome": "nfa"}, by=MANAGER)
    referral = await front_door.say(referral, "reopen", {"reason": "new_concern"}, by=MANAGER)

    again = await front_door.say(referral, "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)

    held = (await front_door.read(again["id"], "/strategy-discussions"))["items"]
    assert [[one["outcome"] for one in each["enquiries"]] for each in held] == [["referral_ended"], [None]]


def enquiry_started(referral: dict[str, Any], child_id: str, strategy_id: str | None = None) -> EnquiryStarted:
    """Return: the workbook has an enquiry about one child, of a discussion of ours if one is named."""
    return EnquiryStarted(
        enquiry_id=new_id(),
        workbook_id=WORKBOOK,
        family_id=UUID(referral["family_id"]),
        referral_id=UUID(referral["id"]),
        child_id=UUID(child_id),
        strategy_id=UUID(strategy_id) if strategy_id else None,
        started_on=date(2026, 11, 20),
        conference_due_on=date(2026, 12, 11),
    )


def conference(referral: dict[str, Any], *children: str) -> ConferenceHeld:
    """Return: the initial conference about some children was held."""
    return ConferenceHeld(
        conference_id=new_id(),
        workbook_id=WORKBOOK,
        family_id=UUID(referral["family_id"]),
        referral_id=UUID(referral["id"]),
        children=tuple(UUID(one) for one in children),
        kind="initial",
        held_on=date(2026, 12, 4),
        plan=True,
    )


async def standing(front_door: Actors, referral: dict[str, Any]) -> tuple[str, str]:
    """Return how the clocks of the enquiry and of its conference stand."""
    clocks = await front_door.clocks(referral["id"])
    return clocks["C7"]["standing"], clocks["C8"]["standing"]


async def test_a_conference_about_one_of_two_children_meets_nothing_for_the_other(
    stage: Stage, front_door: Actors
) -> None:
    referral = await enquiring(front_door)
    first, second = referral["children"]
    stage.clock.forward(days=14)
    await stage.hear(enquiry_ended(referral, first, "cp_conference"), enquiry_ended(referral, second, "cp_conference"))

    await stage.hear(conference(referral, first))
    assert (await standing(front_door, referral))[1] != "met"
    await stage.hear(conference(referral, second))

    assert await standing(front_door, referral) == ("met", "met")
    (discussion,) = (await front_door.read(referral["id"], "/strategy-discussions"))["items"]
    assert {one["conference_on"] for one in discussion["enquiries"]} == {"2026-12-04"}


async def test_one_child_taken_out_by_the_outcome_leaves_the_other_to_be_conferred_about(
    stage: Stage, front_door: Actors
) -> None:
    referral = await enquiring(front_door)
    first, second = referral["children"]
    stage.clock.forward(days=14)

    await stage.hear(conference(referral, first))
    before = await standing(front_door, referral)
    await stage.hear(enquiry_ended(referral, first, "cp_conference"), enquiry_ended(referral, second, "nfa"))

    assert "met" not in before
    assert await standing(front_door, referral) == ("met", "met")


async def test_the_workbook_keeps_the_clocks_of_a_discussion_that_it_took_up(stage: Stage, front_door: Actors) -> None:
    referral = await enquiring(front_door)
    (discussion,) = (await front_door.read(referral["id"], "/strategy-discussions"))["items"]

    # The other child's enquiry was in the workbook before: none is started for them.
    await stage.hear(enquiry_started(referral, referral["children"][0], discussion["id"]))

    assert await standing(front_door, referral) == ("void", "void")
    await stage.hear(*[enquiry_ended(referral, child_id, "cp_conference") for child_id in referral["children"]])
    await stage.hear(conference(referral, *referral["children"]))
    assert {one.data["kind"] for one in await stage.said(ClockMet)} == {"C6"}
    (discussion,) = (await front_door.read(referral["id"], "/strategy-discussions"))["items"]
    assert {one["outcome"] for one in discussion["enquiries"]} == {"cp_conference"}


async def test_an_enquiry_that_the_workbook_began_itself_takes_up_that_of_its_child_only(
    stage: Stage, front_door: Actors
) -> None:
    referral = await enquiring(front_door)
    first, second = referral["children"]

    await stage.hear(enquiry_started(referral, first))
    assert await standing(front_door, referral) == ("running", "running")
    await stage.hear(enquiry_started(referral, second))

    assert await standing(front_door, referral) == ("void", "void")


async def test_what_comes_after_the_enquiries_were_taken_up_begins_its_own_clocks(
    stage: Stage, front_door: Actors
) -> None:
    referral = await enquiring(front_door)
    (discussion,) = (await front_door.read(referral["id"], "/strategy-discussions"))["items"]
    await stage.hear(enquiry_started(referral, referral["children"][0], discussion["id"]))
    await stage.hear(*[enquiry_ended(referral, child_id, "nfa") for child_id in referral["children"]])

    read = await front_door.read(referral["id"])
    await front_door.say(read, "call-strategy", BODY[Verb.CALL_STRATEGY], by=MANAGER)

    clocks = (await front_door.read(referral["id"], "/clocks"))["items"]
    assert sorted(one["standing"] for one in clocks if one["kind"] in {"C7", "C8"}) == ["running"] * 2 + ["void"] * 2


async def test_the_workbook_keeps_the_clocks_of_a_further_discussion_about_an_enquiry_that_it_has(
    stage: Stage, front_door: Actors
) -> None:
    referral = await enquiring(front_door)
    (discussion,) = (await front_door.read(referral["id"], "/strategy-discussions"))["items"]
    joined = EnquiryStrategyJoined(
        enquiry_id=new_id(),
        workbook_id=WORKBOOK,
        family_id=UUID(referral["family_id"]),
        referral_id=UUID(referral["id"]),
        child_id=UUID(referral["children"][0]),
        strategy_id=UUID(discussion["id"]),
    )

    await stage.hear(joined)

    assert await standing(front_door, referral) == ("void", "void")
    ended = enquiry_ended(referral, referral["children"][0], "nfa")
    await stage.hear(ended.model_copy(update={"referral_id": new_id()}))
    (discussion,) = (await front_door.read(referral["id"], "/strategy-discussions"))["items"]
    assert {one["child_id"]: one["outcome"] for one in discussion["enquiries"]} == {
        referral["children"][0]: "nfa",
        referral["children"][1]: None,
    }
    stage.clock.forward(days=30)
    await stage.tick("clocks")
    assert {one.data["kind"] for one in await stage.said(ClockBreached)}.isdisjoint({"C7", "C8"})


async def test_a_discussion_that_is_not_known_here_belongs_to_an_enquiry_in_peace(stage: Stage) -> None:
    nobody = {name: new_id() for name in ("enquiry_id", "workbook_id", "family_id", "referral_id", "child_id")}

    await stage.hear(EnquiryStrategyJoined(**nobody, strategy_id=new_id()))

    assert await stage.said() == []
