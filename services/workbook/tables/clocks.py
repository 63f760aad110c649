"""Clocks, and the runs that they are computed from."""

from sqlalchemy import Boolean, CheckConstraint, Column, ForeignKey, Index, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY

from libs.chassis.tables import Moment
from services.workbook.domain.clock_rules import Chain
from services.workbook.tables.base import identity, metadata, of_workbook, one_of

clock_run = Table(
    "clock_run",
    metadata,
    identity(),
    of_workbook(),
    Column("chain", Text, nullable=False),
    Column("child_id", Uuid),
    Column("started_at", Moment, nullable=False),
    Column("acts", ARRAY(Moment), nullable=False),
    Column("ended_at", Moment),
    Column("placement", Text),
    Column("reviewed_at", Moment),
    Column("assessment_id", Uuid),
    one_of("chain", Chain),
    Index(None, "workbook_id", "chain"),
)

_OPEN = "met_at IS NULL AND voided_at IS NULL"

clock = Table(
    "clock",
    metadata,
    identity(),
    of_workbook(),
    Column("run_id", Uuid, ForeignKey("clock_run.id"), nullable=False),
    Column("family_id", Uuid, nullable=False),
    Column("number", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("child_id", Uuid),
    Column("started_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("amber_at", Moment, nullable=False),
    Column("calendar_version", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("met_at", Moment),
    Column("voided_at", Moment),
    # Copied from the workbook, so that a team's and a worker's lists are one index each.
    Column("team_id", Uuid),
    Column("worker_id", Uuid),
    Column("soon_said", Boolean, nullable=False),
    Column("breach_said", Boolean, nullable=False),
    CheckConstraint("met_at IS NULL OR voided_at IS NULL", name="met_or_void"),
    Index(None, "workbook_id", "due_at", "id"),
    Index(None, "run_id"),
    Index(None, "due_at", "id"),
    Index(None, "team_id", "due_at", "id"),
    Index(None, "worker_id", "due_at", "id"),
    Index("ix_clock_open", "due_at", "id", postgresql_where=text(_OPEN)),
    Index("ix_clock_open_of_team", "team_id", "due_at", "id", postgresql_where=text(_OPEN)),
    Index("ix_clock_open_of_worker", "worker_id", "due_at", "id", postgresql_where=text(_OPEN)),
    Index("ix_clock_to_warn", "amber_at", "id", postgresql_where=text(f"{_OPEN} AND NOT soon_said")),
    Index("ix_clock_to_breach", "due_at", "id", postgresql_where=text(f"{_OPEN} AND NOT breach_said")),
)
