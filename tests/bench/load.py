"""A closed loop of plain HTTP/1.1 clients, light enough that the server is what is measured."""

import asyncio
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

Request = tuple[str, str, bytes]  # method, path, body


@dataclass(frozen=True, slots=True)
class Measured:
    """How a round went: latencies in milliseconds, CPU in milliseconds for each request."""

    p50: float
    p99: float
    app_cpu: float
    database_cpu: float
    requests: int
    refused: int


async def run(
    base: str,
    make: Callable[[int], Request],
    *,
    token: str,
    requests: int,
    clients: int,
    app_pid: int,
    database_pid: int,
) -> Measured:
    """Send `requests` made by `make`, at most `clients` at once; CPU is read from the processes themselves."""
    numbers = iter(range(requests))
    latencies: list[float] = []
    refused = 0
    app_before, database_before = cpu_of(app_pid), cpu_of(database_pid, children=True)

    async def client() -> None:
        nonlocal refused
        where = urlsplit(base)
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        for number in numbers:
            started = time.perf_counter()
            status, _ = await exchange(reader, writer, make(number), token=token)
            latencies.append((time.perf_counter() - started) * 1000)
            refused += status >= 300
        writer.close()

    await asyncio.gather(*[client() for _ in range(clients)])
    app_after, database_after = cpu_of(app_pid), cpu_of(database_pid, children=True)
    latencies.sort()
    return Measured(
        p50=latencies[len(latencies) // 2],
        p99=latencies[int(len(latencies) * 0.99)],
        app_cpu=(app_after - app_before) / requests,
        database_cpu=(database_after - database_before) / requests,
        requests=requests,
        refused=refused,
    )


async def exchange(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: Request, *, token: str
) -> tuple[int, bytes]:
    """Send one request on an open connection and read its answer."""
    method, path, body = request
    head = f"{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n"
    if method == "POST":
        head += f"content-type: application/json\r\nidempotency-key: {time.time_ns()}-{id(reader)}\r\n"
    writer.write(f"{head}content-length: {len(body)}\r\n\r\n".encode() + body)
    answer = await reader.readuntil(b"\r\n\r\n")
    length = int(
        next(line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")).split(b":")[1]
    )
    return int(answer.split(b" ", 2)[1]), await reader.readexactly(length)


async def ask(base: str, request: Request, *, token: str) -> tuple[int, dict[str, object]]:
    """Ask once, on a connection of its own."""
    where = urlsplit(base)
    reader, writer = await asyncio.open_connection(where.hostname, where.port)
    status, body = await exchange(reader, writer, request, token=token)
    writer.close()
    return status, json.loads(body or b"{}")


def cpu_of(pid: int, *, children: bool = False) -> float:
    """Return the CPU that a process has used, in milliseconds; with those of its children, living and gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = sum(int(field) for field in fields[11 : 15 if children else 13]) * 10.0
    if not children:
        return own
    living = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return own + sum(cpu_of(int(child)) for child in living)
