"""Who sent a referral: a professional, a member of the public, or somebody who stays unnamed."""

from dataclasses import dataclass

from libs.kernel.codes import ReferralSource
from libs.kernel.errors import Invalid
from services.referrals.domain.names import folded


class AnonymousReferrerIdentified(Invalid):
    """The referrer asked not to be named, and is."""

    slug = "anonymous-referrer-identified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Referrer:
    """The sender; `may_be_named` says whether the family may learn who it was."""

    name: str = ""
    agency: str = ""
    contact: str = ""
    may_be_named: bool = True
    unsafe_to_reply: bool = False


def check_referrer(referrer: Referrer, *, source: ReferralSource, narrative: str) -> None:
    """Raise `AnonymousReferrerIdentified` if who wishes to stay unnamed can be found out from the text."""
    if source is ReferralSource.ANONYMOUS and (referrer.name or referrer.contact):
        raise AnonymousReferrerIdentified("An anonymous referrer has no name and no contact.", at="/referrer")
    if referrer.may_be_named or not referrer.name:
        return
    named = f" {folded(referrer.name)} "
    if named.strip() and named in f" {folded(narrative)} ":
        raise AnonymousReferrerIdentified("The text names the referrer.", at="/narrative")
