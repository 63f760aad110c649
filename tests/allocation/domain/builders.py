"""Invented teams, workers and families for the tests of allocation's rules; only what matters is said in a test."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.kernel.codes import WorkerChangeReason
from libs.kernel.ids import FamilyId, PersonId, TeamId, WorkerId
from services.allocation.domain.allocation import Allocation
from services.allocation.domain.candidates import Candidate, Match, Wanted, match
from services.allocation.domain.cases import Case, CaseType, ChildWork, Share
from services.allocation.domain.defaults import DEFAULT
from services.allocation.domain.handover import Handover
from services.allocation.domain.proposal import Decision, Proposal, made
from services.allocation.domain.ranking import rank
from services.allocation.domain.request import Request
from services.allocation.domain.workers import Absence, AbsenceReason, Team, Worker, WorkerRole

RULES = DEFAULT
TODAY = date(2026, 11, 18)  # a Wednesday
NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def number(value: int) -> UUID:
    """Make an id that sorts by its number."""
    return UUID(int=value)


TEAM = Team(id=TeamId(number(1)), code="north_1", name="North 1", areas=frozenset({"cherwell", "oxford_north"}))


def worker(value: int = 10, **changes: Any) -> Worker:
    """Build a full-time social worker based in Cherwell."""
    whole = Worker(
        id=WorkerId(number(value)),
        team_id=TEAM.id,
        name=f"Invented Worker {value}",
        role=WorkerRole.SOCIAL_WORKER,
        fte=Decimal(1),
        contracted_hours=Decimal(37),
        base_area="cherwell",
        from_on=date(2020, 1, 1),
    )
    return replace(whole, **changes)


def absence(from_on: date, until_on: date | None, *, value: int = 70, **changes: Any) -> Absence:
    """Build an absence of all hours."""
    whole = Absence(
        id=number(value),
        worker_id=WorkerId(number(10)),
        reason=AbsenceReason.LEAVE,
        sudden=False,
        from_on=from_on,
        until_on=until_on,
    )
    return replace(whole, **changes)


def child(value: int = 100, kind: CaseType = CaseType.CIN, complexity: int | None = 0) -> ChildWork:
    """Build a child with its kind of work."""
    return ChildWork(child_id=PersonId(number(value)), case_type=kind, complexity=complexity)


def case(family: int, *children: ChildWork, **changes: Any) -> Case:
    """Build a family as its lead holds it."""
    whole = Case(
        family_id=FamilyId(number(family)),
        children=children or (child(family * 10),),
        share=Share.LEAD,
        since=TODAY - timedelta(90),
    )
    return replace(whole, **changes)


def wanted(*children: ChildWork, **changes: Any) -> Wanted:
    """Build a family in Cherwell that needs a lead."""
    whole = Wanted(
        family_id=FamilyId(number(900)), area="cherwell", children=children or (child(9000, CaseType.ASSESSMENT, None),)
    )
    return replace(whole, **changes)


def candidate(value: int = 10, *cases: Case, **changes: Any) -> Candidate:
    """Build a candidate of the team; changes named `worker_…` change the worker."""
    post = {name.removeprefix("worker_"): changes.pop(name) for name in list(changes) if name.startswith("worker_")}
    return replace(Candidate(worker=worker(value, **post), team=TEAM, cases=cases), **changes)


def matched(wanted: Wanted, candidate: Candidate) -> Match:
    """Match under the default scheme, today."""
    return match(wanted, candidate, rules=RULES, on=TODAY)


def request(**changes: Any) -> Request:
    """Build an open request."""
    whole = Request(
        id=number(500),
        family_id=FamilyId(number(900)),
        children=(PersonId(number(9000)),),
        area="cherwell",
        rag="amber",
        requested_at=NOW,
    )
    return replace(whole, **changes)


def allocation(value: int = 600, **changes: Any) -> Allocation:
    """Build an active lead allocation of the family of the request."""
    whole = Allocation(
        id=number(value),
        family_id=FamilyId(number(900)),
        worker_id=WorkerId(number(10)),
        team_id=TEAM.id,
        share=Share.LEAD,
        children=(PersonId(number(9000)),),
        area="cherwell",
        reason=WorkerChangeReason.FCONTA,
        started_at=NOW - timedelta(90),
    )
    return replace(whole, **changes)


def handover(**changes: Any) -> Handover:
    """Build a planned handover from worker 10 to worker 11."""
    whole = Handover(
        id=number(800),
        allocation_id=number(600),
        family_id=FamilyId(number(900)),
        from_worker_id=WorkerId(number(10)),
        to_worker_id=WorkerId(number(11)),
        reason=WorkerChangeReason.MANAGE,
        planned_at=NOW - timedelta(7),
    )
    return replace(whole, **changes)


def proposal(*matches: Match) -> Proposal:
    """Build a proposal of these matches, or of two workers with room."""
    ranking = rank(
        matches or (matched(wanted(), candidate(10)), matched(wanted(), candidate(11, case(20)))), rules=RULES
    )
    return made(
        id=number(700),
        request_id=number(500),
        family_id=FamilyId(number(900)),
        scheme_version=1,
        ranking=ranking,
        now=NOW,
        expires_at=NOW + timedelta(5),
    )


def decision(**changes: Any) -> Decision:
    """Build a decision of a team manager."""
    return replace(Decision(by=number(3), at=NOW), **changes)
