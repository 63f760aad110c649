"""Strategy discussions, and the section 47 enquiries about each child that one may begin.

The workbook keeps the clocks of every enquiry that is in it. The front door keeps those of an enquiry that began
here until the workbook takes it up, so that each clock runs once.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.kernel.codes import Section47Outcome
from libs.kernel.deadline import local_day, start_of_day
from libs.kernel.errors import Conflict, Invalid
from services.referrals.domain.clock_rules import Happening, Kind
from services.referrals.domain.clocks import FrontDoorClock, Occasion
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """A section 47 enquiry about one child."""

    child_id: UUID
    ended_on: date | None = None
    outcome: str | None = None
    conference_on: date | None = None
    taken_up_at: datetime | None = None  # since when the workbook keeps its clocks

    @property
    def is_kept_here(self) -> bool:
        """Whether its clocks are the front door's."""
        return self.taken_up_at is None

    @property
    def awaits_conference(self) -> bool:
        """Whether a conference about the child is still to be held, as far as is known."""
        return self.conference_on is None and self.outcome in {None, Section47Outcome.CP_CONFERENCE}

    @property
    def is_over(self) -> bool:
        """Whether nothing is waited for any more."""
        return self.ended_on is not None and not self.awaits_conference


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


def end_enquiry(
    discussion: StrategyDiscussion, *, children: frozenset[UUID], outcome: str, on: date
) -> StrategyDiscussion:
    """Return the discussion with the enquiries about these children ended; one that is ended stays as it was."""
    return _with(discussion, children, lambda one: one.ended_on is None, ended_on=on, outcome=outcome)


def hold_conference(discussion: StrategyDiscussion, *, children: frozenset[UUID], on: date) -> StrategyDiscussion:
    """Return the discussion with the conference held about those of these children who waited for it."""
    if on < local_day(discussion.held_at):
        return discussion
    return _with(discussion, children, lambda one: one.awaits_conference, conference_on=on)


def take_up(discussion: StrategyDiscussion, *, children: frozenset[UUID], at: datetime) -> StrategyDiscussion:
    """Return the discussion with these children's enquiries in the workbook, which keeps their clocks from then on."""
    return _with(discussion, children, lambda one: one.is_kept_here and not one.is_over, taken_up_at=at)


def _with(
    discussion: StrategyDiscussion, children: frozenset[UUID], which: Callable[[Enquiry], bool], **changes: Any
) -> StrategyDiscussion:
    enquiries = tuple(
        replace(one, **changes) if one.child_id in children and which(one) else one for one in discussion.enquiries
    )
    return replace(discussion, enquiries=enquiries)


def settled(
    discussions: Iterable[StrategyDiscussion], *, clocks: Iterable[FrontDoorClock], at: datetime
) -> tuple[Occasion, ...]:
    """Return what the enquiries about a referral's children mean at `at` for the clocks that run for them.

    A clock runs for all children of the discussion that began it, and of later ones: it is met by the last of
    those whom the workbook has not taken up, and needless when nothing is left to wait for here.
    """
    held = tuple(discussions)
    over: Mapping[Kind, Callable[[tuple[Enquiry, ...], datetime], Occasion | None]] = {
        Kind.ENQUIRY: _enquiries_over,
        Kind.CONFERENCE: _conferences_over,
    }
    occasions = []
    for clock in clocks:
        if clock.is_running and clock.kind in over:
            begun = [one for one in held if one.held_at >= clock.clock.started_at]
            occasions.append(over[clock.kind](tuple(enquiry for one in begun for enquiry in one.enquiries), at))
    return tuple(one for one in occasions if one is not None)


def _enquiries_over(enquiries: tuple[Enquiry, ...], at: datetime) -> Occasion | None:
    kept = [one for one in enquiries if one.is_kept_here]
    ended = [one.ended_on for one in kept if one.ended_on is not None]
    if len(ended) < len(kept):
        return None
    if not ended:
        return Occasion(happening=Happening.ENQUIRIES_TAKEN_UP, at=at)
    return Occasion(happening=Happening.ENQUIRIES_ENDED, at=start_of_day(max(ended)))


def _conferences_over(enquiries: tuple[Enquiry, ...], at: datetime) -> Occasion | None:
    kept = [one for one in enquiries if one.is_kept_here]
    held = [one.conference_on for one in kept if one.conference_on is not None]
    if any(one.awaits_conference for one in kept):
        return None
    if not held:
        return Occasion(happening=Happening.NO_CONFERENCE_NEEDED, at=at)
    return Occasion(happening=Happening.CONFERENCE_HELD, at=start_of_day(max(held)))
