"""The soft terms: shapes, weights and sentences."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.allocation.domain.candidates import with_even_part
from services.allocation.domain.cases import CaseType, Share
from services.allocation.domain.mix import WorkKind
from services.allocation.domain.objective import (
    NotAvailable,
    Pair,
    Standing,
    Term,
    TermCode,
    marginal_cost,
    pair_of,
    standing_of,
    total,
)
from services.allocation.domain.rounding import points as rounded
from services.allocation.domain.workers import WorkerRole
from tests.allocation.domain.builders import RULES, TODAY, absence, candidate, case, child, matched, wanted

OBJECTIVE = RULES.objective
EVEN = Standing(load=Decimal(60), available=Decimal(100), forecast=Decimal(10), new_families=0)
FAMILY = Pair(points=Decimal(6), travel_minutes=15)

points = st.decimals(0, 200, places=2)
standings = st.builds(
    Standing,
    load=points,
    available=st.decimals(1, 150, places=2),
    forecast=st.decimals(0, 50, places=2),
    new_families=st.integers(0, 9),
    agency_days_left=st.none() | st.integers(0, 500),
    of_kind=st.integers(0, 12),
    even_part=st.none() | st.integers(0, 12),
)
pairs = st.builds(
    Pair,
    points=st.decimals("0.5", 60, places=2),
    travel_minutes=st.integers(0, 120),
    knew_months=st.none() | st.integers(0, 60),
    paired_practitioners=st.integers(0, 3),
    kind=st.sampled_from(WorkKind),
    families=st.integers(0, 1),
)


def term(code: TermCode, standing: Standing = EVEN, pair: Pair = FAMILY) -> Term:
    return next(each for each in marginal_cost(standing, pair, objective=OBJECTIVE) if each.code is code)


@given(standings, pairs)
def test_terms_add_up_and_every_term_has_a_sentence(standing: Standing, pair: Pair) -> None:
    terms = marginal_cost(standing, pair, objective=OBJECTIVE)

    assert total(terms) == sum(each.points for each in terms)
    assert [each.code for each in terms] == list(TermCode)
    assert all(each.sentence[0].isupper() or each.sentence[0].isdigit() for each in terms)
    assert all(each.sentence.endswith(".") and each.points == rounded(each.points) for each in terms)


@given(standings, pairs, points)
def test_more_load_never_lowers_the_cost(standing: Standing, pair: Pair, more: Decimal) -> None:
    lighter = total(marginal_cost(standing, pair, objective=OBJECTIVE))
    heavier = total(marginal_cost(replace(standing, load=standing.load + more), pair, objective=OBJECTIVE))

    assert heavier >= lighter


@given(standings, pairs, points)
def test_a_heavier_family_never_costs_less(standing: Standing, pair: Pair, more: Decimal) -> None:
    lighter = total(marginal_cost(standing, pair, objective=OBJECTIVE))
    heavier = total(marginal_cost(standing, replace(pair, points=pair.points + more), objective=OBJECTIVE))

    assert heavier >= lighter


@given(standings, st.decimals("0.5", 40, places=2), st.decimals("0.5", 40, places=2))
def test_load_terms_do_not_depend_on_the_order_in_which_families_are_given(
    standing: Standing, one: Decimal, two: Decimal
) -> None:
    """What a batch solver relies on: the load's cost is a function of where it ends up."""

    def cost(first: Decimal, second: Decimal) -> Decimal:
        loads = {TermCode.OVERLOAD, TermCode.UNEVENNESS, TermCode.RESERVE}
        before = marginal_cost(standing, Pair(points=first, travel_minutes=0), objective=OBJECTIVE)
        then = replace(standing, load=standing.load + first)
        after = marginal_cost(then, Pair(points=second, travel_minutes=0), objective=OBJECTIVE)
        return sum((each.points for each in (*before, *after) if each.code in loads), Decimal(0))

    assert abs(cost(one, two) - cost(two, one)) <= Decimal("0.06")  # six terms, each rounded to hundredths


@given(standings, pairs)
def test_no_hours_cannot_be_weighed(standing: Standing, pair: Pair) -> None:
    with pytest.raises(NotAvailable):
        marginal_cost(replace(standing, available=Decimal(0)), pair, objective=OBJECTIVE)


@given(standings, pairs, st.sampled_from(TermCode))
def test_a_weight_of_zero_switches_a_term_off(standing: Standing, pair: Pair, code: TermCode) -> None:
    off = replace(OBJECTIVE, weights=replace(OBJECTIVE.weights, **{str(code): Decimal(0)}))
    terms = {each.code: each.points for each in marginal_cost(standing, pair, objective=off)}

    assert terms[code] == 0


def test_the_tenth_per_cent_hurts_more_than_the_first() -> None:
    low = term(TermCode.UNEVENNESS, replace(EVEN, load=Decimal(20)))
    high = term(TermCode.UNEVENNESS, replace(EVEN, load=Decimal(90)))

    assert low.points == Decimal("0.12")
    assert high.points == Decimal("1.30")  # 5 x 0.2 + 1 x 0.3


def test_below_nine_tenths_nothing_is_overload() -> None:
    assert term(TermCode.OVERLOAD).points == 0
    assert term(TermCode.OVERLOAD, replace(EVEN, load=Decimal(97))).points == Decimal("2.40")  # 3 x 0.2 + 3 x 0.6


def test_who_knew_the_family_longest_is_credited_most() -> None:
    never = term(TermCode.CONTINUITY)
    once = term(TermCode.CONTINUITY, pair=replace(FAMILY, knew_months=3))
    long = term(TermCode.CONTINUITY, pair=replace(FAMILY, knew_months=40))

    assert (never.points, once.points, long.points) == (0, Decimal(-3), Decimal(-6))
    assert "3 months" in once.sentence


