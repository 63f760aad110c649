"""Local promises and their working days."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.deadline import Basis, Standing, local_day
from libs.kernel.working_days import CALENDAR_VERSION, is_working_day
from services.partners.domain import clocks
from services.partners.domain.clocks import Terms, Urgency

FRIDAY_BEFORE_CHRISTMAS = datetime(2026, 12, 18, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("urgency", "due"),
    [
        (Urgency.URGENT, date(2026, 12, 21)),
        (Urgency.SOON, date(2026, 12, 23)),
        (Urgency.ROUTINE, date(2026, 12, 29)),
    ],
)
def test_the_answer_is_due_within_working_days_that_christmas_does_not_count_among(urgency: Urgency, due: date) -> None:
    clock = clocks.answer_clock(urgency=urgency, at=FRIDAY_BEFORE_CHRISTMAS, terms=Terms())

    assert local_day(clock.due_at) == due
    assert clock.basis is Basis.LOCAL
    assert clock.calendar_version == CALENDAR_VERSION


@given(
    st.integers(0, 50_000).map(lambda hours: datetime(2021, 1, 1, tzinfo=UTC) + timedelta(hours=hours)),
    st.sampled_from(Urgency),
    st.integers(1, 15),
)
def test_no_clock_of_ours_ends_on_a_weekend_or_a_holiday(at: datetime, urgency: Urgency, days: int) -> None:
    terms = Terms(answer_within=dict.fromkeys(Urgency, days), first_contact_within=days, end_within=days)

    clock = clocks.answer_clock(urgency=urgency, at=at, terms=terms)

    assert is_working_day(local_day(clock.due_at))
    assert clock.due_at == clocks.first_contact_due(accepted_at=at, terms=terms)
    assert clock.due_at == clocks.end_due(asked_at=at, terms=terms)
    assert clock.standing(clock.due_at) is not Standing.BREACHED
    assert clock.standing(clock.due_at + timedelta(seconds=1)) is Standing.BREACHED


def test_an_urgency_we_do_not_know_is_routine() -> None:
    assert clocks.urgency_of("urgent") is Urgency.URGENT
    assert clocks.urgency_of("whenever") is Urgency.ROUTINE


def test_a_report_is_due_a_fortnight_after_the_council_ended_the_work() -> None:
    assert clocks.report_due_on(ended_at=FRIDAY_BEFORE_CHRISTMAS, terms=Terms()) == date(2027, 1, 1)
