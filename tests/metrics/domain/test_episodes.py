"""Episodes of need: from an accepted referral to closure, without the times on early help."""

from datetime import date

from services.metrics.domain.ledger import family_tallies
from services.metrics.domain.tallies import TallyCode
from tests.metrics.builders import Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, of, stock


def test_an_episode_ends_on_the_day_of_closure_which_no_longer_counts() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 3, 3))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 3, 3), children=(CHILD,))
    telling.closed(an_id("r"), FAMILY, (CHILD,), on=date(2025, 8, 1))

    tallies = family_tallies(telling.facts)

    assert [stock(TallyCode.IN_NEED, tallies, day) for day in (date(2025, 7, 31), date(2025, 8, 1))] == [1, 0]


def stepped_down() -> Telling:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 1, 6))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 1, 6), children=(CHILD,))
    telling.tell(
        "workbook.workbook.opened", an_id("wb"), on=date(2025, 1, 7), workbook_id=an_id("wb"), family_id=FAMILY,
        referral_id=an_id("r"), children=(CHILD,), opened_on=date(2025, 1, 7),
    )  # fmt: skip
    telling.plan(an_id("s", 1), CHILD, FAMILY, "cin", on=date(2025, 2, 3))
    telling.plan_ends(an_id("s", 1), CHILD, FAMILY, "cin", started=date(2025, 2, 3), on=date(2025, 4, 1))
    telling.plan(an_id("s", 2), CHILD, FAMILY, "eh", on=date(2025, 4, 1))
    telling.tell(
        "workbook.workbook.stepped_down", an_id("wb"), on=date(2025, 4, 1), workbook_id=an_id("wb"), family_id=FAMILY,
        stepped_down_on=date(2025, 4, 1),
    )  # fmt: skip
    return telling


def test_a_child_that_stepped_down_to_early_help_is_no_longer_in_need() -> None:
    tallies = family_tallies(stepped_down().facts)

    assert [stock(TallyCode.IN_NEED, tallies, day) for day in (date(2025, 3, 31), date(2025, 4, 1))] == [1, 0]


def test_a_statutory_plan_after_a_step_down_starts_another_episode() -> None:
    telling = stepped_down()
    telling.plan(an_id("s", 3), CHILD, FAMILY, "cp", on=date(2025, 9, 1))
    telling.closed(an_id("r"), FAMILY, (CHILD,), on=date(2025, 12, 1))

    tallies = family_tallies(telling.facts)

    days = (date(2025, 8, 31), date(2025, 9, 1), date(2025, 11, 30), date(2025, 12, 1))
    assert [stock(TallyCode.IN_NEED, tallies, day) for day in days] == [0, 1, 1, 0]
    assert [tally.on for tally in of(TallyCode.IN_NEED_START, tallies)] == [date(2025, 1, 6), date(2025, 9, 1)]


def test_a_sibling_that_joins_an_open_case_is_referred_and_in_need_from_then_until_the_case_closes() -> None:
    sibling = an_id("sibling")
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 1, 6))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 1, 6), children=(CHILD,))
    telling.referral(an_id("r2"), FAMILY, (CHILD, sibling), on=date(2025, 3, 6))
    telling.decided("joined", an_id("r2"), FAMILY, on=date(2025, 3, 6), joined_to=an_id("r"))
    telling.closed(an_id("r"), FAMILY, (CHILD,), on=date(2025, 8, 1))

    tallies = family_tallies(telling.facts)

    assert [(tally.subject, tally.on) for tally in of(TallyCode.REFERRAL, tallies)] == [
        (CHILD, date(2025, 1, 6)),
        (sibling, date(2025, 3, 6)),
    ]
    days = (date(2025, 3, 5), date(2025, 3, 6), date(2025, 7, 31), date(2025, 8, 1))
    assert [stock(TallyCode.IN_NEED, tallies, day) for day in days] == [1, 2, 2, 0]
