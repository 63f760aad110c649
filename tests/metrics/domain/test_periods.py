"""Periods: half-open, and the years that figures are published for."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.periods import (
    Period,
    PeriodReversed,
    financial_year,
    financial_year_of,
    month_of,
    months,
    quarter_of,
    whole_months,
)

days = st.dates(date(2000, 1, 1), date(2100, 1, 1))
periods = st.builds(lambda day, length: Period(day, day + timedelta(days=length)), days, st.integers(1, 1500))


def test_a_period_does_not_contain_its_end() -> None:
    period = Period(date(2025, 4, 1), date(2026, 4, 1))

    assert period.contains(date(2025, 4, 1))
    assert period.contains(date(2026, 3, 31))
    assert not period.contains(date(2026, 4, 1))


def test_a_period_that_ends_as_it_begins_is_refused() -> None:
    with pytest.raises(PeriodReversed):
        Period(date(2025, 4, 1), date(2025, 4, 1))


def test_the_financial_year_2025_ends_with_march_2025() -> None:
    assert financial_year(2025) == Period(date(2024, 4, 1), date(2025, 4, 1))
    assert financial_year_of(date(2025, 3, 31)) == 2025
    assert financial_year_of(date(2025, 4, 1)) == 2026


def test_february_of_a_leap_year_has_twenty_nine_days() -> None:
    assert month_of(date(2028, 2, 29)).days == 29


def test_a_quarter_begins_with_january_april_july_or_october() -> None:
    assert quarter_of(date(2025, 12, 31)) == Period(date(2025, 10, 1), date(2026, 1, 1))
    assert quarter_of(date(2025, 4, 1)).from_on == date(2025, 4, 1)


@given(periods)
def test_months_cover_a_period_without_gap_or_overlap(period: Period) -> None:
    parts = months(period)

    assert parts[0].from_on == period.from_on
    assert parts[-1].until_on == period.until_on
    assert all(before.until_on == after.from_on for before, after in pairwise(parts))
    assert sum(part.days for part in parts) == period.days


@given(periods)
def test_whole_months_are_the_months_that_are_not_cut(period: Period) -> None:
    whole = whole_months(period)

    uncut = [part for part in months(period) if part == month_of(part.from_on)]
    assert (whole is None) == (not uncut)
    assert whole is None or whole == Period(uncut[0].from_on, uncut[-1].until_on)


@given(days)
def test_a_day_lies_in_its_month_and_quarter(day: date) -> None:
    assert month_of(day).contains(day)
    assert quarter_of(day).contains(day)
