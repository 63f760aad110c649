"""Referrals and what hangs on them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "referrals_0002"
down_revision = "referrals_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("source_system", sa.Text(), nullable=True),
        sa.Column("source_key", sa.Text(), nullable=True),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("children", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("adults", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rag", sa.Text(), nullable=True),
        sa.Column("level", sa.SmallInteger(), nullable=True),
        sa.Column("primary_need", sa.Text(), nullable=False),
        sa.Column("needs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("proposed_outcome", sa.Text(), nullable=True),
        sa.Column("proposed_rationale", sa.Text(), nullable=True),
        sa.Column("proposed_by", sa.Uuid(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_kind", sa.Text(), nullable=True),
        sa.Column("decision_outcome", sa.Text(), nullable=True),
        sa.Column("decision_rationale", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("prior_referral_id", sa.Uuid(), nullable=True),
        sa.Column("re_referral", sa.Boolean(), nullable=False),
        sa.Column("joined_to", sa.Uuid(), nullable=True),
        sa.Column("redirected_to", sa.Text(), nullable=True),
        sa.Column("redirect_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("workbook", sa.Text(), nullable=False),
        sa.Column("work_ended_reason", sa.Text(), nullable=True),
        sa.Column("work_ended_on", sa.Date(), nullable=True),
        sa.Column("closure_reason", sa.Text(), nullable=True),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("reopened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent_by", sa.Uuid(), nullable=False),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('received', 'triaged', 'gathering', 'awaiting_decision', 'step_down_offered', 'accepted', 'allocated', 'stepped_down', 'no_further_action', 'redirected', 'joined', 'closed', 'withdrawn', 'in_error')",
            name=op.f("ck_referral_state"),
        ),
        sa.CheckConstraint("(closure_reason IS NULL) = (closed_on IS NULL)", name=op.f("ck_referral_closure")),
        sa.CheckConstraint(
            "(work_ended_reason IS NULL) = (work_ended_on IS NULL)", name=op.f("ck_referral_work_ended")
        ),
        sa.CheckConstraint("(rag IS NULL) = (level IS NULL)", name=op.f("ck_referral_screening")),
        sa.CheckConstraint("(source_system IS NULL) = (source_key IS NULL)", name=op.f("ck_referral_source")),
        sa.CheckConstraint("cardinality(children) BETWEEN 1 AND 20", name=op.f("ck_referral_children")),
        sa.CheckConstraint("level BETWEEN 1 AND 4", name=op.f("ck_referral_level")),
        sa.CheckConstraint(
            "num_nonnulls(decision_kind, decision_outcome, decision_rationale, decided_by, decided_at) IN (0, 5)",
            name=op.f("ck_referral_decision"),
        ),
        sa.CheckConstraint(
            "num_nonnulls(proposed_outcome, proposed_rationale, proposed_by, proposed_at) IN (0, 4)",
            name=op.f("ck_referral_proposal"),
        ),
        sa.ForeignKeyConstraint(["family_id"], ["family.id"], name=op.f("fk_referral_family_id")),
        sa.ForeignKeyConstraint(["joined_to"], ["referral.id"], name=op.f("fk_referral_joined_to")),
        sa.ForeignKeyConstraint(["prior_referral_id"], ["referral.id"], name=op.f("fk_referral_prior_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("reference", name=op.f("uq_referral_reference")),
        sa.UniqueConstraint("source_system", "source_key", name=op.f("uq_referral_source_system_source_key")),
    )
    op.create_index("ix_referral_children", "referral", ["children"], unique=False, postgresql_using="gin")
    op.create_index(op.f("ix_referral_family_id_received_at"), "referral", ["family_id", "received_at"], unique=False)
    op.create_index(
        "ix_referral_next_due_at_id",
        "referral",
        ["next_due_at", "id"],
        unique=False,
        postgresql_where=sa.text("next_due_at IS NOT NULL"),
    )
    op.create_index(op.f("ix_referral_rag_received_at_id"), "referral", ["rag", "received_at", "id"], unique=False)
    op.create_index(op.f("ix_referral_received_at_id"), "referral", ["received_at", "id"], unique=False)
    op.create_index(op.f("ix_referral_state_received_at_id"), "referral", ["state", "received_at", "id"], unique=False)
    op.create_index(
        "ix_referral_to_close",
        "referral",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state IN ('accepted', 'allocated') AND workbook = 'closed'"),
    )
    op.create_index(
        "ix_referral_to_confirm",
        "referral",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'redirected' AND redirect_confirmed_at IS NULL"),
    )
    op.create_index(
        "ix_referral_waiting",
        "referral",
        ["state", "id"],
        unique=False,
        postgresql_where=sa.text(
            "state IN ('awaiting_decision', 'gathering', 'received', 'step_down_offered', 'triaged')"
        ),
    )
    op.create_table(
        "clock",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amber_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("calendar_version", sa.Text(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("met_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_soon_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_said_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("amber_at BETWEEN started_at AND due_at", name=op.f("ck_clock_margin")),
        sa.CheckConstraint("met_at IS NULL OR voided_at IS NULL", name=op.f("ck_clock_met_or_void")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_clock_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clock")),
    )
    op.create_index(op.f("ix_clock_due_at_id"), "clock", ["due_at", "id"], unique=False)
    op.create_index(op.f("ix_clock_referral_id"), "clock", ["referral_id"], unique=False)
    op.create_index(
        "ix_clock_running",
        "clock",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL"),
    )
    op.create_index(
        "ix_clock_to_say",
        "clock",
        ["amber_at"],
        unique=False,
        postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL AND breached_said_at IS NULL"),
    )
    op.create_table(
        "contact",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("referrer_name", sa.Text(), nullable=False),
        sa.Column("referrer_agency", sa.Text(), nullable=False),
        sa.Column("referrer_contact", sa.Text(), nullable=False),
        sa.Column("may_be_named", sa.Boolean(), nullable=False),
        sa.Column("unsafe_to_reply", sa.Boolean(), nullable=False),
        sa.Column("from_outside", sa.Boolean(), nullable=False),
        sa.Column("reporter_key", sa.Text(), nullable=False),
        sa.Column("narrative", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_contact_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
    )
    op.create_index(op.f("ix_contact_referral_id"), "contact", ["referral_id"], unique=False)
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("rationale", sa.Text(), nullable=False),
        sa.Column("by", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supersedes", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_decision_referral_id")),
        sa.ForeignKeyConstraint(["supersedes"], ["decision.id"], name=op.f("fk_decision_supersedes")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
    )
    op.create_index(op.f("ix_decision_referral_id_at_id"), "decision", ["referral_id", "at", "id"], unique=False)
    op.create_table(
        "information_request",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("agency", sa.Text(), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("lawful_basis", sa.Text(), nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("family_informed", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("refusal", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (state IN ('sent', 'overdue'))", name=op.f("ck_information_request_ended")
        ),
        sa.CheckConstraint(
            "state IN ('sent', 'overdue', 'answered', 'refused', 'withdrawn')",
            name=op.f("ck_information_request_state"),
        ),
        sa.CheckConstraint("due_at > sent_at", name=op.f("ck_information_request_period")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_information_request_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_information_request")),
    )
    op.create_index(
        "ix_information_request_open",
        "information_request",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('sent', 'overdue')"),
    )
    op.create_index(
        op.f("ix_information_request_referral_id_sent_at_id"),
        "information_request",
        ["referral_id", "sent_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_information_request_sent",
        "information_request",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'sent'"),
    )
    op.create_table(
        "match",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("known_person_id", sa.Uuid(), nullable=False),
        sa.Column("hits", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("strength", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("state IN ('open', 'confirmed', 'rejected')", name=op.f("ck_match_state")),
        sa.CheckConstraint("num_nonnulls(decided_by, decided_at, reason) IN (0, 3)", name=op.f("ck_match_decided")),
        sa.ForeignKeyConstraint(["known_person_id"], ["person.id"], name=op.f("fk_match_known_person_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_match_person_id")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_match_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_match")),
        sa.UniqueConstraint("person_id", "known_person_id", name=op.f("uq_match_person_id_known_person_id")),
    )
    op.create_index(
        "ix_match_open", "match", ["found_at", "id"], unique=False, postgresql_where=sa.text("state = 'open'")
    )
    op.create_index(op.f("ix_match_referral_id"), "match", ["referral_id"], unique=False)
    op.create_table(
        "referrer_notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withheld_reason", sa.Text(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.CheckConstraint("(sent_at IS NOT NULL) = (state = 'sent')", name=op.f("ck_referrer_notice_sent")),
        sa.CheckConstraint(
            "(withheld_reason IS NOT NULL) = (state = 'withheld')", name=op.f("ck_referrer_notice_withheld")
        ),
        sa.CheckConstraint("state IN ('due', 'sent', 'withheld', 'withdrawn')", name=op.f("ck_referrer_notice_state")),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_referrer_notice_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referrer_notice")),
    )
    op.create_index(
        "ix_referrer_notice_due",
        "referrer_notice",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'due'"),
    )
    op.create_index(
        op.f("ix_referrer_notice_referral_id_decided_at_id"),
        "referrer_notice",
        ["referral_id", "decided_at", "id"],
        unique=False,
    )
    op.create_table(
        "strategy_discussion",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("referral_id", sa.Uuid(), nullable=False),
        sa.Column("held_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("agencies", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("children", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("enquiry", sa.Boolean(), nullable=False),
        sa.Column("record", sa.Text(), nullable=False),
        sa.Column("called_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["referral_id"], ["referral.id"], name=op.f("fk_strategy_discussion_referral_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_strategy_discussion")),
    )
    op.create_index(
        op.f("ix_strategy_discussion_referral_id_held_at_id"),
        "strategy_discussion",
        ["referral_id", "held_at", "id"],
        unique=False,
    )
    op.create_table(
        "enquiry",
        sa.Column("strategy_id", sa.Uuid(), nullable=False),
        sa.Column("child_id", sa.Uuid(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("conference_on", sa.Date(), nullable=True),
        sa.Column("taken_up_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(ended_on IS NULL) = (outcome IS NULL)", name=op.f("ck_enquiry_ended")),
        sa.ForeignKeyConstraint(["strategy_id"], ["strategy_discussion.id"], name=op.f("fk_enquiry_strategy_id")),
        sa.PrimaryKeyConstraint("strategy_id", "child_id", name=op.f("pk_enquiry")),
    )
    op.create_index(op.f("ix_enquiry_child_id"), "enquiry", ["child_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_enquiry_child_id"), table_name="enquiry")
    op.drop_table("enquiry")
    op.drop_index(op.f("ix_strategy_discussion_referral_id_held_at_id"), table_name="strategy_discussion")
    op.drop_table("strategy_discussion")
    op.drop_index(op.f("ix_referrer_notice_referral_id_decided_at_id"), table_name="referrer_notice")
    op.drop_index("ix_referrer_notice_due", table_name="referrer_notice", postgresql_where=sa.text("state = 'due'"))
    op.drop_table("referrer_notice")
    op.drop_index(op.f("ix_match_referral_id"), table_name="match")
    op.drop_index("ix_match_open", table_name="match", postgresql_where=sa.text("state = 'open'"))
    op.drop_table("match")
    op.drop_index(
        "ix_information_request_sent", table_name="information_request", postgresql_where=sa.text("state = 'sent'")
    )
    op.drop_index(op.f("ix_information_request_referral_id_sent_at_id"), table_name="information_request")
    op.drop_index(
        "ix_information_request_open",
        table_name="information_request",
        postgresql_where=sa.text("state IN ('sent', 'overdue')"),
    )
    op.drop_table("information_request")
    op.drop_index(op.f("ix_decision_referral_id_at_id"), table_name="decision")
    op.drop_table("decision")
    op.drop_index(op.f("ix_contact_referral_id"), table_name="contact")
    op.drop_table("contact")
    op.drop_index(
        "ix_clock_to_say",
        table_name="clock",
        postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL AND breached_said_at IS NULL"),
    )
    op.drop_index(
        "ix_clock_running", table_name="clock", postgresql_where=sa.text("met_at IS NULL AND voided_at IS NULL")
    )
    op.drop_index(op.f("ix_clock_referral_id"), table_name="clock")
    op.drop_index(op.f("ix_clock_due_at_id"), table_name="clock")
    op.drop_table("clock")
    op.drop_index(
        "ix_referral_waiting",
        table_name="referral",
        postgresql_where=sa.text(
            "state IN ('awaiting_decision', 'gathering', 'received', 'step_down_offered', 'triaged')"
        ),
    )
    op.drop_index(
        "ix_referral_to_confirm",
        table_name="referral",
        postgresql_where=sa.text("state = 'redirected' AND redirect_confirmed_at IS NULL"),
    )
    op.drop_index(
        "ix_referral_to_close",
        table_name="referral",
        postgresql_where=sa.text("state IN ('accepted', 'allocated') AND workbook = 'closed'"),
    )
    op.drop_index(op.f("ix_referral_state_received_at_id"), table_name="referral")
    op.drop_index(op.f("ix_referral_received_at_id"), table_name="referral")
    op.drop_index(op.f("ix_referral_rag_received_at_id"), table_name="referral")
    op.drop_index(
        "ix_referral_next_due_at_id", table_name="referral", postgresql_where=sa.text("next_due_at IS NOT NULL")
    )
    op.drop_index(op.f("ix_referral_family_id_received_at"), table_name="referral")
    op.drop_index("ix_referral_children", table_name="referral", postgresql_using="gin")
    op.drop_table("referral")
