"""A referral ends as the family's workbook ended: one reason, one day."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.referrals import ReferralClosed
from libs.contracts.workbook import WorkbookClosed, WorkbookReopened
from libs.kernel.ids import derived_id
from tests.harness import Stage
from tests.referrals.actors import TEAM_MANAGER, Actors, slug

WORKBOOK = derived_id("workbook", "closing")


def ended(referral: dict[str, Any], reason: str = "RC7", on: date = date(2026, 11, 20)) -> WorkbookClosed:
    """Return: the family's workbook is closed."""
    return WorkbookClosed(
        workbook_id=WORKBOOK, family_id=UUID(referral["family_id"]), referral_id=UUID(referral["id"]),
        reason=reason, closed_on=on,
    )  # fmt: skip


async def close(stage: Stage, front_door: Actors, referral: dict[str, Any], body: dict[str, Any]) -> Any:
    """Close it as it stands now."""
    now = await front_door.read(referral["id"])
    path = f"/v1/referrals/{referral['id']}:close"
    return await stage.post(path, body, by=TEAM_MANAGER, if_match=now["revision"])


async def test_a_closed_workbook_puts_its_referral_on_the_work_list_with_the_reason_to_close_it_with(
    stage: Stage, front_door: Actors
) -> None:
    accepted = await front_door.accepted()

    await stage.hear(ended(accepted))

    items = (await stage.get("/v1/work-list?waiting_on=team_manager", by=TEAM_MANAGER)).json()["items"]
    [item] = [one for one in items if one["need"] == "close"]
    assert (item["referral_id"], item["work_ended"]) == (accepted["id"], {"reason": "RC7", "on": "2026-11-20"})
    assert (await front_door.read(accepted["id"]))["work_ended"] == item["work_ended"]


@pytest.mark.parametrize("body", [{}, {"reason": "RC7"}])
async def test_a_referral_takes_the_workbooks_reason_and_day(
    stage: Stage, front_door: Actors, body: dict[str, Any]
) -> None:
    accepted = await front_door.accepted()
    await stage.hear(ended(accepted))
    stage.clock.forward(days=3)

    closed = (await close(stage, front_door, accepted, body)).json()

    assert (closed["state"], closed["closure_reason"], closed["closed_on"]) == ("closed", "RC7", "2026-11-20")
    [said] = await stage.said(ReferralClosed)
    assert (said.data["reason"], said.data["closed_on"]) == ("RC7", "2026-11-20")


@pytest.mark.parametrize("body", [{"reason": "RC2"}, {"reason": "RC7", "occurred_at": "2026-11-22T10:00:00Z"}])
async def test_another_reason_or_day_than_the_workbooks_is_refused_with_those(
    stage: Stage, front_door: Actors, body: dict[str, Any]
) -> None:
    accepted = await front_door.accepted()
    await stage.hear(ended(accepted))
    stage.clock.forward(days=3)

    answer = await close(stage, front_door, accepted, body)

    assert (answer.status_code, slug(answer)) == (409, "closed-otherwise")
    assert (answer.json()["reason"], answer.json()["closed_on"]) == ("RC7", "2026-11-20")
    assert (await front_door.read(accepted["id"]))["state"] == "accepted"


async def test_a_workbook_that_opens_again_takes_its_reason_back(stage: Stage, front_door: Actors) -> None:
    accepted = await front_door.accepted()
    await stage.hear(ended(accepted, "RC2"))

    await stage.hear(
        WorkbookReopened(
            workbook_id=WORKBOOK, family_id=UUID(accepted["family_id"]), referral_id=UUID(accepted["id"]),
            reason="closed_in_error",
        )
    )  # fmt: skip
    assert (await front_door.read(accepted["id"]))["work_ended"] is None
    await stage.hear(ended(accepted))

    assert (await close(stage, front_door, accepted, {})).json()["closure_reason"] == "RC7"


async def test_without_a_workbook_a_referral_is_closed_for_a_reason_that_is_given(
    stage: Stage, front_door: Actors
) -> None:
    accepted = await front_door.accepted()

    nameless = await close(stage, front_door, accepted, {})
    closed = await close(stage, front_door, accepted, {"reason": "RC8"})

    assert (nameless.status_code, nameless.json()["errors"][0]["pointer"]) == (422, "/reason")
    assert closed.json()["closure_reason"] == "RC8"
