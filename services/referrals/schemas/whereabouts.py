"""Addresses, numbers and the times of protected details, as callers send and read them."""

from datetime import date
from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from libs.chassis.fields import Body, Day, Flag, Line, Resource, View
from services.referrals.domain.intake import Whereabouts
from services.referrals.domain.whereabouts import PointKind
from services.referrals.schemas.people import PersonResource, Postcode, RelationshipView


class NewAddress(Body):
    """Where somebody lives from a day on, without it from today; nothing here is protected."""

    line: Line
    postcode: Postcode | None = None
    from_on: Day | None = None

    def told(self) -> Whereabouts:
        """Return it as the rules take it."""
        return Whereabouts(kind=PointKind.ADDRESS, value=self.line, postcode=self.postcode)


class NewHome(NewAddress):
    """A new address of one person; with `until_on` a former one, and with `keep_earlier` one of two homes."""

    until_on: Day | None = None
    keep_earlier: Flag = False


class NewNumber(Body):
    """A new telephone number or mail address; nothing here is protected."""

    kind: Literal[PointKind.TELEPHONE, PointKind.EMAIL]
    value: Line
    from_on: Day | None = None
    until_on: Day | None = None
    keep_earlier: Flag = False

    def told(self) -> Whereabouts:
        """Return it as the rules take it."""
        return Whereabouts(kind=self.kind, value=self.value)


class HouseholdMove(NewAddress):
    """The new address of those members of a family who moved together."""

    members: Annotated[list[UUID], Field(min_length=1, max_length=80)]


class Ended(Body):
    """The first day on which it no longer held; without it today."""

    until_on: Day | None = None


class CorrectedSpell(Body):
    """Since when and until when it held in truth; what is left out stays, a null `until_on` says that it holds on."""

    from_on: Day | None = None
    until_on: Day | None = None

    def changes(self) -> dict[str, date | None]:
        """Return what was sent, as the rules take it."""
        told: dict[str, date | None] = self.model_dump(exclude_unset=True)
        return {name: day for name, day in told.items() if day is not None or name == "until_on"}


# Answers to a POST are kept with their idempotency key: they tell the time of an address, not the address.
class SpellResource(Resource):
    """Since when and until when an address or number of a person holds."""

    path: ClassVar[str] = "/v1/contact-points"

    person_id: UUID
    kind: PointKind
    from_on: date
    until_on: date | None


class ContactPoint(SpellResource):
    """An ordinary address, telephone number or mail address; `until_on` is the first day without it."""

    value: Annotated[str, Field(repr=False)]
    postcode: Annotated[str | None, Field(repr=False)]


class ContactPoints(View):
    """What a person had or has, the present first."""

    items: list[ContactPoint]


class PersonView(PersonResource):
    """A person with their present whereabouts, families and relationships."""

    has_protected_details: bool
    whereabouts: list[ContactPoint]
    families: list[UUID]
    relationships: list[RelationshipView]


class HouseholdMoved(Resource):
    """Who moved, and who is still recorded at the address that they left."""

    path: ClassVar[str] = "/v1/families"

    moved: list[SpellResource]
    still_there: list[UUID]


class ProtectedSpell(Resource):
    """Since when and until when a protected detail holds; not what it says."""

    path: ClassVar[str] = "/v1/protected-contact-points"

    person_id: UUID
    kind: str
    from_on: date
    until_on: date | None
