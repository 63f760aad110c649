"""Every verb in every state as every role: allowed as the tables say, or refused with the right problem."""

from collections.abc import Mapping
from enum import StrEnum

import pytest

from libs.kernel.roles import Role
from libs.kernel.transitions import Move, NotInThatState, move
from services.workbook.domain import (
    assessments,
    chapters,
    cycles,
    enquiries,
    entries,
    family_plan,
    modules,
    network_meetings,
    practitioner_requests,
    supervision,
    workbook,
)
from services.workbook.domain.grants import MAY

MACHINES: Mapping[str, tuple[type[StrEnum], Mapping[str, Move[StrEnum]]]] = {
    "workbooks": (workbook.State, workbook.VERBS),
    "entries": (entries.State, entries.VERBS),
    "chapters": (chapters.State, chapters.VERBS),
    "cycles": (cycles.State, cycles.VERBS),
    "goals": (family_plan.GoalState, family_plan.GOAL_VERBS),
    "steps": (family_plan.StepState, family_plan.STEP_VERBS),
    "supervisions": (supervision.State, supervision.VERBS),
    "network-meetings": (network_meetings.State, network_meetings.VERBS),
    "assessments": (assessments.State, assessments.VERBS),
    "enquiries": (enquiries.State, enquiries.VERBS),
    "practitioner-requests": (practitioner_requests.State, practitioner_requests.VERBS),
    "mirrored": (practitioner_requests.State, practitioner_requests.MIRRORED),
    "modules": (modules.Progress, modules.VERBS),
}  # type: ignore[assignment]
CELLS = [(name, verb, state) for name, (states, verbs) in MACHINES.items() for verb in verbs for state in states]


@pytest.mark.parametrize(("name", "verb", "state"), CELLS)
def test_a_verb_leads_somewhere_or_is_refused(name: str, verb: str, state: StrEnum) -> None:
    states, verbs = MACHINES[name]
    said = verbs[verb]

    if state in said.sources:
        assert move(verbs, verb=verb, state=state) in states
    else:
        with pytest.raises(NotInThatState) as refused:
            move(verbs, verb=verb, state=state)
        assert refused.value.facts == {"state": str(state), "verb": verb}


#: Verbs that only the clock, a cycle's end or another service says.
SAID_BY_NOBODY = {("chapters", "lock"), ("cycles", "fall-due")} | {
    ("mirrored", verb) for verb in practitioner_requests.MIRRORED
}


@pytest.mark.parametrize(("name", "verb"), sorted({(name, verb) for name, verb, _ in CELLS}))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_say_a_verb_exactly_where_its_table_names_it(name: str, verb: str, role: Role) -> None:
    said = MACHINES[name][1][verb]

    if (name, verb) in SAID_BY_NOBODY:
        assert said.roles == frozenset()
    elif f"{name}:{verb}" in MAY:
        assert (role in MAY[f"{name}:{verb}"]) == (role in said.roles)
    else:
        # No route of its own: it happens inside another verb.
        assert (name, verb) in {("workbooks", "activate"), ("workbooks", "work"), ("cycles", "close")}


@pytest.mark.parametrize("name", list(MACHINES))
def test_no_state_is_out_of_reach(name: str) -> None:
    states, verbs = MACHINES[name]
    reached = {said.to for said in verbs.values()}
    first = {next(iter(states))}

    if name != "practitioner-requests":
        assert set(states) - reached <= first


def test_nobody_without_business_here_is_granted_anything() -> None:
    for permission, roles in MAY.items():
        assert roles, permission
        assert not roles & {Role.REFERRER, Role.RESTRICTION_STEWARD, Role.AUDITOR}, permission


def test_only_a_manager_or_a_case_system_authorises_closes_and_records_supervision() -> None:
    for permission in ("assessments:authorise", "supervisions:record", "workbooks:offer-step-down"):
        assert MAY[permission] <= {Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM}


def test_only_early_help_accepts_or_refuses_a_family() -> None:
    for permission in ("workbooks:accept-step-down", "workbooks:refuse-step-down"):
        assert MAY[permission] == {Role.EARLY_HELP_LEAD, Role.CASE_SYSTEM}
