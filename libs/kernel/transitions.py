"""State machines as tables: which verb leads from which states to which, and who may say it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from libs.kernel.errors import Conflict
from libs.kernel.roles import Role

S = TypeVar("S", bound=StrEnum)


class NotInThatState(Conflict):
    """The record is not in a state that allows this."""


@dataclass(frozen=True, slots=True)
class Move(Generic[S]):
    """One verb: the states it starts from, the state it leads to (None: it stays), who may say it."""

    sources: frozenset[S]
    to: S | None
    roles: frozenset[Role]


def move(table: Mapping[str, Move[S]], *, verb: str, state: S) -> S:
    """Return the state that `verb` leads to from `state`; raise `NotInThatState` if it leads nowhere."""
    allowed = table[verb]
    if state not in allowed.sources:
        wanted = ", ".join(sorted(allowed.sources))
        raise NotInThatState(f"It is {state}; {verb} needs one of: {wanted}.", state=str(state), verb=verb)
    return allowed.to if allowed.to is not None else state
