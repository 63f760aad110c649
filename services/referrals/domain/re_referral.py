"""When a referral is a re-referral: of the same child, within twelve calendar months."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from libs.kernel.working_days import add_months
from services.referrals.domain.states import NOT_COUNTED, State

# Source: children in need statistics, re-referral: within 12 months of the same child's previous referral.
RE_REFERRAL_MONTHS = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A referral of the same child that came before."""

    referral_id: UUID
    received_on: date
    state: State


def within_re_referral(*, previous_on: date, received_on: date) -> bool:
    """Say whether `received_on` lies within 12 calendar months after a previous referral."""
    return previous_on <= received_on <= add_months(previous_on, RE_REFERRAL_MONTHS)


def prior_of(*, received_on: date, earlier: tuple[Earlier, ...]) -> Earlier | None:
    """Return the latest earlier referral that makes one of `received_on` a re-referral."""
    counted = [
        one
        for one in earlier
        if one.state not in NOT_COUNTED and within_re_referral(previous_on=one.received_on, received_on=received_on)
    ]
    return max(counted, key=lambda one: (one.received_on, one.referral_id), default=None)
