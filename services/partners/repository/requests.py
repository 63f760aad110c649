"""Needs, requests, sessions and reports, as rows and as values."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, select

from libs.chassis.database import Transaction
from libs.kernel.deadline import Basis, Clock
from libs.kernel.tools import Tool
from services.partners import tables
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer
from services.partners.domain.clocks import ANSWER, SOURCE, Urgency
from services.partners.domain.needs import Need, NeedState
from services.partners.domain.parties import Party
from services.partners.domain.reports import EndReport, GoalOutcome, NoFamilyView, ReportedGoal
from services.partners.domain.request import Request, State
from services.partners.domain.sessions import Kind, MissedReason, Score, Session, SessionState

# Needs.


async def need(tx: Transaction, need_id: UUID) -> Need | None:
    """Return the need for a change, if it is known."""
    row = await tx.row(select(tables.need).where(tables.need.c.id == need_id).with_for_update())
    return None if row is None else need_of(row)


def need_of(row: Row[Any]) -> Need:
    """Return the need in a row."""
    return Need(
        id=row.id,
        workbook_id=row.workbook_id,
        family_id=row.family_id,
        adult_id=row.adult_id,
        specialism=Specialism(row.specialism),
        urgency=Urgency(row.urgency),
        team_id=row.team_id,
        requested_at=row.requested_at,
        state=NeedState(row.state),
        changed_at=row.changed_at,
        revision=row.revision,
    )


async def add_need(tx: Transaction, need: Need) -> None:
    """Keep a new need; an unrouted one is looked at again, for what it lacked may be arriving this moment."""
    names = ("id", "workbook_id", "family_id", "adult_id", "specialism", "urgency", "team_id", "requested_at")
    row: dict[str, Any] = {name: getattr(need, name) for name in (*names, "state", "changed_at", "revision")}
    await tx.add(tables.need, row | {"look_again": need.state is NeedState.UNROUTED})


async def keep_need(tx: Transaction, need: Need, *, look_again: bool = False) -> None:
    """Keep a need's change of state."""
    await tx.change(
        tables.need,
        id=need.id,
        revision=need.revision,
        state=need.state,
        changed_at=need.changed_at,
        look_again=look_again,
    )


# Requests.


def request_of(row: Row[Any]) -> Request:
    """Return the request in a row."""
    return Request(
        id=row.id,
        practitioner_request_id=row.practitioner_request_id,
        workbook_id=row.workbook_id,
        family_id=row.family_id,
        adult_id=row.adult_id,
        agency_id=row.agency_id,
        specialism=Specialism(row.specialism),
        team_id=row.team_id,
        urgency=Urgency(row.urgency),
        room=Answer(row.room),
        agreement_id=row.agreement_id,
        agreement_fingerprint=row.agreement_fingerprint,
        state=State(row.state),
        requested_at=row.requested_at,
        opened_at=row.opened_at,
        changed_at=row.changed_at,
        clock=Clock(
            kind=ANSWER,
            started_at=row.opened_at,
            due_at=row.due_at,
            amber_at=row.amber_at,
            calendar_version=row.calendar_version,
            basis=Basis.LOCAL,
            source=SOURCE,
            met_at=row.answered_at,
            voided_at=row.voided_at,
        ),
        overdue_at=row.overdue_at,
        practitioner_id=row.practitioner_id,
        practitioner_by=row.practitioner_by,
        expected_on=row.expected_on,
        accepted_at=row.accepted_at,
        engaged_at=row.engaged_at,
        review_on=row.review_on,
        ended_at=row.ended_at,
        ended_by=None if row.ended_by is None else Party(row.ended_by),
        reason=row.reason,
        end_asked_at=row.end_asked_at,
        report_due_on=row.report_due_on,
        reported_at=row.reported_at,
        outcome=row.outcome,
        revision=row.revision,
    )


