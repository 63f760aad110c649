"""Every hard rule, tried alone, at its edge and against random workers."""

from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given

from libs.kernel.ids import TeamId, WorkerId
from services.allocation.domain.candidates import Candidate, Wanted
from services.allocation.domain.cases import Case, CaseType, Share
from services.allocation.domain.constraints import (
    HARD,
    OverCapacity,
    RuleCode,
    WorkerNotEligible,
    breaches,
    require_eligible,
)
from services.allocation.domain.exclusions import ExclusionKind
from services.allocation.domain.workers import Team, WorkerRole
from tests.allocation.domain import strategies
from tests.allocation.domain.builders import RULES, TODAY, absence, candidate, case, child, matched, number, wanted

SOME_DAYS = timedelta(5)
LONG = timedelta(11)


def rules_against(family: Wanted | None = None, who: Candidate | None = None) -> list[RuleCode]:
    found = breaches(matched(family or wanted(), who or candidate()), rules=RULES)
    return [breach.rule for breach in found]


def proceedings(family: int, value: int) -> Case:
    return case(family, child(value, CaseType.PROCEEDINGS, 0))


def test_a_worker_with_room_may_take_the_family() -> None:
    assert rules_against() == []


BROKEN = {
    RuleCode.INACTIVE: (wanted(), candidate(worker_active=False)),
    RuleCode.WRONG_ROLE: (wanted(), candidate(worker_role=WorkerRole.FAMILY_SUPPORT_WORKER)),
    RuleCode.WRONG_AREA: (wanted(area="oxford_east"), candidate()),
    RuleCode.ABSENT: (wanted(), candidate(absences=(absence(TODAY - LONG, TODAY + LONG),))),
    RuleCode.NO_HOURS: (wanted(), candidate(absences=(absence(TODAY, None, hours=Decimal(37)),))),
    RuleCode.CONFLICT_OF_INTEREST: (
        wanted(),
        candidate(barred=frozenset({ExclusionKind.CONFLICT_OF_INTEREST})),
    ),
    RuleCode.RESTRICTED_RECORD: (wanted(), candidate(barred=frozenset({ExclusionKind.RESTRICTED_RECORD}))),
    RuleCode.FAMILY_REFUSED: (wanted(), candidate(barred=frozenset({ExclusionKind.FAMILY_REFUSED}))),
    RuleCode.SKILL: (wanted(skills=frozenset({"exploitation"})), candidate()),
    RuleCode.LANGUAGE: (wanted(languages=frozenset({"pl"})), candidate()),
    RuleCode.FIRST_YEAR_ALONE: (wanted(child(1, CaseType.CP)), candidate(worker_first_year_from=TODAY)),
    RuleCode.FIRST_YEAR_CEILING: (
        wanted(*(child(value, CaseType.STEP_DOWN) for value in range(1, 14))),
        candidate(worker_first_year_from=TODAY),
    ),
    RuleCode.COURT_CEILING: (wanted(), candidate(10, *(proceedings(20 + each, 200 + each) for each in range(4)))),
    RuleCode.UTILISATION_CEILING: (
        wanted(),
        candidate(10, *(case(20 + each, child(200 + each, CaseType.CP, 3)) for each in range(10))),
    ),
    RuleCode.SIBLINGS_TOGETHER: (wanted(siblings_with=WorkerId(number(11))), candidate()),
    RuleCode.SAME_WORKER: (wanted(handed_over_by=WorkerId(number(10))), candidate()),
}


@pytest.mark.parametrize("rule", HARD)
def test_every_hard_rule_excludes_on_its_own_and_says_what_would_have_to_change(rule: RuleCode) -> None:
    found = breaches(matched(*BROKEN[rule]), rules=RULES)

    assert rule in {breach.rule for breach in found}
    assert all(breach.fact.endswith(".") and breach.needs.endswith(".") for breach in found)
    with pytest.raises((WorkerNotEligible, OverCapacity)) as refused:
        require_eligible(matched(*BROKEN[rule]), rules=RULES)
    assert str(rule) in refused.value.facts["rules"]


def test_only_the_utilisation_ceiling_is_said_as_over_capacity() -> None:
    with pytest.raises(OverCapacity):
        require_eligible(matched(*BROKEN[RuleCode.UTILISATION_CEILING]), rules=RULES)


def test_a_team_that_is_closed_takes_nobody() -> None:
    closed = Team(id=TeamId(number(1)), code="old", name="Old", areas=frozenset({"cherwell"}), active=False)

    assert rules_against(who=candidate(team=closed)) == [RuleCode.INACTIVE]


def test_a_worker_who_starts_later_is_not_there_yet() -> None:
    assert RuleCode.INACTIVE in rules_against(who=candidate(worker_from_on=TODAY + SOME_DAYS))


def test_a_short_leave_excludes_nobody_and_counts_the_hours_of_the_return() -> None:
    found = matched(wanted(), candidate(absences=(absence(TODAY, TODAY + SOME_DAYS),)))

    assert breaches(found, rules=RULES) == ()
    assert found.before.available == Decimal(100)
    assert found.counted_on == TODAY + SOME_DAYS


def test_a_long_leave_that_begins_next_week_excludes_already() -> None:
    assert rules_against(who=candidate(absences=(absence(TODAY + SOME_DAYS, TODAY + 5 * LONG),))) == [RuleCode.ABSENT]


def test_a_leave_that_was_taken_back_or_is_far_away_excludes_nobody() -> None:
    far = absence(TODAY + LONG, None)
    taken_back = absence(TODAY, None, taken_back_at=matched(wanted(), candidate()).on)

    assert rules_against(who=candidate(absences=(far, taken_back))) == []


