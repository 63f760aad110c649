"""The areas that a referral may name."""

from libs.chassis.database import Transaction
from services.referrals.repository import areas


async def served(tx: Transaction) -> tuple[str, ...]:
    """Return the areas that teams serve, in the order of their codes."""
    return tuple(sorted(await areas.served(tx)))
