"""What partners say of adult practitioners: who works with which family, and how much room agencies have."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis.database import Transaction
from services.allocation.tables import practitioner_room, practitioner_work


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What an agency declared of its room for a specialism, in one team or for all."""

    capacity_id: UUID
    agency_id: UUID
    specialism: str
    team_id: UUID | None
    fte: float
    places: int
    waiting: int
    expected_on: date | None
    declared_on: date


async def begin(tx: Transaction, *, request_id: UUID, practitioner_id: UUID, family_id: UUID) -> None:
    """Keep that a practitioner works with a family, unless it is known to have ended."""
    statement = insert(practitioner_work).values(
        request_id=request_id, practitioner_id=practitioner_id, family_id=family_id, ended=False
    )
    await tx.do(statement.on_conflict_do_nothing())


async def replace(tx: Transaction, *, request_id: UUID, practitioner_id: UUID, family_id: UUID) -> None:
    """Keep that another practitioner took over, even from one whose beginning was never heard."""
    statement = insert(practitioner_work).values(
        request_id=request_id, practitioner_id=practitioner_id, family_id=family_id, ended=False
    )
    now = {"practitioner_id": statement.excluded.practitioner_id}
    await tx.do(statement.on_conflict_do_update(index_elements=["request_id"], set_=now))


async def call_off(tx: Transaction, *, request_id: UUID) -> None:
    """Keep that the work a request led to counts no longer; one that led to none is nothing here."""
    await tx.do(update(practitioner_work).where(practitioner_work.c.request_id == request_id).values(ended=True))


async def finish(tx: Transaction, *, request_id: UUID, practitioner_id: UUID, family_id: UUID) -> None:
    """Keep that the work ended, even when its beginning was never heard."""
    statement = insert(practitioner_work).values(
        request_id=request_id, practitioner_id=practitioner_id, family_id=family_id, ended=True
    )
    await tx.do(statement.on_conflict_do_update(index_elements=["request_id"], set_={"ended": True}))


async def move_family(tx: Transaction, *, merged: UUID, into: UUID) -> None:
    """Let practitioners of a merged family belong to the one that stays."""
    await tx.do(update(practitioner_work).where(practitioner_work.c.family_id == merged).values(family_id=into))


async def declare_room(tx: Transaction, room: Room) -> None:
    """Keep an agency's last word on its room; an older one changes nothing."""
    values = {name: getattr(room, name) for name in Room.__dataclass_fields__}
    statement = insert(practitioner_room).values(values)
    await tx.do(
        statement.on_conflict_do_update(
            index_elements=["capacity_id"],
            set_=values,
            where=practitioner_room.c.declared_on <= room.declared_on,
        )
    )


async def room_of_team(tx: Transaction, team_id: UUID) -> list[Room]:
    """Return what agencies declared for a team, and for all teams."""
    query = select(practitioner_room).where(
        or_(practitioner_room.c.team_id == team_id, practitioner_room.c.team_id.is_(None))
    )
    rows = await tx.rows(query.order_by(practitioner_room.c.specialism, practitioner_room.c.capacity_id))
    return [Room(**row._mapping) for row in rows]  # noqa: SLF001 - the documented mapping view
