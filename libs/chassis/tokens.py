"""What an access token must say to be one: its header, its claims, and the keys that may have signed it. All pure."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import extract_compact

ALGORITHMS = frozenset({"ES256", "RS256"})
#: Clocks of two machines may differ by this much.
LEEWAY = timedelta(seconds=30)
#: The longest that a token may be valid from its `iat`: whoever must not come in any more is out by then.
LONGEST_LIFETIME = timedelta(minutes=10)
#: The longest token that is looked at, in characters.
LONGEST_TOKEN = 8192
#: Keys of the development issuer have names that begin like this; production takes none of them.
DEVELOPMENT = "development-"

_TYPES = frozenset({"at+jwt", "application/at+jwt"})
# A key, or an address of one, that the token brings along; and extensions that must be understood.
_NEVER = frozenset({"crit", "jwk", "jku", "x5u", "x5c"})
_NAME = re.compile(r"[\x21-\x7e]{1,200}")
_CLIENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}")
_LEAST_RSA_BITS = 2048
_KINDS = frozenset({"person", "client"})


class NotAToken(ValueError):
    """It says something that an access token for us does not say."""


@dataclass(frozen=True, slots=True)
class Header:
    """What is needed of a token's header."""

    alg: str
    kid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What a token says, each in its own type."""

    subject: UUID
    expires_at: datetime
    kind: str
    roles: frozenset[str]
    team_id: UUID | None
    agency_id: UUID | None
    client_id: str | None
    scopes: frozenset[str] | None


def header_of(token: str) -> Header:
    """Return the header of a token that may be worth a look at its signature; raise `NotAToken` or a library's error."""
    said = extract_compact(token.encode()).headers()
    alg, kid, typ = said.get("alg"), said.get("kid"), said.get("typ")
    if not _NEVER.isdisjoint(said) or alg not in ALGORITHMS:
        raise NotAToken("header")
    if not isinstance(typ, str) or typ.lower() not in _TYPES:
        raise NotAToken("typ")
    if not isinstance(kid, str) or not _NAME.fullmatch(kid):
        raise NotAToken("kid")
    return Header(alg, kid)


def claims_of(said: Mapping[str, Any], *, issuer: str, audience: str, now: datetime) -> Claims:
    """Return the claims of a token whose signature holds; raise `NotAToken` unless they are for us, now."""
    if said.get("iss") != issuer:
        raise NotAToken("iss")
    if audience not in _texts(said, "aud", one=True):
        raise NotAToken("aud")
    kind = said.get("kind", "person")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise NotAToken("kind")
    return Claims(
        subject=_id(said["sub"]),
        expires_at=_checked_times(said, now),
        kind=kind,
        roles=_texts(said, "roles") if "roles" in said else frozenset(),
        team_id=None if said.get("team") is None else _id(said["team"]),
        agency_id=None if said.get("agency") is None else _id(said["agency"]),
        client_id=_client(said),
        scopes=_scopes(said, kind=kind, service=audience),
    )


def _checked_times(said: Mapping[str, Any], now: datetime) -> datetime:
    issued, expires = _moment(said["iat"]), _moment(said["exp"])
    begins = _moment(said["nbf"]) if "nbf" in said else issued
    if now >= expires + LEEWAY or max(issued, begins) > now + LEEWAY:
        raise NotAToken("not now")
    if not issued < expires <= issued + LONGEST_LIFETIME:
        raise NotAToken("lifetime")
    return expires


def _moment(value: object) -> datetime:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotAToken("time")
    try:
        return datetime.fromtimestamp(value, UTC)
    except (OverflowError, OSError):
        raise NotAToken("time") from None


def _texts(said: Mapping[str, Any], name: str, *, one: bool = False) -> frozenset[str]:
    value = said.get(name)
    values = [value] if one and isinstance(value, str) else value
    if not isinstance(values, list) or not all(isinstance(each, str) for each in values):
        raise NotAToken(name)
    return frozenset(values)


def _id(value: object) -> UUID:
    if not isinstance(value, str):
        raise NotAToken("id")
    return UUID(value)


def _client(said: Mapping[str, Any]) -> str | None:
    """Return the application that asked for the token (RFC 9068 says `client_id`, OpenID Connect `azp`)."""
    named = [said[name] for name in ("client_id", "azp") if said.get(name) is not None]
    if any(not isinstance(each, str) or not _CLIENT.fullmatch(each) or each != named[0] for each in named):
        raise NotAToken("client_id")
    return named[0] if named else None


def _scopes(said: Mapping[str, Any], *, kind: str, service: str) -> frozenset[str] | None:
    """Return what the token's scopes reach of this service; None when it is not limited, as a person's without any."""
    value = said.get("scope")
    if value is None:
        return frozenset() if kind == "client" else None
    if not isinstance(value, str):
        raise NotAToken("scope")
    return frozenset(each.removeprefix(f"{service}:") for each in value.split() if each.startswith(f"{service}:"))


def usable_keys(published: Mapping[str, Any]) -> KeySet:
    """Return those published keys that may sign for us; of two with one name and type neither is taken.

    Raises a `TypeError`, `KeyError` or `AttributeError` for what is no key set at all.
    """
    keys = [key for said in published["keys"] if (key := _usable(said))]
    named = Counter((key.kid, type(key)) for key in keys)
    return KeySet([key for key in keys if named[key.kid, type(key)] == 1])


def _usable(said: Mapping[str, Any]) -> ECKey | RSAKey | None:
    if said.get("use", "sig") != "sig" or said.get("alg") not in {None, *ALGORITHMS}:
        return None
    if not isinstance(said.get("kid"), str):
        return None
    try:
        if said.get("kty") == "EC" and said.get("crv") == "P-256":
            return ECKey.import_key(dict(said))
        if said.get("kty") == "RSA" and len(said["n"]) * 6 >= _LEAST_RSA_BITS:
            key = RSAKey.import_key(dict(said))
            return key if key.public_key.key_size >= _LEAST_RSA_BITS else None
    except (JoseError, ValueError, TypeError, KeyError):
        return None  # one that cannot be read must not hide the others
    return None
