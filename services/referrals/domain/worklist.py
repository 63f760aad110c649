"""The front door's work list: what needs whom, by when, in the order in which to take it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.roles import Role
from services.referrals.domain.ending import WorkEnded
from services.referrals.domain.screening import Rag


class Need(StrEnum):
    """What has to be done next."""

    TRIAGE = "triage"
    CONCLUDE_GATHERING = "conclude_gathering"
    PROPOSE_DECISION = "propose_decision"
    CHASE_INFORMATION = "chase_information"
    DECIDE = "decide"
    ANSWER_STEP_DOWN = "answer_step_down"
    HOLD_STRATEGY = "hold_strategy"
    LOOK_AT_MATCH = "look_at_match"
    TELL_REFERRER = "tell_referrer"
    CONFIRM_REDIRECT = "confirm_redirect"
    CLOSE = "close"


#: Who is waited for.
WAITING_ON: Mapping[Need, Role] = {
    Need.TRIAGE: Role.SCREENER,
    Need.CONCLUDE_GATHERING: Role.SCREENER,
    Need.PROPOSE_DECISION: Role.SCREENER,
    Need.CHASE_INFORMATION: Role.SCREENER,
    Need.DECIDE: Role.FRONT_DOOR_MANAGER,
    Need.ANSWER_STEP_DOWN: Role.EARLY_HELP_LEAD,
    Need.HOLD_STRATEGY: Role.FRONT_DOOR_MANAGER,
    Need.LOOK_AT_MATCH: Role.SCREENER,
    Need.TELL_REFERRER: Role.SCREENER,
    Need.CONFIRM_REDIRECT: Role.SCREENER,
    Need.CLOSE: Role.TEAM_MANAGER,
}

#: The order of what is due at the same moment; what nobody has looked at yet comes right after the red.
URGENCY: Mapping[Rag | None, int] = {Rag.RED: 0, None: 1, Rag.AMBER: 2, Rag.GREEN: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing that waits for somebody; `subject_id` is what to open."""

    need: Need
    referral_id: UUID
    subject_id: UUID
    reference: str
    rag: Rag | None
    due_at: datetime | None
    since: datetime
    work_ended: WorkEnded | None = None  # what a referral that waits to be closed is closed with

    @property
    def waiting_on(self) -> Role:
        """The role that has to act."""
        return WAITING_ON[self.need]

    def is_overdue(self, now: datetime) -> bool:
        """Say whether it should have been done."""
        return self.due_at is not None and self.due_at < now


def order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Return the items in the order in which to take them: what is due first, the red before the green."""
    return tuple(sorted(items, key=_place))


def _place(item: Item) -> tuple[bool, float, int, float, str, UUID]:
    due = item.due_at.timestamp() if item.due_at is not None else 0.0
    urgency = URGENCY[item.rag]
    return (item.due_at is None, due, urgency, item.since.timestamp(), item.need, item.subject_id)
