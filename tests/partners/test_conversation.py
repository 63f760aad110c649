"""Every message in every state from every role: what it does, or how it is refused."""

import pytest

from libs.kernel.roles import Role
from services.partners.domain.grants import MAY, party_of
from services.partners.domain.messages import EFFECTS, Effect
from services.partners.domain.parties import COUNCIL_ROLES
from services.partners.domain.request import OPEN, TABLE, State, Verb
from tests.partners.county import SOCIAL_WORKER, County, as_role, sees

#: Where the conversation goes on: while the request is open, and while an ended one still owes its report.
SPEAKING = OPEN | {State.ENDED_EARLY}
#: What each effect is as a verb of the request's table.
VERB = {Effect.ASKS: Verb.ASK, Effect.ANSWERS: Verb.ANSWER}


def refusal(role: Role, state: State, *, visible: bool) -> tuple[int, str] | None:
    """Return how a message is refused, if it is."""
    if role not in MAY["messages:write"]:
        return 403, "urn:fsp:problem:forbidden"
    if not visible:
        return 404, "urn:fsp:problem:not-found"
    return None if state in SPEAKING else (409, "urn:fsp:problem:invalid-transition")


@pytest.mark.parametrize("state", State)
async def test_a_message_does_in_a_state_what_the_effects_say_or_is_refused_and_changes_nothing(
    county: County, state: State
) -> None:
    request = await county.at(state)
    path, kept = f"/v1/requests/{request['id']}", 0

    for role in Role:
        for is_question in (True, False):
            effect = EFFECTS.get((state, party_of(frozenset({role})), is_question), Effect.REMARKS)
            refused = refusal(role, state, visible=sees(role, request))
            if refused is None and effect is not Effect.REMARKS:
                continue
            said = await county.stage.post(
                f"{path}/messages", {"text": "Invented.", "is_question": is_question}, by=as_role(role)
            )
            problem = said.json().get("type")
            assert (said.status_code, problem) == (refused or (201, None)), (role, is_question)
            if refused is None:
                assert (said.json()["effect"], said.json()["party"]) == (effect, party_of(frozenset({role})))
                kept += 1

    unchanged = (await county.stage.get(path, by=SOCIAL_WORKER)).json()
    assert (unchanged["state"], unchanged["revision"]) == (state, request["revision"])
    held = (await county.stage.get(f"{path}/messages", by=SOCIAL_WORKER)).json()["items"]
    assert len(held) == kept + (state is State.CLARIFYING)


MOVING = [
    (state, role, is_question, effect)
    for (state, party, is_question), effect in EFFECTS.items()
    for role in sorted(MAY["messages:write"])
    if party_of(frozenset({role})) is party
]


@pytest.mark.parametrize(("state", "role", "is_question", "effect"), MOVING)
async def test_a_message_that_asks_or_answers_hands_the_ball_over(
    county: County, state: State, role: Role, is_question: bool, effect: Effect
) -> None:
    request = await county.at(state)
    path = f"/v1/requests/{request['id']}"

    said = await county.stage.post(
        f"{path}/messages", {"text": "Invented.", "is_question": is_question}, by=as_role(role)
    )

    after = (await county.stage.get(path, by=SOCIAL_WORKER)).json()
    if not sees(role, request):
        assert (said.status_code, after["state"], after["revision"]) == (404, state, request["revision"])
        return
    move = TABLE[VERB[effect]]
    assert (said.status_code, said.json()["effect"]) == (201, effect)
    assert role in move.roles
    assert state in move.sources
    assert (after["state"], after["revision"]) == (move.to, request["revision"] + 1)
    assert after["waits_for"] == ("council" if effect is Effect.ASKS else "agency")


def test_every_effect_is_a_move_of_the_requests_table() -> None:
    assert {(VERB[effect], state) for (state, _, _), effect in EFFECTS.items()} == {
        (verb, state) for verb in VERB.values() for state in TABLE[verb].sources
    }
    assert TABLE[Verb.ANSWER].roles == COUNCIL_ROLES
