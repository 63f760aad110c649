"""Which roles may say what in metrics."""

from collections.abc import Mapping

from libs.kernel.roles import Role

_MANAGERS = frozenset({Role.FRONT_DOOR_MANAGER, Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_SUPPRESSED_ONLY = frozenset({Role.ANALYST, Role.AGENCY_MANAGER})

#: Who sees figures as they are, small counts too: those who answer for the families behind them.
SEE_INTERNAL = _MANAGERS

MAY: Mapping[str, frozenset[Role]] = {
    # Definitions hold no figures.
    "measures:read": frozenset(Role),
    "results:read": _MANAGERS | _SUPPRESSED_ONLY,
    "runs:start": _MANAGERS | {Role.ANALYST},
    "runs:read": _MANAGERS | {Role.ANALYST},
    # A child's journey is a child's record: never for analysts or agencies.
    "journeys:read": frozenset({Role.SOCIAL_WORKER, Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CONFERENCE_CHAIR}),
    "publications:make": frozenset({Role.SERVICE_MANAGER, Role.ANALYST}),
    "publications:release": frozenset({Role.SERVICE_MANAGER}),
    "publications:read": _MANAGERS | _SUPPRESSED_ONLY,
}
