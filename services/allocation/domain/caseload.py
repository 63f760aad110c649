"""What a worker and a team hold, in the words and numbers of a supervision."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from libs.kernel.ids import FamilyId, TeamId, WorkerId
from services.allocation.domain import rounding
from services.allocation.domain.capacity import Capacity, CasePoints
from services.allocation.domain.cases import Case, CaseType, Share


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One family in a caseload, with why it weighs what it does."""

    case: Case
    points: CasePoints


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerCaseload:
    """What one worker holds."""

    capacity: Capacity
    held: tuple[Held, ...]
    lead_families: int
    co_families: int
    children_by_type: tuple[tuple[CaseType, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamCapacity:
    """A team's load and room; workers without hours count nothing on either side of the per cent."""

    team_id: TeamId
    workers: tuple[Capacity, ...]
    load: Decimal
    available: Decimal
    utilisation: Decimal | None
    court: Decimal
    children: int
    not_available: tuple[WorkerId, ...]
    headroom: Decimal
    spread: Decimal | None  # per cent between the most and the least loaded


def place(held: Held) -> tuple[int, FamilyId]:
    """Return where a family stands in a caseload: the heaviest first, by hundredths of a point."""
    return -int(held.points.total * 100), held.case.family_id


def worker_caseload(capacity: Capacity, *, cases: tuple[Case, ...]) -> WorkerCaseload:
    """Put what a worker holds in the order that supervision goes through it: the heaviest first."""
    weighed = {points.family_id: points for points in capacity.cases}
    held = [Held(case=case, points=weighed[case.family_id]) for case in cases]
    held.sort(key=place)
    counts: dict[CaseType, int] = {}
    for case in cases:
        for child in case.children:
            counts[child.case_type] = counts.get(child.case_type, 0) + 1
    return WorkerCaseload(
        capacity=capacity,
        held=tuple(held),
        lead_families=sum(case.share is Share.LEAD for case in cases),
        co_families=sum(case.share is Share.CO for case in cases),
        children_by_type=tuple((kind, counts[kind]) for kind in CaseType if kind in counts),
    )


def team_capacity(team_id: TeamId, *, workers: Iterable[Capacity]) -> TeamCapacity:
    """Add up a team; the work of an absent worker is shown, but per cents speak of those who are there."""
    each = tuple(sorted(workers, key=lambda capacity: capacity.worker_id))
    there = tuple(capacity for capacity in each if capacity.available > 0)
    load = sum((capacity.load for capacity in there), Decimal(0))
    available = sum((capacity.available for capacity in there), Decimal(0))
    per_cents = [capacity.utilisation for capacity in there if capacity.utilisation is not None]
    return TeamCapacity(
        team_id=team_id,
        workers=each,
        load=sum((capacity.load for capacity in each), Decimal(0)),
        available=available,
        utilisation=rounding.per_cent(load, available) if available > 0 else None,
        court=sum((capacity.court for capacity in each), Decimal(0)),
        children=sum(capacity.children for capacity in each),
        not_available=tuple(capacity.worker_id for capacity in each if capacity.available <= 0),
        headroom=sum((max(Decimal(0), capacity.headroom) for capacity in there), Decimal(0)),
        spread=max(per_cents) - min(per_cents) if per_cents else None,
    )
