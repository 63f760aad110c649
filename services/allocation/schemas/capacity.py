"""Load and room of workers and teams, with why each family weighs what it does."""

from datetime import date
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import View
from services.allocation.domain.capacity import Capacity as CapacityValue
from services.allocation.domain.capacity import CasePoints
from services.allocation.domain.cases import Case, CaseType, Share, SpellKind
from services.allocation.queries.capacity import CaseloadPage, ChildOfFamily, TeamRoom, Weighed


class Numbers(View):
    """Load, room and court work; `utilisation` is null for somebody without hours: not available, never 0."""

    load: float
    available: float
    utilisation: float | None = Field(description="Per cent of what is available")
    court: float
    children: int


class Line(View):
    """Why a family weighs what it does."""

    rule: str
    inputs: tuple[str, ...]
    points: float


class FamilyPoints(View):
    """What one family weighs; the lines add up to the total."""

    family_id: UUID
    total: float
    court: float
    children: int
    provisional: bool
    lines: list[Line]


class Capacity(Numbers):
    """What a worker holds and could hold on a day."""

    worker_id: UUID
    on: date
    stable: float
    extra_duties: float
    headroom: float
    provisional: bool
    scheme_version: int
    cases: list[FamilyPoints]

    @classmethod
    def of(cls, weighed: Weighed) -> "Capacity":
        """Write a capacity."""
        return cls(**_numbers(weighed.capacity), scheme_version=weighed.scheme_version)


class ChildWork(View):
    """One child and its work; no complexity while nobody has assessed it."""

    child_id: UUID
    case_type: CaseType
    complexity: int | None


class Held(View):
    """One family in a caseload."""

    family_id: UUID
    share: Share
    since: date
    travel_minutes: int
    children: list[ChildWork]
    points: FamilyPoints

    @classmethod
    def of(cls, case: Case, points: CasePoints) -> "Held":
        """Write a family that is held."""
        return cls(
            family_id=case.family_id,
            share=case.share,
            since=case.since,
            travel_minutes=case.travel_minutes,
            children=[ChildWork.model_validate(child) for child in case.children],
            points=FamilyPoints.model_validate(points),
        )


class Caseload(View):
    """What one worker holds, in pages of families, the heaviest first; the numbers are of all of them."""

    worker_id: UUID
    numbers: Numbers
    headroom: float
    scheme_version: int
    lead_families: int
    co_families: int
    children_by_type: dict[CaseType, int]
    families: list[Held]
    next: str | None

    @classmethod
    def of(cls, page: CaseloadPage) -> "Caseload":
        """Write a page of a caseload."""
        found = page.caseload
        return cls(
            worker_id=found.capacity.worker_id,
            numbers=Numbers.model_validate(found.capacity),
            headroom=float(found.capacity.headroom),
            scheme_version=page.scheme_version,
            lead_families=found.lead_families,
            co_families=found.co_families,
            children_by_type=dict(found.children_by_type),
            families=[Held.of(held.case, held.points) for held in found.held],
            next=page.following,
        )


class WorkerNumbers(Numbers):
    """One worker of a team."""

    worker_id: UUID
    headroom: float
    provisional: bool


class PractitionerRoom(View):
    """What an agency declared of its room for a specialism; `expected_on` when there will be some."""

    agency_id: UUID
    specialism: str
    team_id: UUID | None
    fte: float
    places: int
    waiting: int
    expected_on: date | None
    declared_on: date


class TeamCapacity(Numbers):
    """A team's load and room; per cents speak of those who are there."""

    team_id: UUID
    scheme_version: int
    headroom: float
    spread: float | None = Field(description="Per cent between the most and the least loaded")
    not_available: list[UUID]
    workers: list[WorkerNumbers]
    practitioners: list[PractitionerRoom]

    @classmethod
    def of(cls, room: TeamRoom) -> "TeamCapacity":
        """Write a team's capacity."""
        team = room.team
        return cls(
            team_id=team.team_id,
            scheme_version=room.scheme_version,
            load=float(team.load),
            available=float(team.available),
            utilisation=None if team.utilisation is None else float(team.utilisation),
            court=float(team.court),
            children=team.children,
            headroom=float(team.headroom),
            spread=None if team.spread is None else float(team.spread),
            not_available=list(team.not_available),
            workers=[WorkerNumbers.model_validate(each) for each in team.workers],
            practitioners=[PractitionerRoom.model_validate(each) for each in room.practitioners],
        )


class TeamCaseload(View):
    """What each worker of a team holds, in pages of workers."""

    team_id: UUID
    workers: list[Caseload]
    next: str | None


class RuleScore(View):
    """What one complexity rule gave, and the factor codes it gave it for."""

    rule: str
    score: int
    inputs: list[str]


class PlanSpell(View):
    """A plan that a child is or was on."""

    kind: SpellKind
    started_on: date
    ended_on: date | None


class ChildOfTheFamily(View):
    """The work that a child brings, and how its complexity came about."""

    child_id: UUID
    case_type: CaseType
    being_assessed: bool
    complexity: int | None
    complexity_scores: list[RuleScore]
    plans: list[PlanSpell]

    @classmethod
    def of(cls, found: ChildOfFamily) -> "ChildOfTheFamily":
        """Write a child's work."""
        record = found.record
        return cls(
            child_id=record.child_id,
            case_type=found.case_type,
            being_assessed=bool(record.assessments),
            complexity=record.complexity,
            complexity_scores=[RuleScore(**score) for score in record.complexity_scores],
            plans=[PlanSpell.model_validate(spell) for _, spell in record.spells],
        )


class FamilyWork(View):
    """The work that a family's children bring."""

    family_id: UUID
    children: list[ChildOfTheFamily]


def _numbers(capacity: CapacityValue) -> dict[str, object]:
    return {
        "worker_id": capacity.worker_id,
        "on": capacity.on,
        "load": capacity.load,
        "available": capacity.available,
        "utilisation": capacity.utilisation,
        "court": capacity.court,
        "children": capacity.children,
        "stable": capacity.stable,
        "extra_duties": capacity.extra_duties,
        "headroom": capacity.headroom,
        "provisional": capacity.provisional,
        "cases": [FamilyPoints.model_validate(case) for case in capacity.cases],
    }
