"""Who may be in a referral, and which dates cannot be."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from libs.kernel.codes import Disability, Sex
from libs.kernel.errors import Invalid
from services.referrals.domain import household as rules
from services.referrals.domain.household import ImplausibleDate, InvalidHousehold, Membership, NotUnborn, Part, Person
from tests.referrals.domain.builders import adult, child, some_id

ON = date(2026, 3, 3)


def faults(*children: Person, adults: tuple[Person, ...] = ()) -> list[tuple[str, str | None]]:
    """Return the problem and the pointer of every fault."""
    return [(fault.slug, fault.at) for fault in rules.faults_of(children, adults, on=ON)]


def test_an_ordinary_family_has_no_fault() -> None:
    assert faults(child("Wren"), child("Lark"), adults=(adult(),)) == []


def test_a_referral_without_a_child_is_refused() -> None:
    assert faults() == [("invalid-household", "/children")]


def test_twenty_children_are_enough() -> None:
    twenty = [child(f"Wren {number}") for number in range(20)]

    assert faults(*twenty) == []
    assert faults(*twenty, child("One more")) == [("invalid-household", "/children")]


def test_a_family_of_forty_is_possible() -> None:
    children = [child(f"Wren {number}") for number in range(15)]
    adults = tuple(adult(f"Robin {number}") for number in range(25))

    assert faults(*children, adults=adults) == []


@pytest.mark.parametrize(
    "twice",
    [
        child("Wren"),
        child(" wrén ", id=some_id("somebody else")),
        child("Lark", nhs_number="9990000018", id=some_id("somebody else")),
    ],
)
def test_the_same_child_twice_is_refused(twice: Person) -> None:
    assert faults(child("Wren", nhs_number="9990000018"), twice) == [("invalid-household", "/children/1")]


def test_unborn_twins_without_names_are_two_children() -> None:
    unborn = Person(id=some_id("first"), expected_date=ON + timedelta(days=90))

    assert faults(unborn, replace(unborn, id=some_id("second"))) == []


@pytest.mark.parametrize(
    ("changes", "slug", "at"),
    [
        ({"birth_date": date(2026, 3, 4)}, "implausible-date", "/children/0/birth_date"),
        ({"birth_date": None}, "implausible-date", "/children/0/birth_date"),
        ({"expected_date": date(2026, 5, 1)}, "implausible-date", "/children/0/expected_date"),
        ({"birth_date": date(2008, 3, 3)}, "implausible-date", "/children/0/birth_date"),
        ({"birth_date": None, "expected_date": date(2027, 1, 5)}, "implausible-date", "/children/0/expected_date"),
        (
            {"birth_date": None, "expected_date": date(2026, 6, 1), "sex": Sex.F},
            "invalid-household",
            "/children/0/sex",
        ),
        ({"died_on": date(2018, 1, 19)}, "implausible-date", "/children/0/died_on"),
        (
            {"disabilities": (Disability.NONE, Disability.LD)},
            "invalid-household",
            "/children/0/disabilities",
        ),
        ({"disabilities": (Disability.LD, Disability.LD)}, "invalid-household", "/children/0/disabilities"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(changes: dict[str, object], slug: str, at: str) -> None:
    assert faults(child(**changes)) == [(slug, at)]


def test_a_child_is_under_eighteen_or_under_twenty_five_with_the_flag() -> None:
    the_day_before_eighteen = child(birth_date=date(2008, 3, 4))
    nineteen = child(birth_date=date(2007, 1, 1))

    assert faults(the_day_before_eighteen) == []
    assert faults(nineteen) == [("implausible-date", "/children/0/birth_date")]
    assert faults(replace(nineteen, extended_to_25=True)) == []
    assert faults(child(birth_date=date(2001, 1, 1), extended_to_25=True)) != []


def test_only_a_child_can_be_unborn() -> None:
    expected = Person(id=some_id("adult"), expected_date=ON + timedelta(days=9))

    assert faults(child(), adults=(expected,)) == [("invalid-household", "/adults/0/expected_date")]


def test_an_adult_may_be_of_unknown_age_but_not_two_hundred() -> None:
    assert faults(child(), adults=(adult(birth_date=None),)) == []
    assert faults(child(), adults=(adult(birth_date=date(1826, 1, 1)),)) == [
        ("implausible-date", "/adults/0/birth_date")
    ]


def test_all_faults_are_told_at_once() -> None:
    found = faults(child("Wren", birth_date=None), child("Lark", birth_date=date(2030, 1, 1)))

    assert [at for _, at in found] == ["/children/0/birth_date", "/children/1/birth_date"]


def test_who_was_born_on_29_february_is_a_year_older_on_1_march() -> None:
    leapling = date(2008, 2, 29)

    assert rules.age_on(birth_date=leapling, on=date(2026, 2, 28)) == 17
    assert rules.age_on(birth_date=leapling, on=date(2026, 3, 1)) == 18
    assert rules.age_on(birth_date=leapling, on=date(2024, 2, 29)) == 16


def test_birth_replaces_the_expected_date() -> None:
    unborn = Person(id=some_id("unborn"), family_name="Invented", expected_date=date(2026, 5, 1))

    born = rules.born(unborn, birth_date=date(2026, 4, 28), sex=Sex.F, given_name="Linnet", on=date(2026, 5, 2))

    assert (born.birth_date, born.expected_date) == (date(2026, 4, 28), None)
    assert (born.given_name, born.family_name, born.sex) == ("Linnet", "Invented", Sex.F)


def test_a_child_is_born_once_and_not_tomorrow() -> None:
    unborn = Person(id=some_id("unborn"), expected_date=date(2026, 5, 1))

    with pytest.raises(NotUnborn):
        rules.born(child(), birth_date=ON, sex=Sex.M, on=ON)
    with pytest.raises(ImplausibleDate):
        rules.born(unborn, birth_date=ON + timedelta(days=1), sex=Sex.M, on=ON)
    with pytest.raises(ImplausibleDate):
        rules.born(unborn, birth_date=date(2025, 1, 1), sex=Sex.M, on=ON)


def test_what_is_told_again_completes_and_never_overwrites() -> None:
    known = child("Wren", nhs_number="9990000018", sex=Sex.U)
    told = child("Other", nhs_number="9990000026", sex=Sex.F, upn="T00000000000A")

    completed = rules.completed(known, told)

    assert (completed.given_name, completed.nhs_number) == ("Wren", "9990000018")
    assert (completed.sex, completed.upn) == (Sex.F, "T00000000000A")


def test_an_unborn_child_is_not_born_by_being_told_again() -> None:
    unborn = Person(id=some_id("unborn"), expected_date=date(2026, 5, 1))

    completed = rules.completed(unborn, child("Wren", sex=Sex.F))

    assert completed.is_unborn
    assert completed.birth_date is None
    assert completed.sex is Sex.U


def test_a_membership_does_not_end_before_it_starts() -> None:
    with pytest.raises(ImplausibleDate):
        Membership(person_id=some_id("one"), part=Part.ADULT, from_on=ON, until_on=ON - timedelta(days=1))


def test_a_membership_is_half_open() -> None:
    membership = Membership(person_id=some_id("one"), part=Part.ADULT, from_on=ON, until_on=ON + timedelta(days=1))

    assert membership.is_current(ON)
    assert not membership.is_current(ON + timedelta(days=1))


def test_a_refusal_tells_no_value_of_the_person() -> None:
    fault = rules.faults_of((child("Wren", birth_date=date(2030, 1, 1)),), (), on=ON)[0]

    assert isinstance(fault, Invalid)
    assert "Wren" not in str(fault)
    assert "2030" not in str(fault)
    assert not isinstance(fault, InvalidHousehold)


def test_the_death_of_an_unborn_child_is_refused_in_the_same_words_on_receipt_and_later() -> None:
    dead = Person(id=some_id("unborn"), expected_date=ON + timedelta(days=90), died_on=ON)

    [on_receipt] = rules.faults_of((dead,), (), on=ON)
    with pytest.raises(ImplausibleDate) as later:
        rules.check_life(dead)

    assert on_receipt.at == "/children/0/died_on"
    assert on_receipt.detail == later.value.detail


def test_facts_that_contradict_what_is_known_are_refused() -> None:
    whole = child(died_on=date(2017, 1, 1))
    with pytest.raises(Invalid) as refusal:
        rules.check_completed(whole, known=child(), part=Part.CHILD, on=ON, at="/children/0")

    assert refusal.value.at == "/children/0/died_on"


def test_who_is_a_child_in_one_family_and_a_parent_in_another_is_not_made_unborn() -> None:
    named = [(Part.CHILD, date(2010, 1, 1)), (Part.ADULT, date(2026, 1, 1))]

    with pytest.raises(InvalidHousehold):
        rules.check_corrected(child(birth_date=None, expected_date=ON + timedelta(days=42)), named=named, today=ON)
