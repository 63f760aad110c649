"""An agency's own people, and the room that it declares."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from libs.chassis import audit
from libs.chassis.database import Transaction
from libs.chassis.outbox import emit, happened_at
from libs.contracts import partners as events
from libs.kernel.deadline import local_day
from libs.kernel.errors import Conflict, NotFound
from libs.kernel.ids import derived_id
from services.partners import tables
from services.partners.commands import routing
from services.partners.domain import capacity, practitioners
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Declaration, ImpossibleDeclaration
from services.partners.domain.practitioners import Practitioner, TeamShare
from services.partners.repository import directory
from services.partners.repository.directory import need_revision
from services.partners.repository.visible import own_agency


class PractitionerKnown(Conflict):
    """There is a practitioner with that id."""

    slug = "practitioner-known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What an agency says of one specialism in one team, or in all."""

    specialism: Specialism
    team_id: UUID | None
    fte: float
    places: int
    waiting: int
    expected_on: date | None


async def join(tx: Transaction, practitioner: Practitioner, *, occurred_at: datetime | None) -> Practitioner:
    """Record a practitioner of the caller's agency."""
    at = happened_at(tx, occurred_at)
    await directory.agency(tx, practitioner.agency_id)
    if await directory.practitioner(tx, practitioner.id) is not None:
        raise PractitionerKnown("Change the record instead.")
    row = directory.practitioner_row(practitioners.check(practitioner))
    await tx.add(tables.practitioner, row | {"said_active": _is_active(tx, practitioner)})
    _say(tx, practitioner, at=at)
    audit.record(tx, "practitioners:join", record_id=practitioner.id)
    return practitioner


async def change(
    tx: Transaction,
    practitioner_id: UUID,
    *,
    revision: int,
    name: str,
    fte: float,
    shares: tuple[TeamShare, ...],
    checked_on: date | None,
    occurred_at: datetime | None,
) -> Practitioner:
    """Change a practitioner's name, hours, teams or check."""
    at = happened_at(tx, occurred_at)
    before = await _own(tx, practitioner_id, revision=revision)
    after = replace(
        practitioners.share_out(before, fte=fte, shares=shares, today=local_day(tx.now)),
        name=name,
        checked_on=checked_on,
    )
    return await _keep(tx, after, action="practitioners:change", at=at)


async def leave(
    tx: Transaction, practitioner_id: UUID, *, revision: int, left_on: date, occurred_at: datetime | None
) -> Practitioner:
    """Record that a practitioner leaves; the adults they work with stand on the work list until another is named."""
    at = happened_at(tx, occurred_at)
    before = await _own(tx, practitioner_id, revision=revision)
    after = practitioners.leave(before, left_on=left_on, today=local_day(tx.now))
    return await _keep(tx, after, action="practitioners:leave", at=at)


async def say_who_came_or_left(tx: Transaction) -> int:
    """Say of each practitioner whose first day, or first day gone, has come since they were last spoken of; return how many."""
    kept, today = tables.practitioner.c, local_day(tx.now)
    is_active = and_(kept.joined_on <= today, or_(kept.left_on.is_(None), kept.left_on > today))
    rows = await tx.rows(
        update(tables.practitioner)
        .where(kept.said_active != is_active)
        .values(said_active=is_active)
        .returning(tables.practitioner)
    )
    for row in rows:
        _say(tx, directory.practitioner_of(row), at=tx.now)
    return len(rows)


async def declare(
    tx: Transaction, agency_id: UUID, *, revision: int, rooms: tuple[Room, ...], occurred_at: datetime | None
) -> tuple[int, tuple[Declaration, ...]]:
    """Declare the whole room of the caller's agency; return its revision and what stands. What is not named is taken back."""
    at = happened_at(tx, occurred_at)
    if agency_id != own_agency(tx):
        raise NotFound
    words = tuple(_word(tx, agency_id, room, at=at) for room in rooms)
    if len({word.id for word in words}) != len(words):
        raise ImpossibleDeclaration("Each specialism is declared once for a team.", at="/rooms")
    changed = await _take_revision(tx, agency_id, revision=revision)
    gone = await _replace(tx, agency_id, words, at=at)
    for word in (*words, *gone):
        emit(tx, _declared(word), occurred_at=at)
    with_places = {word.specialism for word in words if capacity.offers_places(word)}
    if with_places:
        await routing.look_again(tx, tables.need.c.specialism.in_(with_places))
    audit.record(tx, "capacity:declare", record_id=agency_id)
    return changed, words


