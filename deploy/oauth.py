"""What an issuer of tokens checks of whoever asks: forms, refusals, and clients' assertions (RFC 6749, 7523)."""

import json
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import extract_compact
from starlette.requests import Request

from libs.chassis.assertions import ASSERTION_TYPE

#: The longest that an assertion may be good for, and by how much two clocks may differ, in seconds.
LONGEST_ASSERTION = 300
LEEWAY = 30
_LONGEST_FORM = 10_000  # bytes
_LONGEST_ID = 200
_NEVER = frozenset({"crit", "jwk", "jku", "x5u", "x5c"})


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, section 5.2."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


class _NotTheirs(ValueError):
    """The assertion is not one of the client's, for us, now."""


class Clients:
    """The registered clients with their public keys, and which assertions they have used."""

    def __init__(
        self, keys: Mapping[str, ECKey | RSAKey], *, audiences: frozenset[str], now: Callable[[], float]
    ) -> None:
        self._keys = keys
        self._audiences = audiences
        self._now = now
        self._used: dict[tuple[str, str], float] = {}

    def authenticated(self, form: Mapping[str, str]) -> str:
        """Return the id of the client whose assertion the form carries; raise an `OAuthError` that tells nothing more."""
        try:
            if form.get("client_assertion_type") != ASSERTION_TYPE:
                raise _NotTheirs
            claims = self._claims(form["client_assertion"])
            client: str = claims["sub"]
            if form.get("client_id", client) != client:
                raise _NotTheirs
            self._use_once(client, claims)
        except (JoseError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise OAuthError(
                401, "invalid_client", "The client is not known, or its assertion is not good or was used before."
            ) from None
        return client

    def _claims(self, assertion: str) -> dict[str, Any]:
        parsed = extract_compact(assertion.encode())
        header = parsed.headers()
        key = self._keys[json.loads(parsed.payload)["sub"]]  # whose it says it is; the signature tells
        alg = "ES256" if isinstance(key, ECKey) else "RS256"
        if header.get("alg") != alg or not _NEVER.isdisjoint(header):
            raise _NotTheirs
        claims = jwt.decode(assertion, key, algorithms=[alg]).claims
        audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
        if claims["iss"] != claims["sub"] or self._audiences.isdisjoint(audience):
            raise _NotTheirs
        now = self._now()
        if not now - LEEWAY < _seconds(claims["exp"]) <= now + LONGEST_ASSERTION:
            raise _NotTheirs
        if max(_seconds(claims.get(name, now)) for name in ("iat", "nbf")) > now + LEEWAY:
            raise _NotTheirs
        return claims

    def _use_once(self, client: str, claims: Mapping[str, Any]) -> None:
        used, now = claims["jti"], self._now()
        if not isinstance(used, str) or not 0 < len(used) <= _LONGEST_ID:
            raise _NotTheirs
        self._used = {each: until for each, until in self._used.items() if until > now - LEEWAY}
        if (client, used) in self._used:
            raise _NotTheirs
        self._used[client, used] = float(claims["exp"])


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _NotTheirs
    return float(value)


async def form_of(request: Request) -> dict[str, str]:
    """Read the form of a request, each field once; raise `OAuthError` for anything else."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise OAuthError(400, "invalid_request", "Send a form: application/x-www-form-urlencoded.")
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            raise OAuthError(413, "invalid_request", "The form is too long.")
    try:
        fields = parse_qs(
            body.decode(), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=20, errors="strict"
        )
    except ValueError:
        raise OAuthError(400, "invalid_request", "The body is not a form in UTF-8.") from None
    if any(len(values) > 1 for values in fields.values()):
        raise OAuthError(400, "invalid_request", "A field is there more than once.")
    return {name: values[0] for name, values in fields.items()}
