"""What a run consists of beside the two servers: which programs, with which environment, and where they are found."""

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy import client_keys, servers
from deploy.credentials import Credentials
from deploy.databases import roles
from deploy.topology import SERVICES


@dataclass(frozen=True, slots=True)
class Program:
    """One of our own Python programs: how it is started, and where it says that it is ready."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str]
    url: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where everything is found in this run."""

    ports: Mapping[str, int]

    def url(self, name: str) -> str:
        """Return base URL of the issuer or of a service."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def public(self) -> dict[str, object]:
        """Return the addresses that a client needs."""
        return {"services": {name: self.url(name) for name in SERVICES}, "issuer": self.url("issuer")}

    def nats(self) -> str:
        """Where the broker listens."""
        return f"nats://127.0.0.1:{self.ports['nats']}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What is started beside the two servers; the tests put small stand-ins here."""

    prepare: Callable[[Path, Addresses], Sequence[str]]
    programs: Callable[[Path, Credentials, Addresses], Sequence[Program]]
    afterwards: Callable[[Path, Addresses], Sequence[str]] | None = None  # once all are ready
    errand: Sequence[str] | None = None  # what all of it is started for: when that ends, all ends


def real_plan() -> Plan:
    """Return the five services and the development issuer."""
    return Plan(prepare=_prepare_argv, programs=_programs, afterwards=_establish_argv)


def _prepare_argv(var: Path, addresses: Addresses) -> Sequence[str]:
    ports = (str(addresses.ports["postgres"]), str(addresses.ports["nats"]))
    return [sys.executable, "-m", "deploy.prepare", str(var / "credentials.json"), *ports]


def _establish_argv(var: Path, addresses: Addresses) -> Sequence[str]:
    return [sys.executable, "-m", "deploy.establish", str(var), json.dumps(addresses.public())]


def _programs(var: Path, credentials: Credentials, addresses: Addresses) -> Sequence[Program]:
    return [_issuer(var, addresses), *(_service(name, credentials, addresses) for name in SERVICES)]


def _issuer(var: Path, addresses: Addresses) -> Program:
    env = {
        "FS_ENV": "dev",
        "FS_ISSUER": addresses.url("issuer"),
        "FS_ISSUER_KEY": str(var / "issuer.json"),
        "FS_ISSUER_CLIENTS": str(client_keys.place(var)),
        "FS_HOST": "127.0.0.1",
        "FS_PORT": str(addresses.ports["issuer"]),
    }
    return Program("issuer", [sys.executable, "-m", "deploy.issuer"], env, addresses.url("issuer"))


def _service(name: str, credentials: Credentials, addresses: Addresses) -> Program:
    env = service_environment(name, credentials, addresses)
    return Program(name, [sys.executable, "-m", "libs.chassis", "serve", name], env, addresses.url(name))


def service_environment(name: str, credentials: Credentials, addresses: Addresses) -> dict[str, str]:
    """Return what a service, or a command of it, is told by its environment."""
    _, app = roles(name)
    own = {"FS_REFERRALS_SEALING_KEYS": json.dumps([credentials.sealing_key])} if name == "referrals" else {}
    return own | {
        "FS_ENV": "dev",
        "FS_DATABASE_URL": servers.postgres_url(
            credentials.role_passwords[app], addresses.ports["postgres"], name, app, "postgresql+asyncpg"
        ),
        "FS_NATS_URL": addresses.nats(),
        "FS_NATS_SEED": credentials.nats_seeds[name],
        "FS_ISSUER": addresses.url("issuer"),
        "FS_JWKS_URL": f"{addresses.url('issuer')}/jwks.json",
        "FS_HOST": "127.0.0.1",
        "FS_PORT": str(addresses.ports[name]),
        "FS_PUBLIC_URL": addresses.url(name),
    }
