"""Strategy discussions, and the section 47 enquiries about each child that one may begin."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import Section47Outcome
from libs.kernel.errors import Conflict, Invalid
from services.referrals.domain.referral import Referral

# Source: Working Together: children's social care and at least police and health take part.
NEEDED_AGENCIES = frozenset({"social_care", "police", "health"})


#: Why an enquiry runs no longer here that nobody ended: its referral is finished, and with it its clocks.
REFERRAL_ENDED = "referral_ended"


class NotInTheReferral(Invalid):
    """A strategy discussion is about children of the referral."""


class EnquiryRunning(Conflict):
    """An enquiry is running: the discussion at which it was begun stays the one that counts."""


class TooFewAgencies(Invalid):
    """Social care, police and health take part in a strategy discussion."""


class HeldBeforeReceived(Invalid):
    """A strategy discussion about a referral is not held before it."""

    slug = "implausible-date"


class ConferenceNeed(StrEnum):
    """What the ended enquiries say about a conference."""

    UNDECIDED = "undecided"
    NEEDED = "needed"
    NOT_NEEDED = "not_needed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A section 47 enquiry about one child."""

    child_id: UUID
    ended_on: date | None = None
    outcome: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StrategyDiscussion:
    """One discussion: when, with whom, about which children, and whether it began an enquiry."""

    id: UUID
    referral_id: UUID
    held_at: datetime
    agencies: frozenset[str]
    children: tuple[UUID, ...]
    enquiry: bool
    record: str = ""
    enquiries: tuple[Enquiry, ...] = ()

    @property
    def is_enquiring(self) -> bool:
        """Whether an enquiry about one of its children is running."""
        return any(one.ended_on is None for one in self.enquiries)


def hold(
    discussion: StrategyDiscussion, *, referral: Referral, earlier: tuple[StrategyDiscussion, ...]
) -> StrategyDiscussion:
    """Return the discussion with an enquiry for each child if it began any; raise what is wrong with it."""
    if not discussion.children or not set(discussion.children) <= set(referral.children):
        raise NotInTheReferral("Name children of this referral.", at="/children")
    if discussion.held_at < referral.received_at:
        raise HeldBeforeReceived("It is before the referral was received.", at="/held_at")
    if not discussion.agencies >= NEEDED_AGENCIES:
        raise TooFewAgencies("Social care, police and health are needed.", at="/agencies")
    if discussion.enquiry and any(one.is_enquiring for one in earlier):
        raise EnquiryRunning("Hold it without beginning an enquiry: one is running.", at="/enquiry")
    if not discussion.enquiry:
        return discussion
    return replace(discussion, enquiries=tuple(Enquiry(child_id=child) for child in discussion.children))


def end_enquiry(discussion: StrategyDiscussion, *, child_id: UUID, outcome: str, on: date) -> StrategyDiscussion:
    """Return the discussion with the enquiry about that child ended; one that is ended stays as it was."""
    return replace(
        discussion,
        enquiries=tuple(
            replace(one, ended_on=on, outcome=outcome) if one.child_id == child_id and one.ended_on is None else one
            for one in discussion.enquiries
        ),
    )


def conference_need(discussion: StrategyDiscussion) -> ConferenceNeed:
    """Say whether a conference is needed, once the enquiries about all of its children have ended."""
    if any(one.outcome == Section47Outcome.CP_CONFERENCE for one in discussion.enquiries):
        return ConferenceNeed.NEEDED
    if discussion.is_enquiring or not discussion.enquiries:
        return ConferenceNeed.UNDECIDED
    return ConferenceNeed.NOT_NEEDED
