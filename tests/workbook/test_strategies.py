"""Strategy discussions that referrals tells of: each starts its enquiries once, whenever it is heard."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from libs.chassis.inbox import Applier
from libs.contracts.referrals import StrategyCalled
from libs.contracts.workbook import EnquiryStarted, EnquiryStrategyJoined
from libs.kernel.ids import derived_id
from tests.harness import Stage, caller
from tests.workbook.people import WORKER, Family, ok, opened, workbook_of


def strategy(family: Family, at: datetime = datetime(2026, 9, 21, 14, tzinfo=UTC), **more: Any) -> StrategyCalled:
    return StrategyCalled(
        referral_id=family.referral_id,
        strategy_id=more.pop("strategy_id", derived_id(family.name, "strategy")),
        family_id=family.id,
        children=family.children,
        held_at=at,
        enquiry=more.pop("enquiry", True),
        **more,
    )


async def test_a_strategy_discussion_heard_while_the_worker_is_heard_is_not_lost(stage: Stage) -> None:
    family = Family()
    await stage.hear(family.accepted())
    called, allocated = stage.envelope(strategy(family)), stage.envelope(family.allocated())
    hearing = Applier(stage.service.subscriptions, service="workbook", source="referrals")

    async with stage.tx(caller(kind="service")) as tx:
        await hearing.apply(tx, [called])
        opening = asyncio.create_task(stage.hear_envelope(allocated))
        while not opening.done() and not await stage.blocked():  # it would be done, if nothing held it
            await asyncio.sleep(0.02)
    await opening

    workbook = await workbook_of(stage, family)
    enquiries = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/enquiries", by=WORKER))["items"]
    assert {enquiry["child_id"] for enquiry in enquiries} == {str(child) for child in family.children}


@pytest.mark.parametrize("early", [True, False])
async def test_a_strategy_discussion_starts_an_enquiry_about_each_child(stage: Stage, early: bool) -> None:
    family = Family()
    if early:
        await stage.hear(strategy(family))
    _, workbook = await opened(stage, family)
    if not early:
        await stage.hear(strategy(family))

    found = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/enquiries", by=WORKER))["items"]

    assert {enquiry["child_id"] for enquiry in found} == {str(child) for child in family.children}
    assert {enquiry["conference_due_on"] for enquiry in found} == {"2026-10-12"}
    assert [one.data["strategy_id"] for one in await stage.said(EnquiryStarted)] == [
        str(derived_id(family.name, "strategy"))
    ] * 2


async def test_a_second_discussion_about_the_same_children_starts_nothing(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await stage.hear(strategy(family))

    await stage.hear(strategy(family, datetime(2026, 9, 23, tzinfo=UTC), strategy_id=derived_id("second")))

    assert len(ok(await stage.get(f"/v1/workbooks/{workbook['id']}/enquiries", by=WORKER))["items"]) == 2


async def test_a_discussion_about_an_enquiry_that_there_is_says_to_which_it_belongs(stage: Stage) -> None:
    family, _ = await opened(stage)
    await stage.hear(strategy(family))
    begun = {one.data["child_id"]: one.data["enquiry_id"] for one in await stage.said(EnquiryStarted)}
    further, referral = derived_id("second"), derived_id("second referral")

    told = strategy(family, datetime(2026, 9, 23, tzinfo=UTC), strategy_id=further)
    await stage.hear(told.model_copy(update={"referral_id": referral}))

    joined = [one.data for one in await stage.said(EnquiryStrategyJoined)]
    assert {one["child_id"]: one["enquiry_id"] for one in joined} == begun
    assert {(one["strategy_id"], one["referral_id"]) for one in joined} == {(str(further), str(referral))}
    assert len(await stage.said(EnquiryStarted)) == len(begun)


async def test_a_discussion_without_an_enquiry_starts_none(stage: Stage) -> None:
    family, workbook = await opened(stage)

    await stage.hear(strategy(family, enquiry=False))

    assert ok(await stage.get(f"/v1/workbooks/{workbook['id']}/enquiries", by=WORKER))["items"] == []
