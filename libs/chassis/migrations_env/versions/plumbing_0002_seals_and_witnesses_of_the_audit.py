"""Seals and witnesses of the audit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "plumbing_0002"
down_revision = "plumbing_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_seal",
        sa.Column("batch", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("positions", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("leaves", postgresql.ARRAY(sa.LargeBinary()), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("signed_by", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("batch", name=op.f("pk_audit_seal")),
    )
    op.create_table(
        "audit_unsealed",
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_audit_unsealed")),
    )
    op.create_table(
        "audit_witness",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("head", sa.LargeBinary(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("source", "batch", name=op.f("pk_audit_witness")),
    )
    # The application cannot write an audit row that is not sealed: the queue is filled with its owner's rights.
    op.execute(
        """
        CREATE FUNCTION audit_wants_a_seal() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
        AS $$ BEGIN INSERT INTO audit_unsealed SELECT position FROM written; RETURN NULL; END $$
        """
    )
    op.execute(
        """
        CREATE TRIGGER audit_wants_a_seal AFTER INSERT ON audit
        REFERENCING NEW TABLE AS written FOR EACH STATEMENT EXECUTE FUNCTION audit_wants_a_seal()
        """
    )
    op.execute(
        """
        DO $$
        DECLARE who text;
        BEGIN
            FOR who IN SELECT DISTINCT grantee FROM information_schema.role_table_grants
                       WHERE table_name = 'audit_seal' AND grantee NOT IN ('PUBLIC', current_user)
            LOOP
                EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON audit_seal, audit_witness FROM %I', who);
                EXECUTE format('REVOKE INSERT, TRUNCATE ON audit_unsealed FROM %I', who);
            END LOOP;
        END $$
        """
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER audit_wants_a_seal ON audit")
    op.execute("DROP FUNCTION audit_wants_a_seal")
    op.drop_table("audit_witness")
    op.drop_table("audit_unsealed")
    op.drop_table("audit_seal")
