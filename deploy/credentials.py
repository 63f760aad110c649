"""Passwords and keys of one local installation: made once, kept in `var/` for the owner's eyes only."""

import base64
import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import nkeys

from deploy.databases import roles
from deploy.nats_conf import ADMIN
from deploy.topology import SERVICES


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the launcher knows and each service gets only its own part of."""

    superuser_password: str
    role_passwords: Mapping[str, str]  # by role, such as referrals_app
    nats_seeds: Mapping[str, str]  # by service, and "admin"
    nats_keys: Mapping[str, str]  # the public halves
    sealing_key: str  # of protected details, for referrals alone


def make() -> Credentials:
    """Draw fresh credentials."""
    seeds = {name: nkeys.encode_seed(secrets.token_bytes(32), nkeys.PREFIX_BYTE_USER) for name in (ADMIN, *SERVICES)}
    return Credentials(
        superuser_password=secrets.token_urlsafe(24),
        role_passwords={role: secrets.token_urlsafe(24) for service in SERVICES for role in roles(service)},
        nats_seeds={name: seed.decode() for name, seed in seeds.items()},
        nats_keys={name: nkeys.from_seed(bytearray(seed)).public_key.decode() for name, seed in seeds.items()},
        sealing_key=base64.b64encode(secrets.token_bytes(32)).decode(),
    )


def load_or_make(path: Path) -> Credentials:
    """Read the credentials at `path`; draw those that it lacks and keep them there, readable by their owner only."""
    kept = json.loads(path.read_text()) if path.exists() else {}
    credentials = Credentials(**(asdict(make()) | kept))
    if asdict(credentials) != kept:
        write_privately(path, json.dumps(asdict(credentials), indent=1))
    return credentials


def write_privately(path: Path, text: str) -> None:
    """Write a file that only its owner may read, all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
