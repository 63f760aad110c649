"""what a fact waits for."""

import sqlalchemy as sa
from alembic import op

revision = "metrics_0002"
down_revision = "metrics_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pending", sa.Column("queue", sa.Text(), nullable=True))
    # What waits now waited for everything at once; each way of reckoning gets its own row.
    op.execute(
        "INSERT INTO pending (generation, queue, fact_id, known_at)"
        " SELECT p.generation, 'worker', p.fact_id, p.known_at FROM pending p JOIN fact f"
        " ON f.generation = p.generation AND f.id = p.fact_id WHERE f.kind LIKE 'allocation.allocation.%'"
    )
    op.execute(
        "UPDATE pending SET queue = CASE WHEN f.kind = 'allocation.worker.recorded' THEN 'worker'"
        " WHEN f.kind IN ('allocation.team.recorded', 'partners.agency.recorded') THEN 'label' ELSE 'family' END"
        " FROM fact f WHERE f.generation = pending.generation AND f.id = pending.fact_id AND pending.queue IS NULL"
    )
    op.alter_column("pending", "queue", nullable=False)
    op.create_check_constraint(op.f("ck_pending_queue"), "pending", "queue IN ('family', 'worker', 'label')")
    op.create_index(op.f("ix_pending_generation_fact_id"), "pending", ["generation", "fact_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_pending_generation_fact_id"), table_name="pending")
    op.execute("DELETE FROM pending p USING pending q WHERE p.fact_id = q.fact_id AND p.position > q.position")
    op.drop_column("pending", "queue")
