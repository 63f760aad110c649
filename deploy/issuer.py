"""The development issuer: signs access tokens for the invented staff and clients. Never for real use.

It asks people for no password, so it refuses to start unless `FS_ENV=dev`, and its keys are named so that no service in production
takes them. Clients sign for themselves here as anywhere (`private_key_jwt`). `python -m deploy.issuer`.
"""

import contextlib
import json
import os
import secrets
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from deploy import client_keys
from deploy.county import Person, people
from deploy.credentials import write_privately
from deploy.oauth import Clients, OAuthError, form_of
from deploy.topology import SERVICES
from libs.chassis.listening import handed_down
from libs.chassis.tokens import DEVELOPMENT, claims_of
from libs.kernel.ids import new_id

LIFETIME = 600  # seconds
_CLIENT_GRANT = "client_credentials"
#: The application that people here act through, unless it is an agency's.
_CONSOLE = "development"
_WARNING = "DEVELOPMENT ISSUER: it gives anybody a token for any of the invented staff, without a password. Never for real use."


class NotForDevelopment(Exception):
    """The development issuer was started outside development."""


def need_development(env: Mapping[str, str]) -> None:
    """Raise `NotForDevelopment` anywhere else."""
    if env.get("FS_ENV") != "dev":
        raise NotForDevelopment(
            "The development issuer starts only with FS_ENV=dev; use your identity provider's address instead."
        )


def application(
    *,
    env: Mapping[str, str],
    staff: Mapping[str, Person],
    key: ECKey,
    clients: client_keys.Keys,
    now: Callable[[], float] = time.time,
) -> Starlette:
    """Return the issuer as an ASGI application for the issuer address in `env`; of `clients` it keeps the public halves."""
    need_development(env)
    issuer = env["FS_ISSUER"].rstrip("/")
    office = Office(
        issuer=issuer,
        staff=staff,
        key=key,
        clients=Clients(
            {id_: ECKey.import_key(_public(said)) for id_, said in clients.items()},
            audiences=frozenset({issuer, f"{issuer}/token"}),
            now=now,
        ),
        now=now,
    )

    async def list_people(_: Request) -> Response:
        return _json({"warning": _WARNING, "people": [person.public() for person in staff.values()]})

    async def token(request: Request) -> Response:
        return _json(office.answer(await form_of(request)))

    async def jwks(_: Request) -> Response:
        return _json({"keys": [{**key.as_dict(private=False), "use": "sig", "alg": "ES256"}]})

    async def discovery(_: Request) -> Response:
        return _json(
            {
                "issuer": issuer,
                "token_endpoint": f"{issuer}/token",
                "jwks_uri": f"{issuer}/jwks.json",
                "grant_types_supported": [_CLIENT_GRANT, client_keys.EXCHANGE],
                "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
                "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Who gets which token."""

    issuer: str
    staff: Mapping[str, Person]
    key: ECKey
    clients: Clients
    now: Callable[[], float]

    def answer(self, form: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to a form; raise `OAuthError`."""
        grant = form.get("grant_type")
        if not grant:
            raise OAuthError(400, "invalid_request", "The field grant_type is missing.")
        if grant not in {_CLIENT_GRANT, client_keys.EXCHANGE}:
            raise OAuthError(400, "unsupported_grant_type", "Only client_credentials and token-exchange are supported.")
        if grant == client_keys.EXCHANGE or "client_assertion" in form:
            return self._to_client(form, for_somebody=grant == client_keys.EXCHANGE)
        person = self._person(form)
        return self._signed(person, client_id=_CONSOLE, scopes=None)

    def _to_client(self, form: Mapping[str, str], *, for_somebody: bool) -> dict[str, Any]:
        client = self.staff[self.clients.authenticated(form)]
        scopes = tuple(form.get("scope", " ".join(client.scopes)).split())
        if not set(scopes) <= set(client.scopes):
            raise OAuthError(400, "invalid_scope", f"The client may have these: {' '.join(client.scopes)}")
        subject = self._subject(form, client) if for_somebody else client
        return self._signed(subject, client_id=str(client.id), scopes=scopes)

    def _person(self, form: Mapping[str, str]) -> Person:
        if not form.get("client_id"):
            raise OAuthError(400, "invalid_request", "The field client_id is missing; GET /people lists the ids.")
        person = self.staff.get(form["client_id"])
        if person is None:
            raise OAuthError(401, "invalid_client", "No such person or client; GET /people lists the ids.")
        if person.kind == "client":
            raise OAuthError(
                401, "invalid_client", "A client signs for itself: private_key_jwt (python -m deploy.token)."
            )
        return person

    def _subject(self, form: Mapping[str, str], client: Person) -> Person:
        """Return the person whose own token an application of their agency has."""
        try:
            said = jwt.decode(form["subject_token"], self.key, algorithms=["ES256"]).claims
            claims = claims_of(
                said, issuer=self.issuer, audience=SERVICES[0], now=datetime.fromtimestamp(self.now(), UTC)
            )
            person = self.staff[str(claims.subject)]
        except (JoseError, ValueError, TypeError, KeyError):
            raise OAuthError(400, "invalid_grant", "The subject_token is not a good token of a person.") from None
        if person.kind != "person" or person.agency_id is None or person.agency_id != client.agency_id:
            raise OAuthError(400, "invalid_grant", "The application acts only for people of its own agency.")
        return person

    def _signed(self, subject: Person, *, client_id: str, scopes: Sequence[str] | None) -> dict[str, Any]:
        token = sign(subject, issuer=self.issuer, key=self.key, at=int(self.now()), client_id=client_id, scopes=scopes)
        said = {"access_token": token, "token_type": "Bearer", "expires_in": LIFETIME}
        return said if scopes is None else {**said, "scope": " ".join(scopes)}


def sign(
    person: Person, *, issuer: str, key: ECKey, at: int, client_id: str = _CONSOLE, scopes: Sequence[str] | None = None
) -> str:
    """Return an access token (RFC 9068) for this person, good for ten minutes from `at`.

    It is for all services, so that one can ask another with it.
    """
    claims: dict[str, Any] = {
        "iss": issuer,
        "sub": str(person.id),
        "client_id": client_id,
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
    if scopes is not None:
        claims["scope"] = " ".join(scopes)
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": key.kid}, claims, key)


def load_or_make_key(path: Path) -> ECKey:
    """Return the signing key kept at `path`, so that a restart does not end every token."""
    if path.exists():
        key = ECKey.import_key(json.loads(path.read_text()))
        if (key.kid or "").startswith(DEVELOPMENT):
            return key
    key = ECKey.generate_key("P-256", {"kid": f"{DEVELOPMENT}{new_id()}"}, auto_kid=False)
    write_privately(path, json.dumps(key.as_dict(private=True)))
    return key


def _public(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in said.items() if name != "d"}


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
        need_development(os.environ)
    except NotForDevelopment as refusal:
        sys.exit(str(refusal))
    everybody = people()
    clients = [each for each in everybody if each.kind == "client"]
    app = application(
        env=os.environ,
        staff={str(person.id): person for person in everybody},
        key=load_or_make_key(Path(os.environ["FS_ISSUER_KEY"])),
        clients=client_keys.load_or_make(Path(os.environ["FS_ISSUER_CLIENTS"]), clients),
    )
    print(_WARNING, file=sys.stderr, flush=True)
    config = uvicorn.Config(
        app, host=os.environ.get("FS_HOST", "127.0.0.1"), port=int(os.environ["FS_PORT"]), access_log=False
    )
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.Server(config).run(sockets=handed_down())


if __name__ == "__main__":
    main()
