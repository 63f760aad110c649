"""Every verb in every state as every role: allowed as the design says, or refused with the right problem."""

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

_SM, _TM, _EH = Role.SERVICE_MANAGER, Role.TEAM_MANAGER, Role.EARLY_HELP_LEAD
_SW, _CS, _AP = Role.SOCIAL_WORKER, Role.CASE_SYSTEM, Role.ADULT_PRACTITIONER
_MANAGERS = {_TM, _SM}
_SIGNERS = {_TM, _SM, Role.AGENCY_MANAGER}
_TEAM = {_SW, _TM, _EH}
_ALL_WORK = _TEAM | {_AP}
_AUTHORS = _ALL_WORK | {_CS}
_RECORDERS = _AUTHORS | {_SM, Role.OUT_OF_HOURS}
_NOBODY: set[Role] = set()

# Written out by hand from the design, so that a slip in the code's tables is found:
# from which states a verb leads to which (None: it stays as it is), and who says it.
EXPECTED: Mapping[str, Mapping[str, tuple[str, str | None, set[Role]]]] = {
    "workbooks": {
        "activate": ("open", "active", _MANAGERS | {_SW, _CS}),
        "work": ("open active stepping_down", None, _MANAGERS | {_SW, _CS}),
        "offer-step-down": ("active", "stepping_down", _MANAGERS | {_CS}),
        "accept-step-down": ("stepping_down", "active", {_EH, _CS}),
        "refuse-step-down": ("stepping_down", "active", {_EH, _CS}),
        "step-up": ("open active", None, _MANAGERS | {_EH, _CS}),
        "close": ("open active", "closed", _MANAGERS | {_EH, _CS}),
        "reopen": ("closed", "open", _MANAGERS | {_CS}),
    },
    "entries": {
        "record": ("", "recorded", _RECORDERS),
        "correct": ("recorded corrected", "corrected", _RECORDERS),
        "strike": ("recorded corrected", "struck_in_error", _RECORDERS),
    },
    "chapters": {
        "draft": ("drafting returned", None, _AUTHORS),
        "submit": ("drafting returned", "submitted", _AUTHORS),
        "sign": ("drafting submitted returned", "signed", _AUTHORS),
        "countersign": ("signed", "countersigned", _SIGNERS),
        "return": ("submitted signed", "returned", _SIGNERS),
        "lock": ("drafting submitted signed returned countersigned", "locked", _NOBODY),
        "correct": ("signed countersigned locked", None, _AUTHORS | _SIGNERS),
    },
    "cycles": {
        "fall-due": ("current", "due", _NOBODY),
        "close": ("current due", "closed", _MANAGERS | {_CS}),
    },
    "goals": {
        "activate": ("future", "active", _ALL_WORK),
        "achieve": ("active", "achieved", _ALL_WORK),
        "remove": ("future active", "removed", _ALL_WORK),
        "restore": ("achieved removed", "active", _ALL_WORK),
    },
    "steps": {
        "start": ("not_started cannot_be_done_yet", "in_progress", _ALL_WORK),
        "complete": ("not_started in_progress cannot_be_done_yet", "completed", _ALL_WORK),
        "block": ("not_started in_progress", "cannot_be_done_yet", _ALL_WORK),
        "drop": ("not_started in_progress cannot_be_done_yet", "no_longer_needed", _ALL_WORK),
        "reopen": ("completed no_longer_needed", "not_started", _ALL_WORK),
    },
    "supervisions": {
        "schedule": ("", "scheduled", _MANAGERS | {_CS}),
        "hold": ("scheduled", "held", _MANAGERS | {_CS}),
        "record": ("scheduled held", "recorded", _MANAGERS | {_CS}),
        "miss": ("scheduled", "missed", _MANAGERS | {_CS}),
    },
    "network-meetings": {
        "offer": ("", "offered", _TEAM | {_CS}),
        "accept": ("offered declined", "accepted", _TEAM | {_CS}),
        "decline": ("offered accepted", "declined", _TEAM | {_CS}),
        "plan": ("accepted planned", "planned", _TEAM | {_CS}),
        "hold": ("accepted planned", "held", _TEAM | {_CS}),
        "make-plan": ("held", "plan_made", _TEAM | {_CS}),
        "review": ("plan_made reviewed", "reviewed", _TEAM | {_CS}),
    },
    "assessments": {
        "start": ("", "started", _MANAGERS | {_SW, _CS}),
        "compose": ("started", None, _MANAGERS | {_SW, _CS}),
        "authorise": ("started", "authorised", _MANAGERS | {_CS}),
    },
    "enquiries": {
        "start": ("", "started", _MANAGERS | {_SW, _CS}),
        "end": ("started", "ended", _MANAGERS | {_SW, _CS}),
    },
    "practitioner-requests": {
        "ask": ("", "asked", _TEAM),
        "withdraw": ("asked accepted waitlisted", "cancelled", _TEAM),
    },
    "mirrored": {
        "opened": ("asked declined", "asked", _NOBODY),
        "promised": ("asked accepted waitlisted", "accepted", _NOBODY),
        "reassigned": ("accepted engaged on_hold", None, _NOBODY),
        "accepted": ("asked accepted waitlisted", "accepted", _NOBODY),
        "waitlisted": ("asked accepted waitlisted", "waitlisted", _NOBODY),
        "declined": ("asked accepted waitlisted", "declined", _NOBODY),
        "engaged": ("asked accepted waitlisted", "engaged", _NOBODY),
        "held": ("engaged", "on_hold", _NOBODY),
        "resumed": ("on_hold", "engaged", _NOBODY),
        "completed": ("engaged on_hold", "completed", _NOBODY),
        "ended_early": ("accepted engaged on_hold", "ended_early", _NOBODY),
        "cancelled": (
            "asked accepted waitlisted declined engaged on_hold completed ended_early cancelled", "cancelled", _NOBODY,
        ),
    },
    "modules": {
        "start": ("not_started not_applicable", "in_progress", _ALL_WORK),
        "complete": ("in_progress", "complete", _ALL_WORK),
        "set-aside": ("not_started in_progress", "not_applicable", _ALL_WORK),
        "resume": ("complete", "in_progress", _ALL_WORK),
    },
}  # fmt: skip
CELLS = [(name, verb, state) for name, (states, _) in MACHINES.items() for verb in EXPECTED[name] for state in states]


