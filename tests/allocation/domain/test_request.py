"""Requests, declarations and caseloads."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from libs.kernel.ids import FamilyId, PersonId, TeamId, WorkerId
from services.allocation.domain import exclusions, request
from services.allocation.domain.candidates import Candidate, wanted_for, with_forecast
from services.allocation.domain.capacity import Capacity, capacity
from services.allocation.domain.caseload import team_capacity, worker_caseload
from services.allocation.domain.cases import Case, CaseType, Share
from services.allocation.domain.exclusions import AlreadyDeclared, Exclusion, ExclusionKind, InvalidExclusion
from services.allocation.domain.request import Age, CancelReason, InvalidRequest, RequestPurpose
from services.allocation.domain.workers import Absence
from tests.allocation.domain import builders
from tests.allocation.domain.builders import NOW, RULES, TODAY, absence, candidate, case, child, number, worker


def test_a_request_names_children_each_once() -> None:
    for children in ((), (PersonId(number(1)), PersonId(number(1)))):
        with pytest.raises(InvalidRequest):
            request.open_request(builders.request(children=children))


def test_a_request_that_names_children_is_taken_as_it_is() -> None:
    assert request.open_request(builders.request()) == builders.request()


def test_what_is_wanted_says_who_leads_the_siblings_and_who_passes_the_family_on() -> None:
    ada, ben = WorkerId(number(10)), WorkerId(number(11))
    held = [builders.allocation(600), builders.allocation(601, worker_id=ben, share=Share.CO)]
    change = builders.request(purpose=RequestPurpose.CHANGE_OF_WORKER, previous_worker_id=ada)

    new = wanted_for(builders.request(), children=(child(9000),), allocations=held)
    passing = wanted_for(change, children=(child(9000),), allocations=held)

    assert (new.siblings_with, new.handed_over_by) == (ada, None)
    assert (passing.siblings_with, passing.handed_over_by) == (None, ada)


def test_the_age_counts_days_and_working_days_over_a_weekend() -> None:
    friday = builders.request(requested_at=datetime(2026, 11, 13, 15, 0, tzinfo=UTC))

    assert request.age(friday, today=TODAY) == Age(days=5, working_days=3)


def test_the_age_stops_when_the_family_has_its_worker() -> None:
    filled = request.fill(builders.request(), now=NOW + timedelta(1))

    assert request.age(filled, today=TODAY + timedelta(30)).days == 1


def test_waiting_keeps_its_first_moment_and_ends_with_a_proposal() -> None:
    waiting = request.wait(builders.request(), now=NOW)
    still = request.wait(waiting, now=NOW + timedelta(3))

    assert still.waiting_since == NOW
    assert request.propose(still).waiting_since is None


def test_a_cancelled_request_says_why() -> None:
    cancelled = request.cancel(builders.request(), reason=CancelReason.REFERRAL_CLOSED, now=NOW)

    assert cancelled.cancel_reason is CancelReason.REFERRAL_CLOSED


def exclusion(kind: ExclusionKind, **changes: Any) -> Exclusion:
    return Exclusion(
        id=number(1), family_id=FamilyId(number(900)), kind=kind, declared_at=NOW, declared_by=number(3), **changes
    )


def test_a_conflict_bars_one_worker_and_a_restriction_all_but_the_permitted() -> None:
    conflict = exclusion(ExclusionKind.CONFLICT_OF_INTEREST, worker_id=WorkerId(number(10)))
    restricted = exclusion(ExclusionKind.RESTRICTED_RECORD, permitted=frozenset({WorkerId(number(10))}))

    both = [exclusions.declare(each, others=[]) for each in (conflict, restricted)]

    assert exclusions.barring(both, worker_id=WorkerId(number(10))) == {ExclusionKind.CONFLICT_OF_INTEREST}
    assert exclusions.barring(both, worker_id=WorkerId(number(11))) == {ExclusionKind.RESTRICTED_RECORD}


def test_what_was_withdrawn_bars_nobody_and_may_be_declared_again() -> None:
    refused = exclusion(ExclusionKind.FAMILY_REFUSED, worker_id=WorkerId(number(10)))
    withdrawn = exclusions.withdraw(refused, now=NOW)

    assert not withdrawn.bars(WorkerId(number(10)))
    assert exclusions.declare(refused, others=[withdrawn]) == refused
    with pytest.raises(AlreadyDeclared):
        exclusions.declare(refused, others=[refused])


def test_a_declaration_names_whom_its_kind_needs() -> None:
    for wrong in (
        exclusion(ExclusionKind.CONFLICT_OF_INTEREST),
        exclusion(ExclusionKind.FAMILY_REFUSED, permitted=frozenset({WorkerId(number(10))})),
        exclusion(ExclusionKind.RESTRICTED_RECORD, worker_id=WorkerId(number(10))),
    ):
        with pytest.raises(InvalidExclusion):
            exclusions.declare(wrong, others=[])


def _weigh(who: Candidate, *cases: Case, absences: tuple[Absence, ...] = ()) -> Capacity:
    return capacity(who, absences=absences, cases=cases, rules=RULES, on=TODAY)


def test_a_caseload_is_read_from_the_heaviest_family_down() -> None:
    cases = (case(20, child(1)), case(21, child(2, CaseType.CP, 3), child(3)), case(22, child(4), share=Share.CO))

    found = worker_caseload(_weigh(worker(), *cases), cases=cases)

    assert [held.case.family_id for held in found.held] == [number(21), number(20), number(22)]
    assert (found.lead_families, found.co_families) == (2, 1)
    assert found.children_by_type == ((CaseType.CIN, 3), (CaseType.CP, 1))


def test_a_team_speaks_of_those_who_are_there_and_shows_the_work_of_those_away() -> None:
    there = _weigh(worker(10), case(20), case(21))
    away = _weigh(worker(11), case(22), absences=(absence(TODAY, None),))

    found = team_capacity(TeamId(number(1)), workers=[away, there])

    assert found.utilisation == Decimal("25.0")
    assert found.load == Decimal(45)
    assert found.not_available == (number(11),)
    assert found.headroom == Decimal(75)
    assert found.children == 3


def test_a_team_without_anybody_there_is_not_available() -> None:
    assert team_capacity(TeamId(number(1)), workers=[]).utilisation is None


def test_what_is_expected_in_an_area_is_shared_by_the_room_of_those_who_serve_it() -> None:
    half = candidate(11, worker_fte=Decimal("0.5"), worker_contracted_hours=Decimal("18.5"))
    away = candidate(12, absences=(absence(TODAY, None),))

    shared = with_forecast(
        (candidate(10), half, away), forecast={"cherwell": Decimal(30), "elsewhere": Decimal(9)}, rules=RULES, on=TODAY
    )

    assert [each.forecast_points for each in shared] == [Decimal(20), Decimal(10), Decimal(0)]


def test_an_area_whose_workers_are_all_away_shares_nothing() -> None:
    away = candidate(10, absences=(absence(TODAY, None),))

    shared = with_forecast((away,), forecast={"cherwell": Decimal(30)}, rules=RULES, on=TODAY)

    assert shared[0].forecast_points == 0
