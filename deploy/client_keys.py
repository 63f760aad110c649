"""The private keys of the invented client applications: drawn once into `var/clients.json`, for a developer to try them with."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from deploy.county import Person
from deploy.credentials import write_privately
from libs.chassis import assertions

Keys = Mapping[str, Mapping[str, Any]]  # private JWKs by client id

#: A client asks for a token to act for a person (RFC 8693).
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
_ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105 - the name of a type


def place(var: Path) -> Path:
    """Where the keys of a run's client applications are."""
    return var / "clients.json"


def load(var: Path) -> Keys:
    """Return the keys; none before the issuer has begun."""
    path = place(var)
    return dict(json.loads(path.read_text())) if path.exists() else {}


def load_or_make(path: Path, clients: Iterable[Person]) -> Keys:
    """Return the keys at `path`; draw those that are missing and keep them there, readable by their owner only."""
    kept: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    missing = [str(client.id) for client in clients if str(client.id) not in kept]
    if missing:
        kept |= {id_: ECKey.generate_key("P-256", auto_kid=True).as_dict(private=True) for id_ in missing}
        write_privately(path, json.dumps(kept, indent=1))
    return kept


def form(who: Person, keys: Keys, *, issuer: str, at: float, **more: str) -> dict[str, str]:
    """Return what to send to the issuer's `/token`: a client's assertion, or a person's bare id, which only development takes."""
    if who.kind == "client":
        return assertions.form(str(who.id), keys[str(who.id)], audience=issuer, at=at, **more)
    return {"grant_type": "client_credentials", "client_id": str(who.id), **more}


def acting(persons_token: str) -> dict[str, str]:
    """Return the fields with which a client asks for a token to act for the person of this one (RFC 8693)."""
    return {"grant_type": EXCHANGE, "subject_token": persons_token, "subject_token_type": _ACCESS_TOKEN}
