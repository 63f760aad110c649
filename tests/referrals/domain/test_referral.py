"""The referral's verbs: what each needs and what it makes."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from libs.kernel.codes import ClosureReason
from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.referrals.domain import referral as rules
from services.referrals.domain.decision import DecisionIncomplete, Kind, Outcome, OutcomeDoesNotFit
from services.referrals.domain.re_referral import Earlier, prior_of, within_re_referral
from services.referrals.domain.referral import (
    AlreadyDecided,
    BeforeWhatItFollows,
    CannotJoin,
    LevelTooLow,
    NothingAsked,
    Origin,
    WorkbookStanding,
    WorkbookStillOpen,
)
from services.referrals.domain.screening import NoSuchLevel, Rag
from services.referrals.domain.states import OPEN, State
from tests.referrals.domain.builders import LATER, MANAGER, RATIONALE, RECEIVED_AT, in_state, received, some_id


def test_the_way_from_receipt_to_acceptance() -> None:
    referral = received()

    referral = rules.triage(referral, rag=Rag.AMBER, level=3, at=LATER)
    referral = rules.seek_information(referral, asked=2, at=LATER)
    referral = rules.conclude_gathering(referral, at=LATER)
    referral = rules.propose_decision(
        referral, outcome=Outcome.SINGLE_ASSESSMENT, rationale=RATIONALE, by=MANAGER, at=LATER
    )
    referral = rules.accept(referral, by=MANAGER, at=LATER)
    referral = rules.allocate(referral, worker_id=some_id("worker"), at=LATER)

    assert referral.state is State.ALLOCATED
    assert referral.worker_id == some_id("worker")
    assert referral.decision is not None
    assert referral.decision.rationale == RATIONALE


@pytest.mark.parametrize("level", [0, 5, -1])
def test_a_level_outside_one_to_four_is_refused(level: int) -> None:
    with pytest.raises(NoSuchLevel):
        rules.triage(received(), rag=Rag.GREEN, level=level, at=LATER)


@pytest.mark.parametrize("level", [1, 2])
def test_below_level_three_nothing_is_accepted(level: int) -> None:
    referral = in_state(State.AWAITING_DECISION, level=level)

    with pytest.raises(LevelTooLow):
        rules.accept(referral, by=MANAGER, at=LATER)


def test_without_a_proposed_decision_nothing_is_accepted() -> None:
    referral = replace(in_state(State.AWAITING_DECISION), proposal=None)

    with pytest.raises(DecisionIncomplete) as refusal:
        rules.accept(referral, by=MANAGER, at=LATER)

    assert refusal.value.slug == "decision-incomplete"


@pytest.mark.parametrize("rationale", ["", "   ", "too short"])
def test_a_proposal_needs_a_rationale(rationale: str) -> None:
    with pytest.raises(DecisionIncomplete):
        rules.propose_decision(
            in_state(State.TRIAGED), outcome=Outcome.ADVICE, rationale=rationale, by=MANAGER, at=LATER
        )


def test_a_manager_who_decides_otherwise_than_proposed_gives_a_reason() -> None:
    referral = in_state(State.AWAITING_DECISION, rag=Rag.GREEN)

    with pytest.raises(DecisionIncomplete):
        rules.advise(referral, by=MANAGER, at=LATER)

    assert rules.advise(referral, by=MANAGER, at=LATER, rationale=RATIONALE).state is State.NO_FURTHER_ACTION


def test_doing_nothing_about_an_active_risk_needs_the_managers_own_reason() -> None:
    referral = in_state(State.TRIAGED, rag=Rag.RED, level=4)
    referral = rules.propose_decision(
        referral, outcome=Outcome.NO_FURTHER_ACTION, rationale=RATIONALE, by=MANAGER, at=LATER
    )

    with pytest.raises(DecisionIncomplete):
        rules.advise(referral, by=MANAGER, at=LATER)


def test_an_outcome_that_belongs_to_another_verb_is_refused() -> None:
    referral = in_state(State.AWAITING_DECISION)

    with pytest.raises(OutcomeDoesNotFit):
        rules.accept(referral, by=MANAGER, at=LATER, outcome=Outcome.ADVICE, rationale=RATIONALE)


def test_a_red_referral_goes_to_a_decision_while_information_is_gathered() -> None:
    referral = in_state(State.GATHERING, rag=Rag.RED)

    decided = rules.propose_decision(
        referral, outcome=Outcome.STRATEGY_DISCUSSION, rationale=RATIONALE, by=MANAGER, at=LATER
    )

    assert decided.state is State.AWAITING_DECISION


def test_an_amber_referral_waits_for_the_information() -> None:
    with pytest.raises(NotInThatState):
        rules.propose_decision(
            in_state(State.GATHERING), outcome=Outcome.ADVICE, rationale=RATIONALE, by=MANAGER, at=LATER
        )


def test_seeking_information_asks_somebody() -> None:
    with pytest.raises(NothingAsked):
        rules.seek_information(in_state(State.TRIAGED), asked=0, at=LATER)


def test_early_help_that_refuses_sends_it_back_for_another_decision() -> None:
    offered = rules.step_down(in_state(State.AWAITING_DECISION), by=MANAGER, at=LATER, rationale=RATIONALE)

    back = rules.refuse_step_down(offered, reason="too_complex", at=LATER)

    assert offered.state is State.STEP_DOWN_OFFERED
    assert back.state is State.AWAITING_DECISION
    assert back.decision is None
    assert rules.accept(back, by=MANAGER, at=LATER).state is State.ACCEPTED


def test_early_help_that_accepts_ends_it() -> None:
    offered = rules.step_down(in_state(State.AWAITING_DECISION), by=MANAGER, at=LATER, rationale=RATIONALE)

    taken = rules.accept_step_down(offered, at=LATER)

    assert taken.state is State.STEPPED_DOWN
    assert taken.decision is not None
    assert taken.decision.kind is Kind.STEP_DOWN


def test_nothing_happens_before_what_it_follows() -> None:
    with pytest.raises(BeforeWhatItFollows) as refusal:
        rules.triage(received(), rag=Rag.RED, level=4, at=RECEIVED_AT - timedelta(seconds=1))

    assert refusal.value.at == "/occurred_at"


def test_it_joins_only_an_open_referral_of_the_family() -> None:
    referral = in_state(State.AWAITING_DECISION)
    other = replace(in_state(State.ACCEPTED), id=some_id("other"))
    foreign = replace(other, family_id=some_id("foreign"), children=(some_id("foreign child"),))

    joined = rules.join(referral, to=other, by=MANAGER, at=LATER, rationale=RATIONALE)

    assert joined.state is State.JOINED
    assert joined.joined_to == other.id
    for wrong in (referral, foreign, replace(other, state=State.CLOSED)):
        with pytest.raises(CannotJoin):
            rules.join(referral, to=wrong, by=MANAGER, at=LATER, rationale=RATIONALE)


def test_a_redirect_is_tracked_until_the_other_authority_confirms() -> None:
    redirected = rules.redirect(
        in_state(State.AWAITING_DECISION), authority="E10000002", by=MANAGER, at=LATER, rationale=RATIONALE
    )

    confirmed = rules.confirm_redirect(redirected, at=LATER)

    assert redirected.redirect_confirmed_at is None
    assert confirmed.redirect_confirmed_at == LATER


def test_closing_waits_for_the_workbook() -> None:
    referral = rules.heard_workbook(in_state(State.ALLOCATED), WorkbookStanding.OPEN)

    with pytest.raises(WorkbookStillOpen):
        rules.close(referral, reason=ClosureReason.RC8, at=LATER)

    closed = rules.close(rules.heard_workbook(referral, WorkbookStanding.CLOSED), reason=ClosureReason.RC8, at=LATER)
    assert closed.closed_on == date(2026, 3, 3)


def test_closing_needs_no_workbook_that_was_never_opened() -> None:
    closed = rules.close(in_state(State.ALLOCATED), reason=ClosureReason.RC7, at=LATER)

    assert closed.state is State.CLOSED


def test_a_sender_takes_it_back_only_until_it_is_decided() -> None:
    sender = frozenset({Role.REFERRER})

    undecided = rules.withdraw(in_state(State.GATHERING), reason="sent_twice", roles=sender, at=LATER)

    assert undecided.state is State.WITHDRAWN
    with pytest.raises(AlreadyDecided):
        rules.withdraw(in_state(State.ACCEPTED), reason="sent_twice", roles=sender, at=LATER)


def test_the_front_door_can_withdraw_a_decided_one() -> None:
    roles = frozenset({Role.FRONT_DOOR_MANAGER})

    assert rules.withdraw(in_state(State.ACCEPTED), reason="sent_twice", roles=roles, at=LATER).state is State.WITHDRAWN


def test_a_referral_within_twelve_months_is_a_re_referral() -> None:
    earlier = Earlier(referral_id=some_id("earlier"), received_on=date(2025, 3, 3), state=State.CLOSED)

    prior = prior_of(received_on=date(2026, 3, 3), earlier=(earlier,))

    assert prior == earlier


def test_a_referral_a_day_after_twelve_months_is_not() -> None:
    earlier = Earlier(referral_id=some_id("earlier"), received_on=date(2025, 3, 2), state=State.CLOSED)

    assert prior_of(received_on=date(2026, 3, 3), earlier=(earlier,)) is None


def test_twelve_months_after_a_29_february_end_on_the_28th() -> None:
    leap = date(2024, 2, 29)

    assert within_re_referral(previous_on=leap, received_on=date(2025, 2, 28))
    assert not within_re_referral(previous_on=leap, received_on=date(2025, 3, 1))


@pytest.mark.parametrize("state", [State.JOINED, State.WITHDRAWN, State.IN_ERROR])
def test_what_never_counted_makes_no_re_referral(state: State) -> None:
    earlier = Earlier(referral_id=some_id("earlier"), received_on=date(2026, 1, 5), state=state)

    assert prior_of(received_on=date(2026, 3, 3), earlier=(earlier,)) is None


def test_the_latest_of_several_is_the_prior_one() -> None:
    first = Earlier(referral_id=some_id("first"), received_on=date(2025, 9, 1), state=State.CLOSED)
    last = Earlier(referral_id=some_id("last"), received_on=date(2026, 1, 5), state=State.NO_FURTHER_ACTION)

    assert prior_of(received_on=date(2026, 3, 3), earlier=(last, first)) == last


def test_a_received_re_referral_says_so() -> None:
    earlier = Earlier(referral_id=some_id("earlier"), received_on=date(2026, 1, 5), state=State.CLOSED)
    first = received()

    referral = rules.receive(
        referral_id=some_id("second"),
        reference="R-TEST-SECD",
        family_id=first.family_id,
        children=first.children,
        sent_by=first.sent_by,
        source=first.source,
        channel=first.channel,
        area=first.area,
        received_at=RECEIVED_AT,
        earlier=(earlier,),
    )

    assert referral.re_referral
    assert referral.prior_referral_id == earlier.referral_id
    assert referral.origin is Origin.RE_REFERRAL


def test_reopening_within_twelve_months_counts_as_a_re_referral() -> None:
    closed = in_state(State.CLOSED)

    soon = rules.reopen(closed, reason="new_concern", at=RECEIVED_AT + timedelta(days=300))
    late = rules.reopen(closed, reason="new_concern", at=RECEIVED_AT + timedelta(days=400))

    assert soon.state is State.TRIAGED
    assert soon.re_referral
    assert not late.re_referral
    assert soon.proposal is None
    assert soon.clock_start == soon.reopened_at


def test_a_later_worker_replaces_the_first() -> None:
    allocated = rules.allocate(in_state(State.ACCEPTED), worker_id=some_id("first"), at=LATER)

    assert rules.allocate(allocated, worker_id=some_id("second"), at=LATER).worker_id == some_id("second")


def test_a_worker_who_leaves_leaves_the_family_waiting() -> None:
    allocated = rules.allocate(in_state(State.ACCEPTED), worker_id=some_id("first"), at=LATER)

    assert rules.unallocate(allocated, worker_id=some_id("first")).worker_id is None
    assert rules.unallocate(allocated, worker_id=some_id("another")).worker_id == some_id("first")


def test_recognising_a_child_can_make_it_a_re_referral() -> None:
    earlier = Earlier(referral_id=some_id("earlier"), received_on=date(2026, 1, 5), state=State.CLOSED)
    referral = received(children=(some_id("child"), some_id("other")), adults=(some_id("adult"),))

    known = rules.recognise(referral, person_id=some_id("child"), known_id=some_id("known"), earlier=(earlier,))

    assert known.children == (some_id("known"), some_id("other"))
    assert known.adults == (some_id("adult"),)
    assert known.re_referral
    assert known.prior_referral_id == earlier.referral_id


def test_recognising_somebody_named_twice_leaves_them_once() -> None:
    referral = received(children=(some_id("child"), some_id("known")))

    once = rules.recognise(referral, person_id=some_id("child"), known_id=some_id("known"), earlier=())

    assert once.children == (some_id("known"),)
    assert not once.re_referral


def test_a_strategy_discussion_may_be_recorded_after_a_later_step() -> None:
    triaged = rules.triage(received(), rag=Rag.RED, level=4, at=LATER)

    assert rules.call_strategy(triaged, at=RECEIVED_AT).changed_at == LATER
    with pytest.raises(BeforeWhatItFollows):
        rules.call_strategy(triaged, at=RECEIVED_AT - timedelta(seconds=1))


@pytest.mark.parametrize("state", sorted(OPEN))
def test_what_is_open_says_so(state: State) -> None:
    assert in_state(state).is_open
