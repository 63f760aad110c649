"""Intervals against printed vectors."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.intervals import Method, byar, exact_poisson, of_count, of_mean, wilson


def per_10000(bound: float, population: int) -> float:
    return round(bound / population * 10_000, 3)


def test_sixty_events_in_14500_by_byar() -> None:
    interval = byar(60)

    assert (per_10000(interval.low, 14_500), per_10000(interval.high, 14_500)) == (31.575, 53.264)


def test_sixty_events_in_14500_exactly() -> None:
    interval = exact_poisson(60)

    assert (per_10000(interval.low, 14_500), per_10000(interval.high, 14_500)) == (31.577, 53.263)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Source: Ulm (1990), A simple method to calculate the confidence interval of a standardized mortality ratio.
    [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (10, 4.7954, 18.3904), (100, 81.3640, 121.6268)],
)
def test_exact_bounds_agree_with_printed_tables(count: int, low: float, high: float) -> None:
    interval = exact_poisson(count)

    assert round(interval.low, 4) == low
    assert round(interval.high, 4) == high


def test_wilson_agrees_with_a_printed_example() -> None:
    # Source: Newcombe (1998), Two-sided confidence intervals for the single proportion: 81 of 263, 0.2553 to 0.3662.
    interval = wilson(81, 263)

    assert (round(interval.low, 4), round(interval.high, 4)) == (0.2553, 0.3662)


def test_wilson_of_none_begins_at_nought_and_of_all_ends_at_one() -> None:
    assert wilson(0, 20).low == 0.0
    assert wilson(20, 20).high == 1.0


def test_byar_takes_over_at_ten_events() -> None:
    assert of_count(9).method is Method.EXACT_POISSON
    assert of_count(10).method is Method.BYAR


def test_a_mean_of_one_value_has_no_interval() -> None:
    assert of_mean(5, 1, 25) is None


def test_the_interval_of_a_mean_uses_the_spread_of_the_values() -> None:
    values = (2, 4, 4, 4, 5, 5, 7, 9)

    interval = of_mean(sum(values), len(values), sum(value * value for value in values))

    spread = 1.959963984540054 * math.sqrt(32 / 7 / 8)
    assert interval is not None
    assert interval.low == pytest.approx(5 - spread)
    assert interval.high == pytest.approx(5 + spread)


@given(st.integers(0, 20_000))
def test_the_interval_of_a_count_encloses_it_and_byar_comes_near_the_exact_one(count: int) -> None:
    exact, approximate = exact_poisson(count), byar(count)

    assert exact.low <= count < exact.high
    assert approximate.high == pytest.approx(exact.high, abs=0.03)
    assert approximate.low == pytest.approx(exact.low, abs=0.03)


@given(st.integers(1, 10_000).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_wilson_encloses_the_share_and_stays_between_nought_and_one(pair: tuple[int, int]) -> None:
    count, total = pair

    interval = wilson(count, total)

    assert 0 <= interval.low <= count / total + 1e-12
    assert count / total - 1e-12 <= interval.high <= 1
