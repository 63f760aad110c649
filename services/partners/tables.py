"""The tables of partners: agencies and their people, what teams need, requests and all that hangs on them."""

from enum import StrEnum

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from libs.chassis.aliases import merged_ids
from libs.chassis.tables import Day, Moment, service_metadata
from services.partners.domain.agencies import Specialism
from services.partners.domain.messages import Effect
from services.partners.domain.needs import NeedState
from services.partners.domain.parties import Party
from services.partners.domain.request import State
from services.partners.domain.sessions import Kind, MissedReason, SessionState
from services.partners.domain.sharing import AgreementState

metadata = service_metadata()


def _one_of(column: str, codes: type[StrEnum]) -> CheckConstraint:
    """Let a column hold only the codes of a set."""
    allowed = ", ".join(f"'{code.value}'" for code in codes)
    return CheckConstraint(f"{column} IN ({allowed})", name=column)


def _together(name: str, *columns: str) -> CheckConstraint:
    """Let columns be filled only together."""
    return CheckConstraint(" = ".join(f"({column} IS NULL)" for column in columns), name=name)


#: One row, when the local terms differ from the defaults in `domain/clocks.py`.
terms = Table(
    "terms",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("answer_within", JSONB, nullable=False),
    Column("first_contact_within", Integer, nullable=False),
    Column("end_within", Integer, nullable=False),
    Column("report_within_days", Integer, nullable=False),
    Column("capacity_fresh_days", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
)

agency = Table(
    "agency",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("stated_fte", Double),
    Column("has_manager", Boolean, nullable=False),
    Column("active", Boolean, nullable=False),
    # Its declared room is one resource, changed as a whole.
    Column("room_revision", Integer, nullable=False, server_default=text("0")),
    Column("revision", Integer, nullable=False),
)

offer = Table(
    "offer",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, ForeignKey("agency.id"), nullable=False, index=True),
    Column("specialism", Text, index=True),
    Column("title", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("areas", ARRAY(Text), nullable=False),
    Column("preference", Integer, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day),
    Column("revision", Integer, nullable=False),
    _one_of("specialism", Specialism),
    CheckConstraint("until_on > from_on", name="period"),
)

agreement = Table(
    "agreement",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, ForeignKey("agency.id"), nullable=False, index=True),
    Column("specialisms", ARRAY(Text), nullable=False),
    Column("basis", Text, nullable=False),
    Column("condition", Text, nullable=False),
    Column("from_on", Day, nullable=False),
    Column("until_on", Day),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    _one_of("state", AgreementState),
    CheckConstraint("until_on > from_on", name="period"),
)

