"""The development issuer: signs access tokens for the invented staff and clients. Never for real use.

It asks for no password, so it refuses to start unless `FS_ENV=dev`. `python -m deploy.issuer`.
"""

import contextlib
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy.county import Person, people
from deploy.credentials import write_privately
from deploy.topology import SERVICES
from libs.chassis.listening import handed_down

LIFETIME = 600  # seconds
_LONGEST_FORM = 10_000  # bytes
_WARNING = "DEVELOPMENT ISSUER: it gives anybody a token for any of the invented people, without a password. Never for real use."


class NotForDevelopment(Exception):
    """The development issuer was started outside development."""


class OAuthError(Exception):
    """A refusal in the words of RFC 6749, section 5.2."""

    def __init__(self, status: int, error: str, description: str) -> None:
        super().__init__(description)
        self.status, self.error, self.description = status, error, description


def application(
    *, env: Mapping[str, str], staff: Mapping[str, Person], key: ECKey, now: Callable[[], float] = time.time
) -> Starlette:
    """Return the issuer as an ASGI application for the issuer address in `env`."""
    if env.get("FS_ENV") != "dev":
        raise NotForDevelopment(
            "The development issuer starts only with FS_ENV=dev; use your identity provider's address instead."
        )
    issuer = env["FS_ISSUER"].rstrip("/")

    async def list_people(_: Request) -> Response:
        return _json({"warning": _WARNING, "people": [person.public() for person in staff.values()]})

    async def token(request: Request) -> Response:
        form = await _form(request)
        person = _client(form, staff)
        return _json(
            {
                "access_token": sign(person, issuer=issuer, key=key, at=int(now())),
                "token_type": "Bearer",
                "expires_in": LIFETIME,
            }
        )

    async def jwks(_: Request) -> Response:
        return _json({"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "ES256"}]})

    async def discovery(_: Request) -> Response:
        return _json(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks.json",
                "grant_types_supported": ["client_credentials"],
                "token_endpoint_auth_methods_supported": ["none"],
                "response_types_supported": [],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
            }
        )

    return Starlette(
        routes=[
            Route("/people", list_people),
            Route("/token", token, methods=["POST"]),
            Route("/jwks.json", jwks),
            Route("/.well-known/openid-configuration", discovery),
            Route("/livez", lambda _: Response(status_code=204)),
            Route("/readyz", lambda _: Response(status_code=204)),
        ],
        exception_handlers={OAuthError: _refuse, 404: _plain_problem, 405: _plain_problem},
    )


def sign(person: Person, *, issuer: str, key: ECKey, at: int) -> str:
    """Return an access token (RFC 9068) for this person, good for ten minutes from `at`."""
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": str(person.id),
        "client_id": str(person.id),
        "aud": list(SERVICES),
        "iat": at,
        "nbf": at,
        "exp": at + LIFETIME,
        "jti": secrets.token_urlsafe(16),
        "roles": [role.value for role in person.roles],
        "kind": person.kind,
    }
    if person.team_id is not None:
        claims["team"] = str(person.team_id)
    if person.agency_id is not None:
        claims["agency"] = str(person.agency_id)
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, claims, key)


def load_or_make_key(path: Path) -> ECKey:
    """Return the signing key kept at `path`, so that a restart does not end every token."""
    if path.exists():
        return ECKey.import_key(json.loads(path.read_text()))
    key = ECKey.generate_key("P-256", auto_kid=True)
    write_privately(path, json.dumps(key.as_dict(private=True)))
    return key


async def _form(request: Request) -> dict[str, str]:
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


def _client(form: Mapping[str, str], staff: Mapping[str, Person]) -> Person:
    grant = form.get("grant_type")
    if not grant:
        raise OAuthError(400, "invalid_request", "The field grant_type is missing.")
    if grant != "client_credentials":
        raise OAuthError(400, "unsupported_grant_type", "Only client_credentials is supported.")
    if not form.get("client_id"):
        raise OAuthError(400, "invalid_request", "The field client_id is missing; GET /people lists the ids.")
    person = staff.get(form["client_id"])
    if person is None:
        raise OAuthError(401, "invalid_client", "No such person or client; GET /people lists the ids.")
    return person


async def _refuse(_: Request, refusal: Exception) -> Response:
    if not isinstance(refusal, OAuthError):
        raise refusal
    return _json({"error": refusal.error, "error_description": refusal.description}, refusal.status)


async def _plain_problem(_: Request, problem: Exception) -> Response:
    status = getattr(problem, "status_code", 404)
    return _json({"error": "invalid_request", "error_description": "No such address, or not with this method."}, status)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(content, status, headers={"Cache-Control": "no-store"})


def main() -> None:
    """Serve until told to stop."""
    import uvicorn  # noqa: PLC0415 - the tests need no server

    try:
        app = application(
            env=os.environ,
            staff={str(person.id): person for person in people()},
            key=load_or_make_key(Path(os.environ["FS_ISSUER_KEY"])),
        )
    except NotForDevelopment as refusal:
        sys.exit(str(refusal))
    print(_WARNING, file=sys.stderr, flush=True)
    config = uvicorn.Config(
        app, host=os.environ.get("FS_HOST", "127.0.0.1"), port=int(os.environ["FS_PORT"]), access_log=False
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=handed_down())


if __name__ == "__main__":
    main()
