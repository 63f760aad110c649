"""Child processes that never outlive the process that started them, and free ports."""

import contextlib
import ctypes
import errno
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_PR_SET_PDEATHSIG = 1
_LOG_KEPT = 20_000_000  # bytes; a longer log becomes `….log.1` at the next start


class StartFailed(Exception):
    """A program could not be started; the message says why and what would help."""


@dataclass(frozen=True, slots=True)
class Account:
    """An operating-system account that a root launcher lends to servers which refuse to be root."""

    name: str
    uid: int
    gid: int


@dataclass(slots=True)
class Child:
    """A running program with its log, and the signals that end it: first politely, then not."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path
    ending: tuple[tuple[signal.Signals, float], ...]  # each with the seconds to wait after it

    @property
    def pid(self) -> int:
        """Its process id."""
        return self.process.pid

    def ended(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self.process.poll()

    def ask_to_stop(self) -> None:
        """Send the first signal and return at once."""
        if self.ended() is None:
            self.process.send_signal(self.ending[0][0])

    def stop(self) -> None:
        """End it and return when it is gone."""
        for number, seconds in self.ending:
            if self.ended() is not None:
                break
            self.process.send_signal(number)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                continue
        if self.ended() is None:
            self.process.kill()
            self.process.wait()

    def tail(self, lines: int = 15) -> str:
        """Return the end of its log."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, self.log.stat().st_size - 20_000))
                return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""


POLITELY = ((signal.SIGTERM, 10.0),)


class Nursery:
    """Starts children; on Linux the kernel ends them with their parent, elsewhere a guard process does.

    What no kernel does, such as removing a file, the guard does everywhere.
    """

    def __init__(self, *, kernel_ends_children: bool | None = None) -> None:
        self._by_kernel = sys.platform == "linux" if kernel_ends_children is None else kernel_ends_children
        self._guard: IO[bytes] | None = None

    def start(
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        account: Account | None = None,
        cwd: Path | None = None,
        ending: tuple[tuple[signal.Signals, float], ...] = POLITELY,
        at_our_death: signal.Signals = signal.SIGKILL,
        inherits: Sequence[int] = (),
    ) -> Child:
        """Start a program in a session of its own, so that a Ctrl-C reaches only us; call from the main thread.

        `at_our_death` is what it gets when we are killed before we could stop it; `inherits` are open files it keeps.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        _turn_over(log)
        with log.open("ab") as out:
            process = subprocess.Popen(  # noqa: S603
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                env=dict(env) if env is not None else None,
                cwd=cwd,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
                start_new_session=True,
                pass_fds=inherits,
                preexec_fn=_die_with_parent(at_our_death) if self._by_kernel else None,  # noqa: PLW1509
            )
        if not self._by_kernel:
            self._tell_guard(f"{process.pid} {int(at_our_death)}")
        return Child(name, process, log, ending)

    def release(self, child: Child) -> None:
        """Forget a child that has ended: its number may soon be somebody else's."""
        if not self._by_kernel:
            self._tell_guard(f"{child.pid} 0")

    def remove_at_our_death(self, path: Path) -> None:
        """Have this file of ours removed when we are killed before we could do it."""
        self._tell_guard(f"file {os.getpid()} {path}")

    def _tell_guard(self, line: str) -> None:
        if self._guard is None:
            guard = subprocess.Popen(  # noqa: S603
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("guard.py"))],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
            self._guard = guard.stdin
        if self._guard is not None:
            with contextlib.suppress(BrokenPipeError):  # somebody killed it: nothing is left to be told
                self._guard.write(f"{line}\n".encode())
                self._guard.flush()


def _die_with_parent(number: signal.Signals) -> Callable[[], None]:
    libc = ctypes.CDLL(None, use_errno=True)  # loaded here: after the fork nothing may be imported
    parent = os.getpid()

    def before_exec() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before the kernel knew our wish
            os._exit(1)

    return before_exec


def _turn_over(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_KEPT:
        log.replace(log.with_name(log.name + ".1"))


def stop_all(children: Sequence[Child]) -> None:
    """End children that may end side by side."""
    for child in children:
        child.ask_to_stop()
    for child in children:
        child.stop()


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Whether a server could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as problem:
            if problem.errno in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL}:
                return False
            raise
    return True


def free_port(usual: int, *, taken: frozenset[int] = frozenset()) -> int:
    """Return the usual port, or one that the kernel says is free."""
    if usual and usual not in taken and is_free(usual):
        return usual
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port: int = probe.getsockname()[1]
        if port not in taken:
            return port


def listen(usual: int) -> socket.socket:
    """Open the usual port, or another one where somebody has it; from now on nobody else can take it."""
    opened = socket.socket()
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind(("127.0.0.1", usual))
        opened.listen(2048)
    except OSError as problem:
        opened.close()
        if problem.errno not in {errno.EADDRINUSE, errno.EACCES, errno.EADDRNOTAVAIL} or not usual:
            raise
        return listen(0)
    return opened


def wait_until(ready: Callable[[], bool], *, child: Child, seconds: float, every: float = 0.02) -> bool:
    """Whether `ready` came true before `child` ended or the time was up."""
    end = time.monotonic() + seconds
    while child.ended() is None and time.monotonic() < end:
        if ready():
            return True
        time.sleep(every)
    return False
