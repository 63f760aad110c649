"""Matching explains itself, is the same both ways, and decides nothing."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz import fuzz

from libs.kernel.transitions import NotInThatState
from services.referrals.domain import matches, matching
from services.referrals.domain.matches import Match, MatchState, ReasonMissing
from services.referrals.domain.matching import POINTS, SENTENCES, RuleCode, Scheme, Strength, Traits
from tests.referrals.domain.builders import LATER, MANAGER, some_id

SCHEME = Scheme()


def similarity(one: str, other: str) -> float:
    """Return the likeness that the service gives in."""
    return fuzz.token_sort_ratio(one, other) / 100


WREN = Traits(
    person_id=some_id("wren"),
    given_name="Wren",
    family_name="Invented",
    birth_date=date(2018, 3, 4),
    sex="F",
    postcodes=frozenset({"OX1 1ND"}),
    addresses=frozenset({"3 Made Up Street"}),
    nhs_number="9990000018",
)
_UNKNOWN = Traits(person_id=some_id("known"))


def rules_of(sought: Traits, known: Traits) -> set[RuleCode]:
    """Which rules spoke."""
    candidate = matching.compare(sought, known, similarity=similarity, scheme=SCHEME)
    return {hit.rule for hit in candidate.hits}


def strength_of(sought: Traits, known: Traits) -> Strength:
    """How strongly."""
    return matching.compare(sought, known, similarity=similarity, scheme=SCHEME).strength


def known(**changes: object) -> Traits:
    """Wren as recorded before, with differences."""
    return replace(WREN, person_id=some_id("known"), **changes)  # type: ignore[arg-type]


def test_the_same_child_again_is_likely_the_same() -> None:
    assert strength_of(WREN, known()) is Strength.LIKELY


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"birth_date": date(2018, 4, 3)}, RuleCode.BIRTH_DATE_TRANSPOSED),
        ({"birth_date": date(2018, 3, 6)}, RuleCode.BIRTH_DATE_NEAR),
        ({"birth_date": date(2013, 3, 4)}, RuleCode.BIRTH_DATE_NEAR),
        ({"birth_date": date(2011, 12, 25)}, RuleCode.BIRTH_DATE_DIFFERENT),
        ({"given_name": "Wrenn"}, RuleCode.NAME_ALIKE),
        ({"given_name": "Invented", "family_name": "Wren"}, RuleCode.NAME_SWAPPED),
        ({"given_name": "WRÉN"}, RuleCode.NAME_SAME),
        ({"given_name": "Врен", "family_name": "Выдуманная"}, RuleCode.NAME_OTHER_SCRIPT),
        ({"nhs_number": "9990000026"}, RuleCode.NHS_NUMBER_DIFFERENT),
        ({"sex": "M"}, RuleCode.SEX_DIFFERENT),
        ({"addresses": frozenset({"3, Made-Up Street"})}, RuleCode.ADDRESS_ALIKE),
        (
            {"addresses": frozenset({"1 Refuge Row"}), "former_addresses": frozenset({"3, Made-Up Street"})},
            RuleCode.FORMER_ADDRESS_ALIKE,
        ),
        (
            {"postcodes": frozenset({"OX2 6AA"}), "former_postcodes": frozenset({"OX1 1ND"})},
            RuleCode.FORMER_POSTCODE_SAME,
        ),
    ],
)
def test_each_rule_speaks_when_it_should(changes: dict[str, object], rule: RuleCode) -> None:
    assert rule in rules_of(WREN, known(**changes))


def test_a_name_alone_is_not_enough() -> None:
    namesake = replace(_UNKNOWN, given_name="Wren", family_name="Invented")

    assert strength_of(WREN, namesake) is Strength.UNLIKELY


def test_a_name_and_a_birth_date_are_worth_a_look() -> None:
    same_day = replace(_UNKNOWN, given_name="Wren", family_name="Invented", birth_date=WREN.birth_date)

    assert strength_of(replace(WREN, nhs_number=None), same_day) is Strength.LIKELY


def test_a_twin_is_not_likely_the_same_child() -> None:
    twin = known(given_name="Lark", nhs_number="9990000026", sex="M")

    assert strength_of(WREN, twin) is not Strength.LIKELY


def test_names_in_two_scripts_say_nothing_for_or_against() -> None:
    cyrillic = replace(_UNKNOWN, given_name="Врен", family_name="Выдуманная", birth_date=WREN.birth_date)

    candidate = matching.compare(WREN, cyrillic, similarity=similarity, scheme=SCHEME)

    assert candidate.points == POINTS[RuleCode.BIRTH_DATE_SAME]


@pytest.mark.parametrize("name", ["李小龍", "محمد", "Željko Ćosić", "ऋषि", "🙂 Wren 🙂", "Ngũgĩ"])
def test_a_name_in_any_script_equals_itself(name: str) -> None:
    one = replace(_UNKNOWN, given_name=name)

    assert rules_of(one, replace(one, person_id=some_id("other"))) == {RuleCode.NAME_SAME}


def test_who_was_expected_then_is_found_when_born() -> None:
    expected = replace(_UNKNOWN, family_name="Invented", expected_date=date(2018, 2, 20))

    assert RuleCode.BORN_WHEN_EXPECTED in rules_of(WREN, expected)


def test_only_candidates_worth_showing_are_shown_strongest_first() -> None:
    strong, weaker = known(), replace(known(nhs_number=None), person_id=some_id("weaker"))
    stranger = replace(_UNKNOWN, given_name="Nobody", family_name="Known")

    found = matching.candidates(WREN, (stranger, weaker, strong, WREN), similarity=similarity, scheme=SCHEME)

    assert [one.person_id for one in found] == [strong.person_id, weaker.person_id]


def test_every_rule_has_points_and_a_sentence() -> None:
    assert set(POINTS) == set(SENTENCES) == set(RuleCode)


_TRAITS = st.builds(
    Traits,
    person_id=st.uuids(),
    given_name=st.text(max_size=12),
    family_name=st.sampled_from(["", "Invented", "Inventet", "Выдуманная"]),
    birth_date=st.one_of(st.none(), st.dates(date(2015, 1, 1), date(2015, 3, 31))),
    expected_date=st.one_of(st.none(), st.dates(date(2015, 1, 1), date(2015, 6, 30))),
    sex=st.sampled_from(["M", "F", "U"]),
    postcodes=st.frozensets(st.sampled_from(["OX1 1ND", "OX2 6AA"])),
    addresses=st.frozensets(st.text(max_size=20), max_size=2),
    former_postcodes=st.frozensets(st.sampled_from(["OX1 1ND", "OX2 6AA"])),
    former_addresses=st.frozensets(st.text(max_size=20), max_size=2),
    nhs_number=st.sampled_from([None, "9990000018", "9990000026"]),
    reporters=st.frozensets(st.sampled_from(["school-1", "gp-2"])),
)


@given(_TRAITS, _TRAITS)
def test_the_points_are_the_sum_of_what_is_explained_and_the_same_both_ways(one: Traits, other: Traits) -> None:
    there = matching.compare(one, other, similarity=similarity, scheme=SCHEME)
    back = matching.compare(other, one, similarity=similarity, scheme=SCHEME)

    assert there.points == sum(hit.points for hit in there.hits)
    assert {hit.rule for hit in there.hits} == {hit.rule for hit in back.hits}
    assert all(hit.sentence for hit in there.hits)


def match(**changes: object) -> Match:
    """Return a candidate that waits for somebody to look."""
    made = Match(
        id=some_id("match"),
        referral_id=some_id("referral"),
        person_id=some_id("one"),
        known_person_id=some_id("two"),
        hits=(),
        points=70,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def test_a_person_decides_once_and_says_why() -> None:
    confirmed = matches.decide(match(), verb="confirm", reason="Same mother.", by=MANAGER, at=LATER)

    assert confirmed.state is MatchState.CONFIRMED
    with pytest.raises(NotInThatState):
        matches.decide(confirmed, verb="reject", reason="No.", by=MANAGER, at=LATER)
    with pytest.raises(ReasonMissing):
        matches.decide(match(), verb="reject", reason=" ", by=MANAGER, at=LATER)
