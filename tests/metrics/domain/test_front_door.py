"""What the front door's facts add up to: referrals, re-referrals, decisions, waits for a worker."""

from datetime import date

import pytest

from services.metrics.domain.ledger import family_tallies
from services.metrics.domain.tallies import Tally, TallyCode
from tests.metrics.builders import START, Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, TEAM, of, stock


def referred(*days: date) -> list[Tally]:
    telling = Telling()
    for number, day in enumerate(days):
        telling.referral(an_id("r", number), FAMILY, (CHILD,), on=day)
    return of(TallyCode.REFERRAL, family_tallies(telling.facts))


def test_a_referral_a_calendar_year_after_the_last_is_a_re_referral() -> None:
    assert [tally.amount for tally in referred(date(2024, 2, 29), date(2025, 2, 28))] == [0, 1]


def test_a_referral_a_day_later_is_not() -> None:
    assert [tally.amount for tally in referred(date(2024, 3, 1), date(2025, 3, 2))] == [0, 0]


def test_each_repeat_counts_from_the_one_before_it() -> None:
    assert [tally.amount for tally in referred(date(2024, 1, 1), date(2024, 12, 1), date(2025, 11, 1))] == [0, 1, 1]


def test_two_children_referred_together_are_two_referrals_and_one_of_the_family() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD, an_id("sibling")), on=START)

    tallies = family_tallies(telling.facts)

    assert len(of(TallyCode.REFERRAL, tallies)) == 2
    assert len(of(TallyCode.FAMILY_REFERRAL, tallies)) == 1


def test_a_referral_marked_in_error_counts_nowhere() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=START)
    telling.tell("referrals.referral.marked_in_error", an_id("r"), on=START, referral_id=an_id("r"), family_id=FAMILY)

    assert family_tallies(telling.facts) == frozenset()


def test_a_referral_joined_to_an_open_case_is_decided_but_is_no_referral() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=START)
    telling.decided("joined", an_id("r"), FAMILY, on=START, joined_to=an_id("other"))

    tallies = family_tallies(telling.facts)

    assert of(TallyCode.REFERRAL, tallies) == []
    assert [tally.amount for tally in of(TallyCode.DECISION, tallies)] == [1]


def test_a_child_that_is_recognised_later_was_re_referred_all_along() -> None:
    known, fresh = an_id("known"), an_id("fresh")
    telling = Telling()
    telling.referral(an_id("r", 1), FAMILY, (known,), on=date(2025, 3, 3))
    telling.referral(an_id("r", 2), an_id("other family"), (fresh,), on=date(2025, 6, 2))
    before = [tally.amount for tally in of(TallyCode.REFERRAL, family_tallies(telling.facts))]
    telling.links(fresh, known, on=date(2025, 6, 9), referral=an_id("r", 2))

    after = of(TallyCode.REFERRAL, family_tallies(telling.facts))

    assert before == [0, 0]
    assert [(tally.amount, tally.subject) for tally in after] == [(0, known), (1, known)]


def test_referrals_that_end_in_no_further_action_are_a_share_of_all_decided_or_not() -> None:
    telling = Telling()
    for number in range(4):
        telling.referral(an_id("r", number), an_id("f", number), (an_id("c", number),), on=START)
    telling.decided("advised", an_id("r", 0), an_id("f", 0), on=START, outcome="no_further_action")

    tallies = of(TallyCode.REFERRAL_OUTCOME, family_tallies(telling.facts))

    assert (sum(tally.amount for tally in tallies), sum(tally.base for tally in tallies)) == (1, 4)


def decided(received: date, on: date) -> list[Tally]:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=received)
    telling.decided("accepted", an_id("r"), FAMILY, on=on, children=(CHILD,))
    return of(TallyCode.DECISION, family_tallies(telling.facts))


def test_a_decision_on_tuesday_after_an_easter_weekend_is_within_one_working_day() -> None:
    # Maundy Thursday 17 April 2025; Good Friday and Easter Monday are bank holidays.
    assert [tally.amount for tally in decided(date(2025, 4, 17), date(2025, 4, 22))] == [1]
    assert [tally.amount for tally in decided(date(2025, 4, 17), date(2025, 4, 23))] == [0]


def test_a_decision_before_the_referral_is_left_out_and_counted_as_such() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 4, 17))
    telling.decided("advised", an_id("r"), FAMILY, on=date(2025, 4, 16), outcome="no_further_action")

    tallies = family_tallies(telling.facts)

    assert of(TallyCode.DECISION, tallies) == []
    assert [tally.base for tally in of(TallyCode.LEFT_OUT, tallies)] == [1]


