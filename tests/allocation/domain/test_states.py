"""Every verb in every state as every role: allowed or refused as the tables say, never anything else."""

from dataclasses import replace
from datetime import timedelta
from enum import StrEnum
from itertools import product

import pytest

from libs.kernel.codes import WorkerChangeReason
from libs.kernel.errors import DomainError
from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.allocation.domain import (
    allocation,
    exclusions,
    grants,
    handover,
    proposal,
    request,
    scheme,
)
from services.allocation.domain.allocation import AllocationState
from services.allocation.domain.checklist import Step
from services.allocation.domain.exclusions import Exclusion, ExclusionKind, ExclusionState
from services.allocation.domain.handover import HandoverState
from services.allocation.domain.proposal import OverrideReason, ProposalState
from services.allocation.domain.request import CancelReason, RequestState
from services.allocation.domain.scheme import SchemeState
from tests.allocation.domain import builders
from tests.allocation.domain.builders import NOW, RULES, TODAY, candidate, decision, matched, number, wanted

BEST = matched(wanted(), candidate(10))
OTHER = matched(wanted(), candidate(12))
SAID = decision(reason=OverrideReason.SKILLS, text="A reason in words.")
SCHEME = scheme.draft(id=number(1), version=1, title="First", rules=RULES, effective_from=TODAY, now=NOW)
EXCLUSION = Exclusion(
    id=number(1),
    family_id=wanted().family_id,
    kind=ExclusionKind.FAMILY_REFUSED,
    worker_id=BEST.worker_id,
    declared_at=NOW,
    declared_by=number(3),
)

#: Per machine: its table, a thing in its first state, its states, and how each verb is said.
MACHINES = {
    "request": (
        request.MOVES,
        builders.request(),
        RequestState,
        {
            "propose": request.propose,
            "wait": lambda it: request.wait(it, now=NOW),
            "reopen": request.reopen,
            "fill": lambda it: request.fill(it, now=NOW),
            "cancel": lambda it: request.cancel(it, reason=CancelReason.IN_ERROR, now=NOW),
        },
    ),
    "proposal": (
        proposal.MOVES,
        builders.proposal(),
        ProposalState,
        {
            "confirm": lambda it: proposal.confirm(it, decision=SAID, fresh=BEST, rules=RULES, now=NOW),
            "override": lambda it: proposal.override(it, decision=SAID, fresh=OTHER, rules=RULES, now=NOW),
            "decline": lambda it: proposal.decline(it, decision=SAID),
            "lapse": proposal.lapse,
            "overtake": proposal.overtake,
        },
    ),
    "allocation": (
        allocation.MOVES,
        builders.allocation(),
        AllocationState,
        {
            "plan_handover": lambda it: allocation.plan_handover(it, now=NOW),
            "keep": allocation.keep,
            "cover": lambda it: allocation.cover(it, by=OTHER.worker_id),
            "resume": allocation.resume,
            "raise_concern": lambda it: allocation.raise_concern(it, text="Too far away.", now=it.started_at),
            "end": lambda it: allocation.end(it, reason=WorkerChangeReason.MANAGE, now=NOW, successor=True),
        },
    ),
    "handover": (
        handover.MOVES,
        builders.handover(),
        HandoverState,
        {
            "record_joint_visit": lambda it: handover.record_joint_visit(
                it, visited_on=TODAY, family_told_on=None, by=number(3), now=NOW
            ),
            "tick": lambda it: handover.tick(it, [Step.PLAN_REVIEWED], by=number(3), done_on=TODAY, now=NOW),
            "complete": lambda it: handover.complete(
                it,
                family_told_on=TODAY,
                no_visit_reason="The worker left suddenly.",
                unfinished_reason="The worker left suddenly.",
                by=number(3),
                now=NOW,
            ),
            "cancel": lambda it: handover.cancel(it, now=NOW),
        },
    ),
    "scheme": (
        scheme.MOVES,
        SCHEME,
        SchemeState,
        {
            "activate": lambda it: scheme.activate(it, now=NOW, today=TODAY + timedelta(1)),
            "retire": lambda it: scheme.retire(it, now=NOW),
        },
    ),
    "exclusion": (
        exclusions.MOVES,
        EXCLUSION,
        ExclusionState,
        {"withdraw": lambda it: exclusions.withdraw(it, now=NOW)},
    ),
}

