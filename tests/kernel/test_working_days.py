"""Working days of England, against published vectors and a second source."""

import json
from datetime import date, timedelta
from pathlib import Path

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel import working_days
from libs.kernel.bank_holidays import by_rule, easter_sunday
from libs.kernel.working_days import (
    FIRST_DAY,
    LAST_DAY,
    LISTED_UNTIL,
    OutsideCalendar,
    add_months,
    add_working_days,
    calendar_version,
    is_working_day,
    working_days_between,
)

ENGLAND = holidays.country_holidays("GB", subdiv="ENG", years=range(FIRST_DAY.year, LAST_DAY.year + 1))
DAYS = st.dates(FIRST_DAY, LAST_DAY - timedelta(days=500))
COUNTS = st.integers(0, 300)


@pytest.mark.parametrize(
    ("start", "published"),
    [
        ("2025-04-10", ["2025-04-11", "2025-04-28", "2025-05-06", "2025-05-13", "2025-06-18"]),
        ("2025-12-18", ["2025-12-19", "2026-01-06", "2026-01-13", "2026-01-20", "2026-02-24"]),
        ("2026-03-30", ["2026-03-31", "2026-04-15", "2026-04-22", "2026-04-29", "2026-06-05"]),
        ("2026-12-21", ["2026-12-22", "2027-01-07", "2027-01-14", "2027-01-21", "2027-02-25"]),
        ("2027-12-20", ["2027-12-21", "2028-01-06", "2028-01-13", "2028-01-20", "2028-02-24"]),
    ],
)
def test_the_published_vectors_hold(start: str, published: list[str]) -> None:
    day = date.fromisoformat(start)

    counted = [add_working_days(day, count).isoformat() for count in (1, 10, 15, 20, 45)]

    assert counted == published


def test_every_day_listed_or_by_rule_agrees_with_a_second_source() -> None:
    days = (FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1))

    disagreeing = [day for day in days if is_working_day(day) == (day.weekday() >= 5 or day in ENGLAND)]

    assert disagreeing == []


def test_the_calendar_names_its_source_its_licence_and_its_date() -> None:
    bundled = json.loads(Path(working_days.__file__).with_name("bank_holidays.json").read_text(encoding="utf-8"))

    assert f"england-and-wales-{bundled['frozen_on']}" == working_days.CALENDAR_VERSION
    assert date.fromisoformat(bundled["frozen_on"])
    assert all(source["source"] and source["licence"] for source in bundled["sources"])
    assert [int(year) for year in bundled["weekdays"]] == list(range(FIRST_DAY.year, LISTED_UNTIL.year + 1))


#: What the Crown or Parliament changed for one year, or had not yet introduced: year -> (added, taken away).
ONE_OFF = {
    1975: ((), ("1975-05-05",)),  # the early May holiday came in 1978
    1976: ((), ("1976-05-03",)),
    1977: (("1977-06-07",), ("1977-05-02",)),  # Silver Jubilee
    1981: (("1981-07-29",), ()),  # royal wedding
    1995: (("1995-05-08",), ("1995-05-01",)),  # fifty years of peace
    1999: (("1999-12-31",), ()),  # millennium
    2002: (("2002-06-03", "2002-06-04"), ("2002-05-27",)),  # Golden Jubilee
    2011: (("2011-04-29",), ()),  # royal wedding
    2012: (("2012-06-04", "2012-06-05"), ("2012-05-28",)),  # Diamond Jubilee
    2020: (("2020-05-08",), ("2020-05-04",)),  # 75 years of peace
    2022: (("2022-06-02", "2022-06-03", "2022-09-19"), ("2022-05-30",)),  # Platinum Jubilee; funeral of the Queen
    2023: (("2023-05-08",), ()),  # coronation
}


@pytest.mark.parametrize("year", range(FIRST_DAY.year, LISTED_UNTIL.year + 1))
def test_the_rule_gives_the_listed_holidays_but_for_what_was_proclaimed(year: int) -> None:
    bundled = json.loads(Path(working_days.__file__).with_name("bank_holidays.json").read_text(encoding="utf-8"))
    listed = set(bundled["weekdays"][str(year)])
    added, taken_away = ONE_OFF.get(year, ((), ()))

    assert {day.isoformat() for day in by_rule(year)} == (listed - set(added)) | set(taken_away)