def _word(tx: Transaction, agency_id: UUID, room: Room, *, at: datetime) -> Declaration:
    word = Declaration(
        id=derived_id("partners", "capacity", agency_id, room.specialism, room.team_id),
        agency_id=agency_id,
        specialism=room.specialism,
        team_id=room.team_id,
        fte=room.fte,
        places=room.places,
        waiting=room.waiting,
        expected_on=room.expected_on,
        declared_on=local_day(at),
    )
    return capacity.declare(word, today=local_day(tx.now))


async def _take_revision(tx: Transaction, agency_id: UUID, *, revision: int) -> int:
    kept = tables.agency.c
    row = await tx.row(select(kept.room_revision).where(kept.id == agency_id).with_for_update())
    if row is None:
        raise NotFound
    need_revision(row.room_revision, revision)
    await tx.do(tables.agency.update().where(kept.id == agency_id).values(room_revision=revision + 1))
    return revision + 1


async def _replace(
    tx: Transaction, agency_id: UUID, words: tuple[Declaration, ...], *, at: datetime
) -> tuple[Declaration, ...]:
    """Keep these declarations and none besides; return those that went, as saying that there is no room."""
    kept = tables.capacity.c
    gone = await tx.rows(
        delete(tables.capacity)
        .where(kept.agency_id == agency_id, kept.id.not_in([word.id for word in words]))
        .returning(kept.id, kept.specialism, kept.team_id)
    )
    if words:
        names = ("id", "agency_id", "specialism", "team_id", "fte", "places", "waiting", "expected_on", "declared_on")
        rows = [{name: getattr(word, name) for name in names} | {"declared_at": at} for word in words]
        statement = insert(tables.capacity).values(rows)
        said = ("fte", "places", "waiting", "expected_on", "declared_on", "declared_at")
        await tx.do(
            statement.on_conflict_do_update(
                index_elements=["id"], set_={name: statement.excluded[name] for name in said}
            )
        )
    return tuple(
        Declaration(
            id=row.id,
            agency_id=agency_id,
            specialism=Specialism(row.specialism),
            team_id=row.team_id,
            fte=0.0,
            places=0,
            waiting=0,
            expected_on=None,
            declared_on=local_day(at),
        )
        for row in gone
    )


def _declared(word: Declaration) -> events.CapacityDeclared:
    return events.CapacityDeclared(
        capacity_id=word.id,
        agency_id=word.agency_id,
        specialism=word.specialism.value,
        team_id=word.team_id,
        fte=word.fte,
        places=word.places,
        waiting=word.waiting,
        expected_on=word.expected_on,
        declared_on=word.declared_on,
    )


async def _own(tx: Transaction, practitioner_id: UUID, *, revision: int) -> Practitioner:
    found = await directory.practitioner(tx, practitioner_id)
    if found is None or found.agency_id != own_agency(tx):
        raise NotFound
    need_revision(found.revision, revision)
    return found


async def _keep(tx: Transaction, after: Practitioner, *, action: str, at: datetime) -> Practitioner:
    row = directory.practitioner_row(after)
    values = {name: row[name] for name in ("name", "fte", "shares", "checked_on", "left_on")} | {
        "said_active": _is_active(tx, after)
    }
    revision = await tx.change(tables.practitioner, id=after.id, revision=after.revision, **values)
    _say(tx, after, at=at)
    audit.record(tx, action, record_id=after.id)
    return replace(after, revision=revision)


def _say(tx: Transaction, practitioner: Practitioner, *, at: datetime) -> None:
    emit(
        tx,
        events.PractitionerRecorded(
            practitioner_id=practitioner.id,
            agency_id=practitioner.agency_id,
            specialism=practitioner.specialism.value,
            teams=tuple(share.team_id for share in practitioners.shares_on(practitioner, on=local_day(tx.now))),
            fte=practitioner.fte,
            active=_is_active(tx, practitioner),
        ),
        occurred_at=at,
    )


def _is_active(tx: Transaction, practitioner: Practitioner) -> bool:
    return practitioners.is_active(practitioner, on=local_day(tx.now))
