"""Families: who belongs to one, and two records that become one."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, may, router
from services.referrals.commands import families
from services.referrals.queries import people as queries
from services.referrals.schemas.families import (
    EndedMembership,
    ExposureView,
    FamilyReferral,
    FamilyRelationship,
    FamilyView,
    MemberView,
    MergedView,
    Merging,
    NewMember,
)
from services.referrals.schemas.people import PersonSummary

routes = router(tags=["families"])


@routes.get("/families/{family_id}", dependencies=[may("families:read")])
async def read_family(tx: Tx, family_id: UUID) -> FamilyView:
    """Read a family: who belongs or belonged to it, how they are related, and its referrals."""
    whole = await queries.whole_family(tx, family_id)
    return FamilyView(
        id=whole.family.id,
        revision=whole.revision,
        members=[
            MemberView(
                person=PersonSummary.model_validate(row),
                part=one.part,
                from_on=one.from_on,
                until_on=one.until_on,
                has_protected_details=hidden,
            )
            for one, row, hidden in whole.members
        ],
        relationships=[FamilyRelationship.model_validate(one) for one in whole.relationships],
        referrals=[
            FamilyReferral(id=row.id, reference=row.reference, state=row.state, received_on=received_on)
            for row, received_on in whole.referrals
        ],
    )


@routes.post("/families/{family_id}/members", status_code=201, dependencies=[may("families:add-member")])
async def add_member(tx: Tx, family_id: UUID, revision: IfMatch, body: NewMember) -> FamilyView:
    """Let somebody, known or new, belong to the family from a day on."""
    await families.add_member(
        tx,
        family_id=family_id,
        revision=revision,
        told=body.person.told(),
        part=body.part,
        from_on=body.from_on,
    )
    return await read_family(tx=tx, family_id=family_id)


@routes.post("/families/{family_id}/members/{person_id}:end", dependencies=[may("families:end-membership")])
async def end_membership(
    tx: Tx, family_id: UUID, person_id: UUID, revision: IfMatch, body: EndedMembership
) -> FamilyView:
    """Let somebody belong to the family no longer; that they did stays readable."""
    await families.end_membership(
        tx, family_id=family_id, revision=revision, person_id=person_id, until_on=body.until_on
    )
    return await read_family(tx=tx, family_id=family_id)


@routes.post("/families/{family_id}:merge", dependencies=[may("families:merge")])
async def merge_families(tx: Tx, family_id: UUID, revision: IfMatch, body: Merging) -> MergedView:
    """Make one family of two records of it; the answer warns where somebody is protected from somebody."""
    merged = await families.merge(
        tx,
        family_id=family_id,
        revision=revision,
        merged_family_id=body.merged_family_id,
        reason=body.reason,
    )
    return MergedView(
        id=family_id,
        revision=revision + 1,
        merged_family_id=merged.merged_family_id,
        people=list(merged.people),
        warnings=[ExposureView.model_validate(one) for one in merged.warnings],
    )
