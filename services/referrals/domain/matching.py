"""Whether somebody in a referral is known already: points per rule, each with a sentence. Never decides."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from itertools import product
from uuid import UUID

from services.referrals.domain.names import folded, script_of

#: How alike two texts are, from 0 to 1; given in, so that the rules stay free of libraries.
Similarity = Callable[[str, str], float]


class RuleCode(StrEnum):
    """What two records can have in common, or not."""

    NHS_NUMBER_SAME = "nhs_number_same"
    NHS_NUMBER_DIFFERENT = "nhs_number_different"
    UPN_SAME = "upn_same"
    LA_CHILD_ID_SAME = "la_child_id_same"
    NAME_SAME = "name_same"
    NAME_ALIKE = "name_alike"
    NAME_SIMILAR = "name_similar"
    NAME_SWAPPED = "name_swapped"
    NAME_OTHER_SCRIPT = "name_other_script"
    FAMILY_NAME_SAME = "family_name_same"
    FAMILY_NAME_PART = "family_name_part"
    FAMILY_NAME_ALIKE = "family_name_alike"
    GIVEN_NAME_SAME = "given_name_same"
    GIVEN_NAME_PART = "given_name_part"
    GIVEN_NAME_ALIKE = "given_name_alike"
    BIRTH_DATE_SAME = "birth_date_same"
    BIRTH_DATE_TRANSPOSED = "birth_date_transposed"
    BIRTH_DATE_NEAR = "birth_date_near"
    BIRTH_DATE_DIFFERENT = "birth_date_different"
    BIRTH_YEAR_SAME = "birth_year_same"
    BIRTH_YEAR_NEAR = "birth_year_near"
    BIRTH_YEAR_DIFFERENT = "birth_year_different"
    EXPECTED_DATE_NEAR = "expected_date_near"
    BORN_WHEN_EXPECTED = "born_when_expected"
    SEX_DIFFERENT = "sex_different"
    POSTCODE_SAME = "postcode_same"
    ADDRESS_ALIKE = "address_alike"
    FORMER_POSTCODE_SAME = "former_postcode_same"
    FORMER_ADDRESS_ALIKE = "former_address_alike"
    SAME_REPORTER = "same_reporter"


SENTENCES: Mapping[RuleCode, str] = {
    RuleCode.NHS_NUMBER_SAME: "Both have the same NHS number.",
    RuleCode.NHS_NUMBER_DIFFERENT: "Both have an NHS number, and they differ.",
    RuleCode.UPN_SAME: "Both have the same unique pupil number.",
    RuleCode.LA_CHILD_ID_SAME: "Both have the same child number of the authority.",
    RuleCode.NAME_SAME: "The names are the same.",
    RuleCode.NAME_ALIKE: "The names are nearly the same.",
    RuleCode.NAME_SIMILAR: "The names are similar.",
    RuleCode.NAME_SWAPPED: "The names are the same with given and family name exchanged.",
    RuleCode.NAME_OTHER_SCRIPT: "The names are in different scripts and were not compared.",
    RuleCode.FAMILY_NAME_SAME: "The family names are the same.",
    RuleCode.FAMILY_NAME_PART: "The family name is a part of the recorded one.",
    RuleCode.FAMILY_NAME_ALIKE: "The family names are similar.",
    RuleCode.GIVEN_NAME_SAME: "The given names are the same.",
    RuleCode.GIVEN_NAME_PART: "The given name is a part of the recorded one.",
    RuleCode.GIVEN_NAME_ALIKE: "The given names are similar.",
    RuleCode.BIRTH_DATE_SAME: "The birth dates are the same.",
    RuleCode.BIRTH_DATE_TRANSPOSED: "The birth dates differ by day and month exchanged.",
    RuleCode.BIRTH_DATE_NEAR: "The birth dates differ in one place, or by a few days.",
    RuleCode.BIRTH_DATE_DIFFERENT: "The birth dates are different.",
    RuleCode.BIRTH_YEAR_SAME: "The birth years are the same.",
    RuleCode.BIRTH_YEAR_NEAR: "The birth years are next to each other.",
    RuleCode.BIRTH_YEAR_DIFFERENT: "The birth years are different.",
    RuleCode.EXPECTED_DATE_NEAR: "Both are unborn and expected at about the same time.",
    RuleCode.BORN_WHEN_EXPECTED: "One was born about when the other was expected.",
    RuleCode.SEX_DIFFERENT: "The recorded sexes differ.",
    RuleCode.POSTCODE_SAME: "They have a postcode in common.",
    RuleCode.ADDRESS_ALIKE: "Their addresses are alike.",
    RuleCode.FORMER_POSTCODE_SAME: "They have the postcode of a former address in common.",
    RuleCode.FORMER_ADDRESS_ALIKE: "An address of one is like a former address of the other.",
    RuleCode.SAME_REPORTER: "The same sender told us of the household before.",
}

#: Points per rule, as configured; a council may weigh them otherwise.
POINTS: Mapping[RuleCode, int] = {
    RuleCode.NHS_NUMBER_SAME: 60,
    RuleCode.NHS_NUMBER_DIFFERENT: -50,
    RuleCode.UPN_SAME: 45,
    RuleCode.LA_CHILD_ID_SAME: 45,
    RuleCode.NAME_SAME: 35,
    RuleCode.NAME_ALIKE: 28,
    RuleCode.NAME_SIMILAR: 15,
    RuleCode.NAME_SWAPPED: 30,
    RuleCode.NAME_OTHER_SCRIPT: 0,
    RuleCode.FAMILY_NAME_SAME: 20,
    RuleCode.FAMILY_NAME_PART: 16,
    RuleCode.FAMILY_NAME_ALIKE: 10,
    RuleCode.GIVEN_NAME_SAME: 15,
    RuleCode.GIVEN_NAME_PART: 12,
    RuleCode.GIVEN_NAME_ALIKE: 7,
    RuleCode.BIRTH_DATE_SAME: 30,
    RuleCode.BIRTH_DATE_TRANSPOSED: 22,
    RuleCode.BIRTH_DATE_NEAR: 12,
    RuleCode.BIRTH_DATE_DIFFERENT: -25,
    RuleCode.BIRTH_YEAR_SAME: 15,
    RuleCode.BIRTH_YEAR_NEAR: 6,
    RuleCode.BIRTH_YEAR_DIFFERENT: -10,
    RuleCode.EXPECTED_DATE_NEAR: 12,
    RuleCode.BORN_WHEN_EXPECTED: 12,
    RuleCode.SEX_DIFFERENT: -8,
    RuleCode.POSTCODE_SAME: 12,
    RuleCode.ADDRESS_ALIKE: 10,
    RuleCode.FORMER_POSTCODE_SAME: 8,
    RuleCode.FORMER_ADDRESS_ALIKE: 7,
    RuleCode.SAME_REPORTER: 5,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """The points and thresholds in force."""

    points: Mapping[RuleCode, int] = field(default_factory=lambda: POINTS)
    possible_from: int = 40
    likely_from: int = 65


class Strength(StrEnum):
    """How strongly the rules speak for the same person; people decide."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    UNLIKELY = "unlikely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a person can be recognised by."""

    person_id: UUID
    given_name: str = ""
    family_name: str = ""
    birth_date: date | None = None
    expected_date: date | None = None
    sex: str = "U"
    postcodes: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    former_postcodes: frozenset[str] = frozenset()
    former_addresses: frozenset[str] = frozenset()
    nhs_number: str | None = None
    upn: str | None = None
    la_child_id: str | None = None
    reporters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hit:
    """One rule that spoke, with its points and its sentence."""

    rule: RuleCode
    points: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A known person who may be the same, and why."""

    person_id: UUID
    hits: tuple[Hit, ...]
    points: int
    strength: Strength


