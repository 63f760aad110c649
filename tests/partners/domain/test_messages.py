"""The clarifying conversation."""

import pytest

from services.partners.domain import messages
from services.partners.domain.messages import ConversationOver, Effect
from services.partners.domain.parties import ImplausibleDate, Party
from services.partners.domain.request import OPEN, State, waits_for
from tests.partners.domain.builders import a_request, after

AT = after(days=1)


def said(state: State, party: Party, *, is_question: bool) -> State:
    request = a_request(state)
    effect = messages.effect_of(request, party=party, is_question=is_question)
    return messages.apply(request, effect, at=AT, now=AT).state


def test_a_question_hands_the_ball_to_the_council_and_its_answer_hands_it_back() -> None:
    request = a_request()
    asked = messages.apply(request, Effect.ASKS, at=AT, now=AT)
    answered = messages.apply(asked, Effect.ANSWERS, at=AT, now=AT)

    assert waits_for(request) is Party.AGENCY
    assert waits_for(asked) is Party.COUNCIL
    assert waits_for(answered) is Party.AGENCY


@pytest.mark.parametrize("state", sorted(OPEN))
@pytest.mark.parametrize("party", Party)
@pytest.mark.parametrize("is_question", [True, False])
def test_only_the_agencys_question_and_the_councils_answer_move_a_request(
    state: State, party: Party, is_question: bool
) -> None:
    after_it = said(state, party, is_question=is_question)

    if (state, party, is_question) == (State.REQUESTED, Party.AGENCY, True):
        assert after_it is State.CLARIFYING
    elif (state, party, is_question) == (State.CLARIFYING, Party.COUNCIL, False):
        assert after_it is State.REQUESTED
    else:
        assert after_it is state


@pytest.mark.parametrize("state", [State.DECLINED, State.COMPLETED, State.CANCELLED, State.IN_ERROR])
def test_nothing_is_said_after_the_end(state: State) -> None:
    with pytest.raises(ConversationOver):
        messages.effect_of(a_request(state), party=Party.COUNCIL, is_question=False)


def test_a_report_that_is_owed_can_still_be_asked_for() -> None:
    effect = messages.effect_of(a_request(State.ENDED_EARLY), party=Party.COUNCIL, is_question=True)

    assert effect is Effect.REMARKS


def test_a_remark_is_not_made_before_the_request_came_or_in_the_future() -> None:
    for at in (after(days=-1), after(days=2)):
        with pytest.raises(ImplausibleDate):
            messages.apply(a_request(), Effect.REMARKS, at=at, now=AT)