def test_a_reopened_referral_comes_a_second_time_and_is_decided_again() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 3, 3))
    telling.decided("advised", an_id("r"), FAMILY, on=date(2025, 3, 3), outcome="no_further_action")
    telling.tell(
        "referrals.referral.reopened",
        an_id("r"),
        on=date(2025, 6, 2),
        referral_id=an_id("r"),
        family_id=FAMILY,
        reason="new_information",
    )
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 6, 3), children=(CHILD,))

    tallies = family_tallies(telling.facts)

    assert [(tally.on, tally.amount) for tally in of(TallyCode.REFERRAL, tallies)] == [
        (date(2025, 3, 3), 0),
        (date(2025, 6, 2), 1),
    ]
    assert [tally.on for tally in of(TallyCode.DECISION, tallies)] == [date(2025, 3, 3), date(2025, 6, 3)]
    assert stock(TallyCode.IN_NEED, tallies, date(2025, 6, 1)) == 0
    assert stock(TallyCode.IN_NEED, tallies, date(2025, 6, 2)) == 1


def test_days_to_allocation_run_from_receipt_to_the_first_lead_worker() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 3, 3))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 3, 4), children=(CHILD,))
    for number, day in ((1, date(2025, 3, 7)), (2, date(2025, 5, 1))):
        telling.holds(
            an_id("a", number), FAMILY, an_id("w", number), on=day, team=TEAM, children=(CHILD,), referral=an_id("r")
        )

    (wait,) = of(TallyCode.ALLOCATION_WAIT, family_tallies(telling.facts))

    assert (wait.on, wait.amount, wait.square, wait.team) == (date(2025, 3, 7), 4, 16, TEAM)


def about_an_open_case(*, closes: date | None, verb: str = "advised") -> list[Tally]:
    """Return the tallies of a child whose case is open since January, and about whom another concern comes in March."""
    telling = Telling()
    telling.referral(an_id("r", 1), FAMILY, (CHILD,), on=date(2025, 1, 6))
    telling.decided("accepted", an_id("r", 1), FAMILY, on=date(2025, 1, 6), children=(CHILD,))
    telling.referral(an_id("r", 2), FAMILY, (CHILD,), on=date(2025, 3, 6))
    telling.decided(verb, an_id("r", 2), FAMILY, on=date(2025, 3, 6), outcome="no_further_action")
    if closes is not None:
        telling.closed(an_id("r", 1), FAMILY, (CHILD,), on=closes)
    return list(family_tallies(telling.facts))


@pytest.mark.parametrize("verb", ["advised", "accepted", "redirected"])
def test_a_concern_about_a_child_whose_case_is_open_is_no_referral_whatever_is_decided(verb: str) -> None:
    tallies = about_an_open_case(closes=None, verb=verb)

    assert [(each.on, each.amount) for each in of(TallyCode.NEW_REFERRAL, tallies)] == [(date(2025, 1, 6), 0)]
    assert [(each.on, each.amount) for each in of(TallyCode.NEW_REFERRAL_OUTCOME, tallies)] == [(date(2025, 1, 6), 0)]
    # The first version counted it, as it does for ever.
    assert [each.amount for each in of(TallyCode.REFERRAL, tallies)] == [0, 1]


def test_a_concern_on_the_day_of_closure_or_later_is_a_referral_and_a_re_referral() -> None:
    tallies = about_an_open_case(closes=date(2025, 3, 6))

    assert [each.amount for each in of(TallyCode.NEW_REFERRAL, tallies)] == [0, 1]


def test_two_referrals_of_one_day_that_are_both_accepted_are_one() -> None:
    telling = Telling()
    for number in range(2):
        telling.referral(an_id("r", number), FAMILY, (CHILD,), on=START)
        telling.decided("accepted", an_id("r", number), FAMILY, on=START, children=(CHILD,))

    assert len(of(TallyCode.NEW_REFERRAL, family_tallies(telling.facts))) == 1


def test_days_to_allocation_of_a_reopened_referral_run_from_its_reopening() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 3, 3))
    telling.decided("advised", an_id("r"), FAMILY, on=date(2025, 3, 3), outcome="no_further_action")
    telling.tell(
        "referrals.referral.reopened", an_id("r"), on=date(2025, 6, 2), referral_id=an_id("r"), family_id=FAMILY,
        reason="new_information",
    )  # fmt: skip
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 6, 3), children=(CHILD,))
    telling.holds(
        an_id("a"), FAMILY, an_id("w"), on=date(2025, 6, 4), team=TEAM, children=(CHILD,), referral=an_id("r")
    )

    assert [each.amount for each in of(TallyCode.ALLOCATION_WAIT, family_tallies(telling.facts))] == [2]
