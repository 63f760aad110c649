"""The whole-family plan: its versions, goals and steps."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from libs.chassis.tables import Day, Moment
from services.workbook.domain.family_plan import GoalState, Need, StepState
from services.workbook.tables.base import identity, ids, metadata, of_workbook, one_of, revision

family_plan = Table(
    "family_plan",
    metadata,
    identity(),
    of_workbook(),
    Column("version", Integer, nullable=False),
    Column("fields", JSONB, nullable=False),
    Column("agreements", JSONB, nullable=False),
    Column("superseded", Boolean, nullable=False),
    revision(),
    Index("uq_family_plan_present", "workbook_id", unique=True, postgresql_where=text("NOT superseded")),
    Index(None, "workbook_id"),
)

#: The plan as it was put to the family, kept when it changes after they answered.
plan_version = Table(
    "plan_version",
    metadata,
    Column("plan_id", Uuid, ForeignKey("family_plan.id"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("body", JSONB, nullable=False),
    Column("kept_at", Moment, nullable=False),
    PrimaryKeyConstraint("plan_id", "version"),
)

goal = Table(
    "goal",
    metadata,
    identity(),
    of_workbook(),
    Column("plan_id", Uuid, ForeignKey("family_plan.id"), nullable=False),
    Column("title", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("need", Text, nullable=False),
    ids("people"),
    Column("achieved_on", Day),
    Column("note", Text),
    revision(),
    one_of("state", GoalState),
    one_of("need", Need),
    CheckConstraint("(state = 'achieved') = (achieved_on IS NOT NULL)", name="achieved"),
    Index(None, "plan_id", "id"),
)

step = Table(
    "step",
    metadata,
    identity(),
    of_workbook(),
    Column("goal_id", Uuid, ForeignKey("goal.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("due_on", Day),
    Column("note", Text),
    revision(),
    one_of("state", StepState),
    Index(None, "goal_id", "id"),
    Index(
        "ix_step_due",
        "owner_id",
        "due_on",
        "id",
        postgresql_where=text("due_on IS NOT NULL AND state IN ('not_started', 'in_progress', 'cannot_be_done_yet')"),
    ),
)