def test_every_verb_is_expected() -> None:
    assert {name: set(verbs) for name, (_, verbs) in MACHINES.items()} == {n: set(v) for n, v in EXPECTED.items()}


@pytest.mark.parametrize(("name", "verb", "state"), CELLS)
def test_a_verb_leads_where_the_table_says_or_is_refused(name: str, verb: str, state: StrEnum) -> None:
    sources, to, _ = EXPECTED[name][verb]
    verbs = MACHINES[name][1]

    if state in sources.split():
        assert move(verbs, verb=verb, state=state) == (to or state)
    else:
        with pytest.raises(NotInThatState) as refused:
            move(verbs, verb=verb, state=state)
        assert refused.value.facts == {"state": str(state), "verb": verb}


#: Verbs without a route of their own: they happen inside another, with a cycle's end, or as another service says.
INSIDE = {("workbooks", "activate"), ("workbooks", "work"), ("cycles", "close"), ("cycles", "fall-due"),
          ("chapters", "lock"), *(("mirrored", verb) for verb in EXPECTED["mirrored"])}  # fmt: skip


@pytest.mark.parametrize(("name", "verb"), sorted({(name, verb) for name, verb, _ in CELLS}))
@pytest.mark.parametrize("role", list(Role))
def test_a_role_may_say_a_verb_exactly_where_the_table_says(name: str, verb: str, role: Role) -> None:
    expected = role in EXPECTED[name][verb][2]

    assert (role in MACHINES[name][1][verb].roles) == expected
    if (name, verb) not in INSIDE:
        assert (role in MAY[f"{name}:{verb}"]) == expected


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
