"""Since when and until when people lived somewhere or could be reached; these rules never see where."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict
from services.referrals.domain.household import check_period


class PointKind(StrEnum):
    """How somebody is found or reached, where nothing about it is protected."""

    ADDRESS = "address"
    TELEPHONE = "telephone"
    EMAIL = "email"


class EndedAlready(Conflict):
    """It has ended."""


class DetailProtected(Conflict):
    """A detail of that kind is protected at that time: an open one would give it away."""

    slug = "detail-protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """The time of one address, number or protected detail: from `from_on` until, without it, `until_on`."""

    id: UUID
    person_id: UUID
    kind: str
    from_on: date
    until_on: date | None = None
    revision: int = 1

    def __post_init__(self) -> None:
        """Refuse an end before the start."""
        check_period(from_on=self.from_on, until_on=self.until_on, at="/until_on")

    def holds_on(self, day: date) -> bool:
        """Say whether it holds on that day; on the day of its end it does no longer."""
        return self.from_on <= day and (self.until_on is None or day < self.until_on)

    def overlaps(self, other: "Spell") -> bool:
        """Say whether both hold on some day."""
        first_end = min(self.until_on or date.max, other.until_on or date.max)
        return max(self.from_on, other.from_on) < first_end

    @property
    def is_void(self) -> bool:
        """Whether it ends on the day on which it begins, and so holds on none."""
        return self.until_on == self.from_on

    def told(self) -> str:
        """Return the time as an audit row tells it."""
        return f"{self.from_on.isoformat()}/{self.until_on.isoformat() if self.until_on else ''}"


def ended_by(new: Spell, known: Iterable[Spell]) -> tuple[Spell, ...]:
    """Return what ends when a person has a new address or number of the kind, each ended.

    What held on the day of the new one ends on it. What is open ends too though it was recorded as of a
    later day: who tells of a move in the past says where the person lives now. A new one that has an end
    itself only adds to the history and ends nothing.
    """
    if new.until_on is not None:
        return ()
    return tuple(
        replace(one, until_on=max(one.from_on, new.from_on))
        for one in known
        if _replaces(new, one) and (one.until_on is None or one.holds_on(new.from_on))
    )


def replaced(told: Iterable[Spell], known: Iterable[Spell]) -> tuple[Spell, ...]:
    """Return what ends when two records become one person's: of each kind the later replaces the other's, as a move does."""
    new, old = tuple(told), tuple(known)
    latest, before = _latest(new), _latest(old)
    ended: list[Spell] = []
    for kind in sorted(latest.keys() & before.keys()):
        told_later = latest[kind].from_on >= before[kind].from_on
        ended += ended_by(latest[kind], old) if told_later else ended_by(before[kind], new)
    return tuple(ended)


def given_away(known: Iterable[Spell], protected: Iterable[Spell]) -> tuple[Spell, ...]:
    """Return what is open while a detail of its kind is protected, each ended on the day when the protection begins.

    What began under the protection holds on no day then.
    """
    hidden, away = tuple(protected), []
    for one in known:
        since = [it.from_on for it in hidden if _replaces(one, it) and one.overlaps(it)]
        if since:
            away.append(replace(one, until_on=max(one.from_on, min(since))))
    return tuple(away)


def check_nothing_open(protected: Spell, known: Iterable[Spell]) -> None:
    """Raise `DetailProtected` if an open detail of the kind holds while this one would be protected."""
    if given_away(known, [protected]):
        raise DetailProtected("End the open detail of that kind first.", people=[str(protected.person_id)])


def check_not_protected(new: Iterable[Spell], protected: Iterable[Spell]) -> None:
    """Raise `DetailProtected` if somebody would have an open detail while one of that kind is protected."""
    hidden = tuple(protected)
    endangered = sorted({one.person_id for one in new if any(_replaces(one, it) and one.overlaps(it) for it in hidden)})
    if endangered:
        raise DetailProtected(
            "Record it as a protected detail, or end the protected one first.", people=[str(one) for one in endangered]
        )


def end(known: Spell, *, on: date) -> Spell:
    """Return what somebody no longer has from the day `on`."""
    if known.until_on is not None:
        raise EndedAlready("It has ended: correct the day if that is wrong.")
    return replace(known, until_on=on)


def _latest(spells: Iterable[Spell]) -> dict[str, Spell]:
    return {one.kind: one for one in sorted(spells, key=lambda one: one.from_on) if one.until_on is None}


def _replaces(new: Spell, known: Spell) -> bool:
    return (new.person_id, new.kind) == (known.person_id, known.kind)
