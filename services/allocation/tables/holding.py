"""Who holds which family, and how families pass on."""

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
from sqlalchemy.dialects.postgresql import JSONB

from libs.chassis.tables import Day, Moment
from libs.kernel.codes import WorkerChangeReason
from services.allocation.domain.allocation import AllocationState
from services.allocation.domain.cases import Share
from services.allocation.domain.handover import HandoverState
from services.allocation.tables.base import identity, ids, metadata, one_of, revision

#: Written out, never as parameters, so that PostgreSQL sees that the partial index holds.
GOING_ON = text("handover.state IN ('planned', 'joint_visit_done')")

allocation = Table(
    "allocation",
    metadata,
    identity(),
    Column("family_id", Uuid, nullable=False),
    Column("worker_id", Uuid, ForeignKey("worker.id"), nullable=False),
    Column("team_id", Uuid, ForeignKey("team.id"), nullable=False),
    Column("share", Text, nullable=False),
    ids("children"),
    ids("adults"),
    Column("referral_id", Uuid),
    Column("request_id", Uuid),
    Column("area", Text, nullable=False),
    Column("needs_interpreter", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text),
    Column("previous_worker_id", Uuid),
    Column("state", Text, nullable=False),
    Column("requested_at", Moment),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("end_reason", Text),
    Column("covered_by", Uuid, ForeignKey("worker.id")),
    Column("concern", Text),
    Column("concern_raised_at", Moment),
    revision(),
    one_of("share", Share),
    one_of("reason", WorkerChangeReason),
    one_of("state", AllocationState),
    CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended"),
    CheckConstraint("(state = 'ended') = (end_reason IS NOT NULL)", name="end_reason"),
    CheckConstraint("ended_at >= started_at", name="period"),
    CheckConstraint("(concern IS NULL) = (concern_raised_at IS NULL)", name="concern"),
    CheckConstraint("(state = 'covered') = (covered_by IS NOT NULL)", name="covered"),
    Index("ix_allocation_worker_id_started_at_id", "worker_id", "started_at", "id"),
    Index("ix_allocation_worker_open", "worker_id", postgresql_where=text("ended_at IS NULL")),
    Index("ix_allocation_covered_by", "covered_by", postgresql_where=text("covered_by IS NOT NULL")),
    Index("ix_allocation_family_id_started_at_id", "family_id", "started_at", "id"),
    Index("ix_allocation_referral_open", "referral_id", postgresql_where=text("ended_at IS NULL")),
    Index("ix_allocation_started_at_id", "started_at", "id"),
)

#: Who stood in for a lead, and when: the allocation itself knows only who does now.
cover = Table(
    "cover",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("allocation_id", Uuid, ForeignKey("allocation.id"), nullable=False),
    Column("worker_id", Uuid, ForeignKey("worker.id"), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    CheckConstraint("ended_at >= started_at", name="period"),
    Index(None, "worker_id", "started_at"),
    Index("uq_cover_going_on", "allocation_id", unique=True, postgresql_where=text("ended_at IS NULL")),
)

handover = Table(
    "handover",
    metadata,
    identity(),
    Column("allocation_id", Uuid, ForeignKey("allocation.id"), nullable=False),
    Column("family_id", Uuid, nullable=False),
    Column("from_worker_id", Uuid, ForeignKey("worker.id"), nullable=False),
    Column("to_worker_id", Uuid, ForeignKey("worker.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("text", Text),
    Column("joint_visit_on", Day),
    Column("visited_on", Day),
    Column("family_told_on", Day),
    Column("no_visit_reason", Text),
    # Steps that are done: step, by, done_on, ticked_at.
    Column("checklist", JSONB, nullable=False, server_default=text("'[]'")),
    Column("unfinished_reason", Text),
    Column("state", Text, nullable=False),
    Column("planned_at", Moment, nullable=False),
    Column("ended_at", Moment),
    revision(),
    one_of("reason", WorkerChangeReason),
    one_of("state", HandoverState),
    Index(
        "uq_handover_going_on",
        "allocation_id",
        unique=True,
        postgresql_where=text("state IN ('planned', 'joint_visit_done')"),
    ),
    Index("ix_handover_family_id_planned_at_id", "family_id", "planned_at", "id"),
    Index("ix_handover_planned_at_id", "planned_at", "id"),
)
