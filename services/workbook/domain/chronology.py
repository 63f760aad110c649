"""The family's chronology: what happened, when it happened, when we came to know, and where it stands."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.workbook.domain.chapters import ChapterRole


class Source(StrEnum):
    """The kind of record that an item comes from."""

    WORKBOOK = "workbook"
    ENTRY = "entry"
    CHAPTER = "chapter"
    PLAN = "plan"
    GOAL = "goal"
    SUPERVISION = "supervision"
    MEETING = "meeting"
    ASSESSMENT = "assessment"
    ENQUIRY = "enquiry"
    CONFERENCE = "conference"
    SPELL = "spell"
    REQUEST = "request"
    ALLOCATION = "allocation"
    REFERRAL = "referral"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the chronology, with its provenance."""

    id: UUID
    kind: str  # what happened, such as `visit` or `spell_started`
    code: str | None  # the code that belongs to it, such as the kind of plan
    occurred_at: datetime
    recorded_at: datetime
    source: Source
    source_id: UUID
    by: UUID | None
    people: tuple[UUID, ...] = ()
    section: ChapterRole = ChapterRole.SOCIAL_WORKER
    significant: bool = False
    struck: bool = False


def in_order(items: Iterable[Item]) -> tuple[Item, ...]:
    """Put the latest first; what happened at one moment in the order in which it was recorded."""
    return tuple(sorted(items, key=lambda item: (item.occurred_at, item.recorded_at, item.id), reverse=True))


def as_of(
    items: Iterable[Item], *, happened_by: datetime | None = None, known_by: datetime | None = None
) -> tuple[Item, ...]:
    """Return the chronology of what had happened by one moment, as it was known at another."""
    return in_order(
        item
        for item in items
        if (happened_by is None or item.occurred_at <= happened_by)
        and (known_by is None or item.recorded_at <= known_by)
    )


def chronology(items: Iterable[Item]) -> tuple[Item, ...]:
    """Keep only what is significant and not struck: what a court or a new worker reads first."""
    return in_order(item for item in items if item.significant and not item.struck)
