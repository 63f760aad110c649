"""What each verb needs in its body, and by which verbs a referral comes into which state."""

from collections.abc import Mapping
from typing import Any

from services.referrals.domain.states import MOVES, State, Verb
from tests.referrals.actors import CASE_SYSTEM, RATIONALE, Actors

ASK = {
    "agency": "gp",
    "question": "When was she last seen?",
    "purpose": "Deciding how to respond.",
    "consent": "given",
    "family_informed": True,
}


#: What each verb needs in its body.
BODY: Mapping[Verb, Any] = {
    Verb.TRIAGE: {"rag": "amber", "level": 3},
    Verb.SEEK_INFORMATION: {"requests": [ASK]},
    Verb.ASK_MORE: ASK,
    Verb.CONCLUDE_GATHERING: None,
    Verb.PROPOSE_DECISION: {"outcome": "single_assessment", "rationale": RATIONALE},
    Verb.ACCEPT: {},
    Verb.STEP_DOWN: {"rationale": RATIONALE},
    Verb.ACCEPT_STEP_DOWN: None,
    Verb.REFUSE_STEP_DOWN: {"reason": "too_complex"},
    Verb.ADVISE: {"outcome": "nfa", "rationale": RATIONALE},
    Verb.REDIRECT: {"authority": "E10000002", "rationale": RATIONALE},
    Verb.CONFIRM_REDIRECT: None,
    Verb.CALL_STRATEGY: {"agencies": ["social_care", "police", "health"], "enquiry": True},
    Verb.CLOSE: {"reason": "RC7"},
    Verb.REOPEN: {"reason": "new_concern"},
    Verb.WITHDRAW: {"reason": "sent_twice"},
    Verb.MARK_IN_ERROR: {"reason": "wrong_family"},
    Verb.CORRECT_AREA: {"area": "oxford_east"},
}


SAID_OVER_HTTP = [verb for verb in Verb if MOVES[verb].roles]


#: Where a referral comes in which state: by these verbs, each said by somebody who may.
WAY: Mapping[State, tuple[Verb, ...]] = {
    State.RECEIVED: (),
    State.TRIAGED: (Verb.TRIAGE,),
    State.GATHERING: (Verb.TRIAGE, Verb.SEEK_INFORMATION),
    State.AWAITING_DECISION: (Verb.TRIAGE, Verb.PROPOSE_DECISION),
    State.STEP_DOWN_OFFERED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.STEP_DOWN),
    State.ACCEPTED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.ACCEPT),
    State.STEPPED_DOWN: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.STEP_DOWN, Verb.ACCEPT_STEP_DOWN),
    State.NO_FURTHER_ACTION: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.ADVISE),
    State.REDIRECTED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.REDIRECT),
    State.JOINED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.JOIN),
    State.CLOSED: (Verb.TRIAGE, Verb.PROPOSE_DECISION, Verb.ACCEPT, Verb.CLOSE),
    State.WITHDRAWN: (Verb.WITHDRAW,),
    State.IN_ERROR: (Verb.MARK_IN_ERROR,),
}


def path_of(referral: dict[str, Any], verb: Verb) -> str:
    """Return where a verb is said."""
    if verb is Verb.ASK_MORE:
        return f"/v1/referrals/{referral['id']}/information-requests"
    return f"/v1/referrals/{referral['id']}:{verb}"


async def brought_to(front_door: Actors, state: State, open_one: dict[str, Any]) -> dict[str, Any]:
    """Bring a new referral of the open one's family into a state."""
    referral = await front_door.receive(
        family_id=open_one["family_id"], children=[{"person_id": open_one["children"][0]}], adults=[]
    )
    for verb in WAY[state]:
        body = BODY.get(verb) if verb is not Verb.JOIN else {"joined_to": open_one["id"], "rationale": RATIONALE}
        referral = await front_door.say(referral, verb, body, by=CASE_SYSTEM)
        referral = await front_door.read(referral["id"])
    assert referral["state"] == state
    return referral