@pytest.mark.parametrize("easter", ["1975-03-30", "2008-03-23", "2011-04-24", "2027-03-28", "2038-04-25", "2049-04-18"])
def test_easter_is_where_the_church_has_it(easter: str) -> None:
    day = date.fromisoformat(easter)

    assert easter_sunday(day.year) == day


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        ("2028-12-22", 10, "2029-01-10"),  # over the end of the list: Christmas, Boxing and New Year's Day
        ("2032-12-23", 3, "2032-12-30"),  # both days of Christmas on a weekend
        ("2038-04-22", 2, "2038-04-28"),  # Easter as late as it can be
    ],
)
def test_days_past_the_list_are_counted_by_rule_and_marked_provisional(start: str, count: int, end: str) -> None:
    counted = add_working_days(date.fromisoformat(start), count)

    assert counted == date.fromisoformat(end)
    assert calendar_version(counted) == f"{working_days.CALENDAR_VERSION}-provisional"
    assert calendar_version(LISTED_UNTIL) == working_days.CALENDAR_VERSION


@given(DAYS, st.integers(1, 300))
def test_a_counted_day_is_never_on_a_weekend_or_a_holiday(start: date, count: int) -> None:
    day = add_working_days(start, count)

    assert day.weekday() < 5
    assert day not in ENGLAND


@given(DAYS, COUNTS, COUNTS)
def test_more_working_days_never_end_earlier(start: date, one: int, other: int) -> None:
    fewer, more = sorted((one, other))

    assert add_working_days(start, fewer) <= add_working_days(start, more)


@given(DAYS, st.integers(0, 60), COUNTS)
def test_a_later_start_never_ends_earlier(start: date, later: int, count: int) -> None:
    assert add_working_days(start, count) <= add_working_days(start + timedelta(days=later), max(count, 1))


@given(DAYS, COUNTS)
def test_counting_back_what_was_added_gives_the_same_number(start: date, count: int) -> None:
    assert working_days_between(start, add_working_days(start, count)) == count


@given(st.dates(FIRST_DAY + timedelta(days=500), LAST_DAY), COUNTS)
def test_counting_before_a_day_is_undone_too(end: date, count: int) -> None:
    assert working_days_between(end, add_working_days(end, -count)) == -count


@given(DAYS, st.integers(0, 200), st.integers(0, 200))
def test_two_periods_end_to_end_count_as_one(start: date, first: int, second: int) -> None:
    middle = start + timedelta(days=first)
    end = middle + timedelta(days=second)

    assert working_days_between(start, middle) + working_days_between(middle, end) == working_days_between(start, end)


def test_a_report_three_days_before_a_monday_conference_is_due_on_wednesday() -> None:
    assert add_working_days(date(2026, 6, 15), -3) == date(2026, 6, 10)


@pytest.mark.parametrize("day", [FIRST_DAY - timedelta(days=1), LAST_DAY + timedelta(days=1)])
def test_a_year_without_bank_holidays_is_refused(day: date) -> None:
    with pytest.raises(OutsideCalendar):
        is_working_day(day)
    with pytest.raises(OutsideCalendar):
        add_working_days(day, 1)
    with pytest.raises(OutsideCalendar):
        working_days_between(day, date(2026, 1, 1))
    with pytest.raises(OutsideCalendar):
        working_days_between(date(2026, 1, 1), day)


def test_a_count_that_leaves_the_known_years_is_refused() -> None:
    with pytest.raises(OutsideCalendar):
        add_working_days(LAST_DAY, 1)
    with pytest.raises(OutsideCalendar):
        add_working_days(FIRST_DAY, -1)


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31", 1, "2026-02-28"),
        ("2028-01-31", 1, "2028-02-29"),
        ("2028-02-29", 12, "2029-02-28"),
        ("2026-08-31", 6, "2027-02-28"),
        ("2026-11-30", 3, "2027-02-28"),
        ("2026-03-15", 3, "2026-06-15"),
        ("2026-12-31", 6, "2027-06-30"),
        ("2026-03-31", -1, "2026-02-28"),
        ("2026-01-15", 0, "2026-01-15"),
    ],
)
def test_months_keep_the_day_and_are_clipped_to_the_end_of_a_shorter_month(start: str, months: int, end: str) -> None:
    assert add_months(date.fromisoformat(start), months) == date.fromisoformat(end)


@given(st.dates(date(1975, 1, 1), date(2100, 1, 1)), st.integers(-240, 240))
def test_months_land_in_the_month_that_was_meant(start: date, months: int) -> None:
    end = add_months(start, months)

    assert (end.year * 12 + end.month) - (start.year * 12 + start.month) == months
    assert end.day <= start.day


@pytest.mark.parametrize(("start", "months"), [(date.max, 1), (date.min, -1)])
def test_months_past_the_end_of_time_are_refused(start: date, months: int) -> None:
    with pytest.raises(OutsideCalendar):
        add_months(start, months)
