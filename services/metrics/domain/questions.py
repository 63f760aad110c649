"""Questions: which measure, of when, broken down how, as known when; and which questions are refused."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid, NotPermitted
from libs.kernel.roles import Role
from libs.kernel.working_days import add_months
from services.metrics.domain.grants import SEE_INTERNAL
from services.metrics.domain.measures import By, Measure, MeasureState
from services.metrics.domain.periods import (
    Period,
    is_published,
    latest_published,
    month_of,
    months,
)

#: The longest window, in months: ten years and one more for comparison.
LONGEST_MONTHS = 132
#: Windows lie between these days.
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2200, 12, 31)


class View(StrEnum):
    """For whose eyes a result is."""

    INTERNAL = "internal"  # as it is
    PUBLISHABLE = "publishable"  # small counts suppressed


class QueryNotAllowed(Invalid):
    """That breakdown or window is not offered."""

    slug = "query-not-allowed"


class SuppressedOnly(NotPermitted):
    """Your role sees suppressed figures only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it came in, before the dates that were not given are known.

    Internally the usual window is the year that ends with the data date. What is published must have ended and may not
    grow: of what happens the last closed financial year, of what stands the end of the last closed month.
    """

    measure: Measure
    by: By
    view: View
    from_on: date | None = None
    until_on: date | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    team: UUID | None = None
    agency: UUID | None = None

    def settled(self, *, data_on: date, now: datetime) -> "Question":
        """Return the question with its dates; raise `QueryNotAllowed` for one that is not answered."""
        if self.known_at is not None and self.known_at > now:
            raise QueryNotAllowed("Nobody knows yet what will be known then.", at="/known_at")
        period = window(from_on=self.from_on, until_on=self.until_on, as_of=self.as_of, until=self._usual_end(data_on))
        if self.view is View.PUBLISHABLE and period.until_on > data_on:
            # What is asked again while it grows shows what was added.
            raise self._not_ended(data_on)
        return Question(
            measure=self.measure,
            by=self.by,
            period=period,
            view=self.view,
            known_at=self.known_at,
            team=self.team,
            agency=self.agency,
        )

    def _usual_end(self, data_on: date) -> date:
        """Return where a window ends if nothing is said: with the data, or with what of them is closed."""
        if self.view is View.INTERNAL:
            return data_on + timedelta(days=1)
        return latest_published(data_on)["month" if self._is_looked_at else "financial year"].until_on

    @property
    def _is_looked_at(self) -> bool:
        """Whether it is about one day, and not about a window."""
        return self.measure.shape.is_stock and self.by is not By.MONTH

    def _not_ended(self, data_on: date) -> QueryNotAllowed:
        """Return the refusal of a window that grows still, with the latest ones that do not."""
        ended = latest_published(data_on)
        said = f"Published windows have ended before the data date, {data_on};"
        if self._is_looked_at:
            as_of = ended["month"].last_on
            latest: dict[str, object] = {"as_of": as_of}
            said = f"{said} the latest day to look at is {as_of}."
        else:
            latest = {
                name.replace(" ", "_"): {"from": each.from_on, "until": each.until_on} for name, each in ended.items()
            }
            listed = ", ".join(f"the {name} {each.from_on} to {each.until_on}" for name, each in ended.items())
            said = f"{said} the latest are {listed} (the day of `until` is not part of it)."
        at = "/until" if self.as_of is None else "/as_of"
        return QueryNotAllowed(said, at=at, data_on=data_on, latest=latest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked; a window for what happens, its last day for what stands."""

    measure: Measure
    by: By
    period: Period
    view: View
    known_at: datetime | None = None  # None: all that is known
    team: UUID | None = None
    agency: UUID | None = None
    is_crossed: bool = False  # broken down by month besides, to see what has to be suppressed

    def __post_init__(self) -> None:
        _need_breakdown(self)
        _need_window(self.period)
        _need_published_window(self)
        _need_filter(self)

    @property
    def is_monthly(self) -> bool:
        """Say whether it is answered month by month."""
        return self.by is By.MONTH or self.is_crossed

    @property
    def pieces(self) -> tuple[Period, ...]:
        """The windows that are answered one by one: its months, or itself."""
        return months(self.period) if self.is_monthly else (self.period,)


def breakdown(text: str) -> By:
    """Return the breakdown of that name; raise `QueryNotAllowed` if it is none, or more than one."""
    try:
        return By(text)
    except ValueError:
        raise QueryNotAllowed(f"Ask by one of: {', '.join(By)}.", at="/by") from None


def need_view(roles: AbstractSet[Role], view: View) -> None:
    """Raise `SuppressedOnly` if none of the roles may see figures in that view."""
    if view is View.INTERNAL and SEE_INTERNAL.isdisjoint(roles):
        raise SuppressedOnly("Ask with view=publishable.")


def window(*, from_on: date | None, until_on: date | None, as_of: date | None, until: date) -> Period:
    """Return the window meant: the one given, or the year that ends with `as_of`, or else before `until`."""
    if as_of is not None and (from_on is not None or until_on is not None):
        raise QueryNotAllowed("Give `as_of`, or `from` and `until`, not both.", at="/as_of")
    if as_of is not None:
        _need_calendar(as_of, at="/as_of")
        until = as_of + timedelta(days=1)
    end = until_on or until
    _need_calendar(end, at="/until")
    return Period(from_on or add_months(end, -12), end)


def _need_breakdown(question: Question) -> None:
    if question.by not in question.measure.dimensions:
        offered = ", ".join(sorted(question.measure.dimensions))
        raise QueryNotAllowed(f"{question.measure.code} is offered by {offered}.", at="/by")


def _need_window(period: Period) -> None:
    _need_calendar(period.from_on, at="/from")
    _need_calendar(period.until_on, at="/until")
    if add_months(period.from_on, LONGEST_MONTHS) < period.until_on:
        raise QueryNotAllowed(f"A window has at most {LONGEST_MONTHS} months.", at="/until")


def _need_published_window(question: Question) -> None:
    # Windows of any length, or as known at any hour, would differ by what only a few did.
    if question.view is not View.PUBLISHABLE:
        return
    if question.known_at is not None:
        raise QueryNotAllowed("Published figures stand as they were frozen.", at="/known_at")
    if question.measure.state is not MeasureState.ACTIVE:
        # Two definitions of one thing differ by the few that one of them counts.
        raise QueryNotAllowed("Published figures are those of the version in force.", at="/version")
    period = question.period
    if question.measure.shape.is_stock and question.by is not By.MONTH:
        period = month_of(period.last_on)
        is_whole = period.until_on == question.period.until_on
    else:
        is_whole = is_published(period)
    if not is_whole:
        raise QueryNotAllowed(
            "Published windows are months, quarters and financial years; published stocks those at the end of a month.",
            at="/until",
        )


def _need_calendar(day: date, *, at: str) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise QueryNotAllowed(f"Windows lie between {FIRST_DAY} and {LAST_DAY}.", at=at)


def _need_filter(question: Question) -> None:
    filters = [name for name, value in (("team", question.team), ("agency", question.agency)) if value is not None]
    if not filters:
        return
    if question.view is View.PUBLISHABLE:
        raise QueryNotAllowed("One team or agency alone is not published; ask for all of them.", at=f"/{filters[0]}_id")
    if len(filters) > 1 or question.by in filters or By(filters[0]) not in question.measure.dimensions:
        raise QueryNotAllowed("One filter, that the measure knows, and a breakdown by another.", at=f"/{filters[0]}_id")
