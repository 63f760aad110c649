"""Large, deep, long and winding bodies cost little: memory and time have bounds at every route."""

import json
import time
import tracemalloc

import pytest

from libs.chassis.edge import LARGEST_BODY, MOST_KEYS
from tests.architecture.documents import SERVICES
from tests.badinput.routes import EVERYBODY, Route, Staged, attacked, routes
from tests.harness import Stage

#: Bytes that one request may hold at its height: many times the largest body, and far from what a machine has.
MOST_MEMORY = 50 * 1024 * 1024
#: Seconds of this thread that one request may take: of a slow machine, a hundred times what it takes.
MOST_SECONDS = 2.0


def _filled(opening: bytes, piece: bytes, closing: bytes) -> bytes:
    return opening + piece * ((LARGEST_BODY - len(opening) - len(closing)) // len(piece)) + closing


HEAVY = {
    "one long string": _filled(b'{"a": "', b"x", b'"}'),
    "a string of escapes": _filled(b'{"a": "', b"\\u0041", b'"}'),
    "a list of empty lists": _filled(b'{"a": [', b"[],", b"[]]}"),
    "a list of empty objects": _filled(b'{"a": [', b"{},", b"{}]}"),
    "a list of numbers": _filled(b'{"a": [', b"1,", b"1]}"),
    "many keys": b"{" + b",".join(b'"k%d": 1' % number for number in range(MOST_KEYS)) + b"}",
    "deep": b'{"a": ' + b"[" * 31 + b"]" * 31 + b"}",
    "brackets without end": b"[" * LARGEST_BODY,
    "quotes without end": b'"' + b'\\"' * (LARGEST_BODY // 2 - 1),
}
#: What makes a careless regular expression, or a careless number, take for ever.
WINDING = ("a" * 19_000 + "!", "0" * 19_000, " " * 19_000 + "x", "a.a" * 6000 + "@", "\u0301" * 19_000, "9" * 90)


async def _costs(stage: Stage, route: Route, content: bytes) -> tuple[int, float, int]:
    started = time.thread_time()  # of this thread alone: a busy machine changes nothing
    answer = await stage.call(
        route.verb,
        route.address(),
        by=EVERYBODY,
        if_match=1,
        content=content,
        headers={"content-type": "application/json"},
    )
    return answer.status_code, time.thread_time() - started, len(answer.content)


@pytest.mark.parametrize("name", SERVICES)
async def test_no_long_list_takes_long_or_gets_a_long_answer(name: str, staged: Staged) -> None:
    async with attacked(staged, name) as (stage, wrong):
        for route in (route for route in routes(name) if route.has_body):
            lists = [field for field, value in (route.body or {}).items() if isinstance(value, list)]
            long_list = {field: [{}] * 1000 for field in lists[:1]}
            content = json.dumps((route.body or {}) | long_list).encode()
            status, seconds, length = await _costs(stage, route, content)
            if status >= 500 or seconds > MOST_SECONDS or length > 65_536:
                wrong.append(f"{route}: {status} after {seconds:.1f} s with {length} bytes")


@pytest.mark.parametrize("name", SERVICES)
async def test_no_winding_text_takes_long(name: str, staged: Staged) -> None:
    async with attacked(staged, name) as (stage, wrong):
        for route in (route for route in routes(name) if route.has_body):
            texts = [field for field, value in (route.body or {}).items() if isinstance(value, str)]
            for text in WINDING if texts else ():
                body = json.dumps((route.body or {}) | dict.fromkeys(texts, text)).encode()
                status, seconds, _ = await _costs(stage, route, body)
                if status >= 500 or seconds > MOST_SECONDS:
                    wrong.append(f"{route}: {status} after {seconds:.1f} s")


async def test_no_heavy_body_takes_much_memory(staged: Staged) -> None:
    name = "referrals"  # bodies are read before a service sees them, and in all five alike
    route = next(route for route in routes(name) if route.has_body)
    async with attacked(staged, name) as (stage, wrong):
        await _costs(stage, route, b"{}")  # what is kept for all requests is there before it is measured
        tracemalloc.start()
        try:
            for told, content in HEAVY.items():
                tracemalloc.reset_peak()
                before, _ = tracemalloc.get_traced_memory()
                status, seconds, _ = await _costs(stage, route, content)
                _, highest = tracemalloc.get_traced_memory()
                if status not in {400, 422} or highest - before > MOST_MEMORY:
                    wrong.append(f"{told}: {status}, {(highest - before) // 1024} KiB, {seconds:.1f} s")
        finally:
            tracemalloc.stop()
