"""Bodies of chapters."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Note, Resource, View, Whole
from services.workbook.domain.chapters import ChapterRole, SectionKey, State
from services.workbook.schemas.shared import Occurred


class NewChapter(Body):
    """Whose chapter it is."""

    role: ChapterRole


class SectionEdit(Body):
    """A new text for one heading, made from the revision that was read (0: there was none)."""

    key: SectionKey
    base_revision: Whole
    text: Note


class Draft(Body):
    """Changes to sections; those of other sections merge, of the same section they are refused with both texts."""

    edits: Annotated[list[SectionEdit], Field(min_length=1, max_length=6)]


class ReturnNote(Occurred):
    """What is missing."""

    note: Note


class Section(View):
    """One heading's text."""

    key: SectionKey
    text: str
    revision: int
    by: UUID
    at: datetime


class ChapterCorrection(View):
    """What was found wrong after signing."""

    id: UUID
    text: str
    by: UUID
    at: datetime


class Chapter(Resource):
    """What one role writes about one cycle."""

    path: ClassVar[str] = "/v1/chapters"

    workbook_id: UUID
    cycle_id: UUID
    role: ChapterRole
    author_id: UUID
    state: State
    sections: list[Section]
    corrections: list[ChapterCorrection]
    signed_at: datetime | None
    countersigned_by: UUID | None
    return_note: str | None
    incomplete: bool
