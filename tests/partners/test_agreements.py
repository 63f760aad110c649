"""Every verb in every state of an agreement as every role over HTTP."""

from typing import Any

import pytest

from libs.kernel.roles import Role
from services.partners.domain.sharing import TABLE, AgreementState, AgreementVerb
from tests.harness import Stage, caller
from tests.partners.county import ADMIN, AUDITOR, TURNING_POINT, set_up

#: The verbs that lead from a draft to a state, and who says them.
PATHS = {
    AgreementState.DRAFT: (),
    AgreementState.IN_FORCE: ((AgreementVerb.START, ADMIN),),
    AgreementState.SUSPENDED: ((AgreementVerb.START, ADMIN), (AgreementVerb.SUSPEND, AUDITOR)),
    AgreementState.ENDED: ((AgreementVerb.END, ADMIN),),
}


async def agreement_at(stage: Stage, state: AgreementState) -> dict[str, Any]:
    """Bring an agreement to a state by the verbs that lead there."""
    facts = {"agency_id": str(TURNING_POINT), "specialisms": ["substance_misuse"], "from_on": "2025-01-01"}
    ground = {"basis": "public_task", "condition": "health_or_social_care"}
    agreement = (await stage.post("/v1/agreements", facts | ground, by=ADMIN)).json()
    for verb, by in PATHS[state]:
        path = f"/v1/agreements/{agreement['id']}:{verb}"
        agreement = (await stage.post(path, {}, by=by, if_match=agreement["revision"])).json()
    return dict(agreement)


@pytest.mark.parametrize("state", AgreementState)
async def test_a_verb_is_refused_to_every_role_but_those_of_the_table_and_in_every_state_but_its_own(
    stage: Stage, state: AgreementState
) -> None:
    await set_up(stage, TURNING_POINT)
    agreement = await agreement_at(stage, state)
    path = f"/v1/agreements/{agreement['id']}"

    for verb in AgreementVerb:
        for role in Role:
            granted = role in TABLE[verb].roles
            if granted and state in TABLE[verb].sources:
                continue
            by = caller(role, agency=TURNING_POINT) if role is Role.AGENCY_MANAGER else caller(role)
            refused = await stage.post(f"{path}:{verb}", {}, by=by, if_match=agreement["revision"])
            expected = (409, "invalid-transition") if granted else (403, "forbidden")
            assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == expected, (verb, role)

    assert (await stage.get(path, by=ADMIN)).json() == agreement


ALLOWED = [
    (verb, state, role)
    for verb in AgreementVerb
    for state in sorted(TABLE[verb].sources)
    for role in sorted(TABLE[verb].roles)
]


@pytest.mark.parametrize(("verb", "state", "role"), ALLOWED)
async def test_a_verb_leads_the_roles_of_the_table_where_the_table_says(
    stage: Stage, verb: AgreementVerb, state: AgreementState, role: Role
) -> None:
    await set_up(stage, TURNING_POINT)
    agreement = await agreement_at(stage, state)
    path = f"/v1/agreements/{agreement['id']}"

    said = await stage.post(f"{path}:{verb}", {}, by=caller(role), if_match=agreement["revision"])

    assert said.status_code == 200, said.text
    assert (said.json()["state"], said.json()["revision"]) == (TABLE[verb].to, agreement["revision"] + 1)
