"""Re-referrals that come to light late: an earlier referral of the same child is loaded, or the child recognised in it."""

from uuid import UUID

from libs.chassis.database import Transaction
from libs.chassis.outbox import emit
from libs.contracts.referrals import ReReferralFound
from libs.kernel.deadline import end_of_day
from libs.kernel.working_days import add_months
from services.referrals.commands import steps
from services.referrals.domain import referral as rules
from services.referrals.domain.re_referral import RE_REFERRAL_MONTHS, Earlier
from services.referrals.domain.referral import Referral
from services.referrals.repository import referrals


async def came_before(tx: Transaction, earlier: Referral, children: frozenset[UUID]) -> None:
    """Mark the referrals of these children that came within twelve months after this one, and were known before it."""
    this = Earlier(referral_id=earlier.id, received_on=earlier.received_on, state=earlier.state)
    until = end_of_day(add_months(earlier.received_on, RE_REFERRAL_MONTHS))
    for later, followed in await referrals.later_of(tx, children, after=earlier.received_at, until=until):
        marked = rules.preceded(later, earlier=(*followed, this))
        if marked != later:
            say(tx, await steps.save(tx, marked, verb="find-re-referral"))


def say(tx: Transaction, marked: Referral) -> None:
    """Say which referral this one follows."""
    if marked.prior_referral_id is not None:
        emit(
            tx,
            ReReferralFound(
                referral_id=marked.id, family_id=marked.family_id, prior_referral_id=marked.prior_referral_id
            ),
        )
