"""Points, load, room and thresholds."""

import itertools
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.allocation.domain.candidates import Candidate
from services.allocation.domain.capacity import (
    Capacity,
    Crossing,
    available_points,
    capacity,
    case_points,
    crossings,
)
from services.allocation.domain.cases import Case, CaseType, Share
from services.allocation.domain.workers import Absence, WorkerRole
from tests.allocation.domain import strategies
from tests.allocation.domain.builders import RULES, TODAY, absence, case, child, worker


def _capacity(*cases: Case, absences: tuple[Absence, ...] = (), **changes: Any) -> Capacity:
    return capacity(worker(**changes), absences=absences, cases=cases, rules=RULES, on=TODAY)


def test_a_case_is_weighed_by_its_type_and_complexity() -> None:
    weighed = case_points(case(20, child(1, CaseType.CP, 2)), rules=RULES, on=TODAY)

    assert weighed.total == Decimal(9)
    assert [(line.rule, line.inputs) for line in weighed.lines] == [("base", ("cp", "complexity 2"))]


def test_each_further_sibling_counts_half_and_the_heaviest_counts_whole() -> None:
    weighed = case_points(
        case(20, child(1, CaseType.CIN), child(2, CaseType.PROCEEDINGS), child(3, CaseType.CIN)), rules=RULES, on=TODAY
    )

    assert weighed.total == Decimal(10) + Decimal("2.5") + Decimal("2.5")


def test_a_co_worker_carries_half_of_the_points() -> None:
    weighed = case_points(case(20, child(1, CaseType.CP), share=Share.CO), rules=RULES, on=TODAY)

    assert weighed.total == Decimal("3.5")


def test_travel_transfer_and_interpreter_are_added_once_per_family() -> None:
    weighed = case_points(
        case(20, child(1), child(2), taken_over_on=TODAY, travel_minutes=46, needs_interpreter=True),
        rules=RULES,
        on=TODAY,
    )

    assert weighed.total == Decimal("7.5") + 3
    assert {line.rule for line in weighed.lines} == {"base", "sibling", "transfer", "travel", "interpreter"}


def test_the_transfer_counts_for_four_weeks_and_travel_only_above_45_minutes() -> None:
    old = case(20, taken_over_on=TODAY - timedelta(28), travel_minutes=45)

    assert case_points(old, rules=RULES, on=TODAY).total == Decimal(5)
    assert case_points(old, rules=RULES, on=TODAY - timedelta(1)).total == Decimal(6)


def test_unassessed_work_counts_at_the_median_of_its_type_and_is_marked_provisional() -> None:
    weighed = case_points(case(20, child(1, CaseType.CP, None)), rules=RULES, on=TODAY)

    assert weighed.total == Decimal("8.5")
    assert weighed.provisional


def test_court_load_is_the_points_of_proceedings_and_the_way_there() -> None:
    weighed = _capacity(
        case(20, child(1, CaseType.PROCEEDINGS)), case(21, child(2, CaseType.PRE_PROCEEDINGS)), case(22, child(3))
    )

    assert weighed.court == Decimal(18)


def test_fifteen_average_cases_fill_a_full_time_worker() -> None:
    fifteen = tuple(case(20 + place, child(place + 1, CaseType.CIN, place % 2)) for place in range(15))

    assert _capacity(*fifteen).utilisation == Decimal("97.0")  # 15 stable + 8 x 5 + 7 x 6 of 100


def test_half_hours_make_half_the_room() -> None:
    half = _capacity(fte=Decimal("0.5"), contracted_hours=Decimal("18.5"))

    assert half.available == Decimal(50)
    assert half.stable == Decimal("7.5")
    assert half.utilisation == Decimal("15.0")


def test_the_first_year_has_nine_tenths_of_the_room() -> None:
    assert _capacity(first_year_from=TODAY - timedelta(30)).available == Decimal(90)
    assert _capacity(first_year_from=TODAY - timedelta(300), first_year_until=TODAY).available == Decimal(100)


