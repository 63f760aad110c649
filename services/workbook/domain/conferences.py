"""Conferences and the other statutory meetings about children: what may be recorded, and what it leads to."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import CategoryOfAbuse
from libs.kernel.codes import ReviewParticipation as Participation
from libs.kernel.errors import Invalid
from libs.kernel.roles import Role
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.moments import ImplausibleDate


class Kind(StrEnum):
    """What kind of meeting it was."""

    INITIAL = "initial"  # initial child protection conference
    REVIEW = "review"  # review child protection conference
    CORE_GROUP = "core_group"
    CIN_MEETING = "cin_meeting"  # the first multi-agency meeting of a child in need plan
    CIN_REVIEW = "cin_review"
    LOOKED_AFTER_REVIEW = "looked_after_review"
    PRE_PROCEEDINGS_MEETING = "pre_proceedings_meeting"


CONFERENCES = frozenset({Kind.INITIAL, Kind.REVIEW})

#: Meetings about a plan that has begun, with the kind of plan.
PLAN_OF: Mapping[Kind, SpellKind] = {
    Kind.REVIEW: SpellKind.CP,
    Kind.CORE_GROUP: SpellKind.CP,
    Kind.CIN_REVIEW: SpellKind.CIN,
    Kind.LOOKED_AFTER_REVIEW: SpellKind.LOOKED_AFTER,
}

_CHAIRS = frozenset({Role.CONFERENCE_CHAIR, Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM})
_WORKERS = _CHAIRS | frozenset({Role.SOCIAL_WORKER})
RECORDERS: Mapping[Kind, frozenset[Role]] = {
    kind: _CHAIRS if kind in CONFERENCES | {Kind.LOOKED_AFTER_REVIEW} else _WORKERS for kind in Kind
}
VERBS: Mapping[str, frozenset[Role]] = {"record": _WORKERS}


class ConferenceImpossible(Invalid):
    """The conference cannot have been so."""


@dataclass(frozen=True, slots=True)
class ChildDecision:
    """What a conference decided for one child."""

    child_id: UUID
    plan: bool
    category: CategoryOfAbuse | None = None
    participation: Participation | None = None
    previous_cp_plans: int | None = None  # those of other authorities included


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """A meeting that was held about some of the family's children."""

    id: UUID
    kind: Kind
    held_on: date
    decisions: tuple[ChildDecision, ...]
    chair_id: UUID | None = None
    agencies: int | None = None  # besides children's social care, with direct contact

    @property
    def children(self) -> tuple[UUID, ...]:
        """Whom it was about."""
        return tuple(decision.child_id for decision in self.decisions)

    @property
    def planned(self) -> tuple[ChildDecision, ...]:
        """The children for whom it decided on a plan."""
        return tuple(decision for decision in self.decisions if decision.plan)

    @property
    def quorate(self) -> bool | None:
        """Whether at least two other agencies with direct contact took part; None where that was not recorded."""
        return None if self.agencies is None else self.agencies >= QUORUM_OTHER_AGENCIES


# Source: Standard Safeguarding Dataset: children's social care and at least two other agencies with direct contact.
QUORUM_OTHER_AGENCIES = 2
_SATURDAY = 5


def record(conference: Conference, *, referred_on: date | None, today: date) -> Conference:
    """Return the conference as recorded; refuse a weekend, a date before the referral or in the future."""
    if conference.held_on > today:
        raise ImplausibleDate("It cannot have been held in the future.", at="/held_on")
    if referred_on is not None and conference.held_on < referred_on:
        raise ImplausibleDate("A conference is not held before the referral.", at="/held_on", rule="1104")
    if conference.kind in CONFERENCES and conference.held_on.weekday() >= _SATURDAY:
        raise ImplausibleDate("No conference is held at a weekend.", at="/held_on", rule="8875")
    if len(set(conference.children)) != len(conference.decisions):
        raise ConferenceImpossible("A child stands once.", at="/children")
    for place, decision in enumerate(conference.decisions):
        _check_decision(conference.kind, decision, at=f"/children/{place}")
    return conference


def _check_decision(kind: Kind, decision: ChildDecision, *, at: str) -> None:
    begins_plan = kind is Kind.INITIAL and decision.plan
    if begins_plan and decision.category is None:
        raise ConferenceImpossible("A child protection plan has a category.", at=f"{at}/category", rule="8905")
    if decision.category is not None and kind not in CONFERENCES:
        raise ConferenceImpossible("Only a conference gives a category.", at=f"{at}/category", rule="8905")
    if decision.previous_cp_plans is not None and not begins_plan:
        raise ConferenceImpossible(
            "Earlier plans are counted where a plan begins.", at=f"{at}/previous_cp_plans", rule="8730"
        )
