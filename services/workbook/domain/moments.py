"""When something may be said to have happened: never in the future, never before what it follows."""

from datetime import date, datetime

from libs.kernel.deadline import local_day
from libs.kernel.errors import Invalid


class ImplausibleDate(Invalid):
    """The date cannot be right."""

    slug = "implausible-date"


def plausible_moment(
    at: datetime | None, *, now: datetime, not_before: date | None = None, field: str = "/occurred_at"
) -> datetime:
    """Return when it happened: `at`, or now; raise `ImplausibleDate` for the future or before what it follows."""
    if at is None:
        return now
    if at > now:
        raise ImplausibleDate("It cannot have happened in the future.", at=field)
    if not_before is not None and local_day(at) < not_before:
        raise ImplausibleDate("It cannot have happened before what it follows.", at=field)
    return at


def plausible_date(
    on: date | None, *, today: date, not_before: date | None = None, field: str = "/occurred_on"
) -> date:
    """Return the date it happened: `on`, or today; raise `ImplausibleDate` for the future or before what it follows."""
    if on is None:
        return today
    if on > today:
        raise ImplausibleDate("It cannot have happened in the future.", at=field)
    if not_before is not None and on < not_before:
        raise ImplausibleDate("It cannot have happened before what it follows.", at=field)
    return on
