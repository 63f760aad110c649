"""Group supervision, network meetings and requests for practitioners."""

from sqlalchemy import Boolean, CheckConstraint, Column, Float, ForeignKey, Index, Integer, Table, Text, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from libs.chassis.tables import Day, Moment
from services.workbook.domain import network_meetings, practitioner_requests
from services.workbook.domain import supervision as supervisions
from services.workbook.tables.base import identity, ids, metadata, of_workbook, one_of, revision

supervision = Table(
    "supervision",
    metadata,
    identity(),
    of_workbook(),
    Column("cycle_id", Uuid, ForeignKey("cycle.id"), nullable=False),
    Column("state", Text, nullable=False),
    Column("planned_on", Day, nullable=False),
    Column("record", JSONB(none_as_null=True)),
    Column("held_on", Day),
    Column("decision", Text),
    Column("missed_reason", Text),
    revision(),
    one_of("state", supervisions.State),
    CheckConstraint(
        "(state = 'recorded') = (record IS NOT NULL AND held_on IS NOT NULL AND decision IS NOT NULL)", name="recorded"
    ),
    CheckConstraint("(state = 'missed') = (missed_reason IS NOT NULL)", name="missed"),
    Index(None, "workbook_id", "planned_on", "id"),
    Index("uq_supervision_recorded", "cycle_id", unique=True, postgresql_where=text("state = 'recorded'")),
)

action = Table(
    "action",
    metadata,
    identity(),
    of_workbook(),
    Column("supervision_id", Uuid, ForeignKey("supervision.id"), nullable=False),
    Column("what", Text, nullable=False),
    Column("owner_id", Uuid, nullable=False),
    Column("due_on", Day, nullable=False),
    Column("done_on", Day),
    revision(),
    Index("ix_action_due", "owner_id", "due_on", "id", postgresql_where=text("done_on IS NULL")),
    Index(None, "supervision_id"),
    Index(None, "workbook_id"),
)

network_meeting = Table(
    "network_meeting",
    metadata,
    identity(),
    of_workbook(),
    Column("state", Text, nullable=False),
    Column("offered_on", Day, nullable=False),
    Column("in_letter", Boolean, nullable=False),
    Column("answered_on", Day),
    ids("accepted_by"),
    Column("planned_on", Day),
    Column("held_on", Day),
    Column("attendees", Integer),
    Column("family_plan", Text),
    Column("reviewed_on", Day),
    revision(),
    one_of("state", network_meetings.State),
    Index(None, "workbook_id", "offered_on", "id"),
)

practitioner_request = Table(
    "practitioner_request",
    metadata,
    identity(),
    of_workbook(),
    Column("adult_id", Uuid, nullable=False),
    Column("specialism", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("partner_request_id", Uuid),
    Column("agency_id", Uuid),
    Column("practitioner_id", Uuid),
    Column("outcome", Float),
    revision(),
    one_of("state", practitioner_requests.State),
    one_of("specialism", practitioner_requests.Specialism),
    Index(None, "workbook_id", "asked_at", "id"),
    Index(None, "partner_request_id"),
    Index(
        "uq_practitioner_request_open",
        "workbook_id",
        "adult_id",
        "specialism",
        unique=True,
        postgresql_where=text("state IN ('asked', 'accepted', 'waitlisted', 'engaged', 'on_hold')"),
    ),
)
