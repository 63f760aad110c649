"""What other services say, in any order, and once."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.allocation import AllocationEnded
from libs.contracts.referrals import ClockMet, ReferralAllocated
from libs.contracts.workbook import AssessmentAuthorised, WorkbookReopened
from libs.kernel.ids import new_id
from tests.harness import Stage
from tests.referrals.actors import MANAGER, TEAM_MANAGER, Actors, child, slug
from tests.referrals.hearing import OTHER_WORKER, TEAM, WORKBOOK, WORKER, closed, opened, started


async def test_a_workbook_that_opens_again_for_a_family_that_came_back_keeps_its_referral_open(
    stage: Stage, front_door: Actors
) -> None:
    accepted = await front_door.accepted()

    await stage.hear(
        WorkbookReopened(
            workbook_id=WORKBOOK,
            family_id=UUID(accepted["family_id"]),
            referral_id=UUID(accepted["id"]),
            reason="re_referral",
        )
    )

    referral = await front_door.read(accepted["id"])
    assert referral["workbook"] == "open"
    closing = await stage.post(
        f"/v1/referrals/{referral['id']}:close", {"reason": "RC7"}, by=TEAM_MANAGER, if_match=referral["revision"]
    )
    assert closing.status_code == 409


async def test_an_allocation_gives_the_referral_its_worker(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()

    await stage.hear(started(accepted))

    referral = await front_door.read(accepted["id"])
    assert (referral["state"], referral["worker_id"]) == ("allocated", str(WORKER))
    (said,) = await stage.said(ReferralAllocated)
    assert said.data["worker_id"] == str(WORKER)


def allocation_ended(referral: dict[str, Any]) -> AllocationEnded:
    return AllocationEnded(
        allocation_id=new_id(),
        family_id=UUID(referral["family_id"]),
        worker_id=WORKER,
        team_id=TEAM,
        role="lead",
        ended_at=datetime.fromisoformat("2026-11-20T10:00:00Z"),
        reason="LEFTRL",
    )


async def test_without_the_referrals_id_the_familys_accepted_one_is_meant(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()

    await stage.hear(started(accepted, named=False))

    assert (await front_door.read(accepted["id"]))["state"] == "allocated"


async def test_a_family_that_was_merged_is_found_as_the_one_that_stays(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()
    kept = await front_door.receive(children=[child("Lark")], adults=[])
    merged = await stage.post(
        f"/v1/families/{kept['family_id']}:merge",
        {"merged_family_id": accepted["family_id"], "reason": "The same mother."},
        by=MANAGER,
        if_match=1,
    )
    assert merged.status_code == 200, merged.text

    await stage.hear(started(accepted, named=False))

    assert (await front_door.read(accepted["id"]))["state"] == "allocated"


async def test_a_co_worker_is_not_the_worker(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()

    await stage.hear(started(accepted, role="co"))

    assert (await front_door.read(accepted["id"]))["state"] == "accepted"


async def test_a_hand_over_changes_the_worker_and_is_said_once(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()
    await stage.hear(started(accepted))
    await stage.hear(started(accepted, worker=OTHER_WORKER))

    await stage.hear(allocation_ended(accepted))

    assert (await front_door.read(accepted["id"]))["worker_id"] == str(OTHER_WORKER)
    assert len(await stage.said(ReferralAllocated)) == 1


@pytest.mark.parametrize("first", ["the end of the allocation", "the closure"])
async def test_nobody_holds_a_closed_referral_whichever_is_heard_first(
    stage: Stage, front_door: Actors, first: str
) -> None:
    accepted = await front_door.accepted()
    await stage.hear(opened(accepted))
    await stage.hear(started(accepted), closed(accepted))

    if first == "the end of the allocation":
        await stage.hear(allocation_ended(accepted))
    held = await front_door.read(accepted["id"])
    await front_door.say(held, "close", {}, by=TEAM_MANAGER)
    if first == "the closure":
        await stage.hear(allocation_ended(accepted))

    ended = await front_door.read(accepted["id"])
    assert (ended["state"], ended["worker_id"]) == ("closed", None)


async def test_what_is_heard_of_an_unknown_or_finished_referral_changes_nothing(
    stage: Stage, front_door: Actors
) -> None:
    advised = await front_door.say(await front_door.waiting("advice", level=1), "advise", {}, by=MANAGER)

    await stage.hear(started(advised), opened(advised))
    await stage.hear(started(advised | {"id": str(new_id()), "family_id": str(new_id())}))

    assert (await front_door.read(advised["id"]))["revision"] == advised["revision"]


async def test_closing_waits_until_the_workbook_is_closed(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()
    # The workbook may be heard of before the allocation that opened it.
    await stage.hear(opened(accepted, named=False))
    await stage.hear(started(accepted))
    referral = await front_door.read(accepted["id"])

    early = await stage.post(
        f"/v1/referrals/{referral['id']}:close",
        {"reason": "RC8"},
        by=TEAM_MANAGER,
        if_match=referral["revision"],
    )
    in_error = await stage.post(
        f"/v1/referrals/{referral['id']}:mark-in-error",
        {"reason": "wrong_family"},
        by=MANAGER,
        if_match=referral["revision"],
    )
    await stage.hear(closed(referral))
    referral = await front_door.read(accepted["id"])
    ended = await front_door.say(referral, "close", {"reason": "RC8"}, by=TEAM_MANAGER)

    assert (early.status_code, slug(early)) == (409, "invalid-transition")
    assert in_error.status_code == 409
    assert ended["state"] == "closed"


async def test_the_authorised_assessment_meets_its_clock(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()
    stage.clock.forward(days=30)

    await stage.hear(
        AssessmentAuthorised(
            assessment_id=new_id(),
            workbook_id=WORKBOOK,
            family_id=UUID(accepted["family_id"]),
            referral_id=UUID(accepted["id"]),
            children=(),
            started_on=date(2026, 11, 23),
            authorised_on=date(2026, 12, 18),
            factors=("3B",),
            outcome="services",
        )
    )

    assert (await front_door.clocks(accepted["id"]))["C5"]["standing"] == "met"
    assert (await stage.said(ClockMet))[-1].data["kind"] == "C5"
    assert (await front_door.read(accepted["id"]))["next_due_at"] is None
