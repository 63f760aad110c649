"""What referrals says: the front door, its decisions, its clocks, and families."""

from datetime import date, datetime
from uuid import UUID

from libs.contracts.envelope import AuditHead, Code, DetailPath, Event

_E = "events.referrals"


class ReferralReceived(Event, type=f"{_E}.referral.received.v1", aggregate="referral_id"):
    """A concern about a family arrived; `occurred_at` is the moment of receipt, not of entry."""

    referral_id: UUID
    family_id: UUID
    children: tuple[UUID, ...]
    source: Code  # ReferralSource, census code set
    channel: Code  # portal, partner, case_system, phone
    received_on: date
    re_referral: bool  # a child of it was referred in the twelve months before
    prior_referral_id: UUID | None = None
    detail_url: DetailPath


class ReferralTriaged(Event, type=f"{_E}.referral.triaged.v1", aggregate="referral_id"):
    """The front door set the urgency and the level of need."""

    referral_id: UUID
    family_id: UUID
    rag: Code
    level: int


class InformationRequested(Event, type=f"{_E}.information.requested.v1", aggregate="referral_id"):
    """Another agency was asked what it knows."""

    referral_id: UUID
    information_request_id: UUID
    agency: Code
    due_at: datetime


class InformationAnswered(Event, type=f"{_E}.information.answered.v1", aggregate="referral_id"):
    """The agency answered, refused, or the question was withdrawn."""

    referral_id: UUID
    information_request_id: UUID
    outcome: Code


class DecisionProposed(Event, type=f"{_E}.referral.decision_proposed.v1", aggregate="referral_id"):
    """A screener proposed how to respond; a manager decides."""

    referral_id: UUID
    outcome: Code


class ReferralAccepted(Event, type=f"{_E}.referral.accepted.v1", aggregate="referral_id"):
    """A manager accepted the referral: the family needs a worker."""

    referral_id: UUID
    family_id: UUID
    children: tuple[UUID, ...]  # born or unborn
    unborn: tuple[UUID, ...] = ()
    adults: tuple[UUID, ...]
    area: Code  # the locality that decides which teams may serve the family
    rag: Code
    level: int
    primary_need: Code  # N1-N9, N0
    needs: tuple[Code, ...] = ()  # assessment factor codes already known, such as 3B
    received_at: datetime
    decided_at: datetime
    detail_url: DetailPath


class StepDownOffered(Event, type=f"{_E}.referral.step_down_offered.v1", aggregate="referral_id"):
    """A manager offered the family to early help, which must accept."""

    referral_id: UUID
    family_id: UUID


class StepDownRefused(Event, type=f"{_E}.referral.step_down_refused.v1", aggregate="referral_id"):
    """Early help did not take the family; the referral waits for another decision."""

    referral_id: UUID
    family_id: UUID
    reason: Code


class ReferralSteppedDown(Event, type=f"{_E}.referral.stepped_down.v1", aggregate="referral_id"):
    """Early help accepted the family."""

    referral_id: UUID
    family_id: UUID
    decided_at: datetime


class ReferralAdvised(Event, type=f"{_E}.referral.advised.v1", aggregate="referral_id"):
    """No further action, or information and advice only."""

    referral_id: UUID
    family_id: UUID
    outcome: Code
    decided_at: datetime


class ReferralRedirected(Event, type=f"{_E}.referral.redirected.v1", aggregate="referral_id"):
    """Another authority was found responsible and was told."""

    referral_id: UUID
    family_id: UUID
    decided_at: datetime


class ReferralJoined(Event, type=f"{_E}.referral.joined.v1", aggregate="referral_id"):
    """The concern was joined to a referral that is already open for the family, which took over these people."""

    referral_id: UUID
    family_id: UUID
    joined_to: UUID
    decided_at: datetime
    children: tuple[UUID, ...] = ()
    adults: tuple[UUID, ...] = ()


class StrategyCalled(Event, type=f"{_E}.strategy.called.v1", aggregate="referral_id"):
    """A strategy discussion was held; with `enquiry` it started a section 47 enquiry."""

    referral_id: UUID
    strategy_id: UUID
    family_id: UUID
    children: tuple[UUID, ...]
    held_at: datetime
    enquiry: bool
    conference_due_on: date | None = None


class ReferralAllocated(Event, type=f"{_E}.referral.allocated.v1", aggregate="referral_id"):
    """The family has a named worker."""

    referral_id: UUID
    family_id: UUID
    worker_id: UUID


class ReferralClosed(Event, type=f"{_E}.referral.closed.v1", aggregate="referral_id"):
    """The episode ended, with the census reason."""

    referral_id: UUID
    family_id: UUID
    children: tuple[UUID, ...]
    reason: Code  # RC1-RC9
    closed_on: date


class ReferralReopened(Event, type=f"{_E}.referral.reopened.v1", aggregate="referral_id"):
    """A finished referral is looked at again."""

    referral_id: UUID
    family_id: UUID
    re_referral: bool
    reason: Code


class ReferralWithdrawn(Event, type=f"{_E}.referral.withdrawn.v1", aggregate="referral_id"):
    """The sender took the referral back."""

    referral_id: UUID
    family_id: UUID


class ReferralMarkedInError(Event, type=f"{_E}.referral.marked_in_error.v1", aggregate="referral_id"):
    """The referral should never have been recorded; it counts nowhere."""

    referral_id: UUID
    family_id: UUID


class ReferrerNotified(Event, type=f"{_E}.referrer.notified.v1", aggregate="referral_id"):
    """The referrer was told the decision, or the notice was withheld for a recorded reason."""

    referral_id: UUID
    content: Code
    withheld: bool


class ClockDueSoon(Event, type=f"{_E}.clock.due_soon.v1", aggregate="clock_id"):
    """A front-door clock entered its amber margin."""

    clock_id: UUID
    kind: Code
    referral_id: UUID
    family_id: UUID
    due_at: datetime
    calendar_version: Code


class ClockBreached(Event, type=f"{_E}.clock.breached.v1", aggregate="clock_id"):
    """A front-door clock ran out."""

    clock_id: UUID
    kind: Code
    referral_id: UUID
    family_id: UUID
    due_at: datetime
    calendar_version: Code


class ClockMet(Event, type=f"{_E}.clock.met.v1", aggregate="clock_id"):
    """What a front-door clock waited for was done, in time or late."""

    clock_id: UUID
    kind: Code
    referral_id: UUID
    family_id: UUID
    started_at: datetime
    due_at: datetime
    met_at: datetime
    in_time: bool
    calendar_version: Code


class FamilyMerged(Event, type=f"{_E}.family.merged.v1", aggregate="family_id"):
    """Two records of one family became one; `people` maps nobody away, it lists who now belongs to it."""

    family_id: UUID  # the one that stays
    merged_family_id: UUID
    people: tuple[UUID, ...]


class AuditSealed(AuditHead, Event, type=f"{_E}.audit.sealed.v1", aggregate="log_id"):
    """A batch of the audit was sealed."""


class PersonLinked(Event, type=f"{_E}.person.linked.v1", aggregate="person_id"):
    """A person of a referral turned out to be one who was known; whatever said `person_id` means `known_person_id`."""

    person_id: UUID
    known_person_id: UUID
    referral_id: UUID


class ReReferralFound(Event, type=f"{_E}.referral.re_referral_found.v1", aggregate="referral_id"):
    """An earlier referral of a child came to light, and that made this one a re-referral, or one of another."""

    referral_id: UUID
    family_id: UUID
    prior_referral_id: UUID
