"""A ranked proposal for a family, the manager's decision on it, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.ids import FamilyId, WorkerId
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.allocation.domain import constraints
from services.allocation.domain.candidates import Match
from services.allocation.domain.ranking import Numbers, Option, Ranking, facts
from services.allocation.domain.scheme import Rules


class ProposalState(StrEnum):
    """Where a proposal stands; only a manager decides."""

    COMPUTING = "computing"
    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    OVERRIDDEN = "overridden"
    DECLINED = "declined"
    LAPSED = "lapsed"
    STALE = "stale"
    INFEASIBLE = "infeasible"


class OverrideReason(StrEnum):
    """Why a manager takes another worker than the best proposed."""

    KNOWS_FAMILY = "knows_family"
    SKILLS = "skills"
    WORKER_VIEW = "worker_view"  # after talking with the worker
    FAMILY_WISH = "family_wish"
    CASELOAD_MIX = "caseload_mix"
    DEVELOPMENT = "development"
    RISK = "risk"
    OTHER = "other"


class DeclineReason(StrEnum):
    """Why a manager takes nobody."""

    WAIT_FOR_WORKER = "wait_for_worker"
    WRONG_TEAM = "wrong_team"
    MORE_INFORMATION = "more_information"
    OTHER = "other"


class ProposalStale(Conflict):
    """The numbers changed since the proposal was made."""

    slug = "proposal-stale"


class ProposalLapsed(Conflict):
    """The proposal is too old to decide on."""

    slug = "proposal-lapsed"


class DecidedTooEarly(Invalid):
    """A decision comes after its proposal."""

    slug = "implausible-date"


class NotAnOption(Invalid):
    """The worker is not among the options of the proposal."""

    slug = "not-an-option"


class ReasonNeeded(Invalid):
    """This decision needs a reason in words."""

    slug = "reason-needed"


class NothingToOverride(Conflict):
    """The worker is the best proposed; confirm instead."""

    slug = "nothing-to-override"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the manager decided; kept for ever."""

    worker_id: WorkerId | None = None
    rank: int | None = None
    reason: str | None = None
    text: str | None = None
    oversight_note: str | None = None
    note_is_sensitive: bool = False
    by: UUID
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A ranking offered to a manager, and what became of it."""

    id: UUID
    request_id: UUID
    family_id: FamilyId
    scheme_version: int
    ranking: Ranking
    state: ProposalState
    made_at: datetime
    expires_at: datetime
    decision: Decision | None = None
    revision: int = 1

    def option(self, worker_id: WorkerId) -> Option | None:
        """Return the option of that worker, if there is one."""
        return next((option for option in self.ranking.options if option.worker_id == worker_id), None)


#: How long a manager has to decide; local configuration.
LASTS = timedelta(days=7)

_DECIDES = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER})
_NOBODY: frozenset[Role] = frozenset()  # follows from time or from another verb
_OFFERED = frozenset({ProposalState.PROPOSED})
_COMPUTING = frozenset({ProposalState.COMPUTING})
_UNDECIDED = frozenset({ProposalState.PROPOSED, ProposalState.INFEASIBLE})
MOVES: Mapping[str, Move[ProposalState]] = {
    "offer": Move(_COMPUTING, ProposalState.PROPOSED, _NOBODY),
    "give_up": Move(_COMPUTING, ProposalState.INFEASIBLE, _NOBODY),
    "confirm": Move(_OFFERED, ProposalState.CONFIRMED, _DECIDES),
    "override": Move(_OFFERED, ProposalState.OVERRIDDEN, _DECIDES),
    "decline": Move(_OFFERED, ProposalState.DECLINED, _DECIDES),
    "lapse": Move(_UNDECIDED, ProposalState.LAPSED, _NOBODY),
    "overtake": Move(_UNDECIDED, ProposalState.STALE, _NOBODY),
}


def made(
    *,
    id: UUID,  # noqa: A002
    request_id: UUID,
    family_id: FamilyId,
    scheme_version: int,
    ranking: Ranking,
    now: datetime,
    expires_at: datetime,
) -> Proposal:
    """Offer a ranking to the manager; without a single option it is infeasible."""
    verb = "offer" if ranking.options else "give_up"
    return Proposal(
        id=id,
        request_id=request_id,
        family_id=family_id,
        scheme_version=scheme_version,
        ranking=ranking,
        state=move(MOVES, verb=verb, state=ProposalState.COMPUTING),
        made_at=now,
        expires_at=expires_at,
    )


def confirm(proposal: Proposal, *, decision: Decision, fresh: Match, rules: Rules, now: datetime) -> Proposal:
    """Take an option of the proposal, if the worker's numbers are still those that were shown."""
    state = move(MOVES, verb="confirm", state=proposal.state)
    _still_valid(proposal, decision=decision, now=now)
    option = proposal.option(fresh.worker_id)
    if option is None:
        raise NotAnOption("Take one of its options, or override it with a reason.", at="/worker_id")
    _numbers_hold(option, fresh=fresh, rules=rules)
    constraints.require_eligible(fresh, rules=rules)
    if option.needs_reason and not decision.text:
        raise constraints.OverCapacity("The worker would be above the soft ceiling; say why.", at="/text")
    return replace(proposal, state=state, decision=replace(decision, worker_id=option.worker_id, rank=option.rank))


