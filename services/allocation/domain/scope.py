"""How far a role reaches: a team manager decides in the own team, a worker sees the own caseload."""

from collections.abc import Set as AbstractSet
from uuid import UUID

from libs.kernel.errors import NotFound, NotPermitted
from libs.kernel.roles import Role


class NotYourTeam(NotPermitted):
    """A team manager decides for the own team."""


#: Roles that look across teams.
_ACROSS = frozenset({Role.SERVICE_MANAGER, Role.SERVICE_ADMIN})
_SEES_CASELOADS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})


def require_team(*, roles: AbstractSet[Role], own_team: UUID | None, team_id: UUID) -> None:
    """Raise unless the caller may decide for a worker of the team."""
    if not _ACROSS & roles and own_team != team_id:
        raise NotYourTeam("The worker belongs to another team.")


def require_area(*, roles: AbstractSet[Role], own_areas: AbstractSet[str], area: str) -> None:
    """Raise unless the caller's team serves the family's area."""
    if not _ACROSS & roles and area not in own_areas:
        raise NotYourTeam("The family lives where another team works.")


def require_own_caseload(*, roles: AbstractSet[Role], caller_id: UUID, worker_id: UUID) -> None:
    """Raise as if there were no such worker unless the caseload is the caller's own or the caller manages."""
    if not _SEES_CASELOADS & roles and caller_id != worker_id:
        raise NotFound
