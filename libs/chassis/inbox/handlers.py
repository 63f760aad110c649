"""What a service says about the events that it hears: which kinds, and what is done with each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from libs.chassis.database import Transaction
from libs.contracts.envelope import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True, slots=True)
class Heard(Generic[E]):
    """An event as a handler gets it: what happened, when, and when we came to know."""

    event: E
    id: UUID
    source: str
    occurred_at: datetime
    recorded_at: datetime
    revision: int
    epoch: int
    actor_id: UUID | None


Handler = Callable[[Transaction, Heard[Any]], Awaitable[None]]
Subscriptions = Mapping[type[Event], Handler]


def owners_heard(subscriptions: Subscriptions) -> list[str]:
    """Return the services whose events are subscribed to."""
    return sorted({kind.type_name.split(".")[1] for kind in subscriptions})
