"""The numbers of the documents have the bounds that the rules keep."""

from collections.abc import Iterator
from typing import Any

import pytest

from libs.kernel.tools import HIGHEST, LOWEST
from tests.architecture.documents import document, operations, schemas

#: A field, and what its number is at least (or above) and at most; without an end where no rule knows one.
PART, FACTOR, WEIGHT = ("above", 0, 1), ("least", 0, 1), ("least", 0, 10)
HOURS, DAYS, COUNTED = ("above", 0, 60), ("least", 0, 3660), ("least", 1, None)
TRUE = {
    ("referrals", "Triage.level"): ("least", 1, 4),
    ("referrals", "Reopening.level"): ("least", 1, 4),
    ("allocation", "NewWorker.fte"): PART,
    ("allocation", "WorkerPost.fte"): PART,
    ("allocation", "WorkerPost.contracted_hours"): HOURS,
    ("allocation", "WorkerPost.extra_duties"): ("least", 0, 1000),
    ("allocation", "NewAbsence.hours"): HOURS,
    ("allocation", "PointsTable.base"): ("above", 0, None),
    ("allocation", "PointsTable.sibling_factor"): FACTOR,
    ("allocation", "PointsTable.co_working_factor"): FACTOR,
    ("allocation", "PointsTable.transfer"): ("least", 0, None),
    ("allocation", "PointsTable.transfer_days"): DAYS,
    ("allocation", "PointsTable.travel"): ("least", 0, None),
    ("allocation", "PointsTable.interpreter"): ("least", 0, None),
    ("allocation", "PointsTable.settled_after_days"): DAYS,
    ("allocation", "Nominal.points"): ("above", 0, None),
    ("allocation", "Nominal.full_time_hours"): ("above", 0, None),
    ("allocation", "Nominal.stable_element"): ("least", 0, None),
    ("allocation", "Nominal.first_year_factor"): PART,
    ("allocation", "Ceilings.soft_per_cent"): ("above", 0, None),
    ("allocation", "Ceilings.hard_per_cent"): ("above", 0, None),
    ("allocation", "Ceilings.court_points"): ("above", 0, None),
    ("allocation", "Ceilings.first_year_children"): COUNTED,
    ("allocation", "Ceilings.absent_days"): DAYS,
    ("allocation", "Ceilings.alert_per_cent"): COUNTED,
    **{
        ("allocation", f"Weights.{term}"): WEIGHT
        for term in ("overload", "unevenness", "continuity", "travel", "recent", "agency", "pairing", "reserve", "mix")
    },
    ("allocation", "Objective.overload"): ("least", 0, None),
    ("allocation", "Objective.unevenness"): ("least", 0, None),
    ("allocation", "Objective.continuity_full_months"): COUNTED,
    ("allocation", "Objective.agency_horizon_days"): COUNTED,
    ("allocation", "ComplexityRule.at_least"): COUNTED,
    ("workbook", "InterviewDetail.readiness"): ("least", 0, 10),
    ("workbook", "DirectWorkDetail.module"): ("least", 1, 8),
    ("workbook", "ToolDetail.total"): ("least", 0, HIGHEST),
    ("partners", "NewPractitioner.fte"): PART,
    ("partners", "Share.fte"): PART,
    ("partners", "RoomBody.places"): ("least", 0, 1000),
    ("partners", "RoomBody.waiting"): ("least", 0, 1000),
    ("partners", "ScoreBody.total"): ("least", LOWEST, HIGHEST),
}


def _numbers(part: Any) -> Iterator[dict[str, Any]]:
    """Every number within a field, be it alone, in a list or in a table."""
    if isinstance(part, dict) and part.get("type") in {"integer", "number"}:
        yield part
    for inner in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        yield from _numbers(inner)


@pytest.mark.parametrize(("name", "field"), TRUE)
def test_a_number_has_the_bounds_of_its_rule(name: str, field: str) -> None:
    kind, low, most = TRUE[(name, field)]
    schema, _, own = field.partition(".")

    (told,) = _numbers(schemas(name)[schema]["properties"][own])

    assert told.get("minimum" if kind == "least" else "exclusiveMinimum") == low
    assert ("minimum" in told) == (kind == "least")
    assert most is None or told["maximum"] == most


def test_the_modules_are_eight() -> None:
    codes = [
        parameter["schema"]
        for where, operation in operations("workbook")
        for parameter in operation["parameters"]
        if "/modules/{code}" in where and parameter["name"] == "code"
    ]

    assert [(code["minimum"], code["maximum"]) for code in codes] == [(1, 8)] * 4


def test_a_row_of_points_has_one_for_each_complexity() -> None:
    row = document("allocation")["components"]["schemas"]["PointsTable"]["properties"]["base"]["additionalProperties"]

    assert (row["minItems"], row["maxItems"]) == (4, 4)
