"""Invented requests, practitioners and terms from which the tests of partners start."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from services.partners.domain import answering, engagement, needs
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer
from services.partners.domain.clocks import Terms, Urgency
from services.partners.domain.needs import Need
from services.partners.domain.parties import Party
from services.partners.domain.practitioners import Practitioner, TeamShare
from services.partners.domain.reports import EndReport, GoalOutcome, ReportedGoal
from services.partners.domain.request import CancelReason, DeclineReason, EndReason, HoldReason, Request, State
from services.partners.domain.sharing import Agreement, AgreementState, LawfulBasis, SpecialCondition

MONDAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
TERMS = Terms()
TURNING_POINT = UUID(int=0x7D)
MIND = UUID(int=0x31)
TEAM = UUID(int=0x7EA)


def after(**parts: int) -> datetime:
    return MONDAY + timedelta(**parts)


def a_need(**changes: Any) -> Need:
    facts: dict[str, Any] = {
        "id": UUID(int=1),
        "workbook_id": UUID(int=2),
        "family_id": UUID(int=3),
        "adult_id": UUID(int=4),
        "specialism": Specialism.SUBSTANCE_MISUSE,
        "urgency": Urgency.ROUTINE,
        "team_id": TEAM,
        "requested_at": MONDAY,
        "changed_at": MONDAY,
    }
    return Need(**(facts | changes))


def an_agreement(**changes: Any) -> Agreement:
    facts: dict[str, Any] = {
        "id": UUID(int=7),
        "agency_id": TURNING_POINT,
        "specialisms": frozenset(Specialism),
        "basis": LawfulBasis.PUBLIC_TASK,
        "condition": SpecialCondition.HEALTH_OR_SOCIAL_CARE,
        "from_on": date(2026, 1, 1),
        "until_on": None,
        "state": AgreementState.IN_FORCE,
    }
    return Agreement(**(facts | changes))


def a_practitioner(**changes: Any) -> Practitioner:
    facts: dict[str, Any] = {
        "id": UUID(int=9),
        "agency_id": TURNING_POINT,
        "name": "Invented Practitioner",
        "specialism": Specialism.SUBSTANCE_MISUSE,
        "fte": 1.0,
        "shares": (TeamShare(TEAM, 0.6),),
        "checked_on": date(2026, 1, 5),
        "joined_on": date(2025, 1, 6),
    }
    return Practitioner(**(facts | changes))


def a_report(*outcomes: GoalOutcome) -> EndReport:
    goals = tuple(ReportedGoal("An invented goal", one) for one in outcomes or (GoalOutcome.ACHIEVED,))
    return EndReport(goals=goals, practitioner_view="Went well.", family_view="It helped.", no_family_view=None)


def a_request(state: State = State.REQUESTED, *, opened_at: datetime = MONDAY, **changes: Any) -> Request:
    """Make a request that came to `state` by the verbs that lead there, an hour apart."""
    _, request = needs.put_to_agency(
        a_need(**changes),
        request_id=UUID(int=5),
        agreement=an_agreement(),
        room=Answer.HAS_CAPACITY,
        at=opened_at,
        terms=TERMS,
    )
    for step, hour in zip(_PATHS[state], range(1, 9), strict=False):
        request = _say(step, request, at=opened_at + timedelta(hours=hour))
    return request


_WORK = ("accept", "start")
_PATHS: dict[State, tuple[str, ...]] = {
    State.REQUESTED: (),
    State.CLARIFYING: ("ask",),
    State.ACCEPTED: ("accept",),
    State.WAITLISTED: ("waitlist",),
    State.DECLINED: ("decline",),
    State.ENGAGED: _WORK,
    State.ON_HOLD: (*_WORK, "hold"),
    State.COMPLETED: (*_WORK, "report", "complete"),
    State.ENDED_EARLY: (*_WORK, "end-early"),
    State.CANCELLED: ("cancel",),
    State.IN_ERROR: ("mark-in-error",),
}


def _say(verb: str, request: Request, *, at: datetime) -> Request:
    return say(verb, request, at=at, now=at)


def say(verb: str, request: Request, *, at: datetime, now: datetime, party: Party = Party.COUNCIL) -> Request:
    """Say `verb` with everything that its guard asks for, so that only state and moment can refuse it."""
    when: dict[str, Any] = {"at": at, "now": now}
    later = (at + timedelta(days=7)).date()
    said = {
        "ask": lambda: answering.ask(request, **when),
        "answer": lambda: answering.answer(request, **when),
        "accept": lambda: answering.accept(request, practitioner=a_practitioner(), practitioner_by=None, **when),
        "assign": lambda: answering.assign(request, practitioner=a_practitioner(id=UUID(int=10)), **when),
        "waitlist": lambda: answering.waitlist(request, expected_on=later, **when),
        "decline": lambda: answering.decline(request, reason=DeclineReason.NO_CAPACITY, **when),
        "start": lambda: engagement.start(request, practitioner=a_practitioner(), **when),
        "hold": lambda: engagement.hold(request, reason=HoldReason.ADULT_UNWELL, review_on=later, **when),
        "resume": lambda: engagement.resume(request, **when),
        "report": lambda: engagement.report(request, end_report=a_report(), **when),
        "complete": lambda: engagement.complete(request, **when),
        "end-early": lambda: engagement.end_early(
            request, party=party, reason=EndReason.MOVED_AWAY, terms=TERMS, **when
        ),
        "cancel": lambda: engagement.cancel(request, reason=CancelReason.NEED_CHANGED, **when),
        "mark-in-error": lambda: engagement.mark_in_error(request, **when),
    }
    return said[verb]()
