"""Who is calling: access tokens (RFC 9068) checked against the issuer's published keys."""

import asyncio
import contextlib
import hashlib
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from libs.chassis.clock import Clock
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role

ALGORITHMS = ["ES256", "RS256"]
#: Clocks of two machines may differ by this much.
LEEWAY = timedelta(seconds=30)
_KEYS_KEPT = timedelta(minutes=5)
_KEYS_RETRY = timedelta(seconds=10)
_AWAY_RETRY = timedelta(seconds=1)
_VERIFIED_KEPT = 4096


class Unauthenticated(Exception):
    """There is no valid access token."""


class IssuerAway(Exception):
    """No token can be checked: the issuer has not yet told its keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who is calling, as their token says: a person, a client application, or a service for itself."""

    id: UUID
    kind: str  # person, client, service
    roles: frozenset[Role] = frozenset()
    team_id: UUID | None = None
    agency_id: UUID | None = None
    token: str = field(default="", repr=False)  # travels on to other services

    def has(self, *roles: Role) -> bool:
        """Whether the caller has one of these roles."""
        return not self.roles.isdisjoint(roles)


def service_caller(name: str) -> Caller:
    """Return the caller that a service is when it acts on an event or the clock."""
    return Caller(id=derived_id("service", name), kind="service")


class Keys(Protocol):
    """Where signing keys come from."""

    async def for_key(self, kid: str | None) -> KeySet:
        """Return the key set that should hold `kid`."""


class PublishedKeys:
    """The issuer's JWKS address, cached; asked again for an unknown key, but not at every forged one."""

    def __init__(self, url: str, clock: Clock, *, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._url = url
        self._clock = clock
        self._transport = transport
        self._keys = KeySet([])
        self._asked_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def for_key(self, kid: str | None) -> KeySet:
        """Return the published keys, read again when old or when `kid` is unknown; raise `IssuerAway` without any."""
        if self._wants(kid):
            async with self._asking:
                # Whoever held the lock has asked for all that waited.
                if self._wants(kid):
                    await self._read()
        if not self._keys.keys:
            raise IssuerAway
        return self._keys

    def _wants(self, kid: str | None) -> bool:
        if self._asked_at is None:
            return True
        age = self._clock() - self._asked_at
        if not self._keys.keys:
            return age > _AWAY_RETRY
        known = any(key.kid == kid for key in self._keys.keys)
        return age > _KEYS_KEPT or (not known and age > _KEYS_RETRY)

    async def _read(self) -> None:
        # The issuer is away: keys already known go on serving until it is back.
        with contextlib.suppress(httpx.HTTPError, ValueError, TypeError, JoseError):
            async with httpx.AsyncClient(timeout=2.0, transport=self._transport) as client:
                answer = await client.get(self._url)
                answer.raise_for_status()
                self._keys = KeySet.import_key_set(answer.json())
        self._asked_at = self._clock()


class Authenticator:
    """Turns an Authorization header into a caller."""

    def __init__(self, *, keys: Keys, issuer: str, audience: str, clock: Clock) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        # A signature costs 0.1 to 0.3 ms to check; a token is used hundreds of times in its ten minutes.
        self._verified: OrderedDict[bytes, tuple[float, Caller]] = OrderedDict()

    async def caller(self, authorization: str | None) -> Caller:
        """Return the caller of a bearer token; raise `Unauthenticated` for anything else."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > 8192:  # noqa: PLR2004 - a token is short
            raise Unauthenticated
        fingerprint = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(fingerprint)
        if known and known[0] > self._clock().timestamp():
            return known[1]
        expires_at, caller = await self._verify(token)
        self._verified[fingerprint] = (expires_at, caller)
        if len(self._verified) > _VERIFIED_KEPT:
            self._verified.popitem(last=False)
        return caller

    async def _verify(self, token: str) -> tuple[float, Caller]:
        try:
            header = _header(token)
            if header.get("typ", "").lower() not in {"at+jwt", "application/at+jwt"} or "crit" in header:
                raise Unauthenticated
            keys = await self._keys.for_key(header.get("kid"))
            claims = jwt.decode(token, keys, algorithms=ALGORITHMS).claims
            jwt.JWTClaimsRegistry(
                now=int(self._clock().timestamp()),
                leeway=int(LEEWAY.total_seconds()),
                iss={"essential": True, "value": self._issuer},
                aud={"essential": True, "value": self._audience},
                exp={"essential": True},
                iat={"essential": True},
                sub={"essential": True},
            ).validate(claims)
            return float(claims["exp"]), _caller_of(claims, token)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError):
            raise Unauthenticated from None


def _header(token: str) -> dict[str, Any]:
    from joserfc.jws import extract_compact  # noqa: PLC0415

    return dict(extract_compact(token.encode()).headers())


def _caller_of(claims: dict[str, Any], token: str) -> Caller:
    known = {role.value for role in Role}
    roles: Iterable[str] = claims.get("roles", [])
    team, agency = claims.get("team"), claims.get("agency")
    return Caller(
        id=UUID(claims["sub"]),
        kind="client" if claims.get("kind") == "client" else "person",
        roles=frozenset(Role(role) for role in roles if role in known),
        team_id=UUID(team) if team else None,
        agency_id=UUID(agency) if agency else None,
        token=token,
    )
