"""People, families, relationships, protected details and candidates, as callers send and read them."""

from datetime import date
from typing import Annotated, ClassVar
from uuid import UUID

from pydantic import Field, StringConstraints

from libs.chassis.fields import Body, CodeText, Day, Flag, Line, Resource, View, Whole
from libs.kernel.codes import Disability, Ethnicity, Sex, UpnUnknown
from libs.kernel.ids import new_id
from services.referrals.domain.household import Person
from services.referrals.domain.intake import Shielded, SourceKey, Told, Whereabouts
from services.referrals.domain.matching import RuleCode
from services.referrals.domain.protected import ContactKind, Secret
from services.referrals.domain.relationships import Relation
from services.referrals.domain.searching import Fit

Name = Annotated[Line, Field(description="In any script")]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9 -]+$")]
Postcode = Annotated[str, StringConstraints(min_length=5, max_length=10, pattern=r"^[A-Za-z0-9 ]+$")]


class Source(Body):
    """What another system calls the record."""

    system: CodeText
    id: CodeText

    def key(self) -> SourceKey:
        """Return it as the rules take it."""
        return SourceKey(self.system, self.id)


class NewAddress(Body):
    """Where a person lives; nothing here is protected."""

    line: Line
    postcode: Postcode | None = None


class NewShielded(Body):
    """A detail that must stay hidden from the start."""

    kind: ContactKind
    value: Annotated[Line, Field(repr=False)]


class PersonDetails(Body):
    """What is told of a person."""

    given_name: Name | None = None
    family_name: Name | None = None
    birth_date: Day | None = None
    expected_date: Day | None = None
    sex: Sex = Sex.U
    died_on: Day | None = None
    ethnicity: Ethnicity | None = None
    disabilities: Annotated[list[Disability], Field(max_length=13)] = []
    nhs_number: Identifier | None = None
    upn: Identifier | None = None
    upn_unknown: UpnUnknown | None = None
    la_child_id: Identifier | None = None
    extended_to_25: Flag = False


class NewPerson(PersonDetails):
    """A person: known by `person_id`, or told of with what is known."""

    person_id: UUID | None = None
    source: Source | None = None
    addresses: Annotated[list[NewAddress], Field(max_length=5)] = []
    telephone: Line | None = None
    email: Line | None = None
    protected: Annotated[list[NewShielded], Field(max_length=5)] = []

    def told(self) -> Told:
        """Return the person as the rules take them."""
        details = self.model_dump(include=set(PersonDetails.model_fields), exclude={"given_name", "family_name"})
        others = (("telephone", self.telephone), ("email", self.email))
        return Told(
            person=Person(
                id=self.person_id or new_id(),
                given_name=self.given_name or "",
                family_name=self.family_name or "",
                **{**details, "disabilities": tuple(self.disabilities)},
            ),
            known=self.person_id is not None,
            source=self.source.key() if self.source else None,
            whereabouts=(
                *(Whereabouts(kind="address", value=one.line, postcode=one.postcode) for one in self.addresses),
                *(Whereabouts(kind=kind, value=value) for kind, value in others if value),
            ),
            shielded=tuple(Shielded(kind=one.kind, value=Secret(one.value)) for one in self.protected),
        )


class Correction(Body):
    """What is to be corrected; what is left out stays, null takes away."""

    given_name: Name | None = None
    family_name: Name | None = None
    birth_date: Day | None = None
    expected_date: Day | None = None
    sex: Sex | None = None
    died_on: Day | None = None
    ethnicity: Ethnicity | None = None
    disabilities: Annotated[list[Disability], Field(max_length=13)] | None = None
    nhs_number: Identifier | None = None
    upn: Identifier | None = None
    upn_unknown: UpnUnknown | None = None
    la_child_id: Identifier | None = None
    extended_to_25: Flag | None = None

    #: What a person cannot be without, and what stands for its absence.
    _absent: ClassVar[dict[str, object]] = {
        "given_name": "",
        "family_name": "",
        "sex": Sex.U,
        "disabilities": (),
        "extended_to_25": False,
    }

    def changes(self) -> dict[str, object]:
        """Return what was sent, as the rules take it."""
        told: dict[str, object] = self.model_dump(exclude_unset=True)
        for name, value in told.items():
            if value is None:
                told[name] = self._absent.get(name)
            elif isinstance(value, list):
                told[name] = tuple(value)
        return told


