"""Children end with their parent also where the kernel does not see to it."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy import run_file
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


_WRITER = """
import sys, time
from pathlib import Path
from deploy import run_file
from deploy.processes import Nursery
nursery, var = Nursery(), Path(sys.argv[1])
nursery.remove_at_our_death(run_file.place(var))
run_file.write(var, {})
print("written", flush=True)
time.sleep(1000)
"""


def _killed_after_writing(var: Path, *, then: Callable[[], None] = lambda: None) -> None:
    """Kill a writer of the run file, and wait for its guard to do what it does."""
    # The guard shares the writer's output: its end is the end of both.
    writer = subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", _WRITER, str(var)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "written\n"
    assert run_file.read(var)["pid"] == writer.pid
    then()
    writer.kill()
    writer.wait()
    assert writer.stdout.read() == ""


def test_the_guard_removes_the_run_file_of_a_killed_launcher(tmp_path: Path) -> None:
    _killed_after_writing(tmp_path)

    assert not run_file.place(tmp_path).exists()


def test_the_guard_leaves_the_run_file_of_the_next_launcher(tmp_path: Path) -> None:
    _killed_after_writing(tmp_path, then=lambda: run_file.write(tmp_path, {}))

    assert run_file.read(tmp_path)["pid"] == os.getpid()


def test_a_run_file_whose_process_is_gone_is_left_over_and_not_believed(tmp_path: Path) -> None:
    with pytest.raises(run_file.NotRunning, match="not there"):
        run_file.read(tmp_path)
    assert not run_file.is_left_over(tmp_path)

    run_file.write(tmp_path, {"issuer": "x"})
    assert run_file.read(tmp_path)["issuer"] == "x"
    assert not run_file.is_left_over(tmp_path)

    run_file.place(tmp_path).write_text(json.dumps({"pid": _a_pid_that_is_gone()}))
    assert run_file.is_left_over(tmp_path)
    with pytest.raises(run_file.NotRunning, match="left over: process"):
        run_file.read(tmp_path)


def _a_pid_that_is_gone() -> int:
    with subprocess.Popen(["true"]) as gone:  # noqa: S607
        return gone.pid


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
