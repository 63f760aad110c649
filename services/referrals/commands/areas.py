"""Where a family lives, as far as it decides which teams can take it: corrected before a referral is accepted."""

from uuid import UUID

from libs.chassis.database import Transaction
from libs.kernel.roles import Role
from services.referrals.commands import steps
from services.referrals.domain import areas as rules
from services.referrals.domain import referral as referral_rules
from services.referrals.domain.referral import Referral
from services.referrals.repository import areas, referrals


async def served_by(tx: Transaction, *, team_id: UUID, codes: tuple[str, ...]) -> None:
    """Note which areas a team serves now."""
    await areas.keep(tx, team_id=team_id, areas=codes)


async def correct(tx: Transaction, *, referral_id: UUID, revision: int, area: str) -> Referral:
    """Correct the area of a referral that is not accepted yet."""
    before = await referrals.take(tx, referral_id, revision=revision)
    corrected = referral_rules.correct_area(before, area=area)
    rules.check_area(area, served=await areas.served(tx))
    return before if corrected == before else await steps.save(tx, corrected, verb="correct-area")


async def need_served(tx: Transaction, referral: Referral) -> None:
    """Raise `AreaNotServed` for what nobody could be found for; history that an integration loads waits for nobody."""
    if Role.CASE_SYSTEM not in tx.by.roles:
        rules.check_served(referral.area, served=await areas.served(tx))
