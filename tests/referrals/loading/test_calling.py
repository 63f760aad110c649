"""Calling services as an integration: patience with what passes, refusals in their own words."""

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.referrals.loading import calling
from services.referrals.loading.calling import CannotGoOn, Issuer, Peer, Refused


async def no_token() -> str:
    return "a-token"


def peer(answer: Callable[[Request], Response]) -> Peer:
    async def answered(request: Request) -> Response:
        await request.body()
        return answer(request)

    app = Starlette(routes=[Route("/{path:path}", answered, methods=["GET", "POST"])])
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    return Peer("workbook", "http://workbook.test", http, no_token)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calling, "_FIRST_WAIT", 0.0)


async def test_a_command_is_the_same_however_often_it_is_said_and_another_with_other_words() -> None:
    keys: list[tuple[str, str | None]] = []

    def answer(request: Request) -> Response:
        keys.append((request.headers["idempotency-key"], request.headers.get("if-match")))
        return JSONResponse({})

    service = peer(answer)
    await service.post("/v1/x", {"a": 1, "b": 2}, named=("931", "X1"), revision=None)
    await service.post("/v1/x", {"b": 2, "a": 1}, named=("931", "X1"), revision=None)
    await service.post("/v1/x", {"a": 2, "b": 2}, named=("931", "X1"), revision=None)
    await service.post("/v1/x", {"a": 1, "b": 2}, named=("931", "X2"), revision=None)
    await service.post("/v1/x", {"a": 1, "b": 2}, named=("931", "X1"), revision=3)

    assert keys[0] == keys[1]
    assert len({key for key, _ in keys}) == 4
    assert keys[4][1] == '"3"'


async def test_what_passes_is_tried_again() -> None:
    answers = [
        Response(status_code=503),
        JSONResponse({"type": "urn:fsp:problem:request-in-progress"}, 409),
        Response(status_code=429),
        JSONResponse({"done": True}),
    ]
    service = peer(lambda _: answers.pop(0))

    assert await service.get("/v1/x") == {"done": True}
    assert answers == []


async def test_a_service_that_does_not_answer_ends_the_loading() -> None:
    service = peer(lambda _: Response(status_code=503))

    with pytest.raises(CannotGoOn, match="workbook does not answer"):
        await service.get("/v1/x")


async def test_nobody_at_the_address_ends_the_loading() -> None:
    service = Peer("workbook", "http://127.0.0.1:1", httpx.AsyncClient(), no_token)

    with pytest.raises(CannotGoOn):
        await service.get("/v1/x")


@pytest.mark.parametrize("status", [401, 403, 500])
async def test_no_permission_and_faults_of_a_service_end_the_loading(status: int) -> None:
    service = peer(lambda _: JSONResponse({}, status))

    with pytest.raises(CannotGoOn):
        await service.post("/v1/x", {}, named=(), revision=None)


@pytest.mark.parametrize(
    ("problem", "rules"),
    [
        ({"rules": [{"rule": "2885"}, {"rule": "8905"}]}, ("2885", "8905")),
        ({"rule": "8839"}, ("8839",)),
        ({}, ()),
    ],
)
async def test_a_refusal_keeps_the_rules_that_the_service_names(
    problem: dict[str, Any], rules: tuple[str, ...]
) -> None:
    said = {"type": "urn:fsp:problem:spell-rule-broken", "title": "No.", "detail": "Not so.", **problem}
    service = peer(lambda _: JSONResponse(said, 422))

    with pytest.raises(Refused) as caught:
        await service.get("/v1/x")

    assert (caught.value.slug, caught.value.detail, caught.value.status) == ("spell-rule-broken", "Not so.", 422)
    assert caught.value.rules == rules


async def test_a_refusal_that_is_no_problem_document_is_one_all_the_same() -> None:
    service = peer(lambda _: Response(json.dumps([1]), 404))

    with pytest.raises(Refused) as caught:
        await service.get("/v1/x")

    assert caught.value.status == 404


async def test_the_issuer_gives_the_token_of_an_integration_and_keeps_it() -> None:
    asked: list[str] = []

    async def people(_: Request) -> Response:
        return JSONResponse({"people": [{"id": "a", "roles": ["screener"]}, {"id": "b", "roles": ["case_system"]}]})

    async def token(request: Request) -> Response:
        asked.append((await request.body()).decode())
        return JSONResponse({"access_token": f"token-{len(asked)}", "expires_in": 600})

    app = Starlette(routes=[Route("/people", people), Route("/token", token, methods=["POST"])])
    http = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    key = ECKey.generate_key("P-256", auto_kid=True)
    issuer = Issuer("http://issuer.test", http, {"b": key.as_dict(private=True)})

    assert [await issuer(), await issuer()] == ["token-1", "token-1"]
    [form] = [dict(parse_qsl(each)) for each in asked]
    claims = jwt.decode(form["client_assertion"], key, algorithms=["ES256"]).claims
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("b", "b", "http://issuer.test")


async def test_an_issuer_without_an_integration_ends_the_loading() -> None:
    app = Starlette(routes=[Route("/people", lambda _: JSONResponse({"people": []}))])
    issuer = Issuer("http://issuer.test", httpx.AsyncClient(transport=httpx.ASGITransport(app=app)), {})

    with pytest.raises(CannotGoOn):
        await issuer()