def test_each_post_holds_what_the_scheme_says_for_it() -> None:
    points = {**RULES.nominal.points, WorkerRole.ADVANCED_PRACTITIONER: Decimal(60)}
    rules = replace(RULES, nominal=replace(RULES.nominal, points=points))

    def room(**changes: Any) -> Decimal:
        return available_points(worker(**changes), absences=(), rules=rules, on=TODAY)

    assert room() == Decimal(100)
    assert room(role=WorkerRole.ADVANCED_PRACTITIONER) == Decimal(60)
    assert room(role=WorkerRole.ADVANCED_PRACTITIONER, contracted_hours=Decimal("18.5")) == Decimal(30)
    assert room(role=WorkerRole.ADVANCED_PRACTITIONER, first_year_from=TODAY) == Decimal(54)


def test_somebody_wholly_away_is_not_available_rather_than_empty() -> None:
    away = _capacity(case(20), absences=(absence(TODAY, None),))

    assert away.available == 0
    assert away.utilisation is None
    assert away.headroom == 0


def test_hours_away_take_room_and_leave_the_work() -> None:
    away = _capacity(case(20), absences=(absence(TODAY, None, hours=Decimal("18.5")),))

    assert away.available == Decimal(50)
    assert away.utilisation == Decimal("40.0")


def test_per_cents_are_rounded_half_up_at_a_tenth() -> None:
    weighed = _capacity(case(20, child(1, CaseType.CIN, None)), contracted_hours=Decimal(36))

    assert weighed.available == Decimal("97.30")
    assert weighed.utilisation == Decimal("22.1")  # 21.5 of 97.3


@given(strategies.held)
def test_the_lines_of_a_case_always_add_up_to_its_points(held: Case) -> None:
    weighed = case_points(held, rules=RULES, on=TODAY)

    assert sum(line.points for line in weighed.lines) == weighed.total
    assert weighed.total > 0
    assert 0 <= weighed.court <= weighed.total


@given(strategies.candidates())
def test_utilisation_is_never_zero_for_somebody_without_hours(candidate: Candidate) -> None:
    found = capacity(candidate.worker, absences=candidate.absences, cases=candidate.cases, rules=RULES, on=TODAY)

    assert (found.utilisation is None) == (found.available == 0)
    assert found.utilisation is None or found.utilisation > 0
    assert found.load == found.stable + found.extra_duties + sum(each.total for each in found.cases)


def test_a_threshold_is_announced_once_and_taken_back_only_well_below() -> None:
    above, rising = crossings(above=frozenset(), utilisation=Decimal("100.0"), rules=RULES)
    same, chatter = crossings(above=above, utilisation=Decimal("95.1"), rules=RULES)
    below, falling = crossings(above=same, utilisation=Decimal("95.0"), rules=RULES)

    assert rising == (Crossing(threshold=100, rising=True),)
    assert chatter == ()
    assert falling == (Crossing(threshold=100, rising=False),)
    assert below == frozenset()


def test_a_jump_over_two_thresholds_announces_both() -> None:
    _, crossed = crossings(above=frozenset(), utilisation=Decimal(130), rules=RULES)

    assert [each.threshold for each in crossed] == [100, 110]


def test_without_hours_nothing_is_announced_and_nothing_forgotten() -> None:
    assert crossings(above=frozenset({100}), utilisation=None, rules=RULES) == (frozenset({100}), ())


@given(st.lists(st.decimals(50, 150, places=1), max_size=30))
def test_thresholds_rise_and_fall_in_turn(path: list[Decimal]) -> None:
    above, said = frozenset(), []

    for utilisation in path:
        above, crossed = crossings(above=above, utilisation=utilisation, rules=RULES)
        said += [each.rising for each in crossed if each.threshold == 100]

    assert all(one != two for one, two in itertools.pairwise(said))
    assert not said or said[0]