CASES = [
    (name, verb, state) for name, (_, _, states, verbs) in MACHINES.items() for verb, state in product(verbs, states)
]


@pytest.mark.parametrize(("name", "verb", "state"), CASES)
def test_a_verb_moves_from_its_states_and_is_refused_from_every_other(name: str, verb: str, state: StrEnum) -> None:
    table, thing, _, verbs = MACHINES[name]
    there = replace(thing, state=state)

    if state in table[verb].sources:
        assert verbs[verb](there).state is (table[verb].to or state)
    else:
        with pytest.raises(NotInThatState) as refused:
            verbs[verb](there)
        assert refused.value.facts["verb"] == verb


@pytest.mark.parametrize("name", MACHINES)
def test_every_state_of_a_machine_is_reached_or_is_where_it_begins(name: str) -> None:
    table, thing, states, _ = MACHINES[name]
    reached = {move.to for move in table.values() if move.to is not None}

    beginnings = {thing.state, ProposalState.COMPUTING}
    assert set(states) - reached <= beginnings


#: The permission under which a verb is said; a verb without one follows from another or from the clock.
SAID_UNDER = {
    ("request", "propose"): "proposals:make",
    ("request", "fill"): "proposals:decide",
    ("request", "cancel"): "requests:cancel",
    ("proposal", "confirm"): "proposals:decide",
    ("proposal", "override"): "proposals:decide",
    ("proposal", "decline"): "proposals:decide",
    ("allocation", "plan_handover"): "handovers:plan",
    ("allocation", "keep"): "handovers:complete",
    ("allocation", "cover"): "allocations:change",
    ("allocation", "resume"): "allocations:change",
    ("allocation", "raise_concern"): "allocations:raise-concern",
    ("allocation", "end"): "allocations:change",
    ("handover", "record_joint_visit"): "handovers:record-visit",
    ("handover", "tick"): "handovers:tick",
    ("handover", "complete"): "handovers:complete",
    ("handover", "cancel"): "handovers:complete",
    ("scheme", "activate"): "schemes:activate",
    ("scheme", "retire"): "schemes:activate",
    ("exclusion", "withdraw"): "exclusions:declare",
}


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("name", MACHINES)
def test_a_role_may_say_a_verb_exactly_if_it_is_granted_the_permission(name: str, role: Role) -> None:
    for verb, move in MACHINES[name][0].items():
        permission = SAID_UNDER.get((name, verb))
        granted = permission is not None and role in grants.MAY[permission]
        assert (role in move.roles) == granted, (verb, role)


def test_no_machine_and_no_case_system_confirms() -> None:
    for permission in ("proposals:decide", "allocations:change", "handovers:complete"):
        assert grants.MAY[permission] == {Role.TEAM_MANAGER, Role.SERVICE_MANAGER}


def test_the_service_admin_sees_no_family() -> None:
    may = {permission for permission, roles in grants.MAY.items() if Role.SERVICE_ADMIN in roles}

    assert may == {
        "teams:read",
        "teams:change",
        "workers:read",
        "workers:change",
        "schemes:read",
        "schemes:draft",
    }


def test_refusals_say_what_is_so_and_never_who() -> None:
    for name, (table, thing, states, verbs) in MACHINES.items():
        for verb, state in product(verbs, states):
            if state in table[verb].sources:
                continue
            with pytest.raises(DomainError) as refused:
                verbs[verb](replace(thing, state=state))
            assert str(thing.id) not in refused.value.detail, name
