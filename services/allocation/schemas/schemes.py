"""Versions of the points scheme; what is read has the shape of what is sent."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, CodeText, Day, Line, Resource, View, Whole
from services.allocation.domain import scheme as rules_of_schemes
from services.allocation.domain.cases import CaseType
from services.allocation.domain.complexity import HIGHEST
from services.allocation.domain.complexity import ComplexityRule as ComplexityRuleValue
from services.allocation.domain.curve import Curve, Step
from services.allocation.domain.scheme import SchemeState
from services.allocation.domain.workers import WorkerRole
from services.allocation.schemas.numbers import Counted, Days, Factor, Part, Points, Positive, Weight, exact

Row = Annotated[
    list[Positive], Field(max_length=10, json_schema_extra={"minItems": HIGHEST + 1, "maxItems": HIGHEST + 1})
]
Steps = Annotated[list[Annotated[list[Points], Field(min_length=2, max_length=2)]], Field(max_length=20)]


class PointsTable(Body):
    """What one child's work weighs, and what is added or taken off."""

    base: Annotated[dict[CaseType, Row], Field(description="Points for complexity 0, 1, 2 and 3")]
    sibling_factor: Factor
    co_working_factor: Factor
    transfer: Points
    transfer_days: Days
    travel: Points
    travel_minutes: Whole
    interpreter: Points
    settled_after_days: Days


class Nominal(Body):
    """What a full-time worker of each post can hold."""

    points: Annotated[dict[WorkerRole, Positive], Field(description="Every post, each above 0")]
    full_time_hours: Positive
    stable_element: Points
    first_year_factor: Part


class Ceilings(Body):
    """Where a worker gets no more, or only with a reason."""

    soft_per_cent: Positive
    hard_per_cent: Positive
    court_points: Positive
    first_year_children: Counted
    absent_days: Days
    alert_per_cent: Annotated[list[Counted], Field(max_length=10)]
    alert_margin: Whole


class Weights(Body):
    """How much each soft term counts, 0 to 10."""

    overload: Weight
    unevenness: Weight
    continuity: Weight
    travel: Weight
    recent: Weight
    agency: Weight
    pairing: Weight
    reserve: Weight
    mix: Weight


class Objective(Body):
    """The soft terms; a curve is a list of [from, points for each further unit]."""

    weights: Weights
    overload: Steps
    unevenness: Steps
    free_minutes: Whole
    continuity_full_months: Counted
    agency_horizon_days: Counted


class ComplexityRule(Body):
    """Scores when at least `at_least` of its groups of assessment factors are met."""

    code: CodeText
    title: Line
    groups: Annotated[list[Annotated[list[CodeText], Field(max_length=60)]], Field(max_length=10)]
    at_least: Counted
    score: Whole


class Minutes(Body):
    """Travel between two areas, each way, in either direction."""

    between: Annotated[list[CodeText], Field(min_length=2, max_length=2)]
    minutes: Whole


