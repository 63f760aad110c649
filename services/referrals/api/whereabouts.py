"""Addresses and numbers, ordinary and protected, and their times; also when a whole household moves."""

from uuid import UUID

from fastapi import Response

from libs.chassis.edge import IfMatch, Tx, may, router
from libs.chassis.fields import Day
from services.referrals.commands import people
from services.referrals.commands import whereabouts as commands
from services.referrals.domain.protected import Purpose, Secret
from services.referrals.domain.whereabouts import PointKind
from services.referrals.queries import people as people_queries
from services.referrals.queries import whereabouts as queries
from services.referrals.schemas.people import NewProtected, ProtectedPage, ProtectedView, Revealed
from services.referrals.schemas.whereabouts import (
    ContactPoint,
    ContactPoints,
    CorrectedSpell,
    Ended,
    HouseholdMove,
    HouseholdMoved,
    NewHome,
    NewNumber,
    ProtectedSpell,
    SpellResource,
)

routes = router(tags=["whereabouts"])


@routes.post("/people/{person_id}/addresses", status_code=201, dependencies=[may("people:record-address")])
async def record_address(tx: Tx, person_id: UUID, body: NewHome) -> SpellResource:
    """Record where a person lives from a day on: the earlier address ends, and stays readable as a former one."""
    return await _record(tx, person_id, body)


@routes.post("/people/{person_id}/contact-points", status_code=201, dependencies=[may("people:record-contact-point")])
async def record_contact_point(tx: Tx, person_id: UUID, body: NewNumber) -> SpellResource:
    """Record how a person is reached from a day on: the earlier number of the kind ends, unless both hold."""
    return await _record(tx, person_id, body)


async def _record(tx: Tx, person_id: UUID, body: NewHome | NewNumber) -> SpellResource:
    spell = await commands.record(
        tx,
        person_id=person_id,
        told=body.told(),
        from_on=body.from_on,
        until_on=body.until_on,
        keep_earlier=body.keep_earlier,
    )
    return SpellResource.model_validate(spell)


@routes.get("/people/{person_id}/contact-points", dependencies=[may("people:read")])
async def list_contact_points(
    tx: Tx, person_id: UUID, on: Day | None = None, kind: PointKind | None = None
) -> ContactPoints:
    """List where a person lives and lived, and how they are and were reached; with `on` as it was on that day."""
    return ContactPoints(
        items=[ContactPoint.model_validate(row) for row in await queries.listed(tx, person_id, on=on, kind=kind)]
    )


@routes.get("/contact-points/{point_id}", dependencies=[may("people:read")])
async def read_contact_point(tx: Tx, point_id: UUID) -> ContactPoint:
    """Read one address or number with its time."""
    return ContactPoint.model_validate(await queries.one(tx, point_id))


@routes.post("/contact-points/{point_id}:end", dependencies=[may("people:end-contact-point")])
async def end_contact_point(tx: Tx, point_id: UUID, revision: IfMatch, body: Ended) -> SpellResource:
    """Record until when somebody lived there or could be reached so, where nothing new is known."""
    return SpellResource.model_validate(
        await commands.end(tx, point_id=point_id, revision=revision, until_on=body.until_on)
    )


@routes.patch("/contact-points/{point_id}", dependencies=[may("people:correct-contact-point")])
async def correct_contact_point(tx: Tx, point_id: UUID, revision: IfMatch, body: CorrectedSpell) -> SpellResource:
    """Correct a wrong day; the audit keeps the days that were recorded before."""
    return SpellResource.model_validate(
        await commands.correct(tx, point_id=point_id, revision=revision, changes=body.changes())
    )


@routes.post("/families/{family_id}:move", dependencies=[may("families:move")])
async def move_household(tx: Tx, family_id: UUID, revision: IfMatch, body: HouseholdMove) -> HouseholdMoved:
    """Record where the named members live from a day on: the earlier address of each ends.

    The answer names who is still recorded where they left; nobody whose address is protected is moved openly.
    """
    moved = await commands.move_household(
        tx, family_id=family_id, revision=revision, members=body.members, told=body.told(), from_on=body.from_on
    )
    return HouseholdMoved(
        id=family_id,
        revision=moved.revision,
        moved=[SpellResource.model_validate(one) for one in moved.spells],
        still_there=sorted(moved.still_there),
    )


@routes.get("/people/{person_id}/protected-contact-points", dependencies=[may("people:read-protected")])
async def list_protected_contact_points(tx: Tx, person_id: UUID) -> ProtectedPage:
    """List which protected details a person has, none of what they say."""
    return ProtectedPage(
        items=[ProtectedView.model_validate(row) for row in await people_queries.protected_details(tx, person_id)]
    )


@routes.post("/people/{person_id}/protected-contact-points", status_code=201, dependencies=[may("people:protect")])
async def protect_contact_point(tx: Tx, person_id: UUID, body: NewProtected) -> ProtectedView:
    """Keep a detail hidden from everybody who does not ask for it with a purpose: the earlier one of the kind ends."""
    point = await commands.protect(
        tx,
        person_id=person_id,
        kind=body.kind,
        value=Secret(body.value),
        kept_from=frozenset(body.kept_from),
        from_on=body.from_on,
        keep_earlier=body.keep_earlier,
    )
    return ProtectedView(
        id=point.id,
        revision=1,
        kind=point.kind,
        kept_from=sorted(point.kept_from),
        from_on=point.from_on,
        until_on=point.until_on,
    )


# A read and no POST: the answer to a POST would be kept with its idempotency key, and with it the detail.
@routes.get("/protected-contact-points/{point_id}", dependencies=[may("people:reveal")])
async def reveal_contact_point(tx: Tx, point_id: UUID, purpose: Purpose, response: Response) -> Revealed:
    """Show one protected detail for a purpose; who saw it and why is written down before it leaves."""
    point = await people.reveal(tx, point_id=point_id, purpose=purpose)
    response.headers["cache-control"] = "no-store"
    return Revealed(id=point.id, person_id=point.person_id, kind=point.kind, value=point.value.reveal())


@routes.post("/protected-contact-points/{point_id}:end", dependencies=[may("people:end-protected")])
async def end_protected_contact_point(tx: Tx, point_id: UUID, revision: IfMatch, body: Ended) -> ProtectedSpell:
    """Record until when a protected detail held; it stays sealed, and is shown only for a purpose."""
    return ProtectedSpell.model_validate(
        await commands.end_protected(tx, point_id=point_id, revision=revision, until_on=body.until_on)
    )


@routes.patch("/protected-contact-points/{point_id}", dependencies=[may("people:correct-protected")])
async def correct_protected_contact_point(
    tx: Tx, point_id: UUID, revision: IfMatch, body: CorrectedSpell
) -> ProtectedSpell:
    """Correct a wrong day of a protected detail; the audit keeps the days that were recorded before."""
    return ProtectedSpell.model_validate(
        await commands.correct_protected(tx, point_id=point_id, revision=revision, changes=body.changes())
    )
