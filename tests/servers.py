"""Where the tests' PostgreSQL and NATS come from: given addresses, Docker, or the embedded binaries.

`start()` is called by whichever test process needs them first; all processes of one run share them. In order:

1. `FS_TEST_POSTGRES_URL`, `FS_TEST_NATS_URL` and `FS_TEST_NATS_SEEDS` (JSON: seed by service, and `admin`);
2. Docker through testcontainers, when an engine answers;
3. the embedded binaries, on data that is thrown away and never flushed.

`FS_BACKEND=external|docker|embedded` takes the choice away.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import FrameType

from deploy import credentials, servers
from deploy.nats_conf import ADMIN, nats_conf
from deploy.processes import Nursery, stop_all

_ROOT = Path(__file__).parent.parent
_PATIENCE = 240.0


@dataclass(frozen=True, slots=True)
class Servers:
    """How a test reaches the servers of this run."""

    postgres_admin_url: str  # a superuser's; postgresql://
    nats_url: str
    nats_seeds: Mapping[str, str]  # by service
    nats_admin_seed: str


class NoServers(Exception):
    """The servers could not be started; the message holds the log."""


def start() -> Servers:
    """Return this run's servers, started by the first process that asks."""
    backend = os.environ.get("FS_BACKEND", "auto")
    if backend in {"auto", "external"} and "FS_TEST_POSTGRES_URL" in os.environ:
        return _external()
    if backend == "external":
        raise NoServers("FS_BACKEND=external needs FS_TEST_POSTGRES_URL, FS_TEST_NATS_URL and FS_TEST_NATS_SEEDS.")
    folder = _run_folder()
    with _locked(folder):
        answer = folder / "servers.json"
        if not answer.exists() or not _lives(int((folder / "holder.pid").read_text())):
            answer.unlink(missing_ok=True)  # left by a run of the same number whose holder was killed
            _start_holder(folder, backend)
        found = json.loads(answer.read_text())
    urls = found.pop("nats_urls")
    # Each worker speaks to a broker of its own: a durable consumer delivers an event to one place only.
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    return Servers(**found, nats_url=urls[number % len(urls)])


def stop() -> None:
    """Stop this run's servers, unless other processes of the run may still need them."""
    if "PYTEST_XDIST_WORKER" in os.environ or not _run_folder(make=False).exists():
        return  # the holder sees the end of the whole run by itself
    with _locked(_run_folder()), contextlib.suppress(FileNotFoundError, ProcessLookupError, ValueError):
        os.kill(int((_run_folder() / "holder.pid").read_text()), signal.SIGTERM)


def _external() -> Servers:
    seeds: dict[str, str] = json.loads(os.environ["FS_TEST_NATS_SEEDS"])
    _say("PostgreSQL and NATS at the given addresses")
    return Servers(
        postgres_admin_url=os.environ["FS_TEST_POSTGRES_URL"],
        nats_url=os.environ["FS_TEST_NATS_URL"],
        nats_seeds={name: seed for name, seed in seeds.items() if name != ADMIN},
        nats_admin_seed=seeds[ADMIN],
    )


def _say(what: str) -> None:
    sys.stderr.write(f"tests use {what}\n")


# -- one set of servers for all processes of a run ----------------------------------------------------------------------


def _owner() -> int:
    """Return the process whose end is the end of the run: pytest itself, or what started its workers."""
    return os.getppid() if "PYTEST_XDIST_WORKER" in os.environ else os.getpid()


