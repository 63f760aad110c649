"""Strategy discussions and their enquiries."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.referrals.domain import strategy as rules
from services.referrals.domain.states import State
from services.referrals.domain.strategy import (
    ConferenceNeed,
    EnquiryRunning,
    HeldBeforeReceived,
    NotInTheReferral,
    StrategyDiscussion,
    TooFewAgencies,
)
from tests.referrals.domain.builders import LATER, RECEIVED_AT, in_state, some_id

CHILDREN = (some_id("first"), some_id("second"))
REFERRAL = in_state(State.TRIAGED, children=CHILDREN)
ON = date(2026, 3, 20)


def discussion(**changes: object) -> StrategyDiscussion:
    """Return a discussion that begins enquiries about both children."""
    made = StrategyDiscussion(
        id=some_id("discussion"),
        referral_id=REFERRAL.id,
        held_at=LATER,
        agencies=frozenset({"social_care", "police", "health", "education"}),
        children=CHILDREN,
        enquiry=True,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def held(**changes: object) -> StrategyDiscussion:
    """Return the same, held."""
    return rules.hold(discussion(**changes), referral=REFERRAL, earlier=())


def test_an_enquiry_is_begun_about_each_child() -> None:
    assert [one.child_id for one in held().enquiries] == list(CHILDREN)
    assert held(enquiry=False).enquiries == ()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"children": ()}, NotInTheReferral),
        ({"children": (some_id("stranger"),)}, NotInTheReferral),
        ({"agencies": frozenset({"social_care", "health"})}, TooFewAgencies),
        ({"held_at": RECEIVED_AT - timedelta(minutes=1)}, HeldBeforeReceived),
    ],
)
def test_what_is_no_strategy_discussion_is_refused(changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        held(**changes)


def test_while_an_enquiry_runs_another_discussion_begins_none() -> None:
    with pytest.raises(EnquiryRunning):
        rules.hold(discussion(id=some_id("again")), referral=REFERRAL, earlier=(held(),))

    later = rules.hold(discussion(enquiry=False), referral=REFERRAL, earlier=(held(),))
    assert later.enquiries == ()


def test_a_conference_is_needless_only_when_the_last_enquiry_ended_without() -> None:
    one_ended = rules.end_enquiry(held(), child_id=CHILDREN[0], outcome="nfa", on=ON)
    both_ended = rules.end_enquiry(one_ended, child_id=CHILDREN[1], outcome="services", on=ON)

    assert rules.conference_need(one_ended) is ConferenceNeed.UNDECIDED
    assert rules.conference_need(both_ended) is ConferenceNeed.NOT_NEEDED
    assert not both_ended.is_enquiring


def test_one_child_that_needs_a_conference_is_enough() -> None:
    ended = rules.end_enquiry(held(), child_id=CHILDREN[0], outcome="cp_conference", on=ON)

    assert rules.conference_need(ended) is ConferenceNeed.NEEDED


def test_an_enquiry_ends_once() -> None:
    ended = rules.end_enquiry(held(), child_id=CHILDREN[0], outcome="cp_conference", on=ON)

    again = rules.end_enquiry(ended, child_id=CHILDREN[0], outcome="nfa", on=ON + timedelta(days=1))

    assert again == ended


def test_a_discussion_without_enquiry_says_nothing_of_a_conference() -> None:
    assert rules.conference_need(held(enquiry=False)) is ConferenceNeed.UNDECIDED