def test_an_agency_contract_that_ended_leaves_no_hours() -> None:
    found = breaches(matched(wanted(), candidate(worker_agency=True, worker_agency_until=TODAY)), rules=RULES)

    assert [breach.rule for breach in found] == [RuleCode.NO_HOURS]
    assert "contract ended" in found[0].fact


def test_in_the_first_year_child_protection_is_only_co_worked() -> None:
    beginner = candidate(worker_first_year_from=TODAY)

    assert rules_against(wanted(child(1, CaseType.CP)), beginner) == [RuleCode.FIRST_YEAR_ALONE]
    assert rules_against(wanted(child(1, CaseType.CP), share=Share.CO), beginner) == []
    assert rules_against(wanted(child(1, CaseType.CIN)), beginner) == []


def test_a_family_support_worker_may_co_work_and_not_lead() -> None:
    supporter = candidate(worker_role=WorkerRole.FAMILY_SUPPORT_WORKER)

    assert rules_against(wanted(share=Share.CO), supporter) == []


def test_who_is_at_the_court_ceiling_gets_no_more_of_any_work_until_it_falls() -> None:
    at_ceiling = candidate(10, *(proceedings(20 + each, 200 + each) for each in range(4)))

    assert rules_against(wanted(child(1, CaseType.STEP_DOWN, 0)), at_ceiling) == [RuleCode.COURT_CEILING]


def test_court_work_that_would_pass_the_ceiling_is_refused_and_other_work_is_not() -> None:
    near = candidate(10, *(proceedings(20 + each, 200 + each) for each in range(3)))

    assert rules_against(wanted(child(1, CaseType.PROCEEDINGS, 3)), near) == [RuleCode.COURT_CEILING]
    assert rules_against(wanted(child(1, CaseType.PROCEEDINGS, 0)), near) == []
    assert rules_against(wanted(child(1, CaseType.CIN, 3)), near) == []


def test_the_hard_ceiling_is_reached_but_not_passed() -> None:
    # 15 stable, 10 x 10 points of child protection, 5 for the child in need: 120 % of 100.
    full = candidate(10, *(case(20 + each, child(200 + each, CaseType.CP, 3)) for each in range(10)))

    assert rules_against(wanted(child(1, CaseType.CIN, 0)), full) == []
    assert rules_against(wanted(child(1, CaseType.CIN, 1)), full) == [RuleCode.UTILISATION_CEILING]


def test_siblings_go_to_the_worker_who_leads_the_others_unless_a_split_is_asked() -> None:
    elsewhere = WorkerId(number(11))

    assert rules_against(wanted(siblings_with=elsewhere, split_asked=True)) == []
    assert rules_against(wanted(siblings_with=elsewhere), candidate(11)) == []


def test_nobody_works_beside_themselves() -> None:
    holds = candidate(10, case(900, child(1)))

    assert rules_against(wanted(share=Share.CO), holds) == [RuleCode.SAME_WORKER]


def test_a_family_that_the_worker_holds_already_adds_only_its_new_children() -> None:
    holds = candidate(10, case(900, child(1, CaseType.CIN, 0)))

    found = matched(wanted(child(2, CaseType.CIN, 0)), holds)

    assert (found.before.load, found.after.load) == (Decimal(20), Decimal("22.5"))
    assert found.after.children == 2


def test_what_adds_nothing_to_an_overloaded_worker_passes_no_ceiling() -> None:
    court = case(900, *(child(each, CaseType.PROCEEDINGS, 3) for each in range(1, 9)))
    full = candidate(10, court, *(case(20 + each, child(200 + each, CaseType.CP, 3)) for each in range(10)))

    assert rules_against(wanted(*court.children), full) == []
    assert rules_against(wanted(*court.children, child(9, CaseType.CIN, 0)), full) == [
        RuleCode.COURT_CEILING,
        RuleCode.UTILISATION_CEILING,
    ]


def test_a_first_year_worker_above_the_ceiling_keeps_the_family_that_comes_again() -> None:
    held = case(900, *(child(value, CaseType.STEP_DOWN) for value in range(1, 14)))

    assert rules_against(wanted(*held.children), candidate(10, held, worker_first_year_from=TODAY)) == []


def test_absences_that_follow_each_other_count_as_one() -> None:
    days = [TODAY + timedelta(start) for start in (1, 10, 19, 28)]
    leaves = tuple(absence(start, until, value=70 + start.day) for start, until in pairwise(days))

    assert rules_against(who=candidate(absences=leaves)) == [RuleCode.ABSENT]
    assert rules_against(who=candidate(absences=leaves[:1])) == []
    assert rules_against(who=candidate(absences=(leaves[0], leaves[2]))) == []


def test_every_broken_rule_is_named_at_once() -> None:
    found = rules_against(wanted(area="elsewhere"), candidate(worker_active=False, worker_role=WorkerRole.TEAM_MANAGER))

    assert found[:3] == [RuleCode.INACTIVE, RuleCode.WRONG_ROLE, RuleCode.WRONG_AREA]


@given(strategies.families, strategies.candidates())
def test_a_reason_never_names_a_family_or_a_person(family: Wanted, who: Candidate) -> None:
    found = breaches(matched(family, who), rules=RULES)
    ids = {str(each.family_id) for each in who.cases} | {str(family.family_id), str(who.worker.id), who.worker.name}

    assert not any(each in breach.fact + breach.needs for each in ids for breach in found)
