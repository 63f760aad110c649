"""How far a role reaches: a team manager decides in the own team, a worker sees the own caseload."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from libs.kernel.errors import NotFound, NotPermitted
from libs.kernel.roles import Role


class NotYoursToRestrict(NotPermitted):
    """A record is restricted, and released, by the steward or the service manager."""


class NotYourTeam(NotPermitted):
    """A team manager decides for the own team."""


#: Roles that look across teams.
_ACROSS = frozenset({Role.SERVICE_MANAGER, Role.SERVICE_ADMIN})
_RESTRICTS = frozenset({Role.SERVICE_MANAGER, Role.RESTRICTION_STEWARD})
_SEES_CASELOADS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})


def require_team(*, roles: AbstractSet[Role], own_team: UUID | None, team_id: UUID) -> None:
    """Raise unless the caller may decide for a worker of the team."""
    if not _ACROSS & roles and own_team != team_id:
        raise NotYourTeam("The worker belongs to another team.")


def require_area(*, roles: AbstractSet[Role], own_areas: AbstractSet[str], area: str) -> None:
    """Raise unless the caller's team serves the family's area."""
    if not _ACROSS & roles and area not in own_areas:
        raise NotYourTeam("The family lives where another team works.")


def require_family(
    *,
    roles: AbstractSet[Role],
    own_team: UUID | None,
    own_areas: AbstractSet[str],
    area: str | None,
    held_by: AbstractSet[UUID],
) -> None:
    """Raise unless the caller's team serves the family's area or holds the family; the steward reaches every family."""
    if not (_ACROSS | _RESTRICTS) & roles and area not in own_areas and own_team not in held_by:
        raise NotYourTeam("The family lives where another team works.")


def require_restricts(*, roles: AbstractSet[Role]) -> None:
    """Raise unless the caller may restrict a record or release it."""
    if not _RESTRICTS & roles:
        raise NotYoursToRestrict("Ask the restriction steward or the service manager.")


def sees_why_away(
    *, roles: AbstractSet[Role], own_team: UUID | None, caller_id: UUID, worker_id: UUID, team_id: UUID
) -> bool:
    """Say whether the caller sees why a worker is away: the worker and the manager of the worker's team, nobody else."""
    return caller_id == worker_id or (Role.TEAM_MANAGER in roles and own_team == team_id)


def require_own_caseload(*, roles: AbstractSet[Role], caller_id: UUID, worker_id: UUID) -> None:
    """Raise as if there were no such worker unless the caseload is the caller's own or the caller manages."""
    if not _SEES_CASELOADS & roles and caller_id != worker_id:
        raise NotFound
