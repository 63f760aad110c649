"""Tokens of an issuer's two keys, true ones and those that somebody made to look like them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.harness import FRIDAY, ISSUER

EC = ECKey.generate_key("P-256", {"kid": "curve"}, auto_kid=False)
RSA = RSAKey.generate_key(2048, {"kid": "prime"}, auto_kid=False)
STRANGER = ECKey.generate_key("P-256", {"kid": "curve"}, auto_kid=False)
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "prime"}, auto_kid=False)
NOW = int(FRIDAY.timestamp())
CLAIMS: Mapping[str, Any] = {
    "iss": ISSUER,
    "sub": str(derived_id("test", "somebody")),
    "aud": ["example"],
    "iat": NOW,
    "exp": NOW + 600,
    "roles": [Role.SCREENER],
}
HEADER: Mapping[str, Any] = {"alg": "ES256", "typ": "at+jwt", "kid": "curve"}
RSA_HEADER: Mapping[str, Any] = {"alg": "RS256", "typ": "at+jwt", "kid": "prime"}
#: A claim or header that is left out.
GONE = object()


class TwoKeys:
    """The issuer's two keys."""

    keys = KeySet([EC, RSA])

    async def for_key(self, kid: str | None) -> KeySet:
        """Return both, whatever was asked for."""
        return self.keys


def saying(key: ECKey | RSAKey = EC, **claims: Any) -> str:
    """Sign a token of the issuer in which these claims are otherwise."""
    header = HEADER if isinstance(key, ECKey) else RSA_HEADER
    return jwt.encode(dict(header), _without_gone({**CLAIMS, **claims}), key, algorithms=["ES256", "RS256"])


def headed(key: ECKey | RSAKey = EC, **header: Any) -> str:
    """Sign a token in whose header these are otherwise, as no honest library would."""
    said = _without_gone({**(HEADER if isinstance(key, ECKey) else RSA_HEADER), **header})
    true = jwt.encode(
        dict(HEADER if isinstance(key, ECKey) else RSA_HEADER), dict(CLAIMS), key, algorithms=["ES256", "RS256"]
    )
    return by_hand(said, lambda parts: sign(key, parts)) if header else true


def sign(key: ECKey | RSAKey, parts: bytes) -> bytes:
    """Sign as JWS does, whatever the header says."""
    from joserfc.jws import JWSRegistry

    algorithm = JWSRegistry.algorithms["ES256" if isinstance(key, ECKey) else "RS256"]
    return bytes(algorithm.sign(parts, key))


def by_hand(header: Mapping[str, Any], signed: Callable[[bytes], bytes], claims: Mapping[str, Any] = CLAIMS) -> str:
    """Put a token together from a header, claims, and what makes its signature."""
    parts = b".".join(encoded(json.dumps(part).encode()) for part in (header, claims))
    return b".".join((parts, encoded(signed(parts)))).decode()


def encoded(value: bytes) -> bytes:
    """Return it as base64url without padding."""
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def with_secret(secret: bytes, **header: Any) -> str:
    """Sign with a secret, as HS256."""
    return by_hand({**HEADER, "alg": "HS256", **header}, lambda parts: hmac.new(secret, parts, hashlib.sha256).digest())


def with_other_claims(**claims: Any) -> str:
    """Change what a true token says, and leave its signature."""
    header, _, signature = saying().split(".")
    raised = encoded(json.dumps({**CLAIMS, **claims}).encode()).decode()
    return f"{header}.{raised}.{signature}"


def _without_gone(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if value is not GONE}
