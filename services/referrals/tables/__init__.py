"""The tables of the front door: people, referrals and what hangs on them, and the areas that teams serve."""

from services.referrals.tables.areas import team
from services.referrals.tables.people import (
    contact_point,
    family,
    family_member,
    metadata,
    person,
    person_source,
    protected_contact_point,
    relationship,
)
from services.referrals.tables.referrals import (
    clock,
    contact,
    decision,
    enquiry,
    information_request,
    match,
    referral,
    referrer_notice,
    strategy_discussion,
)

__all__ = [
    "clock",
    "contact",
    "contact_point",
    "decision",
    "enquiry",
    "family",
    "family_member",
    "information_request",
    "match",
    "metadata",
    "person",
    "person_source",
    "protected_contact_point",
    "referral",
    "referrer_notice",
    "relationship",
    "strategy_discussion",
    "team",
]
