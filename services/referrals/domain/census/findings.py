"""What a rule of the census is, and what it finds."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar

from libs.kernel.errors import Invalid
from services.referrals.domain.census.records import Child, Episode, Field, Header

_LAST_DAY_OF_MARCH = (3, 31)
_YEARS = range(2000, 2101)  # the first census of children in need was held in 2000

T = TypeVar("T")


class NoCensusYear(Invalid):
    """The file does not say which census year it is of."""

    slug = "census-file"


class Level(StrEnum):
    """How sure a rule is: an error cannot be so, a query may be."""

    ERROR = "error"
    QUERY = "query"


class Placed(Protocol):
    """Anything with a place in the file."""

    @property
    def path(self) -> str:
        """The elements that lead to it."""
        ...

    @property
    def line(self) -> int:
        """Its line in the file."""
        ...


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a rule is broken, and what cannot go in because of it (None: only a remark)."""

    at: Placed
    refuse: Placed | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """The year that a census file covers, both days included."""

    first: date
    last: date

    def covers(self, day: date) -> bool:
        """Say whether the day lies in the census year."""
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its number in the return's specification, in words, and how it is checked on a child.

    A rule `between` records refuses only one of several that could each go in alone.
    """

    number: str
    words: str
    level: Level
    check: Callable[[Child, Period], Iterable[Fault]]
    between: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A rule broken at a place in the file; the child is named by position and authority's number only."""

    rule: str
    words: str
    level: Level
    position: int
    la_child_id: str
    path: str
    line: int
    refused: str | None = None  # path of the record that cannot go in
    in_consequence: bool = False  # only because something else was refused


def period_of(header: Header) -> Period:
    """Return the census year; raise `NoCensusYear` if neither the reference date nor the year says it."""
    told = header.reference_date.day
    year = told.year if told is not None and (told.month, told.day) == _LAST_DAY_OF_MARCH else header.year.count
    if year is None or year not in _YEARS:
        raise NoCensusYear("Neither the reference date nor the year can be read.", line=header.line)
    return Period(date(year - 1, *_LAST_DAY_OF_MARCH) + timedelta(days=1), date(year, *_LAST_DAY_OF_MARCH))


def each_episode(check: Callable[[Episode, Period], Iterable[Fault]]) -> Callable[[Child, Period], Iterable[Fault]]:
    """Return the check of a child that checks each of its episodes."""

    def checked(child: Child, period: Period) -> Iterator[Fault]:
        for episode in child.episodes:
            yield from check(episode, period)

    return checked


def each(
    items: Callable[[Episode], Iterable[T]], check: Callable[[T, Episode, Period], Iterable[Fault]]
) -> Callable[[Child, Period], Iterable[Fault]]:
    """Return the check of a child that checks each item of each of its episodes."""

    def checked(child: Child, period: Period) -> Iterator[Fault]:
        for episode in child.episodes:
            for item in items(episode):
                yield from check(item, episode, period)

    return checked


def is_before(one: Field, other: Field) -> bool:
    """Say whether both are dates and the first is earlier."""
    return one.day is not None and other.day is not None and one.day < other.day


def outside(field: Field, period: Period, *, of: Placed) -> Iterator[Fault]:
    """Find a date outside the census year; what the file could not know yet, because later, is refused."""
    if field.day is not None and not period.covers(field.day):
        yield Fault(field, of if field.day > period.last else None)


def not_a_code(field: Field, codes: Iterable[str], *, of: Placed) -> Iterator[Fault]:
    """Find a text that is none of the codes."""
    if field.text not in set(codes):
        yield Fault(field, of)


@dataclass(frozen=True, slots=True)
class Span:
    """A record in time; without an end it goes on."""

    record: Placed
    start: Field
    end: date | None


def overlapping(spans: Iterable[Span], *, touching: bool) -> Iterator[tuple[Span, Span]]:
    """Pair each span that starts while an earlier one runs with that one; `touching`: its last day counts."""
    known = [span for span in spans if span.start.day is not None]
    longest: Span | None = None
    for later in sorted(known, key=lambda span: span.start.day or date.min):
        if longest is not None and _runs_at(longest, later.start.day or date.min, touching=touching):
            yield longest, later
        if longest is None or (longest.end is not None and (later.end is None or later.end > longest.end)):
            longest = later


def wrong_of(earlier: Span, later: Span) -> Span:
    """Say which of two overlapping spans to refuse: an earlier one without an end lacks it; else the later."""
    return earlier if earlier.end is None else later


def _runs_at(span: Span, day: date, *, touching: bool) -> bool:
    return span.end is None or day < span.end or (touching and day == span.end)
