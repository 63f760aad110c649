"""Referrals, and what hangs on each: the contact it came by, decisions, clocks, questions, notices, matches."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from libs.chassis.tables import Day, Moment
from services.referrals.domain.information import RequestState
from services.referrals.domain.matches import MatchState
from services.referrals.domain.notice import NoticeState
from services.referrals.domain.states import UNDECIDED, State
from services.referrals.tables.people import metadata


def _one_of(column: str, values: type[State | RequestState | NoticeState | MatchState]) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


#: The states in which the front door, early help or a team has something to do.
_WAITING = ", ".join(repr(str(state)) for state in sorted(UNDECIDED))

referral = Table(
    "referral",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False, unique=True),
    Column("source_system", Text),
    Column("source_key", Text),
    Column("family_id", Uuid, ForeignKey("family.id"), nullable=False),
    Column("children", ARRAY(Uuid), nullable=False),
    Column("adults", ARRAY(Uuid), nullable=False),
    Column("source", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("rag", Text),
    Column("level", SmallInteger),
    Column("primary_need", Text, nullable=False),
    Column("needs", ARRAY(Text), nullable=False),
    Column("proposed_outcome", Text),
    Column("proposed_rationale", Text),
    Column("proposed_by", Uuid),
    Column("proposed_at", Moment),
    Column("decision_kind", Text),
    Column("decision_outcome", Text),
    Column("decision_rationale", Text),
    Column("decided_by", Uuid),
    Column("decided_at", Moment),
    Column("prior_referral_id", Uuid, ForeignKey("referral.id")),
    Column("re_referral", Boolean, nullable=False),
    Column("joined_to", Uuid, ForeignKey("referral.id")),
    Column("redirected_to", Text),
    Column("redirect_confirmed_at", Moment),
    Column("worker_id", Uuid),
    Column("workbook", Text, nullable=False),
    Column("work_ended_reason", Text),
    Column("work_ended_on", Day),
    Column("closure_reason", Text),
    Column("closed_on", Day),
    Column("reopened_at", Moment),
    Column("reason", Text),
    Column("sent_by", Uuid, nullable=False),
    Column("next_due_at", Moment),  # of its running clocks the first, for the lists
    Column("revision", Integer, nullable=False),
    UniqueConstraint("source_system", "source_key"),
    CheckConstraint(_one_of("state", State), name="state"),
    CheckConstraint("level BETWEEN 1 AND 4", name="level"),
    CheckConstraint("(rag IS NULL) = (level IS NULL)", name="screening"),
    CheckConstraint(
        "num_nonnulls(proposed_outcome, proposed_rationale, proposed_by, proposed_at) IN (0, 4)", name="proposal"
    ),
    CheckConstraint(
        "num_nonnulls(decision_kind, decision_outcome, decision_rationale, decided_by, decided_at) IN (0, 5)",
        name="decision",
    ),
    CheckConstraint("(closure_reason IS NULL) = (closed_on IS NULL)", name="closure"),
    CheckConstraint("(work_ended_reason IS NULL) = (work_ended_on IS NULL)", name="work_ended"),
    CheckConstraint("(source_system IS NULL) = (source_key IS NULL)", name="source"),
    CheckConstraint("cardinality(children) BETWEEN 1 AND 20", name="children"),
    Index(None, "received_at", "id"),
    Index(None, "state", "received_at", "id"),
    Index(None, "rag", "received_at", "id"),
    Index("ix_referral_next_due_at_id", "next_due_at", "id", postgresql_where=text("next_due_at IS NOT NULL")),
    Index(None, "family_id", "received_at"),
    Index("ix_referral_children", "children", postgresql_using="gin"),
    Index("ix_referral_waiting", "state", "id", postgresql_where=text(f"state IN ({_WAITING})")),
    Index(
        "ix_referral_to_close",
        "id",
        postgresql_where=text("state IN ('accepted', 'allocated') AND workbook = 'closed'"),
    ),
    Index(
        "ix_referral_to_confirm",
        "id",
        postgresql_where=text("state = 'redirected' AND redirect_confirmed_at IS NULL"),
    ),
)

#: How a referral came: who told us and in which words. The referrer's identity is read by few.
contact = Table(
    "contact",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("referrer_name", Text, nullable=False),
    Column("referrer_agency", Text, nullable=False),
    Column("referrer_contact", Text, nullable=False),
    Column("may_be_named", Boolean, nullable=False),
    Column("unsafe_to_reply", Boolean, nullable=False),
    Column("from_outside", Boolean, nullable=False),  # sent by the referrer's own system, not keyed in here
    Column("reporter_key", Text, nullable=False),  # the same for what the same sender tells, never shown
    Column("narrative", Text, nullable=False),
    Index(None, "referral_id"),
)

#: Every step of deciding, in order: proposals, decisions, early help's refusals, reopenings.
decision = Table(
    "decision",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("outcome", Text),
    Column("rationale", Text, nullable=False),
    Column("by", Uuid, nullable=False),
    Column("at", Moment, nullable=False),
    Column("supersedes", Uuid, ForeignKey("decision.id")),
    Index(None, "referral_id", "at", "id"),
)

clock = Table(
    "clock",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("amber_at", Moment, nullable=False),
    Column("calendar_version", Text, nullable=False),
    Column("basis", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("met_at", Moment),
    Column("voided_at", Moment),
    Column("due_soon_said_at", Moment),
    Column("breached_said_at", Moment),
    CheckConstraint("amber_at BETWEEN started_at AND due_at", name="margin"),
    CheckConstraint("met_at IS NULL OR voided_at IS NULL", name="met_or_void"),
    Index(None, "referral_id"),
    Index(None, "due_at", "id"),
    Index("ix_clock_running", "due_at", "id", postgresql_where=text("met_at IS NULL AND voided_at IS NULL")),
    Index(
        "ix_clock_to_say",
        "amber_at",
        postgresql_where=text("met_at IS NULL AND voided_at IS NULL AND breached_said_at IS NULL"),
    ),
)

information_request = Table(
    "information_request",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("agency", Text, nullable=False),
    Column("question", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("lawful_basis", Text, nullable=False),
    Column("consent", Text, nullable=False),
    Column("family_informed", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", Uuid, nullable=False),
    Column("sent_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("ended_at", Moment),
    Column("answer", Text),
    Column("refusal", Text),
    Column("revision", Integer, nullable=False),
    CheckConstraint(_one_of("state", RequestState), name="state"),
    CheckConstraint("due_at > sent_at", name="period"),
    CheckConstraint("(ended_at IS NULL) = (state IN ('sent', 'overdue'))", name="ended"),
    Index(None, "referral_id", "sent_at", "id"),
    Index("ix_information_request_open", "due_at", "id", postgresql_where=text("state IN ('sent', 'overdue')")),
    Index("ix_information_request_sent", "due_at", "id", postgresql_where=text("state = 'sent'")),
)

strategy_discussion = Table(
    "strategy_discussion",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("held_at", Moment, nullable=False),
    Column("agencies", ARRAY(Text), nullable=False),
    Column("children", ARRAY(Uuid), nullable=False),
    Column("enquiry", Boolean, nullable=False),
    Column("record", Text, nullable=False),
    Column("called_by", Uuid, nullable=False),
    Index(None, "referral_id", "held_at", "id"),
)

#: The section 47 enquiry about one child that a strategy discussion began.
enquiry = Table(
    "enquiry",
    metadata,
    Column("strategy_id", Uuid, ForeignKey("strategy_discussion.id")),
    Column("child_id", Uuid),
    Column("ended_on", Day),
    Column("outcome", Text),
    Column("conference_on", Day),
    Column("taken_up_at", Moment),
    PrimaryKeyConstraint("strategy_id", "child_id"),
    CheckConstraint("(ended_on IS NULL) = (outcome IS NULL)", name="ended"),
    Index(None, "child_id"),
)

referrer_notice = Table(
    "referrer_notice",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("content", Text, nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("due_at", Moment, nullable=False),
    Column("state", Text, nullable=False),
    Column("sent_at", Moment),
    Column("withheld_reason", Text),
    Column("revision", Integer, nullable=False),
    CheckConstraint(_one_of("state", NoticeState), name="state"),
    CheckConstraint("(sent_at IS NOT NULL) = (state = 'sent')", name="sent"),
    CheckConstraint("(withheld_reason IS NOT NULL) = (state = 'withheld')", name="withheld"),
    Index(None, "referral_id", "decided_at", "id"),
    Index("ix_referrer_notice_due", "due_at", "id", postgresql_where=text("state = 'due'")),
)

match = Table(
    "match",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("referral_id", Uuid, ForeignKey("referral.id"), nullable=False),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("known_person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("hits", JSONB, nullable=False),  # rule and points; the sentences are the rules'
    Column("points", Integer, nullable=False),
    Column("strength", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("decided_by", Uuid),
    Column("decided_at", Moment),
    Column("reason", Text),
    Column("revision", Integer, nullable=False),
    CheckConstraint(_one_of("state", MatchState), name="state"),
    CheckConstraint("num_nonnulls(decided_by, decided_at, reason) IN (0, 3)", name="decided"),
    UniqueConstraint("person_id", "known_person_id"),
    Index(None, "referral_id"),
    Index("ix_match_open", "found_at", "id", postgresql_where=text("state = 'open'")),
)
