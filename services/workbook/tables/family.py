"""The workbook itself, its history, who holds the family, and what other services told about it."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY

from libs.chassis.aliases import merged_ids
from libs.chassis.tables import Day, Moment
from services.workbook.domain.levels import Level
from services.workbook.domain.workbook import State
from services.workbook.tables.base import identity, ids, metadata, of_workbook, one_of, revision

workbook = Table(
    "workbook",
    metadata,
    identity(),
    Column("family_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("referral_id", Uuid),
    Column("referred_on", Day),
    Column("opened_on", Day, nullable=False),
    ids("children"),
    ids("adults"),
    Column("team_id", Uuid),
    Column("lead_worker_id", Uuid),
    Column("imported", Boolean, nullable=False),
    Column("needs", ARRAY(Text), nullable=False),
    Column("further_referrals", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("closed_on", Day),
    Column("closure_reason", Text),
    # After two families were found to be one: the workbook that goes on.
    Column("merged_into", Uuid),
    Column("recorded_at", Moment, nullable=False),
    revision(),
    one_of("state", State),
    one_of("level", Level),
    CheckConstraint("(closed_on IS NULL) = (closure_reason IS NULL)", name="closure"),
    CheckConstraint("merged_into IS NOT NULL OR (state = 'closed') = (closed_on IS NOT NULL)", name="closed"),
    Index("uq_workbook_family", "family_id", unique=True, postgresql_where=text("merged_into IS NULL")),
    Index(None, "state", "id"),
    Index(None, "level", "id"),
    Index(None, "team_id", "id"),
    Index(None, "lead_worker_id", "id"),
    Index(None, "team_id", "state", "id"),
    Index(None, "lead_worker_id", "state", "id"),
)

#: Every change of the workbook's state, level or people: what answers for a point in time.
workbook_history = Table(
    "workbook_history",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    of_workbook(),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    # The fields that this line changes: one recorded late takes its true place among the others, field by field.
    Column(
        "changed",
        ARRAY(Text),
        nullable=False,
        server_default=text("'{state,level,referral_id,team_id,lead_worker_id}'"),
    ),
    Column("state", Text, nullable=False),
    Column("level", Text, nullable=False),
    Column("referral_id", Uuid),
    Column("further_referrals", ARRAY(Uuid), nullable=False, server_default=text("'{}'")),
    Column("team_id", Uuid),
    Column("lead_worker_id", Uuid),
    ids("children"),
    ids("adults"),
    Index(None, "workbook_id", "occurred_at", "position"),
)

#: Families that were found to be one, and the one that stays, as referrals says.
merged_family = merged_ids("merged_family", metadata)

#: Who holds, or held, the family: a small copy of allocation's events.
involvement = Table(
    "involvement",
    metadata,
    Column("allocation_id", Uuid, primary_key=True),
    Column("family_id", Uuid, nullable=False),
    Column("worker_id", Uuid, nullable=False),
    Column("team_id", Uuid, nullable=False),
    Column("role", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("started_at", Moment),
    Column("ended_at", Moment),
    Index(None, "family_id", "started_at"),
)

#: What an accepted referral told about its family; it may come before or after the allocation.
family_copy = Table(
    "family_copy",
    metadata,
    Column("referral_id", Uuid, primary_key=True),
    Column("family_id", Uuid, nullable=False),
    ids("children"),
    ids("adults"),
    Column("needs", ARRAY(Text), nullable=False),
    Column("received_at", Moment, nullable=False),
    Index(None, "family_id", "received_at"),
)

#: Strategy discussions that started an enquiry before the workbook was there.
heard_strategy = Table(
    "heard_strategy",
    metadata,
    Column("strategy_id", Uuid, primary_key=True),
    Column("family_id", Uuid, nullable=False),
    Column("referral_id", Uuid, nullable=False),
    ids("children"),
    Column("held_at", Moment, nullable=False),
    Column("conference_due_on", Day),
    Column("workbook_id", Uuid, ForeignKey("workbook.id")),
    Index("ix_heard_strategy_waiting", "family_id", postgresql_where=text("workbook_id IS NULL")),
)
