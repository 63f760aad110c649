"""The tables of metrics: facts, the tallies made of them, and what was asked and published.

Facts, tallies and what is summed from them carry the generation of the ledger that they belong to: a rebuild fills
the next generation while this one answers, and then moves the ledger on in one transaction.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from libs.chassis.tables import Day, Moment, service_metadata

metadata = service_metadata()

#: One row: the generation that is alive. It is the key, so that writers can hold it still without stopping readers.
ledger = Table(
    "ledger",
    metadata,
    Column("generation", Integer, primary_key=True, autoincrement=False),
    Column("is_the_one", Boolean, nullable=False, unique=True, server_default=text("true")),
    CheckConstraint("is_the_one", name="one_row"),
)

#: One row per event, never changed.
fact = Table(
    "fact",
    metadata,
    Column("generation", Integer),
    Column("id", Uuid),
    Column("kind", Text, nullable=False),
    Column("about", Uuid, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("occurred_at", Moment, nullable=False),
    Column("known_at", Moment, nullable=False),
    Column("heard_at", Moment, nullable=False),
    # Families, children and workers by whom the fact is found; empty where no figure needs it.
    Column("subjects", ARRAY(Uuid), nullable=False),
    Column("kept", JSONB, nullable=False),
    PrimaryKeyConstraint("generation", "id"),
    Index(None, "generation", "known_at"),
    Index(
        "ix_fact_subjects",
        "subjects",
        postgresql_using="gin",
        postgresql_with={"fastupdate": "off"},
        postgresql_where=text("subjects <> '{}'"),
    ),
)

#: Facts that no tally knows yet, once for each way of reckoning; those set aside could not be reckoned.
pending = Table(
    "pending",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("queue", Text, nullable=False),
    Column("fact_id", Uuid, nullable=False),
    Column("known_at", Moment, nullable=False),
    Column("set_aside", Boolean, nullable=False, server_default=text("false")),
    Index("ix_pending_next", "generation", "position", postgresql_where=text("NOT set_aside")),
    Index(None, "generation", "known_at"),
    Index(None, "generation", "fact_id"),
    CheckConstraint("queue IN ('family', 'worker', 'label')", name="queue"),
)

#: What each subject adds to a figure on a day, and the time in which that was what we knew.
tally = Table(
    "tally",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("generation", Integer, nullable=False),
    Column("code", Text, nullable=False),
    Column("subject", Uuid, nullable=False),
    Column("on", Day, nullable=False),
    Column("team", Uuid, nullable=False),
    Column("agency", Uuid, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("square", BigInteger, nullable=False),
    Column("known_from", Moment, nullable=False),
    Column("known_until", Moment),
    Index(None, "generation", "code", "on"),
    Index(None, "generation", "subject"),
)

#: Tallies as now known, summed by month, so that ten years are answered from a few thousand rows.
monthly = Table(
    "monthly",
    metadata,
    Column("generation", Integer),
    Column("code", Text),
    Column("month", Day),
    Column("team", Uuid),
    Column("agency", Uuid),
    Column("amount", BigInteger, nullable=False),
    Column("base", BigInteger, nullable=False),
    Column("square", BigInteger, nullable=False),
    PrimaryKeyConstraint("generation", "code", "month", "team", "agency"),
)

#: What teams and agencies are called.
label = Table(
    "label",
    metadata,
    Column("generation", Integer),
    Column("id", Uuid),
    Column("code", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    PrimaryKeyConstraint("generation", "id"),
)

#: A result that was kept; immutable, its bytes as they were.
run = Table(
    "run",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("measure", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("view", Text, nullable=False),
    Column("definition_digest", Text, nullable=False),
    Column("input_digest", Text, nullable=False),
    Column("result", Text, nullable=False),
    Column("started_by", Uuid, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("revision", Integer, nullable=False),
    CheckConstraint("view IN ('internal', 'publishable')", name="view"),
)

#: The sums of a closed window as they were when a figure of it was first shown, and as they were revised; never changed.
edition = Table(
    "edition",
    metadata,
    Column("what", Text),
    Column("from_on", Day),
    Column("until_on", Day),
    Column("number", Integer, autoincrement=False),
    Column("data_on", Day, nullable=False),
    Column("frozen_on", Day, nullable=False),
    Column("sums", JSONB, nullable=False),
    PrimaryKeyConstraint("what", "from_on", "until_on", "number"),
    CheckConstraint("from_on < until_on", name="window"),
    CheckConstraint("number >= 1", name="number"),
)

#: A suppressed table, on its way to the public or back.
publication = Table(
    "publication",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("run_id", Uuid, ForeignKey("run.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("measure", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("result", Text, nullable=False),
    Column("made_by", Uuid, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("released_at", Moment),
    Column("withdrawn_at", Moment),
    Column("withdrawn_reason", Text),
    Column("revision", Integer, nullable=False),
    CheckConstraint("state IN ('checked', 'released', 'withdrawn')", name="state"),
    CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_reason IS NULL)", name="withdrawn"),
    CheckConstraint("state <> 'released' OR released_at IS NOT NULL", name="released"),
    CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn_state"),
    Index(None, "run_id"),
    Index(None, "state", "made_at", "id"),
    Index(None, "made_at", "id"),
)

#: The counts that a released table shows, against which later tables are checked.
shown_count = Table(
    "shown_count",
    metadata,
    Column("publication_id", Uuid, ForeignKey("publication.id")),
    Column("place", Text),
    Column("from_on", Day),
    Column("measure", Text, nullable=False),
    Column("until_on", Day, nullable=False),
    Column("shown", BigInteger, nullable=False),
    PrimaryKeyConstraint("publication_id", "place", "from_on"),
    Index(None, "measure", "from_on"),
)
