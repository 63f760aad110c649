"""What an agency's client needs on one screen: what is new, who waits, what is mine, what is overdue."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel import deadline
from services.partners.domain import clocks
from services.partners.domain.clocks import Terms, Urgency
from services.partners.domain.request import AT_WORK, UNANSWERED, Request, State


class Section(StrEnum):
    """Where an item stands on the screen; each stands in one place."""

    OVERDUE = "overdue"
    NEW = "new"
    WAITING = "waiting"
    MINE = "mine"


class Task(StrEnum):
    """What is to be done next."""

    ANSWER = "answer"
    NAME_PRACTITIONER = "name_practitioner"
    OFFER_PLACE = "offer_place"
    MAKE_FIRST_CONTACT = "make_first_contact"
    RECORD_SESSION = "record_session"
    WORK = "work"
    REASSIGN = "reassign"
    REVIEW_HOLD = "review_hold"
    END_WORK = "end_work"
    REPORT = "report"


@dataclass(frozen=True, slots=True)
class Due:
    """The next thing to do and by when, if there is a promise."""

    task: Task
    at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One request on the screen."""

    request: Request
    section: Section
    due: Due
    next_session_at: datetime | None
    lead_worker_id: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A request with what the screen must know besides it.

    `unrecorded_at` is the earliest booked session whose time has passed, `next_session_at` the next to come, `leaves_on`
    the day on which the named practitioner is gone.
    """

    request: Request
    lead_worker_id: UUID | None = None
    next_session_at: datetime | None = None
    unrecorded_at: datetime | None = None
    leaves_on: date | None = None


_URGENCY = tuple(Urgency)


def next_due(facts: Facts, *, terms: Terms) -> Due | None:
    """Return what is to be done next on a request, the earliest promise first; None if nothing is left to do."""
    promises = [due for due in _promises(facts, terms=terms) if due.at is not None]
    if promises:
        return min(promises, key=lambda due: (due.at, due.task))
    return Due(Task.WORK, None) if facts.request.state in AT_WORK else None


def arrange(every: Iterable[Facts], *, terms: Terms, now: datetime) -> tuple[Item, ...]:
    """Return the screen's items in order: what is overdue longest first, then by due date, urgency and age."""
    items = [item for facts in every if (item := _item(facts, terms=terms, now=now)) is not None]
    return tuple(sorted(items, key=_rank))


def _promises(facts: Facts, *, terms: Terms) -> Iterable[Due]:
    request = facts.request
    by_state = _PROMISE.get(request.state)
    if by_state is not None and (due := by_state(request, terms)) is not None:
        yield due
    if request.state in AT_WORK and request.end_asked_at is not None:
        yield Due(Task.END_WORK, clocks.end_due(asked_at=request.end_asked_at, terms=terms))
    if request.is_open and facts.leaves_on is not None:
        yield Due(Task.REASSIGN, deadline.start_of_day(facts.leaves_on))
    if request.is_open and facts.unrecorded_at is not None:
        yield Due(Task.RECORD_SESSION, deadline.end_of_day(deadline.local_day(facts.unrecorded_at)))


def _answer(request: Request, _: Terms) -> Due | None:
    return Due(Task.ANSWER, request.clock.due_at)


def _name_or_meet(request: Request, terms: Terms) -> Due | None:
    if request.practitioner_by is not None:
        return _by_day(Task.NAME_PRACTITIONER, request.practitioner_by)
    if request.accepted_at is None:
        return None
    return Due(Task.MAKE_FIRST_CONTACT, clocks.first_contact_due(accepted_at=request.accepted_at, terms=terms))


def _by_day(task: Task, day: date | None) -> Due | None:
    return None if day is None else Due(task, deadline.end_of_day(day))


_PROMISE: Mapping[State, Callable[[Request, Terms], Due | None]] = {
    State.REQUESTED: _answer,
    State.CLARIFYING: _answer,
    State.ACCEPTED: _name_or_meet,
    State.WAITLISTED: lambda request, _: _by_day(Task.OFFER_PLACE, request.expected_on),
    State.ON_HOLD: lambda request, _: _by_day(Task.REVIEW_HOLD, request.review_on),
    State.ENDED_EARLY: lambda request, _: _by_day(Task.REPORT, request.report_due_on) if request.owes_report else None,
}


def _item(facts: Facts, *, terms: Terms, now: datetime) -> Item | None:
    due = next_due(facts, terms=terms)
    if due is None:
        return None
    return Item(
        request=facts.request,
        section=_section(facts.request, due, now=now),
        due=due,
        next_session_at=facts.next_session_at,
        lead_worker_id=facts.lead_worker_id,
    )


def _section(request: Request, due: Due, *, now: datetime) -> Section:
    if due.at is not None and due.at < now:
        return Section.OVERDUE
    if request.state in UNANSWERED:
        return Section.NEW
    if request.practitioner_id is None:
        return Section.WAITING
    return Section.MINE


def _rank(item: Item) -> tuple[int, bool, float, int, datetime, UUID]:
    at = item.due.at
    due = 0.0 if at is None else at.timestamp()
    urgency = _URGENCY.index(item.request.urgency)
    return list(Section).index(item.section), at is None, due, urgency, item.request.requested_at, item.request.id
