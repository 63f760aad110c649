"""What a points scheme may say."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.allocation.domain import scheme
from services.allocation.domain.cases import CaseType
from services.allocation.domain.curve import Curve, Step, curve
from services.allocation.domain.scheme import InvalidScheme, InvalidWeight, Rules, Scheme, SchemeNotYetDue, SchemeState
from services.allocation.domain.workers import WorkerRole
from tests.allocation.domain.builders import NOW, RULES, TODAY, number


def _with(**parts: dict[str, Any]) -> Rules:
    return replace(RULES, **{name: replace(getattr(RULES, name), **changes) for name, changes in parts.items()})


def _weights(**changes: Any) -> Rules:
    return replace(RULES, objective=replace(RULES.objective, weights=replace(RULES.objective.weights, **changes)))


def _base(kind: CaseType, *row: int) -> dict[CaseType, tuple[Decimal, ...]]:
    return {**RULES.table.base, kind: tuple(Decimal(each) for each in row)}


def _posts(**changes: int | None) -> Rules:
    points = dict(RULES.nominal.points)
    for post, value in changes.items():
        if value is None:
            del points[WorkerRole(post)]
        else:
            points[WorkerRole(post)] = Decimal(value)
    return _with(nominal={"points": points})


def test_the_scheme_to_start_from_is_sound() -> None:
    scheme.check(RULES)


@pytest.mark.parametrize("weight", [Decimal(-1), Decimal("10.01"), Decimal("NaN"), Decimal("Infinity")])
def test_a_weight_is_neither_negative_nor_drowning_nor_no_number(weight: Decimal) -> None:
    with pytest.raises(InvalidWeight) as refused:
        scheme.check(_weights(travel=weight))

    assert refused.value.at == "/objective/weights/travel"


@pytest.mark.parametrize(
    ("rules", "pointer"),
    [
        (_with(table={"base": {}}), "/table/base/assessment"),
        (_with(table={"base": _base(CaseType.CP, 7, 8, 9)}), "/table/base/cp"),
        (_with(table={"base": _base(CaseType.CP, 0, 8, 9, 10)}), "/table/base/cp"),
        (_with(table={"base": _base(CaseType.CP, 9, 8, 9, 10)}), "/table/base/cp"),
        (_with(table={"sibling_factor": Decimal("1.5")}), "/table/sibling_factor"),
        (_with(table={"co_working_factor": Decimal(-1)}), "/table/co_working_factor"),
        (_with(table={"travel": Decimal(-1)}), "/table/travel"),
        (_posts(senior_social_worker=0), "/nominal/points/senior_social_worker"),
        (_posts(family_support_worker=-1), "/nominal/points/family_support_worker"),
        (_posts(advanced_practitioner=None), "/nominal/points/advanced_practitioner"),
        (_posts(family_support_worker=15), "/nominal/stable_element"),
        (_with(nominal={"points": {}}), "/nominal/points/social_worker"),
        (_with(nominal={"full_time_hours": Decimal(0)}), "/nominal/full_time_hours"),
        (_with(nominal={"stable_element": Decimal(100)}), "/nominal/stable_element"),
        (_with(nominal={"first_year_factor": Decimal("1.1")}), "/nominal/first_year_factor"),
        (_with(ceilings={"hard_per_cent": Decimal(99)}), "/ceilings/hard_per_cent"),
        (_with(ceilings={"court_points": Decimal(0)}), "/ceilings/court_points"),
        (_with(ceilings={"absent_days": -1}), "/ceilings/absent_days"),
        (_with(ceilings={"absent_days": 2_147_483_647}), "/ceilings/absent_days"),
        (_with(table={"settled_after_days": 3661}), "/table/settled_after_days"),
        (_with(table={"transfer_days": 3661}), "/table/transfer_days"),
        (_with(ceilings={"alert_per_cent": (110, 100)}), "/ceilings/alert_per_cent"),
        (_with(ceilings={"alert_margin": 100}), "/ceilings/alert_margin"),
        (_with(objective={"overload": curve(("90", "1"), ("80", "2"))}), "/objective/overload"),
        (_with(objective={"unevenness": curve(("0", "2"), ("50", "1"))}), "/objective/unevenness"),
        (_with(objective={"agency_horizon_days": 0}), "/objective/agency_horizon_days"),
        (replace(RULES, minutes={("a", "b"): -1}), "/minutes"),
        (replace(RULES, complexity=(replace(RULES.complexity[0], at_least=9),)), "/complexity"),
    ],
)
def test_a_scheme_that_contradicts_itself_is_refused_at_the_fault(rules: Rules, pointer: str) -> None:
    with pytest.raises(InvalidScheme) as refused:
        scheme.check(rules)

    assert refused.value.at == pointer


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(InvalidScheme) as refused:
        scheme.check(_with(table={"travel": Decimal(-1)}, nominal={"points": {}}))

    posts = {f"/nominal/points/{post}" for post in WorkerRole}
    assert set(refused.value.facts["pointers"]) >= {"/table/travel", *posts}


def _draft() -> Scheme:
    return scheme.draft(id=number(1), version=2, title="Second", rules=RULES, effective_from=TODAY, now=NOW)


def test_a_draft_comes_into_force_and_is_retired_by_the_next() -> None:
    active = scheme.activate(_draft(), now=NOW, today=TODAY)

    assert active.state is SchemeState.ACTIVE
    assert scheme.retire(active, now=NOW).state is SchemeState.RETIRED


def test_a_scheme_is_not_activated_before_its_day() -> None:
    with pytest.raises(SchemeNotYetDue):
        scheme.activate(_draft(), now=NOW, today=TODAY - timedelta(1))


def test_minutes_between_areas_are_the_same_both_ways() -> None:
    assert RULES.travel_minutes("cherwell", "oxford_east") == RULES.travel_minutes("oxford_east", "cherwell") == 35
    assert RULES.travel_minutes("cherwell", "cherwell") == 15
    assert RULES.travel_minutes("cherwell", "reading") == 45


steps = st.lists(
    st.tuples(st.decimals(0, 100, places=1), st.decimals(0, 5, places=2)),
    min_size=1,
    max_size=5,
    unique_by=lambda s: s[0],
).map(
    lambda pairs: Curve(
        tuple(
            Step(at, slope)
            for at, slope in zip(sorted(at for at, _ in pairs), sorted(slope for _, slope in pairs), strict=True)
        )
    )
)


@given(steps, st.decimals(0, 150, places=2), st.decimals(0, 150, places=2), st.decimals(0, 50, places=2))
def test_a_curve_rises_ever_more_steeply(drawn: Curve, one: Decimal, two: Decimal, by: Decimal) -> None:
    low, high = sorted((one, two))

    assert drawn.is_convex()
    assert drawn.rise(before=low, after=low + by) <= drawn.rise(before=high, after=high + by)
    assert drawn.value(low) <= drawn.value(high)


def test_a_curve_is_the_sum_of_its_segments() -> None:
    drawn = curve(("10", "1"), ("20", "3"))

    assert [drawn.value(Decimal(at)) for at in (5, 10, 15, 20, 25)] == [0, 0, 5, 10, 25]
    assert [step.slope for step in drawn] == [Decimal(1), Decimal(3)]
