"""Client applications at the issuer: a signature of their own, used once, and never more than they are registered for."""

import hashlib
import hmac
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from deploy import client_keys, county, issuer
from libs.chassis import assertions
from libs.chassis.auth import Authenticator, PublishedKeys
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.chassis.forging import by_hand
from tests.harness import FRIDAY, Clock

NOW = int(FRIDAY.timestamp())
ADDRESS = "http://issuer.invalid"
APP, PORTAL = county.person("app_turning_point"), county.person("school_portal")
KEYS = {str(each.id): ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True) for each in (APP, PORTAL)}
KEY = ECKey.import_key(KEYS[str(APP.id)])
STAFF = {str(person.id): person for person in county.people()}


@pytest.fixture
def at() -> Clock:
    return Clock()


@pytest.fixture
def http(at: Clock, tmp_path: Path) -> httpx.AsyncClient:
    key = issuer.load_or_make_key(tmp_path / "key.json")
    env = {"FS_ENV": "dev", "FS_ISSUER": ADDRESS}
    app = issuer.application(env=env, staff=STAFF, key=key, clients=KEYS, now=lambda: at().timestamp())
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ADDRESS)


def form(**more: str) -> dict[str, str]:
    return client_keys.form(APP, KEYS, issuer=ADDRESS, at=NOW, **more)


def asserting(
    key: ECKey = KEY, header: dict[str, Any] | None = None, leave_out: str = "", **claims: Any
) -> dict[str, str]:
    return wrapped(jwt.encode({"alg": "ES256"} | (header or {}), _claims(leave_out, **claims), key))


def public_as_secret() -> dict[str, str]:
    secret = KEY.as_pem(private=False)
    return wrapped(by_hand({"alg": "HS256"}, lambda parts: hmac.new(secret, parts, hashlib.sha256).digest(), _claims()))


def wrapped(assertion: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": assertions.ASSERTION_TYPE,
        "client_assertion": assertion,
    }


def _claims(leave_out: str = "", **claims: Any) -> dict[str, Any]:
    said = {"iss": str(APP.id), "sub": str(APP.id), "aud": ADDRESS, "iat": NOW, "exp": NOW + 60, "jti": str(new_id())}
    return {name: value for name, value in (said | claims).items() if name != leave_out}


async def test_a_client_gets_its_token_with_its_registered_scopes(http: httpx.AsyncClient) -> None:
    answer = await http.post("/token", data=form())

    assert answer.status_code == 200
    assert answer.json()["scope"] == "partners:* workbook:* metrics:*.read"


@pytest.mark.parametrize("audience", [ADDRESS, f"{ADDRESS}/token", ["elsewhere", ADDRESS]])
async def test_an_assertion_may_be_for_the_issuer_or_its_token_address(http: httpx.AsyncClient, audience: Any) -> None:
    assert (await http.post("/token", data=asserting(aud=audience))).status_code == 200


async def test_it_may_ask_for_less(http: httpx.AsyncClient) -> None:
    answer = await http.post("/token", data=form(scope="partners:*"))

    assert answer.json()["scope"] == "partners:*"


async def test_it_gets_no_more_than_it_is_registered_for(http: httpx.AsyncClient) -> None:
    answer = await http.post("/token", data=form(scope="partners:* referrals:*"))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


async def test_an_assertion_is_good_once(http: httpx.AsyncClient) -> None:
    once = form()

    assert [(await http.post("/token", data=once)).status_code for _ in range(3)] == [200, 401, 401]


async def test_an_assertion_is_not_good_again_when_it_is_forgotten(http: httpx.AsyncClient, at: Clock) -> None:
    once = form()
    await http.post("/token", data=once)
    at.forward(minutes=6)
    await http.post("/token", data=asserting(iat=NOW + 360, exp=NOW + 420))

    assert (await http.post("/token", data=once)).status_code == 401


