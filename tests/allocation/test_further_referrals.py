"""A family that was referred again: its work ends for the referrals that the workbook answered, and for no other."""

from libs.contracts.allocation import AllocationEnded
from libs.contracts.workbook import WorkbookClosed
from libs.kernel.ids import new_id
from tests.allocation.county import MANAGER, County, ok
from tests.harness import FRIDAY


async def states(county: County, family_id: object) -> dict[str, str]:
    """Return how each request of the family stands, by its referral."""
    found = ok(await county.stage.get(f"/v1/requests?family_id={family_id}", by=MANAGER))["items"]
    return {one["referral_id"]: one["state"] for one in found}


async def test_a_referral_that_joined_the_workbook_asks_for_nobody_after_its_closure(county: County) -> None:
    first = await county.accept()
    again = await county.accept(family_id=first.family_id, children=first.children)

    await county.stage.hear(
        WorkbookClosed(
            workbook_id=new_id(),
            family_id=first.family_id,
            referral_id=first.referral_id,
            further_referrals=(again.referral_id,),
            reason="RC7",
            closed_on=FRIDAY.date(),
        )
    )

    assert set((await states(county, first.family_id)).values()) == {"cancelled"}


async def test_a_referral_of_which_the_workbook_had_not_heard_goes_on_asking(county: County) -> None:
    first = await county.accept()
    again = await county.accept(family_id=first.family_id, children=first.children)

    await county.stage.hear(
        WorkbookClosed(
            workbook_id=new_id(),
            family_id=first.family_id,
            referral_id=first.referral_id,
            reason="RC7",
            closed_on=FRIDAY.date(),
        )
    )

    found = await states(county, first.family_id)
    assert found[str(first.referral_id)] == "cancelled"
    assert found[str(again.referral_id)] != "cancelled"


async def test_the_end_of_a_part_names_its_referral(county: County) -> None:
    held = await county.allocated("ada")

    await county.stage.hear(
        WorkbookClosed(
            workbook_id=new_id(),
            family_id=held["family_id"],
            referral_id=held["referral_id"],
            reason="RC7",
            closed_on=FRIDAY.date(),
        )
    )

    (ended,) = await county.stage.said(AllocationEnded)
    assert ended.data["referral_id"] == held["referral_id"]
