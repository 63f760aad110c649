"""Plan spells, assessments, enquiries and conferences."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    Uuid,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint

from libs.chassis.tables import Day
from services.workbook.domain import assessments, conferences, enquiries
from services.workbook.domain.levels import SpellKind
from services.workbook.tables.base import identity, ids, metadata, of_workbook, one_of, revision

plan_spell = Table(
    "plan_spell",
    metadata,
    identity(),
    of_workbook(),
    Column("child_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("started_on", Day, nullable=False),
    Column("ended_on", Day),
    Column("end_reason", Text),
    Column("initial_category", Text),
    Column("latest_category", Text),
    Column("previous_cp_plans", SmallInteger),
    Column("reviewed_on", ARRAY(Day), nullable=False),
    Column("placement", Text),
    Column("letter_sent_on", Day),
    Column("letter_exemption", Text),
    Column("born_on", Day),
    revision(),
    one_of("kind", SpellKind),
    CheckConstraint("(ended_on IS NULL) = (end_reason IS NULL)", name="ended"),
    CheckConstraint("ended_on >= started_on", name="in_order"),
    CheckConstraint("kind <> 'cp' OR ended_on > started_on OR ended_on IS NULL", name="cp_not_zero_length"),
    CheckConstraint("kind <> 'cp' OR extract(isodow FROM started_on) < 6", name="cp_not_at_weekend"),
    CheckConstraint(
        "kind <> 'cp' OR (initial_category IS NOT NULL AND latest_category IS NOT NULL AND previous_cp_plans >= 0)",
        name="cp_complete",
    ),
    CheckConstraint("(kind = 'looked_after') = (placement IS NOT NULL)", name="placed"),
    CheckConstraint("born_on IS NULL OR (kind = 'cp' AND born_on > started_on)", name="pre_birth"),
    # The second lock behind the rules: early help, child in need and child protection never run at once.
    ExcludeConstraint(
        (Column("child_id", Uuid), "="),
        (func.daterange(literal_column("started_on"), literal_column("ended_on")), "&&"),
        where=text("kind IN ('eh', 'cin', 'cp')"),
        using="gist",
        name="ex_plan_spell_one_plan",
    ),
    ExcludeConstraint(
        (Column("child_id", Uuid), "="),
        (Column("kind", Text), "="),
        (func.daterange(literal_column("started_on"), literal_column("ended_on")), "&&"),
        where=text("kind NOT IN ('eh', 'cin', 'cp')"),
        using="gist",
        name="ex_plan_spell_one_of_a_kind",
    ),
    Index(None, "workbook_id", "child_id", "started_on"),
    Index(None, "child_id", "started_on"),
    Index(None, "kind", "started_on", "id"),
)

assessment = Table(
    "assessment",
    metadata,
    identity(),
    of_workbook(),
    Column("referral_id", Uuid),
    Column("state", Text, nullable=False),
    ids("children"),
    Column("referred_on", Day),
    Column("started_on", Day, nullable=False),
    Column("authorised_on", Day),
    Column("authorised_by", Uuid),
    Column("factors", ARRAY(Text), nullable=False),
    Column("outcome", Text),
    Column("sections", JSONB, nullable=False),
    Column("version", Integer, nullable=False),
    revision(),
    one_of("state", assessments.State),
    CheckConstraint(
        "(state = 'authorised') = (authorised_on IS NOT NULL AND authorised_by IS NOT NULL AND outcome IS NOT NULL)",
        name="authorised",
    ),
    CheckConstraint("authorised_on >= started_on", name="in_order"),
    Index(None, "workbook_id", "started_on", "id"),
)

enquiry = Table(
    "enquiry",
    metadata,
    identity(),
    of_workbook(),
    Column("referral_id", Uuid),
    Column("strategy_id", Uuid),
    Column("child_id", Uuid, nullable=False),
    Column("state", Text, nullable=False),
    Column("started_on", Day, nullable=False),
    Column("conference_due_on", Day, nullable=False),
    Column("ended_on", Day),
    Column("outcome", Text),
    Column("conference_on", Day),
    revision(),
    one_of("state", enquiries.State),
    CheckConstraint("(state = 'ended') = (ended_on IS NOT NULL AND outcome IS NOT NULL)", name="ended"),
    CheckConstraint("ended_on >= started_on", name="in_order"),
    Index(None, "workbook_id", "started_on", "id"),
    Index("uq_enquiry_open", "child_id", unique=True, postgresql_where=text("state = 'started'")),
)

conference = Table(
    "conference",
    metadata,
    identity(),
    of_workbook(),
    Column("kind", Text, nullable=False),
    Column("held_on", Day, nullable=False),
    Column("chair_id", Uuid),
    Column("agencies", SmallInteger),
    Column("decisions", JSONB, nullable=False),
    revision(),
    one_of("kind", conferences.Kind),
    Index(None, "workbook_id", "held_on", "id"),
)
