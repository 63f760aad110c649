"""The one place where figures are rounded: halves go up, as the published tables do."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

Number = int | float | Decimal | Fraction


def half_up(value: Number, *, places: int) -> Decimal:
    """Return `value` with `places` decimals, halves rounded away from zero; a float as it is written."""
    if isinstance(value, Fraction):
        scaled = abs(value) * 10**places
        units = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
        return Decimal(units if value >= 0 else -units).scaleb(-places)
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    # A negative value that rounds to nought is nought.
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP) + 0


def ratio(numerator: int, denominator: int, *, per: int, places: int) -> Decimal:
    """Return `numerator` per `per` of `denominator`, rounded once, from the exact quotient."""
    return half_up(Fraction(numerator * per, denominator), places=places)
