"""Posts, hours and absences."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given

from services.allocation.domain.workers import (
    Absence,
    AbsenceTakenBack,
    InvalidPeriod,
    InvalidWorker,
    OverlappingAbsence,
    Worker,
    back_on,
    check_worker,
    end_absence,
    hours_on,
    record_absence,
    take_back,
)
from tests.allocation.domain import strategies
from tests.allocation.domain.builders import NOW, TODAY, absence, number, worker

WEEK = timedelta(7)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"fte": Decimal("1.01")}, "/fte"),
        ({"fte": Decimal(0)}, "/fte"),
        ({"contracted_hours": Decimal(0)}, "/contracted_hours"),
        ({"contracted_hours": Decimal(61)}, "/contracted_hours"),
        ({"first_year_from": TODAY, "first_year_until": TODAY}, "/first_year_until"),
        ({"first_year_until": TODAY}, "/first_year_from"),
        ({"agency_until": TODAY}, "/agency_until"),
        ({"extra_duties": Decimal(-1)}, "/extra_duties"),
        ({"extra_duties": Decimal("1000.01")}, "/extra_duties"),
        ({"fte": Decimal("0.0001")}, "/fte"),
    ],
)
def test_a_post_that_cannot_be_is_refused_with_its_fault(changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidWorker) as refused:
        check_worker(worker(**changes))

    assert refused.value.at == pointer


def test_a_post_that_can_be_is_taken_as_it_is() -> None:
    assert check_worker(worker()) == worker()


def test_all_faults_of_a_post_are_named_at_once() -> None:
    with pytest.raises(InvalidWorker) as refused:
        check_worker(worker(fte=Decimal(2), extra_duties=Decimal(-1)))

    assert refused.value.facts["pointers"] == ["/fte", "/extra_duties"]


def test_two_absences_that_touch_do_not_overlap() -> None:
    first = absence(TODAY, TODAY + WEEK, value=71)
    next_one = absence(TODAY + WEEK, TODAY + 2 * WEEK, value=72)

    assert record_absence(next_one, others=[first], worker=worker()) == next_one


@pytest.mark.parametrize("until", [TODAY + timedelta(1), None])
def test_overlapping_absences_are_refused(until: date | None) -> None:
    open_ended = absence(TODAY - WEEK, None, value=71)

    with pytest.raises(OverlappingAbsence):
        record_absence(absence(TODAY, until, value=72), others=[open_ended], worker=worker())


def test_an_absence_that_was_taken_back_is_in_nobodys_way() -> None:
    taken_back = take_back(absence(TODAY, None, value=71), now=NOW)

    assert record_absence(absence(TODAY, None, value=72), others=[taken_back], worker=worker()).covers(TODAY)
    assert not taken_back.covers(TODAY)


def test_an_absence_lasts_at_least_a_day_and_takes_no_more_than_the_contract() -> None:
    with pytest.raises(InvalidPeriod):
        record_absence(absence(TODAY, TODAY), others=[], worker=worker())
    with pytest.raises(InvalidPeriod):
        record_absence(absence(TODAY, None, hours=Decimal(38)), others=[], worker=worker())


def test_ending_an_absence_brings_the_worker_back_on_that_day() -> None:
    ended = end_absence(absence(TODAY - WEEK, None), back_on=TODAY)

    assert not ended.covers(TODAY)
    assert ended.covers(TODAY - timedelta(1))


def test_nobody_is_back_before_leaving() -> None:
    with pytest.raises(InvalidPeriod):
        end_absence(absence(TODAY, None), back_on=TODAY)


def test_lengthening_an_absence_into_the_next_is_refused() -> None:
    following = absence(TODAY + WEEK, None, value=72)

    with pytest.raises(OverlappingAbsence):
        end_absence(absence(TODAY, TODAY + WEEK, value=71), back_on=TODAY + 2 * WEEK, others=[following])


def test_what_was_taken_back_is_over() -> None:
    gone = take_back(absence(TODAY, None), now=NOW)

    with pytest.raises(AbsenceTakenBack):
        take_back(gone, now=NOW)
    with pytest.raises(AbsenceTakenBack):
        end_absence(gone, back_on=TODAY + WEEK)


def test_hours_are_contracted_less_those_away() -> None:
    part = absence(TODAY, TODAY + WEEK, hours=Decimal("7.4"))

    assert hours_on(worker(), absences=[part], on=TODAY) == Decimal("29.6")
    assert hours_on(worker(), absences=[part], on=TODAY + WEEK) == Decimal(37)


def test_nobody_has_hours_before_joining_after_leaving_or_after_the_agency_contract() -> None:
    assert hours_on(worker(from_on=TODAY + WEEK), absences=[], on=TODAY) == 0
    assert hours_on(worker(active=False), absences=[], on=TODAY) == 0
    assert hours_on(worker(agency=True, agency_until=TODAY), absences=[], on=TODAY) == 0


def test_the_day_of_return_goes_through_absences_that_follow_each_other() -> None:
    first = absence(TODAY - WEEK, TODAY + timedelta(2), value=71)
    then = absence(TODAY + timedelta(2), TODAY + WEEK, value=72)

    assert back_on([then, first], on=TODAY) == TODAY + WEEK
    assert back_on([absence(TODAY, None)], on=TODAY) is None
    assert back_on([], on=TODAY) == TODAY


@given(strategies.workers(10), strategies.absences, strategies.days)
def test_hours_lie_between_none_and_the_contract(post: Worker, absences: tuple[Absence, ...], on: date) -> None:
    assert 0 <= hours_on(post, absences=absences, on=on) <= post.contracted_hours


@given(strategies.absences)
def test_meeting_is_mutual(absences: tuple[Absence, ...]) -> None:
    for one in absences:
        for two in absences:
            assert one.meets(two) == two.meets(one)
            assert one.meets(replace(two, id=number(5))) == one.meets(two)
