"""Working days of England: not a Saturday, a Sunday or a bank holiday; the day after the start is day one.

Bank holidays are those of the bundled list, and for years that are not listed yet those of the rule: provisionally,
since a holiday may be moved or added by proclamation until the list of that year is published.
"""

import calendar
import json
from bisect import bisect_left, bisect_right
from datetime import date, timedelta
from pathlib import Path

from libs.kernel.bank_holidays import by_rule
from libs.kernel.errors import Invalid

_BUNDLED = json.loads(Path(__file__).with_name("bank_holidays.json").read_text(encoding="utf-8"))
#: So far ahead the rule is trusted.
_YEARS_BY_RULE = 20

#: Stored with every clock, so that a later correction of the calendar does not rewrite history.
CALENDAR_VERSION: str = f"england-and-wales-{_BUNDLED['frozen_on']}"
FIRST_DAY = date(_BUNDLED["first_year"], 1, 1)
#: The last day whose bank holidays have been published; those after it are provisional.
LISTED_UNTIL = date(_BUNDLED["last_year"], 12, 31)
LAST_DAY = date(LISTED_UNTIL.year + _YEARS_BY_RULE, 12, 31)

_SATURDAY = 5
_HOLIDAYS = frozenset(date.fromisoformat(day) for days in _BUNDLED["weekdays"].values() for day in days).union(
    *(by_rule(year) for year in range(LISTED_UNTIL.year + 1, LAST_DAY.year + 1))
)
# Every working day as an ordinal, in order: counting is then two binary searches, however long the period.
_WORKING = tuple(
    ordinal
    for ordinal in range(FIRST_DAY.toordinal(), LAST_DAY.toordinal() + 1)
    if (day := date.fromordinal(ordinal)).weekday() < _SATURDAY and day not in _HOLIDAYS
)


class OutsideCalendar(Invalid):
    """The bank holidays of that year are not known here."""

    slug = "outside-calendar"


def calendar_version(until: date) -> str:
    """Return the version of the calendar by which working days up to `until` are counted, marked where provisional."""
    return CALENDAR_VERSION if until <= LISTED_UNTIL else f"{CALENDAR_VERSION}-provisional"


def is_working_day(day: date) -> bool:
    """Say whether offices in England work on `day`; raise `OutsideCalendar` in years neither listed nor by rule."""
    _need_within(day)
    return day.weekday() < _SATURDAY and day not in _HOLIDAYS


def add_working_days(start: date, count: int) -> date:
    """Return the working day that is `count` after `start` (before it, if negative); zero is `start` itself."""
    _need_within(start)
    if count == 0:
        return start
    ordinal = start.toordinal()
    index = bisect_right(_WORKING, ordinal) + count - 1 if count > 0 else bisect_left(_WORKING, ordinal) + count
    if not 0 <= index < len(_WORKING):
        raise _outside()
    return date.fromordinal(_WORKING[index])


def working_days_between(start: date, end: date) -> int:
    """Count the working days after `start` up to and with `end`; negative if `end` is before `start`."""
    _need_within(start)
    _need_within(end)
    if end >= start:
        return bisect_right(_WORKING, end.toordinal()) - bisect_right(_WORKING, start.toordinal())
    return bisect_left(_WORKING, end.toordinal()) - bisect_left(_WORKING, start.toordinal())


def add_months(start: date, months: int) -> date:
    """Return the same day of the month `months` later (earlier, if negative), clipped to the end of that month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise _outside()
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


def add_days(start: date, days: int) -> date:
    """Return the day that is `days` calendar days after `start`."""
    try:
        return start + timedelta(days=days)
    except OverflowError:
        raise _outside() from None


def _need_within(day: date) -> None:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _outside()


def _outside() -> OutsideCalendar:
    return OutsideCalendar(f"Working days are known from {FIRST_DAY} to {LAST_DAY}.", calendar=CALENDAR_VERSION)
