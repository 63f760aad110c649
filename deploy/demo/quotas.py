"""Sharing a whole out by proportion, so that a small county still has the proportions of a large one."""

from collections.abc import Mapping
from random import Random


def share_out(total: int, weights: Mapping[str, float]) -> dict[str, int]:
    """Return how many of `total` each gets: largest remainders first, all of it given away."""
    whole = sum(weights.values())
    exact = {name: total * weight / whole for name, weight in weights.items()}
    given = {name: int(part) for name, part in exact.items()}
    by_remainder = sorted(weights, key=lambda name: (given[name] - exact[name], name))
    for name in by_remainder[: total - sum(given.values())]:
        given[name] += 1
    return given


def shuffled(total: int, weights: Mapping[str, float], chance: Random) -> list[str]:
    """Return `total` names in these proportions, in an order of chance."""
    names = [name for name, count in share_out(total, weights).items() for _ in range(count)]
    chance.shuffle(names)
    return names


def family_sizes(children: int, chance: Random) -> list[int]:
    """Return sizes of sibling groups that have this many children in all."""
    sizes: list[int] = []
    left = children
    while left:
        size = min(left, chance.choices((1, 2, 3, 4, 5), (46, 29, 15, 7, 3))[0])
        sizes.append(size)
        left -= size
    return sizes
