"""The published figures: their rates and shares recompute from their counts."""

from datetime import date
from decimal import Decimal

import pytest

from services.metrics.domain import reference
from services.metrics.domain.reference import PUBLISHED
from services.metrics.domain.rounding import ratio


@pytest.mark.parametrize(("year", "looked_after_rate"), [(2024, 50), (2025, 51)])
def test_looked_after_rates_recompute_with_the_middle_of_the_year_before(year: int, looked_after_rate: int) -> None:
    published = PUBLISHED[year]

    assert published.looked_after is not None
    assert ratio(published.looked_after, published.children, per=10_000, places=0) == looked_after_rate


def test_the_rate_of_children_in_need_of_2025_is_published_with_one_decimal() -> None:
    assert ratio(PUBLISHED[2025].in_need, PUBLISHED[2025].children, per=10_000, places=1) == Decimal("234.4")


def test_the_shares_of_2025_recompute_from_their_counts() -> None:
    assert ratio(892, PUBLISHED[2025].referrals, per=100, places=1) == PUBLISHED[2025].re_referral_share
    assert ratio(168, PUBLISHED[2025].cp_starts, per=100, places=1) == PUBLISHED[2025].repeat_cp_share


def test_rates_of_a_year_use_the_population_in_the_middle_of_the_year_before() -> None:
    assert reference.population_for(date(2025, 3, 31)) == reference.Population(156_647, 2024)
    assert reference.population_for(date(2024, 4, 1)) == reference.Population(156_647, 2024)
    assert reference.population_for(date(2024, 3, 31)) == reference.Population(153_988, 2023)


def test_beyond_the_series_the_nearest_population_stands_in_and_says_so() -> None:
    assert reference.population_for(date(2027, 1, 1)).counted_in == 2024
    assert reference.population_for(date(2010, 1, 1)).counted_in == 2016