_SAME, _ALIKE, _SIMILAR = 0.999, 0.9, 0.8
_ADDRESS_ALIKE = 0.85
_NEAR_DAYS = timedelta(days=3)
_EXPECTED_DAYS = timedelta(days=30)


def compare(sought: Traits, known: Traits, *, similarity: Similarity, scheme: Scheme) -> Candidate:
    """Return how strongly the rules speak for `known` being `sought`, with every rule that spoke."""
    rules = (
        *_identifiers(sought, known),
        *_names(sought, known, similarity),
        *_births(sought, known),
        *_places(sought, known, similarity),
    )
    hits = tuple(Hit(rule, scheme.points[rule], SENTENCES[rule]) for rule in rules)
    points = sum(hit.points for hit in hits)
    return Candidate(known.person_id, hits, points, _strength(points, scheme))


def candidates(
    sought: Traits, known: tuple[Traits, ...], *, similarity: Similarity, scheme: Scheme
) -> tuple[Candidate, ...]:
    """Return those of `known` who may be `sought`, the strongest first."""
    compared = [
        compare(sought, one, similarity=similarity, scheme=scheme) for one in known if one.person_id != sought.person_id
    ]
    worth_showing = [one for one in compared if one.strength is not Strength.UNLIKELY]
    return tuple(sorted(worth_showing, key=lambda one: (-one.points, one.person_id)))


