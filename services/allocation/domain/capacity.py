"""How much a worker holds and could hold: points per case with their reasons, load, room and utilisation."""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from statistics import median

from libs.kernel.ids import FamilyId, WorkerId
from services.allocation.domain import rounding
from services.allocation.domain.cases import COURT_WORK, Case, ChildWork, Share
from services.allocation.domain.scheme import PointsTable, Rules
from services.allocation.domain.workers import Absence, Worker, hours_on

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Why a case weighs what it does: a rule, what went into it, and its points (negative takes off)."""

    rule: str
    inputs: tuple[str, ...]
    points: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePoints:
    """What one family weighs for one worker; the lines add up to `total`."""

    family_id: FamilyId
    total: Decimal
    court: Decimal
    children: int
    provisional: bool  # some child is not assessed and counts at its type's median
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """A worker's load and room on a day, under one version of the scheme; `utilisation` None is "not available"."""

    worker_id: WorkerId
    on: date
    stable: Decimal
    extra_duties: Decimal
    cases: tuple[CasePoints, ...]
    load: Decimal
    available: Decimal
    utilisation: Decimal | None  # per cent
    court: Decimal
    children: int
    provisional: bool

    @property
    def headroom(self) -> Decimal:
        """Points left up to the whole of what is available; below 0 when overloaded, 0 without hours."""
        return self.available - self.load if self.available > 0 else ZERO

    def with_case(self, case: CasePoints) -> "Capacity":
        """Return the capacity with one more family."""
        load = self.load + case.total
        return replace(
            self,
            cases=(*self.cases, case),
            load=load,
            utilisation=rounding.per_cent(load, self.available) if self.available > 0 else None,
            court=self.court + case.court,
            children=self.children + case.children,
            provisional=self.provisional or case.provisional,
        )


def case_points(case: Case, *, rules: Rules, on: date) -> CasePoints:
    """Weigh one family for the worker who holds it: each child's work, then what the family adds once."""
    table = rules.table
    lines: list[Line] = []
    court = ZERO
    for place, (base, child) in enumerate(_heaviest_first(case.children, table)):
        of_child = _child_lines(child, base=base, place=place, share=case.share, table=table)
        lines += of_child
        court += sum((line.points for line in of_child), ZERO) if child.case_type in COURT_WORK else ZERO
    lines += _family_lines(case, table=table, on=on)
    return CasePoints(
        family_id=case.family_id,
        total=sum((line.points for line in lines), ZERO),
        court=court,
        children=len(case.children),
        provisional=any(child.complexity is None for child in case.children),
        lines=tuple(lines),
    )


def capacity(
    worker: Worker, *, absences: tuple[Absence, ...], cases: tuple[Case, ...], rules: Rules, on: date
) -> Capacity:
    """Say how much a worker holds and could hold on a day."""
    nominal = rules.nominal
    weighed = tuple(case_points(case, rules=rules, on=on) for case in cases)
    stable = rounding.points(nominal.stable_element * worker.fte)
    load = stable + worker.extra_duties + sum((case.total for case in weighed), ZERO)
    available = available_points(worker, absences=absences, rules=rules, on=on)
    return Capacity(
        worker_id=worker.id,
        on=on,
        stable=stable,
        extra_duties=worker.extra_duties,
        cases=weighed,
        load=load,
        available=available,
        utilisation=rounding.per_cent(load, available) if available > 0 else None,
        court=sum((case.court for case in weighed), ZERO),
        children=sum(case.children for case in weighed),
        provisional=any(case.provisional for case in weighed),
    )


def available_points(worker: Worker, *, absences: tuple[Absence, ...], rules: Rules, on: date) -> Decimal:
    """Return what a worker could hold on a day: nominal points of the post by hours and experience; 0 without hours."""
    nominal = rules.nominal
    hours = hours_on(worker, absences=absences, on=on)
    experience = nominal.first_year_factor if worker.in_first_year(on) else Decimal(1)
    return rounding.points(nominal.points[worker.role] * hours / nominal.full_time_hours * experience)


def base_points(child: ChildWork, *, table: PointsTable) -> Decimal:
    """Return a child's points before anything is taken off; the median of its type while it is not assessed."""
    row = table.base[child.case_type]
    return rounding.points(_median(row) if child.complexity is None else row[child.complexity])


@lru_cache(maxsize=64)
def _median(row: tuple[Decimal, ...]) -> Decimal:
    return median(row)


def _heaviest_first(children: tuple[ChildWork, ...], table: PointsTable) -> list[tuple[Decimal, ChildWork]]:
    weighed = [(base_points(child, table=table), child) for child in children]
    return sorted(weighed, key=lambda each: (-each[0], each[1].child_id))


def _child_lines(child: ChildWork, *, base: Decimal, place: int, share: Share, table: PointsTable) -> list[Line]:
    assessed = "not assessed: median" if child.complexity is None else f"complexity {child.complexity}"
    lines = [Line(rule="base", inputs=(child.case_type, assessed), points=base)]
    sibling = rounding.points(base * table.sibling_factor) if place else base
    if place:
        factor = f"times {rounding.spoken(table.sibling_factor)}"
        lines.append(Line(rule="sibling", inputs=(f"child {place + 1}", factor), points=sibling - base))
    if share is Share.CO:
        factor = f"times {rounding.spoken(table.co_working_factor)}"
        halved = rounding.points(sibling * table.co_working_factor)
        lines.append(Line(rule="co_working", inputs=(factor,), points=halved - sibling))
    return lines


def _family_lines(case: Case, *, table: PointsTable, on: date) -> list[Line]:
    lines: list[Line] = []
    taken_over = case.taken_over_on
    if taken_over is not None and taken_over <= on < taken_over + timedelta(table.transfer_days):
        inputs = (f"since {taken_over}", f"{table.transfer_days} days")
        lines.append(Line(rule="transfer", inputs=inputs, points=rounding.points(table.transfer)))
    if case.travel_minutes > table.travel_minutes:
        inputs = (f"{case.travel_minutes} minutes", f"above {table.travel_minutes}")
        lines.append(Line(rule="travel", inputs=inputs, points=rounding.points(table.travel)))
    if case.needs_interpreter:
        lines.append(Line(rule="interpreter", inputs=(), points=rounding.points(table.interpreter)))
    return lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing:
    """A threshold that a worker's utilisation rose above or fell back below, in per cent."""

    threshold: int
    rising: bool


def crossings(
    *, above: frozenset[int], utilisation: Decimal | None, rules: Rules
) -> tuple[frozenset[int], tuple[Crossing, ...]]:
    """Compare with the thresholds last announced as crossed; return those now crossed and what changed.

    A worker counts as back below only `alert_margin` per cent under the threshold, so that small changes do
    not chatter. Without hours nothing is announced and nothing forgotten.
    """
    if utilisation is None:
        return above, ()
    ceilings = rules.ceilings
    now_above = frozenset(
        threshold
        for threshold in ceilings.alert_per_cent
        if utilisation >= threshold or (threshold in above and utilisation > threshold - ceilings.alert_margin)
    )
    changed = sorted((above ^ now_above) & frozenset(ceilings.alert_per_cent))
    return now_above, tuple(Crossing(threshold=each, rising=each in now_above) for each in changed)
