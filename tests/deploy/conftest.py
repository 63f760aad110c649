"""A folder that the servers' lent account can reach, unlike pytest's own, and that is gone afterwards."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def open_folder() -> Iterator[Callable[[], Path]]:
    """Make folders for servers of a test's own."""
    with ExitStack() as stack:

        def make() -> Path:
            folder = Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="fsp-test-", ignore_cleanup_errors=True))
            )
            folder.chmod(0o755)
            return folder

        yield make
