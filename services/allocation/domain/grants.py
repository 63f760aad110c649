"""Which roles may do what in allocation."""

from collections.abc import Mapping

from libs.kernel.roles import Role

_DECIDES = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_TEAM = _DECIDES | {Role.SOCIAL_WORKER}
_SEES_WHO_HOLDS = _TEAM | {
    Role.SCREENER,
    Role.FRONT_DOOR_MANAGER,
    Role.OUT_OF_HOURS,
    Role.CONFERENCE_CHAIR,
    Role.RECORDS_OFFICER,
    Role.CASE_SYSTEM,
}
_CONFIGURES = frozenset({Role.SERVICE_ADMIN})

#: A worker reads only what is their own; a team manager decides in their own team (see `scope.py`).
MAY: Mapping[str, frozenset[Role]] = {
    "teams:read": _SEES_WHO_HOLDS | _CONFIGURES,
    "teams:change": _CONFIGURES,
    "workers:read": _SEES_WHO_HOLDS | _CONFIGURES,
    "workers:change": _CONFIGURES,
    "absences:read": _TEAM,
    "absences:record": _DECIDES,
    "schemes:read": _TEAM | _CONFIGURES,
    "schemes:draft": frozenset({Role.SERVICE_MANAGER, Role.SERVICE_ADMIN}),
    "schemes:activate": frozenset({Role.SERVICE_MANAGER}),
    "requests:read": _DECIDES | {Role.SCREENER, Role.FRONT_DOOR_MANAGER, Role.CASE_SYSTEM},
    "requests:open": _DECIDES,
    "requests:cancel": _DECIDES,
    "proposals:read": _DECIDES,
    "proposals:make": _DECIDES,
    "proposals:decide": _DECIDES,
    "allocations:read": _SEES_WHO_HOLDS,
    "allocations:change": _DECIDES,
    "allocations:raise-concern": frozenset({Role.SOCIAL_WORKER}),
    "handovers:read": _TEAM,
    "handovers:plan": _DECIDES,
    "handovers:record-visit": _TEAM,
    "handovers:tick": _TEAM,
    "handovers:complete": _DECIDES,
    "caseloads:read": _TEAM,
    "capacity:read": _TEAM,
    "teams:weigh": _DECIDES,
    "continuity:read": _SEES_WHO_HOLDS,
    "exclusions:read": _DECIDES | {Role.RESTRICTION_STEWARD},
    "exclusions:declare": _DECIDES | {Role.RESTRICTION_STEWARD},
}
