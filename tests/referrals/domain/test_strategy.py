"""Strategy discussions and their enquiries."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest

from libs.kernel.deadline import local_day, start, start_of_day
from services.referrals.domain import clock_rules
from services.referrals.domain import strategy as rules
from services.referrals.domain.clock_rules import Happening, Kind, LocalTimes
from services.referrals.domain.clocks import FrontDoorClock
from services.referrals.domain.states import State
from services.referrals.domain.strategy import (
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


def clocks_of(*kinds: Kind, since: datetime = LATER) -> tuple[FrontDoorClock, ...]:
    """Return running clocks that the discussion started."""
    begun = clock_rules.starts(Happening.ENQUIRY_BEGUN, local=LocalTimes())
    return tuple(
        FrontDoorClock(id=some_id(one.kind), referral_id=REFERRAL.id, clock=start(one, at=since), recorded_at=since)
        for one in begun
        if one.kind in kinds
    )


BOTH = clocks_of(Kind.ENQUIRY, Kind.CONFERENCE)
FIRST, SECOND = (frozenset({child}) for child in CHILDREN)


def settled(*discussions: StrategyDiscussion, running: tuple[FrontDoorClock, ...] = BOTH) -> dict[Happening, date]:
    """Return what the discussions mean for running clocks, and for which day."""
    told = rules.settled(discussions, clocks=running, at=start_of_day(ON))
    return {one.happening: local_day(one.at) for one in told}


def ended(one: StrategyDiscussion, children: frozenset[UUID], outcome: str, on: date = ON) -> StrategyDiscussion:
    """Return the discussion with an enquiry ended."""
    return rules.end_enquiry(one, children=children, outcome=outcome, on=on)


def test_a_conference_is_needless_only_when_the_last_enquiry_ended_without() -> None:
    one_ended = ended(held(), FIRST, "nfa")
    both_ended = ended(one_ended, SECOND, "services", ON + timedelta(days=2))

    assert settled(one_ended) == {}
    assert settled(both_ended) == {
        Happening.ENQUIRIES_ENDED: ON + timedelta(days=2),
        Happening.NO_CONFERENCE_NEEDED: ON,
    }
    assert not both_ended.is_enquiring


def test_one_child_that_needs_a_conference_is_enough() -> None:
    both_ended = ended(ended(held(), FIRST, "cp_conference"), SECOND, "nfa")

    assert settled(both_ended) == {Happening.ENQUIRIES_ENDED: ON}


def test_the_conference_is_held_when_each_child_has_had_theirs() -> None:
    both_ended = ended(held(), FIRST | SECOND, "cp_conference")
    one_held = rules.hold_conference(both_ended, children=FIRST, on=ON)
    both_held = rules.hold_conference(one_held, children=SECOND, on=ON + timedelta(days=3))

    running = clocks_of(Kind.CONFERENCE)
    assert settled(one_held, running=running) == {}
    assert settled(both_held, running=running) == {Happening.CONFERENCE_HELD: ON + timedelta(days=3)}


def test_a_conference_before_the_discussion_is_not_its() -> None:
    assert rules.hold_conference(held(), children=FIRST, on=local_day(LATER) - timedelta(days=1)) == held()


def test_what_the_workbook_took_up_is_waited_for_there() -> None:
    taken = rules.take_up(held(), children=FIRST | SECOND, at=LATER)

    assert settled(taken) == {Happening.ENQUIRIES_TAKEN_UP: ON, Happening.NO_CONFERENCE_NEEDED: ON}


def test_the_children_whom_the_workbook_did_not_take_up_keep_their_clocks_here() -> None:
    taken = rules.take_up(held(), children=FIRST, at=LATER)
    other_ended = ended(taken, SECOND, "cp_conference")
    other_held = rules.hold_conference(other_ended, children=FIRST | SECOND, on=ON)

    assert settled(taken) == {}
    assert settled(other_ended) == {Happening.ENQUIRIES_ENDED: ON}
    assert settled(other_held)[Happening.CONFERENCE_HELD] == ON


def test_an_enquiry_that_is_over_is_not_taken_up_any_more() -> None:
    over = ended(held(), FIRST | SECOND, "nfa")

    assert rules.take_up(over, children=FIRST | SECOND, at=LATER) == over


def test_an_earlier_discussion_says_nothing_of_clocks_that_began_after_it() -> None:
    before = ended(held(), FIRST | SECOND, "nfa")
    again = rules.hold(
        discussion(id=some_id("again"), held_at=LATER + timedelta(days=1)), referral=REFERRAL, earlier=(before,)
    )
    taken = rules.take_up(again, children=FIRST | SECOND, at=LATER)

    running = clocks_of(Kind.ENQUIRY, Kind.CONFERENCE, since=again.held_at)
    assert set(settled(before, taken, running=running)) == {
        Happening.ENQUIRIES_TAKEN_UP,
        Happening.NO_CONFERENCE_NEEDED,
    }


def test_an_enquiry_ends_once() -> None:
    once = ended(held(), FIRST, "cp_conference")

    assert ended(once, FIRST, "nfa", ON + timedelta(days=1)) == once


def test_a_discussion_without_enquiry_begins_none() -> None:
    assert held(enquiry=False).enquiries == ()
