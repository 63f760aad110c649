"""The council's own times: what is documented is what is read, and nonsense is refused."""

from datetime import time
from pathlib import Path

import pytest
from pydantic import ValidationError

from services.referrals.domain.clock_rules import LocalTimes
from services.referrals.settings import FrontDoor, front_door, local_times

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


def test_a_council_sets_the_margins_of_its_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FS_FRONT_DOOR_OFFICE_CLOSES", "18:00")
    monkeypatch.setenv("FS_FRONT_DOOR_RESPONSE_MARGIN_OFFICE_HOURS", "6")
    front_door.cache_clear()
    try:
        local = local_times()
    finally:
        front_door.cache_clear()

    assert (local.office_closes, local.response_margin_office_hours) == (time(18), 6)
    assert local.decision_margin_office_hours == LocalTimes().decision_margin_office_hours


def test_an_office_that_closes_before_it_opens_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FS_FRONT_DOOR_OFFICE_CLOSES", "08:00")

    with pytest.raises(ValidationError):
        FrontDoor()


@pytest.mark.parametrize("value", ["0", "-1", "soon"])
def test_a_time_that_nobody_can_keep_is_refused(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("FS_FRONT_DOOR_GREEN_WORKING_DAYS", value)

    with pytest.raises(ValidationError):
        FrontDoor()
