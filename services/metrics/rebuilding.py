"""The event streams from their first message, as facts."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from nats.aio.msg import Msg
from nats.errors import TimeoutError as NatsTimeout
from pydantic import ValidationError

from libs.chassis.bus import Bus, stream_name
from libs.contracts.envelope import Envelope, event_types
from libs.kernel.errors import DomainError
from services.metrics.domain.facts import KEPT, Fact, keep, kind_of

#: The durable consumer by which a stream is read again; it is made by the provisioning job.
CONSUMER = "metrics-rebuild"
_BATCH = 500
_RESET_SECONDS = 5.0
#: A batch is acknowledged at once, and a busy broker writes each of it down; it may be slow to answer at all.
_ACK_SECONDS = 60.0
#: Of each aggregate the epoch and the revision that was refused.
_Refused = dict[UUID, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Portion:
    """Some of a stream, in its order: the facts, and how many messages were refused."""

    facts: tuple[Fact, ...]
    refused: int


class StreamNotReset(Exception):
    """The broker did not let the rebuild begin at the first message."""


async def read(bus: Bus, owner: str) -> AsyncIterator[Portion]:
    """Yield all that `owner` has said, from its first word to the last one there is now."""
    await _begin_anew(bus, owner)
    refused: _Refused = {}
    batches = await bus.batches(stream=stream_name(owner), consumer=CONSUMER, size=_BATCH)
    try:
        # A fetch may come back empty because the broker is slow: only the broker says that nothing is left.
        while await _is_left(bus, owner):
            messages = await batches.next()
            yield _portion(messages, refused)
            await asyncio.gather(*(message.ack_sync(timeout=_ACK_SECONDS) for message in messages))
    finally:
        await batches.close()


async def _is_left(bus: Bus, owner: str) -> bool:
    jetstream = (await bus.client()).jetstream(timeout=_ACK_SECONDS)
    info = await jetstream.consumer_info(stream_name(owner), CONSUMER)
    return bool(info.num_pending or info.num_ack_pending)


async def _begin_anew(bus: Bus, owner: str) -> None:
    subject = f"$JS.API.CONSUMER.RESET.{stream_name(owner)}.{CONSUMER}"
    try:
        answer = await (await bus.client()).request(subject, b'{"seq": 1}', timeout=_RESET_SECONDS)
    except NatsTimeout:
        raise StreamNotReset(f"{owner}: no answer; the provisioning job makes the consumer {CONSUMER}") from None
    if "error" in json.loads(answer.data):
        raise StreamNotReset(owner)


def _portion(messages: Sequence[Msg], refused: _Refused) -> Portion:
    facts: list[Fact] = []
    count = 0
    for message in messages:
        envelope: Envelope | None = None
        try:
            envelope = Envelope.model_validate_json(message.data)
            if not _waits(envelope, refused):
                facts.extend(_fact(envelope))
        except (ValidationError, DomainError):
            count += 1
            if envelope is not None:
                refused[envelope.subject] = envelope.epoch, envelope.revision
    return Portion(tuple(facts), count)


def _waits(envelope: Envelope, refused: _Refused) -> bool:
    """Say whether the inbox holds it back: it comes after one of the same aggregate that was refused."""
    epoch, revision = refused.get(envelope.subject, (0, 0))
    return envelope.epoch == epoch and envelope.revision > revision


def _fact(envelope: Envelope) -> Iterator[Fact]:
    """Yield what the inbox keeps of an event: nothing of a kind that is not measured; raise where it would refuse."""
    kind = kind_of(envelope.type)
    known = event_types().get(envelope.type)
    if known is None or kind not in KEPT:
        return
    event = known.model_validate(envelope.data)
    yield Fact(
        id=envelope.id,
        kind=kind,
        about=envelope.subject,
        epoch=envelope.epoch,
        revision=envelope.revision,
        occurred_at=envelope.time,
        known_at=envelope.recordedtime,
        kept=keep(kind=kind, data=event.model_dump(mode="json", exclude_none=True)),
    )
