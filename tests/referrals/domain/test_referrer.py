"""Referrers who wish to stay unnamed."""

import pytest

from libs.kernel.codes import ReferralSource
from services.referrals.domain.referrer import AnonymousReferrerIdentified, Referrer, check_referrer

HIDDEN = Referrer(name="Robin Invented", may_be_named=False)


@pytest.mark.parametrize("narrative", ["I am robin invented.", "Call Robin  INVENTED", "ROBÍN INVENTED saw it"])
def test_who_is_not_to_be_named_is_not_in_the_text(narrative: str) -> None:
    with pytest.raises(AnonymousReferrerIdentified) as refusal:
        check_referrer(HIDDEN, source=ReferralSource.ACQUAINTANCE, narrative=narrative)

    assert "Robin" not in str(refusal.value)


@pytest.mark.parametrize("narrative", ["A robin sang.", "Robinson Invented saw it", ""])
def test_another_name_is_not_theirs(narrative: str) -> None:
    check_referrer(HIDDEN, source=ReferralSource.ACQUAINTANCE, narrative=narrative)


def test_who_may_be_named_may_name_themselves() -> None:
    check_referrer(Referrer(name="Robin Invented"), source=ReferralSource.SCHOOL, narrative="I am Robin Invented.")


def test_anonymous_has_no_name() -> None:
    with pytest.raises(AnonymousReferrerIdentified):
        check_referrer(Referrer(name="Robin Invented"), source=ReferralSource.ANONYMOUS, narrative="")

    check_referrer(Referrer(), source=ReferralSource.ANONYMOUS, narrative="Somebody shouts at night.")
