"""The points scheme: what work weighs, how much a worker can hold, and what a good match is worth. Versioned data."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.allocation.domain.cases import CaseType
from services.allocation.domain.complexity import HIGHEST, ComplexityRule
from services.allocation.domain.curve import Curve
from services.allocation.domain.workers import WorkerRole

#: Heavier weights would drown every other term.
HEAVIEST_WEIGHT = Decimal(10)
#: Longer counts of days would lead out of the calendar.
MOST_DAYS = 3660


class SchemeState(StrEnum):
    """Where a version of the scheme stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    RETIRED = "retired"


class InvalidScheme(Invalid):
    """The points scheme contradicts itself."""

    slug = "invalid-scheme"


class InvalidWeight(Invalid):
    """A weight of the points scheme is negative, missing or too heavy."""

    slug = "invalid-weight"


class SchemeNotYetDue(Conflict):
    """The scheme does not come into force yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsTable:
    """What one child's work weighs: case type by complexity 0 to 3, and what is added or taken off."""

    base: Mapping[CaseType, tuple[Decimal, ...]]
    sibling_factor: Decimal  # each further child of the family with the same worker
    co_working_factor: Decimal
    transfer: Decimal  # once per family, in the first weeks after it changed worker
    transfer_days: int
    travel: Decimal  # once per family, when the way is longer than `travel_minutes`
    travel_minutes: int
    interpreter: Decimal  # once per family
    settled_after_days: int  # how long a looked-after child counts as unsettled


@dataclass(frozen=True, slots=True, kw_only=True)
class Nominal:
    """What a full-time worker of each post can hold."""

    points: Mapping[WorkerRole, Decimal]
    full_time_hours: Decimal
    stable_element: Decimal  # team meetings, supervision, training; scaled with FTE
    first_year_factor: Decimal  # assessed and supported year in employment


@dataclass(frozen=True, slots=True, kw_only=True)
class Ceilings:
    """Where a worker gets no more, or only with a reason."""

    soft_per_cent: Decimal  # above it a manager must say why
    hard_per_cent: Decimal  # never above
    court_points: Decimal
    first_year_children: int
    absent_days: int  # away for longer than this: not proposed
    alert_per_cent: tuple[int, ...]  # thresholds that are announced
    alert_margin: int  # fall this far below before it counts as back


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much each soft term counts; 0 switches it off."""

    overload: Decimal
    unevenness: Decimal
    continuity: Decimal
    travel: Decimal
    recent: Decimal
    agency: Decimal
    pairing: Decimal
    reserve: Decimal
    mix: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The soft terms: their weights and the shapes behind them."""

    weights: Weights
    overload: Curve  # points for each per cent of utilisation
    unevenness: Curve  # points for each per cent of utilisation
    free_minutes: int  # travel that costs nothing
    continuity_full_months: int  # knowing a family for this long counts whole
    agency_horizon_days: int  # how long work with a family usually lasts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a version of the scheme says, all of it."""

    table: PointsTable
    nominal: Nominal
    ceilings: Ceilings
    objective: Objective
    complexity: tuple[ComplexityRule, ...]
    minutes: Mapping[tuple[str, str], int]  # between two areas, each way; either order
    minutes_within: int  # inside one area
    minutes_unknown: int  # between areas that the table leaves out

    def travel_minutes(self, base: str, area: str) -> int:
        """Return the minutes each way from a worker's base area to a family's area."""
        if base == area:
            return self.minutes_within
        known = self.minutes.get((base, area), self.minutes.get((area, base)))
        return self.minutes_unknown if known is None else known


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """One version of the scheme; a later one never rewrites what was decided under it."""

    id: UUID
    version: int
    title: str
    rules: Rules
    state: SchemeState
    effective_from: date
    drafted_at: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None
    revision: int = 1


_DECIDES = frozenset({Role.SERVICE_MANAGER})
MOVES: Mapping[str, Move[SchemeState]] = {
    "activate": Move(frozenset({SchemeState.DRAFT}), SchemeState.ACTIVE, _DECIDES),
    "retire": Move(frozenset({SchemeState.ACTIVE}), SchemeState.RETIRED, _DECIDES),
}


def draft(*, id: UUID, version: int, title: str, rules: Rules, effective_from: date, now: datetime) -> Scheme:  # noqa: A002
    """Draft a version of the scheme; raise with every fault that it has."""
    check(rules)
    return Scheme(
        id=id,
        version=version,
        title=title,
        rules=rules,
        state=SchemeState.DRAFT,
        effective_from=effective_from,
        drafted_at=now,
    )


def activate(scheme: Scheme, *, now: datetime, today: date) -> Scheme:
    """Bring a draft into force from today."""
    state = move(MOVES, verb="activate", state=scheme.state)
    if today < scheme.effective_from:
        raise SchemeNotYetDue(f"It comes into force on {scheme.effective_from}.", at="/effective_from")
    return replace(scheme, state=state, activated_at=now)


