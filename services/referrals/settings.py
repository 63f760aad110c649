"""What a council sets for its own front door; the defaults are Oxfordshire's published times."""

from functools import cache

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.referrals.domain.clocks import LocalTimes


class FrontDoor(BaseSettings):
    """Local times of the front door, from variables that begin with `FS_FRONT_DOOR_`."""

    model_config = SettingsConfigDict(env_prefix="FS_FRONT_DOOR_", frozen=True, extra="ignore")

    red_hours: int = Field(default=4, ge=1)
    amber_working_days: int = Field(default=1, ge=1)
    green_working_days: int = Field(default=3, ge=1)
    strategy_working_days: int = Field(default=1, ge=1)
    information_working_days: int = Field(default=1, ge=1)


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
