"""Two referrals of one family whose work goes on in one workbook: both wait for it, and both end with it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.contracts.allocation import AllocationEnded
from libs.contracts.workbook import AssessmentAuthorised, WorkbookClosed, WorkbookReferralJoined, WorkbookReopened
from libs.kernel.ids import derived_id, new_id
from tests.harness import Stage
from tests.referrals.actors import TEAM_MANAGER, Actors, child, slug
from tests.referrals.hearing import OTHER_WORKER, TEAM, WORKBOOK, WORKER, opened, started


def joins(referral: dict[str, Any]) -> WorkbookReferralJoined:
    """Return: the open workbook answers this referral too."""
    return WorkbookReferralJoined(
        workbook_id=WORKBOOK, family_id=UUID(referral["family_id"]), referral_id=UUID(referral["id"])
    )


async def two(stage: Stage, front_door: Actors) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two accepted referrals of a family; the second joined the workbook of the first."""
    first = await front_door.accepted()
    await stage.hear(started(first), opened(first))
    again = await front_door.accepted(
        family_id=first["family_id"], children=[{"person_id": first["children"][0]}], adults=[]
    )
    await stage.hear(joins(again))
    return first, again


async def standing(front_door: Actors, *referrals: dict[str, Any]) -> list[str]:
    """Return how the workbook stands for each of the referrals."""
    return [(await front_door.read(one["id"]))["workbook"] for one in referrals]


async def close(stage: Stage, front_door: Actors, referral: dict[str, Any]) -> Any:
    """Ask to close a referral as it is now."""
    now = await front_door.read(referral["id"])
    path = f"/v1/referrals/{referral['id']}:close"
    return await stage.post(path, {"reason": "RC7"}, by=TEAM_MANAGER, if_match=now["revision"])


async def test_neither_closes_while_the_workbook_is_open_and_both_close_with_it(
    stage: Stage, front_door: Actors
) -> None:
    first, again = await two(stage, front_door)

    too_soon = [await close(stage, front_door, one) for one in (first, again)]
    await stage.hear(
        WorkbookClosed(
            workbook_id=WORKBOOK,
            family_id=UUID(first["family_id"]),
            referral_id=UUID(first["id"]),
            further_referrals=(UUID(again["id"]),),
            reason="RC7",
            closed_on=date(2026, 11, 20),
        )
    )
    waiting = (await stage.get("/v1/work-list?waiting_on=team_manager", by=TEAM_MANAGER)).json()["items"]
    afterwards = [await close(stage, front_door, one) for one in (first, again)]

    assert [(one.status_code, slug(one)) for one in too_soon] == [(409, "invalid-transition")] * 2
    assert {one["referral_id"] for one in waiting if one["need"] == "close"} == {first["id"], again["id"]}
    assert [one.status_code for one in afterwards] == [200, 200]


async def test_a_closure_leaves_a_referral_alone_that_the_workbook_did_not_answer(
    stage: Stage, front_door: Actors
) -> None:
    first, again = await two(stage, front_door)

    await stage.hear(
        WorkbookClosed(
            workbook_id=WORKBOOK,
            family_id=UUID(first["family_id"]),
            referral_id=UUID(first["id"]),
            reason="RC7",
            closed_on=date(2026, 11, 20),
        )
    )

    assert await standing(front_door, first, again) == ["closed", "open"]


async def test_a_workbook_that_opens_again_keeps_both_open(stage: Stage, front_door: Actors) -> None:
    first, again = await two(stage, front_door)
    both = {
        "workbook_id": WORKBOOK,
        "family_id": UUID(first["family_id"]),
        "referral_id": UUID(first["id"]),
        "further_referrals": (UUID(again["id"]),),
    }

    await stage.hear(WorkbookClosed(**both, reason="RC7", closed_on=date(2026, 11, 20)))
    shut = await standing(front_door, first, again)
    await stage.hear(WorkbookReopened(**both, reason="closed_in_error"))

    assert shut == ["closed", "closed"]
    assert await standing(front_door, first, again) == ["open", "open"]


