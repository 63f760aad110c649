"""The rules of the front door's clocks, with their sources, what starts each, and what a council sets for itself."""

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from datetime import time, timedelta
from enum import StrEnum

from libs.kernel.deadline import Basis, Margin, OfficeHours, Rule, Unit, WorkingDays
from libs.kernel.errors import Invalid


class Kind(StrEnum):
    """The clocks that the front door keeps, by their number in the table of the model's clocks."""

    RED_DECISION = "C1"
    DECISION = "C2"  # amber or green
    RESPONSE = "C3"
    ASSESSMENT = "C5"
    STRATEGY = "C6"
    ENQUIRY = "C7"
    CONFERENCE = "C8"


class Happening(StrEnum):
    """What starts, meets or voids clocks: a verb of ours, or an event of another service."""

    RECEIVED = "received"
    TRIAGED_RED = "triaged_red"
    TRIAGED_AMBER = "triaged_amber"
    TRIAGED_GREEN = "triaged_green"
    HARM_SUSPECTED = "harm_suspected"
    STRATEGY_HELD = "strategy_held"
    ENQUIRY_BEGUN = "enquiry_begun"
    ACCEPTED = "accepted"
    DECIDED_OTHERWISE = "decided_otherwise"  # stepped down, advised, redirected, joined
    TAKEN_BACK = "taken_back"  # withdrawn, marked in error
    CLOSED = "closed"
    ASSESSMENT_AUTHORISED = "assessment_authorised"
    ENQUIRIES_ENDED = "enquiries_ended"
    ENQUIRIES_TAKEN_UP = "enquiries_taken_up"  # by the workbook, all that ran here
    NO_CONFERENCE_NEEDED = "no_conference_needed"  # or it is waited for in the workbook
    CONFERENCE_HELD = "conference_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalTimes:
    """What a local procedure or the council's configuration sets; the defaults are Oxfordshire's.

    A margin is how long before it is due a clock turns amber: hours for what is due in hours, office hours for
    what is due within days, working days for what is due within weeks.
    """

    red_hours: int = 4
    amber_working_days: int = 1
    green_working_days: int = 3
    strategy_working_days: int = 1
    office_opens: time = time(8, 30)
    office_closes: time = time(17, 0)
    red_margin_hours: int = 1
    decision_margin_office_hours: int = 4
    response_margin_office_hours: int = 4
    strategy_margin_office_hours: int = 4
    assessment_margin_working_days: int = 10
    enquiry_margin_working_days: int = 5
    conference_margin_working_days: int = 5

    def __post_init__(self) -> None:
        """Refuse a time that nobody could keep."""
        if min(value for value in astuple(self) if isinstance(value, int)) < 1:
            raise Invalid("A local time is at least one.")
        if self.office_opens >= self.office_closes:
            raise Invalid("An office opens before it closes.")


def _margins(local: LocalTimes) -> Mapping[Kind, Margin]:
    def office(hours: int) -> OfficeHours:
        return OfficeHours(hours=hours, opens=local.office_opens, closes=local.office_closes)

    return {
        Kind.RED_DECISION: timedelta(hours=local.red_margin_hours),
        Kind.DECISION: office(local.decision_margin_office_hours),
        Kind.RESPONSE: office(local.response_margin_office_hours),
        Kind.STRATEGY: office(local.strategy_margin_office_hours),
        Kind.ASSESSMENT: WorkingDays(local.assessment_margin_working_days),
        Kind.ENQUIRY: WorkingDays(local.enquiry_margin_working_days),
        Kind.CONFERENCE: WorkingDays(local.conference_margin_working_days),
    }


# Source: Oxfordshire procedures manual, contacts and referrals (edition before June 2024).
_MASH = "Oxfordshire procedures manual, contacts and referrals"
_WORKING_TOGETHER = "Working Together to Safeguard Children"


@dataclass(frozen=True, slots=True)
class _Line:
    kind: Kind
    title: str
    amount: int
    unit: Unit
    basis: Basis
    source: str


def _lines(local: LocalTimes) -> Mapping[Happening, tuple[_Line, ...]]:
    hours, days = Unit.HOURS, Unit.WORKING_DAYS
    red = _Line(Kind.RED_DECISION, "Decision on a red enquiry", local.red_hours, hours, Basis.LOCAL, _MASH)
    amber = _Line(Kind.DECISION, "Decision on an amber enquiry", local.amber_working_days, days, Basis.LOCAL, _MASH)
    green = _Line(Kind.DECISION, "Decision on a green enquiry", local.green_working_days, days, Basis.LOCAL, _MASH)
    # Source: Working Together, assessment: within one working day of a referral, decide the type of response.
    response = _Line(Kind.RESPONSE, "Type of response decided", 1, days, Basis.GUIDANCE, _WORKING_TOGETHER)
    # Source: Working Together, assessment: no longer than 45 working days from the point of referral.
    assessment = _Line(Kind.ASSESSMENT, "Assessment authorised", 45, days, Basis.GUIDANCE, _WORKING_TOGETHER)
    # Working Together says "as soon as possible" and no number, so the number is local.
    strategy = _Line(
        Kind.STRATEGY, "Strategy discussion held", local.strategy_working_days, days, Basis.LOCAL, _WORKING_TOGETHER
    )
    # Source: Working Together: the conference within 15 working days of the strategy discussion at which
    # section 47 enquiries were initiated; the enquiry itself has no length of its own and is bounded by it.
    enquiry = _Line(Kind.ENQUIRY, "Section 47 enquiry ended", 15, days, Basis.GUIDANCE, _WORKING_TOGETHER)
    conference = _Line(
        Kind.CONFERENCE, "Initial child protection conference held", 15, days, Basis.GUIDANCE, _WORKING_TOGETHER
    )
    return {
        Happening.RECEIVED: (response,),
        Happening.TRIAGED_RED: (red,),
        Happening.TRIAGED_AMBER: (amber,),
        Happening.TRIAGED_GREEN: (green,),
        Happening.HARM_SUSPECTED: (strategy,),
        Happening.ACCEPTED: (assessment,),
        Happening.ENQUIRY_BEGUN: (enquiry, conference),
    }


def starts(happening: Happening, *, local: LocalTimes) -> tuple[Rule, ...]:
    """Return the rules of the clocks that `happening` starts."""
    margins = _margins(local)
    return tuple(
        Rule(
            kind=line.kind,
            title=line.title,
            amount=line.amount,
            unit=line.unit,
            amber=margins[line.kind],
            basis=line.basis,
            source=line.source,
        )
        for line in _lines(local).get(happening, ())
    )


#: Titles for people, by kind.
TITLES: Mapping[Kind, str] = {
    line.kind: line.title for lines in _lines(LocalTimes()).values() for line in lines if line.kind is not Kind.DECISION
} | {Kind.DECISION: "Decision on an amber or green enquiry"}
