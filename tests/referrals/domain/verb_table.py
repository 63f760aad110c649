"""The published table of verbs, written out by hand, so that a slip in the code's table is found."""

from collections.abc import Mapping

from libs.kernel.roles import Role
from services.referrals.domain.states import State, Verb

_S = State

#: Where each verb leads from which state.
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
#: Who may say it.
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
