"""How points and per cents are rounded, here and nowhere else."""

from decimal import ROUND_HALF_UP, Decimal

_HUNDREDTH = Decimal("0.01")
_THOUSANDTH = Decimal("0.001")
_HUNDRED = Decimal(100)


def points(value: Decimal) -> Decimal:
    """Round points half up to hundredths, so that sums of shown points are exact."""
    return value.quantize(_HUNDREDTH, rounding=ROUND_HALF_UP)


def per_cent(part: Decimal, whole: Decimal) -> Decimal:
    """Return `part` of `whole` in per cent: the ratio rounded half up at three decimals, so to 0.1 %."""
    return ((part / whole).quantize(_THOUSANDTH, rounding=ROUND_HALF_UP) * _HUNDRED).quantize(Decimal("0.1"))


def spoken(value: Decimal) -> str:
    """Write a number as one reads it out: no trailing zeros, never an exponent."""
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"
