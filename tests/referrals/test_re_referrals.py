"""Re-referrals, in whatever order the referrals of a child become known."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.referrals import ReReferralFound
from tests.harness import Stage
from tests.referrals.actors import CASE_SYSTEM, SCREENER, Actors, child

KNOWN = child(source={"system": "liquidlogic", "id": "C1"}, la_child_id="C1")


async def loaded(stage: Stage, front_door: Actors, days_ago: int, *children: dict[str, Any]) -> dict[str, Any]:
    """Load a referral of some time ago, of the same child unless others are named."""
    return await front_door.receive(
        by=CASE_SYSTEM,
        children=list(children or (KNOWN,)),
        adults=[],
        received_at=(stage.clock.now - timedelta(days=days_ago)).isoformat(),
    )


async def marks(front_door: Actors, *referrals: dict[str, Any]) -> list[tuple[bool, str | None, str]]:
    """Read how referrals are marked now."""
    now = [await front_door.read(one["id"]) for one in referrals]
    return [(one["re_referral"], one["prior_referral_id"], one["origin"]) for one in now]


@pytest.mark.parametrize("days", [(400, 200, 100), (100, 200, 400), (200, 100, 400), (200, 400, 100)])
async def test_each_follows_the_one_before_in_whatever_order_they_are_loaded(
    stage: Stage, front_door: Actors, days: tuple[int, ...]
) -> None:
    by_day = {ago: await loaded(stage, front_door, ago) for ago in days}
    oldest, middle, newest = (by_day[ago] for ago in sorted(days, reverse=True))

    assert await marks(front_door, oldest, middle, newest) == [
        (False, None, "new"),
        (True, oldest["id"], "re_referral"),
        (True, middle["id"], "re_referral"),
    ]


async def test_a_mark_that_comes_late_is_said(stage: Stage, front_door: Actors) -> None:
    later = await loaded(stage, front_door, 10)
    assert later["re_referral"] is False

    earlier = await loaded(stage, front_door, 300)

    (said,) = await stage.said(ReReferralFound)
    assert (said.data["referral_id"], said.data["prior_referral_id"]) == (later["id"], earlier["id"])
    assert (await front_door.read(later["id"]))["revision"] == later["revision"] + 1


async def test_a_nearer_one_takes_the_place_of_the_one_that_was_followed(stage: Stage, front_door: Actors) -> None:
    await loaded(stage, front_door, 300)
    later = await loaded(stage, front_door, 10)

    nearer = await loaded(stage, front_door, 100)

    assert (await marks(front_door, later))[0][:2] == (True, nearer["id"])
    assert [one.data["prior_referral_id"] for one in await stage.said(ReReferralFound)] == [nearer["id"]]


@pytest.mark.parametrize(("days", "expected"), [(365, True), (366, False)])
async def test_an_earlier_referral_counts_for_twelve_months(
    stage: Stage, front_door: Actors, days: int, *, expected: bool
) -> None:
    later = await loaded(stage, front_door, 0)

    await loaded(stage, front_door, days)

    assert (await marks(front_door, later))[0][0] is expected


async def test_an_earlier_referral_of_a_sibling_only_marks_nothing(stage: Stage, front_door: Actors) -> None:
    sibling = child("Lark", source={"system": "liquidlogic", "id": "C2"}, la_child_id="C2")
    both = await loaded(stage, front_door, 300, KNOWN, sibling)
    later = await loaded(stage, front_door, 10, KNOWN)

    await loaded(stage, front_door, 100, sibling)

    assert (await marks(front_door, later))[0][:2] == (True, both["id"])


async def test_a_child_recognised_in_an_earlier_referral_marks_the_later_one(stage: Stage, front_door: Actors) -> None:
    told = child(nhs_number="9434765919")
    later = await front_door.receive(children=[told], adults=[])
    ago = (stage.clock.now - timedelta(days=100)).isoformat()
    earlier = await front_door.receive(children=[told], adults=[], received_at=ago)
    assert (await marks(front_door, later))[0][0] is False

    (match,) = (await front_door.read(earlier["id"], "/matches"))["items"]
    confirmed = await stage.post(
        f"/v1/matches/{match['id']}:confirm", {"reason": "Same NHS number."}, by=SCREENER, if_match=1
    )

    assert confirmed.status_code == 200, confirmed.text
    assert (await marks(front_door, later))[0][:2] == (True, earlier["id"])
