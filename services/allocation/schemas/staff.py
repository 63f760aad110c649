"""Teams, workers and absences."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, CodeText, Day, Flag, Line, Moment, Resource, View
from libs.kernel.ids import TeamId, WorkerId, new_id
from services.allocation.domain import workers
from services.allocation.domain.workers import AbsenceReason, WorkerRole
from services.allocation.queries.staff import SeenAbsence, WorkerRow
from services.allocation.schemas.capacity import Numbers
from services.allocation.schemas.numbers import Duties, Hours, Part, exact

Codes = Annotated[frozenset[CodeText], Field(max_length=50)]


class TeamPost(Body):
    """A team as it should be."""

    code: CodeText
    name: Line
    areas: Codes
    active: Flag = True
    occurred_at: Moment | None = None

    def value(self, team_id: UUID) -> workers.Team:
        """Return the team."""
        return workers.Team(id=TeamId(team_id), code=self.code, name=self.name, areas=self.areas, active=self.active)


class NewTeam(TeamPost):
    """A team to set up; give its id if your directory has one."""

    id: UUID | None = None

    def team(self) -> workers.Team:
        """Return the team."""
        return self.value(self.id or new_id())


class Team(Resource):
    """A team and the areas whose families it serves."""

    path: ClassVar[str] = "/v1/teams"

    code: str
    name: str
    areas: frozenset[str]
    active: bool


class WorkerPost(Body):
    """A worker's post as it should be."""

    team_id: UUID
    name: Line
    role: WorkerRole
    fte: Annotated[Part, Field(description="The part of a full-time post")]
    contracted_hours: Annotated[Hours | None, Field(description="A week; by default FTE times 37")] = None
    base_area: CodeText
    first_year_from: Annotated[Day | None, Field(description="Assessed and supported year in employment")] = None
    first_year_until: Day | None = None
    agency: Flag = False
    agency_until: Day | None = None
    skills: Codes = frozenset()
    languages: Codes = frozenset()
    extra_duties: Annotated[Duties, Field(description="Points")] = 0.0
    active: Flag = True
    from_on: Day
    occurred_at: Moment | None = None

    def value(self, worker_id: UUID) -> workers.Worker:
        """Return the worker."""
        fte = exact(self.fte)
        hours = fte * 37 if self.contracted_hours is None else exact(self.contracted_hours)
        return workers.Worker(
            id=WorkerId(worker_id),
            team_id=TeamId(self.team_id),
            name=self.name,
            role=self.role,
            fte=fte,
            contracted_hours=hours,
            base_area=self.base_area,
            first_year_from=self.first_year_from,
            first_year_until=self.first_year_until,
            agency=self.agency,
            agency_until=self.agency_until,
            skills=self.skills,
            languages=self.languages,
            extra_duties=exact(self.extra_duties),
            active=self.active,
            from_on=self.from_on,
        )


class NewWorker(WorkerPost):
    """A worker who joins; the id is the one that their access token carries."""

    id: UUID


class Worker(Resource):
    """A worker's post."""

    path: ClassVar[str] = "/v1/workers"

    team_id: UUID
    name: str
    role: WorkerRole
    fte: float
    contracted_hours: float
    base_area: str
    first_year_from: date | None
    first_year_until: date | None
    agency: bool
    agency_until: date | None
    skills: frozenset[str]
    languages: frozenset[str]
    extra_duties: float
    active: bool
    from_on: date


class WorkerSummary(View):
    """A worker in a list; the numbers are for managers."""

    worker: Worker
    numbers: Numbers | None

    @classmethod
    def of(cls, row: WorkerRow) -> "WorkerSummary":
        """Write a row of the list."""
        return cls(
            worker=Worker.model_validate(row.worker),
            numbers=None if row.capacity is None else Numbers.model_validate(row.capacity),
        )


class NewAbsence(Body):
    """A worker who is or will be away in `[from_on, until_on)`; open without an end."""

    reason: AbsenceReason
    sudden: Flag = False
    from_on: Day
    until_on: Day | None = None
    hours: Annotated[Hours | None, Field(description="Hours a week away; all of them if left out")] = None
    occurred_at: Moment | None = None

    def value(self, worker_id: UUID) -> workers.Absence:
        """Return the absence."""
        return workers.Absence(
            id=new_id(),
            worker_id=WorkerId(worker_id),
            reason=self.reason,
            sudden=self.sudden,
            from_on=self.from_on,
            until_on=self.until_on,
            hours=None if self.hours is None else exact(self.hours),
        )


class Return(Body):
    """The first day on which the worker is back."""

    back_on: Day
    occurred_at: Moment | None = None


class Happened(Body):
    """When it happened, if not now."""

    occurred_at: Moment | None = None


_FOR_WHOM = "For the worker and the manager of the worker's team; null for others"


class Absence(Resource):
    """A worker away, wholly or for some hours a week."""

    path: ClassVar[str] = "/v1/absences"

    worker_id: UUID
    reason: AbsenceReason | None = Field(description=_FOR_WHOM)
    sudden: bool | None = Field(description=_FOR_WHOM)
    from_on: date
    until_on: date | None
    hours: float | None
    taken_back_at: datetime | None

    @classmethod
    def of(cls, seen: SeenAbsence) -> "Absence":
        """Write an absence as the caller may see it."""
        found = seen.absence
        return cls(
            id=found.id,
            revision=found.revision,
            worker_id=found.worker_id,
            reason=found.reason if seen.with_why else None,
            sudden=found.sudden if seen.with_why else None,
            from_on=found.from_on,
            until_on=found.until_on,
            hours=None if found.hours is None else float(found.hours),
            taken_back_at=found.taken_back_at,
        )
