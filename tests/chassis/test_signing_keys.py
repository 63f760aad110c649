"""The issuer's keys: read once for many, again when they change, and an issuer that is away is nobody's fault."""

import asyncio
import json
import warnings
from collections.abc import Sequence
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from libs.chassis.auth import Authenticator, Caller, IssuerAway, PublishedKeys, Unauthenticated
from libs.chassis.problems import of_exception
from tests.chassis.forging import CLAIMS, EC, HEADER, RSA, STRANGER, headed, saying
from tests.harness import ISSUER, Clock

NEW = ECKey.generate_key("P-256", {"kid": "new"}, auto_kid=False)


def with_new() -> str:
    return jwt.encode({**HEADER, "kid": "new"}, dict(CLAIMS), NEW)


class Issuer:
    """An issuer that can be away and change its keys, and counts how often it is asked."""

    def __init__(self, *keys: ECKey | RSAKey | OctKey | dict[str, Any], production: bool = False) -> None:
        self.keys: Sequence[Any] = keys or (EC,)
        self.away = False
        self.asked = 0
        self.clock = Clock()
        published = PublishedKeys(f"{ISSUER}/jwks.json", self.clock, transport=httpx.MockTransport(self._answer))
        self.door = Authenticator(
            keys=published, issuer=ISSUER, audience="example", clock=self.clock, production=production
        )

    async def _answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        await asyncio.sleep(0)
        if self.away:
            return httpx.Response(503)
        said = [key if isinstance(key, dict) else key.as_dict(private=isinstance(key, OctKey)) for key in self.keys]
        return httpx.Response(200, json={"keys": said})

    async def takes(self, token: str) -> bool:
        """Whether the door opens to a token."""
        try:
            return bool(await self.door.caller(f"Bearer {token}"))
        except Unauthenticated:
            return False

    async def at_once(self, number: int) -> list[Caller | BaseException]:
        return await asyncio.gather(
            *[self.door.caller(f"Bearer {saying()}") for _ in range(number)], return_exceptions=True
        )


async def test_requests_at_once_ask_the_issuer_once() -> None:
    issuer = Issuer()

    answers = await issuer.at_once(20)

    assert {type(answer) for answer in answers} == {Caller}
    assert issuer.asked == 1


async def test_old_and_new_key_are_both_good_while_they_overlap() -> None:
    issuer = Issuer(EC, NEW)

    assert await issuer.takes(saying())
    assert await issuer.takes(with_new())
    assert issuer.asked == 1


async def test_a_key_that_was_added_is_found_without_waiting_for_the_old_ones_to_age() -> None:
    issuer = Issuer(EC)
    await issuer.takes(saying())
    issuer.keys = (EC, NEW)
    issuer.clock.forward(seconds=11)

    assert await issuer.takes(with_new())


async def test_a_withdrawn_key_opens_nothing_more_when_the_keys_were_read_again() -> None:
    issuer = Issuer(EC, NEW)
    assert await issuer.takes(saying())
    issuer.keys = (NEW,)
    issuer.clock.forward(seconds=301)

    assert not await issuer.takes(saying())
    assert await issuer.takes(with_new())


async def test_forged_names_of_keys_do_not_make_the_issuer_be_asked_each_time() -> None:
    issuer = Issuer()
    await issuer.takes(saying())

    taken = [await issuer.takes(headed(STRANGER, kid=f"forged-{number}")) for number in range(200)]

    assert not any(taken)
    assert issuer.asked == 1


async def test_two_keys_with_one_name_are_both_refused() -> None:
    issuer = Issuer(EC, STRANGER, NEW)

    assert not await issuer.takes(saying())
    assert not await issuer.takes(saying(STRANGER))
    assert await issuer.takes(with_new())


async def test_two_types_of_key_may_share_a_name() -> None:
    twin = RSAKey.import_key({**RSA.as_dict(private=True), "kid": "curve"})
    issuer = Issuer(EC, twin)

    assert await issuer.takes(saying())
    assert await issuer.takes(headed(twin, kid="curve"))


with warnings.catch_warnings(action="ignore"):
    _SMALL = RSAKey.generate_key(1024, {"kid": "small"}, auto_kid=False)
_OTHER_CURVE = ECKey.generate_key("P-384", {"kid": "other"}, auto_kid=False)


@pytest.mark.parametrize(
    "unusable",
    [
        {**NEW.as_dict(private=False), "use": "enc"},
        {**NEW.as_dict(private=False), "alg": "ES512"},
        {**NEW.as_dict(private=False), "x": "AAAA"},
        {"kty": "EC", "crv": "P-256", "kid": "new"},
        {"kty": "unknown", "kid": "new"},
        OctKey.import_key("a secret that nobody should publish", {"kid": "new"}),
        _SMALL,
        _OTHER_CURVE,
    ],
    ids=["for encryption", "another algorithm", "off the curve", "half", "unknown", "a secret", "short", "other curve"],
)
async def test_a_key_of_no_use_is_not_used_and_hides_no_other(unusable: Any) -> None:
    issuer = Issuer(unusable, EC)

    assert await issuer.takes(saying())
    assert not await issuer.takes(with_new())
    assert not await issuer.takes(headed(_SMALL, kid="small"))


@pytest.mark.parametrize(("production", "taken"), [(False, True), (True, False)])
async def test_a_development_issuers_token_is_refused_in_production(production: bool, taken: bool) -> None:
    key = ECKey.generate_key("P-256", {"kid": "development-1"}, auto_kid=False)
    issuer = Issuer(key, production=production)

    assert await issuer.takes(headed(key, kid="development-1")) is taken


async def test_while_the_issuer_is_away_a_good_token_is_not_called_bad() -> None:
    issuer = Issuer()
    issuer.away = True

    answers = await issuer.at_once(20)

    assert {type(answer) for answer in answers} == {IssuerAway}
    assert issuer.asked == 1


@pytest.mark.parametrize("said", [{}, [], {"keys": 1}, {"keys": [1]}, "keys", None], ids=str)
async def test_what_is_no_key_set_is_an_issuer_that_is_away(said: Any) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=said))
    keys = PublishedKeys(f"{ISSUER}/jwks.json", Clock(), transport=transport)

    with pytest.raises(IssuerAway):
        await keys.for_key("curve")


async def test_an_issuer_that_is_back_is_asked_again_soon() -> None:
    issuer = Issuer()
    issuer.away = True
    await issuer.at_once(1)
    issuer.away = False
    issuer.clock.forward(seconds=2)

    [answer] = await issuer.at_once(1)

    assert isinstance(answer, Caller)


async def test_keys_that_are_known_go_on_serving_while_the_issuer_is_away() -> None:
    issuer = Issuer()
    await issuer.at_once(1)
    issuer.away = True
    issuer.clock.forward(minutes=6)

    [answer] = await issuer.at_once(1)

    assert isinstance(answer, Caller)
    assert issuer.asked == 2


def test_an_issuer_that_is_away_is_a_503_with_when_to_ask_again() -> None:
    answer = of_exception(IssuerAway())

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
    assert json.loads(bytes(answer.body))["type"] == "urn:fsp:problem:dependency-unavailable"