def retire(scheme: Scheme, *, now: datetime) -> Scheme:
    """Take a version out of force because another takes its place."""
    return replace(scheme, state=move(MOVES, verb="retire", state=scheme.state), retired_at=now)


def check(rules: Rules) -> None:
    """Refuse a scheme that contradicts itself, with every fault found: weights first, then the rest."""
    weights = tuple(_weight_faults(rules.objective.weights))
    if weights:
        sentences = " ".join(sentence for _, sentence in weights)
        raise InvalidWeight(sentences, at=weights[0][0], pointers=[pointer for pointer, _ in weights])
    faults = (
        *_table_faults(rules.table),
        *_nominal_faults(rules.nominal),
        *_ceiling_faults(rules.ceilings),
        *_day_faults(rules),
        *_shape_faults(rules),
    )
    if faults:
        sentences = " ".join(sentence for _, sentence in faults)
        raise InvalidScheme(sentences, at=faults[0][0], pointers=[pointer for pointer, _ in faults])


_Faults = Iterator[tuple[str, str]]


def _weight_faults(weights: Weights) -> _Faults:
    for field in fields(weights):
        weight: Decimal = getattr(weights, field.name)
        if not weight.is_finite() or not 0 <= weight <= HEAVIEST_WEIGHT:
            yield f"/objective/weights/{field.name}", f"The weight of {field.name} lies between 0 and 10."


def _table_faults(table: PointsTable) -> _Faults:
    for kind in CaseType:
        row = table.base.get(kind, ())
        if len(row) != HIGHEST + 1:
            yield f"/table/base/{kind}", f"{kind} needs points for complexity 0, 1, 2 and 3."
        elif row[0] <= 0 or any(more < less for less, more in pairwise(row)):
            yield f"/table/base/{kind}", f"Points of {kind} are above 0 and do not fall as complexity rises."
    for name in ("sibling_factor", "co_working_factor"):
        if not 0 <= getattr(table, name) <= 1:
            yield f"/table/{name}", f"{name} lies between 0 and 1."
    for name in ("transfer", "travel", "travel_minutes", "interpreter"):
        if getattr(table, name) < 0:
            yield f"/table/{name}", f"{name} is not negative."


def _nominal_faults(nominal: Nominal) -> _Faults:
    for post in WorkerRole:
        points = nominal.points.get(post)
        if points is None:
            yield f"/nominal/points/{post}", f"A full-time {post} needs nominal points."
        elif not points > 0:
            yield f"/nominal/points/{post}", f"Nominal points of a full-time {post} are above 0."
    if nominal.full_time_hours <= 0:
        yield "/nominal/full_time_hours", "full_time_hours is above 0."
    if not 0 <= nominal.stable_element < max(Decimal(1), min(nominal.points.values(), default=Decimal(1))):
        yield "/nominal/stable_element", "The stable element leaves room for families."
    if not 0 < nominal.first_year_factor <= 1:
        yield "/nominal/first_year_factor", "The first-year factor lies above 0 and not above 1."


def _ceiling_faults(ceilings: Ceilings) -> _Faults:
    if not 0 < ceilings.soft_per_cent <= ceilings.hard_per_cent:
        yield "/ceilings/hard_per_cent", "The hard ceiling is not below the soft one, and both are above 0."
    for name in ("court_points", "first_year_children"):
        if getattr(ceilings, name) <= 0:
            yield f"/ceilings/{name}", f"{name} is above 0."
    alerts = ceilings.alert_per_cent
    if any(two <= one for one, two in pairwise((0, *alerts))):
        yield "/ceilings/alert_per_cent", "Thresholds are above 0 and rise."
    if not 0 <= ceilings.alert_margin < min(alerts, default=HIGHEST):
        yield "/ceilings/alert_margin", "The margin is not negative and below the lowest threshold."


def _day_faults(rules: Rules) -> _Faults:
    for pointer, days in (
        ("/table/transfer_days", rules.table.transfer_days),
        ("/table/settled_after_days", rules.table.settled_after_days),
        ("/ceilings/absent_days", rules.ceilings.absent_days),
    ):
        if not 0 <= days <= MOST_DAYS:
            yield pointer, f"{pointer.rpartition('/')[2]} lies between 0 and {MOST_DAYS}."


def _shape_faults(rules: Rules) -> _Faults:
    objective = rules.objective
    for name in ("overload", "unevenness"):
        if not getattr(objective, name).is_convex():
            yield f"/objective/{name}", f"The steps of {name} and their slopes rise and are not negative."
    for name in ("free_minutes", "continuity_full_months", "agency_horizon_days"):
        if getattr(objective, name) < (0 if name == "free_minutes" else 1):
            yield f"/objective/{name}", f"{name} is not negative, and not 0 where it divides."
    if min((*rules.minutes.values(), rules.minutes_within, rules.minutes_unknown)) < 0:
        yield "/minutes", "Minutes of travel are not negative."
    for rule in rules.complexity:
        if not 0 < rule.at_least <= len(rule.groups) or rule.score < 0:
            yield "/complexity", "A complexity rule asks for some of its own groups, and never scores below 0."
