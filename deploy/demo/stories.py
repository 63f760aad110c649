"""What happens to one invented family: the days on which things were done, before anybody records them."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random
from zoneinfo import ZoneInfo

from deploy.demo.households import Household
from libs.kernel.working_days import add_working_days, is_working_day

_HERE = ZoneInfo("Europe/London")


class Way(StrEnum):
    """How far a referral goes."""

    ADVISED = "advised"  # no further action
    STEPPED_DOWN = "stepped_down"  # early help takes it from the front door
    ASSESSED = "assessed"  # assessed and closed: not in need
    IN_NEED = "cin"  # a child in need plan
    PROTECTED = "cp"  # a conference and a child protection plan
    CARED_FOR = "looked_after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """All children of the episode on one kind of plan, from a day to another or until now."""

    kind: str  # cin, cp, looked_after
    started_on: date
    ended_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """The team asks an agency for a practitioner for an adult."""

    specialism: str
    asked_on: date
    answer: str  # accept, waitlist, decline
    answered_on: date | None  # None: the agency has not answered yet
    started_on: date | None
    sessions: tuple[tuple[date, bool], ...]  # day, attended
    ended_on: date | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """The family passes to another worker of the team."""

    on: date
    reason: str  # SSDA903 code


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One referral and what followed from it."""

    way: Way
    received_at: datetime
    source: str
    rag: str
    level: int
    primary_need: str
    factors: tuple[str, ...]
    decided_at: datetime
    allocated_at: datetime | None = None
    strategy_at: datetime | None = None
    conference_on: date | None = None
    assessed_on: date | None = None
    spells: tuple[Spell, ...] = ()
    asks: tuple[Ask, ...] = ()
    visits: tuple[date, ...] = ()
    handover: Handover | None = None
    closed_on: date | None = None
    closure: str | None = None  # RC7, RC8, RC9


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A family and its episodes, oldest first."""

    household: Household
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The invented year, from its first day to the day after its last, which is today."""

    first: date
    until: date

    def day(self, share: float) -> date:
        """Return the day at this share of the year, from 0 to 1."""
        return self.first + timedelta(days=int(share * (self.until - self.first).days))


def moment(day: date, chance: Random, *, earliest: int = 9, latest: int = 16) -> datetime:
    """Return a moment in office hours of the first working day from `day` on."""
    while not is_working_day(day):
        day += timedelta(days=1)
    at = time(chance.randint(earliest, latest), chance.randint(0, 59))
    return datetime.combine(day, at, _HERE).astimezone(ZoneInfo("UTC"))


def day_of(at: datetime) -> date:
    """Return the day in England."""
    return at.astimezone(_HERE).date()


def visits_between(started: date, until: date, every: int, chance: Random) -> tuple[date, ...]:
    """Return working days about `every` working days apart, the first within a few days of the start."""
    days: list[date] = []
    day = add_working_days(started, chance.randint(2, 6))
    while day < until:
        days.append(day)
        day = add_working_days(day, max(3, every - chance.choice((0, 0, 1, 2, -2))))
    return tuple(days)
