"""Allocation on a database of its own, with a small invented county."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.allocation.county import County
from tests.harness import FRIDAY, Stage


@pytest.fixture(scope="session")
async def standing(staged: Callable[[str], AbstractAsyncContextManager[Stage]]) -> AsyncIterator[Stage]:
    """Put allocation on stage once for all tests: building fifty routes costs more than most tests."""
    async with staged("allocation") as ready:
        yield ready


@pytest.fixture
async def stage(standing: Stage) -> Stage:
    """Put allocation on stage, its tables empty, on a Friday."""
    await standing.empty()
    standing.clock.now = FRIDAY
    return standing


@pytest.fixture
async def county(stage: Stage) -> County:
    """Put a county of two teams on stage: North serves Cherwell and Bicester, South serves the Vale."""
    return await County.found(stage)
