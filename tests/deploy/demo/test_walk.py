"""The walked family's clocks are told as they stood on the day of each step."""

from typing import Any

from deploy.demo.walk.path import clock, stood

_MORNING = "2026-08-18T09:30:00+01:00"


def _clock(**times: str | None) -> dict[str, Any]:
    one = {"title": "Decision.", "due_at": "2026-08-19T23:59:00+01:00", "met_at": None, "voided_at": None}
    return {**one, "source": "a rule", "standing": "breached", **times}


def test_a_clock_runs_as_long_as_it_is_neither_due_nor_met_yet() -> None:
    assert stood(_clock(), at=_MORNING) == "running"
    assert stood(_clock(met_at="2026-08-18T09:31:00+01:00"), at=_MORNING) == "running"
    assert stood(_clock(voided_at="2026-08-18T09:31:00+01:00"), at=_MORNING) == "running"
    assert stood(_clock(), at="2026-08-20T09:30:00+01:00") == "run out"


def test_a_clock_that_was_met_says_whether_in_time() -> None:
    assert stood(_clock(met_at=_MORNING), at=_MORNING) == "met in time"
    assert stood(_clock(met_at="2026-08-20T00:00:00+01:00"), at="2026-08-21T00:00:00+01:00") == "met late"


def test_a_clock_ends_with_the_work_that_it_belongs_to() -> None:
    assert stood(_clock(voided_at=_MORNING), at=_MORNING) == "ended with its work"


def test_a_clock_is_told_with_its_year_and_not_as_it_stands_today() -> None:
    told = clock(_clock(), at=_MORNING)

    assert told == "Decision (running, due Wed 19 Aug 2026 23:59, a rule)"
