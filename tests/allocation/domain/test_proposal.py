"""Ranking, and the manager's decision on it."""

from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from libs.kernel.ids import WorkerId
from services.allocation.domain import proposal as proposals
from services.allocation.domain.candidates import Candidate, Wanted, match
from services.allocation.domain.cases import CaseType
from services.allocation.domain.constraints import OverCapacity, WorkerNotEligible, breaches
from services.allocation.domain.proposal import (
    DecidedTooEarly,
    DeclineReason,
    NotAnOption,
    NothingToOverride,
    OverrideReason,
    ProposalLapsed,
    ProposalStale,
    ProposalState,
    ReasonNeeded,
)
from services.allocation.domain.ranking import WarningCode, option_for, rank
from tests.allocation.domain import strategies
from tests.allocation.domain.builders import (
    NOW,
    RULES,
    TODAY,
    absence,
    candidate,
    case,
    child,
    decision,
    matched,
    number,
    proposal,
    wanted,
)

FULL = tuple(case(20 + each, child(200 + each, CaseType.CP, 1)) for each in range(10))  # 95 %
people = st.lists(st.integers(10, 14), min_size=1, max_size=4, unique=True).flatmap(
    lambda values: st.tuples(*(strategies.candidates(value) for value in values))
)


@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(strategies.families, people, st.randoms(use_true_random=False))
def test_no_option_breaks_a_hard_rule_and_everybody_is_either_ranked_or_excluded(
    family: Wanted, who: Candidate, order: Random
) -> None:
    matches = [match(family, each, rules=RULES, on=TODAY) for each in who]
    shuffled = order.sample(matches, len(matches))

    ranking = rank(matches, rules=RULES)

    event(f"{len(ranking.options)} options")
    by_worker = {each.worker_id: each for each in matches}
    for option in ranking.options:
        assert breaches(by_worker[option.worker_id], rules=RULES) == ()
        assert option.total == sum(term.points for term in option.terms)
        assert option.before.utilisation is not None
        assert option.after.load > option.before.load
    assert all(each.breaches for each in ranking.excluded)
    assert {each.worker_id for each in (*ranking.options, *ranking.excluded)} == set(by_worker)
    assert [option.rank for option in ranking.options] == list(range(1, len(ranking.options) + 1))
    assert rank(shuffled, rules=RULES) == ranking


def test_ties_are_broken_by_id() -> None:
    ranking = rank([matched(wanted(), candidate(value)) for value in (12, 10, 11)], rules=RULES)

    assert [option.worker_id for option in ranking.options] == [number(10), number(11), number(12)]


def test_no_sentence_of_an_option_names_a_family() -> None:
    ranking = rank([matched(wanted(), candidate(10, *FULL[:3]))], rules=RULES)
    said = " ".join(term.sentence for term in ranking.options[0].terms)

    assert not any(str(each.family_id) in said for each in FULL)


def test_a_proposal_with_nobody_eligible_is_infeasible() -> None:
    found = proposal(matched(wanted(area="elsewhere"), candidate()))

    assert found.state is ProposalState.INFEASIBLE
    assert found.ranking.options == ()


def test_what_a_manager_should_know_is_said_beside_the_option() -> None:
    who = candidate(
        10,
        *FULL,
        absences=(absence(TODAY, TODAY + timedelta(3)),),
        worker_first_year_from=TODAY,
        worker_agency=True,
        worker_agency_until=TODAY + timedelta(60),
    )
    cautions = {
        caution.code
        for found in (matched(wanted(child(1, CaseType.CIN, None)), who),)
        for caution in option_for(found, rules=RULES).cautions
    }

    assert cautions == {
        WarningCode.ABOVE_SOFT_CEILING,
        WarningCode.PROVISIONAL_POINTS,
        WarningCode.FIRST_YEAR,
        WarningCode.AWAY_BRIEFLY,
        WarningCode.AGENCY_ENDS,
    }


def test_court_work_near_its_ceiling_is_said() -> None:
    who = candidate(10, *(case(20 + each, child(200 + each, CaseType.PROCEEDINGS, 0)) for each in range(3)))

    assert WarningCode.COURT_NEAR_CEILING in {
        caution.code
        for caution in option_for(matched(wanted(child(1, CaseType.PRE_PROCEEDINGS, 0)), who), rules=RULES).cautions
    }


def test_confirming_keeps_who_was_taken_and_at_which_rank() -> None:
    confirmed = proposals.confirm(
        proposal(), decision=decision(), fresh=matched(wanted(), candidate(10)), rules=RULES, now=NOW
    )

    assert confirmed.state is ProposalState.CONFIRMED
    assert confirmed.decision is not None
    assert (confirmed.decision.worker_id, confirmed.decision.rank) == (number(10), 1)


def test_a_worker_whose_numbers_changed_is_refused_with_the_fresh_ones() -> None:
    fresh = matched(wanted(), candidate(10, case(30)))

    with pytest.raises(ProposalStale) as refused:
        proposals.confirm(proposal(), decision=decision(), fresh=fresh, rules=RULES, now=NOW)

    assert refused.value.facts["fresh"]["before"]["load"] == 20.0
    assert refused.value.facts["fresh"]["excluded_by"] == []


def test_changes_of_other_workers_do_not_make_an_option_stale() -> None:
    offered = proposal(matched(wanted(), candidate(10)), matched(wanted(), candidate(11)))

    confirmed = proposals.confirm(
        offered, decision=decision(), fresh=matched(wanted(), candidate(11)), rules=RULES, now=NOW
    )

    assert confirmed.decision is not None
    assert confirmed.decision.rank == 2


