"""The front door's clocks over time: what starts, meets and voids them, and when they are said aloud."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.kernel.deadline import Clock, Standing, due, start
from services.referrals.domain.clock_rules import Happening, Kind, LocalTimes, starts
from services.referrals.domain.screening import Rag, Screening

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
