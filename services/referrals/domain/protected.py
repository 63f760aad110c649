"""Details that could get somebody hurt: a type of their own that never shows its value by accident."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Invalid


class ContactKind(StrEnum):
    """What is kept from those who could harm."""

    ADDRESS = "address"
    TELEPHONE = "telephone"
    SCHOOL = "school"
    PLACEMENT = "placement"
    NEW_NAME = "new_name"
    SAFE_CONTACT = "safe_contact"  # channel, times and code word


class Purpose(StrEnum):
    """Why somebody needs to see a protected detail; it is written down before the detail is shown."""

    VISIT = "visit"
    SAFE_CONTACT = "safe_contact"
    EMERGENCY = "emergency"
    COURT = "court"
    CORRECTION = "correction"


class NothingToProtect(Invalid):
    """A protected detail has a value."""


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that shows itself only when it is asked to."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """Return the value; whoever calls this has written down who sees it and why."""
        return self._value

    def __repr__(self) -> str:
        """Show that there is something, not what."""
        return "Secret(…)"

    def __str__(self) -> str:
        """Show that there is something, not what."""
        return "(protected)"

    def __format__(self, spec: str) -> str:
        """Show that there is something, not what."""
        return format(str(self), spec)

    def __reduce__(self) -> str | tuple[object, ...]:
        """Refuse to be pickled, so that no cache or queue keeps the value."""
        raise TypeError("A protected detail is not serialised.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedContactPoint:
    """A protected detail of one person; `kept_from` are those who must never learn it."""

    id: UUID
    person_id: UUID
    kind: ContactKind
    value: Secret
    from_on: date
    until_on: date | None = None
    kept_from: frozenset[UUID] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a detail without a value, and one that is kept from its own person."""
        if not self.value.reveal().strip():
            raise NothingToProtect("The detail is empty.", at="/value")
        if self.person_id in self.kept_from:
            raise NothingToProtect("A detail is not kept from the person whom it protects.", at="/kept_from")

    def says_the_same(self, other: "ProtectedContactPoint") -> bool:
        """Say whether both are one detail of one person, however it is spelt and from whomever it is kept."""
        return (self.person_id, self.kind) == (other.person_id, other.kind) and _plain(self.value) == _plain(
            other.value
        )


def not_yet_recorded(
    told: Iterable[ProtectedContactPoint], recorded: Iterable[ProtectedContactPoint]
) -> tuple[ProtectedContactPoint, ...]:
    """Return those of the details told that are not recorded, each once."""
    held, new = list(recorded), []
    for point in told:
        if not any(one.says_the_same(point) for one in held):
            held.append(point)
            new.append(point)
    return tuple(new)


def _plain(value: Secret) -> str:
    return " ".join(value.reveal().casefold().split())
