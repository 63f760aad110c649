"""A referral that is accepted while the family's workbook is open belongs to it, and ends with it."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.referrals import FamilyMerged, StrategyCalled
from libs.contracts.workbook import EnquiryStarted, WorkbookClosed, WorkbookReferralJoined, WorkbookReopened
from libs.kernel.ids import derived_id
from tests.harness import Stage
from tests.workbook.people import MANAGER, WORKER, Family, ok, opened, supervised, visited, workbook_of


def second(family: Family) -> UUID:
    """Return the id of the family's second referral."""
    return derived_id(family.name, "second")


async def joined(stage: Stage) -> list[str]:
    """Return the referrals of which it was said that they joined, in order."""
    return [said.data["referral_id"] for said in await stage.said(WorkbookReferralJoined)]


async def closed(stage: Stage, family: Family) -> dict[str, Any]:
    """Close the family's workbook, of which nothing else is open."""
    workbook = await workbook_of(stage, family)
    await visited(stage, workbook, *family.children)
    await supervised(stage, workbook, "close")
    now = await workbook_of(stage, family)
    path = f"/v1/workbooks/{workbook['id']}:close"
    return ok(await stage.post(path, {"reason": "RC7"}, by=MANAGER, if_match=now["revision"]))


async def test_a_second_referral_joins_the_open_workbook_and_its_worker_stays(stage: Stage) -> None:
    family, workbook = await opened(stage)
    cousin = derived_id(family.name, "cousin")

    await stage.hear(family.accepted(referral="second", at=stage.clock.now, children=(family.ada, cousin)))

    after = await workbook_of(stage, family)
    assert (after["id"], after["state"], after["lead_worker_id"]) == (workbook["id"], "open", str(WORKER.id))
    assert (after["referral_id"], after["further_referrals"]) == (str(family.referral_id), [str(second(family))])
    assert (after["referred_on"], str(cousin) in after["children"]) == ("2026-09-07", True)
    assert await joined(stage) == [str(second(family))]
    assert await stage.said(WorkbookReopened) == []
    timeline = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/timeline", by=WORKER))["items"]
    assert [item["kind"] for item in timeline].count("referral_joined") == 1


@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_it_joins_once_whether_the_referral_or_its_worker_is_heard_first(
    stage: Stage, order: tuple[int, ...]
) -> None:
    family, _ = await opened(stage)
    again = {"referral_id": second(family), "allocation_id": derived_id(family.name, "again")}
    told = [family.accepted(referral="second", at=stage.clock.now), family.allocated(at=stage.clock.now, **again)]

    for place in order:
        await stage.hear(told[place])

    assert (await workbook_of(stage, family))["further_referrals"] == [str(second(family))]
    assert set(await joined(stage)) == {str(second(family))}


async def test_the_closure_names_every_referral_that_the_workbook_answered(stage: Stage) -> None:
    family, _ = await opened(stage)
    await stage.hear(family.accepted(referral="second", at=stage.clock.now))

    await closed(stage, family)

    (said,) = await stage.said(WorkbookClosed)
    assert said.data["referral_id"] == str(family.referral_id)
    assert said.data["further_referrals"] == [str(second(family))]


async def test_who_comes_back_begins_with_the_referral_by_which_they_came(stage: Stage) -> None:
    family, _ = await opened(stage)
    await stage.hear(family.accepted(referral="second", at=stage.clock.now))
    await closed(stage, family)
    third = {"referral_id": derived_id(family.name, "third"), "allocation_id": derived_id(family.name, "again")}

    await stage.hear(family.accepted(referral="third", at=stage.clock.now))
    await stage.hear(family.allocated(at=stage.clock.now, **third))

    after = await workbook_of(stage, family)
    assert (after["referral_id"], after["further_referrals"]) == (str(third["referral_id"]), [])


async def test_a_referral_that_was_taken_before_the_closure_and_heard_after_it_opens_the_workbook_again(
    stage: Stage,
) -> None:
    family, _ = await opened(stage)
    await closed(stage, family)
    again = {"referral_id": second(family), "allocation_id": derived_id(family.name, "again")}

    await stage.hear(family.accepted(referral="second", at=stage.clock.now - timedelta(days=2)))
    await stage.hear(family.allocated(at=stage.clock.now - timedelta(days=1), **again))

    after = await workbook_of(stage, family)
    assert (after["state"], after["referral_id"], after["lead_worker_id"]) == (
        "open", str(second(family)), str(WORKER.id),
    )  # fmt: skip
    assert len(await stage.said(WorkbookReopened)) == 1


async def test_late_news_of_a_worker_who_came_by_a_referral_that_the_closure_names_opens_nothing(stage: Stage) -> None:
    family, _ = await opened(stage)
    await closed(stage, family)

    again = {"allocation_id": derived_id(family.name, "again")}
    await stage.hear(family.allocated(at=stage.clock.now - timedelta(days=1), **again))

    assert (await workbook_of(stage, family))["state"] == "closed"


async def test_a_workbook_closed_in_error_answers_again_all_that_it_answered(stage: Stage) -> None:
    family, _ = await opened(stage)
    await stage.hear(family.accepted(referral="second", at=stage.clock.now))
    shut = await closed(stage, family)

    path = f"/v1/workbooks/{shut['id']}:reopen"
    ok(await stage.post(path, {"reason": "closed_in_error"}, by=MANAGER, if_match=shut["revision"]))

    (said,) = await stage.said(WorkbookReopened)
    assert said.data["further_referrals"] == [str(second(family))]


async def test_a_referral_that_is_accepted_again_hears_again_where_it_belongs(stage: Stage) -> None:
    family, _ = await opened(stage)

    await stage.hear(family.accepted(at=stage.clock.now))

    assert await joined(stage) == [str(family.referral_id)]
    assert (await workbook_of(stage, family))["further_referrals"] == []


async def test_the_referral_of_a_merged_family_joins_the_workbook_that_stays(stage: Stage) -> None:
    one, _ = await opened(stage)
    other, _ = await opened(stage, Family("the Samples"))

    await stage.hear(FamilyMerged(family_id=one.id, merged_family_id=other.id, people=other.children))

    assert (await workbook_of(stage, one))["further_referrals"] == [str(other.referral_id)]
    assert await joined(stage) == [str(other.referral_id)]


async def test_an_enquiry_is_of_the_referral_whose_discussion_began_it(stage: Stage) -> None:
    family, _ = await opened(stage)
    await stage.hear(family.accepted(referral="second", at=stage.clock.now))

    await stage.hear(
        StrategyCalled(
            strategy_id=derived_id("strategy"),
            referral_id=second(family),
            family_id=family.id,
            children=(family.ada,),
            held_at=stage.clock.now - timedelta(hours=1),
            enquiry=True,
        )
    )

    assert [said.data["referral_id"] for said in await stage.said(EnquiryStarted)] == [str(second(family))]
