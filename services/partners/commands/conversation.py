"""What the parties say to each other on a request."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import happened_at
from libs.contracts import partners as events
from libs.contracts.envelope import Event
from libs.kernel.ids import new_id
from services.partners import tables
from services.partners.commands import changing, saying
from services.partners.domain import messages
from services.partners.domain.grants import party_of
from services.partners.domain.messages import Effect, Message
from services.partners.domain.request import Verb
from services.partners.repository import visible

_SAYS: Mapping[Effect, tuple[Verb, type[Event]]] = {
    Effect.ASKS: (Verb.ASK, events.RequestClarifying),
    Effect.ANSWERS: (Verb.ANSWER, events.RequestAnswered),
}


async def say(
    tx: Transaction, request_id: UUID, *, text: str, is_question: bool, occurred_at: datetime | None
) -> Message:
    """Add to the conversation; an agency's question hands the ball to the council, its answer hands it back.

    A message is added whatever else was said meanwhile, so the request is locked and no revision is asked for.
    """
    at = happened_at(tx, occurred_at)
    known = await visible.request(tx, request_id, lock=True)
    party = party_of(tx.by.roles)
    effect = messages.effect_of(known.request, party=party, is_question=is_question)
    after = messages.apply(known.request, effect, at=at, now=tx.now)
    message = Message(
        id=new_id(), request_id=request_id, party=party, author_id=tx.by.id, text=text, effect=effect, sent_at=at
    )
    names = ("id", "request_id", "party", "author_id", "text", "effect", "sent_at")
    await tx.add(tables.message, {name: getattr(message, name) for name in names})
    audit.record(tx, "messages:write", record_id=request_id, family_id=after.family_id)
    if effect in _SAYS:
        verb, event = _SAYS[effect]
        saying.request(tx, event, after, at=at)
        await changing.keep(tx, verb, known, after)
    return message
