"""The states of a referral, the verbs that lead from one to another, and the roles that may say each."""

from collections.abc import Mapping
from enum import StrEnum

from libs.kernel.roles import Role
from libs.kernel.transitions import Move


class State(StrEnum):
    """Where a referral stands."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    GATHERING = "gathering"
    AWAITING_DECISION = "awaiting_decision"
    STEP_DOWN_OFFERED = "step_down_offered"  # awaiting a decision still: early help's
    ACCEPTED = "accepted"
    ALLOCATED = "allocated"
    STEPPED_DOWN = "stepped_down"
    NO_FURTHER_ACTION = "no_further_action"
    REDIRECTED = "redirected"
    JOINED = "joined"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    IN_ERROR = "in_error"


UNDECIDED = frozenset(
    {State.RECEIVED, State.TRIAGED, State.GATHERING, State.AWAITING_DECISION, State.STEP_DOWN_OFFERED}
)
OPEN = UNDECIDED | {State.ACCEPTED, State.ALLOCATED}
#: States in which it never counted as a referral, so that a later one is not a re-referral of it.
NOT_COUNTED = frozenset({State.JOINED, State.WITHDRAWN, State.IN_ERROR})


class Verb(StrEnum):
    """What can be done to a referral."""

    TRIAGE = "triage"
    SEEK_INFORMATION = "seek-information"
    ASK_MORE = "ask-more"
    CONCLUDE_GATHERING = "conclude-gathering"
    PROPOSE_DECISION = "propose-decision"
    ACCEPT = "accept"
    STEP_DOWN = "step-down"
    ACCEPT_STEP_DOWN = "accept-step-down"
    REFUSE_STEP_DOWN = "refuse-step-down"
    ADVISE = "advise"
    REDIRECT = "redirect"
    CONFIRM_REDIRECT = "confirm-redirect"
    JOIN = "join"
    CALL_STRATEGY = "call-strategy"
    ALLOCATE = "allocate"
    CLOSE = "close"
    REOPEN = "reopen"
    WITHDRAW = "withdraw"
    MARK_IN_ERROR = "mark-in-error"
    CORRECT_AREA = "correct-area"


# An integration loads what others decided years ago, with their true dates: it may say every verb.
_IMPORT = frozenset({Role.CASE_SYSTEM})
MANAGERS = _IMPORT | {Role.FRONT_DOOR_MANAGER, Role.SERVICE_MANAGER}
FRONT_DOOR = MANAGERS | {Role.SCREENER}
FRONT_DOOR_STAFF = FRONT_DOOR - _IMPORT  # people, who key in what others told them
RECEIVERS = FRONT_DOOR | {Role.REFERRER, Role.OUT_OF_HOURS}
EARLY_HELP = _IMPORT | {Role.EARLY_HELP_LEAD}
TEAM_MANAGERS = _IMPORT | {Role.TEAM_MANAGER, Role.SERVICE_MANAGER}
SENDERS = FRONT_DOOR | {Role.REFERRER}
NOBODY: frozenset[Role] = frozenset()  # only an event says it

_DECIDABLE = frozenset({State.AWAITING_DECISION})
_OFFERED = frozenset({State.STEP_DOWN_OFFERED})

MOVES: Mapping[str, Move[State]] = {
    Verb.TRIAGE: Move(frozenset({State.RECEIVED}), State.TRIAGED, FRONT_DOOR),
    Verb.SEEK_INFORMATION: Move(frozenset({State.TRIAGED}), State.GATHERING, FRONT_DOOR),
    Verb.ASK_MORE: Move(frozenset({State.GATHERING}), None, FRONT_DOOR),
    Verb.CONCLUDE_GATHERING: Move(frozenset({State.GATHERING}), State.TRIAGED, FRONT_DOOR),
    # From gathering only what is red: see `propose_decision`.
    Verb.PROPOSE_DECISION: Move(frozenset({State.TRIAGED, State.GATHERING}), State.AWAITING_DECISION, FRONT_DOOR),
    Verb.ACCEPT: Move(_DECIDABLE, State.ACCEPTED, MANAGERS),
    Verb.STEP_DOWN: Move(_DECIDABLE, State.STEP_DOWN_OFFERED, MANAGERS),
    Verb.ACCEPT_STEP_DOWN: Move(_OFFERED, State.STEPPED_DOWN, EARLY_HELP),
    Verb.REFUSE_STEP_DOWN: Move(_OFFERED, State.AWAITING_DECISION, EARLY_HELP),
    Verb.ADVISE: Move(_DECIDABLE, State.NO_FURTHER_ACTION, MANAGERS),
    Verb.REDIRECT: Move(_DECIDABLE, State.REDIRECTED, MANAGERS),
    Verb.CONFIRM_REDIRECT: Move(frozenset({State.REDIRECTED}), None, FRONT_DOOR),
    Verb.JOIN: Move(_DECIDABLE, State.JOINED, MANAGERS),
    Verb.CALL_STRATEGY: Move(OPEN, None, MANAGERS),
    Verb.ALLOCATE: Move(frozenset({State.ACCEPTED}), State.ALLOCATED, NOBODY),
    # From accepted too: a family may move away before anybody is found for it.
    Verb.CLOSE: Move(frozenset({State.ACCEPTED, State.ALLOCATED}), State.CLOSED, TEAM_MANAGERS),
    Verb.REOPEN: Move(frozenset({State.NO_FURTHER_ACTION, State.STEPPED_DOWN, State.CLOSED}), State.TRIAGED, MANAGERS),
    Verb.WITHDRAW: Move(OPEN, State.WITHDRAWN, SENDERS),
    Verb.MARK_IN_ERROR: Move(OPEN, State.IN_ERROR, MANAGERS),
    # Once it is accepted, allocation looks for a team of that area.
    Verb.CORRECT_AREA: Move(UNDECIDED, None, FRONT_DOOR),
}


def may(verb: str, roles: frozenset[Role]) -> bool:
    """Say whether one of `roles` may say `verb`."""
    return bool(MOVES[verb].roles & roles)
