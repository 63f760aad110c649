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

_S = State
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

# Written out by hand from the published table, so that a slip in the code's table is found.
LEADS: Mapping[str, Mapping[State, State]] = {
    Verb.TRIAGE: {_S.RECEIVED: _S.TRIAGED},
    Verb.SEEK_INFORMATION: {_S.TRIAGED: _S.GATHERING},
    Verb.ASK_MORE: {_S.GATHERING: _S.GATHERING},
    Verb.CONCLUDE_GATHERING: {_S.GATHERING: _S.TRIAGED},
    Verb.PROPOSE_DECISION: {_S.TRIAGED: _S.AWAITING_DECISION},
    Verb.ACCEPT: {_S.AWAITING_DECISION: _S.ACCEPTED},
    Verb.STEP_DOWN: {_S.AWAITING_DECISION: _S.STEP_DOWN_OFFERED},
    Verb.ACCEPT_STEP_DOWN: {_S.STEP_DOWN_OFFERED: _S.STEPPED_DOWN},
    Verb.REFUSE_STEP_DOWN: {_S.STEP_DOWN_OFFERED: _S.AWAITING_DECISION},
    Verb.ADVISE: {_S.AWAITING_DECISION: _S.NO_FURTHER_ACTION},
    Verb.REDIRECT: {_S.AWAITING_DECISION: _S.REDIRECTED},
    Verb.CONFIRM_REDIRECT: {_S.REDIRECTED: _S.REDIRECTED},
    Verb.JOIN: {_S.AWAITING_DECISION: _S.JOINED},
    Verb.CALL_STRATEGY: {
        state: state
        for state in (
            _S.RECEIVED,
            _S.TRIAGED,
            _S.GATHERING,
            _S.AWAITING_DECISION,
            _S.STEP_DOWN_OFFERED,
            _S.ACCEPTED,
            _S.ALLOCATED,
        )
    },
    Verb.CORRECT_AREA: {
        state: state for state in (_S.RECEIVED, _S.TRIAGED, _S.GATHERING, _S.AWAITING_DECISION, _S.STEP_DOWN_OFFERED)
    },
    Verb.ALLOCATE: {_S.ACCEPTED: _S.ALLOCATED, _S.ALLOCATED: _S.ALLOCATED},
    Verb.CLOSE: {_S.ACCEPTED: _S.CLOSED, _S.ALLOCATED: _S.CLOSED},
    Verb.REOPEN: {_S.NO_FURTHER_ACTION: _S.TRIAGED, _S.STEPPED_DOWN: _S.TRIAGED, _S.CLOSED: _S.TRIAGED},
    **{
        verb: dict.fromkeys(
            (
                _S.RECEIVED,
                _S.TRIAGED,
                _S.GATHERING,
                _S.AWAITING_DECISION,
                _S.STEP_DOWN_OFFERED,
                _S.ACCEPTED,
                _S.ALLOCATED,
            ),
            to,
        )
        for verb, to in ((Verb.WITHDRAW, _S.WITHDRAWN), (Verb.MARK_IN_ERROR, _S.IN_ERROR))
    },
}

_FM, _SM, _CS = Role.FRONT_DOOR_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM
_FRONT_DOOR = {Role.SCREENER, _FM, _SM, _CS}
SAID_BY: Mapping[str, set[Role]] = {
    Verb.TRIAGE: _FRONT_DOOR,
    Verb.SEEK_INFORMATION: _FRONT_DOOR,
    Verb.ASK_MORE: _FRONT_DOOR,
    Verb.CONCLUDE_GATHERING: _FRONT_DOOR,
    Verb.PROPOSE_DECISION: _FRONT_DOOR,
    Verb.ACCEPT: {_FM, _SM, _CS},
    Verb.STEP_DOWN: {_FM, _SM, _CS},
    Verb.ACCEPT_STEP_DOWN: {Role.EARLY_HELP_LEAD, _CS},
    Verb.REFUSE_STEP_DOWN: {Role.EARLY_HELP_LEAD, _CS},
    Verb.ADVISE: {_FM, _SM, _CS},
    Verb.REDIRECT: {_FM, _SM, _CS},
    Verb.CONFIRM_REDIRECT: _FRONT_DOOR,
    Verb.JOIN: {_FM, _SM, _CS},
    Verb.CALL_STRATEGY: {_FM, _SM, _CS},
    Verb.ALLOCATE: set(),
    Verb.CLOSE: {Role.TEAM_MANAGER, _SM, _CS},
    Verb.REOPEN: {_FM, _SM, _CS},
    Verb.WITHDRAW: _FRONT_DOOR | {Role.REFERRER},
    Verb.MARK_IN_ERROR: {_FM, _SM, _CS},
    Verb.CORRECT_AREA: _FRONT_DOOR,
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