_CLOCK_COLUMNS = {"due_at", "amber_at", "calendar_version", "answered_at", "voided_at"}
_PLAIN_COLUMNS = tuple(
    column.name for column in tables.request.c if column.name not in _CLOCK_COLUMNS | {"id", "revision", "learned_at"}
)


def _request_row(request: Request) -> dict[str, Any]:
    clock = request.clock
    return {name: getattr(request, name) for name in _PLAIN_COLUMNS} | {
        "due_at": clock.due_at,
        "amber_at": clock.amber_at,
        "calendar_version": clock.calendar_version,
        "answered_at": clock.met_at,
        "voided_at": clock.voided_at,
    }


async def add_request(tx: Transaction, request: Request) -> None:
    """Keep a new request."""
    row = _request_row(request) | {"id": request.id, "revision": request.revision, "learned_at": tx.now}
    await tx.add(tables.request, row)


async def keep_request(tx: Transaction, before: Request, after: Request) -> int:
    """Keep what changed in a request and return its new revision."""
    held = _request_row(before)
    changed = {name: value for name, value in _request_row(after).items() if value != held[name]}
    return await tx.change(tables.request, id=before.id, revision=before.revision, **changed)


async def for_change(tx: Transaction, query: Select[Any]) -> tuple[Request, ...]:
    """Return the requests that a query of whole rows finds, locked in the order of their ids."""
    rows = await tx.rows(query.order_by(tables.request.c.id).with_for_update(of=tables.request))
    return tuple(request_of(row) for row in rows)


# Sessions.


def session_of(row: Row[Any]) -> Session:
    """Return the session in a row."""
    return Session(
        id=row.id,
        request_id=row.request_id,
        family_id=row.family_id,
        kind=Kind(row.kind),
        starts_at=row.starts_at,
        booked_at=row.booked_at,
        state=SessionState(row.state),
        reason=None if row.reason is None else MissedReason(row.reason),
        scores=tuple(Score(Tool(score["tool"]), score["total"]) for score in row.scores),
        supersedes=row.supersedes,
        moved_to=row.moved_to,
        settled_at=row.settled_at,
        revision=row.revision,
    )


async def booked_sessions(tx: Transaction, request_ids: Sequence[UUID]) -> tuple[Session, ...]:
    """Return the sessions of these requests that are still booked, for a change."""
    rows = await tx.rows(
        select(tables.session)
        .where(tables.session.c.request_id.in_(request_ids), tables.session.c.state == SessionState.BOOKED)
        .order_by(tables.session.c.id)
        .with_for_update()
    )
    return tuple(session_of(row) for row in rows)


async def add_session(tx: Transaction, session: Session) -> None:
    """Keep a new session."""
    names = ("id", "request_id", "family_id", "kind", "starts_at", "booked_at", "state", "supersedes", "revision")
    await tx.add(tables.session, {name: getattr(session, name) for name in names} | {"scores": []})


async def keep_session(tx: Transaction, session: Session) -> int:
    """Keep what became of a session and return its new revision."""
    return await tx.change(
        tables.session,
        id=session.id,
        revision=session.revision,
        state=session.state,
        reason=session.reason,
        scores=[{"tool": str(score.tool), "total": score.total} for score in session.scores],
        moved_to=session.moved_to,
        settled_at=session.settled_at,
    )


# Reports.


def report_of(row: Row[Any]) -> EndReport:
    """Return the end report in a row."""
    return EndReport(
        goals=tuple(ReportedGoal(goal["goal"], GoalOutcome(goal["outcome"])) for goal in row.goals),
        practitioner_view=row.practitioner_view,
        family_view=row.family_view,
        no_family_view=None if row.no_family_view is None else NoFamilyView(row.no_family_view),
    )


def report_row(report: EndReport) -> dict[str, Any]:
    """Return what is kept of an end report."""
    return {
        "goals": [{"goal": goal.goal, "outcome": str(goal.outcome)} for goal in report.goals],
        "practitioner_view": report.practitioner_view,
        "family_view": report.family_view,
        "no_family_view": report.no_family_view,
    }