BAD: dict[str, Callable[[], dict[str, str]]] = {
    "no assertion, as people do": lambda: {"grant_type": "client_credentials", "client_id": str(APP.id)},
    "another client's key": lambda: asserting(ECKey.import_key(KEYS[str(PORTAL.id)])),
    "another client in the form": lambda: {**form(), "client_id": str(PORTAL.id)},
    "another type": lambda: {**form(), "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:saml2"},
    "no type": lambda: {**form(), "client_assertion_type": ""},
    "nothing in it": lambda: {**form(), "client_assertion": ""},
    "no token": lambda: {**form(), "client_assertion": "a.b.c"},
    "the public key as a secret": public_as_secret,
    "an unknown client": lambda: asserting(iss="x", sub="x"),
    "a person": lambda: asserting(iss=str(county.person("screener_1").id), sub=str(county.person("screener_1").id)),
    "issued by another": lambda: asserting(iss=str(PORTAL.id)),
    "for another issuer": lambda: asserting(aud="https://attacker.invalid"),
    "for nobody": lambda: asserting(leave_out="aud"),
    "without end": lambda: asserting(leave_out="exp"),
    "ended": lambda: asserting(iat=NOW - 90, exp=NOW - 30),
    "good for longer than five minutes": lambda: asserting(exp=NOW + 301),
    "ending in words": lambda: asserting(exp="soon"),
    "from the future": lambda: asserting(iat=NOW + 31),
    "not yet": lambda: asserting(nbf=NOW + 31),
    "without a number of its own": lambda: asserting(leave_out="jti"),
    "with an empty number": lambda: asserting(jti=""),
    "with a number without end": lambda: asserting(jti="j" * 201),
    "unsigned": lambda: wrapped(by_hand({"alg": "none"}, lambda _: b"", _claims())),
    "signed for other claims": lambda: wrapped(asserting()["client_assertion"].rpartition(".")[0] + "." + "A" * 86),
    "with a key of its own": lambda: asserting(header={"jwk": KEY.as_dict(private=False)}),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD)
async def test_a_client_that_does_not_show_who_it_is_gets_nothing(
    http: httpx.AsyncClient, bad: Callable[[], dict[str, str]]
) -> None:
    answer = await http.post("/token", data=bad())

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


async def _persons_token(http: httpx.AsyncClient, code: str) -> str:
    sent = client_keys.form(county.person(code), KEYS, issuer=ADDRESS, at=NOW)
    return str((await http.post("/token", data=sent)).json()["access_token"])


async def test_an_agencys_app_acts_for_a_person_and_both_are_known(http: httpx.AsyncClient, at: Clock) -> None:
    person = county.person("practitioner_turning_point_1")
    own = await _persons_token(http, person.code)

    answer = await http.post("/token", data=form(**client_keys.acting(own)))

    keys = PublishedKeys(f"{ADDRESS}/jwks.json", at, transport=http._transport)
    door = Authenticator(keys=keys, issuer=ADDRESS, audience="partners", clock=at)
    known = await door.caller(f"Bearer {answer.json()['access_token']}")
    assert (known.id, known.kind, known.roles) == (person.id, "person", {Role.ADULT_PRACTITIONER})
    assert (known.client_id, known.scopes) == (str(APP.id), {"*"})


@pytest.mark.parametrize("code", ["practitioner_elmore_1", "screener_1"])
async def test_an_app_acts_for_nobody_of_another_house(http: httpx.AsyncClient, code: str) -> None:
    own = await _persons_token(http, code)

    answer = await http.post("/token", data=form(**client_keys.acting(own)))

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


async def test_a_person_acts_for_nobody_and_an_app_needs_the_persons_own_token(http: httpx.AsyncClient) -> None:
    own = await _persons_token(http, "practitioner_turning_point_1")

    without_client = await http.post("/token", data=client_keys.acting(own))
    without_token = await http.post("/token", data=form(**client_keys.acting("x.y.z")))

    assert without_client.json()["error"] == "invalid_client"
    assert without_token.json()["error"] == "invalid_grant"


def test_the_keys_are_drawn_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    first = client_keys.load_or_make(client_keys.place(tmp_path), [APP])
    both = client_keys.load_or_make(client_keys.place(tmp_path), [APP, PORTAL])

    assert both[str(APP.id)] == first[str(APP.id)]
    assert set(client_keys.load(tmp_path)) == {str(APP.id), str(PORTAL.id)}
    assert client_keys.place(tmp_path).stat().st_mode & 0o777 == 0o600
