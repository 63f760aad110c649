"""What a service is told by its environment; nothing has a default that could be a secret."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Annotated, Literal, Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

# Host names that resolvers answer with this machine.
_OURSELVES = re.compile(r"(.*\.)?(localhost|localdomain)", re.IGNORECASE)
# 127.1, 0x7f.1 or 2130706433: resolvers take these for addresses.
_ODD_NUMBERS = re.compile(r"(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*", re.IGNORECASE)


class Settings(BaseSettings):
    """One process's settings, from variables that begin with `FS_`."""

    model_config = SettingsConfigDict(env_prefix="FS_", frozen=True, extra="ignore")

    env: Literal["dev", "production"]
    database_url: SecretStr  # postgresql+asyncpg://…, the application role that owns nothing
    nats_url: str
    nats_seed: SecretStr  # the service's own nkey
    issuer: str  # `iss` of access tokens
    jwks_url: str  # where the issuer publishes its keys
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65_535)]
    public_url: str  # how others reach this service
    pool_size: Annotated[int, Field(ge=1)] = 10

    @model_validator(mode="after")
    def _production_refuses_development_values(self) -> Self:
        if self.env != "production":
            return self
        if not self.nats_seed.get_secret_value():
            raise ValueError("FS_NATS_SEED must be the service's own in production")
        for name, url, schemes in self._addresses():
            parts = urlsplit(url)
            hosts = [parts.hostname or "", *_hosts_of_query(parts.query)]
            if parts.scheme not in schemes or any(is_this_machine(host) for host in hosts):
                raise ValueError(f"{name} must be a {schemes[-1]}:// address of another machine in production")
        return self

    def _addresses(self) -> Iterator[tuple[str, str, tuple[str, ...]]]:
        for name in ("issuer", "jwks_url", "public_url"):
            yield f"FS_{name.upper()}", getattr(self, name), ("https",)
        for url in self.nats_url.split(","):
            yield "FS_NATS_URL", url.strip(), ("tls",)
        yield "FS_DATABASE_URL", self.database_url.get_secret_value(), ("postgresql", "postgresql+asyncpg")


def _hosts_of_query(query: str) -> Iterator[str]:
    """Find the hosts that a database's URL may name behind its question mark; they go before the one in front."""
    for name, value in parse_qsl(query, keep_blank_values=True):
        if name in {"host", "hostaddr"}:
            for host in value.split(","):
                yield host.rpartition(":")[0] if host.count(":") == 1 else host


def is_this_machine(host: str) -> bool:
    """Whether a host is this machine, or none at all."""
    plain = host.strip().strip("[]").rstrip(".")
    if not plain or plain.startswith("/") or _OURSELVES.fullmatch(plain):
        return True
    try:
        address = ipaddress.ip_address(plain)
    except ValueError:
        return bool(_ODD_NUMBERS.fullmatch(plain))
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.is_loopback or address.is_unspecified