def authorised(first: dict[str, Any], *children: str) -> AssessmentAuthorised:
    """Return: the assessment of these children was authorised in the workbook that began with that referral."""
    return AssessmentAuthorised(
        assessment_id=derived_id("test", "assessment", *children),
        workbook_id=WORKBOOK,
        family_id=UUID(first["family_id"]),
        referral_id=UUID(first["id"]),
        children=tuple(UUID(one) for one in children),
        referred_on=date(2026, 11, 20),
        started_on=date(2026, 11, 20),
        authorised_on=date(2026, 11, 27),
        factors=("2A",),
        outcome="plan",
    )


async def assessment_clocks(front_door: Actors, *referrals: dict[str, Any]) -> list[str]:
    """Return how the assessment's clock stands for each of the referrals."""
    return [(await front_door.clocks(one["id"]))["C5"]["standing"] for one in referrals]


async def test_an_assessment_meets_the_clock_of_what_had_joined_before_it_was_authorised(
    stage: Stage, front_door: Actors
) -> None:
    first, again = await two(stage, front_door)
    stage.clock.forward(days=10)
    late = await front_door.accepted(
        family_id=first["family_id"], children=[{"person_id": first["children"][0]}], adults=[]
    )
    await stage.hear(joins(late))

    await stage.hear(authorised(first, *first["children"]))

    assert await assessment_clocks(front_door, first, again, late) == ["met", "met", "running"]


async def test_an_assessment_meets_no_clock_of_a_referral_about_another_child(stage: Stage, front_door: Actors) -> None:
    first = await front_door.accepted()
    await stage.hear(started(first), opened(first))
    (wren,) = first["children"]
    lark = await front_door.accepted(family_id=first["family_id"], children=[child("Lark")], adults=[])
    both = await front_door.accepted(
        family_id=first["family_id"], children=[{"person_id": wren}, {"person_id": lark["children"][0]}], adults=[]
    )
    await stage.hear(joins(lark), joins(both))
    stage.clock.forward(days=10)

    await stage.hear(authorised(first, *lark["children"]))
    of_lark = await assessment_clocks(front_door, first, lark, both)
    await stage.hear(authorised(first, wren))

    assert of_lark == ["running", "met", "running"]
    assert await assessment_clocks(front_door, first, lark, both) == ["met", "met", "running"]


async def test_the_end_of_one_part_takes_the_worker_from_its_own_referral_only(
    stage: Stage, front_door: Actors
) -> None:
    first, again = await two(stage, front_door)
    await stage.hear(started(again))

    await stage.hear(
        AllocationEnded(
            allocation_id=new_id(),
            family_id=UUID(first["family_id"]),
            worker_id=WORKER,
            team_id=TEAM,
            role="lead",
            ended_at=datetime.fromisoformat("2026-11-20T10:00:00Z"),
            reason="LEFTRL",
            referral_id=UUID(first["id"]),
        )
    )

    holders = [(await front_door.read(one["id"]))["worker_id"] for one in (first, again)]
    assert holders == [None, str(WORKER)]


async def test_who_takes_the_family_over_is_the_worker_of_both_referrals(stage: Stage, front_door: Actors) -> None:
    first, again = await two(stage, front_door)
    await stage.hear(started(again))
    later = datetime.fromisoformat("2026-11-21T10:00:00Z")
    stage.clock.forward(days=2)
    gone = {"family_id": UUID(first["family_id"]), "worker_id": WORKER, "team_id": TEAM, "role": "lead"}

    for one in (first, again):
        ended = {"allocation_id": new_id(), "ended_at": later, "reason": "LEFTRL", "referral_id": UUID(one["id"])}
        await stage.hear(AllocationEnded.model_validate(gone | ended))
    await stage.hear(started(first, worker=OTHER_WORKER, started_at=later))

    holders = [(await front_door.read(one["id"]))["worker_id"] for one in (first, again)]
    assert holders == [str(OTHER_WORKER)] * 2


async def test_another_family_is_not_touched(stage: Stage, front_door: Actors) -> None:
    await two(stage, front_door)
    other = await front_door.accepted(children=[child("Lark")], adults=[])

    assert await standing(front_door, other) == ["never_opened"]
