"""The front door on stage, with the people who work there."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.harness import FRIDAY, Stage
from tests.referrals.actors import Actors


@pytest.fixture(scope="session")
async def one_stage(staged: Callable[[str], AbstractAsyncContextManager[Stage]]) -> AsyncIterator[Stage]:
    """Put the front door on stage once: it has many routes, and building them takes longer than most tests."""
    async with staged("referrals") as ready:
        yield ready


@pytest.fixture
async def stage(one_stage: Stage) -> Stage:
    """Empty the front door and set its clock back."""
    one_stage.clock.now = FRIDAY
    await one_stage.empty()
    return one_stage


@pytest.fixture
def front_door(stage: Stage) -> Actors:
    """Return the people of the front door, who do what a test needs done before."""
    return Actors(stage)
