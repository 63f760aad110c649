"""Text that somebody hopes is understood as SQL, a log line, a header, markup or a formula: kept as text or refused."""

import json
from collections.abc import Iterator
from uuid import UUID

import pytest
import structlog

from libs.chassis import telemetry
from tests.architecture.documents import SERVICES
from tests.badinput.routes import CANARY, EVERYBODY, Staged, attacked, routes

HOSTILE = {
    "SQL": f"{CANARY}'; DROP TABLE audit; --",
    "a comparison": f"{CANARY}' OR '1'='1",
    "a bound parameter": f"{CANARY} :id %s $1 %(id)s ?",
    "a pattern": f"{CANARY}%_\\%",
    "markup": f"<script>{CANARY}</script>{{{{7*7}}}}${{7*7}}",
    "a formula": f'=HYPERLINK("https://example.org/{CANARY}")',
    "a lookup": f"${{jndi:ldap://example.org/{CANARY}}}",
    "zero width": f"{CANARY}\u200d\u200b",
}
#: What is put into headers, where bytes may be anything but an end of line to a careful server, and here even that.
IN_HEADERS = (
    f"{CANARY}' OR '1'='1".encode(),
    f"{CANARY}\r\nset-cookie: a=b".encode(),
    f'{CANARY}\n{{"event": "forged", "level": "info"}}'.encode(),
    f"{CANARY}\x00\x1b[2J".encode(),
    CANARY.encode() + b"\xff\xfe",
    CANARY.encode() * 400,
)
HEADERS = ("x-correlation-id", "idempotency-key", "if-match", "accept", "authorization", "content-type", "user-agent")


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(telemetry, "log", structlog.get_logger())
    telemetry.configure("example")
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def _hold_lines_apart(written: str) -> None:
    lines = written.splitlines()
    assert lines
    assert {json.loads(line)["event"] for line in lines} <= {"request", "refused_by_database"}
    assert CANARY not in written


@pytest.mark.parametrize("name", SERVICES)
async def test_no_header_is_understood_or_said_again(
    name: str, staged: Staged, logged: None, capsys: pytest.CaptureFixture[str]
) -> None:
    every = list(routes(name))
    sent_to = [next(each for each in every if each.verb == verb) for verb in sorted({each.verb for each in every})]
    async with attacked(staged, name) as (stage, wrong):
        for route in sent_to:
            for header in HEADERS:
                for value in IN_HEADERS:
                    headers = {"content-type": b"application/json", "if-match": b'"1"', header: value}
                    body = None if route.body is None else json.dumps(route.body).encode()
                    answer = await stage.call(route.verb, route.address(), by=EVERYBODY, content=body, headers=headers)
                    if answer.status_code >= 500 or CANARY in answer.text + str(answer.headers):
                        wrong.append(f"{route} {header}: {answer.status_code} {answer.headers}")
                    assert "set-cookie" not in answer.headers
                    assert UUID(answer.headers["x-correlation-id"])
    _hold_lines_apart(capsys.readouterr().out)


@pytest.mark.parametrize("name", SERVICES)
async def test_no_query_is_understood_or_said_again(
    name: str, staged: Staged, logged: None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with attacked(staged, name) as (stage, wrong):
        for route in routes(name):
            for parameter in sorted(route.edge.parameters):
                for told, value in HOSTILE.items():
                    path = route.address()
                    answer = await stage.call(route.verb, path, by=EVERYBODY, params={parameter: value})
                    if answer.status_code not in {404, 422} or CANARY in answer.text:
                        wrong.append(f"{route} {parameter} {told}: {answer.status_code} {answer.text[:200]}")
        audit = await stage.as_owner("SELECT to_regclass('audit') IS NOT NULL")
    assert audit[0][0]
    if any(route.edge.parameters for route in routes(name)):
        _hold_lines_apart(capsys.readouterr().out)


@pytest.mark.parametrize("name", SERVICES)
async def test_no_text_of_a_body_is_understood(
    name: str, staged: Staged, logged: None, capsys: pytest.CaptureFixture[str]
) -> None:
    async with attacked(staged, name) as (stage, wrong):
        for route in routes(name):
            for kind, right in route.bodies.items():
                texts = [field for field, value in right.items() if isinstance(value, str)]
                for told, text in HOSTILE.items() if texts else ():
                    body = right | dict.fromkeys(texts, text)
                    answer = await stage.call(route.verb, route.address(), body, by=EVERYBODY, if_match=1)
                    if answer.status_code >= 500 or (answer.status_code >= 400 and CANARY in answer.text):
                        wrong.append(f"{route} {kind} {told}: {answer.status_code} {answer.text[:200]}")
        audit = await stage.as_owner("SELECT to_regclass('audit') IS NOT NULL")
    assert audit[0][0]
    _hold_lines_apart(capsys.readouterr().out)
