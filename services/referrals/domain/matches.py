"""What a person decides about a candidate: the same person, or another."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid
from libs.kernel.transitions import Move, move
from services.referrals.domain.matching import Hit
from services.referrals.domain.states import FRONT_DOOR


class MatchState(StrEnum):
    """Whether somebody has looked at the candidate."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


MOVES: Mapping[str, Move[MatchState]] = {
    "confirm": Move(frozenset({MatchState.OPEN}), MatchState.CONFIRMED, FRONT_DOOR),
    "reject": Move(frozenset({MatchState.OPEN}), MatchState.REJECTED, FRONT_DOOR),
}


class ReasonMissing(Invalid):
    """Deciding about a match needs a reason."""

    slug = "decision-incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """A person of a referral and a known person who may be the same."""

    id: UUID
    referral_id: UUID
    person_id: UUID
    known_person_id: UUID
    hits: tuple[Hit, ...]
    points: int
    state: MatchState = MatchState.OPEN
    decided_by: UUID | None = None
    decided_at: datetime | None = None
    reason: str | None = None
    revision: int = 1


def decide(match: Match, *, verb: str, reason: str, by: UUID, at: datetime) -> Match:
    """Return the match as confirmed or rejected by a person, with their reason."""
    state = move(MOVES, verb=verb, state=match.state)
    if not reason.strip():
        raise ReasonMissing("Say in a sentence why.", at="/reason")
    return replace(match, state=state, decided_by=by, decided_at=at, reason=reason.strip())
