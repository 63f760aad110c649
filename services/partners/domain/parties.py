"""The two sides of a request: the party that acts sets the state."""

from datetime import datetime
from enum import StrEnum

from libs.kernel.errors import Invalid
from libs.kernel.roles import Role


class Party(StrEnum):
    """Who acts on a request, or whom it waits for."""

    COUNCIL = "council"
    AGENCY = "agency"


AGENCY_ROLES = frozenset({Role.AGENCY_MANAGER, Role.ADULT_PRACTITIONER})
COUNCIL_ROLES = frozenset({Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.EARLY_HELP_LEAD})


class ImplausibleDate(Invalid):
    """That cannot have happened then."""

    slug = "implausible-date"


def need_plausible(*, at: datetime, after: datetime, now: datetime, pointer: str = "/occurred_at") -> None:
    """Refuse a moment in the future, or one before what it follows."""
    if at > now:
        raise ImplausibleDate("It lies in the future.", at=pointer)
    if at < after:
        raise ImplausibleDate("It lies before what it follows.", at=pointer)
