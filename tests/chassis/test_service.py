"""A service that could be entered unguarded does not start."""

from dataclasses import replace

import pytest
from fastapi import APIRouter

from libs.chassis.edge import may, router
from libs.chassis.service import UnguardedRoute, edges
from tests.chassis.example import SERVICE


async def _nothing() -> None:
    """Do nothing."""


def test_a_route_without_a_permission_is_refused() -> None:
    with pytest.raises(TypeError, match="exactly one permission"):
        router().add_api_route("/open", _nothing)


def test_a_permission_that_nobody_is_granted_is_refused() -> None:
    routes = router()
    routes.add_api_route("/odd", _nothing, dependencies=[may("boxes:burn")])

    with pytest.raises(UnguardedRoute, match="boxes:burn"):
        edges(replace(SERVICE, routers=(routes,)))


def test_a_route_that_is_not_an_edge_is_refused() -> None:
    routes = APIRouter()
    routes.add_api_route("/plain", _nothing)

    with pytest.raises(UnguardedRoute, match="not an edge"):
        edges(replace(SERVICE, routers=(routes,)))
