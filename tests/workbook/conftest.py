"""The workbook on stage."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from tests.harness import Stage


@pytest.fixture
async def stage(staged: Callable[[str], AbstractAsyncContextManager[Stage]]) -> AsyncIterator[Stage]:
    async with staged("workbook") as ready:
        yield ready
