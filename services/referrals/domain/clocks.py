"""The front door's clocks: which rule starts each, what meets or voids it, and when it is said aloud."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.kernel.deadline import Basis, Clock, Rule, Standing, Unit, due, start
from libs.kernel.errors import Invalid
from services.referrals.domain.screening import Rag, Screening


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
    """What a local procedure or the council's configuration sets; the defaults are Oxfordshire's."""

    red_hours: int = 4
    amber_working_days: int = 1
    green_working_days: int = 3
    strategy_working_days: int = 1
    amber_margins: Mapping[Kind, timedelta] | None = None

    def __post_init__(self) -> None:
        """Refuse a time that nobody could keep."""
        if min(self.red_hours, self.amber_working_days, self.green_working_days, self.strategy_working_days) < 1:
            raise Invalid("A local time is at least one.")


_MARGINS: Mapping[Kind, timedelta] = {
    Kind.RED_DECISION: timedelta(hours=1),
    Kind.DECISION: timedelta(hours=6),
    Kind.RESPONSE: timedelta(hours=6),
    Kind.ASSESSMENT: timedelta(days=14),
    Kind.STRATEGY: timedelta(hours=6),
    Kind.ENQUIRY: timedelta(days=5),
    Kind.CONFERENCE: timedelta(days=5),
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
    margins = {**_MARGINS, **(local.amber_margins or {})}
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


_DECISION_CLOCKS = frozenset({Kind.RED_DECISION, Kind.DECISION, Kind.RESPONSE})
_LATER_CLOCKS = frozenset(Kind) - _DECISION_CLOCKS

#: Which running clocks a happening meets.
MEETS: Mapping[Happening, frozenset[Kind]] = {
    Happening.STRATEGY_HELD: frozenset({Kind.STRATEGY}),
    Happening.ACCEPTED: _DECISION_CLOCKS,
    Happening.DECIDED_OTHERWISE: _DECISION_CLOCKS,
    Happening.ASSESSMENT_AUTHORISED: frozenset({Kind.ASSESSMENT}),
    Happening.ENQUIRIES_ENDED: frozenset({Kind.ENQUIRY}),
    Happening.CONFERENCE_HELD: frozenset({Kind.CONFERENCE}),
}

#: Which running clocks a happening makes needless.
VOIDS: Mapping[Happening, frozenset[Kind]] = {
    Happening.DECIDED_OTHERWISE: _LATER_CLOCKS,
    Happening.TAKEN_BACK: frozenset(Kind),
    Happening.CLOSED: frozenset(Kind),
    Happening.ENQUIRIES_TAKEN_UP: frozenset({Kind.ENQUIRY}),
    Happening.NO_CONFERENCE_NEEDED: frozenset({Kind.CONFERENCE}),
}

#: Titles for people, by kind.
TITLES: Mapping[Kind, str] = {
    line.kind: line.title for lines in _lines(LocalTimes()).values() for line in lines if line.kind is not Kind.DECISION
} | {Kind.DECISION: "Decision on an amber or green enquiry"}

_BY_RAG: Mapping[Rag, Happening] = {
    Rag.RED: Happening.TRIAGED_RED,
    Rag.AMBER: Happening.TRIAGED_AMBER,
    Rag.GREEN: Happening.TRIAGED_GREEN,
}


def happenings_of(screening: Screening) -> tuple[Happening, ...]:
    """Return what a triage with that result means for the clocks."""
    harm = (Happening.HARM_SUSPECTED,) if screening.suspects_significant_harm else ()
    return (_BY_RAG[screening.rag], *harm)


@dataclass(frozen=True, slots=True, kw_only=True)
class FrontDoorClock:
    """A clock of one referral, with what was said about it already."""

    id: UUID
    referral_id: UUID
    clock: Clock
    recorded_at: datetime
    due_soon_said_at: datetime | None = None
    breached_said_at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """Which clock it is."""
        return Kind(self.clock.kind)

    @property
    def is_running(self) -> bool:
        """Whether it is neither met nor void."""
        return self.clock.met_at is None and self.clock.voided_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a happening did to the clocks of a referral."""

    started: tuple[Clock, ...] = ()
    met: tuple[FrontDoorClock, ...] = ()
    voided: tuple[FrontDoorClock, ...] = ()


