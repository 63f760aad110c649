"""Kinds of work, shares and complexity."""

from datetime import date, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.ids import PersonId
from services.allocation.domain.cases import Case, CaseType, Share, Spell, SpellKind, case_type, take_on
from services.allocation.domain.complexity import DEFAULT_RULES, RuleScore, assess
from tests.allocation.domain import strategies
from tests.allocation.domain.builders import TODAY, case, child, number

YEAR = timedelta(365)


def kind_of(*spells: Spell, assessing: bool = False) -> CaseType:
    return case_type(spells, assessing=assessing, on=TODAY, settled_after_days=182)


def spell(kind: SpellKind, started: date = TODAY - YEAR, ended: date | None = None) -> Spell:
    return Spell(kind=kind, started_on=started, ended_on=ended)


def test_a_child_about_whom_nothing_is_known_is_being_assessed() -> None:
    assert kind_of() is CaseType.ASSESSMENT


def test_the_heaviest_plan_that_runs_decides() -> None:
    assert kind_of(spell(SpellKind.LOOKED_AFTER), spell(SpellKind.PROCEEDINGS)) is CaseType.PROCEEDINGS
    assert kind_of(spell(SpellKind.CP), spell(SpellKind.PRE_PROCEEDINGS)) is CaseType.PRE_PROCEEDINGS
    assert kind_of(spell(SpellKind.CIN), assessing=True) is CaseType.CIN


def test_a_looked_after_child_is_unsettled_in_the_first_half_year() -> None:
    assert kind_of(spell(SpellKind.LOOKED_AFTER)) is CaseType.LOOKED_AFTER_SETTLED
    assert kind_of(spell(SpellKind.LOOKED_AFTER, TODAY - timedelta(181))) is CaseType.LOOKED_AFTER_UNSETTLED
    assert kind_of(spell(SpellKind.LOOKED_AFTER, TODAY - timedelta(182))) is CaseType.LOOKED_AFTER_SETTLED


def test_after_the_last_plan_the_child_is_stepping_down_unless_assessed_again() -> None:
    ended = spell(SpellKind.CP, ended=TODAY)

    assert kind_of(ended) is CaseType.STEP_DOWN
    assert kind_of(ended, assessing=True) is CaseType.ASSESSMENT
    assert kind_of(spell(SpellKind.EARLY_HELP)) is CaseType.STEP_DOWN


def test_a_plan_that_has_not_begun_or_ended_today_does_not_run() -> None:
    assert not spell(SpellKind.CIN, TODAY + timedelta(1)).runs(TODAY)
    assert not spell(SpellKind.CIN, ended=TODAY).runs(TODAY)
    assert spell(SpellKind.CIN, TODAY).runs(TODAY)


def test_a_co_worker_who_becomes_lead_holds_the_family_once() -> None:
    before = (case(20), case(21, child(1), share=Share.CO))

    after = take_on(before, case(21, child(1), child(2)))

    assert [each.family_id for each in after] == [number(20), number(21)]
    assert after[1].share is Share.LEAD
    assert {each.child_id for each in after[1].children} == {PersonId(number(1)), PersonId(number(2))}


@given(st.lists(strategies.held, max_size=6, unique_by=lambda each: each.family_id).map(tuple), strategies.held)
def test_taking_on_a_family_loses_no_child_and_holds_each_family_once(cases: tuple[Case, ...], new: Case) -> None:
    after = take_on(cases, new)

    families = [each.family_id for each in after]
    assert len(families) == len(set(families))
    assert {each.family_id for each in (*cases, new)} == set(families)
    held = next(each for each in after if each.family_id == new.family_id)
    assert {each.child_id for each in new.children} <= {each.child_id for each in held.children}


def test_complexity_keeps_the_points_of_each_rule_and_what_it_saw() -> None:
    found = assess(["2B", "3A", "4B", "11A"], rules=DEFAULT_RULES)

    assert found.level == 3
    assert found.scores == (
        RuleScore(rule="two_of_trio", score=1, inputs=("2B", "3A", "4B")),
        RuleScore(rule="whole_trio", score=1, inputs=("2B", "3A", "4B")),
        RuleScore(rule="exploitation", score=1, inputs=("11A",)),
    )


def test_one_parental_need_alone_is_not_complex() -> None:
    assert assess(["1B", "2B"], rules=DEFAULT_RULES).level == 0


def test_no_factor_that_stands_for_a_protected_characteristic_scores() -> None:
    for factor in ("5A", "5B", "5C", "6A", "6B", "6C", "9A", "22A", "23A"):
        assert assess([factor], rules=DEFAULT_RULES).scores == ()
        assert not any(factor in group for rule in DEFAULT_RULES for group in rule.groups)


@given(st.frozensets(st.sampled_from(["1B", "2B", "3A", "4B", "10A", "11A", "15A", "19B", "21"])), st.randoms())
def test_complexity_lies_between_0_and_3_and_never_falls_with_more_factors(
    factors: frozenset[str], chance: Random
) -> None:
    some = frozenset(each for each in factors if chance.random() < 0.5)

    assert 0 <= assess(some, rules=DEFAULT_RULES).level <= assess(factors, rules=DEFAULT_RULES).level <= 3
