"""A family referred again while its workbook is open: both referrals end, and step down, with the one workbook."""

from datetime import date

from services.metrics.domain.ledger import family_tallies
from services.metrics.domain.tallies import TallyCode
from tests.metrics.builders import Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, stock

SIBLING = an_id("sibling")
FIRST, SECOND, WORKBOOK = an_id("r"), an_id("r2"), an_id("wb")


def referred_twice() -> Telling:
    """Tell of two accepted referrals, each about another child, that one workbook answers."""
    telling = Telling()
    named = {"workbook_id": WORKBOOK, "family_id": FAMILY}
    telling.referral(FIRST, FAMILY, (CHILD,), on=date(2025, 1, 6))
    telling.decided("accepted", FIRST, FAMILY, on=date(2025, 1, 6), children=(CHILD,))
    telling.tell(
        "workbook.workbook.opened", WORKBOOK, on=date(2025, 1, 8), **named,
        referral_id=FIRST, children=(CHILD,), opened_on=date(2025, 1, 8),
    )  # fmt: skip
    telling.referral(SECOND, FAMILY, (SIBLING,), on=date(2025, 3, 6))
    telling.decided("accepted", SECOND, FAMILY, on=date(2025, 3, 6), children=(SIBLING,))
    telling.tell("workbook.workbook.referral_joined", WORKBOOK, on=date(2025, 3, 6), **named, referral_id=SECOND)
    return telling


def test_both_referrals_end_when_the_workbook_closes() -> None:
    telling = referred_twice()
    telling.tell(
        "workbook.workbook.closed", WORKBOOK, on=date(2025, 8, 1), workbook_id=WORKBOOK, family_id=FAMILY,
        referral_id=FIRST, further_referrals=(SECOND,), reason="RC7", closed_on=date(2025, 8, 1),
    )  # fmt: skip

    tallies = family_tallies(telling.facts)

    days = (date(2025, 3, 5), date(2025, 3, 6), date(2025, 7, 31), date(2025, 8, 1))
    assert [stock(TallyCode.IN_NEED, tallies, day) for day in days] == [1, 2, 2, 0]


def test_both_referrals_step_down_with_the_workbook() -> None:
    telling = referred_twice()
    telling.tell(
        "workbook.workbook.stepped_down", WORKBOOK, on=date(2025, 4, 1), workbook_id=WORKBOOK, family_id=FAMILY,
        stepped_down_on=date(2025, 4, 1),
    )  # fmt: skip

    tallies = family_tallies(telling.facts)

    assert [stock(TallyCode.IN_NEED, tallies, day) for day in (date(2025, 3, 31), date(2025, 4, 1))] == [2, 0]
