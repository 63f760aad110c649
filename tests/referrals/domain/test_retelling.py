"""What is told again: relationships and details already recorded are recognised, areas are those that are served."""

from datetime import date

import pytest

from libs.kernel.errors import Conflict, Invalid
from services.referrals.domain.areas import check_area, check_served
from services.referrals.domain.household import Part, check_completed, check_corrected
from services.referrals.domain.protected import ContactKind, ProtectedContactPoint, Secret, not_yet_recorded
from services.referrals.domain.relationships import Relation, Relationship, recorded, supplemented
from tests.referrals.domain.builders import adult, child, some_id

TODAY = date(2026, 11, 20)


def related(relation: Relation = Relation.PARENT, **changes: date | bool | None) -> Relationship:
    """Return what Robin is to Wren."""
    told = {"id": some_id("r", relation), "person_id": adult().id, "other_id": child().id, "relation": relation}
    return Relationship(**told | changes)  # type: ignore[arg-type]


def detail(value: str, kind: ContactKind = ContactKind.SCHOOL) -> ProtectedContactPoint:
    """Return a protected detail of Wren."""
    return ProtectedContactPoint(
        id=some_id(value, kind), person_id=child().id, kind=kind, value=Secret(value), from_on=TODAY
    )


def test_a_relationship_is_recognised_from_either_side() -> None:
    known = related()

    assert recorded(related().inverse(), [known]) is known
    assert recorded(related(Relation.CARER), [known]) is None


def test_another_time_of_the_same_relationship_is_another_one() -> None:
    before = related(Relation.PARTNER, from_on=date(2018, 1, 1), until_on=date(2019, 1, 1))

    assert recorded(related(Relation.PARTNER, from_on=date(2020, 1, 1)), [before]) is None


def test_a_relationship_is_supplemented_and_never_overwritten() -> None:
    known = related(from_on=date(2018, 1, 20))
    told = related(from_on=date(2019, 1, 1), until_on=date(2025, 1, 1), parental_responsibility=True)

    whole = supplemented(known, told)

    assert (whole.from_on, whole.until_on, whole.parental_responsibility) == (
        date(2018, 1, 20),
        date(2025, 1, 1),
        True,
    )


def test_a_detail_is_the_same_however_it_is_spelt_and_another_of_another_kind() -> None:
    held = detail("Nowhere School")
    other = detail("Nowhere School", ContactKind.PLACEMENT)

    assert not_yet_recorded([detail("nowhere  SCHOOL"), other, other], [held]) == (other,)


def test_facts_that_contradict_what_is_known_are_refused() -> None:
    whole = child(died_on=date(2017, 1, 1))
    with pytest.raises(Invalid) as refusal:
        check_completed(whole, known=child(), part=Part.CHILD, on=TODAY, at="/children/0")

    assert refusal.value.at == "/children/0/died_on"


def test_who_is_a_child_in_one_family_and_a_parent_in_another_is_not_made_unborn() -> None:
    named = [(Part.CHILD, date(2010, 1, 1)), (Part.ADULT, date(2026, 1, 1))]

    with pytest.raises(Invalid):
        check_corrected(child(birth_date=None, expected_date=date(2027, 1, 1)), named=named, today=TODAY)


def test_without_any_team_every_area_is_believed() -> None:
    check_area("atlantis", served=frozenset())
    check_served("atlantis", served=frozenset())


def test_what_nobody_knows_yet_may_be_said_and_not_accepted() -> None:
    check_area("unknown", served={"cherwell"})
    with pytest.raises(Conflict):
        check_served("unknown", served={"cherwell"})
