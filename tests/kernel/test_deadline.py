"""Clocks: when they are due, and how they stand."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.deadline import (
    Basis,
    BeforeTheClock,
    ClockIsOver,
    Margin,
    OfficeHours,
    Rule,
    Standing,
    Unit,
    WorkingDays,
    end_of_day,
    local_day,
    start,
    start_of_day,
)
from libs.kernel.working_days import CALENDAR_VERSION, OutsideCalendar, is_working_day

LONDON = ZoneInfo("Europe/London")
MOMENTS = st.integers(0, 51 * 365 * 86_400).map(
    lambda seconds: datetime(1976, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
)


def rule(amount: int, unit: Unit, *, amber: Margin = timedelta(0)) -> Rule:
    return Rule(
        kind="a_clock", title="A clock", amount=amount, unit=unit, amber=amber, basis=Basis.LOCAL, source="invented"
    )


def utc(year: int, month: int, day: int, *time: int) -> datetime:
    return datetime(year, month, day, *time, tzinfo=UTC)


def test_a_decision_on_a_referral_of_friday_is_due_at_the_end_of_monday() -> None:
    clock = start(rule(1, Unit.WORKING_DAYS), at=utc(2026, 11, 20, 16, 45))

    assert clock.due_at == utc(2026, 11, 23, 23, 59, 59)
    assert clock.calendar_version == CALENDAR_VERSION
    assert (clock.basis, clock.source) == (Basis.LOCAL, "invented")


def test_a_day_ends_at_midnight_in_london_in_summer_too() -> None:
    clock = start(rule(1, Unit.DAYS), at=utc(2026, 7, 1, 9))

    assert clock.due_at == utc(2026, 7, 2, 22, 59, 59)


def test_what_starts_after_midnight_in_london_counts_from_the_new_day() -> None:
    clock = start(rule(1, Unit.WORKING_DAYS), at=utc(2026, 6, 30, 23, 30))

    assert local_day(clock.started_at) == date(2026, 7, 1)
    assert local_day(clock.due_at) == date(2026, 7, 2)


def test_days_across_the_clock_change_keep_their_dates() -> None:
    in_spring = start(rule(2, Unit.DAYS), at=utc(2026, 3, 28, 12))
    in_autumn = start(rule(2, Unit.DAYS), at=utc(2026, 10, 24, 12))

    assert in_spring.due_at == datetime(2026, 3, 30, 23, 59, 59, tzinfo=LONDON)
    assert in_spring.due_at == utc(2026, 3, 30, 22, 59, 59)
    assert in_autumn.due_at == utc(2026, 10, 26, 23, 59, 59)


def test_hours_across_the_clock_change_are_true_hours() -> None:
    clock = start(rule(4, Unit.HOURS), at=datetime(2026, 3, 28, 23, 0, tzinfo=LONDON))

    assert clock.due_at == utc(2026, 3, 29, 3)
    assert clock.due_at.astimezone(LONDON).hour == 4


def test_months_are_clipped_to_the_end_of_a_shorter_month() -> None:
    clock = start(rule(3, Unit.MONTHS), at=utc(2026, 11, 30, 10))

    assert local_day(clock.due_at) == date(2027, 2, 28)


def test_a_clock_turns_amber_by_its_margin_and_breaches_when_its_last_second_is_over() -> None:
    clock = start(rule(10, Unit.WORKING_DAYS, amber=timedelta(days=2)), at=utc(2026, 11, 2, 9))

    assert clock.due_at == utc(2026, 11, 16, 23, 59, 59)
    assert clock.standing(utc(2026, 11, 14, 23, 59, 58)) is Standing.RUNNING
    assert clock.standing(utc(2026, 11, 14, 23, 59, 59)) is Standing.AMBER
    assert clock.standing(utc(2026, 11, 16, 23, 59, 59) + timedelta(milliseconds=999)) is Standing.AMBER
    assert clock.standing(utc(2026, 11, 17)) is Standing.BREACHED


@pytest.mark.parametrize(
    ("hours", "amber_at"),
    [
        (4, utc(2026, 11, 16, 13)),
        (8, utc(2026, 11, 16, 9)),
        (9, utc(2026, 11, 13, 16)),
        (24, utc(2026, 11, 12, 9)),
    ],
)
def test_a_margin_of_office_hours_passes_over_nights_and_weekends(hours: int, amber_at: datetime) -> None:
    office = OfficeHours(hours=hours, opens=time(9), closes=time(17))

    clock = start(rule(10, Unit.WORKING_DAYS, amber=office), at=utc(2026, 11, 2, 9))

    assert (local_day(clock.due_at), clock.amber_at) == (date(2026, 11, 16), amber_at)


@pytest.mark.parametrize(("count", "day"), [(1, date(2026, 11, 16)), (2, date(2026, 11, 13)), (6, date(2026, 11, 9))])
def test_a_margin_of_working_days_begins_with_the_first_of_them(count: int, day: date) -> None:
    clock = start(rule(10, Unit.WORKING_DAYS, amber=WorkingDays(count)), at=utc(2026, 11, 2, 9))

    assert clock.amber_at == start_of_day(day)


def test_what_is_due_in_hours_is_never_amber_after_it_was_due() -> None:
    office = OfficeHours(hours=1, opens=time(9), closes=time(17))

    clock = start(rule(2, Unit.HOURS, amber=office), at=utc(2026, 11, 2, 9))

    assert clock.amber_at == clock.due_at


def test_a_margin_longer_than_the_clock_is_amber_from_the_start() -> None:
    clock = start(rule(4, Unit.HOURS, amber=timedelta(days=1)), at=utc(2026, 11, 2, 9))

    assert clock.amber_at == clock.started_at
    assert clock.standing(clock.started_at) is Standing.AMBER


def test_what_was_done_in_time_is_met_whenever_one_asks() -> None:
    clock = start(rule(4, Unit.HOURS), at=utc(2026, 11, 2, 9)).meet(at=utc(2026, 11, 2, 13))

    assert clock.standing(utc(2030, 1, 1)) is Standing.MET


def test_what_was_done_late_is_met_late() -> None:
    clock = start(rule(4, Unit.HOURS), at=utc(2026, 11, 2, 9)).meet(at=utc(2026, 11, 2, 13, 0, 1))

    assert clock.standing(utc(2026, 11, 2, 14)) is Standing.MET_LATE


def test_what_is_no_longer_needed_is_void() -> None:
    clock = start(rule(4, Unit.HOURS), at=utc(2026, 11, 2, 9)).void(at=utc(2026, 11, 2, 10))

    assert clock.standing(utc(2026, 11, 5)) is Standing.VOID


def test_a_clock_is_met_or_voided_once() -> None:
    running = start(rule(4, Unit.HOURS), at=utc(2026, 11, 2, 9))
    met = running.meet(at=utc(2026, 11, 2, 10))
    voided = running.void(at=utc(2026, 11, 2, 10))

    for over in (met, voided):
        with pytest.raises(ClockIsOver):
            over.meet(at=utc(2026, 11, 2, 11))
        with pytest.raises(ClockIsOver):
            over.void(at=utc(2026, 11, 2, 11))


def test_nothing_meets_a_clock_before_it_started() -> None:
    clock = start(rule(4, Unit.HOURS), at=utc(2026, 11, 2, 9))

    with pytest.raises(BeforeTheClock):
        clock.meet(at=utc(2026, 11, 2, 8, 59))


@pytest.mark.parametrize("unit", [Unit.WORKING_DAYS, Unit.DAYS, Unit.MONTHS])
def test_a_clock_past_the_known_years_or_past_all_years_is_refused(unit: Unit) -> None:
    with pytest.raises(OutsideCalendar):
        start(rule(4_000_000, unit), at=utc(2028, 12, 1))


@pytest.mark.parametrize(
    ("unit", "version"),
    [
        (Unit.WORKING_DAYS, f"{CALENDAR_VERSION}-provisional"),
        (Unit.DAYS, CALENDAR_VERSION),  # bank holidays do not count there
        (Unit.MONTHS, CALENDAR_VERSION),
    ],
)
def test_a_clock_whose_bank_holidays_are_not_listed_yet_says_so(unit: Unit, version: str) -> None:
    assert start(rule(10, unit), at=utc(2028, 12, 18, 9)).calendar_version == version
    assert start(rule(1, unit), at=utc(2028, 11, 20, 9)).calendar_version == CALENDAR_VERSION


@given(MOMENTS, st.integers(1, 60))
def test_a_clock_of_working_days_is_never_due_on_a_weekend_or_a_holiday(at: datetime, amount: int) -> None:
    clock = start(rule(amount, Unit.WORKING_DAYS), at=at)

    assert is_working_day(local_day(clock.due_at))
    assert clock.due_at.astimezone(LONDON).strftime("%H:%M:%S") == "23:59:59"


@given(MOMENTS, st.sampled_from(Unit), st.integers(1, 60), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_amber_lies_between_the_start_and_the_due_moment(
    at: datetime, unit: Unit, amount: int, amber: timedelta
) -> None:
    clock = start(rule(amount, unit, amber=amber), at=at)

    assert clock.started_at <= clock.amber_at <= clock.due_at


@given(st.dates(date(1975, 1, 1), date(2028, 12, 30)))
def test_a_day_in_london_ends_one_second_before_the_next_begins(day: date) -> None:
    assert end_of_day(day) + timedelta(seconds=1) == start_of_day(day + timedelta(days=1))
