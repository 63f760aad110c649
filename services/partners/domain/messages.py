"""The clarifying conversation on a request: who asks, who answers, and what that does to the request."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict
from services.partners.domain import answering
from services.partners.domain.parties import Party, need_plausible
from services.partners.domain.request import OPEN, Request, State


class Effect(StrEnum):
    """What a message does to its request."""

    ASKS = "asks"
    ANSWERS = "answers"
    REMARKS = "remarks"


class ConversationOver(Conflict):
    """Nothing is said on a request after it has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One thing that a party said on a request."""

    id: UUID
    request_id: UUID
    party: Party
    author_id: UUID
    text: str
    effect: Effect
    sent_at: datetime


#: A question hands the ball to the council, its answer hands it back; anything else moves nothing.
EFFECTS: Mapping[tuple[State, Party, bool], Effect] = {
    (State.REQUESTED, Party.AGENCY, True): Effect.ASKS,
    (State.CLARIFYING, Party.COUNCIL, False): Effect.ANSWERS,
}


def effect_of(request: Request, *, party: Party, is_question: bool) -> Effect:
    """Say what a message of that party does; refuse one on a request that has ended."""
    if request.state not in OPEN and not request.owes_report:
        raise ConversationOver(f"The request is {request.state}.", state=str(request.state))
    return EFFECTS.get((request.state, party, is_question), Effect.REMARKS)


def apply(request: Request, effect: Effect, *, at: datetime, now: datetime) -> Request:
    """Return the request as the message leaves it."""
    if effect is Effect.ASKS:
        return answering.ask(request, at=at, now=now)
    if effect is Effect.ANSWERS:
        return answering.answer(request, at=at, now=now)
    need_plausible(at=at, after=request.opened_at, now=now)
    return request