def test_travel_counts_from_twenty_minutes() -> None:
    assert term(TermCode.TRAVEL).points == 0
    assert term(TermCode.TRAVEL, pair=replace(FAMILY, travel_minutes=55)).points == Decimal("1.75")


def test_every_family_of_the_last_week_counts() -> None:
    busy = term(TermCode.RECENT, replace(EVEN, new_families=2))

    assert busy.points == Decimal(2)
    assert busy.sentence == "This worker took 2 new families in the last seven days."


def test_the_nearer_an_agency_contract_ends_the_more_it_costs() -> None:
    ends = [term(TermCode.AGENCY, replace(EVEN, agency_days_left=days)).points for days in (0, 91, 182, 400)]

    assert ends == [Decimal(3), Decimal("1.5"), 0, 0]


def test_practitioners_who_already_work_with_the_worker_are_a_credit() -> None:
    assert term(TermCode.PAIRING, pair=replace(FAMILY, paired_practitioners=2)).points == Decimal(-2)


def test_room_for_the_coming_week_costs_only_what_is_taken_of_it() -> None:
    assert term(TermCode.RESERVE).points == 0
    assert term(TermCode.RESERVE, replace(EVEN, load=Decimal(87))).points == Decimal("0.60")  # 3 of 6 points x 0.2
    assert term(TermCode.RESERVE, replace(EVEN, load=Decimal(95))).points == Decimal("1.20")


@pytest.mark.parametrize(("of_kind", "points"), [(0, 0), (1, 0), (2, 1), (5, 1)])
def test_a_family_above_the_even_part_of_its_kind_costs_a_point(of_kind: int, points: int) -> None:
    found = term(TermCode.MIX, replace(EVEN, of_kind=of_kind, even_part=2))

    assert found.points == points


def test_the_mix_is_said_by_the_kind_of_work() -> None:
    standing = replace(EVEN, of_kind=3, even_part=2)
    court = replace(FAMILY, kind=WorkKind.COURT)

    assert term(TermCode.MIX, standing, court).sentence == (
        "This worker leads 3 families in or before court proceedings; an even part of the team's would be 2."
    )
    assert term(TermCode.MIX, standing, replace(court, families=0)).points == 0
    assert term(TermCode.MIX).points == 0


@given(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5))
def test_the_mix_of_a_batch_costs_what_is_above_the_even_part_in_the_end(held: int, even: int, given: int) -> None:
    costs = [
        term(TermCode.MIX, replace(EVEN, of_kind=held + already, even_part=even)).points for already in range(given)
    ]

    assert sum(costs) == max(0, held + given - even) - max(0, held - even)
    assert costs == sorted(costs)


def test_an_even_part_of_the_teams_families_goes_by_room_and_kind() -> None:
    court = [case(number, child(number, CaseType.PROCEEDINGS)) for number in (20, 21, 22)]
    beside = case(20, child(20, CaseType.PROCEEDINGS), share=Share.CO)
    busy, half = candidate(10, *court, case(23)), candidate(11, beside, worker_contracted_hours=Decimal("18.5"))
    family = wanted(child(1, CaseType.CIN), child(2, CaseType.PRE_PROCEEDINGS))

    one, two = with_even_part((busy, half), wanted=family, rules=RULES, on=TODAY)

    assert (one.even_part, two.even_part) == (3, 2)  # of 4 families in court: 2.7 and 1.3, rounded up
    assert standing_of(matched(family, one)).of_kind == 3
    assert standing_of(matched(family, two)).of_kind == 0
    assert pair_of(matched(family, one)).kind is WorkKind.COURT
    assert pair_of(matched(replace(family, share=Share.CO), one)).families == 0
    assert pair_of(matched(replace(family, family_id=court[0].family_id), one)).families == 0
    assert pair_of(matched(replace(family, family_id=beside.family_id), two)).families == 1


def test_who_comes_back_soon_has_an_even_part_and_who_may_not_lead_has_none() -> None:
    back = candidate(10, absences=(absence(TODAY, TODAY + timedelta(5)),))
    support = candidate(11, worker_role=WorkerRole.FAMILY_SUPPORT_WORKER)

    one, two = with_even_part((back, support), wanted=wanted(), rules=RULES, on=TODAY)

    assert (one.even_part, two.even_part) == (1, None)


def test_inputs_of_the_terms_come_from_the_match() -> None:
    who = candidate(
        10,
        case(20),
        worker_agency=True,
        worker_agency_until=TODAY + timedelta(14),
        worker_base_area="oxford_north",
        new_families=3,
        knew_months=7,
        paired_practitioners=1,
        forecast_points=Decimal(4),
    )
    found = matched(wanted(), who)

    assert standing_of(found) == Standing(
        load=Decimal(20), available=Decimal(100), forecast=Decimal(4), new_families=3, agency_days_left=14
    )
    assert pair_of(found) == Pair(
        points=Decimal("6.5"),
        travel_minutes=35,
        knew_months=7,
        paired_practitioners=1,
        kind=WorkKind.ASSESSMENT,
        families=1,
    )


@given(pairs)
def test_the_emptier_of_two_equal_workers_is_never_dearer(pair: Pair) -> None:
    assume(pair.points < 100)
    emptier = total(marginal_cost(replace(EVEN, load=Decimal(30)), pair, objective=OBJECTIVE))

    assert emptier <= total(marginal_cost(EVEN, pair, objective=OBJECTIVE))
