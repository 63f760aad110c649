"""Metrics on a real, empty database."""

from collections.abc import AsyncIterator

import pytest

from tests.harness import Stage


@pytest.fixture
async def stage(staged) -> AsyncIterator[Stage]:  # type: ignore[no-untyped-def]  # noqa: ANN001
    """Metrics, ready to be called."""
    async with staged("metrics") as ready:
        yield ready
