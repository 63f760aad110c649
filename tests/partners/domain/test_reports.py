"""End reports and their outcome."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.domain import reports
from services.partners.domain.reports import EndReport, GoalOutcome, IncompleteReport, NoFamilyView
from tests.partners.domain.builders import a_report


def test_achieved_counts_one_partly_a_half_and_not_nothing() -> None:
    assert reports.outcome(a_report(GoalOutcome.ACHIEVED, GoalOutcome.PARTLY, GoalOutcome.NOT)) == 0.5


@given(st.lists(st.sampled_from(GoalOutcome), min_size=1))
def test_the_outcome_lies_between_none_and_all_achieved(outcomes: list[GoalOutcome]) -> None:
    score = reports.outcome(a_report(*outcomes))

    assert 0 <= score <= 1
    assert (score == 1) is (set(outcomes) == {GoalOutcome.ACHIEVED})
    assert (score == 0) is (set(outcomes) == {GoalOutcome.NOT})


@pytest.mark.parametrize(
    ("report", "pointer"),
    [
        (replace(a_report(), goals=()), "/goals"),
        (replace(a_report(), practitioner_view="  "), "/practitioner_view"),
        (replace(a_report(), family_view=None), "/family_view"),
        (replace(a_report(), no_family_view=NoFamilyView.COULD_NOT_ASK), "/family_view"),
    ],
)
def test_a_report_without_goals_or_views_is_incomplete(report: EndReport, pointer: str) -> None:
    with pytest.raises(IncompleteReport) as refusal:
        reports.check(report)

    assert refusal.value.at == pointer


def test_a_missing_family_view_needs_its_reason_and_no_more() -> None:
    report = replace(a_report(), family_view=None, no_family_view=NoFamilyView.UNSAFE_TO_ASK)

    assert reports.check(report) == report
