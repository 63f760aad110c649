"""Every verb in every state as every role over HTTP: allowed, or refused with the right problem."""

import pytest

from libs.kernel.roles import Role
from services.partners.domain.grants import MAY
from services.partners.domain.parties import AGENCY_ROLES
from services.partners.domain.request import TABLE, State, Verb
from tests.partners.county import BODIES, REPORT, TP, TP_PRACTITIONER, TURNING_POINT, County, as_role, sees

#: Said by a message, which is allowed in any open state and moves the request only in one: tested in test_conversation.
SPOKEN = {Verb.ASK, Verb.ANSWER}
VERBS = [verb for verb in Verb if verb not in SPOKEN]


@pytest.mark.parametrize("state", State)
async def test_what_is_not_allowed_in_a_state_is_refused_and_changes_nothing(county: County, state: State) -> None:
    request = await county.at(state)

    for verb in VERBS:
        for role in Role:
            granted = role in MAY[f"requests:{verb}"]
            if granted and state in TABLE[verb].sources and sees(role, request):
                continue
            refused = await county.say(request, verb, by=as_role(role), body=BODIES[verb])
            expected = _refusal(granted=granted, visible=sees(role, request))
            assert (refused.status_code, refused.json()["type"]) == expected, (verb, role)

    unchanged = (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json()
    assert (unchanged["state"], unchanged["revision"]) == (state, request["revision"])


def _refusal(*, granted: bool, visible: bool) -> tuple[int, str]:
    if not granted:
        return 403, "urn:fsp:problem:forbidden"
    if not visible:
        return 404, "urn:fsp:problem:not-found"
    return 409, "urn:fsp:problem:invalid-transition"


ALLOWED = [
    (state, verb, role) for verb in VERBS for state in sorted(TABLE[verb].sources) for role in sorted(TABLE[verb].roles)
]


@pytest.mark.parametrize("state", State)
async def test_what_is_allowed_in_a_state_leads_where_the_table_says(county: County, state: State) -> None:
    for here, verb, role in ALLOWED:
        if here != state:
            continue
        request = await county.at(state)
        if not sees(role, request):
            continue
        body = dict(BODIES[verb])
        if verb is Verb.START and state is State.WAITLISTED:
            body = {"practitioner_id": str(TP_PRACTITIONER.id)}
        if verb in {Verb.COMPLETE, Verb.END_EARLY} and role in AGENCY_ROLES:
            await county.say(request, "report", by=TP, body=REPORT)
            request = (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json()
        if verb is Verb.REPORT and state is State.ENDED_EARLY:
            assert request["report_due_on"] is not None

        said = await county.say(request, verb, by=as_role(role), body=body)

        assert said.status_code == 200, (verb, role, said.text)
        after = (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json()
        assert after["state"] == (TABLE[verb].to or state), (verb, role)
        assert after["revision"] == request["revision"] + 1
        assert after["agency_id"] == str(TURNING_POINT)
