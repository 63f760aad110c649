"""England's bank holidays by rule: for years that nobody has listed yet. What the Crown proclaims besides, no rule knows."""

from collections.abc import Iterable
from datetime import date, timedelta

_MONDAY, _SATURDAY = 0, 5


def by_rule(year: int) -> frozenset[date]:
    """Return the weekdays of `year` that are bank holidays in England, substitute days among them."""
    easter = easter_sunday(year)
    return frozenset(
        {
            easter - timedelta(days=2),
            easter + timedelta(days=1),
            _monday_from(date(year, 5, 1)),
            _monday_from(date(year, 5, 25)),
            _monday_from(date(year, 8, 25)),
        }
        | _observed([date(year, 1, 1)])
        | _observed([date(year, 12, 25), date(year, 12, 26)])
    )


def easter_sunday(year: int) -> date:
    """Return Easter of the Gregorian calendar (the anonymous algorithm of 1876)."""
    golden = year % 19
    century, of_century = divmod(year, 100)
    leap_centuries, rest = divmod(century, 4)
    moved = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap_centuries - moved + 15) % 30
    leap_years, after_leap = divmod(of_century, 4)
    weekday = (32 + 2 * rest + 2 * leap_years - epact - after_leap) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def _observed(days: Iterable[date]) -> set[date]:
    """Return the days themselves, and for each on a weekend the next weekday that is not one already."""
    kept = {day for day in days if day.weekday() < _SATURDAY}
    for day in sorted(set(days) - kept):
        substitute = day
        while substitute.weekday() >= _SATURDAY or substitute in kept:
            substitute += timedelta(days=1)
        kept.add(substitute)
    return kept


def _monday_from(day: date) -> date:
    return day + timedelta(days=(_MONDAY - day.weekday()) % 7)
