"""Persons, families and how they belong together over time; what cannot be so is refused."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from uuid import UUID

from libs.kernel.codes import Disability, Ethnicity, Sex, UpnUnknown
from libs.kernel.errors import Conflict, Invalid
from services.referrals.domain.names import folded

MOST_CHILDREN = 20
ADULT_AGE = 18
EXTENDED_AGE = 25  # a care leaver or disabled young person whom a duty still covers
# Source: census rule 8606 knows referrals up to 40 weeks before birth; three weeks more for what is overdue.
MOST_DAYS_TO_BIRTH = 300
OLDEST_AGE = 120


class ImplausibleDate(Invalid):
    """A date cannot be so."""

    slug = "implausible-date"


class InvalidHousehold(Invalid):
    """The household cannot be so."""

    slug = "invalid-household"


class NotUnborn(Conflict):
    """The child is born already."""


class Part(StrEnum):
    """A member's part in a referral."""

    CHILD = "child"
    ADULT = "adult"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a family: born with a birth date, or unborn with an expected one, or of unknown age."""

    id: UUID
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    expected_date: date | None = None
    sex: Sex = Sex.U
    died_on: date | None = None
    nhs_number: str | None = None
    upn: str | None = None
    la_child_id: str | None = None
    upn_unknown: UpnUnknown | None = None
    ethnicity: Ethnicity | None = None
    disabilities: tuple[Disability, ...] = ()
    extended_to_25: bool = False

    @property
    def is_unborn(self) -> bool:
        """Whether the child is expected and not born."""
        return self.expected_date is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Membership:
    """A person's time in a family: from `from_on` until, without it, `until_on`."""

    person_id: UUID
    part: Part
    from_on: date
    until_on: date | None = None

    def __post_init__(self) -> None:
        """Refuse an end before the start."""
        check_period(from_on=self.from_on, until_on=self.until_on, at="/until_on")

    def is_current(self, on: date) -> bool:
        """Say whether the person belongs to the family on that day."""
        return self.from_on <= on and (self.until_on is None or on < self.until_on)


@dataclass(frozen=True, slots=True)
class Family:
    """People who belong together, of any number."""

    id: UUID
    members: tuple[Membership, ...] = ()

    def current(self, on: date) -> tuple[Membership, ...]:
        """Return who belongs to the family on that day."""
        return tuple(one for one in self.members if one.is_current(on))


def check_period(*, from_on: date | None, until_on: date | None, at: str) -> None:
    """Raise `ImplausibleDate` if the end is before the start."""
    if from_on is not None and until_on is not None and until_on < from_on:
        raise ImplausibleDate("The end is before the start.", at=at)


def age_on(*, birth_date: date, on: date) -> int:
    """Return the age in whole years; who was born on 29 February turns a year older on 1 March."""
    had_birthday = (on.month, on.day) >= (birth_date.month, birth_date.day)
    return on.year - birth_date.year - (0 if had_birthday else 1)


def check_person(person: Person, *, part: Part, on: date, at: str = "") -> None:
    """Raise what is wrong with a person recorded on the day `on`; `at` is the pointer to that person."""
    _check_disabilities(person, at=at)
    if person.birth_date is not None and person.expected_date is not None:
        raise ImplausibleDate("A birth date or an expected date, never both.", at=f"{at}/expected_date")
    if person.expected_date is not None:
        _check_unborn(person, person.expected_date, part=part, on=on, at=at)
    if person.birth_date is not None:
        _check_born(person, person.birth_date, part=part, on=on, at=at)
    elif part is Part.CHILD and person.expected_date is None:
        raise ImplausibleDate("A child has a birth date, or, unborn, an expected date.", at=f"{at}/birth_date")
    check_life(person, at=at)


def check_not_to_come(day: date | None, *, today: date, at: str) -> None:
    """Raise `ImplausibleDate` for what can only be known once it has happened."""
    if day is not None and day > today:
        raise ImplausibleDate("It lies in the future.", at=at)


def _check_disabilities(person: Person, *, at: str) -> None:
    # Source: census rules 8790 and 8794: NONE stands alone, and no code stands twice.
    alone = Disability.NONE not in person.disabilities or len(person.disabilities) == 1
    if not alone or len(set(person.disabilities)) != len(person.disabilities):
        raise InvalidHousehold("Disabilities are named once, and NONE stands alone.", at=f"{at}/disabilities")


def _check_unborn(person: Person, expected_date: date, *, part: Part, on: date, at: str) -> None:
    if part is not Part.CHILD:
        raise InvalidHousehold("Only a child can be unborn.", at=f"{at}/expected_date")
    if abs(expected_date - on) > timedelta(days=MOST_DAYS_TO_BIRTH):
        raise ImplausibleDate(f"The birth is expected over {MOST_DAYS_TO_BIRTH} days away.", at=f"{at}/expected_date")
    # Source: census rule 8750: the sex of an unborn child is U.
    if person.sex is not Sex.U:
        raise InvalidHousehold("The sex of an unborn child is recorded as U.", at=f"{at}/sex")


def _check_born(person: Person, birth_date: date, *, part: Part, on: date, at: str) -> None:
    if birth_date > on:
        raise ImplausibleDate("Born after the referral: give an expected date instead.", at=f"{at}/birth_date")
    if part is Part.CHILD:
        _check_young(person, birth_date, on=on, at=at)
    elif age_on(birth_date=birth_date, on=on) > OLDEST_AGE:
        raise ImplausibleDate(f"Nobody is older than {OLDEST_AGE}.", at=f"{at}/birth_date")


