"""The areas that teams serve."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from services.referrals.tables import team


async def served(tx: Transaction) -> frozenset[str]:
    """Return every area that a team serves; none as long as no team is known."""
    return frozenset(area for row in await tx.rows(select(team.c.areas)) for area in row.areas)


async def keep(tx: Transaction, *, team_id: UUID, areas: Sequence[str]) -> None:
    """Store which areas a team serves now."""
    new = insert(team).values(id=team_id, areas=list(areas))
    await tx.do(new.on_conflict_do_update(index_elements=[team.c.id], set_={"areas": new.excluded.areas}))
