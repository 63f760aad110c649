"""The development issuer: tokens that the services accept, refusals in the words of OAuth, never a failure."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from deploy import client_keys, county, issuer
from libs.kernel.roles import Role

NOW = 1_790_000_000
ENV = {"FS_ENV": "dev", "FS_ISSUER": "http://issuer.invalid/"}
STAFF = {str(person.id): person for person in county.people()}
CLIENTS = [person for person in STAFF.values() if person.kind == "client"]
CLIENT_KEYS = {str(each.id): ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True) for each in CLIENTS}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> httpx.AsyncClient:
    key = issuer.load_or_make_key(tmp_path_factory.mktemp("issuer") / "key.json")
    app = issuer.application(env=ENV, staff=STAFF, key=key, clients=CLIENT_KEYS, now=lambda: NOW)
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://issuer.invalid")


async def _token(client: httpx.AsyncClient, code: str) -> tuple[dict[str, Any], dict[str, Any]]:
    form = client_keys.form(county.person(code), CLIENT_KEYS, issuer="http://issuer.invalid", at=NOW)
    answer = await client.post("/token", data=form)
    keys = KeySet.import_key_set((await client.get("/jwks.json")).json())
    token = jwt.decode(answer.json()["access_token"], keys, algorithms=["ES256"])
    return token.header, token.claims


@pytest.mark.parametrize("env", [{}, {"FS_ENV": "production"}, {"FS_ENV": "DEV"}])
def test_it_refuses_to_start_outside_development(env: dict[str, str], tmp_path: Path) -> None:
    key = issuer.load_or_make_key(tmp_path / "key.json")

    with pytest.raises(issuer.NotForDevelopment):
        issuer.application(env={**ENV, "FS_ENV": "", **env}, staff=STAFF, key=key, clients={})


async def test_a_token_says_who_it_is_for_ten_minutes(client: httpx.AsyncClient) -> None:
    header, claims = await _token(client, "team_manager_cherwell_1")

    assert header["typ"] == "at+jwt"
    assert header["alg"] == "ES256"
    assert header["kid"].startswith("development-")
    assert claims["iss"] == "http://issuer.invalid"
    assert claims["sub"] == str(county.person("team_manager_cherwell_1").id)
    assert claims["aud"] == ["referrals", "allocation", "workbook", "partners", "metrics"]
    assert (claims["iat"], claims["nbf"], claims["exp"]) == (NOW, NOW, NOW + 600)
    assert claims["roles"] == ["team_manager"]
    assert claims["kind"] == "person"
    assert claims["team"] == str(county.teams()[0].id)
    assert claims["client_id"] == "development"
    assert not {"agency", "scope"} & set(claims)


async def test_an_agencys_client_app_carries_its_agency(client: httpx.AsyncClient) -> None:
    _, claims = await _token(client, "app_turning_point")

    assert claims["kind"] == "client"
    assert claims["client_id"] == claims["sub"] == str(county.person("app_turning_point").id)
    assert claims["scope"].split() == ["partners:*", "workbook:*", "metrics:*.read"]
    assert claims["agency"] == str(next(agency.id for agency in county.agencies() if agency.code == "turning_point"))


@pytest.mark.parametrize("env", [{"FS_ENV": "production"}, {}], ids=["production", "nothing said"])
def test_started_outside_development_it_ends_with_a_message_and_leaves_no_key(
    env: dict[str, str], tmp_path: Path
) -> None:
    said = {**env, "FS_ISSUER": "http://issuer.invalid", "FS_PORT": "1", "FS_ISSUER_KEY": str(tmp_path / "key.json")}

    ended = subprocess.run(
        [sys.executable, "-m", "deploy.issuer"], env=said, capture_output=True, text=True, check=False, timeout=60
    )

    assert ended.returncode == 1
    assert ended.stderr.startswith("The development issuer starts only with FS_ENV=dev")
    assert list(tmp_path.iterdir()) == []


def test_a_key_without_the_mark_of_development_is_drawn_anew(tmp_path: Path) -> None:
    unmarked = ECKey.generate_key("P-256", auto_kid=True)
    (tmp_path / "key.json").write_text(json.dumps(unmarked.as_dict(private=True)))

    assert (issuer.load_or_make_key(tmp_path / "key.json").kid or "").startswith("development-")


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