class Birth(Body):
    """The birth of a child who was expected."""

    birth_date: Day
    sex: Sex
    given_name: Name | None = None
    family_name: Name | None = None


class NewRelationship(Body):
    """What the person is to the other."""

    other_id: UUID
    relation: Relation
    from_on: Day | None = None
    until_on: Day | None = None
    parental_responsibility: Flag = False


class EndedRelationship(Body):
    """Until when they were related."""

    until_on: Day


class NewProtected(Body):
    """A detail to keep hidden; `kept_from` are those who must never learn it, with `keep_earlier` no other one ends."""

    kind: ContactKind
    value: Annotated[Line, Field(repr=False)]
    kept_from: Annotated[list[UUID], Field(max_length=20)] = []
    from_on: Day | None = None
    keep_earlier: Flag = False


class Reason(Body):
    """Why, in a sentence."""

    reason: Line


class PeopleSearch(Body):
    """Who is sought; the more is told, the surer the answer."""

    given_name: Name | None = None
    family_name: Name | None = None
    birth_date: Day | None = None
    birth_year: Annotated[Whole, Field(ge=1900, le=2200)] | None = None
    expected_date: Day | None = None
    sex: Sex = Sex.U
    address: Line | None = None
    postcode: Postcode | None = None
    nhs_number: Identifier | None = None
    upn: Identifier | None = None
    la_child_id: Identifier | None = None
    limit: Annotated[Whole, Field(ge=1, le=50, description="How many to show")] = 20


class RuleHit(View):
    """One rule that spoke for or against."""

    rule: RuleCode
    points: int
    sentence: str


class PersonSummary(View):
    """Who it is, in one line."""

    id: UUID
    given_name: str
    family_name: str
    birth_date: date | None
    expected_date: date | None
    sex: Sex


class OpenReferral(View):
    """A referral about the person that is open now."""

    id: UUID
    reference: str
    state: str


class PersonFound(View):
    """Somebody known who may be the one sought, and why."""

    person: PersonSummary
    fit: Annotated[Fit, Field(description="How much of what was asked for the person has")]
    points: int
    hits: list[RuleHit]
    families: list[UUID]
    open_referrals: list[OpenReferral]


class PeopleFound(View):
    """Who may be meant, the best fit first."""

    found: list[PersonFound]
    more: Annotated[bool, Field(description="Whether there are more; the more is told, the fewer")]


class RelationshipView(View):
    """What the person is to the other, as told from the person's side."""

    id: UUID
    revision: int
    other_id: UUID
    relation: Relation
    from_on: date | None
    until_on: date | None
    parental_responsibility: bool


class RelationshipResource(Resource):
    """What one person is to another."""

    path: ClassVar[str] = "/v1/relationships"

    person_id: UUID
    other_id: UUID
    relation: Relation
    from_on: date | None
    until_on: date | None
    parental_responsibility: bool


class PersonResource(Resource):
    """A person; protected details are not here, only whether there are any."""

    path: ClassVar[str] = "/v1/people"

    given_name: str
    family_name: str
    birth_date: date | None
    expected_date: date | None
    sex: Sex
    died_on: date | None
    ethnicity: Ethnicity | None
    disabilities: list[Disability]
    nhs_number: str | None
    upn: str | None
    upn_unknown: UpnUnknown | None
    la_child_id: str | None
    extended_to_25: bool


class ProtectedView(View):
    """Which protected detail there is; not what it says."""

    id: UUID
    revision: int
    kind: ContactKind
    kept_from: list[UUID]
    from_on: date
    until_on: date | None


class ProtectedPage(View):
    """Which protected details a person has."""

    items: list[ProtectedView]


class Revealed(View):
    """One protected detail, shown for a purpose that was written down."""

    id: UUID
    person_id: UUID
    kind: ContactKind
    value: Annotated[str, Field(repr=False)]
