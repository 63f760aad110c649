"""What a council sets for its own front door, and the keys that seal protected details."""

import base64
import binascii
from datetime import time
from functools import cache
from typing import Self

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.referrals.domain.clock_rules import LocalTimes

_DEFAULT = LocalTimes()


class FrontDoor(BaseSettings):
    """Local times of the front door, from variables `FS_FRONT_DOOR_…`; the defaults are Oxfordshire's published times."""

    model_config = SettingsConfigDict(env_prefix="FS_FRONT_DOOR_", frozen=True, extra="ignore")

    red_hours: int = Field(_DEFAULT.red_hours, ge=1)
    amber_working_days: int = Field(_DEFAULT.amber_working_days, ge=1)
    green_working_days: int = Field(_DEFAULT.green_working_days, ge=1)
    strategy_working_days: int = Field(_DEFAULT.strategy_working_days, ge=1)
    information_working_days: int = Field(1, ge=1)
    office_opens: time = _DEFAULT.office_opens
    office_closes: time = _DEFAULT.office_closes
    red_margin_hours: int = Field(_DEFAULT.red_margin_hours, ge=1, le=72)
    decision_margin_office_hours: int = Field(_DEFAULT.decision_margin_office_hours, ge=1, le=40)
    response_margin_office_hours: int = Field(_DEFAULT.response_margin_office_hours, ge=1, le=40)
    strategy_margin_office_hours: int = Field(_DEFAULT.strategy_margin_office_hours, ge=1, le=40)
    assessment_margin_working_days: int = Field(_DEFAULT.assessment_margin_working_days, ge=1, le=45)
    enquiry_margin_working_days: int = Field(_DEFAULT.enquiry_margin_working_days, ge=1, le=15)
    conference_margin_working_days: int = Field(_DEFAULT.conference_margin_working_days, ge=1, le=15)

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> Self:
        if self.office_opens >= self.office_closes:
            raise ValueError("an office opens before it closes")
        return self


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
    return LocalTimes(**front_door().model_dump(exclude={"information_working_days"}))
