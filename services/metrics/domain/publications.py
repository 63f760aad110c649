"""Publications: a suppressed table, checked against what is already out, released, and withdrawn if it must be."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from libs.kernel.errors import Conflict
from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move
from services.metrics.domain.definitions import measure
from services.metrics.domain.editions import DisclosureRisk
from services.metrics.domain.grants import MAY
from services.metrics.domain.grid import window_equations
from services.metrics.domain.measures import MeasureState, Shape
from services.metrics.domain.periods import Period
from services.metrics.domain.suppression import COUNTED_DENOMINATORS, Cell, is_small, worked_out


class PublicationState(StrEnum):
    """The states of a publication; it is checked while it is made."""

    CHECKED = "checked"
    RELEASED = "released"
    WITHDRAWN = "withdrawn"


_RELEASERS: frozenset[Role] = MAY["publications:release"]

MOVES: Mapping[str, Move[PublicationState]] = {
    "release": Move(frozenset({PublicationState.CHECKED}), PublicationState.RELEASED, _RELEASERS),
    "withdraw": Move(
        frozenset({PublicationState.CHECKED, PublicationState.RELEASED}), PublicationState.WITHDRAWN, _RELEASERS
    ),
}


class OutdatedEdition(Conflict):
    """The figures were revised, or the definition was replaced, since the run; start another."""

    slug = "outdated-edition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Publication:
    """A suppressed result on its way to the public."""

    id: UUID
    run_id: UUID
    state: PublicationState
    measure: str
    version: int
    released_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str | None = None
    revision: int = 1


class Part(StrEnum):
    """Which count of a figure is shown."""

    NUMERATOR = "numerator"
    DENOMINATOR = "denominator"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownCount:
    """A count in a table: what it counts, for whom, over which window."""

    measure: str
    part: Part
    key: str | None
    from_on: date
    until_on: date
    count: int

    @property
    def place(self) -> str:
        """Where it stands in its table; the whole has no key."""
        return f"{self.part}:{self.key or ''}"

    def overlaps(self, other: "ShownCount") -> bool:
        """Say whether both windows have a day in common."""
        return self.from_on < other.until_on and other.from_on < self.until_on


def shown_counts(table: Mapping[str, Any]) -> tuple[ShownCount, ...]:
    """Return the counts of people or requests that a table shows; a whole that is shown twice counts once."""
    which = measure(code=table["measure"], version=table["version"])
    parts = {Part.NUMERATOR} if which.shape is not Shape.MEAN else set()
    if which.shape in COUNTED_DENOMINATORS:
        parts.add(Part.DENOMINATOR)
    rows = [*table["figures"], *([table["total"]] if table["total"] else [])]
    shown = {
        (part, row["key"], row["from"]): ShownCount(
            measure=which.code,
            part=part,
            key=row["key"],
            from_on=date.fromisoformat(row["from"]),
            until_on=date.fromisoformat(row["until"]),
            count=row[part],
        )
        for row in rows
        for part in sorted(parts)
        if row[part] is not None
    }
    return tuple(shown.values())


def need_current(table: Mapping[str, Any], *, edition: int) -> None:
    """Raise `OutdatedEdition` if the table is not of the newest edition of its figures and of the version in force."""
    which = measure(code=table["measure"], version=table["version"])
    if (table["edition"] or 0) < edition or which.state is not MeasureState.ACTIVE:
        raise OutdatedEdition("Start a run of the version in force, as its figures stand now.")


def need_no_small_count(shown: Sequence[ShownCount], released: Sequence[ShownCount]) -> None:
    """Raise `DisclosureRisk` if what is shown gives a small count together with what is released."""
    _need_no_small_difference(shown, released)
    _need_no_small_rest(shown, released)


def _need_no_small_rest(shown: Iterable[ShownCount], released: Sequence[ShownCount]) -> None:
    """Refuse what, with all that is out, leaves a small count for a month, a quarter or a year."""
    by_place: dict[tuple[str, str], dict[Cell, int]] = defaultdict(dict)
    flows = {count.measure: not measure(code=count.measure).shape.is_stock for count in shown}
    for count in (*released, *shown):
        if flows.get(count.measure):
            by_place[count.measure, count.place][Period(count.from_on, count.until_on)] = count.count
    for known in by_place.values():
        years = {equation for window in known if isinstance(window, Period) for equation in window_equations(window)}
        equations = sorted(years, key=lambda each: str(each.total))
        if any(is_small(int(count)) for count in worked_out(equations, known).values()):
            raise DisclosureRisk("With released tables of the same measure it would give back one to five.")


def _need_no_small_difference(shown: Iterable[ShownCount], released: Iterable[ShownCount]) -> None:
    """Refuse a count that differs by one to five from a released one of the same thing."""
    already: dict[tuple[str, str], list[ShownCount]] = defaultdict(list)
    for other in released:
        already[other.measure, other.place].append(other)
    for count in shown:
        if any(
            count.overlaps(other) and is_small(abs(count.count - other.count))
            for other in already[count.measure, count.place]
        ):
            raise DisclosureRisk("A table of the same measure that was released differs by one to five.")


def release(publication: Publication, *, shown: Sequence[ShownCount], released: Sequence[ShownCount], now: datetime) -> Publication:  # fmt: skip
    """Return the publication as released at `now`, if what it shows beside what is released shows no small count."""
    state = move(MOVES, verb="release", state=publication.state)
    need_no_small_count(shown, released)
    return replace(publication, state=state, released_at=now)


def withdraw(publication: Publication, *, reason: str, now: datetime) -> Publication:
    """Return the publication as withdrawn at `now`."""
    state = move(MOVES, verb="withdraw", state=publication.state)
    return replace(publication, state=state, withdrawn_at=now, withdrawn_reason=reason)
