"""What partners says: agencies and their room, requests, sessions and reports."""

from datetime import date, datetime
from uuid import UUID

from libs.contracts.envelope import AuditHead, Code, Event

_E = "events.partners"


class AgencyRecorded(Event, type=f"{_E}.agency.recorded.v1", aggregate="agency_id"):
    """An agency was set up or its offers changed."""

    agency_id: UUID
    code: Code
    specialisms: tuple[Code, ...]


class PractitionerRecorded(Event, type=f"{_E}.practitioner.recorded.v1", aggregate="practitioner_id"):
    """An adult practitioner joined, changed teams or left."""

    practitioner_id: UUID
    agency_id: UUID
    specialism: Code
    teams: tuple[UUID, ...]
    fte: float
    active: bool


class CapacityDeclared(Event, type=f"{_E}.capacity.declared.v1", aggregate="capacity_id"):
    """An agency said how much room it has for a specialism in a team."""

    capacity_id: UUID
    agency_id: UUID
    specialism: Code
    team_id: UUID | None = None
    fte: float
    places: int
    waiting: int
    expected_on: date | None = None
    declared_on: date


class RequestOpened(Event, type=f"{_E}.request.opened.v1", aggregate="request_id"):
    """A request for an adult practitioner reached an agency."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    adult_id: UUID
    agency_id: UUID
    specialism: Code
    team_id: UUID | None = None
    requested_at: datetime


class RequestAccepted(Event, type=f"{_E}.request.accepted.v1", aggregate="request_id"):
    """The agency accepted and named a practitioner: access to the family begins."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    adult_id: UUID
    agency_id: UUID
    specialism: Code
    practitioner_id: UUID
    accepted_at: datetime
    requested_at: datetime


class RequestPromised(Event, type=f"{_E}.request.promised.v1", aggregate="request_id"):
    """The agency accepted and will name a practitioner; `accepted` follows when it does."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID
    specialism: Code
    practitioner_by: date


class RequestReassigned(Event, type=f"{_E}.request.reassigned.v1", aggregate="request_id"):
    """Another practitioner of the agency took over: access passes from one to the other."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    adult_id: UUID
    agency_id: UUID
    specialism: Code
    practitioner_id: UUID
    previous_practitioner_id: UUID
    reassigned_at: datetime


class RequestClarifying(Event, type=f"{_E}.request.clarifying.v1", aggregate="request_id"):
    """The agency asked back; the council answers."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID


class RequestAnswered(Event, type=f"{_E}.request.answered.v1", aggregate="request_id"):
    """The council answered; the request is with the agency again."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID


class RequestWaitlisted(Event, type=f"{_E}.request.waitlisted.v1", aggregate="request_id"):
    """The agency will take the adult later."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID
    specialism: Code
    expected_on: date


class RequestDeclined(Event, type=f"{_E}.request.declined.v1", aggregate="request_id"):
    """The agency declined, with a coded reason."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID
    specialism: Code
    reason: Code
    declined_at: datetime
    goes_on: bool | None = None  # the need went to another agency, which has a request of its own


class RequestEngaged(Event, type=f"{_E}.request.engaged.v1", aggregate="request_id"):
    """First contact: the wait is over."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    adult_id: UUID
    agency_id: UUID
    specialism: Code
    practitioner_id: UUID
    requested_at: datetime
    engaged_at: datetime


class RequestHeld(Event, type=f"{_E}.request.held.v1", aggregate="request_id"):
    """Work with the adult pauses."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    reason: Code
    review_on: date


class RequestResumed(Event, type=f"{_E}.request.resumed.v1", aggregate="request_id"):
    """Work with the adult goes on."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID


class RequestCompleted(Event, type=f"{_E}.request.completed.v1", aggregate="request_id"):
    """Work with the adult is complete and reported: access ends."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    adult_id: UUID
    agency_id: UUID
    specialism: Code
    practitioner_id: UUID
    outcome: float  # mean of goal outcomes: achieved 1, partly 0.5, not 0
    ended_at: datetime


class RequestEndedEarly(Event, type=f"{_E}.request.ended_early.v1", aggregate="request_id"):
    """Work with the adult ended before its time: access ends."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    adult_id: UUID
    agency_id: UUID
    specialism: Code
    practitioner_id: UUID | None = None
    reason: Code
    ended_at: datetime


class RequestCancelled(Event, type=f"{_E}.request.cancelled.v1", aggregate="request_id"):
    """The request was taken back before work began, or was marked as made in error."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID
    specialism: Code
    reason: Code
    cancelled_at: datetime


class RequestOverdue(Event, type=f"{_E}.request.overdue.v1", aggregate="request_id"):
    """Nobody at the agency answered in time; the request stays open."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID
    due_at: datetime


class RequestEndAsked(Event, type=f"{_E}.request.end_asked.v1", aggregate="request_id"):
    """The family's workbook closed or the team no longer asks: the agency is asked to end its work."""

    request_id: UUID
    practitioner_request_id: UUID
    family_id: UUID
    agency_id: UUID
    asked_at: datetime


class NeedUnrouted(Event, type=f"{_E}.need.unrouted.v1", aggregate="practitioner_request_id"):
    """No agency can be asked for a practitioner; the need is kept and put to the next that can."""

    practitioner_request_id: UUID
    family_id: UUID
    specialism: Code
    team_id: UUID | None = None
    asked: int  # agencies that had no room


class SessionBooked(Event, type=f"{_E}.session.booked.v1", aggregate="session_id"):
    """A session with the adult was booked."""

    session_id: UUID
    request_id: UUID
    family_id: UUID
    starts_at: datetime


class SessionAttended(Event, type=f"{_E}.session.attended.v1", aggregate="session_id"):
    """The adult came."""

    session_id: UUID
    request_id: UUID
    family_id: UUID
    late: bool


class SessionMissed(Event, type=f"{_E}.session.missed.v1", aggregate="session_id"):
    """The session did not happen; could_not, would_not, logistics."""

    session_id: UUID
    request_id: UUID
    family_id: UUID
    reason: Code


class SessionMoved(Event, type=f"{_E}.session.moved.v1", aggregate="session_id"):
    """The session was moved; another took its place."""

    session_id: UUID
    request_id: UUID
    family_id: UUID
    moved_to: UUID


class SessionCancelled(Event, type=f"{_E}.session.cancelled.v1", aggregate="session_id"):
    """The session was called off."""

    session_id: UUID
    request_id: UUID
    family_id: UUID


class ReportSubmitted(Event, type=f"{_E}.report.submitted.v1", aggregate="request_id"):
    """The end report was handed in."""

    request_id: UUID
    family_id: UUID
    goals: int
    outcome: float


class AgreementStarted(Event, type=f"{_E}.agreement.started.v1", aggregate="agreement_id"):
    """A sharing agreement is in force, for the first time or again."""

    agreement_id: UUID
    agency_id: UUID
    specialisms: tuple[Code, ...]
    from_on: date
    until_on: date | None = None


class AgreementSuspended(Event, type=f"{_E}.agreement.suspended.v1", aggregate="agreement_id"):
    """Nothing is shared with the agency any more until the agreement is resumed."""

    agreement_id: UUID
    agency_id: UUID


class AgreementEnded(Event, type=f"{_E}.agreement.ended.v1", aggregate="agreement_id"):
    """The sharing agreement ended."""

    agreement_id: UUID
    agency_id: UUID


class AuditSealed(AuditHead, Event, type=f"{_E}.audit.sealed.v1", aggregate="log_id"):
    """A batch of the audit was sealed."""
