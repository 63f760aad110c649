"""The section 47 enquiry about one child, from the strategy discussion that started it to its outcome."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import Section47Outcome as Outcome
from libs.kernel.errors import Conflict
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from libs.kernel.working_days import add_working_days
from services.workbook.domain.moments import ImplausibleDate


class State(StrEnum):
    """Where an enquiry stands."""

    STARTED = "started"
    ENDED = "ended"


_WRITERS = frozenset({Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM})
VERBS: Mapping[str, Move[State]] = {
    "start": Move(frozenset(), State.STARTED, _WRITERS),
    "end": Move(frozenset({State.STARTED}), State.ENDED, _WRITERS),
}

# Source: Working Together to Safeguard Children 2026: the initial conference is held within 15 working days of
# the strategy discussion at which the enquiry was initiated.
CONFERENCE_WORKING_DAYS = 15


class AnotherEnquiryOpen(Conflict):
    """The child has an enquiry that is not finished."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """One enquiry about one child."""

    id: UUID
    child_id: UUID
    state: State
    started_on: date
    conference_due_on: date
    strategy_id: UUID | None = None
    ended_on: date | None = None
    outcome: Outcome | None = None
    conference_on: date | None = None
    revision: int = 1

    @property
    def awaits_conference(self) -> bool:
        """Whether it concluded that a conference is needed, which has not been held."""
        return self.outcome is Outcome.CP_CONFERENCE and self.conference_on is None


def conference_target(started_on: date) -> date:
    """Return the last day for the initial conference: 15 working days after the strategy discussion."""
    return add_working_days(started_on, CONFERENCE_WORKING_DAYS)


def start(new: Enquiry, *, others: Iterable[Enquiry], referred_on: date | None) -> Enquiry:
    """Return the enquiry as started; refuse one before the referral, a second open one, or an overlap."""
    if referred_on is not None and new.started_on < referred_on:
        raise ImplausibleDate("An enquiry cannot start before the referral.", at="/started_on", rule="2889")
    other = overlapping(new, others)
    if other is None:
        return new
    if other.state is State.STARTED:
        raise AnotherEnquiryOpen("Only one enquiry about a child is open at a time.", rule="8839")
    raise AnotherEnquiryOpen("Enquiries about a child do not overlap.", rule="8890")


def overlapping(new: Enquiry, others: Iterable[Enquiry]) -> Enquiry | None:
    """Return the child's enquiry that is open, or ended after the new one would start, which lasts until today."""
    about = [other for other in others if other.child_id == new.child_id]
    still_open = [other for other in about if other.state is State.STARTED]
    ended_later = [other for other in about if other.ended_on is not None and new.started_on < other.ended_on]
    return next(iter([*still_open, *ended_later]), None)


def end(enquiry: Enquiry, *, on: date, outcome: Outcome) -> Enquiry:
    """Return the enquiry as ended, with or without a conference."""
    state = move(VERBS, verb="end", state=enquiry.state)
    if on < enquiry.started_on:
        raise ImplausibleDate("An enquiry cannot end before it starts.", at="/ended_on", rule="8615")
    return replace(enquiry, state=state, ended_on=on, outcome=outcome)


def conference(enquiry: Enquiry, *, on: date) -> Enquiry:
    """Return the enquiry with its initial conference, which ends it if it has not ended."""
    if enquiry.awaits_conference:
        return replace(enquiry, conference_on=on)
    return replace(end(enquiry, on=on, outcome=Outcome.CP_CONFERENCE), conference_on=on)
