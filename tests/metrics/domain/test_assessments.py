"""The two 45 working days of assessments."""

from datetime import date

from services.metrics.domain.ledger import family_tallies
from services.metrics.domain.tallies import TallyCode
from tests.metrics.builders import Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, of


def test_the_two_forty_five_days_differ_by_where_they_begin() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 4, 10))
    # 45 working days after 10 April 2025 is 18 June 2025.
    telling.assessed(
        an_id("a"), FAMILY, (CHILD,), on=date(2025, 6, 19), referral_id=an_id("r"), started_on=date(2025, 4, 11)
    )

    tallies = family_tallies(telling.facts)

    assert [tally.amount for tally in of(TallyCode.ASSESSMENT_OF_REFERRAL, tallies)] == [0]
    assert [tally.amount for tally in of(TallyCode.ASSESSMENT_OF_START, tallies)] == [1]


def test_an_assessment_that_contradicts_both_definitions_is_one_record_left_out() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 4, 10))
    telling.assessed(
        an_id("a"), FAMILY, (CHILD,), on=date(2025, 4, 1), referral_id=an_id("r"), started_on=date(2025, 4, 11)
    )

    assert [tally.base for tally in of(TallyCode.LEFT_OUT, family_tallies(telling.facts))] == [1]


def test_the_statutory_days_of_a_reopened_referral_run_from_its_reopening() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 1, 6))
    telling.decided("advised", an_id("r"), FAMILY, on=date(2025, 1, 7), outcome="no_further_action")
    telling.tell(
        "referrals.referral.reopened", an_id("r"), on=date(2025, 4, 10), referral_id=an_id("r"), family_id=FAMILY,
        reason="new_information",
    )  # fmt: skip
    telling.assessed(
        an_id("a"), FAMILY, (CHILD,), on=date(2025, 6, 18), referral_id=an_id("r"), started_on=date(2025, 4, 11)
    )

    assert [tally.amount for tally in of(TallyCode.ASSESSMENT_OF_REFERRAL, family_tallies(telling.facts))] == [1]
