"""`make run`: PostgreSQL, NATS, the development issuer and the five services on this machine, until Ctrl-C.

Everything it starts ends with it, however it ends. What is kept between runs is in `var/`.
"""

import contextlib
import fcntl
import os
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType

from deploy import county, run_file, servers
from deploy.credentials import Credentials, load_or_make
from deploy.plan import Addresses, Plan, Program, real_plan
from deploy.processes import Child, Nursery, StartFailed, listen, stop_all
from deploy.topology import SERVICES, USUAL_PORTS
from deploy.under_make import Make
from libs.chassis.listening import hand_down

_READY = 60.0  # seconds that a service may take until it is ready
_LOOK = 0.1  # seconds between two looks at the children


class Stopped(BaseException):
    """A signal asked us to stop; not an error, and not for `except Exception`."""


class ChildDied(Exception):
    """One of the programs ended by itself, so that all have to end."""


@dataclass(slots=True)
class Launcher:
    """One run: what has been started, in the order in which it was."""

    var: Path
    plan: Plan
    nursery: Nursery = field(default_factory=Nursery)
    data_servers: list[Child] = field(default_factory=list)
    programs: list[Child] = field(default_factory=list)
    jobs: list[Child] = field(default_factory=list)  # that end by themselves
    began: float = field(default_factory=time.monotonic)
    make: Make = field(default_factory=Make)

    def run(self) -> int:
        """Start everything, stay until a signal or the end of a child, stop everything; return the exit status."""
        restore = _listen_to_signals()
        try:
            with _only_one(self.var):
                try:
                    self._start()
                    if self.plan.errand:
                        return self._job("errand", self.plan.errand)
                    self._watch()
                except Stopped as signalled:
                    say(f"\nstopping ({signalled})")
                    return 0
                except (ChildDied, StartFailed) as problem:
                    say(f"\n{problem}\nstopping")
                    return 1
                finally:
                    _ignore_signals()
                    self._stop()
        except AlreadyRunning as problem:
            say(str(problem))
            return 1
        except PermissionError as problem:
            say(f"{problem.filename} belongs to another account: run as that one, or keep the data elsewhere: VAR=…")
            return 1
        finally:
            restore()
        return 0

    def _start(self) -> None:
        if run_file.is_left_over(self.var):
            say(f"the last run here was killed; what it left in {run_file.place(self.var)} is removed")
        run_file.place(self.var).unlink(missing_ok=True)
        credentials = load_or_make(self.var / "credentials.json")
        servers_at = self._start_servers(credentials)
        self._prepare(Addresses(servers_at))
        addresses = self._start_programs(credentials, servers_at)
        if self.plan.afterwards:
            self._job_must("establish", self.plan.afterwards(self.var, addresses))
        self._write_run_file(credentials, addresses)
        _greet(self.var, addresses, time.monotonic() - self.began, ends_by_itself=self.plan.errand is not None)

    def _write_run_file(self, credentials: Credentials, addresses: Addresses) -> None:
        self.nursery.remove_at_our_death(run_file.place(self.var))
        postgres = servers.postgres_url(credentials.superuser_password, addresses.ports["postgres"])
        run_file.write(self.var, {**addresses.public(), "nats": addresses.nats(), "postgres": postgres})

    def _start_programs(self, credentials: Credentials, servers_at: Mapping[str, int]) -> Addresses:
        """Open a port for each of our own programs, start them, and wait until all are ready."""
        with contextlib.ExitStack() as ours:
            opened = {name: ours.enter_context(listen(USUAL_PORTS[name])) for name in ("issuer", *SERVICES)}
            ports = {name: int(port.getsockname()[1]) for name, port in opened.items()}
            for name, port in ports.items():
                _note_other_port(name, port)
            addresses = Addresses({**servers_at, **ports})
            programs = self.plan.programs(self.var, credentials, addresses)
            for program in programs:
                self._start_program(program, opened[program.name])
        for program, child in zip(programs, self.programs, strict=True):
            self._wait_until_ready(program, child)
        return addresses

    def _start_servers(self, credentials: Credentials) -> dict[str, int]:
        place = servers.find_place(self.var, say=lambda text: say(f"  {text}"))
        fresh = not place.postgres_data.exists()
        say(f"starting PostgreSQL{', making its data directory first' if fresh else ''}")
        postgres, postgres_port = servers.start_postgres(
            self.nursery, place, password=credentials.superuser_password, port=USUAL_PORTS["postgres"]
        )
        self.data_servers.append(postgres)
        say(f"  PostgreSQL listens on 127.0.0.1:{postgres_port} ({self._elapsed()})")
        _note_other_port("postgres", postgres_port)
        nats, nats_port = servers.start_nats(self.nursery, place, keys=credentials.nats_keys, port=USUAL_PORTS["nats"])
        self.data_servers.append(nats)
        say(f"  NATS listens on 127.0.0.1:{nats_port} ({self._elapsed()})")
        _note_other_port("nats", nats_port)
        return {"postgres": postgres_port, "nats": nats_port}

    def _prepare(self, addresses: Addresses) -> None:
        say("preparing databases, schemas and streams")
        self._job_must("prepare", self.plan.prepare(self.var, addresses))

    def _job_must(self, name: str, argv: Sequence[str]) -> None:
        if self._job(name, argv) != 0:
            raise StartFailed(f"{name} failed; see {self.var / 'log' / name}.log")

    def _job(self, name: str, argv: Sequence[str]) -> int:
        """Run something that ends by itself, show what it says, and return its exit status."""
        log = self.var / "log" / f"{name}.log"
        log.unlink(missing_ok=True)  # it is shown as it grows
        child = self.nursery.start(name, argv, log=log)
        self.jobs.append(child)
        shown = 0
        status = None
        while status is None:
            time.sleep(0.05)
            self._look_after([*self.data_servers, *self.programs])
            status = child.ended()
            shown = _show_new(child.log, shown)
        return status

    def _start_program(self, program: Program, port: socket.socket) -> None:
        log = self.var / "log" / f"{program.name}.log"
        env = {**_inherited_environment(), **program.env, **hand_down(port)}
        child = self.nursery.start(program.name, program.argv, log=log, env=env, inherits=[port.fileno()])
        self.programs.append(child)

    def _wait_until_ready(self, program: Program, child: Child) -> None:
        end = time.monotonic() + _READY
        while not _answers(f"{program.url}/readyz"):
            self._look_after([*self.data_servers, *self.programs])
            if time.monotonic() > end:
                raise StartFailed(
                    f"{program.name} is not ready after {_READY:.0f} s. The end of its log:\n{child.tail()}"
                )
            time.sleep(0.05)
        say(
            f"  {program.name:<11}{program.url}/docs ({self._elapsed()})"
            if program.name in SERVICES
            else f"  {program.name:<11}{program.url}"
        )

    def _watch(self) -> None:
        while True:
            self._look_after([*self.data_servers, *self.programs])
            time.sleep(_LOOK)

    def _look_after(self, children: Sequence[Child]) -> None:
        if self.make.is_over():
            raise Stopped("make was interrupted")
        for child in children:
            status = child.ended()
            if status is not None:
                how = f"was ended by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
                raise ChildDied(f"{child.name} {how}. The end of {child.log}:\n{child.tail()}")

    def _stop(self) -> None:
        run_file.place(self.var).unlink(missing_ok=True)
        stop_all([*self.jobs, *self.programs])
        stop_all(list(reversed(self.data_servers)))
        for child in (*self.jobs, *self.programs, *self.data_servers):
            self.nursery.release(child)
        if self.data_servers:
            say("all stopped")

    def _elapsed(self) -> str:
        return f"{time.monotonic() - self.began:.1f} s"