def _strength(points: int, scheme: Scheme) -> Strength:
    if points >= scheme.likely_from:
        return Strength.LIKELY
    return Strength.POSSIBLE if points >= scheme.possible_from else Strength.UNLIKELY


def _identifiers(one: Traits, other: Traits) -> tuple[RuleCode, ...]:
    found = []
    if one.nhs_number and other.nhs_number:
        same = one.nhs_number == other.nhs_number
        found.append(RuleCode.NHS_NUMBER_SAME if same else RuleCode.NHS_NUMBER_DIFFERENT)
    if one.upn and one.upn == other.upn:
        found.append(RuleCode.UPN_SAME)
    if one.la_child_id and one.la_child_id == other.la_child_id:
        found.append(RuleCode.LA_CHILD_ID_SAME)
    return tuple(found)


def _names(one: Traits, other: Traits, similarity: Similarity) -> tuple[RuleCode, ...]:
    ours, theirs = _full_name(one), _full_name(other)
    if not ours or not theirs:
        return ()
    if script_of(ours) != script_of(theirs):
        return (RuleCode.NAME_OTHER_SCRIPT,)
    if sorted(ours.split()) == sorted(theirs.split()) and ours != theirs:
        return (RuleCode.NAME_SWAPPED,)
    # Both ways round, so that the order in which two people are compared never matters.
    alike = max(similarity(ours, theirs), similarity(theirs, ours))
    for threshold, rule in (
        (_SAME, RuleCode.NAME_SAME),
        (_ALIKE, RuleCode.NAME_ALIKE),
        (_SIMILAR, RuleCode.NAME_SIMILAR),
    ):
        if alike >= threshold:
            return (rule,)
    return ()


def _births(one: Traits, other: Traits) -> tuple[RuleCode, ...]:
    found = []
    if one.birth_date and other.birth_date:
        found.append(_birth_dates(one.birth_date, other.birth_date))
    elif one.expected_date and other.expected_date:
        if abs(one.expected_date - other.expected_date) <= _EXPECTED_DAYS:
            found.append(RuleCode.EXPECTED_DATE_NEAR)
    else:
        expected, born = one.expected_date or other.expected_date, one.birth_date or other.birth_date
        if expected and born and abs(expected - born) <= _EXPECTED_DAYS:
            found.append(RuleCode.BORN_WHEN_EXPECTED)
    if {one.sex, other.sex} == {"M", "F"}:
        found.append(RuleCode.SEX_DIFFERENT)
    return tuple(found)


def _birth_dates(one: date, other: date) -> RuleCode:
    if one == other:
        return RuleCode.BIRTH_DATE_SAME
    if one.year == other.year and (one.day, one.month) == (other.month, other.day):
        return RuleCode.BIRTH_DATE_TRANSPOSED
    differing = sum(a != b for a, b in zip(one.isoformat(), other.isoformat(), strict=True))
    if differing == 1 or abs(one - other) <= _NEAR_DAYS:
        return RuleCode.BIRTH_DATE_NEAR
    return RuleCode.BIRTH_DATE_DIFFERENT


def _places(one: Traits, other: Traits, similarity: Similarity) -> tuple[RuleCode, ...]:
    found = []
    if one.postcodes & other.postcodes:
        found.append(RuleCode.POSTCODE_SAME)
    elif (one.postcodes | one.former_postcodes) & (other.postcodes | other.former_postcodes):
        found.append(RuleCode.FORMER_POSTCODE_SAME)
    if _any_alike(one.addresses, other.addresses, similarity):
        found.append(RuleCode.ADDRESS_ALIKE)
    elif _any_alike(one.addresses | one.former_addresses, other.addresses | other.former_addresses, similarity):
        found.append(RuleCode.FORMER_ADDRESS_ALIKE)
    if one.reporters & other.reporters:
        found.append(RuleCode.SAME_REPORTER)
    return tuple(found)


def _any_alike(some: frozenset[str], others: frozenset[str], similarity: Similarity) -> bool:
    pairs = product((text for one in some if (text := folded(one))), (text for one in others if (text := folded(one))))
    return any(max(similarity(ours, theirs), similarity(theirs, ours)) >= _ADDRESS_ALIKE for ours, theirs in pairs)


def _full_name(one: Traits) -> str:
    return " ".join(part for part in (folded(one.given_name), folded(one.family_name)) if part)