def _check_young(person: Person, birth_date: date, *, on: date, at: str) -> None:
    limit = EXTENDED_AGE if person.extended_to_25 else ADULT_AGE
    if age_on(birth_date=birth_date, on=on) >= limit:
        raise ImplausibleDate(f"A child referred is under {limit}.", at=f"{at}/birth_date")


def faults_of(
    children: tuple[Person, ...], adults: tuple[Person, ...], *, on: date, known: frozenset[UUID] = frozenset()
) -> tuple[Invalid, ...]:
    """Return everything that is wrong with the people of a referral received on the day `on`.

    Who is `known` was named by id: there are no details of theirs to check.
    """
    found: list[Invalid] = []
    if not children:
        found.append(InvalidHousehold("A referral is about at least one child.", at="/children"))
    if len(children) > MOST_CHILDREN:
        found.append(InvalidHousehold(f"A referral is about at most {MOST_CHILDREN} children.", at="/children"))
    everyone = [(one, Part.CHILD, f"/children/{place}") for place, one in enumerate(children)]
    everyone += [(one, Part.ADULT, f"/adults/{place}") for place, one in enumerate(adults)]
    for person, part, at in everyone:
        if person.id in known:
            continue
        try:
            check_person(person, part=part, on=on, at=at)
        except Invalid as fault:
            found.append(fault)
    return (*found, *_said_twice(everyone))


def _said_twice(everyone: list[tuple[Person, Part, str]]) -> tuple[Invalid, ...]:
    found: list[Invalid] = []
    seen: set[object] = set()
    for person, _, at in everyone:
        marks = _marks(person)
        if marks & seen:
            found.append(InvalidHousehold("The same person stands here twice.", at=at))
        seen |= marks
    return tuple(found)


def _marks(person: Person) -> set[object]:
    marks: set[object] = {("id", person.id)}
    marks |= {
        (kind, value)
        for kind, value in (("nhs", person.nhs_number), ("upn", person.upn), ("la", person.la_child_id))
        if value
    }
    # Unborn twins have no names yet, and twins share a birth date: only a full name makes one person.
    if person.given_name.strip() and person.birth_date is not None:
        marks.add((folded(person.given_name), folded(person.family_name), person.birth_date))
    return marks


def completed(known: Person, told: Person) -> Person:
    """Return a known person with what was not known and is told now; nothing known is overwritten.

    Known and told facts may contradict each other: `check_completed` says so.
    """
    return replace(
        known,
        given_name=known.given_name or told.given_name,
        family_name=known.family_name or told.family_name,
        birth_date=known.birth_date or (None if known.is_unborn else told.birth_date),
        sex=told.sex if known.sex is Sex.U and not known.is_unborn else known.sex,
        died_on=known.died_on or told.died_on,
        nhs_number=known.nhs_number or told.nhs_number,
        upn=known.upn or told.upn,
        la_child_id=known.la_child_id or told.la_child_id,
        upn_unknown=None if known.upn or told.upn else known.upn_unknown or told.upn_unknown,
        ethnicity=known.ethnicity or told.ethnicity,
        disabilities=known.disabilities or told.disabilities,
        extended_to_25=known.extended_to_25 or told.extended_to_25,
    )


def check_corrected(person: Person, *, named: Collection[tuple[Part, date]], today: date) -> None:
    """Raise what is wrong with a corrected person who was named in a family or a referral, as what and when.

    Who was a child then may be grown up now; nobody becomes one who was never a child there.
    """
    as_child = [day for part, day in named if part is Part.CHILD]
    is_child = bool(as_child) and all(part is Part.CHILD for part, _ in named)
    check_person(person, part=Part.CHILD if is_child and person.is_unborn else Part.ADULT, on=today)
    if not as_child or person.is_unborn:
        return
    if person.birth_date is None:
        raise ImplausibleDate("A child has a birth date, or, unborn, an expected date.", at="/birth_date")
    _check_young(person, person.birth_date, on=max(as_child), at="")


def check_completed(whole: Person, *, known: Person, part: Part, on: date, at: str = "") -> None:
    """Raise what is wrong with a `known` person who was completed to `whole` on that day."""
    if whole.birth_date != known.birth_date:
        check_person(whole, part=part, on=on, at=at)
    else:
        _check_disabilities(whole, at=at)
        check_life(whole, at=at)


def check_life(person: Person, *, at: str = "") -> None:
    """Raise `ImplausibleDate` for a death before the birth, or of somebody who is expected yet."""
    if person.died_on is None:
        return
    if person.is_unborn:
        raise ImplausibleDate("An unborn child has no date of death: record the birth first.", at=f"{at}/died_on")
    if person.birth_date is not None and person.died_on < person.birth_date:
        raise ImplausibleDate("The death is before the birth.", at=f"{at}/died_on")


def born(
    person: Person,
    *,
    birth_date: date,
    sex: Sex,
    given_name: str | None = None,
    family_name: str | None = None,
    on: date,
) -> Person:
    """Return an unborn child as born: the birth date replaces the expected date. `on` is today."""
    if person.expected_date is None:
        raise NotUnborn("The child has a birth date already.")
    if birth_date > on:
        raise ImplausibleDate("The birth is in the future.", at="/birth_date")
    if abs(birth_date - person.expected_date) > timedelta(days=MOST_DAYS_TO_BIRTH):
        raise ImplausibleDate("The birth is too far from the expected date.", at="/birth_date")
    return replace(
        person,
        expected_date=None,
        birth_date=birth_date,
        sex=sex,
        given_name=person.given_name if given_name is None else given_name,
        family_name=person.family_name if family_name is None else family_name,
    )
