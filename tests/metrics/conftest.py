"""Metrics on a real, empty database."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.harness import Stage


@pytest.fixture
async def stage(staged: Callable[[str], AbstractAsyncContextManager[Stage]]) -> AsyncIterator[Stage]:
    """Metrics, ready to be called."""
    async with staged("metrics") as ready:
        yield ready
