"""What allocation says: teams and workers, proposals, who holds which family, and room."""

from datetime import date, datetime
from uuid import UUID

from libs.contracts.envelope import AuditHead, Code, Event

_E = "events.allocation"


class TeamRecorded(Event, type=f"{_E}.team.recorded.v1", aggregate="team_id"):
    """A team was set up or changed."""

    team_id: UUID
    code: Code
    areas: tuple[Code, ...]
    active: bool = True  # a team that was closed serves nobody


class WorkerRecorded(Event, type=f"{_E}.worker.recorded.v1", aggregate="worker_id"):
    """A worker joined or their post changed."""

    worker_id: UUID
    team_id: UUID
    role: Code
    fte: float  # 0 < fte <= 1
    agency: bool
    active: bool
    from_on: date


class WorkerAbsent(Event, type=f"{_E}.worker.absent.v1", aggregate="worker_id"):
    """An absence was recorded, planned or sudden; why is between the worker and the team's manager."""

    worker_id: UUID
    team_id: UUID
    absence_id: UUID
    from_on: date
    until_on: date | None = None


class WorkerBack(Event, type=f"{_E}.worker.back.v1", aggregate="worker_id"):
    """An absence ended or was taken back."""

    worker_id: UUID
    team_id: UUID
    absence_id: UUID
    back_on: date


class RequestOpened(Event, type=f"{_E}.request.opened.v1", aggregate="request_id"):
    """A family needs a worker."""

    request_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    children: tuple[UUID, ...]
    area: Code


class RequestWaiting(Event, type=f"{_E}.request.waiting.v1", aggregate="request_id"):
    """Nobody can take the family now; it counts as unallocated and ages."""

    request_id: UUID
    family_id: UUID


class RequestFilled(Event, type=f"{_E}.request.filled.v1", aggregate="request_id"):
    """The family has its worker."""

    request_id: UUID
    family_id: UUID
    allocation_id: UUID


class RequestCancelled(Event, type=f"{_E}.request.cancelled.v1", aggregate="request_id"):
    """The family no longer needs a worker."""

    request_id: UUID
    family_id: UUID
    reason: Code


class ProposalMade(Event, type=f"{_E}.proposal.made.v1", aggregate="request_id"):
    """Workers were ranked for the family; a manager decides."""

    proposal_id: UUID
    request_id: UUID
    family_id: UUID
    team_id: UUID | None = None
    best_worker_id: UUID | None = None
    options: int
    excluded: int
    scheme_version: int
    inputs_digest: Code


class ProposalConfirmed(Event, type=f"{_E}.proposal.confirmed.v1", aggregate="request_id"):
    """The manager took an option of the proposal."""

    proposal_id: UUID
    request_id: UUID
    family_id: UUID
    worker_id: UUID
    rank: int


class ProposalOverridden(Event, type=f"{_E}.proposal.overridden.v1", aggregate="request_id"):
    """The manager took another worker than the best proposed, with a reason."""

    proposal_id: UUID
    request_id: UUID
    family_id: UUID
    worker_id: UUID
    reason: Code


class ProposalDeclined(Event, type=f"{_E}.proposal.declined.v1", aggregate="request_id"):
    """The manager took none."""

    proposal_id: UUID
    request_id: UUID
    family_id: UUID
    reason: Code


class ProposalLapsed(Event, type=f"{_E}.proposal.lapsed.v1", aggregate="request_id"):
    """Nobody decided on the proposal in time."""

    proposal_id: UUID
    request_id: UUID
    family_id: UUID


class AllocationStarted(Event, type=f"{_E}.allocation.started.v1", aggregate="allocation_id"):
    """A worker holds the family."""

    allocation_id: UUID
    family_id: UUID
    referral_id: UUID | None = None
    request_id: UUID | None = None
    worker_id: UUID
    team_id: UUID
    role: Code  # lead, co
    children: tuple[UUID, ...]
    adults: tuple[UUID, ...] = ()
    started_at: datetime
    reason: Code  # why this worker: the SSDA903 code set of reasons for a change of social worker
    previous_worker_id: UUID | None = None
    requested_at: datetime | None = None  # when the family began to wait


class AllocationEnded(Event, type=f"{_E}.allocation.ended.v1", aggregate="allocation_id"):
    """A worker no longer holds the family."""

    allocation_id: UUID
    family_id: UUID
    worker_id: UUID
    team_id: UUID
    role: Code
    ended_at: datetime
    reason: Code
    referral_id: UUID | None = None


class AllocationCovered(Event, type=f"{_E}.allocation.covered.v1", aggregate="allocation_id"):
    """Another worker stands in during an absence; the lead stays the lead."""

    allocation_id: UUID
    family_id: UUID
    worker_id: UUID
    covered_by: UUID


class AllocationResumed(Event, type=f"{_E}.allocation.resumed.v1", aggregate="allocation_id"):
    """The lead is back; nobody stands in any more."""

    allocation_id: UUID
    family_id: UUID
    worker_id: UUID
    covered_by: UUID  # who stood in


class ConcernRaised(Event, type=f"{_E}.concern.raised.v1", aggregate="allocation_id"):
    """A worker is worried about an own new allocation; it stands all the same."""

    allocation_id: UUID
    family_id: UUID
    worker_id: UUID
    team_id: UUID


class HandoverPlanned(Event, type=f"{_E}.handover.planned.v1", aggregate="handover_id"):
    """A family will pass from one worker to another."""

    handover_id: UUID
    allocation_id: UUID
    family_id: UUID
    from_worker_id: UUID
    to_worker_id: UUID
    reason: Code
    joint_visit_on: date | None = None


class HandoverCompleted(Event, type=f"{_E}.handover.completed.v1", aggregate="handover_id"):
    """The family passed to the new worker."""

    handover_id: UUID
    allocation_id: UUID
    family_id: UUID
    to_worker_id: UUID
    joint_visit: bool
    steps_left: tuple[Code, ...] = ()  # of the checklist, completed without them for a reason


class HandoverStepDone(Event, type=f"{_E}.handover.step_done.v1", aggregate="handover_id"):
    """A step of a handover's checklist was ticked; who did is the actor."""

    handover_id: UUID
    allocation_id: UUID
    family_id: UUID
    step: Code
    done_on: date


class HandoverCancelled(Event, type=f"{_E}.handover.cancelled.v1", aggregate="handover_id"):
    """The handover was called off; the present worker goes on."""

    handover_id: UUID
    allocation_id: UUID
    family_id: UUID


class CapacityThresholdCrossed(Event, type=f"{_E}.capacity.threshold_crossed.v1", aggregate="worker_id"):
    """A worker's utilisation rose above, or fell back below, a threshold."""

    worker_id: UUID
    team_id: UUID
    threshold: int  # per cent
    rising: bool
    utilisation: float  # per cent


class SchemeActivated(Event, type=f"{_E}.scheme.activated.v1", aggregate="scheme_id"):
    """A version of the points scheme came into force."""

    scheme_id: UUID
    version: int


class AuditSealed(AuditHead, Event, type=f"{_E}.audit.sealed.v1", aggregate="log_id"):
    """A batch of the audit was sealed."""
