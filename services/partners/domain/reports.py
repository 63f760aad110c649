"""The end report: what became of each goal, in the practitioner's eyes and in the family's own."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from libs.kernel.errors import Invalid


class GoalOutcome(StrEnum):
    """What became of a goal."""

    ACHIEVED = "achieved"
    PARTLY = "partly"
    NOT = "not"


class NoFamilyView(StrEnum):
    """Why the family's own view is missing."""

    DID_NOT_WISH = "did_not_wish"
    COULD_NOT_ASK = "could_not_ask"
    UNSAFE_TO_ASK = "unsafe_to_ask"


class IncompleteReport(Invalid):
    """The report leaves something out."""

    slug = "incomplete-report"


WEIGHT: Mapping[GoalOutcome, float] = {GoalOutcome.ACHIEVED: 1.0, GoalOutcome.PARTLY: 0.5, GoalOutcome.NOT: 0.0}


@dataclass(frozen=True, slots=True)
class ReportedGoal:
    """A goal in the words of the plan, and what became of it."""

    goal: str
    outcome: GoalOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class EndReport:
    """The agency's report on its work with one adult; the family's view, or the reason why there is none."""

    goals: tuple[ReportedGoal, ...]
    practitioner_view: str
    family_view: str | None
    no_family_view: NoFamilyView | None


def check(report: EndReport) -> EndReport:
    """Return the report if it has a goal, the practitioner's view, and the family's view or why there is none."""
    if not report.goals:
        raise IncompleteReport("At least one goal is reported on.", at="/goals")
    if not report.practitioner_view.strip():
        raise IncompleteReport("The practitioner's view is part of the report.", at="/practitioner_view")
    if (report.family_view is None) is (report.no_family_view is None):
        raise IncompleteReport("Give the family's view, or the reason why there is none.", at="/family_view")
    return report


def outcome(report: EndReport) -> float:
    """Return the mean over the goals: achieved counts 1, partly 0.5, not 0."""
    return sum(WEIGHT[goal.outcome] for goal in report.goals) / len(report.goals)
