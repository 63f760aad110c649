"""Windows of time over which things are counted; every one is half-open, `[from_on, until_on)`."""

from dataclasses import dataclass
from datetime import date, timedelta

from libs.kernel.errors import Invalid

_APRIL = 4
_MONTHS_IN_YEAR, _MONTHS_IN_QUARTER = 12, 3


class PeriodReversed(Invalid):
    """The period ends before it begins."""

    slug = "query-not-allowed"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """From a day up to, and without, another."""

    from_on: date
    until_on: date

    def __post_init__(self) -> None:
        if self.until_on <= self.from_on:
            raise PeriodReversed("`until` must be after `from`; the day of `until` is not part of it.", at="/until")

    def contains(self, day: date) -> bool:
        """Say whether `day` lies in the period."""
        return self.from_on <= day < self.until_on

    @property
    def days(self) -> int:
        """How many days the period has."""
        return (self.until_on - self.from_on).days

    @property
    def last_on(self) -> date:
        """The last day that belongs to the period."""
        return self.until_on - timedelta(days=1)


def month_of(day: date) -> Period:
    """Return the calendar month of `day`."""
    first = day.replace(day=1)
    return Period(first, _add_months(first, 1))


def quarter_of(day: date) -> Period:
    """Return the quarter of `day`; quarters of calendar and financial years coincide."""
    first = date(day.year, (day.month - 1) // _MONTHS_IN_QUARTER * _MONTHS_IN_QUARTER + 1, 1)
    return Period(first, _add_months(first, _MONTHS_IN_QUARTER))


def financial_year(ending: int) -> Period:
    """Return the year that children's figures are published for: 1 April to 31 March of `ending`."""
    return Period(date(ending - 1, _APRIL, 1), date(ending, _APRIL, 1))


def financial_year_of(day: date) -> int:
    """Return the year in whose March the financial year of `day` ends."""
    return day.year + (day.month >= _APRIL)


def is_published(period: Period) -> bool:
    """Say whether figures are published for that window: a month, a quarter or a financial year."""
    from_on = period.from_on
    return period in {month_of(from_on), quarter_of(from_on), financial_year(financial_year_of(from_on))}


def latest_published(day: date) -> dict[str, Period]:
    """Return the last month, quarter and financial year that have ended on `day`, by what they are called."""
    return {
        "month": month_of(month_of(day).from_on - timedelta(days=1)),
        "quarter": quarter_of(quarter_of(day).from_on - timedelta(days=1)),
        "financial year": financial_year(financial_year_of(day) - 1),
    }


def months(period: Period) -> tuple[Period, ...]:
    """Cut `period` into calendar months; the first and the last may be parts of months."""
    parts = []
    from_on = period.from_on
    while from_on < period.until_on:
        until_on = min(month_of(from_on).until_on, period.until_on)
        parts.append(Period(from_on, until_on))
        from_on = until_on
    return tuple(parts)


def whole_months(period: Period) -> Period | None:
    """Return the longest run of whole calendar months inside `period`, if there is one."""
    first = period.from_on if period.from_on.day == 1 else month_of(period.from_on).until_on
    last = period.until_on.replace(day=1)
    return Period(first, last) if first < last else None


def _add_months(first: date, count: int) -> date:
    year, month = divmod(first.year * _MONTHS_IN_YEAR + first.month - 1 + count, _MONTHS_IN_YEAR)
    return date(year, month + 1, 1)
