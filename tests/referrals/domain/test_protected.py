"""A protected detail never shows itself by accident, and survives a merge."""

import copy
import json
import pickle
from dataclasses import replace
from datetime import date

import pytest

from services.referrals.domain import merging
from services.referrals.domain.household import Family, Membership, Part
from services.referrals.domain.merging import CannotMerge, Exposure
from services.referrals.domain.protected import (
    ContactKind,
    NothingToProtect,
    ProtectedContactPoint,
    Secret,
    not_yet_recorded,
)
from tests.referrals.domain.builders import some_id

PLACE = "7 Nowhere Lane"
ON = date(2026, 3, 3)


def point(**changes: object) -> ProtectedContactPoint:
    """Return a refuge that one person must not learn of."""
    made = ProtectedContactPoint(
        id=some_id("point"),
        person_id=some_id("mother"),
        kind=ContactKind.ADDRESS,
        value=Secret(PLACE),
        from_on=ON,
        kept_from=frozenset({some_id("father")}),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "shown",
    [
        repr(point()),
        str(point()),
        f"{point().value}",
        f"{point().value!r:>20}",
        "%s" % point().value,  # noqa: UP031 - the old way shows nothing either
        repr([point().value]),
        repr({"value": point().value}),
        str(Exception(point().value)),
    ],
)
def test_no_way_of_printing_shows_it(shown: str) -> None:
    assert PLACE not in shown
    assert "Nowhere" not in shown


def test_it_is_not_serialised() -> None:
    with pytest.raises(TypeError):
        json.dumps(point().value)
    with pytest.raises(TypeError):
        pickle.dumps(point().value)
    with pytest.raises(TypeError):
        copy.copy(point().value)


def test_it_is_revealed_when_asked() -> None:
    assert point().value.reveal() == PLACE


def test_an_empty_detail_or_one_kept_from_its_own_person_is_refused() -> None:
    with pytest.raises(NothingToProtect):
        point(value=Secret(" "))
    with pytest.raises(NothingToProtect):
        point(kept_from=frozenset({some_id("mother")}))


def family(name: str, *members: str) -> Family:
    """Return a family of those members."""
    return Family(
        some_id(name),
        tuple(Membership(person_id=some_id(one), part=Part.ADULT, from_on=ON) for one in members),
    )


def test_a_merge_keeps_what_is_protected_and_from_whom() -> None:
    merged = merging.merge(family("one", "mother"), family("two", "father"), protected=(point(),), on=ON)

    assert merged.protected == (point(),)
    assert merged.warnings == (Exposure(some_id("mother"), some_id("father")),)
    assert set(merged.people) == {some_id("mother"), some_id("father")}


def test_a_merge_without_danger_warns_of_none() -> None:
    merged = merging.merge(family("one", "mother"), family("two", "child"), protected=(point(),), on=ON)

    assert merged.warnings == ()


def test_who_belongs_to_both_belongs_once() -> None:
    merged = merging.merge(family("one", "mother", "child"), family("two", "child"), protected=(), on=ON)

    assert len(merged.family.members) == 2


def test_a_family_is_not_merged_into_itself() -> None:
    with pytest.raises(CannotMerge):
        merging.merge(family("one"), family("one"), protected=(), on=ON)


def school(name: str) -> ProtectedContactPoint:
    """Return a protected school, however its name is spelt."""
    return point(id=some_id(name), kind=ContactKind.SCHOOL, value=Secret(name))


def test_a_detail_is_the_same_however_it_is_spelt_and_another_of_another_kind() -> None:
    held = school("Nowhere School")
    other = replace(held, id=some_id("placement"), kind=ContactKind.PLACEMENT)

    assert not_yet_recorded([school("nowhere  SCHOOL"), other, other], [held]) == (other,)
