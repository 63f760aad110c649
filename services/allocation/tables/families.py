"""What allocation knows of families: where they live, the work that each child brings, who may not hold them."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Float,
    Identity,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from libs.chassis.aliases import merged_ids
from libs.chassis.tables import Day, Moment
from services.allocation.domain.exclusions import ExclusionKind, ExclusionState
from services.allocation.tables.base import identity, ids, metadata, one_of, revision

family = Table(
    "family",
    metadata,
    identity(),
    Column("area", Text, nullable=False),
    Column("rag", Text, nullable=False),
)

#: Under which id a family goes on that was merged, whether or not anything was known of it.
merged_family = merged_ids("merged_family", metadata)

child_case = Table(
    "child_case",
    metadata,
    Column("child_id", Uuid, primary_key=True),
    Column("family_id", Uuid, nullable=False),
    # Assessments that run, by id; a child is being assessed while there is one.
    Column("assessments", JSONB, nullable=False, server_default=text("'[]'")),
    Column("complexity", SmallInteger),
    # Points of each complexity rule and the factor codes that it saw.
    Column("complexity_scores", JSONB, nullable=False, server_default=text("'[]'")),
    Column("spells", JSONB, nullable=False, server_default=text("'[]'")),
    CheckConstraint("complexity BETWEEN 0 AND 3", name="complexity"),
    Index(None, "family_id"),
)

#: What was on record of a child until a moment, in the order in which it was recorded: what a look at the past reads.
child_past = Table(
    "child_past",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("child_id", Uuid, nullable=False),
    Column("until", Moment, nullable=False),
    Column("known", JSONB, nullable=False),
    Index(None, "child_id", "position"),
)

exclusion = Table(
    "exclusion",
    metadata,
    identity(),
    Column("family_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("worker_id", Uuid),
    ids("permitted"),
    Column("state", Text, nullable=False),
    Column("declared_at", Moment, nullable=False),
    Column("declared_by", Uuid, nullable=False),
    Column("withdrawn_at", Moment),
    revision(),
    one_of("kind", ExclusionKind),
    one_of("state", ExclusionState),
    Index(None, "family_id", "id"),
    Index(
        "uq_exclusion_declared",
        "family_id",
        "kind",
        "worker_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
        postgresql_where=text("state = 'declared'"),
    ),
)

#: Adult practitioners at work with a family, from partners' events.
practitioner_work = Table(
    "practitioner_work",
    metadata,
    Column("request_id", Uuid, primary_key=True),
    Column("practitioner_id", Uuid, nullable=False),
    Column("family_id", Uuid, nullable=False),
    Column("ended", Boolean, nullable=False),
    Index(None, "family_id", postgresql_where=text("NOT ended")),
    Index(None, "practitioner_id", postgresql_where=text("NOT ended")),
)

#: What agencies declared of their room, the last word of each.
practitioner_room = Table(
    "practitioner_room",
    metadata,
    Column("capacity_id", Uuid, primary_key=True),
    Column("agency_id", Uuid, nullable=False),
    Column("specialism", Text, nullable=False),
    Column("team_id", Uuid),
    Column("fte", Float, nullable=False),
    Column("places", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("expected_on", Day),
    Column("declared_on", Day, nullable=False),
    Index(None, "team_id", "specialism"),
)
