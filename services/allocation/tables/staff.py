"""Teams, workers, their absences, and the schemes by which their work is weighed."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Numeric,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint

from libs.chassis.tables import Day, Moment
from services.allocation.domain.scheme import SchemeState
from services.allocation.domain.workers import AbsenceReason, WorkerRole
from services.allocation.tables.base import codes, identity, metadata, one_of, revision

team = Table(
    "team",
    metadata,
    identity(),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    codes("areas"),
    Column("active", Boolean, nullable=False),
    revision(),
)

worker = Table(
    "worker",
    metadata,
    identity(),
    Column("team_id", Uuid, ForeignKey("team.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("fte", Numeric(4, 3), nullable=False),
    Column("contracted_hours", Numeric(5, 2), nullable=False),
    Column("base_area", Text, nullable=False),
    Column("first_year_from", Day),
    Column("first_year_until", Day),
    Column("agency", Boolean, nullable=False),
    Column("agency_until", Day),
    codes("skills"),
    codes("languages"),
    Column("extra_duties", Numeric(6, 2), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("from_on", Day, nullable=False),
    # Thresholds of utilisation that were announced as crossed and not yet as fallen back.
    Column("above", ARRAY(Integer), nullable=False, server_default=text("'{}'")),
    revision(),
    one_of("role", WorkerRole),
    CheckConstraint("fte > 0 AND fte <= 1", name="fte"),
    Index(None, "team_id", "id"),
)

absence = Table(
    "absence",
    metadata,
    identity(),
    Column("worker_id", Uuid, ForeignKey("worker.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("sudden", Boolean, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day),
    Column("hours", Numeric(5, 2)),
    Column("taken_back_at", Moment),
    revision(),
    one_of("reason", AbsenceReason),
    CheckConstraint("until_on > from_on", name="period"),
    # The second lock behind the rule: a worker is not wholly away twice at once, whoever writes.
    ExcludeConstraint(
        (Column("worker_id", Uuid), "="),
        (text("daterange(from_on, until_on)"), "&&"),
        where=text("taken_back_at IS NULL AND hours IS NULL"),
        using="gist",
        name="ex_absence_overlap",
    ),
    Index(None, "worker_id", "from_on", "id"),
)

scheme = Table(
    "scheme",
    metadata,
    identity(),
    Column("version", Integer, nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("rules", JSONB, nullable=False),
    Column("state", Text, nullable=False),
    Column("effective_from", Day, nullable=False),
    Column("drafted_at", Moment, nullable=False),
    Column("activated_at", Moment),
    Column("retired_at", Moment),
    revision(),
    one_of("state", SchemeState),
    Index("uq_scheme_active", "state", unique=True, postgresql_where=text("state = 'active'")),
)

#: Workers whose load or hours changed: what the ticks look at. Appended only, so that writers never wait for each other.
load_change = Table(
    "load_change",
    metadata,
    Column("position", BigInteger, Identity(always=True), primary_key=True),
    Column("worker_id", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
)

#: In which turn of the tick a worker's load or hours last changed: who waits is asked about workers of later turns.
load_turn = Table(
    "load_turn",
    metadata,
    Column("worker_id", Uuid, primary_key=True),
    Column("turn", BigInteger, nullable=False),
    Index(None, "turn"),
)
