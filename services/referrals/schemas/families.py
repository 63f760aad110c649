"""Families as callers send and read them."""

from datetime import date
from typing import ClassVar
from uuid import UUID

from libs.chassis.fields import Body, Day, Note, Resource, View
from services.referrals.domain.household import Part
from services.referrals.domain.relationships import Relation
from services.referrals.schemas.people import NewPerson, PersonSummary


class NewMember(Body):
    """Somebody who belongs to the family from a day on."""

    person: NewPerson
    part: Part
    from_on: Day | None = None


class EndedMembership(Body):
    """Until when somebody belonged to the family."""

    until_on: Day | None = None


class Merging(Body):
    """Which record goes into this one, and why they are one family."""

    merged_family_id: UUID
    reason: Note


class MemberView(View):
    """Somebody's time in the family."""

    person: PersonSummary
    part: Part
    from_on: date
    until_on: date | None
    has_protected_details: bool


class FamilyRelationship(View):
    """How two members are related."""

    id: UUID
    person_id: UUID
    other_id: UUID
    relation: Relation
    from_on: date | None
    until_on: date | None
    parental_responsibility: bool


class FamilyReferral(View):
    """A referral of the family, in one line."""

    id: UUID
    reference: str
    state: str
    received_on: date


class FamilyView(Resource):
    """A family: who belongs or belonged to it, how they are related, which referrals there were."""

    path: ClassVar[str] = "/v1/families"

    members: list[MemberView]
    relationships: list[FamilyRelationship]
    referrals: list[FamilyReferral]


class ExposureView(View):
    """Both are in the family now; the second must not learn a detail of the first."""

    person_id: UUID
    kept_from: UUID


class MergedView(Resource):
    """The family that stays, and what to be careful about."""

    path: ClassVar[str] = "/v1/families"

    merged_family_id: UUID
    people: list[UUID]
    warnings: list[ExposureView]
