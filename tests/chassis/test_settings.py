"""What the environment says: no secret has a default, and production refuses development's values."""

import pytest
from pydantic import ValidationError

from libs.chassis.settings import Settings, is_this_machine

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
        ("public_url", "http://127.0.0.1:8003"),
        ("public_url", "https://localhost.:8003"),
        ("nats_url", "nats://nats.council.example:4222"),
        ("nats_url", "tls://127.0.0.1:4222"),
        ("nats_url", "tls://nats.council.example:4222,tls://127.0.0.2:4222"),
        ("nats_seed", ""),
        ("issuer", "https://"),
        ("issuer", "https://127.0.0.2"),
        ("issuer", "https://127.1"),
        ("issuer", "https://0.0.0.0"),
        ("issuer", "https://[::1]"),
        ("issuer", "https://[::ffff:127.0.0.1]"),
        ("issuer", "https://LOCALHOST."),
        ("issuer", "https://api.localhost"),
        ("database_url", "postgresql+asyncpg://referrals_app:x@127.0.0.1/referrals"),
        ("database_url", "postgresql+asyncpg://referrals_app:x@db.council.example/referrals?host=127.0.0.1"),
        ("database_url", "postgresql+asyncpg://referrals_app:x@db.council.example/referrals?host=127.0.0.1:5432"),
        ("database_url", "postgresql+asyncpg://referrals_app:x@/referrals?host=/var/run/postgresql"),
        ("database_url", "postgresql+asyncpg:///referrals"),
        ("database_url", "sqlite+aiosqlite:///referrals.db"),
    ],
)
def test_production_refuses_development_values(name: str, value: str) -> None:
    with pytest.raises(ValidationError):
        Settings(**PRODUCTION | {name: value})


@pytest.mark.parametrize(("name", "value"), [("pool_size", 0), ("port", 0), ("port", 99_999)])
def test_a_number_that_cannot_be_is_refused_everywhere(name: str, value: int) -> None:
    for env in ("dev", "production"):
        with pytest.raises(ValidationError):
            Settings(**PRODUCTION | {"env": env, name: value})


@pytest.mark.parametrize("host", ["10.1.2.3", "db.council.example", "fd00::12", "localhost.council.example"])
def test_another_machine_is_another_machine(host: str) -> None:
    assert not is_this_machine(host)


def test_a_secret_is_not_shown() -> None:
    assert "made-up" not in repr(Settings(**PRODUCTION))
