"""The partners service on stage, with the agencies of the county and what they agreed."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.harness import Stage
from tests.partners.county import County, settle


@pytest.fixture
async def stage(staged: Callable[[str], AbstractAsyncContextManager[Stage]]) -> AsyncIterator[Stage]:
    """The service on an empty database."""
    async with staged("partners") as ready:
        yield ready


@pytest.fixture
async def county(stage: Stage) -> County:
    """Turning Point and a second agency for substance misuse, Mind, and Elmore; all agreed, staffed and with room."""
    return await settle(stage)
