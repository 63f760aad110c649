"""Clocks: a promise with a start, a due moment, a margin before it, and the rule that it comes from."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.working_days import (
    CALENDAR_VERSION,
    add_days,
    add_months,
    add_working_days,
    calendar_version,
    is_working_day,
)

LONDON = ZoneInfo("Europe/London")


class Unit(StrEnum):
    """What a rule counts in."""

    HOURS = "hours"
    WORKING_DAYS = "working_days"
    DAYS = "days"
    MONTHS = "months"


class Basis(StrEnum):
    """Where a rule's number comes from."""

    LAW = "law"
    GUIDANCE = "guidance"
    LOCAL = "local"


class Standing(StrEnum):
    """How a clock stands at a moment."""

    RUNNING = "running"
    AMBER = "amber"
    BREACHED = "breached"
    MET = "met"
    MET_LATE = "met_late"
    VOID = "void"


class ClockIsOver(Conflict):
    """The clock was already met or voided."""


class BeforeTheClock(Invalid):
    """The clock had not started at that moment."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """A margin of whole working days, the last day among them."""

    count: int

    def before(self, due_at: datetime) -> datetime:
        """Return the start of the first of these days."""
        return start_of_day(add_working_days(local_day(due_at), 1 - self.count))


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeHours:
    """A margin of hours in which an office works, so that a warning comes while somebody can still act on it."""

    hours: int
    opens: time
    closes: time

    def before(self, due_at: datetime) -> datetime:
        """Return the moment at which so many hours of office time are left until then."""
        day, left = local_day(due_at), timedelta(hours=self.hours)
        while left > (open_for := self._open_on(day)):
            day, left = add_working_days(day, -1), left - open_for
        return datetime.combine(day, self.closes, LONDON).astimezone(UTC) - left

    def _open_on(self, day: date) -> timedelta:
        at = datetime.combine(day, self.closes) - datetime.combine(day, self.opens)
        return at if is_working_day(day) else timedelta(0)


Margin = timedelta | WorkingDays | OfficeHours


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How long something may take: `amount` of `unit`, warned about `amber` before it is due."""

    kind: str
    title: str
    amount: int
    unit: Unit
    amber: Margin
    basis: Basis
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """One running promise; all moments in UTC."""

    kind: str
    started_at: datetime
    due_at: datetime
    amber_at: datetime
    calendar_version: str
    basis: Basis
    source: str
    met_at: datetime | None = None
    voided_at: datetime | None = None

    def standing(self, now: datetime) -> Standing:
        """Say how the clock stands at `now`; a due second is in time until it has passed."""
        if self.voided_at is not None:
            return Standing.VOID
        if self.met_at is not None:
            return Standing.MET_LATE if _is_past(self.due_at, self.met_at) else Standing.MET
        if _is_past(self.due_at, now):
            return Standing.BREACHED
        return Standing.AMBER if now >= self.amber_at else Standing.RUNNING

    def meet(self, *, at: datetime) -> "Clock":
        """Return the clock as met at the moment when the thing was really done."""
        self._need_running(at)
        return replace(self, met_at=at)

    def void(self, *, at: datetime) -> "Clock":
        """Return the clock as no longer needed."""
        self._need_running(at)
        return replace(self, voided_at=at)

    def _need_running(self, at: datetime) -> None:
        if self.met_at is not None or self.voided_at is not None:
            raise ClockIsOver("A clock is met or voided once.", kind=self.kind)
        if at < self.started_at:
            raise BeforeTheClock("What meets or voids a clock cannot be before its start.", kind=self.kind)


def start(rule: Rule, *, at: datetime) -> Clock:
    """Return the clock that `rule` starts at `at`; raise `OutsideCalendar` past the known bank holidays."""
    started_at = at.astimezone(UTC)
    due_at = due(rule, at=started_at)
    return Clock(
        kind=rule.kind,
        started_at=started_at,
        due_at=due_at,
        amber_at=max(started_at, _amber_at(rule.amber, due_at)),
        calendar_version=calendar_version(local_day(due_at)) if rule.unit is Unit.WORKING_DAYS else CALENDAR_VERSION,
        basis=rule.basis,
        source=rule.source,
    )


def _amber_at(margin: Margin, due_at: datetime) -> datetime:
    return due_at - margin if isinstance(margin, timedelta) else min(margin.before(due_at), due_at)


def due(rule: Rule, *, at: datetime) -> datetime:
    """Return the last second in which what starts at `at` is in time; days end at midnight in London."""
    if rule.unit is Unit.HOURS:
        return at.astimezone(UTC) + timedelta(hours=rule.amount)
    day = local_day(at)
    match rule.unit:
        case Unit.WORKING_DAYS:
            return end_of_day(add_working_days(day, rule.amount))
        case Unit.DAYS:
            return end_of_day(add_days(day, rule.amount))
        case Unit.MONTHS:
            return end_of_day(add_months(day, rule.amount))


def local_day(moment: datetime) -> date:
    """Return the day in England on which `moment` falls."""
    return moment.astimezone(LONDON).date()


def end_of_day(day: date) -> datetime:
    """Return the last second of `day` in London, as UTC."""
    return datetime.combine(day, time(23, 59, 59), LONDON).astimezone(UTC)


def start_of_day(day: date) -> datetime:
    """Return the first second of `day` in London, as UTC."""
    return datetime.combine(day, time(0), LONDON).astimezone(UTC)


def _is_past(due_at: datetime, moment: datetime) -> bool:
    # The due second itself lasts a whole second.
    return moment - due_at >= timedelta(seconds=1)
