"""An agency's people and room over HTTP."""

from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.pagination import Page, WantedPage
from libs.kernel.deadline import local_day
from services.partners.commands import practitioners
from services.partners.commands.practitioners import Room
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Declaration
from services.partners.domain.practitioners import Practitioner, TeamShare, shares_on
from services.partners.queries import directory
from services.partners.queries.directory import Asked, DeclaredRoom
from services.partners.repository.visible import own_agency
from services.partners.schemas import directory as schemas

routes = router(tags=["practitioners and capacity"])


@routes.get("/practitioners", dependencies=[may("practitioners:read")])
async def list_practitioners(
    tx: Tx, wanted: WantedPage, agency_id: UUID | None = None, present: bool = True
) -> Page[schemas.PractitionerView]:
    """List practitioners, without those who left unless `present` is false; an agency lists its own."""
    found, following = await directory.practitioners_page(tx, wanted, agency_id=agency_id, present=present)
    return Page(items=[_practitioner_view(tx, one) for one in found], next=following)


@routes.post("/practitioners", status_code=201, dependencies=[may("practitioners:write")])
async def record_practitioner(tx: Tx, body: schemas.NewPractitioner) -> schemas.PractitionerView:
    """Record a practitioner of your agency."""
    joined = await practitioners.join(
        tx,
        Practitioner(
            id=body.id,
            agency_id=own_agency(tx),
            name=body.name,
            specialism=body.specialism,
            fte=body.fte,
            shares=_shares(body.shares),
            checked_on=body.checked_on,
            joined_on=body.joined_on,
        ),
        occurred_at=body.occurred_at,
    )
    return _practitioner_view(tx, joined)


@routes.get("/practitioners/{practitioner_id}", dependencies=[may("practitioners:read")])
async def read_practitioner(tx: Tx, practitioner_id: UUID) -> schemas.PractitionerView:
    """Read a practitioner."""
    return _practitioner_view(tx, await directory.practitioner(tx, practitioner_id))


@routes.put("/practitioners/{practitioner_id}", dependencies=[may("practitioners:write")])
async def change_practitioner(
    tx: Tx, practitioner_id: UUID, revision: IfMatch, body: schemas.PractitionerFacts
) -> schemas.PractitionerView:
    """Change a practitioner's name, hours, teams or background check."""
    changed = await practitioners.change(
        tx,
        practitioner_id,
        revision=revision,
        name=body.name,
        fte=body.fte,
        shares=_shares(body.shares),
        checked_on=body.checked_on,
        occurred_at=body.occurred_at,
    )
    return _practitioner_view(tx, changed)


@routes.post("/practitioners/{practitioner_id}:leave", dependencies=[may("practitioners:write")])
async def leave_practitioner(
    tx: Tx, practitioner_id: UUID, revision: IfMatch, body: schemas.Leaving
) -> schemas.PractitionerView:
    """Record that a practitioner leaves your agency."""
    left = await practitioners.leave(
        tx, practitioner_id, revision=revision, left_on=body.left_on, occurred_at=body.occurred_at
    )
    return _practitioner_view(tx, left)


@routes.get("/agencies/{agency_id}/capacity", dependencies=[may("capacity:read")])
async def read_capacity(tx: Tx, agency_id: UUID) -> schemas.CapacityView:
    """Read the room that an agency declared."""
    revision, declared = await directory.declared_by(tx, agency_id)
    return _capacity_view(agency_id, revision, declared)


@routes.put("/agencies/{agency_id}/capacity", dependencies=[may("capacity:write")])
async def declare_capacity(
    tx: Tx, agency_id: UUID, revision: IfMatch, body: schemas.CapacityBody
) -> schemas.CapacityView:
    """Declare all the room of your agency, per specialism and team; what is not named is taken back."""
    rooms = tuple(Room(**room.model_dump()) for room in body.rooms)
    held, declared = await practitioners.declare(
        tx, agency_id, revision=revision, rooms=rooms, occurred_at=body.occurred_at
    )
    return _capacity_view(agency_id, held, declared)


@routes.get("/capacity", dependencies=[may("capacity:read")])
async def list_capacity(
    tx: Tx, wanted: WantedPage, specialism: Specialism | None = None, team_id: UUID | None = None
) -> Page[schemas.DeclaredRoomView]:
    """List the room that agencies declared, with what it answers today; an agency lists its own."""
    found, following = await directory.capacity_page(tx, wanted, specialism=specialism, team_id=team_id)
    return Page(items=[_declared_view(room) for room in found], next=following)


@routes.post("/capacity:check", dependencies=[may("capacity:check")])
async def check_capacity(tx: Tx, body: schemas.Question) -> schemas.AnswersView:
    """Ask for room before you request: what every agency that offers the specialism answers, and who would be asked."""
    asked = await directory.check_capacity(tx, specialism=body.specialism, team_id=body.team_id)
    return schemas.AnswersView(agencies=[_answer_view(one) for one in asked])


def _shares(shares: tuple[schemas.Share, ...]) -> tuple[TeamShare, ...]:
    return tuple(TeamShare(share.team_id, share.fte) for share in shares)


def _practitioner_view(tx: Tx, practitioner: Practitioner) -> schemas.PractitionerView:
    given = shares_on(practitioner, on=local_day(tx.now))
    return schemas.PractitionerView.model_validate(replace(practitioner, shares=given))


def _capacity_view(agency_id: UUID, revision: int, declared: Iterable[Declaration]) -> schemas.CapacityView:
    rooms = [schemas.RoomView.model_validate(said) for said in declared]
    return schemas.CapacityView(id=agency_id, revision=revision, rooms=rooms)


def _declared_view(declared: DeclaredRoom) -> schemas.DeclaredRoomView:
    said, room = declared.declaration, declared.room
    return schemas.DeclaredRoomView(
        **{name: getattr(said, name) for name in schemas.RoomView.model_fields},
        agency_id=said.agency_id,
        taken=declared.taken,
        answer=room.answer,
        answer_expected_on=room.expected_on,
        is_stale=room.is_stale,
        staffed_fte=declared.staffed_fte,
    )


def _answer_view(asked: Asked) -> schemas.AnswerView:
    offer, room = asked.candidate.offer, asked.candidate.room
    return schemas.AnswerView(
        agency_id=offer.agency_id,
        agency_code=asked.candidate.agency_code,
        offer_id=offer.id,
        answer=room.answer,
        expected_on=room.expected_on,
        declared_on=room.declared_on,
        is_stale=room.is_stale,
        excluded=asked.excluded,
        is_first=asked.is_first,
    )