def apply(
    happening: Happening,
    *,
    clocks: tuple[FrontDoorClock, ...],
    at: datetime,
    from_moment: datetime | None = None,
    local: LocalTimes,
) -> Changes:
    """Return what `happening` at `at` starts, meets and voids among the clocks of one referral.

    A clock runs from `from_moment` where that is not `at`: the assessment's runs from the receipt of the
    referral, the conference's from the strategy discussion at which the enquiry was begun. A kind that
    is running already is not started again.
    """
    running = tuple(one for one in clocks if one.is_running)
    kinds = {one.kind for one in running}
    meets, voids = MEETS.get(happening, frozenset()), VOIDS.get(happening, frozenset())
    return Changes(
        started=tuple(
            start(rule, at=from_moment or at) for rule in starts(happening, local=local) if Kind(rule.kind) not in kinds
        ),
        met=tuple(_met(one, at) for one in running if one.kind in meets),
        voided=tuple(_voided(one, at) for one in running if one.kind in voids and one.kind not in meets),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One happening with its moment, and the moment that its clocks run from where that is another."""

    happening: Happening
    at: datetime
    from_moment: datetime | None = None


def turn(occasions: tuple[Occasion, ...], *, clocks: tuple[FrontDoorClock, ...], local: LocalTimes) -> Changes:
    """Return what several happenings, one after the other, do to the clocks of one referral."""
    changes = Changes()
    for occasion in occasions:
        ended = {one.id for one in (*changes.met, *changes.voided)}
        more = apply(
            occasion.happening,
            clocks=tuple(one for one in clocks if one.id not in ended),
            at=occasion.at,
            from_moment=occasion.from_moment,
            local=local,
        )
        changes = Changes(
            started=changes.started + more.started, met=changes.met + more.met, voided=changes.voided + more.voided
        )
    return changes


def next_due(clocks: tuple[FrontDoorClock, ...], changes: Changes) -> datetime | None:
    """Return when the first of the clocks that run after `changes` is due."""
    ended = {one.id for one in (*changes.met, *changes.voided)}
    running = [one.clock for one in clocks if one.is_running and one.id not in ended]
    return min((one.due_at for one in (*running, *changes.started)), default=None)


def response_due(*, since: datetime, local: LocalTimes) -> datetime:
    """Return by when the type of response to a referral is decided, and the referrer told."""
    return max(due(rule, at=since) for rule in starts(Happening.RECEIVED, local=local))


class Saying(StrEnum):
    """What the periodic tick says about a clock, once."""

    DUE_SOON = "due_soon"
    BREACHED = "breached"


#: How long what was recorded after it was due is left in peace: history being loaded is not news.
SETTLING = timedelta(hours=24)


def saying(clock: FrontDoorClock, *, now: datetime) -> Saying | None:
    """Return what is to be said about the clock at `now`, if anything is that was not said yet."""
    loaded_late = clock.recorded_at > clock.clock.due_at
    if loaded_late and now < clock.recorded_at + SETTLING:
        return None
    match clock.clock.standing(now):
        case Standing.AMBER if clock.due_soon_said_at is None:
            return Saying.DUE_SOON
        case Standing.BREACHED if clock.breached_said_at is None:
            return Saying.BREACHED
        case _:
            return None


def said(clock: FrontDoorClock, what: Saying, *, at: datetime) -> FrontDoorClock:
    """Return the clock with the note that it was said."""
    if what is Saying.DUE_SOON:
        return replace(clock, due_soon_said_at=at)
    return replace(clock, breached_said_at=at)


def _met(one: FrontDoorClock, at: datetime) -> FrontDoorClock:
    # Another service may give a day where the clock began in the course of that day.
    return replace(one, clock=one.clock.meet(at=max(at, one.clock.started_at)))


def _voided(one: FrontDoorClock, at: datetime) -> FrontDoorClock:
    return replace(one, clock=one.clock.void(at=max(at, one.clock.started_at)))
