"""Tokens that somebody made to come in: each is a 401 that tells nothing, whatever is wrong with it."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, KeySet

from libs.chassis.auth import Authenticator, Unauthenticated
from libs.chassis.service import create_app
from libs.kernel.roles import Role
from tests.chassis.example import SERVICE
from tests.chassis.forging import (
    CLAIMS,
    EC,
    GONE,
    HEADER,
    NOW,
    OTHER_RSA,
    RSA,
    RSA_HEADER,
    STRANGER,
    TwoKeys,
    by_hand,
    encoded,
    headed,
    saying,
    sign,
    with_other_claims,
    with_secret,
)
from tests.harness import ISSUER, Clock, settings_for

_PUBLIC = json.dumps(EC.as_dict(private=False))
_TRUE = saying()
_PARTS = _TRUE.split(".")

FORGED = {
    "another curve key under the same name": saying(STRANGER),
    "another RSA key under the same name": saying(OTHER_RSA),
    "a key that the issuer has not published": headed(STRANGER, kid="unpublished"),
    "claims that were changed after signing": with_other_claims(roles=sorted(Role)),
    "an end that was moved after signing": with_other_claims(exp=NOW + 86_400),
    "no signature": f"{_PARTS[0]}.{_PARTS[1]}.",
    "a signature of zeros": by_hand(HEADER, lambda _: bytes(64)),
    "an empty RSA signature": by_hand(RSA_HEADER, lambda _: b""),
    "alg none": by_hand({**HEADER, "alg": "none"}, lambda _: b""),
    "alg none in capitals": by_hand({**HEADER, "alg": "NoNe"}, lambda _: b""),
    "no alg": headed(alg=GONE),
    "alg a list": headed(alg=["ES256"]),
    "the curve key in PEM as a secret": with_secret(EC.as_pem(private=False)),
    "the curve key in JSON as a secret": with_secret(_PUBLIC.encode()),
    "the RSA key in PEM as a secret": with_secret(RSA.as_pem(private=False), kid="prime"),
    "the RSA key in DER as a secret": with_secret(RSA.as_der(private=False), kid="prime"),
    "an empty secret": with_secret(b""),
    "RS256 with the name of the curve key": headed(RSA, kid="curve"),
    "ES256 with the name of the RSA key": headed(kid="prime"),
    "a curve signature that says RS256": headed(alg="RS256"),
    "an RSA signature that says ES256": headed(RSA, alg="ES256"),
    "PS256": headed(RSA, alg="PS256"),
    "ES512": headed(alg="ES512"),
    "RS1": headed(RSA, alg="RS1"),
}
HEADED = {
    "an identity token": headed(typ="JWT"),
    "a logout token": headed(typ="logout+jwt"),
    "no typ": headed(typ=GONE),
    "a typ that is a number": headed(typ=1),
    "an extension that must be understood": headed(crit=["exp"]),
    "the unencoded payload option": headed(crit=["b64"], b64=False),
    "an empty crit": headed(crit=[]),
    "its own key": headed(STRANGER, jwk=STRANGER.as_dict(private=False)),
    "its own key beside a true signature": headed(jwk=EC.as_dict(private=False)),
    "the address of its own keys": headed(jku="https://attacker.invalid/jwks.json"),
    "the address of its own certificate": headed(x5u="https://attacker.invalid/cert.pem"),
    "its own certificate": headed(x5c=["MIIB"]),
    "no kid": headed(kid=GONE),
    "a kid that is a path": headed(kid="../../dev/null"),
    "a kid with SQL in it": headed(kid="x' UNION SELECT 'key"),
    "a kid that is a number": headed(kid=1),
    "a kid that is an object": headed(kid={"kid": "curve"}),
    "a kid without end": headed(kid="k" * 3000),
}
SAYING = {
    "another issuer": saying(iss="https://attacker.invalid"),
    "our issuer with something behind it": saying(iss=f"{ISSUER}/"),
    "no issuer": saying(iss=GONE),
    "an issuer in a list": saying(iss=[ISSUER]),
    "another audience": saying(aud=["elsewhere"]),
    "an audience that only begins like ours": saying(aud="example.attacker.invalid"),
    "no audience": saying(aud=GONE),
    "an empty audience": saying(aud=[]),
    "an audience in an object": saying(aud={"example": True}),
    "an audience among numbers": saying(aud=["example", 1]),
    "no end": saying(exp=GONE),
    "an end that is over": saying(iat=NOW - 700, exp=NOW - 100),
    "an end just beyond the leeway": saying(iat=NOW - 500, exp=NOW - 30),
    "an end in words": saying(exp=str(NOW + 600)),
    "an end that is true": saying(exp=True),
    "an end beyond all calendars": saying(exp=10**30),
    "an end that is no number": by_hand(HEADER, lambda parts: sign(EC, parts), {**CLAIMS, "exp": float("nan")}),
    "an endless end": by_hand(HEADER, lambda parts: sign(EC, parts), {**CLAIMS, "exp": float("inf")}),
    "a life longer than the longest": saying(exp=NOW + 601),
    "an end before its beginning": saying(iat=NOW + 20, exp=NOW + 10),
    "no beginning": saying(iat=GONE),
    "a beginning in the future": saying(iat=NOW + 31),
    "not yet": saying(nbf=NOW + 31),
    "not yet in words": saying(nbf="soon"),
    "nobody": saying(sub=GONE),
    "somebody without an id": saying(sub="admin"),
    "somebody in a list": saying(sub=[CLAIMS["sub"]]),
    "an empty subject": saying(sub=""),
    "roles in one text": saying(roles="screener"),
    "roles in an object": saying(roles={"screener": True}),
    "roles that are nothing": saying(roles=None),
    "a role that is a list": saying(roles=[["screener"]]),
    "a kind that only services are": saying(kind="service"),
    "a kind in a list": saying(kind=["person"]),
    "a team that is no id": saying(team="north"),
    "an agency that is a number": saying(agency=7),
    "an agency that is false": saying(agency=False),
    "two applications": saying(client_id="one", azp="another"),
    "an application with a line break": saying(client_id="app\nadmin"),
    "scopes in a list": saying(scope=["example:*"]),
}
CLIPPED = {
    "two parts": ".".join(_PARTS[:2]),
    "five parts, as if encrypted": f"{_TRUE}.a.b",
    "no parts": "token",
    "only dots": "..",
    "a header that is no JSON": f"{encoded(b'{').decode()}.{_PARTS[1]}.{_PARTS[2]}",
    "a header that is a list": f"{encoded(b'[]').decode()}.{_PARTS[1]}.{_PARTS[2]}",
    "claims that are a list": by_hand(HEADER, lambda parts: sign(EC, parts), []),  # type: ignore[arg-type]
    "claims nested without end": f"{_PARTS[0]}.{encoded(b'[' * 4000).decode()}.{_PARTS[2]}",
    "a header nested without end": f"{encoded(b'[' * 4000).decode()}.{_PARTS[1]}.{_PARTS[2]}",
    "what is not base64": "€.€.€".encode().decode("latin-1"),
    "two tokens": f"{_TRUE} {_TRUE}",
    "a token beyond the longest": saying(more="x" * 8000),
}
HOSTILE = FORGED | HEADED | SAYING | CLIPPED


@pytest.fixture(scope="module")
async def door() -> AsyncIterator[httpx.AsyncClient]:
    # Nobody gets as far as the database, which there is not.
    settings = settings_for("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    app = create_app(SERVICE, settings, now=Clock(), keys=TwoKeys(), bus=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://example.test") as client:
        yield client


async def _refused(door: httpx.AsyncClient, authorization: str | None) -> tuple[int, str | None, bytes]:
    headers = {"x-correlation-id": "00000000-0000-4000-8000-000000000000"}
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    if authorization is not None:
        sent.append((b"authorization", authorization.encode("latin-1")))
    answer = await door.get("/v1/boxes", headers=sent)
    return answer.status_code, answer.headers.get("www-authenticate"), answer.content


@pytest.mark.parametrize("token", HOSTILE.values(), ids=HOSTILE)
async def test_a_hostile_token_is_a_401_like_that_for_none_at_all(door: httpx.AsyncClient, token: str) -> None:
    status, asked_for, body = await _refused(door, f"Bearer {token}")

    assert (status, asked_for) == (401, "Bearer")
    assert body == (await _refused(door, None))[2]


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer ", "Basic YTpi", _TRUE, f"DPoP {_TRUE}"])
async def test_what_is_no_bearer_token_is_refused_alike(door: httpx.AsyncClient, authorization: str) -> None:
    assert await _refused(door, authorization) == await _refused(door, None)


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_a_forged_token_is_refused_after_a_true_one_was_taken(forged: str) -> None:
    door = Authenticator(keys=TwoKeys(), issuer=ISSUER, audience="example", clock=Clock())
    await door.caller(f"Bearer {_TRUE}")

    with pytest.raises(Unauthenticated):
        await door.caller(f"Bearer {forged}")


async def test_a_true_token_gets_past_that_door(door: httpx.AsyncClient) -> None:
    assert (await _refused(door, f"Bearer {_TRUE}"))[0] == 503  # as far as the database


_PRODUCTION = {
    "env": "production",
    "nats_url": "tls://nats.test:4222",
    "nats_seed": "made-up",
    "public_url": "https://service.test",
}


@pytest.mark.parametrize(("env", "status"), [({}, 503), (_PRODUCTION, 401)], ids=["development", "production"])
async def test_a_service_in_production_takes_no_token_of_a_development_issuer(env: dict[str, Any], status: int) -> None:
    key = ECKey.generate_key("P-256", {"kid": "development-1"}, auto_kid=False)
    keys = TwoKeys()
    keys.keys = KeySet([key])
    settings = settings_for("postgresql+asyncpg://nobody@database.invalid:1/none", **env)
    app = create_app(SERVICE, settings, now=Clock(), keys=keys, bus=False)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://example.test") as client:
        assert (await _refused(client, f"Bearer {headed(key, kid='development-1')}"))[0] == status


def test_the_table_has_no_token_twice() -> None:
    assert len(set(HOSTILE.values())) == len(HOSTILE) >= 40
