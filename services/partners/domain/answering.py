"""How an agency answers a request: it asks back, accepts with a name, promises a place, or declines with a reason."""

from dataclasses import replace
from datetime import date, datetime

from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict, Invalid
from services.partners.domain.parties import ImplausibleDate
from services.partners.domain.practitioners import Practitioner, need_eligible
from services.partners.domain.request import DeclineReason, Request, Verb, act


class NobodyNamed(Invalid):
    """An agency accepts with a practitioner, or with the day by which it names one."""

    slug = "practitioner-required"


def ask(request: Request, *, at: datetime, now: datetime) -> Request:
    """Return the request as waiting for the council's answer; the clock for the agency's answer keeps running."""
    return act(request, Verb.ASK, at=at, now=now)


def answer(request: Request, *, at: datetime, now: datetime) -> Request:
    """Return the request as back with the agency."""
    return act(request, Verb.ANSWER, at=at, now=now)


def accept(
    request: Request,
    *,
    practitioner: Practitioner | None,
    practitioner_by: date | None,
    at: datetime,
    now: datetime,
) -> Request:
    """Return the request as accepted, by a named practitioner or with the day by which one is named."""
    accepted = _answered(act(request, Verb.ACCEPT, at=at, now=now), at=at)
    if practitioner is not None:
        named = _named(accepted, practitioner, at=at)
        return replace(named, accepted_at=at, expected_on=None)
    if practitioner_by is None:
        raise NobodyNamed("Give `practitioner_id`, or `practitioner_by` until one is chosen.", at="/practitioner_id")
    if practitioner_by < local_day(at):
        raise ImplausibleDate("A practitioner is named after the acceptance.", at="/practitioner_by")
    return replace(accepted, accepted_at=at, expected_on=None, practitioner_by=practitioner_by)


class AlreadyNamed(Conflict):
    """The practitioner has the request already."""


def assign(request: Request, *, practitioner: Practitioner | None, at: datetime, now: datetime) -> Request:
    """Return the accepted request with a practitioner named, or another than before."""
    named = _named(act(request, Verb.ASSIGN, at=at, now=now), practitioner, at=at)
    if named.practitioner_id == request.practitioner_id:
        raise AlreadyNamed("Name somebody else.")
    return named


def waitlist(request: Request, *, expected_on: date, at: datetime, now: datetime) -> Request:
    """Return the request on the waiting list, with the day when a place is expected."""
    waiting = _answered(act(request, Verb.WAITLIST, at=at, now=now), at=at)
    if expected_on < local_day(at):
        raise ImplausibleDate("A place is expected later.", at="/expected_on")
    return replace(waiting, expected_on=expected_on)


def decline(request: Request, *, reason: DeclineReason, at: datetime, now: datetime) -> Request:
    """Return the request as declined for a coded reason."""
    declined = _answered(act(request, Verb.DECLINE, at=at, now=now), at=at)
    return replace(declined, reason=reason, ended_at=at, expected_on=None)


def goes_on(reason: DeclineReason) -> bool:
    """Say whether the need goes to the next agency: only lack of room says nothing about the adult."""
    return reason is DeclineReason.NO_CAPACITY


def _answered(request: Request, *, at: datetime) -> Request:
    """Stop the answer's clock; an answer in time that was recorded late takes the overdue mark back."""
    if request.clock.met_at is not None:
        return request
    clock = request.clock.meet(at=at)
    in_time = at <= clock.due_at
    return replace(request, clock=clock, overdue_at=None if in_time else request.overdue_at)


def _named(request: Request, practitioner: Practitioner | None, *, at: datetime) -> Request:
    need_eligible(practitioner, agency_id=request.agency_id, specialism=request.specialism, on=local_day(at))
    named = None if practitioner is None else practitioner.id
    return replace(request, practitioner_id=named, practitioner_by=None)
