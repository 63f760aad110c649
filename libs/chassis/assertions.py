"""How a client application shows its issuer who it is: `private_key_jwt` (RFC 7523), a token of its own, used once."""

from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from libs.kernel.ids import new_id

#: What `client_assertion_type` says.
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
#: How long an assertion of ours is good for, in seconds.
LIFETIME = 60


def form(client_id: str, key: Mapping[str, Any], *, audience: str, at: float, **more: str) -> dict[str, str]:
    """Return the form with which a client asks for a token, signed with its private key (a JWK); `more` fields go with it."""
    return {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": signed(client_id, key, audience=audience, at=at),
        **more,
    }


def signed(client_id: str, key: Mapping[str, Any], *, audience: str, at: float) -> str:
    """Return an assertion for an issuer."""
    private = ECKey.import_key(dict(key)) if key["kty"] == "EC" else RSAKey.import_key(dict(key))
    claims = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": int(at),
        "exp": int(at) + LIFETIME,
        "jti": str(new_id()),
    }
    alg = "ES256" if isinstance(private, ECKey) else "RS256"
    return jwt.encode({"alg": alg, "kid": private.kid}, claims, private, algorithms=[alg])
