"""The front door's clocks: when they start, what meets and voids them, what is said and when."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.deadline import Basis, Standing, local_day
from libs.kernel.errors import Invalid
from libs.kernel.working_days import CALENDAR_VERSION, is_working_day
from services.referrals.domain import clocks as rules
from services.referrals.domain.clock_rules import TITLES, Happening, Kind, LocalTimes
from services.referrals.domain.clocks import FrontDoorClock, Saying
from services.referrals.domain.screening import Rag, screen
from tests.referrals.domain.builders import RECEIVED_AT, some_id

LOCAL = LocalTimes()


def begun(
    happening: Happening, *, at: datetime = RECEIVED_AT, recorded_at: datetime | None = None
) -> tuple[FrontDoorClock, ...]:
    """Return the clocks that a happening starts."""
    changes = rules.apply(happening, clocks=(), at=at, local=LOCAL)
    return tuple(
        FrontDoorClock(
            id=some_id("clock", clock.kind),
            referral_id=some_id("referral"),
            clock=clock,
            recorded_at=recorded_at or at,
        )
        for clock in changes.started
    )


def due_of(happening: Happening, at: datetime) -> dict[Kind, datetime]:
    """When the clocks of a happening are due."""
    return {one.kind: one.clock.due_at for one in begun(happening, at=at)}


def test_a_referral_on_friday_is_decided_by_monday_night() -> None:
    friday = datetime(2026, 3, 6, 16, 55, tzinfo=UTC)

    assert due_of(Happening.RECEIVED, friday) == {Kind.RESPONSE: datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC)}


def test_a_referral_before_easter_is_decided_after_it() -> None:
    maundy_thursday = datetime(2026, 4, 2, 15, 0, tzinfo=UTC)

    due = due_of(Happening.RECEIVED, maundy_thursday)[Kind.RESPONSE]

    assert local_day(due) == date(2026, 4, 7)


def test_a_red_enquiry_is_decided_within_four_hours_even_over_the_clock_change() -> None:
    before_the_change = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)

    assert due_of(Happening.TRIAGED_RED, before_the_change) == {
        Kind.RED_DECISION: before_the_change + timedelta(hours=4)
    }


@pytest.mark.parametrize(
    ("happening", "on"),
    [(Happening.TRIAGED_AMBER, date(2026, 3, 4)), (Happening.TRIAGED_GREEN, date(2026, 3, 6))],
)
def test_amber_has_one_working_day_and_green_three(happening: Happening, on: date) -> None:
    assert local_day(due_of(happening, RECEIVED_AT)[Kind.DECISION]) == on


# Source: working-day vectors of the Standard Safeguarding Dataset's counting.
@pytest.mark.parametrize(
    ("day", "fifteen", "forty_five"),
    [
        (date(2025, 4, 10), date(2025, 5, 6), date(2025, 6, 18)),
        (date(2025, 12, 18), date(2026, 1, 13), date(2026, 2, 24)),
        (date(2026, 3, 30), date(2026, 4, 22), date(2026, 6, 5)),
        (date(2026, 12, 21), date(2027, 1, 14), date(2027, 2, 25)),
        (date(2027, 12, 20), date(2028, 1, 13), date(2028, 2, 24)),
    ],
)
def test_assessment_and_conference_fall_due_as_published(day: date, fifteen: date, forty_five: date) -> None:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=UTC)

    assert local_day(due_of(Happening.ACCEPTED, noon)[Kind.ASSESSMENT]) == forty_five
    assert local_day(due_of(Happening.ENQUIRY_BEGUN, noon)[Kind.CONFERENCE]) == fifteen


def test_the_assessment_clock_runs_from_the_referral_not_from_its_acceptance() -> None:
    accepted_at = RECEIVED_AT + timedelta(days=3)

    changes = rules.apply(Happening.ACCEPTED, clocks=(), at=accepted_at, from_moment=RECEIVED_AT, local=LOCAL)

    assert [clock.started_at for clock in changes.started] == [RECEIVED_AT]


def test_acceptance_meets_the_decision_clocks_and_leaves_the_strategy_clock_running() -> None:
    running = begun(Happening.RECEIVED) + begun(Happening.TRIAGED_AMBER) + begun(Happening.HARM_SUSPECTED)

    changes = rules.apply(Happening.ACCEPTED, clocks=running, at=RECEIVED_AT + timedelta(hours=3), local=LOCAL)

    assert {one.kind for one in changes.met} == {Kind.RESPONSE, Kind.DECISION}
    assert changes.voided == ()


def test_another_decision_voids_what_would_have_come_later() -> None:
    running = begun(Happening.RECEIVED) + begun(Happening.HARM_SUSPECTED)

    changes = rules.apply(Happening.DECIDED_OTHERWISE, clocks=running, at=RECEIVED_AT + timedelta(hours=3), local=LOCAL)

    assert {one.kind for one in changes.met} == {Kind.RESPONSE}
    assert {one.kind for one in changes.voided} == {Kind.STRATEGY}


def test_taking_back_voids_everything() -> None:
    running = begun(Happening.RECEIVED) + begun(Happening.TRIAGED_RED)

    changes = rules.apply(Happening.TAKEN_BACK, clocks=running, at=RECEIVED_AT, local=LOCAL)

    assert changes.met == ()
    assert {one.kind for one in changes.voided} == {Kind.RESPONSE, Kind.RED_DECISION}


def test_a_second_strategy_discussion_does_not_start_the_conference_clock_anew() -> None:
    running = begun(Happening.ENQUIRY_BEGUN)

    changes = rules.apply(Happening.ENQUIRY_BEGUN, clocks=running, at=RECEIVED_AT + timedelta(days=4), local=LOCAL)

    assert changes.started == ()


def test_no_conference_voids_its_clock_and_the_end_of_the_enquiry_meets_the_other() -> None:
    running = begun(Happening.ENQUIRY_BEGUN)
    at = RECEIVED_AT + timedelta(days=5)

    ended = rules.apply(Happening.ENQUIRIES_ENDED, clocks=running, at=at, local=LOCAL)
    needless = rules.apply(Happening.NO_CONFERENCE_NEEDED, clocks=running, at=at, local=LOCAL)

    assert [one.kind for one in ended.met] == [Kind.ENQUIRY]
    assert [one.kind for one in needless.voided] == [Kind.CONFERENCE]


def test_what_another_service_dates_before_the_start_counts_from_the_start() -> None:
    running = begun(Happening.ENQUIRY_BEGUN)

    changes = rules.apply(Happening.CONFERENCE_HELD, clocks=running, at=RECEIVED_AT - timedelta(hours=9), local=LOCAL)

    assert changes.met[0].clock.met_at == RECEIVED_AT


@pytest.mark.parametrize(
    ("rag", "level", "expected"),
    [
        (Rag.RED, 4, {Happening.TRIAGED_RED, Happening.HARM_SUSPECTED}),
        (Rag.AMBER, 3, {Happening.TRIAGED_AMBER}),
        (Rag.GREEN, 1, {Happening.TRIAGED_GREEN}),
    ],
)
def test_what_a_triage_starts(rag: Rag, level: int, expected: set[Happening]) -> None:
    assert set(rules.happenings_of(screen(rag=rag, level=level))) == expected


def test_each_clock_says_where_its_number_comes_from() -> None:
    for happening in Happening:
        for clock in rules.apply(happening, clocks=(), at=RECEIVED_AT, local=LOCAL).started:
            assert clock.source
            assert clock.basis in Basis
            assert clock.calendar_version == CALENDAR_VERSION
    assert set(TITLES) == set(Kind)


def test_a_council_sets_its_own_times() -> None:
    slower = LocalTimes(red_hours=6, red_margin_hours=2)

    clock = rules.apply(Happening.TRIAGED_RED, clocks=(), at=RECEIVED_AT, local=slower).started[0]

    assert clock.due_at == RECEIVED_AT + timedelta(hours=6)
    assert clock.amber_at == RECEIVED_AT + timedelta(hours=4)


@pytest.mark.parametrize("wrong", [{"red_hours": 0}, {"response_margin_office_hours": 0}, {"office_closes": time(8)}])
def test_a_time_that_nobody_can_keep_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        LocalTimes(**wrong)


def test_the_warning_comes_while_the_office_is_open() -> None:
    friday = datetime(2026, 3, 6, 16, 55, tzinfo=UTC)
    (response,) = begun(Happening.RECEIVED, at=friday)

    assert response.clock.amber_at == datetime(2026, 3, 9, 13, 0, tzinfo=UTC)


def test_a_margin_of_more_hours_than_a_day_has_reaches_over_the_weekend() -> None:
    wednesday = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
    early = LocalTimes(green_working_days=3, decision_margin_office_hours=10)

    (decision,) = rules.apply(Happening.TRIAGED_GREEN, clocks=(), at=wednesday, local=early).started

    assert local_day(decision.due_at) == date(2026, 3, 9)
    # Eight and a half hours of Monday, one and a half of Friday.
    assert decision.amber_at == datetime(2026, 3, 6, 15, 30, tzinfo=UTC)


def test_what_is_due_in_weeks_is_warned_of_by_working_days() -> None:
    (assessment,) = begun(Happening.ACCEPTED, at=datetime(2026, 3, 30, 9, 0, tzinfo=UTC))

    # Due on Friday 5 June; ten working days with it, and the bank holiday of 25 May is none of them.
    assert local_day(assessment.clock.due_at) == date(2026, 6, 5)
    assert local_day(assessment.clock.amber_at) == date(2026, 5, 22)


@pytest.mark.parametrize(
    ("margin", "kind"),
    [
        ("decision_margin_office_hours", Kind.DECISION),
        ("response_margin_office_hours", Kind.RESPONSE),
        ("strategy_margin_office_hours", Kind.STRATEGY),
        ("assessment_margin_working_days", Kind.ASSESSMENT),
        ("enquiry_margin_working_days", Kind.ENQUIRY),
        ("conference_margin_working_days", Kind.CONFERENCE),
    ],
)
def test_each_clock_has_a_margin_of_its_own(margin: str, kind: Kind) -> None:
    local = LocalTimes(**{margin: 2})

    def amber(of: LocalTimes) -> dict[str, datetime]:
        happenings = (Happening.RECEIVED, Happening.TRIAGED_GREEN, Happening.HARM_SUSPECTED, Happening.ACCEPTED,
                      Happening.ENQUIRY_BEGUN)  # fmt: skip
        started = [one for each in happenings for one in rules.apply(each, clocks=(), at=RECEIVED_AT, local=of).started]
        return {one.kind: one.amber_at for one in started}

    usual, other = amber(LOCAL), amber(local)
    assert {one for one in usual if usual[one] != other[one]} == {kind}
    assert other[kind] > usual[kind]


def test_amber_and_breach_are_said_once_each() -> None:
    clock = begun(Happening.TRIAGED_RED)[0]
    soon, late = RECEIVED_AT + timedelta(hours=3, minutes=30), RECEIVED_AT + timedelta(hours=5)

    assert rules.saying(clock, now=RECEIVED_AT) is None
    assert rules.saying(clock, now=soon) is Saying.DUE_SOON
    clock = rules.said(clock, Saying.DUE_SOON, at=soon)
    assert rules.saying(clock, now=soon) is None
    assert rules.saying(clock, now=late) is Saying.BREACHED
    clock = rules.said(clock, Saying.BREACHED, at=late)
    assert rules.saying(clock, now=late + timedelta(days=9)) is None


def test_a_clock_loaded_long_after_it_was_due_is_no_news_at_once() -> None:
    loaded_at = RECEIVED_AT + timedelta(days=400)
    clock = begun(Happening.RECEIVED, recorded_at=loaded_at)[0]

    assert rules.saying(clock, now=loaded_at + timedelta(hours=1)) is None
    assert rules.saying(clock, now=loaded_at + timedelta(hours=25)) is Saying.BREACHED


def test_a_met_clock_is_never_spoken_of() -> None:
    clock = begun(Happening.RECEIVED)[0]
    met = rules.apply(Happening.ACCEPTED, clocks=(clock,), at=RECEIVED_AT, local=LOCAL).met[0]

    assert met.clock.standing(RECEIVED_AT + timedelta(days=90)) is Standing.MET
    assert rules.saying(met, now=RECEIVED_AT + timedelta(days=90)) is None


_MOMENTS = st.datetimes(
    min_value=datetime(2013, 1, 1),  # noqa: DTZ001 - the strategy adds the zone
    max_value=datetime(2028, 6, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)


@given(at=_MOMENTS, happening=st.sampled_from(list(Happening)))
def test_a_day_clock_never_falls_due_on_a_holiday(at: datetime, happening: Happening) -> None:
    for clock in rules.apply(happening, clocks=(), at=at, local=LOCAL).started:
        assert clock.started_at <= clock.amber_at <= clock.due_at
        if clock.kind != Kind.RED_DECISION:
            assert is_working_day(local_day(clock.due_at))
            assert local_day(clock.due_at) > local_day(at)


@given(at=_MOMENTS, happening=st.sampled_from(list(Happening)), later=st.timedeltas(timedelta(0), timedelta(days=99)))
def test_a_clock_is_never_both_met_and_void(at: datetime, happening: Happening, later: timedelta) -> None:
    running = tuple(clock for first in (Happening.RECEIVED, Happening.ENQUIRY_BEGUN) for clock in begun(first, at=at))

    changes = rules.apply(happening, clocks=running, at=at + later, local=LOCAL)

    assert not {one.id for one in changes.met} & {one.id for one in changes.voided}
    assert all(not one.is_running for one in changes.met + changes.voided)
