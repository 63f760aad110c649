"""Cycles, chapters, entries, the timeline and the modules."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from libs.chassis.tables import Day, Moment
from services.workbook.domain import chapters, cycles, entries, modules
from services.workbook.tables.base import identity, ids, metadata, of_workbook, one_of, revision

cycle = Table(
    "cycle",
    metadata,
    identity(),
    of_workbook(),
    Column("number", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("opened_on", Day, nullable=False),
    Column("due_on", Day, nullable=False),
    Column("closed_on", Day),
    Column("supervision_id", Uuid),
    one_of("state", cycles.State),
    CheckConstraint("(state = 'closed') = (closed_on IS NOT NULL)", name="closed"),
    UniqueConstraint("workbook_id", "number"),
    Index("uq_cycle_current", "workbook_id", unique=True, postgresql_where=text("state <> 'closed'")),
    Index("ix_cycle_falls_due", "due_on", postgresql_where=text("state = 'current'")),
)

chapter = Table(
    "chapter",
    metadata,
    identity(),
    of_workbook(),
    Column("cycle_id", Uuid, ForeignKey("cycle.id"), nullable=False),
    Column("role", Text, nullable=False),
    Column("author_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("sections", JSONB, nullable=False),
    Column("corrections", JSONB, nullable=False),
    Column("signed_at", Moment),
    Column("countersigned_by", Uuid),
    Column("return_note", Text),
    Column("incomplete", Boolean, nullable=False),
    revision(),
    one_of("state", chapters.State),
    one_of("role", chapters.ChapterRole),
    CheckConstraint("state <> 'countersigned' OR countersigned_by IS NOT NULL", name="countersigned"),
    UniqueConstraint("cycle_id", "role", "author_id"),
    Index(None, "workbook_id", "id"),
)

entry = Table(
    "entry",
    metadata,
    identity(),
    of_workbook(),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("detail", JSONB, nullable=False),
    Column("text", Text, nullable=False),
    Column("author_id", Uuid, nullable=False),
    Column("section", Text, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("addenda", JSONB, nullable=False),
    Column("struck_reason", Text),
    # What is looked for: whose score of which tool, whose stage of change about what.
    Column("person_id", Uuid),
    Column("measure", Text),
    revision(),
    one_of("state", entries.State),
    one_of("kind", entries.Kind),
    CheckConstraint("(state = 'struck_in_error') = (struck_reason IS NOT NULL)", name="struck"),
    Index(None, "workbook_id", "occurred_at", "id"),
    Index(None, "workbook_id", "kind", "occurred_at", "id"),
    Index(
        "ix_entry_measure",
        "workbook_id",
        "kind",
        "person_id",
        "measure",
        "occurred_at",
        postgresql_where=text("measure IS NOT NULL"),
    ),
)

timeline_item = Table(
    "timeline_item",
    metadata,
    identity(),
    of_workbook(),
    Column("kind", Text, nullable=False),
    Column("code", Text),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("source", Text, nullable=False),
    Column("source_id", Uuid, nullable=False),
    Column("by", Uuid),
    ids("people"),
    Column("section", Text, nullable=False),
    Column("significant", Boolean, nullable=False),
    Column("struck_at", Moment),
    Index(None, "workbook_id", "occurred_at", "id"),
    Index(None, "workbook_id", "kind", "occurred_at", "id"),
    Index(
        "ix_timeline_item_significant",
        "workbook_id",
        "occurred_at",
        "id",
        postgresql_where=text("significant AND struck_at IS NULL"),
    ),
    Index(None, "source_id"),
)

module_progress = Table(
    "module_progress",
    metadata,
    of_workbook(),
    Column("code", SmallInteger, nullable=False),
    Column("progress", Text, nullable=False),
    Column("since", Day),
    Column("outcome", Text),
    one_of("progress", modules.Progress),
    PrimaryKeyConstraint("workbook_id", "code"),
)
