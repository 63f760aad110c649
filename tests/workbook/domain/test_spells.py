"""The plans of a child never break a rule of the census."""

from datetime import date, timedelta
from itertools import combinations, count
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.codes import CategoryOfAbuse
from libs.kernel.errors import DomainError
from services.workbook.domain import spells
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.spells import History, NotOnThatPlan, Spell, SpellRuleBroken

CHILD, SIBLING = UUID(int=1), UUID(int=2)
REFERRED = date(2024, 3, 4)  # a Monday
CONFERENCE = date(2024, 4, 10)  # a Wednesday
_numbers = count(100)


def history(*held: Spell, child: UUID = CHILD, conferences: tuple[date, ...] = (CONFERENCE,)) -> History:
    return History(child_id=child, referred_on=REFERRED, conferences=frozenset(conferences), spells=held)


def plan(
    kind: SpellKind, start: date, end: date | None = None, *, child: UUID = CHILD, previous: int | None = 0
) -> Spell:
    protected = kind is SpellKind.CP
    category = CategoryOfAbuse.NEG if protected else None
    return Spell(
        id=UUID(int=next(_numbers)),
        child_id=child,
        kind=kind,
        started_on=start,
        ended_on=end,
        initial_category=category,
        latest_category=category,
        previous_cp_plans=previous if protected else None,
    )


def rules_broken(*held: Spell, conferences: tuple[date, ...] = (CONFERENCE,)) -> set[str]:
    return {violation.rule for violation in spells.violations(history(*held, conferences=conferences))}


def test_a_history_in_order_breaks_no_rule() -> None:
    held = (plan(SpellKind.CIN, REFERRED, CONFERENCE), plan(SpellKind.CP, CONFERENCE, date(2024, 9, 9)))

    assert spells.violations(history(*held)) == ()


def test_a_child_in_need_plan_and_a_protection_plan_never_run_at_once() -> None:
    running = plan(SpellKind.CIN, REFERRED)

    with pytest.raises(SpellRuleBroken) as refused:
        spells.start([history(running)], [plan(SpellKind.CP, CONFERENCE)])

    assert {violation.rule for violation in refused.value.violations} == {"4016"}


@pytest.mark.parametrize(
    ("held", "rule"),
    [
        (plan(SpellKind.CIN, REFERRED - timedelta(days=1)), "4015"),
        (plan(SpellKind.CIN, CONFERENCE, REFERRED), "4011"),
        (plan(SpellKind.CP, REFERRED - timedelta(days=3)), "1105"),
        (plan(SpellKind.CP, CONFERENCE, CONFERENCE - timedelta(days=1)), "8925"),
        (plan(SpellKind.CP, CONFERENCE, CONFERENCE), "8840"),
        (plan(SpellKind.CP, CONFERENCE + timedelta(days=1)), "2885"),
        (plan(SpellKind.CP, CONFERENCE, previous=None), "8730"),
        (plan(SpellKind.CP, CONFERENCE, previous=-1), "8730"),
    ],
)
def test_a_fault_of_one_plan_has_its_census_number(held: Spell, rule: str) -> None:
    assert rule in rules_broken(held)


def test_no_conference_is_held_at_a_weekend() -> None:
    saturday = date(2024, 4, 13)

    assert rules_broken(plan(SpellKind.CP, saturday), conferences=(saturday,)) == {"8875"}


def test_a_protection_plan_always_has_both_categories() -> None:
    bare = Spell(id=UUID(int=9), child_id=CHILD, kind=SpellKind.CP, started_on=CONFERENCE, previous_cp_plans=0)

    assert rules_broken(bare) == {"8905", "8910"}


def test_a_review_on_the_day_of_the_start_is_refused() -> None:
    with pytest.raises(SpellRuleBroken, match="8841"):
        spells.review(history(plan(SpellKind.CP, CONFERENCE)), on=CONFERENCE)


@pytest.mark.parametrize(
    ("kind", "two_open", "overlap"), [(SpellKind.CIN, "4004", "4014"), (SpellKind.CP, "8935", "8940")]
)
def test_two_plans_of_a_kind_never_run_at_once(kind: SpellKind, two_open: str, overlap: str) -> None:
    later = CONFERENCE + timedelta(days=14)
    both = (CONFERENCE, later)

    assert rules_broken(plan(kind, CONFERENCE), plan(kind, later), conferences=both) == {two_open}
    assert rules_broken(plan(kind, CONFERENCE, later + timedelta(days=3)), plan(kind, later), conferences=both) == {
        overlap
    }


def test_early_help_never_runs_beside_a_statutory_plan() -> None:
    assert rules_broken(plan(SpellKind.EH, REFERRED), plan(SpellKind.CIN, CONFERENCE)) == {"workbook-eh-and-cin"}


