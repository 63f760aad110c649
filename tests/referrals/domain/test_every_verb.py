"""Every verb in every state as every role: allowed, or refused with the right problem."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from libs.kernel.codes import ClosureReason
from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.referrals.domain import referral as rules
from services.referrals.domain.decision import Outcome
from services.referrals.domain.grants import MAY
from services.referrals.domain.referral import Referral
from services.referrals.domain.screening import Rag
from services.referrals.domain.states import MOVES, State, Verb, may
from tests.referrals.domain.builders import LATER, MANAGER, RATIONALE, in_state, some_id
from tests.referrals.domain.verb_table import LEADS, SAID_BY

_OPEN_REFERRAL = replace(in_state(State.ACCEPTED), id=some_id("open one"))

DO: Mapping[str, Callable[[Referral, frozenset[Role]], Referral]] = {
    Verb.TRIAGE: lambda one, _: rules.triage(one, rag=Rag.AMBER, level=3, at=LATER),
    Verb.SEEK_INFORMATION: lambda one, _: rules.seek_information(one, asked=1, at=LATER),
    Verb.ASK_MORE: lambda one, _: rules.ask_more(one, at=LATER),
    Verb.CONCLUDE_GATHERING: lambda one, _: rules.conclude_gathering(one, at=LATER),
    Verb.PROPOSE_DECISION: lambda one, _: rules.propose_decision(
        one, outcome=Outcome.SINGLE_ASSESSMENT, rationale=RATIONALE, by=MANAGER, at=LATER
    ),
    Verb.ACCEPT: lambda one, _: rules.accept(one, by=MANAGER, at=LATER),
    Verb.STEP_DOWN: lambda one, _: rules.step_down(one, by=MANAGER, at=LATER, rationale=RATIONALE),
    Verb.ACCEPT_STEP_DOWN: lambda one, _: rules.accept_step_down(one, at=LATER),
    Verb.REFUSE_STEP_DOWN: lambda one, _: rules.refuse_step_down(one, reason="too_complex", at=LATER),
    Verb.ADVISE: lambda one, _: rules.advise(one, by=MANAGER, at=LATER, rationale=RATIONALE),
    Verb.REDIRECT: lambda one, _: rules.redirect(one, authority="E10000002", by=MANAGER, at=LATER, rationale=RATIONALE),
    Verb.CONFIRM_REDIRECT: lambda one, _: rules.confirm_redirect(one, at=LATER),
    Verb.JOIN: lambda one, _: rules.join(one, to=_OPEN_REFERRAL, by=MANAGER, at=LATER, rationale=RATIONALE),
    Verb.CALL_STRATEGY: lambda one, _: rules.call_strategy(one, at=LATER),
    Verb.ALLOCATE: lambda one, _: rules.allocate(one, worker_id=some_id("worker"), at=LATER),
    Verb.CLOSE: lambda one, _: rules.close(one, reason=ClosureReason.RC7, at=LATER),
    Verb.REOPEN: lambda one, _: rules.reopen(one, reason="new_concern", at=LATER),
    Verb.WITHDRAW: lambda one, roles: rules.withdraw(one, reason="sent_twice", roles=roles, at=LATER),
    Verb.MARK_IN_ERROR: lambda one, _: rules.mark_in_error(one, reason="wrong_family", at=LATER),
    Verb.CORRECT_AREA: lambda one, _: rules.correct_area(one, area="oxford_east"),
}


def test_every_verb_is_tried() -> None:
    assert set(DO) == set(LEADS) == set(SAID_BY) == set(MOVES) == set(Verb)


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", list(Verb))
def test_a_verb_in_a_state_leads_where_the_table_says_or_is_refused(verb: Verb, state: State) -> None:
    referral = in_state(state)
    expected = LEADS[verb].get(state)

    if expected is None:
        with pytest.raises(NotInThatState) as refusal:
            DO[verb](referral, frozenset(Role))
        assert refusal.value.slug == "invalid-transition"
        assert refusal.value.facts["state"] == state
    else:
        changed = DO[verb](referral, frozenset(Role))
        assert changed.state is expected
        assert changed.id == referral.id


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("verb", list(Verb))
def test_a_role_may_say_what_the_table_says(verb: Verb, role: Role) -> None:
    allowed = role in SAID_BY[verb]

    assert may(verb, frozenset({role})) is allowed
    assert (role in MAY.get(f"referrals:{verb}", frozenset())) is allowed


@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("verb", list(Verb))
def test_verb_state_and_every_role_together(verb: Verb, state: State) -> None:
    decided = state in {State.ACCEPTED, State.ALLOCATED}
    for role in SAID_BY[verb]:
        too_late_for_the_sender = role is Role.REFERRER and decided
        if state in LEADS[verb] and not too_late_for_the_sender:
            assert DO[verb](in_state(state), frozenset({role})).state is LEADS[verb][state]
        else:
            with pytest.raises(NotInThatState):
                DO[verb](in_state(state), frozenset({role}))
