"""How soon an agency answers, meets the adult and reports: local agreements, none of them law."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from libs.kernel import deadline
from libs.kernel.deadline import Basis, Clock, Rule, Unit
from libs.kernel.working_days import add_days, add_working_days

#: The kind of the clock for an agency's answer, and where its number comes from.
ANSWER = "partner_answer"
SOURCE = "local terms with partner agencies"


class Urgency(StrEnum):
    """How soon the family needs the practitioner."""

    URGENT = "urgent"
    SOON = "soon"
    ROUTINE = "routine"


def urgency_of(code: str) -> Urgency:
    """Return the urgency that the requesting team coded; a code we do not know is routine."""
    return Urgency(code) if code in set(Urgency) else Urgency.ROUTINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What the council and its agencies agreed, in working days unless the name says otherwise."""

    answer_within: Mapping[Urgency, int] = field(
        default_factory=lambda: {Urgency.URGENT: 1, Urgency.SOON: 3, Urgency.ROUTINE: 5}
    )
    first_contact_within: int = 10
    end_within: int = 10
    report_within_days: int = 14
    capacity_fresh_for: timedelta = timedelta(days=28)


def answer_clock(*, urgency: Urgency, at: datetime, terms: Terms) -> Clock:
    """Start the clock for the agency's answer to a request that reached it at `at`."""
    rule = Rule(
        kind=ANSWER,
        title="The agency answers",
        amount=terms.answer_within[urgency],
        unit=Unit.WORKING_DAYS,
        amber=timedelta(days=1),
        basis=Basis.LOCAL,
        source=SOURCE,
    )
    return deadline.start(rule, at=at)


def first_contact_due(*, accepted_at: datetime, terms: Terms) -> datetime:
    """Return the moment by which an accepted adult is met."""
    return _end_of_working_day(accepted_at, terms.first_contact_within)


def end_due(*, asked_at: datetime, terms: Terms) -> datetime:
    """Return the moment by which work is ended once the family's workbook has closed."""
    return _end_of_working_day(asked_at, terms.end_within)


def report_due_on(*, ended_at: datetime, terms: Terms) -> date:
    """Return the day by which the agency reports on work that the council ended."""
    return add_days(deadline.local_day(ended_at), terms.report_within_days)


def _end_of_working_day(at: datetime, count: int) -> datetime:
    return deadline.end_of_day(add_working_days(deadline.local_day(at), count))
