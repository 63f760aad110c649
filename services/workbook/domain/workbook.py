"""The workbook of a family: its states, its step-down that early help must accept, and what keeps it open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar
from uuid import UUID

from libs.kernel.codes import ClosureReason
from libs.kernel.errors import Conflict
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.workbook.domain.levels import Level, SpellKind
from services.workbook.domain.moments import ImplausibleDate

T = TypeVar("T")


class State(StrEnum):
    """Where the work with the family stands."""

    OPEN = "open"
    ACTIVE = "active"
    STEPPING_DOWN = "stepping_down"  # offered to early help, which has not answered
    CLOSED = "closed"


_IN_WORK = frozenset({State.OPEN, State.ACTIVE, State.STEPPING_DOWN})
_MANAGERS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_LOADS = frozenset({Role.CASE_SYSTEM})

VERBS: Mapping[str, Move[State]] = {
    "activate": Move(frozenset({State.OPEN}), State.ACTIVE, frozenset({Role.SOCIAL_WORKER}) | _MANAGERS | _LOADS),
    "work": Move(_IN_WORK, None, frozenset({Role.SOCIAL_WORKER}) | _MANAGERS | _LOADS),
    "offer-step-down": Move(frozenset({State.ACTIVE}), State.STEPPING_DOWN, _MANAGERS | _LOADS),
    "accept-step-down": Move(
        frozenset({State.STEPPING_DOWN}), State.ACTIVE, frozenset({Role.EARLY_HELP_LEAD}) | _LOADS
    ),
    "refuse-step-down": Move(
        frozenset({State.STEPPING_DOWN}), State.ACTIVE, frozenset({Role.EARLY_HELP_LEAD}) | _LOADS
    ),
    "step-up": Move(
        frozenset({State.OPEN, State.ACTIVE}), None, frozenset({Role.EARLY_HELP_LEAD}) | _MANAGERS | _LOADS
    ),
    "close": Move(
        frozenset({State.OPEN, State.ACTIVE}), State.CLOSED, frozenset({Role.EARLY_HELP_LEAD}) | _MANAGERS | _LOADS
    ),
    "reopen": Move(frozenset({State.CLOSED}), State.OPEN, _MANAGERS | _LOADS),
}


class RefusalReason(StrEnum):
    """Why early help does not take a family."""

    RISK_TOO_HIGH = "risk_too_high"
    NO_CAPACITY = "no_capacity"
    FAMILY_DISAGREES = "family_disagrees"
    OUT_OF_AREA = "out_of_area"
    INFORMATION_MISSING = "information_missing"


class ReopenReason(StrEnum):
    """Why work with a family begins again."""

    RE_REFERRAL = "re_referral"
    NEW_INFORMATION = "new_information"
    CLOSED_IN_ERROR = "closed_in_error"


class StillOpen(Conflict):
    """Something in the workbook is still open."""

    slug = "still-open"


class StatutoryPlanOpen(Conflict):
    """A child is on a plan that early help cannot hold."""


class ClosureReasonNotPossible(Conflict):
    """That reason for closing does not fit what was done."""


class WithEarlyHelp(Conflict):
    """Early help may close only what it holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbook:
    """A family's one record; closing and coming back happen on the same thread."""

    id: UUID
    family_id: UUID
    state: State
    level: Level
    referral_id: UUID | None
    referred_on: date | None
    opened_on: date
    children: tuple[UUID, ...]
    adults: tuple[UUID, ...]
    team_id: UUID | None
    lead_worker_id: UUID | None
    imported: bool  # loaded from another system, where it was supervised and signed
    closed_on: date | None = None
    closure_reason: ClosureReason | None = None
    needs: tuple[str, ...] = ()  # assessment factors known of the family, such as 3B
    further_referrals: tuple[UUID, ...] = ()  # accepted while the work for `referral_id` went on
    revision: int = 1

    @property
    def members(self) -> frozenset[UUID]:
        """Everybody whom the workbook is about."""
        return frozenset(self.children) | frozenset(self.adults)

    @property
    def referrals(self) -> tuple[UUID, ...]:
        """Every referral that the work answers."""
        return (*([] if self.referral_id is None else [self.referral_id]), *self.further_referrals)


@dataclass(frozen=True, slots=True)
class OpenItem:
    """One thing that keeps a workbook open."""

    kind: str
    id: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class LooseEnds:
    """What closing must look at: ids of what is open, and what the last group supervision decided."""

    cycle_id: UUID
    requests: tuple[UUID, ...] = ()
    spells: tuple[UUID, ...] = ()
    unsigned_chapters: tuple[UUID, ...] = ()
    assessments: tuple[UUID, ...] = ()
    enquiries: tuple[UUID, ...] = ()
    incomplete_chapters: tuple[UUID, ...] = ()  # locked unsigned in this involvement, and nothing was said beside them
    meetings: tuple[UUID, ...] = ()
    actions: tuple[UUID, ...] = ()
    supervised: bool = False  # the last group supervision decided to step down or to close
    authorised_assessment: bool = False
    other_activity: bool = False  # a plan, an enquiry or a conference since the referral
    last_on: date | None = None  # the last date that anything in the record bears


