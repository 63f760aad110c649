"""Questions to other agencies."""

from dataclasses import replace
from datetime import timedelta

import pytest

from libs.kernel.transitions import NotInThatState
from services.referrals.domain import information as rules
from services.referrals.domain.information import (
    AnsweredBeforeAsked,
    Consent,
    DueBeforeSent,
    InformationRequest,
    LawfulBasis,
    NothingAnswered,
    ReasonMissing,
    RefusalReason,
    RequestState,
)
from tests.referrals.domain.builders import LATER, RECEIVED_AT, SCREENER, some_id

DUE_AT = RECEIVED_AT + timedelta(days=1)


def request(**changes: object) -> InformationRequest:
    """Return a question to a GP."""
    made = InformationRequest(
        id=some_id("request"),
        referral_id=some_id("referral"),
        agency="gp",
        question="When was the child last seen?",
        purpose="Deciding how to respond to a concern.",
        lawful_basis=LawfulBasis.PUBLIC_TASK,
        consent=Consent.GIVEN,
        family_informed=True,
        reason="",
        asked_by=SCREENER,
        sent_at=RECEIVED_AT,
        due_at=DUE_AT,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_question_is_answered_refused_or_withdrawn() -> None:
    assert rules.answer(request(), text="In January.", at=LATER).state is RequestState.ANSWERED
    assert rules.refuse(request(), reason=RefusalReason.OTHER, at=LATER).state is RequestState.REFUSED
    assert rules.withdraw(request(), at=LATER).state is RequestState.WITHDRAWN


def test_what_is_overdue_can_still_be_answered() -> None:
    overdue = rules.lapse(request())

    assert rules.answer(overdue, text="In January.", at=DUE_AT + timedelta(days=3)).state is RequestState.ANSWERED


@pytest.mark.parametrize("verb", ["answer", "refuse", "withdraw", "lapse"])
@pytest.mark.parametrize("state", list(RequestState))
def test_every_verb_in_every_state(verb: str, state: RequestState) -> None:
    acts = {
        "answer": lambda one: rules.answer(one, text="In January.", at=LATER),
        "refuse": lambda one: rules.refuse(one, reason=RefusalReason.OTHER, at=LATER),
        "withdraw": lambda one: rules.withdraw(one, at=LATER),
        "lapse": rules.lapse,
    }
    allowed = {RequestState.SENT} if verb == "lapse" else {RequestState.SENT, RequestState.OVERDUE}

    if state in allowed:
        assert acts[verb](request(state=state)).state is not state
    else:
        with pytest.raises(NotInThatState):
            acts[verb](request(state=state))


def test_an_answer_is_due_after_the_question() -> None:
    with pytest.raises(DueBeforeSent):
        rules.ask(request(due_at=RECEIVED_AT))


def test_an_answer_does_not_come_before_the_question() -> None:
    with pytest.raises(AnsweredBeforeAsked):
        rules.answer(request(), text="In January.", at=RECEIVED_AT - timedelta(minutes=1))


def test_an_empty_answer_is_none() -> None:
    with pytest.raises(NothingAnswered):
        rules.answer(request(), text="  ", at=LATER)


@pytest.mark.parametrize("changes", [{"family_informed": False}, {"consent": Consent.REFUSED_AND_OVERRIDDEN}])
def test_going_past_the_family_needs_a_reason(changes: dict[str, object]) -> None:
    with pytest.raises(ReasonMissing):
        rules.ask(request(**changes))

    assert rules.ask(request(**changes, reason="It would put the child at risk.")).reason


def test_overdue_is_seen_before_the_tick_has_come_by() -> None:
    assert request().standing(DUE_AT) is RequestState.SENT
    assert request().standing(DUE_AT + timedelta(seconds=1)) is RequestState.OVERDUE


def test_gathering_is_over_when_no_answer_is_awaited() -> None:
    answered = rules.answer(request(), text="In January.", at=LATER)

    assert rules.all_answered((answered,))
    assert not rules.all_answered((answered, request()))
    assert not rules.all_answered(())
