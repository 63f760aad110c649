"""Work with an adult: it starts with first contact, pauses, is reported, and ends; or it never begins."""

from dataclasses import replace
from datetime import date, datetime

from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict
from services.partners.domain import clocks
from services.partners.domain.clocks import Terms
from services.partners.domain.parties import ImplausibleDate, Party
from services.partners.domain.practitioners import Practitioner, need_eligible
from services.partners.domain.reports import EndReport, outcome
from services.partners.domain.request import (
    AT_WORK,
    BEFORE_WORK,
    CancelReason,
    EndReason,
    HoldReason,
    Request,
    State,
    Verb,
    act,
)


class ReportMissing(Conflict):
    """Work ends with a report."""

    slug = "report-required"


class NothingOwed(Conflict):
    """The report on this work was handed in before it ended."""


def start(request: Request, *, practitioner: Practitioner | None, at: datetime, now: datetime) -> Request:
    """Return the request as engaged: first contact was made at `at`, and the wait is over.

    `practitioner` is whoever made it, needed where nobody was named before.
    """
    engaged = act(request, Verb.START, at=at, now=now)
    if practitioner is not None or engaged.practitioner_id is None:
        need_eligible(practitioner, agency_id=request.agency_id, specialism=request.specialism, on=local_day(at))
    named = engaged.practitioner_id if practitioner is None else practitioner.id
    return replace(
        engaged,
        practitioner_id=named,
        practitioner_by=None,
        expected_on=None,
        accepted_at=request.accepted_at or at,
        engaged_at=at,
    )


def days_waited(request: Request) -> int | None:
    """Return the days from the team's asking to first contact; None while the adult still waits."""
    if request.engaged_at is None:
        return None
    return (local_day(request.engaged_at) - local_day(request.requested_at)).days


def hold(request: Request, *, reason: HoldReason, review_on: date, at: datetime, now: datetime) -> Request:
    """Return the request as pausing until it is looked at again on `review_on`."""
    held = act(request, Verb.HOLD, at=at, now=now)
    if review_on <= local_day(at):
        raise ImplausibleDate("A pause is looked at on a later day.", at="/review_on")
    return replace(held, reason=reason, review_on=review_on)


def resume(request: Request, *, at: datetime, now: datetime) -> Request:
    """Return the request as going on."""
    return replace(act(request, Verb.RESUME, at=at, now=now), reason=None, review_on=None)


def report(request: Request, *, end_report: EndReport, at: datetime, now: datetime) -> Request:
    """Return the request with its end report handed in; until the work ends it may be handed in again."""
    reported = act(request, Verb.REPORT, at=at, now=now)
    if request.state is State.ENDED_EARLY and not request.owes_report:
        raise NothingOwed("A report cannot be changed after the work has ended.")
    return replace(reported, reported_at=at, outcome=outcome(end_report))


def complete(request: Request, *, at: datetime, now: datetime) -> Request:
    """Return the request as completed; the report must have been handed in."""
    done = act(request, Verb.COMPLETE, at=at, now=now)
    _need_report(request)
    return replace(done, ended_at=at, ended_by=Party.AGENCY)


def end_early(
    request: Request, *, party: Party, reason: EndReason, terms: Terms, at: datetime, now: datetime
) -> Request:
    """Return the request as ended before its time, by whom and why.

    An agency reports first; where the council ends the work it ends at once, and the agency then owes the report.
    """
    ended = replace(
        act(request, Verb.END_EARLY, at=at, now=now), ended_at=at, ended_by=party, reason=reason, review_on=None
    )
    if party is Party.AGENCY:
        _need_report(request)
        return ended
    if request.reported_at is not None:
        return ended
    return replace(ended, report_due_on=clocks.report_due_on(ended_at=at, terms=terms))


def cancel(request: Request, *, reason: CancelReason, at: datetime, now: datetime) -> Request:
    """Return the request as taken back before work began."""
    cancelled = act(request, Verb.CANCEL, at=at, now=now)
    return _voided(replace(cancelled, ended_at=at, ended_by=Party.COUNCIL, reason=reason, expected_on=None), at=at)


def mark_in_error(request: Request, *, at: datetime, now: datetime) -> Request:
    """Return the request as never meant: whatever it gave access to is closed at once."""
    marked = act(request, Verb.MARK_IN_ERROR, at=at, now=now)
    return _voided(replace(marked, ended_at=at, ended_by=Party.COUNCIL, reason=None), at=at)


def stop(request: Request, *, reason: CancelReason, at: datetime) -> Request:
    """Return the request as the end of the need leaves it: the family closed, or the team no longer asks.

    Work that has not begun is cancelled; work that has is asked to end, for no event drops an adult. What the agency
    did after `at` stands: the news may have reached us late.
    """
    moment = max(at, request.changed_at)
    if request.state in BEFORE_WORK:
        return cancel(request, reason=reason, at=moment, now=moment)
    if request.state in AT_WORK and request.end_asked_at is None:
        return replace(request, end_asked_at=moment)
    return request


def _need_report(request: Request) -> None:
    if request.reported_at is None:
        raise ReportMissing("Hand in the end report first.")


def _voided(request: Request, *, at: datetime) -> Request:
    clock = request.clock
    if clock.met_at is not None or clock.voided_at is not None:
        return request
    return replace(request, clock=clock.void(at=at))