class Rules(Body):
    """What a version of the scheme says, all of it."""

    table: PointsTable
    nominal: Nominal
    ceilings: Ceilings
    objective: Objective
    complexity: Annotated[list[ComplexityRule], Field(max_length=50)]
    minutes: Annotated[list[Minutes], Field(max_length=400)]
    minutes_within: Whole
    minutes_unknown: Whole

    def value(self) -> rules_of_schemes.Rules:
        """Return the rules."""
        table, ceilings, objective = self.table, self.ceilings, self.objective
        return rules_of_schemes.Rules(
            table=rules_of_schemes.PointsTable(
                **_exact(table, whole={"transfer_days", "travel_minutes", "settled_after_days"}, other={"base"}),
                base={kind: tuple(map(exact, row)) for kind, row in table.base.items()},
            ),
            nominal=rules_of_schemes.Nominal(
                **_exact(self.nominal, other={"points"}),
                points={post: exact(points) for post, points in self.nominal.points.items()},
            ),
            ceilings=rules_of_schemes.Ceilings(
                **_exact(
                    ceilings,
                    whole={"first_year_children", "absent_days", "alert_margin"},
                    other={"alert_per_cent"},
                ),
                alert_per_cent=tuple(ceilings.alert_per_cent),
            ),
            objective=rules_of_schemes.Objective(
                weights=rules_of_schemes.Weights(**_exact(objective.weights)),
                overload=_curve(objective.overload),
                unevenness=_curve(objective.unevenness),
                free_minutes=objective.free_minutes,
                continuity_full_months=objective.continuity_full_months,
                agency_horizon_days=objective.agency_horizon_days,
            ),
            complexity=tuple(
                ComplexityRuleValue(
                    code=rule.code,
                    title=rule.title,
                    groups=tuple(map(frozenset, rule.groups)),
                    at_least=rule.at_least,
                    score=rule.score,
                )
                for rule in self.complexity
            ),
            minutes={(each.between[0], each.between[1]): each.minutes for each in self.minutes},
            minutes_within=self.minutes_within,
            minutes_unknown=self.minutes_unknown,
        )

    @classmethod
    def of(cls, rules: rules_of_schemes.Rules) -> "Rules":
        """Write the rules."""
        table, objective = rules.table, rules.objective
        return cls(
            table=PointsTable(
                **_floats(table, PointsTable, {"base"}),
                base={kind: [float(points) for points in row] for kind, row in table.base.items()},
            ),
            nominal=Nominal(
                **_floats(rules.nominal, Nominal, {"points"}),
                points={post: float(points) for post, points in rules.nominal.points.items()},
            ),
            ceilings=Ceilings(
                **_floats(rules.ceilings, Ceilings, {"alert_per_cent"}),
                alert_per_cent=list(rules.ceilings.alert_per_cent),
            ),
            objective=Objective(
                weights=Weights(**_floats(objective.weights, Weights)),
                overload=[[float(step.at), float(step.slope)] for step in objective.overload],
                unevenness=[[float(step.at), float(step.slope)] for step in objective.unevenness],
                free_minutes=objective.free_minutes,
                continuity_full_months=objective.continuity_full_months,
                agency_horizon_days=objective.agency_horizon_days,
            ),
            complexity=[
                ComplexityRule(
                    code=rule.code,
                    title=rule.title,
                    groups=[sorted(group) for group in rule.groups],
                    at_least=rule.at_least,
                    score=rule.score,
                )
                for rule in rules.complexity
            ],
            minutes=[
                Minutes(between=list(between), minutes=minutes) for between, minutes in sorted(rules.minutes.items())
            ],
            minutes_within=rules.minutes_within,
            minutes_unknown=rules.minutes_unknown,
        )


def _exact(
    body: Body, *, whole: frozenset[str] | set[str] = frozenset(), other: frozenset[str] | set[str] = frozenset()
) -> Mapping[str, Any]:
    return {
        name: getattr(body, name) if name in whole else exact(getattr(body, name))
        for name in type(body).model_fields
        if name not in other
    }


def _floats(value: object, shape: type[Body], other: frozenset[str] | set[str] = frozenset()) -> Mapping[str, Any]:
    found = {name: getattr(value, name) for name in shape.model_fields if name not in other}
    return {name: each if isinstance(each, int) else float(each) for name, each in found.items()}


def _curve(steps: list[list[float]]) -> Curve:
    return Curve(tuple(Step(exact(at), exact(slope)) for at, slope in steps))


class NewScheme(Body):
    """The next version of the scheme, whole; read the one in force and change what should differ."""

    title: Line
    effective_from: Day
    rules: Rules


class SchemeSummary(View):
    """A version of the scheme in a list."""

    id: UUID
    version: int
    title: str
    state: SchemeState
    effective_from: date
    drafted_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    revision: int


class Scheme(Resource):
    """A version of the scheme."""

    path: ClassVar[str] = "/v1/schemes"

    version: int
    title: str
    state: SchemeState
    effective_from: date
    drafted_at: datetime
    activated_at: datetime | None
    retired_at: datetime | None
    rules: Rules

    @classmethod
    def of(cls, value: rules_of_schemes.Scheme) -> "Scheme":
        """Write a version of the scheme."""
        return cls(
            id=value.id,
            revision=value.revision,
            version=value.version,
            title=value.title,
            state=value.state,
            effective_from=value.effective_from,
            drafted_at=value.drafted_at,
            activated_at=value.activated_at,
            retired_at=value.retired_at,
            rules=Rules.of(value.rules),
        )
