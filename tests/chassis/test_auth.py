"""Access tokens: only the issuer's own signature opens a door, and an issuer that is away is nobody's fault."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from libs.chassis.auth import Authenticator, Caller, IssuerAway, PublishedKeys, Unauthenticated
from libs.chassis.problems import of_exception
from libs.kernel.roles import Role
from tests.harness import ISSUER, Clock, caller

KEY = ECKey.generate_key("P-256", {"kid": "test"}, auto_kid=False)
OTHER = ECKey.generate_key("P-256", {"kid": "test"}, auto_kid=False)
UNPUBLISHED = ECKey.generate_key("P-256", {"kid": "other"}, auto_kid=False)
SCREENER = caller(Role.SCREENER)
CLOCK = Clock()
CLAIMS = {
    "iss": ISSUER,
    "sub": str(SCREENER.id),
    "aud": ["example"],
    "iat": int(CLOCK.now.timestamp()),
    "exp": int(CLOCK.now.timestamp()) + 600,
    "roles": [Role.SCREENER],
}
HEADER = {"alg": "ES256", "typ": "at+jwt", "kid": "test"}


class OneKey:
    """The issuer's one key."""

    async def for_key(self, kid: str | None) -> KeySet:
        """Return it, whatever was asked for."""
        return KeySet([KEY])


def signed(key: ECKey = KEY, **header: Any) -> str:
    return jwt.encode({**HEADER, **header}, CLAIMS, key)


def by_hand(header: dict[str, Any], sign: Callable[[bytes], bytes], claims: dict[str, Any] = CLAIMS) -> str:
    parts = b".".join(_base64(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((parts, _base64(sign(parts)))).decode()


def _base64(value: bytes) -> bytes:
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def with_secret(secret: bytes) -> str:
    return by_hand({**HEADER, "alg": "HS256"}, lambda parts: hmac.new(secret, parts, hashlib.sha256).digest())


def with_other_claims() -> str:
    header, _, signature = signed().split(".")
    raised = _base64(json.dumps({**CLAIMS, "roles": sorted(Role)}).encode()).decode()
    return f"{header}.{raised}.{signature}"


FORGED = {
    "another key under the same name": signed(OTHER),
    "a key that the issuer has not published": signed(UNPUBLISHED, kid="other"),
    "claims that were changed after signing": with_other_claims(),
    "no signature": signed().rpartition(".")[0] + ".",
    "a signature of zeros": by_hand(HEADER, lambda _: bytes(64)),
    "alg none": by_hand({**HEADER, "alg": "none"}, lambda _: b""),
    "alg none in capitals": by_hand({**HEADER, "alg": "NONE"}, lambda _: b""),
    "the public key as a secret": with_secret(KEY.as_pem(private=False)),
    "the public key's JSON as a secret": with_secret(json.dumps(KEY.as_dict(private=False)).encode()),
    "an identity token": signed(typ="JWT"),
    "a logout token": signed(typ="logout+jwt"),
    "no typ": jwt.encode({"alg": "ES256", "kid": "test"}, CLAIMS, KEY),
}


def authenticator() -> Authenticator:
    return Authenticator(keys=OneKey(), issuer=ISSUER, audience="example", clock=CLOCK)


async def test_the_issuers_own_token_is_taken() -> None:
    known = await authenticator().caller(f"Bearer {signed()}")

    assert (known.id, known.roles) == (SCREENER.id, SCREENER.roles)


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_a_token_that_the_issuer_did_not_sign_for_access_is_refused(forged: str) -> None:
    with pytest.raises(Unauthenticated):
        await authenticator().caller(f"Bearer {forged}")


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_refused_after_a_true_one_was_taken(forged: str) -> None:
    door = authenticator()
    await door.caller(f"Bearer {signed()}")

    with pytest.raises(Unauthenticated):
        await door.caller(f"Bearer {forged}")


class Issuer:
    """An issuer that can be away, and counts how often it is asked."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0
        self.clock = Clock()
        keys = PublishedKeys(f"{ISSUER}/jwks.json", self.clock, transport=httpx.MockTransport(self._answer))
        self.door = Authenticator(keys=keys, issuer=ISSUER, audience="example", clock=self.clock)

    async def _answer(self, _: httpx.Request) -> httpx.Response:
        self.asked += 1
        await asyncio.sleep(0)
        return httpx.Response(503) if self.away else httpx.Response(200, json=KeySet([KEY]).as_dict(private=False))

    async def at_once(self, number: int) -> list[Caller | BaseException]:
        return await asyncio.gather(
            *[self.door.caller(f"Bearer {signed()}") for _ in range(number)], return_exceptions=True
        )


async def test_requests_at_once_ask_the_issuer_once() -> None:
    issuer = Issuer()

    answers = await issuer.at_once(20)

    assert {type(answer) for answer in answers} == {Caller}
    assert issuer.asked == 1


async def test_while_the_issuer_is_away_a_good_token_is_not_called_bad() -> None:
    issuer = Issuer()
    issuer.away = True

    answers = await issuer.at_once(20)

    assert {type(answer) for answer in answers} == {IssuerAway}
    assert issuer.asked == 1


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
