"""Posts, shares and who is eligible."""

import math
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.domain import practitioners
from services.partners.domain.agencies import Specialism
from services.partners.domain.practitioners import AlreadyLeft, ImpossibleHours, TeamShare
from tests.partners.domain.builders import a_practitioner

TEAMS = tuple(UUID(int=number) for number in range(1, 18))
TODAY = date(2026, 11, 2)


def test_ten_posts_over_seventeen_teams_give_each_about_0_59() -> None:
    ten = tuple(
        a_practitioner(id=UUID(int=900 + post), shares=tuple(TeamShare(team, 1 / 17) for team in TEAMS))
        for post in range(10)
    )

    each = [
        practitioners.fte_in_team(ten, specialism=Specialism.SUBSTANCE_MISUSE, team_id=team, on=TODAY) for team in TEAMS
    ]

    assert all(round(fte, 2) == 0.59 for fte in each)
    assert math.fsum(each) == pytest.approx(10)
    assert all(practitioners.check(one) == one for one in ten)


@pytest.mark.parametrize("fte", [0, -0.5, 1.01, math.nan, math.inf])
def test_a_post_is_more_than_nothing_and_at_most_full_time(fte: float) -> None:
    with pytest.raises(ImpossibleHours):
        practitioners.check(a_practitioner(fte=fte, shares=()))


@pytest.mark.parametrize(
    "shares",
    [
        (TeamShare(TEAMS[0], 0.5), TeamShare(TEAMS[1], 0.4)),
        (TeamShare(TEAMS[0], 0.2), TeamShare(TEAMS[0], 0.2)),
        (TeamShare(TEAMS[0], 0.0),),
        (TeamShare(TEAMS[0], -0.1), TeamShare(TEAMS[1], 0.5)),
        (TeamShare(TEAMS[0], math.nan),),
    ],
)
def test_shares_never_add_up_to_more_than_the_post(shares: tuple[TeamShare, ...]) -> None:
    with pytest.raises(ImpossibleHours):
        practitioners.check(a_practitioner(fte=0.8, shares=shares))


hundredths = st.integers(1, 100).map(lambda hundred: hundred / 100)


@given(hundredths, st.lists(hundredths, max_size=17))
def test_what_is_let_through_keeps_shares_within_the_post(fte: float, parts: list[float]) -> None:
    shares = tuple(TeamShare(team, part) for team, part in zip(TEAMS, parts, strict=False))
    fits = sum(round(part * 100) for part in parts) <= round(fte * 100)

    if not fits:
        with pytest.raises(ImpossibleHours):
            practitioners.share_out(a_practitioner(), fte=fte, shares=shares, today=TODAY)
        return
    shared = practitioners.share_out(a_practitioner(), fte=fte, shares=shares, today=TODAY)

    assert practitioners.shared_fte(shared) <= shared.fte + 1e-6
    assert shared.fte <= 1


def test_whoever_leaves_serves_no_team_from_that_day() -> None:
    gone = practitioners.leave(a_practitioner(), left_on=date(2026, 12, 1), today=TODAY)

    assert practitioners.shares_on(gone, on=date(2026, 11, 30)) == a_practitioner().shares
    assert practitioners.shares_on(gone, on=date(2026, 12, 1)) == ()
    assert practitioners.is_active(gone, on=date(2026, 11, 30))
    assert not practitioners.is_active(gone, on=date(2026, 12, 1))
    with pytest.raises(AlreadyLeft):
        practitioners.leave(gone, left_on=date(2026, 12, 2), today=date(2026, 12, 1))
    with pytest.raises(AlreadyLeft):
        practitioners.share_out(gone, fte=0.5, shares=(), today=date(2026, 12, 1))


def test_whoever_has_given_notice_still_changes_hours_and_the_day_of_leaving() -> None:
    leaving = practitioners.leave(a_practitioner(), left_on=date(2026, 12, 1), today=TODAY)

    assert practitioners.share_out(leaving, fte=0.5, shares=(), today=TODAY).left_on == date(2026, 12, 1)
    assert practitioners.leave(leaving, left_on=date(2027, 1, 1), today=TODAY).left_on == date(2027, 1, 1)


def test_nobody_leaves_before_joining() -> None:
    with pytest.raises(ImpossibleHours):
        practitioners.leave(a_practitioner(), left_on=date(2024, 1, 1), today=TODAY)


def test_practitioners_of_another_specialism_do_not_count() -> None:
    fte = practitioners.fte_in_team(
        (a_practitioner(),),
        specialism=Specialism.MENTAL_HEALTH,
        team_id=a_practitioner().shares[0].team_id,
        on=TODAY,
    )

    assert fte == 0
