"""What a service is told by its environment; nothing has a default that could be a secret."""

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}


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
    port: int
    public_url: str  # how others reach this service
    services: dict[str, str] = {}  # name -> base URL of the other services
    pool_size: int = 10

    @model_validator(mode="after")
    def _production_refuses_development_values(self) -> Self:
        if self.env != "production":
            return self
        for name in ("issuer", "jwks_url", "public_url"):
            parts = urlsplit(getattr(self, name))
            if parts.scheme != "https" or parts.hostname in _LOOPBACK:
                raise ValueError(f"FS_{name.upper()} must be an https address of another machine in production")
        if not self.nats_url.startswith("tls://"):
            raise ValueError("FS_NATS_URL must be tls:// in production")
        if urlsplit(self.database_url.get_secret_value()).hostname in _LOOPBACK:
            raise ValueError("FS_DATABASE_URL must not be this machine in production")
        return self
