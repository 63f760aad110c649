"""How far a role reaches, and what the coming week is expected to bring."""

from decimal import Decimal

import pytest

from libs.kernel.errors import NotFound
from libs.kernel.roles import Role
from services.allocation.domain import scope
from services.allocation.domain.forecast import Arrivals, expected
from services.allocation.domain.scope import NotYourTeam
from tests.allocation.domain.builders import RULES, number

OWN, OTHER = number(1), number(2)
TEAM_MANAGER = frozenset({Role.TEAM_MANAGER})


def test_a_team_manager_decides_in_the_own_team_only() -> None:
    scope.require_team(roles=TEAM_MANAGER, own_team=OWN, team_id=OWN)

    for team in (OTHER, None):
        with pytest.raises(NotYourTeam):
            scope.require_team(roles=TEAM_MANAGER, own_team=team, team_id=OWN)


def test_a_service_manager_decides_across_teams() -> None:
    scope.require_team(roles=frozenset({Role.SERVICE_MANAGER}), own_team=None, team_id=OWN)
    scope.require_area(roles=frozenset({Role.SERVICE_MANAGER}), own_areas=frozenset(), area="cherwell")


def test_a_team_manager_decides_for_families_of_the_areas_that_the_team_serves() -> None:
    scope.require_area(roles=TEAM_MANAGER, own_areas=frozenset({"cherwell"}), area="cherwell")

    with pytest.raises(NotYourTeam):
        scope.require_area(roles=TEAM_MANAGER, own_areas=frozenset({"cherwell"}), area="vale")


def test_to_a_worker_the_caseload_of_another_does_not_exist() -> None:
    worker = frozenset({Role.SOCIAL_WORKER})
    scope.require_own_caseload(roles=worker, caller_id=OWN, worker_id=OWN)
    scope.require_own_caseload(roles=TEAM_MANAGER, caller_id=OWN, worker_id=OTHER)

    with pytest.raises(NotFound):
        scope.require_own_caseload(roles=worker, caller_id=OWN, worker_id=OTHER)


def test_a_week_brings_a_quarter_of_what_four_weeks_brought() -> None:
    found = expected([Arrivals("cherwell", families=8, children=12)], rules=RULES)

    assert found == {"cherwell": Decimal("16.25")}  # (8 + 4 x 0.5) x 6.5 / 4
