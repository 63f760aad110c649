"""Connections: whoever sends slowly, or too much ahead of a body, is not waited for."""

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from structlog.testing import capture_logs

from libs.chassis.connections import BoundedProtocol
from libs.chassis.problems import of_exception


class Patient(BoundedProtocol):
    """The same with tighter bounds, and with more time than a busy machine can lose between two pieces."""

    head_seconds = 60.0
    body_seconds = 3.0
    least_of_body = 1
    largest_head = 1024
    most_connections = 5


class Hurried(Patient):
    """The same in less time."""

    head_seconds = 0.5
    body_seconds = 0.5


class Server(uvicorn.Server):
    """uvicorn's server, which leaves the signals of this process to those who run the tests."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


async def _echo(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


async def _slow(_: Request) -> Response:
    await asyncio.sleep(0.8)
    return PlainTextResponse("late")


@asynccontextmanager
async def serving(protocol: type[BoundedProtocol]) -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", _echo, methods=["GET", "POST"]), Route("/slow", _slow)])
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, http=protocol, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = Server(config)
        running = asyncio.create_task(server.serve(sockets=[listener]))
        yield listener.getsockname()[1]
        server.should_exit = True
        await running


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with serving(Patient) as number:
        yield number


@pytest.fixture
async def hurried() -> AsyncIterator[int]:
    async with serving(Hurried) as number:
        yield number


@asynccontextmanager
async def connection(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    yield reader, writer
    writer.close()


async def said(port: int, *pieces: bytes, pause: float = 0) -> bytes:
    """Send pieces; return all that comes before the other side closes, read while it comes: a reset would lose it."""
    async with connection(port) as (reader, writer), asyncio.timeout(60):
        answer = asyncio.create_task(reader.read())
        for piece in pieces:
            writer.write(piece)
            await asyncio.sleep(pause)
        return await answer


ENDS = b"connection: close\r\n\r\n"
HALVES = {
    "a head without its end": b"GET / HTTP/1.1\r\nhost: x\r\n",
    "a body without its end": b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc",
    "a chunk without its end": b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
async def test_half_a_request_is_not_waited_for(hurried: int, half: bytes) -> None:
    assert (await said(hurried, half)).startswith(b"HTTP/1.1 408 ")


async def test_who_says_nothing_is_left_without_a_word(hurried: int) -> None:
    assert await said(hurried) == b""


async def test_a_head_that_comes_in_drops_has_one_deadline(hurried: int) -> None:
    drops = [b"GET / HTTP/1.1\r\n", *[b"a: b\r\n"] * 3]

    assert (await said(hurried, *drops, pause=0.2)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_comes_in_drops_is_not_waited_for() -> None:
    class Demanding(Hurried):
        least_of_body = 100

    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n" + ENDS

    async with serving(Demanding) as number:
        assert (await said(number, head, *[b"ab"] * 4, pause=0.2)).startswith(b"HTTP/1.1 408 ")


async def test_a_body_that_brings_enough_in_each_while_is_waited_for() -> None:
    head = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 8\r\n" + ENDS

    async with serving(Patient) as number:
        assert (await said(number, head, *[b"ab"] * 4, pause=1.2)).endswith(b"8")


async def test_a_long_head_is_refused(port: int) -> None:
    assert (await said(port, b"GET / HTTP/1.1\r\na: " + b"b" * 5000)).startswith(b"HTTP/1.1 431 ")
    assert (await said(port, b"GET / HTTP/1.1\r\n", b"a: " + b"b" * 900, b"b" * 900, pause=0.1)).startswith(
        b"HTTP/1.1 431 "
    )


async def test_a_long_body_beside_a_short_head_is_read(port: int) -> None:
    whole = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5000\r\n" + ENDS + b"a" * 5000

    assert (await said(port, whole)).endswith(b"5000")


async def test_many_requests_on_one_connection_are_not_one_long_head(port: int) -> None:
    async with connection(port) as (reader, writer), asyncio.timeout(60):
        for _ in range(10):
            writer.write(b"GET / HTTP/1.1\r\nhost: x\r\na: " + b"b" * 500 + b"\r\n\r\n")
            assert b"200 OK" in await reader.readuntil(b"\r\n\r\n0")


async def test_who_waits_for_an_answer_is_not_called_slow_for_the_next_request(hurried: int) -> None:
    first = b"GET /slow HTTP/1.1\r\nhost: x\r\n\r\n"

    answers = await said(hurried, first + b"GET / HTTP/1.1\r\nhost: x\r\n")

    assert answers.index(b"200 OK") < answers.index(b"408 ")


async def test_one_connection_too_many_is_refused_and_the_others_go_on(port: int) -> None:
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]

    refused = await said(port)
    held[0][1].write(b"GET / HTTP/1.1\r\nhost: x\r\n" + ENDS)

    assert refused.startswith(b"HTTP/1.1 503 ")
    assert b"200 OK" in await held[0][0].read()
    for _, writer in held:
        writer.close()


async def test_a_server_in_a_test_leaves_the_signals_of_the_tests_alone() -> None:
    before = signal.getsignal(signal.SIGINT)

    async with serving(Patient) as number:
        assert await said(number, b"GET / HTTP/1.1\r\nhost: x\r\n" + ENDS)
        during = signal.getsignal(signal.SIGINT)

    assert during is before


def test_a_caller_who_hangs_up_is_no_error_of_ours() -> None:
    with capture_logs() as lines:
        answer = of_exception(ClientDisconnect())

    assert answer.status_code == 400
    assert lines == []
