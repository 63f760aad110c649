"""`make bench`: the front door beside its yardstick, in interleaved rounds, as ratios of CPU for each request.

The yardstick is the same transaction on bare ASGI and asyncpg (`tests/bench/bare.py`) on the same PostgreSQL. It
checks no token, no role, no idempotency key, validates little, matches nobody and audits no read: what we cost
above it is the price of those. Ratios travel between machines, times do not.
"""

import asyncio
import json
import os
import random
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg

from tests.bench import bare
from tests.bench.load import Measured, Request, ask, run

ROUNDS = 3
REQUESTS = 400
CLIENTS = 8
_SYLLABLES = (
    "an",
    "bel",
    "cor",
    "dri",
    "el",
    "fen",
    "gar",
    "hol",
    "is",
    "jor",
    "kel",
    "lim",
    "mar",
    "nor",
    "os",
    "pel",
)


@contextmanager
def stack(var: Path) -> Iterator[dict[str, Any]]:
    """Run everything as `make run` does, on data of its own."""
    environment = {**os.environ, "FS_VAR": str(var)}
    process = subprocess.Popen([sys.executable, "-m", "deploy.local"], env=environment, stdout=subprocess.DEVNULL)
    try:
        started = time.monotonic()
        while not (var / "run.json").exists():
            if process.poll() is not None or time.monotonic() - started > 120:
                raise SystemExit("the services did not start; see their logs in var/log")
            time.sleep(0.1)
        print(f"ready in {time.monotonic() - started:.1f} s, the first start of an empty county included\n")
        yield json.loads((var / "run.json").read_text())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@contextmanager
