"""Children end with their parent also where the kernel does not see to it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from deploy.processes import free_port, is_free, listen

ROOT = Path(__file__).parent.parent.parent
_PARENT = """
import sys, time
from pathlib import Path
from deploy.processes import Nursery
nursery = Nursery(kernel_ends_children=False)
gone = nursery.start("gone", ["true"], log=Path(sys.argv[1]))
gone.process.wait(); nursery.release(gone)
print(nursery.start("sleeper", ["sleep", "1000"], log=Path(sys.argv[1])).pid, flush=True)
time.sleep(1000)
"""


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_guard_ends_the_children_of_a_killed_parent(tmp_path: Path) -> None:
    parent = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _PARENT, str(tmp_path / "log")], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    sleeper = int(parent.stdout.readline())

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    end = time.monotonic() + 60
    while _is_there(sleeper) and time.monotonic() < end:
        time.sleep(0.02)

    assert not _is_there(sleeper)


def test_a_port_that_was_found_free_is_free() -> None:
    port = free_port(0)

    assert is_free(port)
    assert free_port(port) == port
    assert free_port(port, taken=frozenset({port})) != port


def test_a_port_that_was_opened_cannot_be_taken_by_anybody_else() -> None:
    with listen(0) as ours:
        port = ours.getsockname()[1]
        with listen(port) as another:
            assert another.getsockname()[1] != port
        assert not is_free(port)

    assert is_free(port)
