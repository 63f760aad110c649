"""Allocations, handovers, continuity and declarations."""

from datetime import date, datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Day, Flag, Moment, Note, Resource, View
from libs.kernel.codes import WorkerChangeReason
from libs.kernel.ids import FamilyId, WorkerId, new_id
from services.allocation.domain import exclusions
from services.allocation.domain.allocation import AllocationState, WorkEnded
from services.allocation.domain.cases import Share
from services.allocation.domain.checklist import SIDES, Side, Step
from services.allocation.domain.exclusions import ExclusionKind, ExclusionState
from services.allocation.domain.handover import Handover as HandoverValue
from services.allocation.domain.handover import HandoverState
from services.allocation.queries.holding import FamilyContinuity


class Ending(Body):
    """Why a worker's part ends: a change of worker (with `find_another`), or the end of the work."""

    reason: WorkerChangeReason | WorkEnded
    find_another: Annotated[Flag, Field(description="Open a request for the family at once")] = False
    occurred_at: Moment | None = None


WhyAbove = Annotated[Note | None, Field(description="Why, if the worker would be above the soft ceiling")]


class AnotherWorker(Body):
    """The worker to work beside the lead, or to stand in."""

    worker_id: UUID
    text: WhyAbove = None
    occurred_at: Moment | None = None


class Concern(Body):
    """What worries the worker about the allocation."""

    text: Note
    occurred_at: Moment | None = None


class HandoverPlan(Body):
    """To whom the family passes, why, and when both visit."""

    worker_id: UUID
    reason: WorkerChangeReason
    joint_visit_on: Day | None = None
    family_told_on: Day | None = None
    text: WhyAbove = None
    occurred_at: Moment | None = None


class JointVisit(Body):
    """The day on which both workers visited, and on which the family was told if that was another."""

    visited_on: Day
    family_told_on: Day | None = None


class StepsDone(Body):
    """Steps of a handover's checklist that were done on a day."""

    steps: Annotated[list[Step], Field(min_length=1, max_length=len(Step))]
    done_on: Day
    occurred_at: Moment | None = None


class Completion(Body):
    """That the family passed on; without a joint visit, or with other steps left, it needs a reason."""

    family_told_on: Day | None = None
    no_visit_reason: Note | None = None
    unfinished_reason: Annotated[Note | None, Field(description="Why it cannot wait for the steps that are left")] = (
        None
    )
    text: WhyAbove = None
    occurred_at: Moment | None = None


class Allocation(Resource):
    """A worker holding a family."""

    path: ClassVar[str] = "/v1/allocations"

    family_id: UUID
    worker_id: UUID
    team_id: UUID
    share: Share
    children: tuple[UUID, ...]
    adults: tuple[UUID, ...]
    referral_id: UUID | None
    request_id: UUID | None
    area: str
    needs_interpreter: bool
    reason: WorkerChangeReason
    previous_worker_id: UUID | None
    state: AllocationState
    requested_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    end_reason: str | None
    covered_by: UUID | None
    concern: Annotated[str | None, Field(description="For the worker and managers")]
    concern_raised_at: datetime | None


class ChecklistStep(View):
    """A step of a handover: whose it is, and by whose word and on which day it was done, if it was."""

    step: Step
    side: Side
    done_on: date | None
    by: UUID | None
    ticked_at: datetime | None


class Handover(Resource):
    """A family passing from one worker to another."""

    path: ClassVar[str] = "/v1/handovers"

    allocation_id: UUID
    family_id: UUID
    from_worker_id: UUID
    to_worker_id: UUID
    reason: WorkerChangeReason
    joint_visit_on: date | None
    visited_on: date | None
    family_told_on: date | None
    no_visit_reason: str | None
    checklist: list[ChecklistStep]
    unfinished_reason: str | None
    text: str | None
    state: HandoverState
    planned_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, found: HandoverValue) -> "Handover":
        """Write a handover with every step of its checklist."""
        done = {each.step: each for each in found.checklist}
        plain = {name: getattr(found, name) for name in cls.model_fields if name != "checklist"}
        return cls(
            **plain,
            checklist=[
                ChecklistStep(
                    step=step,
                    side=side,
                    done_on=done[step].done_on if step in done else None,
                    by=done[step].by if step in done else None,
                    ticked_at=done[step].ticked_at if step in done else None,
                )
                for step, side in SIDES.items()
            ],
        )


class Continuity(View):
    """How steady a lead was; `share_of_longest` is the part of the time that the longest of them held."""

    leads: int
    changes: int
    months: int
    share_of_longest: float | None


class ChildContinuity(Continuity):
    """How steady a child's lead was."""

    child_id: UUID


class ContinuityOfFamily(View):
    """How steady the lead of a family and of each of its children has been."""

    family_id: UUID
    family: Continuity
    children: list[ChildContinuity]
    allocations: list[Allocation]

    @classmethod
    def of(cls, family_id: UUID, found: FamilyContinuity) -> "ContinuityOfFamily":
        """Write a family's continuity."""
        return cls(
            family_id=family_id,
            family=Continuity.model_validate(found.family),
            children=[
                ChildContinuity(child_id=child, **Continuity.model_validate(steady).model_dump())
                for child, steady in found.children
            ],
            allocations=[Allocation.model_validate(each) for each in found.allocations],
        )


class NewExclusion(Body):
    """A conflict or refusal names one worker; a restricted record those who may."""

    family_id: UUID
    kind: ExclusionKind
    worker_id: UUID | None = None
    permitted: Annotated[frozenset[UUID], Field(max_length=100)] = frozenset()
    occurred_at: Moment | None = None

    def value(self, *, by: UUID, at: datetime) -> exclusions.Exclusion:
        """Return the declaration."""
        return exclusions.Exclusion(
            id=new_id(),
            family_id=FamilyId(self.family_id),
            kind=self.kind,
            worker_id=None if self.worker_id is None else WorkerId(self.worker_id),
            permitted=frozenset(WorkerId(each) for each in self.permitted),
            declared_at=at,
            declared_by=by,
        )


class Exclusion(Resource):
    """A pair of family and worker that must not be."""

    path: ClassVar[str] = "/v1/exclusions"

    family_id: UUID
    kind: ExclusionKind
    worker_id: UUID | None
    permitted: frozenset[UUID]
    state: ExclusionState
    declared_at: datetime
    declared_by: UUID
    withdrawn_at: datetime | None