practitioner = Table(
    "practitioner",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, ForeignKey("agency.id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("specialism", Text, nullable=False),
    Column("fte", Double, nullable=False),
    Column("shares", JSONB, nullable=False),
    Column("checked_on", Day),
    Column("joined_on", Day, nullable=False),
    Column("left_on", Day),
    # What was last said of them, for the days on which they come and go are known before.
    Column("said_active", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "agency_id", "id"),
    _one_of("specialism", Specialism),
    CheckConstraint("fte > 0 AND fte <= 1", name="fte"),
    CheckConstraint("left_on >= joined_on", name="period"),
)

capacity = Table(
    "capacity",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("agency_id", Uuid, ForeignKey("agency.id"), nullable=False),
    Column("specialism", Text, nullable=False),
    Column("team_id", Uuid),
    Column("fte", Double, nullable=False),
    Column("places", Integer, nullable=False),
    Column("waiting", Integer, nullable=False),
    Column("expected_on", Day),
    Column("declared_on", Day, nullable=False),
    # Places taken after this moment are no longer free.
    Column("declared_at", Moment, nullable=False),
    UniqueConstraint("agency_id", "specialism", "team_id", postgresql_nulls_not_distinct=True),
    Index(None, "specialism", "team_id"),
    _one_of("specialism", Specialism),
    CheckConstraint("fte >= 0 AND places >= 0 AND waiting >= 0", name="counts"),
)

#: What teams asked for, one row for each practitioner request of the workbook.
need = Table(
    "need",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("workbook_id", Uuid, nullable=False),
    Column("family_id", Uuid, nullable=False),
    Column("adult_id", Uuid, nullable=False),
    Column("specialism", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("team_id", Uuid),
    Column("requested_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    # Unrouted, and the agencies, offers, agreements or teams have changed since it was last tried.
    Column("look_again", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Index(None, "family_id", "requested_at", "id"),
    Index(None, "team_id", "requested_at", "id"),
    Index(None, "requested_at", "id"),
    Index("ix_need_unrouted", "requested_at", "id", postgresql_where=text("state = 'unrouted'")),
    Index("ix_need_look_again", "requested_at", "id", postgresql_where=text("look_again")),
    _one_of("specialism", Specialism),
    _one_of("state", NeedState),
)

OPEN = text("state IN ('requested', 'clarifying', 'accepted', 'waitlisted', 'engaged', 'on_hold')")
# In brackets, for a query adds its own conditions to it.
OPEN_OR_OWING = text(
    "(state IN ('requested', 'clarifying', 'accepted', 'waitlisted', 'engaged', 'on_hold')"
    " OR (state = 'ended_early' AND report_due_on IS NOT NULL AND reported_at IS NULL))"
)
UNFLAGGED = text("state IN ('requested', 'clarifying') AND overdue_at IS NULL")

request = Table(
    "request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("practitioner_request_id", Uuid, ForeignKey("need.id"), nullable=False),
    Column("workbook_id", Uuid, nullable=False),
    Column("family_id", Uuid, nullable=False),
    Column("adult_id", Uuid, nullable=False),
    Column("agency_id", Uuid, ForeignKey("agency.id"), nullable=False),
    Column("specialism", Text, nullable=False),
    Column("team_id", Uuid),
    Column("urgency", Text, nullable=False),
    Column("room", Text, nullable=False),
    Column("agreement_id", Uuid, ForeignKey("agreement.id"), nullable=False),
    Column("agreement_fingerprint", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("requested_at", Moment, nullable=False),
    Column("opened_at", Moment, nullable=False),
    # When it could be seen here, which news that travelled slowly or a loaded past makes later than `opened_at`.
    Column("learned_at", Moment, nullable=False, server_default=func.now()),
    Column("changed_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("amber_at", Moment, nullable=False),
    Column("calendar_version", Text, nullable=False),
    Column("answered_at", Moment),
    Column("voided_at", Moment),
    Column("overdue_at", Moment),
    Column("practitioner_id", Uuid, ForeignKey("practitioner.id")),
    Column("practitioner_by", Day),
    Column("expected_on", Day),
    Column("accepted_at", Moment),
    Column("engaged_at", Moment),
    Column("review_on", Day),
    Column("ended_at", Moment),
    Column("ended_by", Text),
    Column("reason", Text),
    Column("end_asked_at", Moment),
    Column("report_due_on", Day),
    Column("reported_at", Moment),
    Column("outcome", Double),
    Column("revision", Integer, nullable=False),
    # One agency is asked for the same need again only once it has answered.
    Index("uq_request_open", "practitioner_request_id", "agency_id", unique=True, postgresql_where=OPEN),
    Index(None, "practitioner_request_id", "agency_id"),
    Index(None, "agency_id", "opened_at", "id"),
    Index(None, "agency_id", "state", "opened_at", "id"),
    Index(None, "agency_id", "specialism", "opened_at", "id"),
    Index("ix_request_late", "agency_id", "opened_at", "id", postgresql_where=text("overdue_at IS NOT NULL")),
    Index(None, "agency_id", "specialism", "accepted_at"),
    Index(None, "practitioner_id", "opened_at", "id"),
    Index(None, "family_id", "opened_at", "id"),
    Index("ix_request_work_list", "agency_id", "opened_at", postgresql_where=OPEN_OR_OWING),
    Index("ix_request_my_work_list", "practitioner_id", "opened_at", postgresql_where=OPEN_OR_OWING),
    Index("ix_request_unflagged", "due_at", postgresql_where=UNFLAGGED),
    _one_of("specialism", Specialism),
    _one_of("state", State),
    _one_of("ended_by", Party),
    CheckConstraint(
        "(ended_at IS NOT NULL) = (state IN ('declined', 'completed', 'ended_early', 'cancelled', 'in_error'))",
        name="ended",
    ),
    CheckConstraint("engaged_at IS NULL OR practitioner_id IS NOT NULL", name="engaged"),
    _together("report", "reported_at", "outcome"),
)

message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False),
    Column("party", Text, nullable=False),
    Column("author_id", Uuid, nullable=False),
    Column("text", Text, nullable=False),
    Column("effect", Text, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Index(None, "request_id", "sent_at", "id"),
    _one_of("party", Party),
    _one_of("effect", Effect),
)

session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("request_id", Uuid, ForeignKey("request.id"), nullable=False),
    Column("family_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("starts_at", Moment, nullable=False),
    Column("booked_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("scores", JSONB, nullable=False),
    Column("supersedes", Uuid),
    Column("moved_to", Uuid),
    Column("settled_at", Moment),
    Column("revision", Integer, nullable=False),
    Index(None, "request_id", "starts_at", "id"),
    Index("ix_session_booked", "request_id", "starts_at", postgresql_where=text("state = 'booked'")),
    _one_of("kind", Kind),
    _one_of("state", SessionState),
    _one_of("reason", MissedReason),
    CheckConstraint("(state = 'not_attended') = (reason IS NOT NULL)", name="missed"),
    CheckConstraint("(state = 'moved') = (moved_to IS NOT NULL)", name="moved"),
    CheckConstraint("(state = 'booked') = (settled_at IS NULL)", name="settled"),
)

end_report = Table(
    "end_report",
    metadata,
    Column("request_id", Uuid, ForeignKey("request.id"), primary_key=True),
    Column("goals", JSONB, nullable=False),
    Column("practitioner_view", Text, nullable=False),
    Column("family_view", Text),
    Column("no_family_view", Text),
    Column("submitted_at", Moment, nullable=False),
    Column("submitted_by", Uuid, nullable=False),
    CheckConstraint("(family_view IS NULL) <> (no_family_view IS NULL)", name="family_view"),
)

#: Teams and the areas that they serve, as allocation says.
team = Table(
    "team",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("areas", ARRAY(Text), nullable=False),
)

#: Lead workers, as allocation says: the one whose allocation has not ended and started last.
lead = Table(
    "lead",
    metadata,
    Column("allocation_id", Uuid, primary_key=True),
    Column("family_id", Uuid, nullable=False),
    Column("worker_id", Uuid, nullable=False),
    Column("team_id", Uuid, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Index("ix_lead_current", "family_id", "started_at", postgresql_where=text("ended_at IS NULL")),
)

#: Families that were found to be one, and the one that stays, as referrals says.
merged_family = merged_ids("merged_family", metadata)

#: Families whose workbook closed, and when it last did, as workbook says.
closed_family = Table(
    "closed_family",
    metadata,
    Column("family_id", Uuid, primary_key=True),
    Column("closed_at", Moment, nullable=False),
)