def _inherited_environment() -> dict[str, str]:
    """Ours, without settings that were meant for something else."""
    return {name: value for name, value in os.environ.items() if not name.startswith("FS_")}


# -- the person at the terminal, and other programs ---------------------------------------------------------------------


def say(text: str) -> None:
    """Tell the person at the terminal; nobody may be there any more."""
    with contextlib.suppress(OSError):
        print(text, flush=True)


def _note_other_port(name: str, port: int) -> None:
    """Say that somebody has the usual port, so that nobody's commands reach the wrong program."""
    if port != USUAL_PORTS[name]:
        say(f"  port {USUAL_PORTS[name]} is taken by another program: {name} has {port}")


def _greet(var: Path, addresses: Addresses, seconds: float, *, ends_by_itself: bool) -> None:
    somebody = county.person("screener_1")
    issuer = addresses.url("issuer")
    end = "It ends by itself when all is told; Ctrl-C ends it earlier" if ends_by_itself else "Ctrl-C stops all"
    say(f"""
The invented staff and clients: {issuer}/people
A token, here for {somebody.name}, screener:
  curl -s {issuer}/token -d grant_type=client_credentials -d client_id={somebody.id}
Addresses for programs, while it runs: {run_file.place(var)}; logs: {var / "log"}. {end}.

ready in {seconds:.1f} s""")


def _show_new(log: Path, shown: int) -> int:
    with log.open("rb") as file:
        file.seek(shown)
        new = file.read()
    if new:
        with contextlib.suppress(OSError):
            sys.stdout.write(new.decode(errors="replace"))
            sys.stdout.flush()
    return shown + len(new)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as answer:  # noqa: S310 - our own loopback address
            return bool(200 <= answer.status < 300)  # noqa: PLR2004
    except (OSError, urllib.error.URLError):
        return False


# -- one at a time, and its end -------------------------------------------------------------------------------------------


class AlreadyRunning(Exception):
    """Another launcher uses this folder."""


@contextlib.contextmanager
def _only_one(var: Path) -> Iterator[None]:
    """Hold `var`'s lock, which the system lets go with this process."""
    var.mkdir(parents=True, exist_ok=True)
    with (var / "lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            raise AlreadyRunning(
                f"It is already running here, as process {lock.read().strip() or 'unknown'}: stop that one first, or use another folder: VAR=…"
            ) from None
        lock.truncate(0)
        lock.write(f"{os.getpid()}\n")
        lock.flush()
        yield


def _listen_to_signals() -> Callable[[], None]:
    """Turn INT, TERM and HUP into `Stopped`; a launcher started in the background would ignore INT otherwise."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asked for staying
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, _stop_by_signal) for number in numbers}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    return restore


def _stop_by_signal(number: int, _: FrameType | None) -> None:
    _ignore_signals()  # one is enough: what follows must not be interrupted
    raise Stopped(signal.Signals(number).name)


def _ignore_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def main() -> None:
    """Run with the data in `$FS_VAR`, or in `var/`."""
    sys.exit(Launcher(Path(os.environ.get("FS_VAR", "var")).absolute(), real_plan()).run())


if __name__ == "__main__":
    main()
