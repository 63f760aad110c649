"""Find needs by team and requests by what is asked of them; note when a request was learned of."""

import sqlalchemy as sa
from alembic import op

revision = "partners_0002"
down_revision = "partners_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_need_requested_at_id"), "need", ["requested_at", "id"], unique=False)
    op.create_index(op.f("ix_need_team_id_requested_at_id"), "need", ["team_id", "requested_at", "id"], unique=False)
    op.add_column(
        "request", sa.Column("learned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)
    )
    op.create_index(
        op.f("ix_request_agency_id_specialism_opened_at_id"),
        "request",
        ["agency_id", "specialism", "opened_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_request_late",
        "request",
        ["agency_id", "opened_at", "id"],
        unique=False,
        postgresql_where=sa.text("overdue_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_request_late", table_name="request", postgresql_where=sa.text("overdue_at IS NOT NULL"))
    op.drop_index(op.f("ix_request_agency_id_specialism_opened_at_id"), table_name="request")
    op.drop_column("request", "learned_at")
    op.drop_index(op.f("ix_need_team_id_requested_at_id"), table_name="need")
    op.drop_index(op.f("ix_need_requested_at_id"), table_name="need")
