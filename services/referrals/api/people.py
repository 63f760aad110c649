"""People and their relationships."""

from uuid import UUID

from libs.chassis.edge import IfMatch, Tx, at_most, may, router
from libs.kernel.ids import new_id
from services.referrals.commands import people
from services.referrals.commands.matching import SCHEME, similarity
from services.referrals.commands.people import Saved
from services.referrals.domain.matching import Traits
from services.referrals.queries import people as queries
from services.referrals.schemas.people import (
    Birth,
    Correction,
    EndedRelationship,
    NewRelationship,
    OpenReferral,
    PeopleFound,
    PeopleSearch,
    PersonFound,
    PersonResource,
    PersonSummary,
    RelationshipResource,
    RelationshipView,
    RuleHit,
)
from services.referrals.schemas.whereabouts import ContactPoint, PersonView

routes = router(tags=["people"])


@routes.post("/people/search", dependencies=[may("people:search"), at_most(30, seconds=60)])
async def search_people(tx: Tx, body: PeopleSearch) -> PeopleFound:
    """Seek somebody by what is known of them: who fits it, how well and why, and which referrals about them are open.

    A family name alone will do. `fit` says how much of what was asked for the person has, not whether it is them.
    """
    suspects = await queries.search(
        tx,
        Traits(
            person_id=new_id(),
            given_name=body.given_name or "",
            family_name=body.family_name or "",
            birth_date=body.birth_date,
            expected_date=body.expected_date,
            sex=body.sex,
            postcodes=frozenset({body.postcode} if body.postcode else ()),
            addresses=frozenset({body.address} if body.address else ()),
            nhs_number=body.nhs_number,
            upn=body.upn,
            la_child_id=body.la_child_id,
        ),
        birth_year=body.birth_year,
        limit=body.limit,
        similarity=similarity,
        scheme=SCHEME,
    )
    return PeopleFound(
        found=[
            PersonFound(
                person=PersonSummary.model_validate(one.person),
                fit=one.lead.fit,
                points=one.lead.points,
                hits=[RuleHit.model_validate(hit) for hit in one.lead.hits],
                families=list(one.families),
                open_referrals=[OpenReferral.model_validate(row) for row in one.open_referrals],
            )
            for one in suspects.shown
        ],
        more=suspects.more,
    )


def _resource(saved: Saved) -> PersonResource:
    told = {name: getattr(saved.person, name) for name in PersonResource.model_fields if name != "revision"}
    return PersonResource.model_validate(told | {"revision": saved.revision})


@routes.get("/people/{person_id}", dependencies=[may("people:read")])
async def read_person(tx: Tx, person_id: UUID) -> PersonView:
    """Read a person with their present whereabouts; of protected details only whether there are any."""
    whole = await queries.whole(tx, person_id)
    return PersonView.model_validate(
        _resource(Saved(whole.person, whole.revision)).model_dump()
        | {
            "has_protected_details": whole.has_protected_details,
            "whereabouts": [ContactPoint.model_validate(row) for row in whole.whereabouts],
            "families": list(whole.families),
            "relationships": [
                RelationshipView(
                    id=one.id,
                    revision=revision,
                    other_id=one.other_id,
                    relation=one.relation,
                    from_on=one.from_on,
                    until_on=one.until_on,
                    parental_responsibility=one.parental_responsibility,
                )
                for one, revision in whole.relationships
            ],
        }
    )


@routes.patch("/people/{person_id}", dependencies=[may("people:record")])
async def correct_person(tx: Tx, person_id: UUID, revision: IfMatch, body: Correction) -> PersonResource:
    """Correct what is recorded about a person; what is left out stays."""
    return _resource(await people.correct(tx, person_id=person_id, revision=revision, changes=body.changes()))


@routes.post("/people/{person_id}:record-birth", dependencies=[may("people:record-birth")])
async def record_birth(tx: Tx, person_id: UUID, revision: IfMatch, body: Birth) -> PersonResource:
    """Record that an expected child was born: the birth date replaces the expected date."""
    return _resource(
        await people.record_birth(
            tx,
            person_id=person_id,
            revision=revision,
            birth_date=body.birth_date,
            sex=body.sex,
            given_name=body.given_name,
            family_name=body.family_name,
        )
    )


@routes.post("/people/{person_id}/relationships", status_code=201, dependencies=[may("people:relate")])
async def relate_people(tx: Tx, person_id: UUID, body: NewRelationship) -> RelationshipResource:
    """Record what a person is to another; the inverse is read from the other side."""
    told = await people.relate(
        tx,
        person_id=person_id,
        other_id=body.other_id,
        relation=body.relation,
        from_on=body.from_on,
        until_on=body.until_on,
        parental_responsibility=body.parental_responsibility,
    )
    return RelationshipResource.model_validate(_related(told) | {"revision": 1})


@routes.get("/relationships/{relationship_id}", dependencies=[may("people:read")])
async def read_relationship(tx: Tx, relationship_id: UUID) -> RelationshipResource:
    """Read what one person is to another, as it is stored: the elder first."""
    told, revision = await queries.relationship(tx, relationship_id)
    return RelationshipResource.model_validate(_related(told) | {"revision": revision})


@routes.post("/relationships/{relationship_id}:end", dependencies=[may("people:end-relationship")])
async def end_relationship(
    tx: Tx, relationship_id: UUID, revision: IfMatch, body: EndedRelationship
) -> RelationshipResource:
    """Record until when two people were related."""
    ended, saved = await people.end_relationship(
        tx, relationship_id=relationship_id, revision=revision, until_on=body.until_on
    )
    return RelationshipResource.model_validate(_related(ended) | {"revision": saved})


def _related(one: object) -> dict[str, object]:
    return {name: getattr(one, name) for name in RelationshipResource.model_fields if name != "revision"}
