"""Which areas may be said, and in which a referral may be accepted."""

import pytest

from libs.kernel.errors import Conflict
from services.referrals.domain.areas import check_area, check_served


def test_without_any_team_every_area_is_believed() -> None:
    check_area("atlantis", served=frozenset())
    check_served("atlantis", served=frozenset())


def test_what_nobody_knows_yet_may_be_said_and_not_accepted() -> None:
    check_area("unknown", served={"cherwell"})
    with pytest.raises(Conflict):
        check_served("unknown", served={"cherwell"})
