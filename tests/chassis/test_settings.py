"""What the environment says: no secret has a default, and production refuses development's values."""

import pytest
from pydantic import ValidationError

from libs.chassis.settings import Settings

PRODUCTION = {
    "env": "production",
    "database_url": "postgresql+asyncpg://referrals_app:made-up@db.council.example/referrals",
    "nats_url": "tls://nats.council.example:4222",
    "nats_seed": "made-up",
    "issuer": "https://id.council.example",
    "jwks_url": "https://id.council.example/jwks.json",
    "port": 8001,
    "public_url": "https://referrals.council.example",
}


def test_production_takes_production_values() -> None:
    assert Settings(**PRODUCTION).env == "production"


@pytest.mark.parametrize("missing", ["env", "database_url", "nats_seed", "issuer", "jwks_url"])
def test_what_could_be_a_secret_has_no_default(missing: str) -> None:
    with pytest.raises(ValidationError):
        Settings(**{name: value for name, value in PRODUCTION.items() if name != missing})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", "http://127.0.0.1:8000"),
        ("issuer", "https://localhost:8000"),
        ("jwks_url", "http://id.council.example/jwks.json"),
        ("public_url", "http://referrals.council.example"),
        ("nats_url", "nats://nats.council.example:4222"),
        ("database_url", "postgresql+asyncpg://referrals_app:x@127.0.0.1/referrals"),
    ],
)
def test_production_refuses_development_values(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Settings(**PRODUCTION | {name: value})


def test_a_secret_is_not_shown() -> None:
    assert "made-up" not in repr(Settings(**PRODUCTION))
