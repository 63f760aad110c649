"""Invented facts as the events that told them, so that the service can hear them."""

import random
import typing
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from types import UnionType
from typing import Any, Union
from uuid import UUID

from libs.contracts.envelope import Envelope, Event, event_types
from services.metrics.domain.facts import Fact
from tests.harness import Stage
from tests.metrics.builders import an_id


def envelope_of(fact: Fact) -> Envelope:
    """Return the event that the fact was kept of; what is not kept is filled with something allowed."""
    kind = event_types()[f"events.{fact.kind}.v1"]
    return Envelope(
        id=fact.id,
        source="/" + fact.kind.split(".")[0],
        type=kind.type_name,
        subject=fact.about,
        time=fact.occurred_at,
        recordedtime=fact.known_at,
        revision=fact.revision,
        epoch=fact.epoch,
        correlationid=an_id("correlation", fact.id),
        data={**filled(kind), kind.aggregate_field: str(fact.about), **fact.kept},
    )


def filled(kind: type[Event]) -> dict[str, Any]:
    """Return data with something allowed in every field that the event needs."""
    return {
        name: _something(name, field.annotation) for name, field in kind.model_fields.items() if field.is_required()
    }


async def hear_all(stage: Stage, facts: Iterable[Fact]) -> None:
    """Let the service hear the events in that order, those of one owner that follow each other in one batch."""
    batch: list[Envelope] = []
    for fact in facts:
        envelope = envelope_of(fact)
        if batch and batch[0].source != envelope.source:
            await stage.hear_envelope(*batch)
            batch = []
        batch.append(envelope)
    if batch:
        await stage.hear_envelope(*batch)


def shuffled(facts: Sequence[Fact], *, seed: int, repeat: bool = False) -> list[Fact]:
    """Return the facts in another order, some twice; those of one aggregate may overtake each other too."""
    draw = random.Random(seed)
    result = list(facts) + (draw.choices(facts, k=len(facts) // 3) if repeat else [])
    draw.shuffle(result)
    return result


async def tally_all(stage: Stage) -> int:
    """Let the service carry all that waits into the figures; return how many facts that were."""
    carried = 0
    while some := await stage.tick("tally"):
        carried += some
    return carried


def _something(name: str, annotation: Any) -> Any:
    origin = typing.get_origin(annotation)
    if origin in {Union, UnionType}:
        return _something(name, typing.get_args(annotation)[0])
    if origin is tuple:
        return []
    if name == "detail_url":
        return f"/v1/records/{an_id(name)}"
    known = {
        UUID: str(an_id(name)),
        datetime: "2025-03-03T10:00:00Z",
        date: "2025-03-03",
        bool: False,
        int: 1,
        float: 1.0,
        str: "something",
    }
    return known[annotation]
