"""The levels of work with a family, in order, and the plans that a child may be on."""

from collections.abc import Iterable
from enum import StrEnum

from libs.kernel.errors import Conflict


class Level(StrEnum):
    """How much of the council's work a family gets, from least to most."""

    EARLY_HELP = "early_help"
    ASSESSMENT = "assessment"
    CIN = "cin"
    CP = "cp"
    PRE_PROCEEDINGS = "pre_proceedings"
    PROCEEDINGS = "proceedings"
    LOOKED_AFTER = "looked_after"


class SpellKind(StrEnum):
    """What a child may be on: a plan, or a legal status that counts as one."""

    EH = "eh"
    CIN = "cin"
    CP = "cp"
    PRE_PROCEEDINGS = "pre_proceedings"
    PROCEEDINGS = "proceedings"
    LOOKED_AFTER = "looked_after"


class Direction(StrEnum):
    """Which way a level changed."""

    UP = "up"
    DOWN = "down"


class NotAStepUp(Conflict):
    """The family is already at that level or above it."""


_RANK = {level: rank for rank, level in enumerate(Level)}
LEVEL_OF: dict[SpellKind, Level] = {
    SpellKind.EH: Level.EARLY_HELP,
    SpellKind.CIN: Level.CIN,
    SpellKind.CP: Level.CP,
    SpellKind.PRE_PROCEEDINGS: Level.PRE_PROCEEDINGS,
    SpellKind.PROCEEDINGS: Level.PROCEEDINGS,
    SpellKind.LOOKED_AFTER: Level.LOOKED_AFTER,
}


def direction(*, before: Level, after: Level) -> Direction:
    """Whether going from one level to another is a step up or a step down."""
    return Direction.UP if _RANK[after] > _RANK[before] else Direction.DOWN


def level_after(current: Level, *, open_kinds: Iterable[SpellKind], assessing: bool) -> Level:
    """Return the family's level given the plans its children are on: the highest of them.

    While a family is assessed its level is at least `assessment`; between two plans it stays where it was.
    """
    levels = [LEVEL_OF[kind] for kind in open_kinds]
    if assessing:
        levels.append(Level.ASSESSMENT)
    return max(levels, key=_RANK.__getitem__) if levels else current


def level_of_merged(levels: Iterable[Level], *, open_kinds: Iterable[SpellKind]) -> Level:
    """Return the level of a family whose open records became one: that of its plans, or else the highest of them."""
    held = tuple(levels)
    highest = max(held, key=_RANK.__getitem__)
    return level_after(highest, open_kinds=open_kinds, assessing=Level.ASSESSMENT in held)


def step_up(*, current: Level, to: Level) -> Level:
    """Return the higher level; raise `NotAStepUp` for the same or a lower one."""
    if _RANK[to] <= _RANK[current]:
        raise NotAStepUp(f"The family is at {current}; stepping up needs a higher level.", current=str(current))
    return to
