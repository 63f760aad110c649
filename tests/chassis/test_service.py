"""A service that could be entered unguarded does not start."""

import asyncio
from dataclasses import replace

import pytest
from fastapi import APIRouter

from libs.chassis.edge import may, router
from libs.chassis.service import UnguardedRoute, edges, end
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


async def test_a_task_that_swallows_its_cancellation_does_not_keep_the_service_from_ending() -> None:
    cancelled = 0

    async def stubborn() -> None:
        nonlocal cancelled
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                cancelled += 1
                if cancelled > 1:
                    raise

    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0)

    await asyncio.wait_for(end([task]), timeout=60)

    assert (task.cancelled(), cancelled) == (True, 2)
