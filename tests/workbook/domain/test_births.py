"""The birth of a child who was on a plan before it: when it can have been, and what waits for its review."""

from dataclasses import replace
from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from libs.kernel.codes import CategoryOfAbuse
from libs.kernel.deadline import Standing, local_day
from libs.kernel.errors import DomainError
from services.workbook.domain import births, clocks
from services.workbook.domain.clock_rules import LocalValues
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.moments import ImplausibleDate
from services.workbook.domain.spells import NotOnThatPlan, Spell

WORKBOOK, CHILD, SIBLING = UUID(int=1), UUID(int=2), UUID(int=3)
LATER = datetime(2025, 12, 19, 9, tzinfo=UTC)
LOCAL = LocalValues()
PLAN = Spell(
    id=UUID(int=9), child_id=CHILD, kind=SpellKind.CP, started_on=date(2025, 11, 3),
    initial_category=CategoryOfAbuse.NEG, latest_category=CategoryOfAbuse.NEG, previous_cp_plans=0,
)  # fmt: skip


@pytest.mark.parametrize(
    ("plan", "on", "refusal"),
    [
        (PLAN, date(2025, 11, 2), ImplausibleDate),
        (PLAN, date(2025, 11, 3), ImplausibleDate),
        (PLAN, date(2026, 8, 11), ImplausibleDate),
        (replace(PLAN, ended_on=date(2025, 12, 1), end_reason="x"), date(2025, 12, 2), ImplausibleDate),
        (replace(PLAN, kind=SpellKind.CIN), date(2025, 12, 1), NotOnThatPlan),
    ],
)
def test_a_birth_that_a_plan_cannot_have_waited_for_is_refused(
    plan: Spell, on: date, refusal: type[DomainError]
) -> None:
    with pytest.raises(refusal):
        births.record(plan, on=on)


@pytest.mark.parametrize("on", [date(2025, 11, 4), date(2026, 8, 10)])
def test_a_birth_is_at_most_forty_weeks_after_the_plan_began(on: date) -> None:
    assert births.record(PLAN, on=on).born_on == on


def test_the_review_is_due_twenty_working_days_after_the_birth_or_as_the_authority_says() -> None:
    run = births.review(births.record(PLAN, on=date(2025, 12, 18)), workbook_id=WORKBOOK)

    assert run is not None
    (kept,) = clocks.clocks(run, local=LOCAL)
    (sooner,) = clocks.clocks(run, local=LocalValues(birth_review_working_days=10))
    assert (kept.number, kept.child_id, local_day(kept.clock.due_at)) == ("C14", CHILD, date(2026, 1, 20))
    assert local_day(sooner.clock.due_at) == date(2026, 1, 6)


def test_a_corrected_birth_takes_back_only_what_was_waited_for_about_that_child() -> None:
    wrong = births.review(replace(PLAN, born_on=date(2025, 12, 1)), workbook_id=WORKBOOK)
    of_sibling = births.review(replace(PLAN, child_id=SIBLING, born_on=date(2025, 12, 1)), workbook_id=WORKBOOK)
    right = births.review(replace(PLAN, born_on=date(2025, 12, 8)), workbook_id=WORKBOOK)
    assert wrong is not None
    assert of_sibling is not None

    (gone,) = births.taken_back([wrong, of_sibling], child_id=CHILD, now=right)

    (clock,) = clocks.clocks(gone, local=LOCAL)
    assert gone.id == wrong.id
    assert clock.clock.standing(LATER) is Standing.VOID
