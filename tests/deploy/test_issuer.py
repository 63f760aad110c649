"""The development issuer: tokens that the services accept, refusals in the words of OAuth, never a failure."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import KeySet

from deploy import county, issuer
from libs.kernel.roles import Role

NOW = 1_790_000_000
ENV = {"FS_ENV": "dev", "FS_ISSUER": "http://issuer.invalid/"}
STAFF = {str(person.id): person for person in county.people()}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> httpx.AsyncClient:
    key = issuer.load_or_make_key(tmp_path_factory.mktemp("issuer") / "key.json")
    app = issuer.application(env=ENV, staff=STAFF, key=key, now=lambda: NOW)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://issuer.invalid")


async def _token(client: httpx.AsyncClient, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    form = {"grant_type": "client_credentials", "client_id": str(county.person(code).id)}
    answer = await client.post("/token", data=form)
    keys = KeySet.import_key_set((await client.get("/jwks.json")).json())
    token = jwt.decode(answer.json()["access_token"], keys, algorithms=["ES256"])
    return token.header, token.claims


@pytest.mark.parametrize("env", [{}, {"FS_ENV": "production"}, {"FS_ENV": "DEV"}])
def test_it_refuses_to_start_outside_development(env: dict[str, str], tmp_path: Path) -> None:
    key = issuer.load_or_make_key(tmp_path / "key.json")

    with pytest.raises(issuer.NotForDevelopment):
        issuer.application(env={**ENV, "FS_ENV": "", **env}, staff=STAFF, key=key)


async def test_a_token_says_who_it_is_for_ten_minutes(client: httpx.AsyncClient) -> None:
    header, claims = await _token(client, "team_manager_cherwell_1")

    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    assert header["kid"]
    assert claims["iss"] == "http://issuer.invalid"
    assert claims["sub"] == str(county.person("team_manager_cherwell_1").id)
    assert claims["aud"] == ["referrals", "allocation", "workbook", "partners", "metrics"]
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (NOW, NOW, NOW + 600)
    assert claims["roles"] == ["team_manager"]
    assert claims["kind"] == "person"
    assert claims["team"] == str(county.teams()[0].id)
    assert "agency" not in claims


async def test_an_agencys_client_app_carries_its_agency(client: httpx.AsyncClient) -> None:
    _, claims = await _token(client, "app_turning_point")

    assert claims["kind"] == "client"
    assert claims["agency"] == str(next(agency.id for agency in county.agencies() if agency.code == "turning_point"))


async def test_two_tokens_are_never_the_same(client: httpx.AsyncClient) -> None:
    _, first = await _token(client, "screener_1")
    _, second = await _token(client, "screener_1")

    assert first["jti"] != second["jti"]


async def test_everybody_is_listed_and_marked_as_invented(client: httpx.AsyncClient) -> None:
    listed = (await client.get("/people")).json()

    assert len(listed["people"]) == len(STAFF)
    assert all("invented" in person["name"].lower() for person in listed["people"])
    assert {role for person in listed["people"] for role in person["roles"]} == {role.value for role in Role}
    assert "development" in listed["warning"].lower()


async def test_the_published_key_keeps_its_private_half(client: httpx.AsyncClient) -> None:
    key = (await client.get("/jwks.json")).json()["keys"][0]

    assert set(key) >= {"kty", "crv", "x", "y", "kid"}
    assert "d" not in key


def test_the_key_is_kept_for_the_next_start(tmp_path: Path) -> None:
    first = issuer.load_or_make_key(tmp_path / "key.json")
    second = issuer.load_or_make_key(tmp_path / "key.json")

    assert first.kid == second.kid
    assert (tmp_path / "key.json").stat().st_mode & 0o777 == 0o600


_FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("body", "kind", "status", "error"),
    [
        (b"", _FORM, 400, "invalid_request"),
        (b"{}", "application/json", 400, "invalid_request"),
        (b"", "", 400, "invalid_request"),
        (b"grant_type=password&client_id=x", _FORM, 400, "unsupported_grant_type"),
        (b"grant_type=client_credentials", _FORM, 400, "invalid_request"),
        (b"grant_type=client_credentials&client_id=", _FORM, 400, "invalid_request"),
        (b"grant_type=client_credentials&client_id=nobody", _FORM, 401, "invalid_client"),
        (b"grant_type=client_credentials&client_id=%00", _FORM, 401, "invalid_client"),
        (b"grant_type=client_credentials&client_id=a&client_id=b", _FORM, 400, "invalid_request"),
        (b"grant_type=%ff%fe&client_id=x", _FORM, 400, "invalid_request"),
        (b"\xff\xfe", _FORM, 400, "invalid_request"),
        (b"x" * 20_000, _FORM, 413, "invalid_request"),
        (b"&".join(b"a%d=1" % n for n in range(100)), _FORM, 400, "invalid_request"),
    ],
)
async def test_a_bad_request_is_refused_in_the_words_of_oauth(
    client: httpx.AsyncClient, body: bytes, kind: str, status: int, error: str
) -> None:
    answer = await client.post("/token", content=body, headers={"content-type": kind})

    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_description"]


async def test_another_method_or_address_is_refused_in_the_same_shape(client: httpx.AsyncClient) -> None:
    assert (await client.get("/token")).status_code == 405
    assert (await client.get("/nothing")).json()["error"] == "invalid_request"


@given(body=st.binary(max_size=300), kind=st.sampled_from([_FORM, f"{_FORM}; charset=latin-1", "text/plain"]))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
async def test_no_body_makes_it_fail(client: httpx.AsyncClient, body: bytes, kind: str) -> None:
    answer = await client.post("/token", content=body, headers={"content-type": kind})

    assert answer.status_code in {400, 401, 413}
