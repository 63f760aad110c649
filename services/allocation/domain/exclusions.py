"""Pairs that must not be: conflicts of interest, workers a family has refused, and restricted records."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict, Invalid
from libs.kernel.ids import FamilyId, WorkerId
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move


class ExclusionKind(StrEnum):
    """Why a worker may not hold a family."""

    CONFLICT_OF_INTEREST = "conflict_of_interest"
    FAMILY_REFUSED = "family_refused"
    RESTRICTED_RECORD = "restricted_record"  # only the permitted workers may


class ExclusionState(StrEnum):
    """Whether a declaration holds."""

    DECLARED = "declared"
    WITHDRAWN = "withdrawn"


class InvalidExclusion(Invalid):
    """A conflict or refusal names one worker; a restriction names those who may."""

    slug = "invalid-exclusion"


class WithdrawnTooEarly(Invalid):
    """It is not withdrawn before it was declared."""

    slug = "invalid-period"


class AlreadyDeclared(Conflict):
    """This is declared already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclusion:
    """A declared fact about a family and workers; the reason for it is kept where the family's record is."""

    id: UUID
    family_id: FamilyId
    kind: ExclusionKind
    worker_id: WorkerId | None = None
    permitted: frozenset[WorkerId] = frozenset()
    state: ExclusionState = ExclusionState.DECLARED
    declared_at: datetime
    declared_by: UUID
    withdrawn_at: datetime | None = None
    revision: int = 1

    def bars(self, worker_id: WorkerId) -> bool:
        """Whether it keeps this worker from the family."""
        if self.state is not ExclusionState.DECLARED:
            return False
        if self.kind is ExclusionKind.RESTRICTED_RECORD:
            return worker_id not in self.permitted
        return worker_id == self.worker_id


_DECLARES = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.RESTRICTION_STEWARD})
MOVES: Mapping[str, Move[ExclusionState]] = {
    "withdraw": Move(frozenset({ExclusionState.DECLARED}), ExclusionState.WITHDRAWN, _DECLARES),
}


def declare(exclusion: Exclusion, *, others: Iterable[Exclusion]) -> Exclusion:
    """Return the declaration if it names whom its kind needs and nothing declared says the same."""
    if exclusion.kind is ExclusionKind.RESTRICTED_RECORD:
        if exclusion.worker_id is not None:
            raise InvalidExclusion("A restriction names the workers who may, not one who may not.", at="/worker_id")
    elif exclusion.worker_id is None or exclusion.permitted:
        raise InvalidExclusion("It names exactly the one worker who may not.", at="/worker_id")
    same = (exclusion.family_id, exclusion.kind, exclusion.worker_id)
    declared = (other for other in others if other.state is ExclusionState.DECLARED)
    if any((other.family_id, other.kind, other.worker_id) == same for other in declared):
        raise AlreadyDeclared("The same is declared already; withdraw it first to change it.")
    return exclusion


def withdraw(exclusion: Exclusion, *, now: datetime) -> Exclusion:
    """Let the declaration hold no longer; it stays on record."""
    state = move(MOVES, verb="withdraw", state=exclusion.state)
    if now < exclusion.declared_at:
        raise WithdrawnTooEarly("It was declared later than that.", at="/occurred_at")
    return replace(exclusion, state=state, withdrawn_at=now)


def narrow(restriction: Exclusion, *, by: Exclusion) -> Exclusion:
    """Return a restriction that permits only those whom the other permits too."""
    return replace(restriction, permitted=restriction.permitted & by.permitted)


def barring(exclusions: Iterable[Exclusion], *, worker_id: WorkerId) -> frozenset[ExclusionKind]:
    """Return the kinds of declaration that keep a worker from the family they are about."""
    return frozenset(exclusion.kind for exclusion in exclusions if exclusion.bars(worker_id))