def yardstick(database: str) -> Iterator[tuple[str, int]]:
    """Run the bare server; give its address and process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(  # noqa: S603
        [sys.executable, "-m", "uvicorn", "tests.bench.bare:app", "--port", str(port), "--no-access-log", "--loop", "uvloop",
         "--http", "httptools", "--log-level", "warning"],
        env={**os.environ, "BARE_DATABASE": database},
    )  # fmt: skip
    try:
        time.sleep(2)
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        process.wait(10)


def concern(number: int) -> dict[str, Any]:
    """Invent a concern: two adults and three children, as unlike others' as people's are."""
    chance = random.Random(f"{os.getpid()} {number}")
    family = _name(chance, 3)
    children = [
        {
            "given_name": _name(chance, 2),
            "family_name": family,
            "birth_date": f"{chance.randint(2009, 2025)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
        }
        for _ in range(3)
    ]
    return {
        "referral_source": "2A",
        "channel": "portal",
        "area": "cherwell",
        "primary_need": "N1",
        "narrative": "An invented concern. " * 60,
        "children": children,
        "adults": [{"given_name": _name(chance, 2), "family_name": family} for _ in range(2)],
    }


def _name(chance: random.Random, syllables: int) -> str:
    return "".join(chance.choices(_SYLLABLES, k=syllables)).title()


def token_of(issuer: str, role: str) -> str:
    """Get a token of the first invented person with a role."""
    with urllib.request.urlopen(f"{issuer}/people") as answer:  # noqa: S310 - our own issuer
        people = json.load(answer)["people"]
    who = next(person["id"] for person in people if role in person["roles"])
    form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": who}).encode()
    with urllib.request.urlopen(f"{issuer}/token", form) as answer:  # noqa: S310
        return str(json.load(answer)["access_token"])


def listener(port: int) -> int:
    """Return the process that listens on a port of this machine."""
    wanted = f":{port:04X}"
    inodes = {
        line.split()[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if line.split()[1].endswith(wanted) and line.split()[3] == "0A"
    }
    for process in Path("/proc").glob("[0-9]*"):
        try:
            held = {str(each.readlink()) for each in (process / "fd").iterdir()}
        except OSError:
            continue
        if any(f"socket:[{inode}]" in held for inode in inodes):
            return int(process.name)
    raise SystemExit(f"nobody listens on {port}")


async def measure(run_json: dict[str, Any], bare_base: str, bare_pid: int) -> None:
    """Fill both stores alike, then measure them in turn."""
    base, issuer = run_json["services"]["referrals"], run_json["issuer"]
    token = await asyncio.to_thread(token_of, issuer, "front_door_manager")
    database_pid = listener(urllib.parse.urlsplit(run_json["postgres"]).port or 0)
    pid = listener(urllib.parse.urlsplit(base).port or 0)
    for where in (base, bare_base):
        await fill(where, token)
    _, one = await ask(base, ("POST", "/v1/referrals", json.dumps(concern(1)).encode()), token=token)
    _, other = await ask(bare_base, ("POST", "/v1/referrals", json.dumps(concern(1)).encode()), token=token)

    def creating(number: int) -> Request:
        return "POST", "/v1/referrals", json.dumps(concern(number)).encode()

    kinds: dict[str, tuple[Callable[[int], Request], Callable[[int], Request]]] = {
        "create a referral": (creating, creating),
        "read it": (
            lambda _: ("GET", f"/v1/referrals/{one['id']}", b""),
            lambda _: ("GET", f"/v1/referrals/{other['id']}", b""),
        ),
        "list fifty": (lambda _: ("GET", "/v1/referrals", b""), lambda _: ("GET", "/v1/referrals", b"")),
    }
    print(f"{'':18} {'ours p50/p99 ms':>17} {'app+db CPU ms':>16} {'bare app+db CPU ms':>20} {'ratio':>7}")
    for name, (ours, bare_one) in kinds.items():
        rounds: list[tuple[Measured, Measured]] = []
        for _ in range(ROUNDS):
            options: dict[str, Any] = {
                "token": token,
                "requests": REQUESTS,
                "clients": CLIENTS,
                "database_pid": database_pid,
            }
            rounds.append(
                (
                    await run(base, ours, app_pid=pid, **options),
                    await run(bare_base, bare_one, app_pid=bare_pid, **options),
                )
            )
        show(name, rounds)
    await show_events(run_json["postgres"])


async def fill(base: str, token: str) -> None:
    """Store some hundred referrals first, so that no list is empty."""
    for number in range(200):
        await ask(base, ("POST", "/v1/referrals", json.dumps(concern(number)).encode()), token=token)


def show(name: str, rounds: list[tuple[Measured, Measured]]) -> None:
    """Print the medians of the rounds and their ratio."""
    ours = [one for one, _ in rounds]
    theirs = [other for _, other in rounds]
    refused = sum(each.refused for each in ours + theirs)
    assert refused == 0, f"{name}: {refused} requests were refused"

    def median(figure: str, of: list[Measured]) -> float:
        return statistics.median(getattr(each, figure) for each in of)

    mine = median("app_cpu", ours) + median("database_cpu", ours)
    bare_cpu = median("app_cpu", theirs) + median("database_cpu", theirs)
    print(
        f"{name:18} {median('p50', ours):8.1f} /{median('p99', ours):7.1f}"
        f" {median('app_cpu', ours):8.2f} +{median('database_cpu', ours):6.2f}"
        f" {median('app_cpu', theirs):10.2f} +{median('database_cpu', theirs):8.2f} {mine / bare_cpu:7.1f}"
    )


async def show_events(postgres: str) -> None:
    """Print how long events took from the commit that said them to the commit that applied them in metrics."""
    said = await _column(postgres, "referrals", "SELECT id::text, extract(epoch FROM recorded_at)::float8 FROM outbox")
    applied = await _column(
        postgres, "metrics", "SELECT id::text, extract(epoch FROM applied_at)::float8 FROM inbox_event"
    )
    waits = sorted((applied[event] - said[event]) * 1000 for event in said.keys() & applied.keys())
    if waits:
        print(f"\nsaid by referrals, applied in metrics, under this load: {len(waits)} events,"
              f" p50 {waits[len(waits) // 2]:.0f} ms, p99 {waits[int(len(waits) * 0.99)]:.0f} ms")  # fmt: skip


async def _column(postgres: str, database: str, query: str) -> dict[str, float]:
    connection = await asyncpg.connect(urllib.parse.urlsplit(postgres)._replace(path=f"/{database}").geturl())
    try:
        return {row[0]: row[1] for row in await connection.fetch(query)}
    finally:
        await connection.close()


async def prepare(postgres: str) -> str:
    """Make the yardstick's database; return its address."""
    connection = await asyncpg.connect(postgres)
    await connection.execute("DROP DATABASE IF EXISTS bench_bare")
    await connection.execute("CREATE DATABASE bench_bare")
    await connection.close()
    url = urllib.parse.urlsplit(postgres)._replace(path="/bench_bare").geturl()
    connection = await asyncpg.connect(url)
    await connection.execute(bare.SCHEMA)
    await connection.close()
    return url


def main() -> None:
    """Run the benchmark on a stack of its own."""
    with tempfile.TemporaryDirectory() as folder, stack(Path(folder) / "var") as run_json:
        url = asyncio.run(prepare(run_json["postgres"]))
        with yardstick(url) as (base, pid):
            asyncio.run(measure(run_json, base, pid))


if __name__ == "__main__":
    main()
