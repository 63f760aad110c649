"""Convex piecewise-linear curves: what each further unit costs, as data that a solver can take over exactly."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Step:
    """From `at` onwards one more unit costs `slope`."""

    at: Decimal
    slope: Decimal


@dataclass(frozen=True, slots=True)
class Curve:
    """Cost that starts at zero and whose slope only rises."""

    steps: tuple[Step, ...]

    def value(self, x: Decimal) -> Decimal:
        """Return the cost at `x`; zero before the first step."""
        total = ZERO
        slope_so_far = ZERO
        for step in self.steps:
            if x <= step.at:
                break
            total += (x - step.at) * (step.slope - slope_so_far)
            slope_so_far = step.slope
        return total

    def rise(self, *, before: Decimal, after: Decimal) -> Decimal:
        """Return what going from `before` to `after` costs."""
        return self.value(after) - self.value(before)

    def is_convex(self) -> bool:
        """Whether places and slopes only rise and nothing is negative."""
        pairs = zip(self.steps, self.steps[1:], strict=False)
        rises = all(one.at < two.at and one.slope <= two.slope for one, two in pairs)
        return bool(self.steps) and rises and all(step.at >= 0 and step.slope >= 0 for step in self.steps)

    def __iter__(self) -> Iterator[Step]:
        """Go through the steps from left to right."""
        return iter(self.steps)


def curve(*steps: tuple[str, str]) -> Curve:
    """Write a curve as pairs of place and slope."""
    return Curve(tuple(Step(Decimal(at), Decimal(slope)) for at, slope in steps))
