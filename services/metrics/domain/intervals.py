"""Confidence intervals at 95 per cent: Wilson for shares, Byar and exact Poisson for counts, normal for means."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

#: The 97.5th percentile of the normal distribution.
Z95 = 1.959963984540054
_TAIL = 0.025
# Source: Association of Public Health Observatories, Technical Briefing 3 (2008): Byar from 10 events upwards.
BYAR_FROM = 10
_TINY = 1e-300
_PRECISION = 1e-15
_STEPS = 500


class Method(StrEnum):
    """How an interval was found."""

    WILSON = "wilson"
    BYAR = "byar"
    EXACT_POISSON = "exact_poisson"
    NORMAL_MEAN = "normal_mean"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true figure lies, with 95 per cent confidence."""

    low: float
    high: float
    method: Method


def wilson(count: int, total: int) -> Interval:
    """Interval of the share `count` of `total`, between 0 and 1."""
    share = count / total
    centre = share + Z95**2 / (2 * total)
    spread = Z95 * math.sqrt(share * (1 - share) / total + Z95**2 / (4 * total**2))
    scale = 1 + Z95**2 / total
    low = 0.0 if count == 0 else (centre - spread) / scale
    high = 1.0 if count == total else (centre + spread) / scale
    return Interval(low, high, Method.WILSON)


def byar(count: int) -> Interval:
    """Byar's interval of an event count."""
    low = count * (1 - 1 / (9 * count) - Z95 / (3 * math.sqrt(count))) ** 3 if count else 0.0
    above = count + 1
    high = above * (1 - 1 / (9 * above) + Z95 / (3 * math.sqrt(above))) ** 3
    return Interval(low, high, Method.BYAR)


@lru_cache(maxsize=256)
def exact_poisson(count: int) -> Interval:
    """Exact interval of an event count, from the Poisson distribution itself."""
    ceiling = 2 * count + 20.0
    low = 0.0 if count == 0 else _root(lambda mean: _lower_gamma(count, mean) - _TAIL, ceiling)
    high = _root(lambda mean: _lower_gamma(count + 1, mean) - (1 - _TAIL), ceiling + 10 * math.sqrt(ceiling))
    return Interval(low, high, Method.EXACT_POISSON)


def of_count(count: int) -> Interval:
    """Interval of an event count: exact below ten events, Byar from there."""
    return byar(count) if count >= BYAR_FROM else exact_poisson(count)


def of_mean(total: int, count: int, squares: int) -> Interval | None:
    """Interval of a mean, given the sum of the values, their number and the sum of their squares; none below two."""
    if count <= 1:
        return None
    variance = max(0.0, (squares - total * total / count) / (count - 1))
    spread = Z95 * math.sqrt(variance / count)
    mean = total / count
    return Interval(mean - spread, mean + spread, Method.NORMAL_MEAN)


def _lower_gamma(shape: int, at: float) -> float:
    """Regularised lower incomplete gamma: the probability of `shape` or more events when `at` are expected."""
    if at <= 0:
        return 0.0
    front = math.exp(shape * math.log(at) - at - math.lgamma(shape))
    return front * _series(shape, at) if at < shape + 1 else 1.0 - front * _fraction(shape, at)


def _series(shape: int, at: float) -> float:
    term = total = 1.0 / shape
    for step in range(1, _STEPS * 20):
        term *= at / (shape + step)
        total += term
        if term < total * _PRECISION:
            break
    return total


def _fraction(shape: int, at: float) -> float:
    # Lentz's way of evaluating the continued fraction of the upper incomplete gamma.
    b = at + 1.0 - shape
    c = 1.0 / _TINY
    d = 1.0 / b if b else 1.0 / _TINY
    result = d
    for step in range(1, _STEPS * 20):
        factor = -step * (step - shape)
        b += 2.0
        d = 1.0 / ((factor * d + b) or _TINY)
        c = (b + factor / c) or _TINY
        result *= d * c
        if abs(d * c - 1.0) < _PRECISION:
            break
    return result


def _root(rising: Callable[[float], float], ceiling: float) -> float:
    low, high = 0.0, ceiling
    for _ in range(200):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if rising(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