# Source: CIN census 2025-26 validation rules 2990 and 8825Q: these two reasons need an assessment and nothing else.
_AFTER_ASSESSMENT_ONLY = frozenset({ClosureReason.RC8, ClosureReason.RC9})


def say(workbook: Workbook, verb: str) -> Workbook:
    """Return the workbook in the state that the verb leads to."""
    return replace(workbook, state=move(VERBS, verb=verb, state=workbook.state))


def still_open(ends: LooseEnds, *, imported: bool) -> tuple[OpenItem, ...]:
    """Everything that must end before the workbook can close; an imported one was supervised elsewhere."""
    listed = (
        ("practitioner_request", ends.requests),
        ("plan_spell", ends.spells),
        ("chapter_unsigned", ends.unsigned_chapters),
        ("assessment", ends.assessments),
        ("enquiry", ends.enquiries),
        ("chapter_incomplete", ends.incomplete_chapters),
        ("network_meeting", ends.meetings),
        ("action", ends.actions),
    )
    items = [OpenItem(kind, one) for kind, ids in listed for one in ids]
    if not (ends.supervised or imported):
        items.append(OpenItem("cycle_without_supervision", ends.cycle_id))
    return tuple(items)


def close(workbook: Workbook, *, ends: LooseEnds, reason: ClosureReason, on: date, by: Iterable[Role]) -> Workbook:
    """Return the workbook as closed; refuse while anything is open, or with a reason that does not fit."""
    closed = say(workbook, "close")
    roles = frozenset(by)
    if roles & VERBS["close"].roles == {Role.EARLY_HELP_LEAD} and workbook.level is not Level.EARLY_HELP:
        raise WithEarlyHelp("It is with a safeguarding team; its manager closes it.")
    open_items = still_open(ends, imported=workbook.imported)
    if open_items:
        kinds = ", ".join(sorted({item.kind for item in open_items}))
        raise StillOpen(
            f"These are still open: {kinds}.", open=[{"kind": item.kind, "id": str(item.id)} for item in open_items]
        )
    if reason in _AFTER_ASSESSMENT_ONLY and (ends.other_activity or not ends.authorised_assessment):
        raise ClosureReasonNotPossible(
            f"{reason} needs an authorised assessment and no plan, enquiry or conference.", rule="2990"
        )
    if ends.last_on is not None and on < ends.last_on:
        raise ImplausibleDate("It cannot close before the last thing that was recorded.", at="/closed_on", rule="8565")
    return replace(closed, closed_on=on, closure_reason=reason)


def together(*groups: Iterable[T]) -> tuple[T, ...]:
    """Return everything of these groups, each once, where it was first named."""
    return tuple(dict.fromkeys(one for group in groups for one in group))


def join(workbook: Workbook, *referrals: UUID) -> Workbook:
    """Return the workbook as answering these referrals too; the work goes on from the one by which it began."""
    every = together(workbook.referrals, referrals)
    return replace(workbook, referral_id=every[0], further_referrals=every[1:]) if every else workbook


def lead_by(workbook: Workbook, referral_id: UUID) -> Workbook:
    """Return the workbook as led by a further referral; the one by which it began ends with it."""
    rest = tuple(one for one in workbook.referrals if one != referral_id)
    return replace(workbook, referral_id=referral_id, further_referrals=rest)


def reopen(workbook: Workbook, *, on: date, referral_id: UUID | None, referred_on: date | None) -> Workbook:
    """Return the same workbook as open again for a family that came back; it starts at assessment."""
    reopened = say(workbook, "reopen")
    if workbook.closed_on is not None and on < workbook.closed_on:
        raise ImplausibleDate("It cannot open again before it closed.", at="/occurred_at")
    return replace(
        reopened,
        level=Level.ASSESSMENT,
        opened_on=on,
        referral_id=referral_id or workbook.referral_id,
        # What an earlier involvement answered ended with it.
        further_referrals=workbook.further_referrals if referral_id is None else (),
        referred_on=referred_on,
        closed_on=None,
        closure_reason=None,
    )


def resume(workbook: Workbook) -> Workbook:
    """Return the workbook as it was before it was closed in error: nothing began again."""
    return replace(say(workbook, "reopen"), closed_on=None, closure_reason=None)


_EARLY_HELP_CAN_HOLD = frozenset({SpellKind.EH, SpellKind.CIN})


def _early_help_can_hold(open_kinds: Iterable[SpellKind]) -> None:
    above = sorted(set(open_kinds) - _EARLY_HELP_CAN_HOLD)
    if above:
        raise StatutoryPlanOpen(f"These must end first: {', '.join(above)}.", kinds=above)


def offer_step_down(workbook: Workbook, *, open_kinds: Iterable[SpellKind]) -> Workbook:
    """Return the workbook as offered to early help; refuse while a child is on a plan above child in need."""
    offered = say(workbook, "offer-step-down")
    _early_help_can_hold(open_kinds)
    if workbook.level is Level.EARLY_HELP:
        raise StatutoryPlanOpen("The family is already with early help.")
    return offered


def accept_step_down(workbook: Workbook, *, open_kinds: Iterable[SpellKind]) -> Workbook:
    """Return the workbook as held by early help; refuse if a child came onto a higher plan since the offer."""
    accepted = say(workbook, "accept-step-down")
    _early_help_can_hold(open_kinds)
    return replace(accepted, level=Level.EARLY_HELP)
