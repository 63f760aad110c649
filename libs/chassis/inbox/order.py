"""Which event of an aggregate is next, which is past and which comes early; knows nothing of tables or the broker."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from libs.contracts.envelope import Envelope


@dataclass(slots=True)
class Position:
    """How far an aggregate has been applied: in which of its owner's epochs, and to which revision."""

    epoch: int = 1
    revision: int = 0

    def enter(self, envelope: Envelope) -> None:
        """Go over to the envelope's epoch, if all that stands before that epoch has been applied.

        The owner's database was restored to an earlier point: its count begins again from there.
        """
        start = envelope.epochstart or envelope.revision
        if envelope.epoch > self.epoch and start <= self.revision + 1:
            self.epoch, self.revision = envelope.epoch, start - 1

    def is_past(self, envelope: Envelope) -> bool:
        """Return whether the envelope was applied, or is of a time that a restore has undone."""
        return (envelope.epoch, envelope.revision) <= (self.epoch, self.revision)

    def is_next(self, envelope: Envelope) -> bool:
        """Return whether the envelope is the next one."""
        return (envelope.epoch, envelope.revision) == (self.epoch, self.revision + 1)


class Waiting:
    """The parked events of some aggregates: which wait for those before them, and which can go now."""

    def __init__(self, *, parked: Iterable[UUID], early: Iterable[Envelope]) -> None:
        self._ids = set(parked)
        self.settled: set[UUID] = set()
        self._waiting: dict[UUID, list[Envelope]] = {}
        for envelope in early:
            self.add(envelope)

    def add(self, envelope: Envelope) -> None:
        """Note one that waits from now on."""
        self._ids.add(envelope.id)
        self._waiting.setdefault(envelope.subject, []).append(envelope)

    def following(self, aggregate_id: UUID, position: Position) -> Envelope | None:
        """Return one that need not wait any longer, of the latest epoch first."""
        for envelope in sorted(self._waiting.get(aggregate_id, []), key=lambda each: (-each.epoch, each.revision)):
            position.enter(envelope)
            if position.is_past(envelope) or position.is_next(envelope):
                self._waiting[aggregate_id].remove(envelope)
                return envelope
        return None

    def settle(self, envelope: Envelope) -> None:
        """Note that the envelope waits no longer, if it did."""
        if envelope.id in self._ids:
            self.settled.add(envelope.id)
