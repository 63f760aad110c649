"""Where people live and lived, and how they are and were reached."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from libs.chassis import audit
from libs.chassis.database import Transaction
from services.referrals.domain.whereabouts import PointKind
from services.referrals.repository import people
from services.referrals.repository import whereabouts as repository


async def listed(tx: Transaction, person_id: UUID, *, on: date | None, kind: PointKind | None) -> Sequence[Row[Any]]:
    """Return a person's contact points, present and former; with `on` those that held on that day."""
    found, _ = await people.get(tx, person_id)
    audit.record(tx, "people:read", record_id=found.id)
    return await repository.listed(tx, found.id, on=on, kind=kind)


async def one(tx: Transaction, point_id: UUID) -> Row[Any]:
    """Return one contact point."""
    found = await repository.get(tx, point_id)
    audit.record(tx, "people:read", record_id=found.person_id)
    return found
