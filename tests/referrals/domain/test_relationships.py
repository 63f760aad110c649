"""Relationships told from both sides."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.referrals.domain import relationships as rules
from services.referrals.domain.household import ImplausibleDate, InvalidHousehold
from services.referrals.domain.relationships import INVERSE, RelatedAlready, Relation, Relationship
from tests.referrals.domain.builders import adult, child, some_id

PARENT, CHILD = adult(), child()


def related(relation: Relation = Relation.PARENT, **changes: object) -> Relationship:
    """Return the adult is a parent of the child, unless a test says otherwise."""
    values: dict[str, object] = {
        "id": some_id("relationship"),
        "person_id": PARENT.id,
        "other_id": CHILD.id,
        "relation": relation,
    }
    return Relationship(**(values | changes))  # type: ignore[arg-type]


@given(st.sampled_from(list(Relation)))
def test_the_inverse_of_the_inverse_is_the_relation(relation: Relation) -> None:
    assert INVERSE[INVERSE[relation]] is relation
    assert related(relation).inverse().inverse() == related(relation)


@given(st.sampled_from(list(Relation)))
def test_both_tellings_are_stored_as_one(relation: Relation) -> None:
    told = related(relation)

    assert rules.canonical(told) == rules.canonical(told.inverse())
    assert rules.canonical(rules.canonical(told)) == rules.canonical(told)


def test_a_child_of_a_parent_is_stored_as_the_parent_of_a_child() -> None:
    told = related(Relation.CHILD, person_id=CHILD.id, other_id=PARENT.id)

    stored = rules.relate(told, person=CHILD, other=PARENT, known=())

    assert (stored.person_id, stored.relation, stored.other_id) == (PARENT.id, Relation.PARENT, CHILD.id)


def test_nobody_is_related_to_themselves() -> None:
    with pytest.raises(InvalidHousehold):
        related(other_id=PARENT.id)


def test_a_relationship_does_not_end_before_it_starts() -> None:
    with pytest.raises(ImplausibleDate):
        related(from_on=date(2026, 1, 2), until_on=date(2026, 1, 1))


def test_a_parent_is_born_before_the_child() -> None:
    with pytest.raises(ImplausibleDate):
        rules.relate(related(Relation.CHILD), person=PARENT, other=CHILD, known=())


def test_an_unborn_child_has_parents_and_is_none() -> None:
    unborn = child("Unborn", birth_date=None, expected_date=date(2026, 6, 1))
    told = related(other_id=unborn.id)

    assert rules.relate(told, person=PARENT, other=unborn, known=()).relation is Relation.PARENT
    with pytest.raises(ImplausibleDate):
        rules.relate(related(person_id=unborn.id, other_id=CHILD.id), person=unborn, other=CHILD, known=())


def test_the_same_is_recorded_once_for_a_time() -> None:
    first = related(Relation.PARTNER, from_on=date(2020, 1, 1), until_on=date(2021, 1, 1))
    again = related(Relation.PARTNER, id=some_id("again"), from_on=date(2020, 6, 1))
    afterwards = related(Relation.PARTNER, id=some_id("after"), from_on=date(2021, 1, 1))

    with pytest.raises(RelatedAlready):
        rules.relate(again.inverse(), person=CHILD, other=PARENT, known=(first,))
    assert rules.relate(afterwards, person=PARENT, other=CHILD, known=(first,)).from_on == date(2021, 1, 1)


_DAYS = st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2030, 1, 1)))


@given(_DAYS, st.integers(0, 900), _DAYS, st.integers(0, 900))
def test_overlap_is_the_same_from_both_sides(one: date | None, long: int, other: date | None, short: int) -> None:
    first = related(from_on=one, until_on=one and one + timedelta(days=long))
    second = related(from_on=other, until_on=other and other + timedelta(days=short))

    assert first.overlaps(second) is second.overlaps(first)


def test_a_relationship_is_recognised_from_either_side() -> None:
    known = related()

    assert rules.recorded(related().inverse(), [known]) is known
    assert rules.recorded(related(Relation.CARER), [known]) is None


def test_another_time_of_the_same_relationship_is_another_one() -> None:
    before = related(Relation.PARTNER, from_on=date(2018, 1, 1), until_on=date(2019, 1, 1))

    assert rules.recorded(related(Relation.PARTNER, from_on=date(2020, 1, 1)), [before]) is None


def test_a_relationship_is_supplemented_and_never_overwritten() -> None:
    known = related(from_on=date(2018, 1, 20))
    told = related(from_on=date(2019, 1, 1), until_on=date(2025, 1, 1), parental_responsibility=True)

    whole = rules.supplemented(known, told)

    assert (whole.from_on, whole.until_on, whole.parental_responsibility) == (
        date(2018, 1, 20),
        date(2025, 1, 1),
        True,
    )
