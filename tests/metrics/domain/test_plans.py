"""Plan spells: stocks, starts and repeat child protection plans."""

from datetime import date, timedelta

from services.metrics.domain.ledger import family_tallies
from services.metrics.domain.tallies import Tally, TallyCode
from tests.metrics.builders import START, Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, of, stock


def plans(*spans: tuple[date, date | None], previous: int = 0) -> list[Tally]:
    telling = Telling()
    for number, (start, end) in enumerate(spans):
        telling.plan(an_id("s", number), CHILD, FAMILY, "cp", on=start, previous_cp_plans=previous)
        if end:
            telling.plan_ends(an_id("s", number), CHILD, FAMILY, "cp", started=start, on=end)
    return list(family_tallies(telling.facts))


def test_a_second_plan_is_a_repeat_for_ever_but_within_two_years_only_to_the_day() -> None:
    just = plans((date(2022, 1, 3), date(2022, 6, 1)), (date(2024, 6, 1), None))
    late = plans((date(2022, 1, 3), date(2022, 6, 1)), (date(2024, 6, 2), None))

    assert [tally.amount for tally in of(TallyCode.CP_START, just)] == [0, 1]
    assert [tally.amount for tally in of(TallyCode.CP_START, late)] == [0, 1]
    assert [tally.amount for tally in of(TallyCode.CP_START_TWO_YEARS, just)] == [0, 1]
    assert [tally.amount for tally in of(TallyCode.CP_START_TWO_YEARS, late)] == [0, 0]


def test_plans_from_before_our_records_make_a_repeat_too() -> None:
    assert [t.amount for t in of(TallyCode.CP_START, plans((START, None), previous=1))] == [1]


def test_a_child_on_two_records_of_one_plan_counts_once_in_the_stock() -> None:
    tallies = plans((START, START + timedelta(days=90)), (START + timedelta(days=30), START + timedelta(days=60)))

    assert stock(TallyCode.CP_PLAN, tallies, START + timedelta(days=45)) == 1