def override(proposal: Proposal, *, decision: Decision, fresh: Match, rules: Rules, now: datetime) -> Proposal:
    """Take another worker than the best proposed, with a reason; the hard rules hold all the same."""
    state = move(MOVES, verb="override", state=proposal.state)
    _still_valid(proposal, decision=decision, now=now)
    if proposal.ranking.options[0].worker_id == fresh.worker_id:
        raise NothingToOverride("That worker is the best proposed; confirm instead.", at="/worker_id")
    if not decision.reason or not decision.text:
        raise ReasonNeeded("An override needs a reason code and a reason in words.", at="/reason")
    option = proposal.option(fresh.worker_id)
    if option is not None:
        _numbers_hold(option, fresh=fresh, rules=rules)
    constraints.require_eligible(fresh, rules=rules)
    placed = option.rank if option is not None else None
    return replace(proposal, state=state, decision=replace(decision, worker_id=fresh.worker_id, rank=placed))


def decline(proposal: Proposal, *, decision: Decision) -> Proposal:
    """Take nobody, with a reason; the family waits for another proposal."""
    state = move(MOVES, verb="decline", state=proposal.state)
    _not_before(proposal, decision=decision)
    if not decision.reason:
        raise ReasonNeeded("Declining needs a reason code.", at="/reason")
    return replace(proposal, state=state, decision=replace(decision, worker_id=None, rank=None))


def lapse(proposal: Proposal) -> Proposal:
    """Note that nobody decided in time."""
    return replace(proposal, state=move(MOVES, verb="lapse", state=proposal.state))


def overtake(proposal: Proposal) -> Proposal:
    """Note that a fresh proposal, or an end of the need, took its place."""
    return replace(proposal, state=move(MOVES, verb="overtake", state=proposal.state))


def _still_valid(proposal: Proposal, *, decision: Decision, now: datetime) -> None:
    _not_before(proposal, decision=decision)
    if now >= proposal.expires_at:
        raise ProposalLapsed("Make a fresh proposal for the request.")


def _not_before(proposal: Proposal, *, decision: Decision) -> None:
    if decision.at < proposal.made_at:
        raise DecidedTooEarly("The proposal was made later than that.", at="/occurred_at")


def _numbers_hold(option: Option, *, fresh: Match, rules: Rules) -> None:
    if option.token == fresh.token:
        return
    before, after = Numbers.of(fresh.before), Numbers.of(fresh.after)
    raise ProposalStale(
        "The worker's numbers are not those of the proposal any more; make a fresh one.",
        fresh={
            "worker_id": str(fresh.worker_id),
            "before": facts(before),
            "after": facts(after),
            "excluded_by": [str(breach.rule) for breach in constraints.breaches(fresh, rules=rules)],
        },
    )
