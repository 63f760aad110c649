"""Events out and in, idempotency, audit: what every service has."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "plumbing_0001"
down_revision = None
branch_labels = ("plumbing",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("family_id", sa.Uuid(), nullable=True),
        sa.Column("purpose", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_actor_id_position"), "audit", ["actor_id", "position"], unique=False)
    op.create_index(op.f("ix_audit_family_id_position"), "audit", ["family_id", "position"], unique=False)
    op.create_index(op.f("ix_audit_record_id_position"), "audit", ["record_id", "position"], unique=False)
    op.create_table(
        "event_revision",
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("epoch_start", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("aggregate_id", name=op.f("pk_event_revision")),
    )
    op.create_table(
        "idempotency",
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("headers", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("record_id", sa.Uuid(), nullable=True),
        sa.Column("family_id", sa.Uuid(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("caller_id", "key", name=op.f("pk_idempotency")),
    )
    op.create_index(op.f("ix_idempotency_answered_at"), "idempotency", ["answered_at"], unique=False)
    op.create_table(
        "inbox_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_event")),
    )
    op.create_index(op.f("ix_inbox_event_applied_at"), "inbox_event", ["applied_at"], unique=False)
    op.create_table(
        "inbox_position",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("source", "aggregate_id", name=op.f("pk_inbox_position")),
    )
    op.create_table(
        "outbox",
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("epoch_start", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("causation_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    op.create_index(
        "ix_outbox_unpublished", "outbox", ["position"], unique=False, postgresql_where=sa.text("published_at IS NULL")
    )
    op.create_index("uq_outbox_aggregate_revision", "outbox", ["aggregate_id", "revision"], unique=True)
    op.create_table(
        "outbox_archive",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("epoch_start", sa.Integer(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("causation_id", sa.Uuid(), nullable=True),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_outbox_archive")),
    )
    op.create_index("uq_outbox_archive_aggregate_revision", "outbox_archive", ["aggregate_id", "revision"], unique=True)
    op.create_table(
        "parked_event",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("aggregate_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("parked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason IN ('early', 'failing', 'failed', 'malformed')", name=op.f("ck_parked_event_reason")
        ),
        sa.CheckConstraint("(reason = 'failing') = (next_try_at IS NOT NULL)", name=op.f("ck_parked_event_next_try")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked_event")),
    )
    op.create_index(
        "ix_parked_event_next_try_at",
        "parked_event",
        ["next_try_at"],
        unique=False,
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_parked_event_reason_parked_at_id"), "parked_event", ["reason", "parked_at", "id"], unique=False
    )
    op.create_index(
        op.f("ix_parked_event_source_aggregate_id_revision"),
        "parked_event",
        ["source", "aggregate_id", "revision"],
        unique=False,
    )
    op.create_table(
        "service_state",
        sa.Column("id", sa.SmallInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column("epoch", sa.Integer(), server_default=sa.text("1"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_service_state_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_service_state")),
    )
    op.execute("INSERT INTO service_state DEFAULT VALUES")
    # What was audited and what was archived stay as they were written: nobody but the owner may change or remove them.
    op.execute(
        """
        DO $$
        DECLARE who text;
        BEGIN
            FOR who IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
                       WHERE table_name = 'audit' AND grantee NOT IN ('PUBLIC', current_user)
            LOOP
                EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit, outbox_archive FROM %I', who);
            END LOOP;
        END $$
        """
    )


def downgrade() -> None:
    op.drop_table("service_state")
    op.drop_index(op.f("ix_parked_event_source_aggregate_id_revision"), table_name="parked_event")
    op.drop_index(op.f("ix_parked_event_reason_parked_at_id"), table_name="parked_event")
    op.drop_index(
        "ix_parked_event_next_try_at",
        table_name="parked_event",
        postgresql_where=sa.text("next_try_at IS NOT NULL"),
    )
    op.drop_table("parked_event")
    op.drop_index("uq_outbox_archive_aggregate_revision", table_name="outbox_archive")
    op.drop_table("outbox_archive")
    op.drop_index("uq_outbox_aggregate_revision", table_name="outbox")
    op.drop_index("ix_outbox_unpublished", table_name="outbox", postgresql_where=sa.text("published_at IS NULL"))
    op.drop_table("outbox")
    op.drop_table("inbox_position")
    op.drop_index(op.f("ix_inbox_event_applied_at"), table_name="inbox_event")
    op.drop_table("inbox_event")
    op.drop_index(op.f("ix_idempotency_answered_at"), table_name="idempotency")
    op.drop_table("idempotency")
    op.drop_table("event_revision")
    op.drop_index(op.f("ix_audit_record_id_position"), table_name="audit")
    op.drop_index(op.f("ix_audit_family_id_position"), table_name="audit")
    op.drop_index(op.f("ix_audit_actor_id_position"), table_name="audit")
    op.drop_table("audit")
