"""How two people are related, from a day until another, told from either side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from uuid import UUID

from libs.kernel.errors import Conflict
from services.referrals.domain.household import ImplausibleDate, InvalidHousehold, Person, check_period


class Relation(StrEnum):
    """What the first person is to the second."""

    PARENT = "parent"
    CHILD = "child"
    STEP_PARENT = "step_parent"
    STEP_CHILD = "step_child"
    ADOPTIVE_PARENT = "adoptive_parent"
    ADOPTED_CHILD = "adopted_child"
    FOSTER_CARER = "foster_carer"
    FOSTER_CHILD = "foster_child"
    GUARDIAN = "guardian"
    WARD = "ward"
    GRANDPARENT = "grandparent"
    GRANDCHILD = "grandchild"
    AUNT_OR_UNCLE = "aunt_or_uncle"
    NIECE_OR_NEPHEW = "niece_or_nephew"
    CARER = "carer"
    CARED_FOR = "cared_for"
    SIBLING = "sibling"
    HALF_SIBLING = "half_sibling"
    STEP_SIBLING = "step_sibling"
    COUSIN = "cousin"
    PARTNER = "partner"
    FORMER_PARTNER = "former_partner"
    OTHER_RELATIVE = "other_relative"
    FRIEND = "friend"


_PAIRS = (
    (Relation.PARENT, Relation.CHILD),
    (Relation.STEP_PARENT, Relation.STEP_CHILD),
    (Relation.ADOPTIVE_PARENT, Relation.ADOPTED_CHILD),
    (Relation.FOSTER_CARER, Relation.FOSTER_CHILD),
    (Relation.GUARDIAN, Relation.WARD),
    (Relation.GRANDPARENT, Relation.GRANDCHILD),
    (Relation.AUNT_OR_UNCLE, Relation.NIECE_OR_NEPHEW),
    (Relation.CARER, Relation.CARED_FOR),
)

#: What the second person is to the first.
INVERSE: Mapping[Relation, Relation] = (
    {one: one for one in Relation} | dict(_PAIRS) | {younger: elder for elder, younger in _PAIRS}
)

#: In these the first person is born before the second.
_ELDER_FIRST = frozenset({Relation.PARENT, Relation.GRANDPARENT})


class RelatedAlready(Conflict):
    """The two are recorded as related like that at that time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """`person_id` is `relation` to `other_id`, from `from_on` until, without it, `until_on`."""

    id: UUID
    person_id: UUID
    other_id: UUID
    relation: Relation
    from_on: date | None = None
    until_on: date | None = None
    parental_responsibility: bool = False

    def __post_init__(self) -> None:
        """Refuse a relationship with oneself, and an end before the start."""
        if self.person_id == self.other_id:
            raise InvalidHousehold("Nobody is related to themselves.", at="/other_id")
        check_period(from_on=self.from_on, until_on=self.until_on, at="/until_on")

    def inverse(self) -> "Relationship":
        """Return the same relationship told from the other person's side."""
        return Relationship(
            id=self.id,
            person_id=self.other_id,
            other_id=self.person_id,
            relation=INVERSE[self.relation],
            from_on=self.from_on,
            until_on=self.until_on,
            parental_responsibility=self.parental_responsibility,
        )

    def overlaps(self, other: "Relationship") -> bool:
        """Say whether both hold on some day."""
        starts_before_end = self.from_on is None or other.until_on is None or self.from_on < other.until_on
        ends_after_start = other.from_on is None or self.until_on is None or other.from_on < self.until_on
        return starts_before_end and ends_after_start


def canonical(relationship: Relationship) -> Relationship:
    """Return the telling that is stored: the elder or the smaller id first, so that there is one row, not two."""
    inverse = relationship.inverse()
    if relationship.relation is inverse.relation:
        return relationship if relationship.person_id < relationship.other_id else inverse
    elders = {elder for elder, _ in _PAIRS}
    return relationship if relationship.relation in elders else inverse


def relate(new: Relationship, *, person: Person, other: Person, known: tuple[Relationship, ...]) -> Relationship:
    """Return the relationship to store; raise if it cannot be so or is recorded already."""
    stored = checked(new, person=person, other=other)
    if recorded(stored, known) is not None:
        raise RelatedAlready("That relationship is recorded for that time.")
    return stored


def checked(new: Relationship, *, person: Person, other: Person) -> Relationship:
    """Return the telling of it that is stored; raise if it cannot be so."""
    stored = canonical(new)
    elder, younger = (person, other) if stored.person_id == person.id else (other, person)
    if stored.relation in _ELDER_FIRST and _is_younger(elder, younger):
        raise ImplausibleDate("A parent or grandparent is born before the child.", at="/relation")
    return stored


def recorded(told: Relationship, known: Iterable[Relationship]) -> Relationship | None:
    """Return the known relationship that says the same of the two for some of that time, from whichever side."""
    stored = canonical(told)
    for one in known:
        same_pair = {one.person_id, one.other_id} == {stored.person_id, stored.other_id}
        if same_pair and canonical(one).relation is stored.relation and one.overlaps(stored):
            return one
    return None


def supplemented(known: Relationship, told: Relationship) -> Relationship:
    """Return a known relationship with what was not known of it and is told now; nothing known is overwritten."""
    return replace(
        known,
        from_on=known.from_on or told.from_on,
        until_on=known.until_on or told.until_on,
        parental_responsibility=known.parental_responsibility or told.parental_responsibility,
    )


def _is_younger(elder: Person, younger: Person) -> bool:
    if elder.is_unborn:
        return True
    born_later = younger.birth_date or younger.expected_date
    return elder.birth_date is not None and born_later is not None and elder.birth_date >= born_later
