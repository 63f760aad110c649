"""Questions that are answered, and those that are refused."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.metrics.domain.definitions import UnknownMeasure, active, measure
from services.metrics.domain.measures import By, Shape
from services.metrics.domain.periods import Period, PeriodReversed
from services.metrics.domain.questions import Asked, QueryNotAllowed, Question, View, window
from tests.metrics.builders import an_id

YEAR = Period(date(2024, 4, 1), date(2025, 4, 1))


def ask(code: str, *, by: By = By.NONE, period: Period = YEAR, view: View = View.INTERNAL, **more: Any) -> Question:
    return Question(measure=measure(code=code), by=by, period=period, view=view, **more)


def test_a_breakdown_that_the_measure_does_not_offer_is_refused() -> None:
    with pytest.raises(QueryNotAllowed, match="referrals is offered by month, none, team"):
        ask("referrals", by=By.AGENCY)


def test_a_window_of_more_than_eleven_years_is_refused() -> None:
    ask("referrals", period=Period(date(2014, 4, 1), date(2025, 4, 1)))

    with pytest.raises(QueryNotAllowed):
        ask("referrals", period=Period(date(2014, 4, 1), date(2025, 4, 2)))


def test_a_window_outside_the_calendar_is_refused() -> None:
    with pytest.raises(QueryNotAllowed):
        ask("referrals", period=Period(date(1999, 12, 31), date(2000, 1, 2)))


def test_one_team_alone_is_not_published() -> None:
    ask("referrals", team=an_id("team"))

    with pytest.raises(QueryNotAllowed):
        ask("referrals", team=an_id("team"), view=View.PUBLISHABLE)


def test_a_filter_by_what_is_broken_down_is_refused() -> None:
    with pytest.raises(QueryNotAllowed):
        ask("referrals", by=By.TEAM, team=an_id("team"))


def test_a_month_breakdown_is_answered_in_months() -> None:
    assert len(ask("referrals", by=By.MONTH).pieces) == 12
    assert ask("referrals").pieces == (YEAR,)


def test_without_dates_the_window_is_the_year_that_ends_with_the_data() -> None:
    found = window(from_on=None, until_on=None, as_of=None, until=date(2025, 7, 1))

    assert found == Period(date(2024, 7, 1), date(2025, 7, 1))


def test_a_day_to_look_at_is_the_last_day_of_the_window() -> None:
    assert window(from_on=None, until_on=None, as_of=date(2025, 3, 31), until=date(2026, 1, 1)).last_on == date(
        2025, 3, 31
    )


def test_a_day_to_look_at_and_a_window_contradict_each_other() -> None:
    with pytest.raises(QueryNotAllowed):
        window(from_on=date(2025, 1, 1), until_on=None, as_of=date(2025, 3, 31), until=date(2026, 1, 1))


@pytest.mark.parametrize("as_of", [date.max, date.min])
def test_a_day_at_the_edge_of_time_is_refused(as_of: date) -> None:
    with pytest.raises((QueryNotAllowed, PeriodReversed)):
        ask("referrals", period=window(from_on=None, until_on=None, as_of=as_of, until=date(2026, 1, 1)))


def test_an_unknown_measure_or_version_is_not_found() -> None:
    with pytest.raises(UnknownMeasure):
        measure(code="happiness")
    with pytest.raises(UnknownMeasure):
        measure(code="referrals", version=3)


def test_each_measure_has_one_version_in_force_and_says_what_it_counts() -> None:
    codes = [each.code for each in active()]

    assert len(codes) == len(set(codes))
    for each in active():
        needs_denominator = each.shape not in {Shape.COUNT, Shape.STOCK}
        assert (each.denominator is not None) == needs_denominator
        assert (each.over is not None) == each.shape.counts_children_once


def asked(view: View, **dates: Any) -> Question:
    return Asked(measure=measure(code="referrals"), by=By.NONE, view=view, **dates).settled(
        data_on=date(2025, 7, 9), now=datetime(2025, 8, 1, tzinfo=UTC)
    )


def test_an_internal_window_ends_with_the_data_and_a_published_one_is_the_last_closed_financial_year() -> None:
    assert asked(View.INTERNAL).period == Period(date(2024, 7, 10), date(2025, 7, 10))
    assert asked(View.PUBLISHABLE).period == Period(date(2024, 4, 1), date(2025, 4, 1))


@pytest.mark.parametrize(
    ("from_on", "until_on"),
    [
        (date(2025, 4, 1), date(2025, 5, 1)),
        (date(2025, 4, 1), date(2025, 7, 1)),
        (date(2024, 4, 1), date(2025, 4, 1)),
    ],
)
def test_months_quarters_and_financial_years_are_published(from_on: date, until_on: date) -> None:
    assert asked(View.PUBLISHABLE, from_on=from_on, until_on=until_on).period == Period(from_on, until_on)


@pytest.mark.parametrize(
    ("from_on", "until_on"),
    [
        (date(2025, 4, 2), date(2025, 5, 1)),
        (date(2025, 1, 1), date(2025, 3, 1)),
        (date(2025, 2, 1), date(2025, 5, 1)),
        (date(2024, 1, 1), date(2025, 1, 1)),
        (date(2024, 4, 1), date(2025, 7, 1)),
    ],
)
def test_no_other_windows_are_published_as_two_of_them_would_differ_by_a_few(from_on: date, until_on: date) -> None:
    asked(View.INTERNAL, from_on=from_on, until_on=until_on)

    with pytest.raises(QueryNotAllowed, match="months, quarters and financial years"):
        asked(View.PUBLISHABLE, from_on=from_on, until_on=until_on)


def test_a_window_that_has_not_ended_is_not_published() -> None:
    for until_on in (date(2025, 8, 1), date(2025, 10, 1)):
        with pytest.raises(QueryNotAllowed, match="ended before the data date"):
            asked(View.PUBLISHABLE, from_on=date(2025, 7, 1), until_on=until_on)


def test_the_refusal_of_an_open_window_names_the_latest_that_are_allowed() -> None:
    with pytest.raises(QueryNotAllowed) as refused:
        asked(View.PUBLISHABLE, from_on=date(2025, 7, 1), until_on=date(2025, 8, 1))

    latest: Any = refused.value.facts["latest"]
    assert latest == {
        "month": {"from": date(2025, 6, 1), "until": date(2025, 7, 1)},
        "quarter": {"from": date(2025, 4, 1), "until": date(2025, 7, 1)},
        "financial_year": {"from": date(2024, 4, 1), "until": date(2025, 4, 1)},
    }
    assert "the month 2025-06-01 to 2025-07-01" in refused.value.detail
    for each in latest.values():
        asked(View.PUBLISHABLE, from_on=each["from"], until_on=each["until"])


def test_the_refusal_of_a_day_that_is_too_late_names_the_latest_that_is_allowed() -> None:
    def at_date(**dates: Any) -> Question:
        return Asked(measure=measure(code="cp_plans"), by=By.NONE, view=View.PUBLISHABLE, **dates).settled(
            data_on=date(2025, 7, 9), now=datetime(2025, 8, 1, tzinfo=UTC)
        )

    with pytest.raises(QueryNotAllowed) as refused:
        at_date(as_of=date(2025, 7, 31))

    assert refused.value.at == "/as_of"
    assert refused.value.facts["latest"] == {"as_of": date(2025, 6, 30)}
    assert at_date().period == at_date(as_of=date(2025, 6, 30)).period


def test_what_was_known_at_another_moment_is_not_published() -> None:
    month = {"from_on": date(2025, 4, 1), "until_on": date(2025, 5, 1)}
    known_at = datetime(2025, 7, 1, tzinfo=UTC)
    asked(View.INTERNAL, known_at=known_at, **month)

    with pytest.raises(QueryNotAllowed, match="as they were frozen"):
        asked(View.PUBLISHABLE, known_at=known_at, **month)


def test_a_version_that_is_not_in_force_is_answered_but_not_published() -> None:
    def of_version(number: int, view: View) -> Question:
        return Question(
            measure=measure(code="worker_changes", version=number),
            by=By.NONE,
            period=Period(date(2024, 4, 1), date(2025, 4, 1)),
            view=view,
        )

    of_version(1, View.INTERNAL)
    of_version(2, View.PUBLISHABLE)
    with pytest.raises(QueryNotAllowed, match="version in force"):
        of_version(1, View.PUBLISHABLE)


def test_stocks_are_published_at_the_ends_of_months() -> None:
    def at_date(as_of: date) -> Question:
        return Asked(measure=measure(code="cp_plans"), by=By.TEAM, view=View.PUBLISHABLE, as_of=as_of).settled(
            data_on=date(2025, 7, 9), now=datetime(2025, 8, 1, tzinfo=UTC)
        )

    assert at_date(date(2025, 4, 30)).period.last_on == date(2025, 4, 30)
    with pytest.raises(QueryNotAllowed, match="end of a month"):
        at_date(date(2025, 4, 29))


def test_what_will_be_known_is_not_asked() -> None:
    with pytest.raises(QueryNotAllowed):
        asked(View.INTERNAL, known_at=datetime(2025, 8, 2, tzinfo=UTC))
