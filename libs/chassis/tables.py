"""The tables that every service has beside its own: events out and in, idempotency, audit."""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

#: Names for constraints, so that a migration can speak of them.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Moment = DateTime(timezone=True)
Day = Date

plumbing = MetaData(naming_convention=NAMING)


def service_metadata() -> MetaData:
    """Return an empty collection for a service's own tables, named by the common convention."""
    return MetaData(naming_convention=NAMING)


#: One row: the epoch of this database, raised when it is restored to an earlier point.
service_state = Table(
    "service_state",
    plumbing,
    Column("id", SmallInteger, primary_key=True, server_default=text("1")),
    Column("epoch", Integer, nullable=False, server_default=text("1")),
    CheckConstraint("id = 1", name="one_row"),
)

#: How many events each aggregate has said, and with which of them its present epoch began.
event_revision = Table(
    "event_revision",
    plumbing,
    Column("aggregate_id", Uuid, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epoch_start", Integer, nullable=False),
)

#: Events said, kept for some weeks after publishing, then archived. Rows are read by mark, never by cursor.
outbox = Table(
    "outbox",
    plumbing,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, unique=True),
    Column("type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epoch_start", Integer, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("causation_id", Uuid),
    Column("actor_id", Uuid),
    Column("data", JSONB, nullable=False),
    Column("published_at", Moment),
    Index("ix_outbox_unpublished", "position", postgresql_where=text("published_at IS NULL")),
    Index("uq_outbox_aggregate_revision", "aggregate_id", "revision", unique=True),
)

#: Events said and published long ago, as they were in the outbox; the application may add and read, never change.
outbox_archive = Table(
    "outbox_archive",
    plumbing,
    Column("position", BigInteger, primary_key=True, autoincrement=False),
    Column("id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("epoch_start", Integer, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("causation_id", Uuid),
    Column("actor_id", Uuid),
    Column("data", JSONB, nullable=False),
    Column("published_at", Moment, nullable=False),
    Index("uq_outbox_archive_aggregate_revision", "aggregate_id", "revision", unique=True),
)

#: How far each aggregate of another service has been applied here.
inbox_position = Table(
    "inbox_position",
    plumbing,
    Column("source", Text),
    Column("aggregate_id", Uuid),
    Column("epoch", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("source", "aggregate_id"),
)

#: Events that were applied here, for the record and for reconciliation.
inbox_event = Table(
    "inbox_event",
    plumbing,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("applied_at", Moment, nullable=False, index=True),
)

#: Events that wait: early ones for those before them, failing ones for their next try, failed ones for a person.
parked_event = Table(
    "parked_event",
    plumbing,
    Column("id", Uuid, primary_key=True),
    Column("source", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("aggregate_id", Uuid, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("reason", Text, nullable=False),
    Column("error", Text),
    Column("body", LargeBinary, nullable=False),
    Column("parked_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("next_try_at", Moment),
    CheckConstraint("reason IN ('early', 'failing', 'failed', 'malformed')", name="reason"),
    CheckConstraint("(reason = 'failing') = (next_try_at IS NOT NULL)", name="next_try"),
    Index(None, "source", "aggregate_id", "revision"),
    Index(None, "reason", "parked_at", "id"),
    Index("ix_parked_event_next_try_at", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")),
)

#: The first answer to each idempotency key, and what it was about.
idempotency = Table(
    "idempotency",
    plumbing,
    Column("caller_id", Uuid),
    Column("key", Text),
    Column("fingerprint", Text, nullable=False),
    Column("status", SmallInteger, nullable=False),
    Column("headers", JSONB, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("record_id", Uuid),
    Column("family_id", Uuid),
    Column("answered_at", Moment, nullable=False),
    PrimaryKeyConstraint("caller_id", "key"),
    Index(None, "answered_at"),
)

#: Who did or read what, when and why; the application may insert and read, never change.
audit = Table(
    "audit",
    plumbing,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("id", Uuid, nullable=False, server_default=func.gen_random_uuid()),
    Column("at", Moment, nullable=False),
    Column("actor_id", Uuid, nullable=False),
    Column("actor_kind", Text, nullable=False),
    Column("roles", ARRAY(Text), nullable=False),
    Column("action", Text, nullable=False),
    Column("record_id", Uuid),
    Column("family_id", Uuid),
    Column("purpose", Text),
    Column("outcome", Text, nullable=False),
    Column("correlation_id", Uuid, nullable=False),
    Column("client_id", Text),  # the application through which it was done
    Index(None, "record_id", "position"),
    Index(None, "family_id", "position"),
    Index(None, "actor_id", "position"),
)

#: Audit rows that wait for their seal; a trigger fills it.
audit_unsealed = Table("audit_unsealed", plumbing, Column("position", BigInteger, primary_key=True))

#: Signed Merkle batches over the audit, each linked to the one before.
audit_seal = Table(
    "audit_seal",
    plumbing,
    Column("batch", BigInteger, primary_key=True, autoincrement=False),
    Column("positions", ARRAY(BigInteger), nullable=False),
    Column("leaves", ARRAY(LargeBinary), nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("sealed_at", Moment, nullable=False),
    Column("head", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("signed_by", Text, nullable=False),
)

#: Heads of other services' audits, as they said them.
audit_witness = Table(
    "audit_witness",
    plumbing,
    Column("source", Text),
    Column("batch", BigInteger),
    Column("head", LargeBinary, nullable=False),
    Column("seen_at", Moment, nullable=False),
    PrimaryKeyConstraint("source", "batch"),
)
