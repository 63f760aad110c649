"""The cycles of a workbook, each from one group supervision to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from libs.kernel.working_days import add_months


class State(StrEnum):
    """Where a cycle stands."""

    CURRENT = "current"
    DUE = "due"
    CLOSED = "closed"


_CLOSERS = frozenset({Role.TEAM_MANAGER, Role.SERVICE_MANAGER, Role.CASE_SYSTEM})
VERBS: Mapping[str, Move[State]] = {
    "fall-due": Move(frozenset({State.CURRENT}), State.DUE, frozenset()),
    "close": Move(frozenset({State.CURRENT, State.DUE}), State.CLOSED, _CLOSERS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """The work between two group supervisions."""

    id: UUID
    number: int
    state: State
    opened_on: date
    due_on: date
    closed_on: date | None = None
    supervision_id: UUID | None = None


def due(opened_on: date, *, months: int) -> date:
    """When the group supervision that closes a cycle is due."""
    return add_months(opened_on, months)


def first(*, id: UUID, on: date, months: int, number: int = 1) -> Cycle:  # noqa: A002 - the word of the field
    """Return a cycle that begins on a date."""
    return Cycle(id=id, number=number, state=State.CURRENT, opened_on=on, due_on=due(on, months=months))


def close(cycle: Cycle, *, supervision_id: UUID, on: date) -> Cycle:
    """Return the cycle as closed by a recorded group supervision."""
    state = move(VERBS, verb="close", state=cycle.state)
    return replace(cycle, state=state, closed_on=on, supervision_id=supervision_id)


def following(cycle: Cycle, *, id: UUID, on: date, months: int, next_on: date | None = None) -> Cycle:  # noqa: A002
    """Return the cycle after a closed one, due on the date that was agreed or in so many months."""
    new = first(id=id, on=on, months=months, number=cycle.number + 1)
    return new if next_on is None else replace(new, due_on=next_on)
