"""What a council sets for its own front door, and the keys that seal protected details."""

import base64
import binascii
from functools import cache

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.referrals.domain.clocks import LocalTimes


class FrontDoor(BaseSettings):
    """Local times of the front door, from variables `FS_FRONT_DOOR_…`; the defaults are Oxfordshire's published times."""

    model_config = SettingsConfigDict(env_prefix="FS_FRONT_DOOR_", frozen=True, extra="ignore")

    red_hours: int = Field(default=4, ge=1)
    amber_working_days: int = Field(default=1, ge=1)
    green_working_days: int = Field(default=3, ge=1)
    strategy_working_days: int = Field(default=1, ge=1)
    information_working_days: int = Field(default=1, ge=1)


_KEY_BYTES = 32


class Sealing(BaseSettings):
    """The keys of protected details, each 32 bytes in base64: the first seals, the others still open what they sealed.

    There is no default and no key that everybody has: one installation draws its own.
    """

    model_config = SettingsConfigDict(
        env_prefix="FS_REFERRALS_", frozen=True, extra="ignore", hide_input_in_errors=True
    )

    sealing_keys: tuple[SecretStr, ...] = Field(min_length=1)

    @field_validator("sealing_keys")
    @classmethod
    def _are_keys(cls, keys: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for key in keys:
            if len(_bytes_of(key)) != _KEY_BYTES:
                raise ValueError(f"a key is {_KEY_BYTES} bytes in base64")
        return keys


@cache
def sealing_keys() -> tuple[bytes, ...]:
    """Return the keys of protected details, that which seals first; read once."""
    return tuple(_bytes_of(key) for key in Sealing().sealing_keys)


def _bytes_of(key: SecretStr) -> bytes:
    try:
        return base64.b64decode(key.get_secret_value(), validate=True)
    except binascii.Error:
        return b""


@cache
def front_door() -> FrontDoor:
    """Return this process's local times; read once."""
    return FrontDoor()


def local_times() -> LocalTimes:
    """Return the local times as the clock rules take them."""
    chosen = front_door()
    return LocalTimes(
        red_hours=chosen.red_hours,
        amber_working_days=chosen.amber_working_days,
        green_working_days=chosen.green_working_days,
        strategy_working_days=chosen.strategy_working_days,
    )
