"""Screening at the front door: how urgent a concern is (RAG), and which level of need it shows."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from libs.kernel.errors import Invalid


class Rag(StrEnum):
    """How soon the front door must decide."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


class Ask(StrEnum):
    """What a level of need asks for."""

    UNIVERSAL_SERVICES = "universal_services"
    EARLY_HELP_ASSESSMENT = "early_help_assessment"
    CHILD_AND_FAMILY_ASSESSMENT = "child_and_family_assessment"
    STRATEGY_DISCUSSION = "strategy_discussion"


@dataclass(frozen=True, slots=True)
class Level:
    """One level of the local threshold of needs."""

    number: int
    title: str
    asks: frozenset[Ask]


#: The levels of Oxfordshire's Threshold of Needs; a referral is acceptance at level 3 or above.
LEVELS: Mapping[int, Level] = {
    1: Level(1, "universal", frozenset({Ask.UNIVERSAL_SERVICES})),
    2: Level(2, "additional needs, early help", frozenset({Ask.EARLY_HELP_ASSESSMENT})),
    3: Level(3, "complex needs, child in need", frozenset({Ask.CHILD_AND_FAMILY_ASSESSMENT})),
    4: Level(
        4,
        "acute needs, child protection",
        frozenset({Ask.CHILD_AND_FAMILY_ASSESSMENT, Ask.STRATEGY_DISCUSSION}),
    ),
}

# Source: Oxfordshire procedures, contacts and referrals: a request at or above level 3 is a referral.
ACCEPTED_FROM_LEVEL = 3


class NoSuchLevel(Invalid):
    """Levels of need run from 1 to 4."""


class ScreeningIncomplete(Invalid):
    """Urgency and level of need are set together."""

    slug = "decision-incomplete"


@dataclass(frozen=True, slots=True)
class Screening:
    """What the front door found: urgency and level."""

    rag: Rag
    level: int

    @property
    def is_urgent(self) -> bool:
        """Whether the referral may go to a decision without waiting for information."""
        return self.rag is Rag.RED

    @property
    def is_active_risk(self) -> bool:
        """Whether nothing may be done about it only with a manager's own reason."""
        return self.rag is Rag.RED or Ask.STRATEGY_DISCUSSION in LEVELS[self.level].asks

    @property
    def suspects_significant_harm(self) -> bool:
        """Whether the level asks for a strategy discussion."""
        return Ask.STRATEGY_DISCUSSION in LEVELS[self.level].asks

    @property
    def may_be_accepted(self) -> bool:
        """Whether the level of need is high enough for social care."""
        return self.level >= ACCEPTED_FROM_LEVEL


def screen(*, rag: Rag, level: int) -> Screening:
    """Return the screening; raise `NoSuchLevel` outside 1 to 4."""
    if level not in LEVELS:
        raise NoSuchLevel("The level of need is 1, 2, 3 or 4.", at="/level")
    return Screening(rag, level)


def screen_again(*, rag: Rag | None, level: int | None) -> Screening | None:
    """Return the new screening, or none where nothing is said; urgency and level are said together."""
    if rag is None and level is None:
        return None
    if rag is None or level is None:
        raise ScreeningIncomplete("Say both, or neither.", at="/level" if level is None else "/rag")
    return screen(rag=rag, level=level)
