"""The council's own times: what is documented is what is read, and nonsense is refused."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from services.referrals.settings import FrontDoor

EXAMPLE = Path(__file__).parents[2] / ".env.example"


def test_every_setting_of_the_front_door_is_in_the_example_with_its_default(monkeypatch: pytest.MonkeyPatch) -> None:
    told = dict(line.split("=", 1) for line in EXAMPLE.read_text().splitlines() if line.startswith("FS_FRONT_DOOR_"))
    default = FrontDoor()

    for name, value in told.items():
        monkeypatch.setenv(name, value)

    assert {name.removeprefix("FS_FRONT_DOOR_").lower() for name in told} == set(FrontDoor.model_fields)
    assert FrontDoor() == default


def test_a_council_sets_its_own_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FS_FRONT_DOOR_RED_HOURS", "2")

    assert FrontDoor().red_hours == 2


@pytest.mark.parametrize("value", ["0", "-1", "soon"])
def test_a_time_that_nobody_can_keep_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FS_FRONT_DOOR_GREEN_WORKING_DAYS", value)

    with pytest.raises(ValidationError):
        FrontDoor()
