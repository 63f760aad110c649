"""Bodies of clocks."""

from datetime import datetime
from uuid import UUID

from libs.chassis.fields import View
from libs.kernel.deadline import Basis, Standing
from services.workbook.queries.clocks import DueKind


class Clock(View):
    """One promise: since when, until when, by which rule, and how it stands."""

    id: UUID
    workbook_id: UUID
    family_id: UUID
    number: str
    kind: str
    child_id: UUID | None
    started_at: datetime
    due_at: datetime
    amber_at: datetime
    met_at: datetime | None
    voided_at: datetime | None
    standing: Standing
    calendar_version: str
    basis: Basis
    source: str
    team_id: UUID | None
    worker_id: UUID | None


class Due(View):
    """One thing that a worker owes: a clock of a family, an agreed action, a step of a plan."""

    what: DueKind
    id: UUID
    workbook_id: UUID
    code: str
    child_id: UUID | None
    due_at: datetime