def test_who_may_no_longer_take_the_family_is_refused_even_with_the_same_numbers() -> None:
    away = matched(wanted(), candidate(10, absences=(absence(TODAY + timedelta(1), None),)))

    with pytest.raises(WorkerNotEligible):
        proposals.confirm(proposal(), decision=decision(), fresh=away, rules=RULES, now=NOW)


def test_above_the_soft_ceiling_a_reason_is_needed() -> None:
    fresh = matched(wanted(), candidate(10, *FULL))
    offered = proposal(fresh)

    with pytest.raises(OverCapacity):
        proposals.confirm(offered, decision=decision(), fresh=fresh, rules=RULES, now=NOW)
    said = proposals.confirm(
        offered, decision=decision(text="Agreed with the worker."), fresh=fresh, rules=RULES, now=NOW
    )

    assert said.state is ProposalState.CONFIRMED


def test_nobody_outside_the_options_is_confirmed() -> None:
    with pytest.raises(NotAnOption):
        proposals.confirm(proposal(), decision=decision(), fresh=matched(wanted(), candidate(12)), rules=RULES, now=NOW)


def test_too_old_a_proposal_is_not_decided_on() -> None:
    late = decision(at=NOW + timedelta(5))

    with pytest.raises(ProposalLapsed):
        proposals.confirm(proposal(), decision=late, fresh=matched(wanted(), candidate(10)), rules=RULES, now=late.at)
    with pytest.raises(ProposalLapsed):
        proposals.override(proposal(), decision=late, fresh=matched(wanted(), candidate(11)), rules=RULES, now=late.at)


def test_what_was_recorded_late_is_judged_by_when_it_was_recorded() -> None:
    yesterday = decision(at=NOW + timedelta(1))

    with pytest.raises(ProposalLapsed):
        proposals.confirm(
            proposal(), decision=yesterday, fresh=matched(wanted(), candidate(10)), rules=RULES, now=NOW + timedelta(6)
        )


def test_nobody_decides_before_the_proposal_was_made() -> None:
    early = decision(at=NOW - timedelta(1), reason=DeclineReason.OTHER)

    with pytest.raises(DecidedTooEarly):
        proposals.confirm(proposal(), decision=early, fresh=matched(wanted(), candidate(10)), rules=RULES, now=NOW)
    with pytest.raises(DecidedTooEarly):
        proposals.decline(proposal(), decision=early)


OWN_PICK = decision(reason=OverrideReason.WORKER_VIEW, text="Talked it through in supervision.")


def test_an_override_takes_another_worker_with_a_reason() -> None:
    overridden = proposals.override(
        proposal(), decision=OWN_PICK, fresh=matched(wanted(), candidate(12)), rules=RULES, now=NOW
    )

    assert overridden.state is ProposalState.OVERRIDDEN
    assert overridden.decision is not None
    assert (overridden.decision.worker_id, overridden.decision.rank) == (WorkerId(number(12)), None)


def test_an_override_needs_a_code_and_words() -> None:
    for unsaid in (decision(reason=OverrideReason.SKILLS), decision(text="Because."), decision()):
        with pytest.raises(ReasonNeeded):
            proposals.override(
                proposal(), decision=unsaid, fresh=matched(wanted(), candidate(11, case(20))), rules=RULES, now=NOW
            )


def test_the_best_proposed_is_confirmed_and_not_overridden() -> None:
    with pytest.raises(NothingToOverride):
        proposals.override(proposal(), decision=OWN_PICK, fresh=matched(wanted(), candidate(10)), rules=RULES, now=NOW)


def test_an_override_of_a_stale_option_is_refused_too() -> None:
    with pytest.raises(ProposalStale):
        proposals.override(proposal(), decision=OWN_PICK, fresh=matched(wanted(), candidate(11)), rules=RULES, now=NOW)


def test_an_override_keeps_to_the_hard_rules() -> None:
    inactive = matched(wanted(), candidate(12, worker_active=False))

    with pytest.raises(WorkerNotEligible):
        proposals.override(proposal(), decision=OWN_PICK, fresh=inactive, rules=RULES, now=NOW)


def test_declining_needs_a_reason_and_takes_nobody() -> None:
    with pytest.raises(ReasonNeeded):
        proposals.decline(proposal(), decision=decision())
    declined = proposals.decline(proposal(), decision=decision(reason=DeclineReason.WAIT_FOR_WORKER))

    assert declined.state is ProposalState.DECLINED
    assert declined.decision is not None
    assert declined.decision.worker_id is None


def test_the_sensitive_note_of_an_oversight_is_kept_with_the_decision() -> None:
    noted = decision(oversight_note="Seen by the service manager.", note_is_sensitive=True)

    confirmed = proposals.confirm(
        proposal(), decision=noted, fresh=matched(wanted(), candidate(10)), rules=RULES, now=NOW
    )

    assert confirmed.decision is not None
    assert confirmed.decision.note_is_sensitive


def test_one_worker_of_two_hundred_is_found_quickly_enough_to_enumerate() -> None:
    matches = [matched(wanted(), candidate(100 + each, *FULL[: each % 10])) for each in range(200)]

    assert len(rank(matches, rules=RULES).options) == 200
    assert rank(matches, rules=RULES).options[0].before.load == Decimal(15)
