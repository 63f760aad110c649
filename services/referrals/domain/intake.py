"""What is told on receipt: people with their details, how they are related, and everything wrong with it at once."""

from dataclasses import dataclass, replace
from datetime import date

from libs.kernel.errors import Invalid
from services.referrals.domain import identifiers
from services.referrals.domain.household import (
    InvalidHousehold,
    Part,
    Person,
    check_not_to_come,
    check_person,
    faults_of,
)
from services.referrals.domain.protected import ContactKind, Secret
from services.referrals.domain.relationships import Relation

MOST_ADULTS = 60


class SeveralFaults(Invalid):
    """What was sent cannot be right."""

    slug = "invalid-body"


class NobodyKnown(Invalid):
    """There is nobody, or no family, with that id."""


@dataclass(frozen=True, slots=True)
class SourceKey:
    """What another system calls a record."""

    system: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shielded:
    """A detail that is told to be protected."""

    kind: ContactKind
    value: Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """An ordinary address, telephone number or mail address."""

    kind: str
    value: str
    postcode: str | None = None

    def shielded(self) -> Shielded:
        """Return it as a detail to be protected; of a mail address there is no such kind."""
        whole = ", ".join(filter(None, (self.value, self.postcode)))
        return Shielded(kind=ContactKind(self.kind), value=Secret(whole))


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A person as told: new, or known by id or by what the other system calls them."""

    person: Person
    known: bool = False
    source: SourceKey | None = None
    whereabouts: tuple[Whereabouts, ...] = ()
    shielded: tuple[Shielded, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the body a person stands."""

    part: Part
    index: int

    @property
    def pointer(self) -> str:
        """The JSON pointer."""
        return f"/{'children' if self.part is Part.CHILD else 'adults'}/{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """How two people of the body are related."""

    person: Place
    other: Place
    relation: Relation
    from_on: date | None = None
    until_on: date | None = None
    parental_responsibility: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """Everybody whom a referral names."""

    children: tuple[Told, ...]
    adults: tuple[Told, ...] = ()
    related: tuple[Related, ...] = ()

    @property
    def everybody(self) -> tuple[tuple[Place, Told], ...]:
        """Everybody with their place, children first."""
        return tuple(
            (Place(part, index), told)
            for part, people in ((Part.CHILD, self.children), (Part.ADULT, self.adults))
            for index, told in enumerate(people)
        )

    def at(self, place: Place) -> Told | None:
        """Return who stands there."""
        people = self.children if place.part is Part.CHILD else self.adults
        return people[place.index] if place.index < len(people) else None


def checked(household: Household, *, on: date, today: date) -> Household:
    """Return the household with identifiers in their normal form; raise every fault of it at once.

    It was told `on` that day, and may since have come to know what happened until `today`.
    """
    faults: list[Invalid] = []
    children = tuple(_normal(told, f"/children/{i}", faults) for i, told in enumerate(household.children))
    adults = tuple(_normal(told, f"/adults/{i}", faults) for i, told in enumerate(household.adults))
    if len(adults) > MOST_ADULTS:
        faults.append(InvalidHousehold(f"A referral names at most {MOST_ADULTS} adults.", at="/adults"))
    known = frozenset(told.person.id for told in (*children, *adults) if told.known)
    faults += faults_of(
        tuple(told.person for told in children), tuple(told.person for told in adults), on=on, known=known
    )
    normal = replace(household, children=children, adults=adults)
    faults += _named_twice(normal)
    for index, related in enumerate(household.related):
        if normal.at(related.person) is None or normal.at(related.other) is None:
            faults.append(InvalidHousehold("Nobody stands at that place.", at=f"/relationships/{index}"))
        elif related.person == related.other:
            faults.append(InvalidHousehold("Nobody is related to themselves.", at=f"/relationships/{index}"))
    faults += _to_come(normal, today=today)
    raise_all(tuple(faults))
    return normal


def guarded(told: Told) -> Told:
    """Return somebody new whose open details of a kind that is told to be protected are protected as well.

    Which of the two could get somebody hurt is not known, and no concern is kept out, and nothing lost, for that.
    """
    kinds = {str(one.kind) for one in told.shielded}
    return replace(
        told,
        whereabouts=tuple(one for one in told.whereabouts if one.kind not in kinds),
        shielded=(*told.shielded, *(one.shielded() for one in told.whereabouts if one.kind in kinds)),
    )


def _named_twice(household: Household) -> list[Invalid]:
    found: list[Invalid] = []
    seen: set[SourceKey] = set()
    for place, told in household.everybody:
        if told.source in seen:
            found.append(InvalidHousehold("The same person stands here twice.", at=f"{place.pointer}/source"))
        seen |= {told.source} if told.source else set()
    return found


def _to_come(household: Household, *, today: date) -> list[Invalid]:
    days = [(told.person.died_on, f"{place.pointer}/died_on") for place, told in household.everybody]
    days += [(one.from_on, f"/relationships/{index}/from_on") for index, one in enumerate(household.related)]
    faults: list[Invalid] = []
    for day, at in days:
        try:
            check_not_to_come(day, today=today, at=at)
        except Invalid as fault:
            faults.append(fault)
    return faults


def raise_all(faults: tuple[Invalid, ...]) -> None:
    """Raise the faults as one problem that names each; do nothing without any."""
    if not faults:
        return
    if len(faults) == 1:
        raise faults[0]
    slugs = {fault.slug for fault in faults}
    several = SeveralFaults(
        "Several things cannot be right.",
        errors=[{"pointer": fault.at, "code": fault.slug, "detail": fault.detail} for fault in faults],
    )
    if len(slugs) == 1:
        several.slug = slugs.pop()
    raise several


def checked_alone(told: Told, *, part: Part, on: date, at: str, known: bool = False) -> Told:
    """Return one person with identifiers in their normal form; raise every fault at once.

    Of who is `known` nothing need be told.
    """
    faults: list[Invalid] = []
    normal = _normal(told, at, faults)
    try:
        if not known:
            check_person(normal.person, part=part, on=on, at=at)
        check_not_to_come(normal.person.died_on, today=on, at=f"{at}/died_on")
    except Invalid as fault:
        faults.append(fault)
    raise_all(tuple(faults))
    return normal


def _normal(told: Told, at: str, faults: list[Invalid]) -> Told:
    normal, wrong = identifiers.normal(told.person, at=at)
    faults += wrong
    whereabouts = []
    for index, one in enumerate(told.whereabouts):
        try:
            postcode = one.postcode and identifiers.postcode(one.postcode, at=f"{at}/addresses/{index}/postcode")
            whereabouts.append(replace(one, postcode=postcode))
        except Invalid as fault:
            faults.append(fault)
    return replace(told, person=replace(told.person, **normal), whereabouts=tuple(whereabouts))