def test_a_protection_plan_may_run_beside_being_looked_after() -> None:
    assert rules_broken(plan(SpellKind.CP, CONFERENCE), plan(SpellKind.LOOKED_AFTER, CONFERENCE)) == set()


def test_several_children_go_in_together_or_not_at_all() -> None:
    sibling = plan(SpellKind.CIN, REFERRED, child=SIBLING)
    new = [plan(SpellKind.CP, CONFERENCE), plan(SpellKind.CP, CONFERENCE, child=SIBLING)]

    with pytest.raises(SpellRuleBroken) as refused:
        spells.start([history(), history(sibling, child=SIBLING)], new)

    assert [(v.rule, v.child_id) for v in refused.value.violations] == [("4016", SIBLING)]


def test_every_broken_rule_is_named_at_once() -> None:
    saturday_before = date(2024, 3, 2)
    bare = Spell(id=UUID(int=9), child_id=CHILD, kind=SpellKind.CP, started_on=saturday_before)

    with pytest.raises(SpellRuleBroken) as refused:
        spells.start([history()], [bare])

    assert {v.rule for v in refused.value.violations} == {"1105", "2885", "8875", "8905", "8910", "8730"}


def test_an_old_fault_does_not_stop_the_end_of_a_plan() -> None:
    wrong = plan(SpellKind.CP, CONFERENCE + timedelta(days=1))

    ended = spells.end(history(wrong), spell_id=wrong.id, on=date(2024, 9, 9), reason="no_longer_needed")

    assert ended.spells[0].ended_on == date(2024, 9, 9)


def test_a_plan_ends_once() -> None:
    held = plan(SpellKind.CIN, REFERRED, CONFERENCE)

    with pytest.raises(NotOnThatPlan):
        spells.end(history(held), spell_id=held.id, on=CONFERENCE, reason="no_longer_needed")


def test_the_category_changes_and_the_first_one_stays() -> None:
    held = plan(SpellKind.CP, CONFERENCE)

    changed = spells.change_category(history(held), spell_id=held.id, category=CategoryOfAbuse.EMO).spells[0]

    assert (changed.initial_category, changed.latest_category) == (CategoryOfAbuse.NEG, CategoryOfAbuse.EMO)


def test_only_a_protection_plan_has_a_category() -> None:
    held = plan(SpellKind.CIN, REFERRED)

    with pytest.raises(NotOnThatPlan):
        spells.change_category(history(held), spell_id=held.id, category=CategoryOfAbuse.EMO)


def test_earlier_protection_plans_are_counted_with_those_of_other_authorities() -> None:
    held = plan(SpellKind.CP, CONFERENCE, date(2024, 9, 9))

    assert spells.previous_cp_plans(history(held), before=date(2025, 1, 8)) == 1
    assert spells.previous_cp_plans(history(held), before=date(2025, 1, 8), elsewhere=2) == 3


days = st.integers(0, 400).map(lambda n: REFERRED - timedelta(days=10) + timedelta(days=n))
commands = st.lists(
    st.one_of(
        st.tuples(st.just("start"), st.sampled_from(SpellKind), days),
        st.tuples(st.just("end"), st.integers(0, 5), days),
        st.tuples(st.just("review"), st.none(), days),
    ),
    max_size=14,
)


def obey(child: History, verb: str, what: SpellKind | int | None, on: date) -> History:
    """The child's history after a command, or as it was where the command was refused."""
    try:
        if verb == "start" and isinstance(what, SpellKind):
            return spells.start([child], [plan(what, on)])[0]
        if verb == "end" and isinstance(what, int) and what < len(child.spells):
            return spells.end(child, spell_id=child.spells[what].id, on=on, reason="no_longer_needed")
        return spells.review(child, on=on) if verb == "review" else child
    except DomainError:
        return child


@given(commands)
def test_no_sequence_of_commands_breaks_an_invariant(said: list[tuple[str, SpellKind | int | None, date]]) -> None:
    every_day = (REFERRED + timedelta(days=n) for n in range(400))
    child = history(conferences=tuple(day for day in every_day if day.weekday() < 5))

    for verb, what, on in said:
        child = obey(child, verb, what, on)

    assert spells.violations(child) == ()
    for one, other in combinations(child.spells, 2):
        together = max(one.started_on, other.started_on) < min(one.ended_on or date.max, other.ended_on or date.max)
        assert not together or {one.kind, other.kind} not in ({SpellKind.CIN, SpellKind.CP}, {one.kind})
    for held in child.spells:
        assert held.started_on >= REFERRED
        assert held.ended_on is None or held.ended_on >= held.started_on
        if held.kind is SpellKind.CP:
            assert held.started_on.weekday() < 5
            assert held.ended_on != held.started_on
