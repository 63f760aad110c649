"""Who is calling: access tokens (RFC 9068) checked against the issuer's published keys.

What the header and the claims must say is in `tokens.py`.
"""

import asyncio
import contextlib
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey

from libs.chassis import tokens
from libs.chassis.clock import Clock
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role

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
    client_id: str | None = None  # the application that a person acts through, or the client itself
    scopes: frozenset[str] | None = None  # what of this service the token reaches; None: whatever the roles grant

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
        with contextlib.suppress(httpx.HTTPError, ValueError, TypeError, KeyError, AttributeError):
            async with httpx.AsyncClient(timeout=2.0, transport=self._transport) as client:
                answer = await client.get(self._url)
                answer.raise_for_status()
                self._keys = tokens.usable_keys(answer.json())
        self._asked_at = self._clock()


@dataclass(frozen=True, slots=True)
class _Verified:
    """A token that was checked, and the keys that were published then."""

    expires_at: float
    kid: str
    keys: KeySet
    caller: Caller


class Authenticator:
    """Turns an Authorization header into a caller."""

    def __init__(self, *, keys: Keys, issuer: str, audience: str, clock: Clock, production: bool = False) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._production = production
        # A signature costs 0.1 to 0.3 ms to check; a token is used hundreds of times in its ten minutes.
        self._verified: OrderedDict[bytes, _Verified] = OrderedDict()

    async def caller(self, authorization: str | None) -> Caller:
        """Return the caller of a bearer token; raise `Unauthenticated` for anything else."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token or len(token) > tokens.LONGEST_TOKEN:
            raise Unauthenticated
        fingerprint = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(fingerprint)
        if known and known.expires_at > self._clock().timestamp() and await self._keys.for_key(known.kid) is known.keys:
            return known.caller
        verified = await self._verify(token)
        self._verified[fingerprint] = verified
        if len(self._verified) > _VERIFIED_KEPT:
            self._verified.popitem(last=False)
        return verified.caller

    async def _verify(self, token: str) -> _Verified:
        try:
            header = tokens.header_of(token)
            if self._production and header.kid.startswith(tokens.DEVELOPMENT):
                raise Unauthenticated
            keys = await self._keys.for_key(header.kid)
            claims = tokens.claims_of(
                jwt.decode(token, _the_key(keys, header), algorithms=[header.alg]).claims,
                issuer=self._issuer,
                audience=self._audience,
                now=self._clock(),
            )
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise Unauthenticated from None
        return _Verified(claims.expires_at.timestamp(), header.kid, keys, _caller_of(claims))


def _the_key(keys: KeySet, header: tokens.Header) -> ECKey | RSAKey:
    """Return the one key of that name that is of the algorithm's type: a token never chooses between two."""
    kind = ECKey if header.alg == "ES256" else RSAKey
    [key] = [key for key in keys.keys if key.kid == header.kid and isinstance(key, kind)]
    return key


def _caller_of(claims: tokens.Claims) -> Caller:
    known = {role.value for role in Role}
    return Caller(
        id=claims.subject,
        kind=claims.kind,
        roles=frozenset(Role(role) for role in claims.roles if role in known),
        team_id=claims.team_id,
        agency_id=claims.agency_id,
        client_id=claims.client_id,
        scopes=claims.scopes,
    )