def _run_folder(*, make: bool = True) -> Path:
    folder = Path(tempfile.gettempdir()) / f"fsp-tests-{os.geteuid()}-{_owner()}"
    if make:
        folder.mkdir(mode=0o755, exist_ok=True)
    return folder


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _start_holder(folder: Path, backend: str) -> None:
    """Start the process that holds the servers until the run's owner ends, and wait for its word."""
    log = folder / "holder.log"
    with log.open("wb") as out:
        holder = subprocess.Popen(  # noqa: S603
            [sys.executable, "-m", "tests.servers", str(folder), str(_owner()), backend],
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    end = time.monotonic() + _PATIENCE
    while not (folder / "servers.json").exists():
        if holder.poll() is not None or time.monotonic() > end:
            holder.kill()
            raise NoServers(f"The tests' servers did not start:\n{log.read_text(errors='replace')[-4000:]}")
        time.sleep(0.02)
    _say((folder / "backend").read_text())


def _hold(folder: Path, owner: int, backend: str) -> None:
    """Start the servers, say where they are, and stop them when the owner is gone or asks."""
    stopping: list[int] = []

    def note(number: int, _: FrameType | None) -> None:
        stopping.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, note)
    (folder / "holder.pid").write_text(str(os.getpid()))
    keys = credentials.make()
    starters = {"docker": _docker, "embedded": _embedded}
    chosen = backend if backend in starters else "docker" if _docker_answers() else "embedded"
    try:
        with contextlib.ExitStack() as stack:
            postgres_url, nats_urls = starters[chosen](folder, keys, stack.callback)
            (folder / "backend").write_text(f"PostgreSQL and NATS from {chosen}")
            found = {
                "postgres_admin_url": postgres_url,
                "nats_urls": nats_urls,
                "nats_seeds": {name: seed for name, seed in keys.nats_seeds.items() if name != ADMIN},
                "nats_admin_seed": keys.nats_seeds[ADMIN],
            }
            credentials.write_privately(folder / "servers.json", json.dumps(found))
            while not stopping and _lives(owner):
                time.sleep(0.1)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        # A process that has ended but was not asked for its status yet is still listed.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except ProcessLookupError:
        return False
    except OSError:
        return True


# -- where from ---------------------------------------------------------------------------------------------------------

_Later = Callable[[Callable[[], object]], object]


def _embedded(folder: Path, keys: credentials.Credentials, later: _Later) -> tuple[str, list[str]]:
    """Use the binaries that pip installed."""
    nursery = Nursery()
    place = servers.find_place(folder, say=print)
    postgres, postgres_port = servers.start_postgres(
        nursery,
        place,
        password=keys.superuser_password,
        port=0,
        durable=False,
        settings={"max_connections": "300", "max_wal_size": "2GB"},
    )
    later(lambda: stop_all([postgres]))
    urls = []
    for number in range(int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))):
        own = servers.find_place(folder / f"broker{number}", say=print)
        nats, nats_port = servers.start_nats(nursery, own, keys=keys.nats_keys, port=0, durable=False)
        later(partial(stop_all, [nats]))
        urls.append(f"nats://127.0.0.1:{nats_port}")
    return servers.postgres_url(keys.superuser_password, postgres_port), urls


def _docker_answers() -> bool:
    """Whether an engine answers; asked first, since starting a container without one fails late and deep."""
    try:
        import docker

        return bool(docker.from_env(timeout=2).ping())
    except Exception:  # noqa: BLE001 - whatever is wrong with Docker, the embedded servers are there
        return False


def _docker(folder: Path, keys: credentials.Credentials, later: _Later) -> tuple[str, list[str]]:
    """Use containers of the official images. Not run on machines without an engine; see tests/README.md."""
    from testcontainers.community.postgres import PostgresContainer
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.waiting_utils import wait_for_logs

    postgres = PostgresContainer("postgres:18", username="postgres", password=keys.superuser_password, driver=None)
    postgres.with_command("postgres -c fsync=off -c synchronous_commit=off -c max_connections=300").start()
    later(postgres.stop)
    config = folder / "nats.conf"
    config.write_text(nats_conf(keys=keys.nats_keys, listen="0.0.0.0:4222", store="/data"))
    nats = DockerContainer("nats:2.15").with_exposed_ports(4222).with_command("-c /etc/nats/fsp.conf")
    nats.with_volume_mapping(str(config), "/etc/nats/fsp.conf", "ro").start()
    later(nats.stop)
    wait_for_logs(nats, "Server is ready")
    return postgres.get_connection_url(), [f"nats://{nats.get_container_host_ip()}:{nats.get_exposed_port(4222)}"]


if __name__ == "__main__":
    _hold(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])
