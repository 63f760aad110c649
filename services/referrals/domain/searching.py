"""How well a known person fits what somebody seeks by: part of a name will do, and every rule that spoke is said.

Linking a person of a referral to a known one is stricter: see `matching`. What fits here fits the question, no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.referrals.domain import matching
from services.referrals.domain.matching import SENTENCES, Hit, RuleCode, Scheme, Similarity, Traits
from services.referrals.domain.names import folded, script_of

_ALIKE = 0.75


class Fit(StrEnum):
    """How much of what was asked for the person has."""

    EXACT = "exact"  # all of it, the same
    CLOSE = "close"  # all of it, some nearly
    PARTIAL = "partial"  # some of it


@dataclass(frozen=True, slots=True)
class Lead:
    """A known person who may be the one sought, and why."""

    person_id: UUID
    hits: tuple[Hit, ...]
    points: int
    fit: Fit


_WHOLE_NAME = {RuleCode.NAME_ALIKE, RuleCode.NAME_SIMILAR, RuleCode.NAME_SWAPPED}

#: What may be asked for: the rules that say it is the same, and those that say it is nearly so.
_AGREES: Mapping[str, tuple[set[RuleCode], set[RuleCode]]] = {
    "family_name": (
        {RuleCode.NAME_SAME, RuleCode.FAMILY_NAME_SAME},
        {*_WHOLE_NAME, RuleCode.FAMILY_NAME_PART, RuleCode.FAMILY_NAME_ALIKE},
    ),
    "given_name": (
        {RuleCode.NAME_SAME, RuleCode.GIVEN_NAME_SAME},
        {*_WHOLE_NAME, RuleCode.GIVEN_NAME_PART, RuleCode.GIVEN_NAME_ALIKE},
    ),
    "birth_date": (
        {RuleCode.BIRTH_DATE_SAME},
        {RuleCode.BIRTH_DATE_TRANSPOSED, RuleCode.BIRTH_DATE_NEAR, RuleCode.BORN_WHEN_EXPECTED},
    ),
    "expected_date": (set(), {RuleCode.EXPECTED_DATE_NEAR, RuleCode.BORN_WHEN_EXPECTED}),
    "nhs_number": ({RuleCode.NHS_NUMBER_SAME}, set()),
    "upn": ({RuleCode.UPN_SAME}, set()),
    "la_child_id": ({RuleCode.LA_CHILD_ID_SAME}, set()),
    "postcodes": ({RuleCode.POSTCODE_SAME}, {RuleCode.FORMER_POSTCODE_SAME}),
    "addresses": (set(), {RuleCode.ADDRESS_ALIKE, RuleCode.FORMER_ADDRESS_ALIKE}),
}
_YEAR = ({RuleCode.BIRTH_YEAR_SAME}, {RuleCode.BIRTH_YEAR_NEAR})


def lead(
    sought: Traits, known: Traits, *, birth_year: int | None, similarity: Similarity, scheme: Scheme
) -> Lead | None:
    """Return why `known` may be sought by these traits; None if nothing speaks for it."""
    compared = matching.compare(sought, known, similarity=similarity, scheme=scheme)
    said = {hit.rule for hit in compared.hits}
    more = (*_names(sought, known, said, similarity), *_years(birth_year, known))
    hits = (*compared.hits, *(Hit(rule, scheme.points[rule], SENTENCES[rule]) for rule in more))
    if not any(hit.points > 0 for hit in hits):
        return None
    points = sum(hit.points for hit in hits)
    return Lead(known.person_id, hits, points, _fit(sought, said | set(more), birth_year=birth_year))


def _names(sought: Traits, known: Traits, said: set[RuleCode], similarity: Similarity) -> tuple[RuleCode, ...]:
    """Compare each name that was told by itself, unless both together said something."""
    if said & {RuleCode.NAME_SAME, *_WHOLE_NAME}:
        return ()
    family = (RuleCode.FAMILY_NAME_SAME, RuleCode.FAMILY_NAME_PART, RuleCode.FAMILY_NAME_ALIKE)
    given = (RuleCode.GIVEN_NAME_SAME, RuleCode.GIVEN_NAME_PART, RuleCode.GIVEN_NAME_ALIKE)
    return (
        *_name(sought.family_name, known.family_name, family, similarity),
        *_name(sought.given_name, known.given_name, given, similarity),
    )


def _name(
    sought: str, known: str, rules: tuple[RuleCode, RuleCode, RuleCode], similarity: Similarity
) -> tuple[RuleCode, ...]:
    ours, theirs = folded(sought), folded(known)
    same, part, alike = rules
    if not ours or not theirs or script_of(ours) != script_of(theirs):
        return ()
    if ours == theirs:
        return (same,)
    if set(ours.split()) <= set(theirs.split()):
        return (part,)
    return (alike,) if max(similarity(ours, theirs), similarity(theirs, ours)) >= _ALIKE else ()


def _years(birth_year: int | None, known: Traits) -> tuple[RuleCode, ...]:
    born = known.birth_date or known.expected_date
    if birth_year is None or born is None:
        return ()
    apart = abs(born.year - birth_year)
    if apart > 1:
        return (RuleCode.BIRTH_YEAR_DIFFERENT,)
    return (RuleCode.BIRTH_YEAR_NEAR if apart else RuleCode.BIRTH_YEAR_SAME,)


def _fit(sought: Traits, said: set[RuleCode], *, birth_year: int | None) -> Fit:
    asked = [rules for name, rules in _AGREES.items() if getattr(sought, name)]
    asked += [_YEAR] if birth_year is not None else []
    if all(said & same for same, _ in asked):
        return Fit.EXACT
    return Fit.CLOSE if all(said & (same | nearly) for same, nearly in asked) else Fit.PARTIAL
