"""Asking another service: as the caller and nobody else, within a time, and its absence is a 503 of ours."""

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from libs.chassis import telemetry
from libs.chassis.auth import Caller, Unauthenticated, service_caller
from libs.chassis.peers import NoAddress, NobodyAsks, PeerAway, Peers
from libs.chassis.problems import of_exception
from libs.chassis.service import Service, create_app
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.harness import settings_for

SOMEBODY = Caller(id=new_id(), kind="person", roles=frozenset({Role.SOCIAL_WORKER}), token="their.own.token")


class Referrals:
    """A service that answers as it is told and keeps what it was asked."""

    def __init__(self, answer: Callable[[], httpx.Response]) -> None:
        self.asked: list[httpx.Request] = []
        self._answer = answer
        self.peers = Peers({"referrals": "https://referrals.test/"}, transport=httpx.MockTransport(self._handle))

    def _handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        return self._answer()


async def test_it_is_asked_with_the_callers_own_token_and_correlation_id() -> None:
    referrals = Referrals(lambda: httpx.Response(200, json={"items": []}))
    correlation = new_id()

    with telemetry.correlated(correlation):
        answer = await referrals.peers.get("referrals", "/families", by=SOMEBODY, limit="2")

    [request] = referrals.asked
    assert (answer.done, answer.body) == (True, {"items": []})
    assert str(request.url) == "https://referrals.test/v1/families?limit=2"
    assert request.headers["authorization"] == "Bearer their.own.token"
    assert request.headers["x-correlation-id"] == str(correlation)


async def test_what_is_said_carries_its_key() -> None:
    referrals = Referrals(lambda: httpx.Response(200, json={"found": 0}))
    key = new_id()

    await referrals.peers.post("referrals", "/checks", {"text": "x"}, by=SOMEBODY, key=key)

    [request] = referrals.asked
    assert (json.loads(request.content), request.headers["idempotency-key"]) == ({"text": "x"}, str(key))


async def test_a_refusal_to_the_caller_comes_back_with_its_problem() -> None:
    referrals = Referrals(lambda: httpx.Response(404, json={"type": "urn:fsp:problem:not-found", "status": 404}))

    answer = await referrals.peers.get("referrals", "/families/1", by=SOMEBODY)

    assert (answer.done, answer.status, answer.slug) == (False, 404, "not-found")


def _unreachable() -> httpx.Response:
    raise httpx.ConnectError("no way there")


@pytest.mark.parametrize(
    "answer",
    [
        _unreachable,
        lambda: httpx.Response(500),
        lambda: httpx.Response(503, json={"type": "urn:fsp:problem:busy"}),
        lambda: httpx.Response(429),
        lambda: httpx.Response(307, headers={"location": "https://elsewhere.test"}),
        lambda: httpx.Response(200, content=b"<html>"),
    ],
    ids=["unreachable", "failing", "busy", "too many", "elsewhere", "not an answer"],
)
async def test_a_service_that_cannot_answer_is_a_503_with_when_to_ask_again(
    answer: Callable[[], httpx.Response],
) -> None:
    with pytest.raises(PeerAway) as away:
        await Referrals(answer).peers.get("referrals", "/families", by=SOMEBODY)

    said = of_exception(away.value)
    assert (said.status_code, said.headers["retry-after"]) == (503, "2")
    assert json.loads(bytes(said.body))["type"] == "urn:fsp:problem:dependency-unavailable"


async def test_it_is_not_waited_for_without_end() -> None:
    async def silent(_: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    peers = Peers({"referrals": "https://referrals.test"}, transport=httpx.MockTransport(silent), patience=0.01)

    with pytest.raises(PeerAway):
        await peers.get("referrals", "/families", by=SOMEBODY)


async def test_a_token_that_has_just_ended_is_the_callers_to_renew() -> None:
    with pytest.raises(Unauthenticated):
        await Referrals(lambda: httpx.Response(401)).peers.get("referrals", "/families", by=SOMEBODY)


async def test_a_service_by_itself_asks_nobody() -> None:
    referrals = Referrals(lambda: httpx.Response(200, json={}))

    with pytest.raises(NobodyAsks):
        await referrals.peers.get("referrals", "/families", by=service_caller("workbook"))

    assert referrals.asked == []


async def test_a_service_that_asks_another_does_not_start_without_its_address() -> None:
    asking = Service(
        name="example",
        purpose="Asks.",
        routers=(),
        grants={"operations:run": frozenset({Role.SERVICE_ADMIN})},
        asks=("referrals",),
    )
    app = create_app(asking, settings_for("postgresql+asyncpg://nobody@127.0.0.1:1/none", peers={}), bus=False)

    with pytest.raises(NoAddress, match="referrals"):
        async with app.router.lifespan_context(app):
            pass
