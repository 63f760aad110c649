"""Know which families were merged."""

import sqlalchemy as sa
from alembic import op

revision = "partners_0003"
down_revision = "partners_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "merged_family",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("stays_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("stays_id <> id", name=op.f("ck_merged_family_not_itself")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merged_family")),
    )
    op.create_index(op.f("ix_merged_family_stays_id"), "merged_family", ["stays_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_merged_family_stays_id"), table_name="merged_family")
    op.drop_table("merged_family")
