"""Bodies of workbooks."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, CodeText, Day, Line, Moment, Resource, View
from libs.kernel.codes import CategoryOfAbuse, ClosureReason
from services.workbook.domain.cycles import State as CycleState
from services.workbook.domain.levels import Level, SpellKind
from services.workbook.domain.modules import Progress
from services.workbook.domain.workbook import RefusalReason, ReopenReason, State
from services.workbook.schemas.shared import Occurred, People, SomePeople


class NewWorkbook(Body):
    """A family whose record comes from another system."""

    family_id: UUID
    referral_id: UUID | None = None
    referred_on: Day | None = None
    children: SomePeople
    adults: People = []
    needs: Annotated[list[CodeText], Field(max_length=60)] = []
    team_id: UUID | None = None
    lead_worker_id: UUID | None = None
    level: Level = Level.ASSESSMENT
    occurred_at: Moment | None = None


class Workbook(Resource):
    """A family's one record."""

    path: ClassVar[str] = "/v1/workbooks"

    family_id: UUID
    state: State
    level: Level
    referral_id: UUID | None
    further_referrals: list[UUID]
    referred_on: date | None
    opened_on: date
    children: list[UUID]
    adults: list[UUID]
    team_id: UUID | None
    lead_worker_id: UUID | None
    imported: bool
    closed_on: date | None
    closure_reason: ClosureReason | None


class ChildOnPlan(View):
    """A plan that a child is on."""

    id: UUID
    child_id: UUID
    kind: SpellKind
    started_on: date
    latest_category: CategoryOfAbuse | None


class WorkbookWithPlans(Workbook):
    """A workbook and the plans that its children are on."""

    plans: list[ChildOnPlan]


class StepDownRefusal(Occurred):
    """Why early help does not take the family."""

    reason: RefusalReason


class StepUp(Occurred):
    """To which level, and which children get a plan of it (all, if none are named)."""

    to_level: Level
    children: SomePeople | None = None


class Closing(Occurred):
    """Why work ends: the census's reason for closure."""

    reason: ClosureReason


class Reopening(Occurred):
    """Why work begins again."""

    reason: ReopenReason


class OpenThing(View):
    """One thing that keeps the workbook open."""

    kind: str
    id: UUID


class OpenThings(View):
    """Everything that keeps the workbook open."""

    open: list[OpenThing]


class Cycle(View):
    """The work between two group supervisions."""

    id: UUID
    number: int
    state: CycleState
    opened_on: date
    due_on: date
    closed_on: date | None
    supervision_id: UUID | None


class Cycles(View):
    """All cycles of a workbook."""

    items: list[Cycle]


class ModuleProgress(View):
    """A family's progress in one module."""

    code: int
    title: str
    progress: Progress
    since: date | None
    outcome: str | None


class Modules(View):
    """A family's progress in all eight modules."""

    items: list[ModuleProgress]


class ModuleSaid(Body):
    """When, and with what outcome."""

    on: Day | None = None
    outcome: Line | None = None
