"""Halves go up."""

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.rounding import half_up, ratio


def test_a_half_goes_up_where_banks_would_go_to_even() -> None:
    assert half_up(0.5, places=0) == 1
    assert half_up(2.5, places=0) == 3
    assert half_up(Fraction(1, 8), places=2) == Decimal("0.13")


def test_a_decimal_written_as_a_float_rounds_as_it_is_written() -> None:
    assert half_up(2.675, places=2) == Decimal("2.68")


def test_a_negative_half_goes_away_from_nought() -> None:
    assert half_up(-0.5, places=0) == -1


def test_a_ratio_is_rounded_once_from_the_exact_quotient() -> None:
    assert ratio(892, 5047, per=100, places=1) == Decimal("17.7")


@given(st.fractions(min_value=-10_000, max_value=10_000), st.integers(0, 4))
def test_rounding_moves_by_at_most_half_a_unit(value: Fraction, places: int) -> None:
    rounded = half_up(value, places=places)

    assert abs(Fraction(rounded) - value) <= Fraction(1, 2 * 10**places)
