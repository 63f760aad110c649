"""Access tokens: what a true one says of its caller, in either algorithm and within what times."""

from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from libs.chassis.auth import Authenticator, Caller, Unauthenticated
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.chassis.forging import EC, NOW, RSA, TwoKeys, headed, saying
from tests.harness import ISSUER, Clock

SOMEBODY, TEAM, AGENCY = (derived_id("test", name) for name in ("somebody", "team", "agency"))


async def taken(token: str, *, clock: Clock | None = None) -> Caller:
    door = Authenticator(keys=TwoKeys(), issuer=ISSUER, audience="example", clock=clock or Clock())
    return await door.caller(f"Bearer {token}")


@pytest.mark.parametrize("key", [EC, RSA], ids=["ES256", "RS256"])
async def test_the_issuers_own_token_is_taken_in_either_algorithm(key: ECKey | RSAKey) -> None:
    known = await taken(saying(key))

    assert (known.id, known.kind, known.roles) == (SOMEBODY, "person", {Role.SCREENER})


async def test_the_caller_is_what_the_token_says() -> None:
    token = saying(kind="client", team=str(TEAM), agency=str(AGENCY), client_id="app-1", azp="app-1")

    known = await taken(token)

    assert (known.kind, known.team_id, known.agency_id) == ("client", TEAM, AGENCY)
    assert known.client_id == "app-1"


@pytest.mark.parametrize("claim", ["client_id", "azp"])
async def test_whoever_acts_through_an_application_is_known_with_it(claim: str) -> None:
    known = await taken(saying(**{claim: "app-1"}))

    assert (known.id, known.kind, known.client_id) == (SOMEBODY, "person", "app-1")


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "example"},
        {"aud": ["elsewhere", "example"]},
        {"iat": NOW - 570, "exp": NOW - 29},
        {"iat": NOW + 29, "exp": NOW + 600},
        {"nbf": NOW + 29},
        {"iat": NOW + 0.5},
        {"roles": ["screener", "emperor"]},
        {"team": None},
    ],
    ids=str,
)
async def test_what_is_within_bounds_is_taken(claims: dict[str, Any]) -> None:
    assert (await taken(saying(**claims))).roles == {Role.SCREENER}


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
async def test_an_access_token_may_name_its_type_in_full(typ: str) -> None:
    assert (await taken(headed(typ=typ))).id == SOMEBODY


async def test_a_token_that_was_taken_is_refused_when_its_time_is_over() -> None:
    clock = Clock()
    door = Authenticator(keys=TwoKeys(), issuer=ISSUER, audience="example", clock=clock)
    await door.caller(f"Bearer {saying()}")
    clock.forward(seconds=630)

    with pytest.raises(Unauthenticated):
        await door.caller(f"Bearer {saying()}")


@pytest.mark.parametrize(
    ("claims", "reached"),
    [
        ({}, None),
        ({"kind": "client"}, set()),
        ({"kind": "client", "scope": ""}, set()),
        ({"kind": "client", "scope": "example:boxes.read elsewhere:boxes openid"}, {"boxes.read"}),
        ({"scope": "example:boxes"}, {"boxes"}),
    ],
)
async def test_scopes_are_those_of_this_service(claims: dict[str, Any], reached: set[str] | None) -> None:
    assert (await taken(saying(**claims))).scopes == reached
