"""The launcher: what it starts ends with it, however it ends, and the data is there the next time."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

ROOT = Path(__file__).parent.parent.parent
pytestmark = [
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="reads the process table in /proc"),
]


#: Seconds in which a busy machine has started or ended all of it; a start that fails says so by itself.
_PATIENCE = 120


@dataclass
class Run:
    """A launcher that has said that it is ready."""

    process: subprocess.Popen[Any]
    var: Path
    log: Path

    @property
    def addresses(self) -> dict[str, object]:
        """Return what it tells other programs."""
        return json.loads((self.var / "run.json").read_text())

    def family(self) -> dict[int, str]:
        """Every process that it started, with its name."""
        found = {self.process.pid: "launcher"}
        table = {pid: (parent, name) for pid, parent, name in _processes()}
        while True:
            new = {pid: name for pid, (parent, name) in table.items() if parent in found and pid not in found}
            if not new:
                return found
            found |= new

    @property
    def said(self) -> str:
        """Return all it said until now."""
        return self.log.read_text()

    def ended(self) -> int:
        """Return its exit status when it has ended."""
        return self.process.wait(_PATIENCE)

    def end(self, number: signal.Signals) -> int:
        """Send it a signal; return its exit status."""
        self.process.send_signal(number)
        return self.ended()


def _processes() -> Iterator[tuple[int, int, str]]:
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                head, _, rest = (folder / "stat").read_text().rpartition(")")
            except OSError:
                continue
            state, parent = rest.split()[:2]
            if state != "Z":
                yield int(folder.name), int(parent), head.partition("(")[2]


def _left_of(family: dict[int, str], seconds: float = _PATIENCE) -> dict[int, str]:
    """Return which of these processes are still there when the time is up."""
    end = time.monotonic() + seconds
    while True:
        alive = {pid for pid, _, _ in _processes()}
        left = {pid: name for pid, name in family.items() if pid in alive}
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.05)


@pytest.fixture(scope="module")
def var(open_folder: Callable[[], Path]) -> Path:
    return open_folder() / "var"


def _launch(
    var: Path, log: Path, argv: Sequence[str] = (), *, deaf_to_interrupts: bool = False
) -> subprocess.Popen[Any]:
    """Start a launcher, whatever the tests themselves do with an interrupt: in the background they ignore it."""
    interrupts = signal.SIG_IGN if deaf_to_interrupts else signal.SIG_DFL
    with log.open("wb") as out:
        return subprocess.Popen(  # noqa: S603
            argv or [sys.executable, "-m", "tests.deploy.small_launcher", str(var)],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, interrupts),  # noqa: PLW1509
        )


@pytest.fixture
def start(var: Path) -> Iterator[Callable[..., Run]]:
    """Start a launcher and return when it has greeted, which is the last thing that it does before it waits."""
    with ExitStack() as stack:

        def begin(argv: Sequence[str] = (), **how: bool) -> Run:
            log = var.with_name(f"said-{time.monotonic_ns()}.log")
            run = Run(_launch(var, log, argv, **how), var, log)
            stack.callback(_end_whatever_is_left, run)
            end = time.monotonic() + _PATIENCE
            while "\nready in " not in run.said:
                assert run.process.poll() is None, run.said
                assert time.monotonic() < end, run.said
                time.sleep(0.05)
            return run

        yield begin


def _end_whatever_is_left(run: Run) -> None:
    """End a launcher that a failed test has left, and all it started: the next test has the same data."""
    family = run.family() if run.process.poll() is None else {}
    run.process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        run.process.wait(30)
    for pid in {*_left_of(family, seconds=5), *([run.process.pid] if run.process.poll() is None else [])}:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    run.process.wait()


def test_it_writes_where_everything_is_for_other_programs_and_removes_it_at_the_end(start: Callable[..., Run]) -> None:
    run = start()

    addresses = run.addresses
    mode = (run.var / "run.json").stat().st_mode & 0o777
    status = run.end(signal.SIGTERM)

    assert set(addresses) == {"services", "issuer", "nats", "postgres", "pid"}
    assert set(addresses["services"]) == {"referrals", "allocation", "workbook", "partners", "metrics"}
    assert addresses["pid"] == run.process.pid
    assert mode == 0o600
    assert status == 0
    assert "curl -s" in run.said
    assert not (run.var / "run.json").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_ends_all_of_it(start: Callable[..., Run], number: signal.Signals) -> None:
    run = start()
    family = run.family()

    status = run.end(number)

    assert {"postgres", "nats-server"} <= set(family.values())
    assert len(family) > 6
    assert status == 0
    assert _left_of(family) == {}


def test_a_launcher_started_in_the_background_still_hears_an_interrupt(start: Callable[..., Run]) -> None:
    run = start(deaf_to_interrupts=True)
    family = run.family()

    status = run.end(signal.SIGINT)

    assert status == 0
    assert _left_of(family) == {}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_to_the_make_that_started_it_ends_all_of_it(
    start: Callable[..., Run], var: Path, number: signal.Signals
) -> None:
    makefile = var.with_name("Makefile")
    makefile.write_text(f"run:\n\t@FS_UNDER_MAKE=1 exec {sys.executable} -m tests.deploy.small_launcher {var}\n")
    run = start(["make", "-f", str(makefile)])
    family = run.family()

    run.end(number)

    assert len(family) > 6
    assert _left_of(family) == {}
    assert not (var / "run.json").exists()


def test_the_data_is_there_at_the_second_start(start: Callable[..., Run]) -> None:
    async def ask(run: Run, sql: str) -> list[asyncpg.Record]:
        connection = await asyncpg.connect(str(run.addresses["postgres"]))
        try:
            return await connection.fetch(sql)
        finally:
            await connection.close()

    import asyncio

    first = start()
    asyncio.run(ask(first, "CREATE TABLE kept AS SELECT 42 AS number"))
    first.end(signal.SIGTERM)
    second = start()

    rows = asyncio.run(ask(second, "SELECT number FROM kept"))
    asyncio.run(ask(second, "DROP TABLE kept"))

    assert [row["number"] for row in rows] == [42]


@pytest.mark.parametrize("victim", ["stand-in", "postgres", "nats-server"])
def test_the_death_of_any_child_ends_all_of_it_with_a_failure(start: Callable[..., Run], victim: str) -> None:
    run = start()
    family = run.family()
    children = {pid: name for pid, parent, name in _processes() if parent == run.process.pid}
    wanted = victim if victim != "stand-in" else next(name for name in children.values() if name.startswith("python"))

    os.kill(next(pid for pid, name in children.items() if name == wanted), signal.SIGKILL)

    assert run.ended() == 1
    assert "was ended by SIGKILL" in run.said
    assert victim != "stand-in" or "the stand-in says hello" in run.said
    assert _left_of(family) == {}
    assert not (run.var / "run.json").exists()


def test_nothing_is_left_of_a_launcher_that_was_killed_and_the_next_one_starts(start: Callable[..., Run]) -> None:
    run = start()
    family = run.family()

    run.process.kill()
    run.process.wait()
    left = _left_of(family)
    told = (run.var / "run.json").exists()
    again = start()

    assert left == {}
    assert not told
    assert again.end(signal.SIGTERM) == 0


def test_what_a_killed_launcher_left_in_its_file_is_said_at_the_next_start(
    var: Path, start: Callable[..., Run]
) -> None:
    var.mkdir(exist_ok=True)
    with subprocess.Popen(["true"]) as gone:  # noqa: S607
        pass
    (var / "run.json").write_text(json.dumps({"pid": gone.pid, "left": "over"}))

    run = start()

    assert "the last run here was killed" in run.said
    assert run.end(signal.SIGTERM) == 0


def test_a_launcher_killed_with_its_postgresql_leaves_data_that_start_again_at_once(start: Callable[..., Run]) -> None:
    run = start()
    postgres = next(pid for pid, parent, name in _processes() if parent == run.process.pid and name == "postgres")

    os.kill(postgres, signal.SIGKILL)
    run.process.kill()
    run.process.wait()
    again = start()  # orphans of the killed one may hold its files for a moment

    assert again.end(signal.SIGTERM) == 0


def test_a_second_launcher_on_the_same_data_is_refused_in_a_sentence(start: Callable[..., Run]) -> None:
    run = start()

    refused = run.var.with_name("refused.log")
    second = _launch(run.var, refused)

    assert second.wait(_PATIENCE) == 1
    assert f"already running here, as process {run.process.pid}" in refused.read_text()
    assert run.process.poll() is None
    assert (run.var / "run.json").exists()


def test_other_ports_are_taken_when_somebody_has_the_usual(start: Callable[..., Run]) -> None:
    with ExitStack() as stack:
        for port in (4222, 54320, 8000, 8001):
            taken = stack.enter_context(socket.socket())
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                taken.bind(("127.0.0.1", port))
                taken.listen(1)
            except OSError:
                continue  # then somebody else has it, which is as good

        run = start()
        addresses = json.dumps(run.addresses)

        assert not any(f":{port}" in addresses for port in (4222, 54320, 8000, 8001))
        assert run.end(signal.SIGTERM) == 0
        for port, name in ((4222, "nats"), (54320, "postgres"), (8000, "issuer"), (8001, "referrals")):
            assert f"port {port} is taken by another program: {name} has " in run.said
