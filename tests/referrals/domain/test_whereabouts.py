"""What ends when somebody moves, and what nobody may record openly."""

from dataclasses import replace
from datetime import date

import pytest

from services.referrals.domain import whereabouts
from services.referrals.domain.household import ImplausibleDate
from services.referrals.domain.whereabouts import DetailProtected, EndedAlready, PointKind, Spell
from tests.referrals.domain.builders import some_id

MOVED = date(2026, 11, 1)
OLD = Spell(id=some_id("old"), person_id=some_id("wren"), kind=PointKind.ADDRESS, from_on=date(2024, 2, 29))
NEW = replace(OLD, id=some_id("new"), from_on=MOVED)


def test_a_new_address_ends_the_earlier_one_on_its_day() -> None:
    (ended,) = whereabouts.ended_by(NEW, [OLD])

    assert (ended.id, ended.until_on) == (OLD.id, MOVED)
    assert (ended.holds_on(date(2026, 10, 31)), ended.holds_on(MOVED)) == (True, False)


def test_a_move_told_late_ends_what_was_recorded_since_and_leaves_what_had_ended_before() -> None:
    told_since = replace(OLD, id=some_id("since"), from_on=date(2026, 11, 20))
    long_gone = replace(OLD, id=some_id("gone"), until_on=date(2025, 1, 1))
    gone_since = replace(OLD, id=some_id("until"), until_on=date(2026, 11, 10))

    ended = {one.id: one.until_on for one in whereabouts.ended_by(NEW, [told_since, long_gone, gone_since])}

    assert ended == {told_since.id: told_since.from_on, gone_since.id: MOVED}


def test_an_address_leaves_others_their_own_and_a_former_one_ends_nothing() -> None:
    others = [replace(OLD, person_id=some_id("robin")), replace(OLD, kind=PointKind.TELEPHONE)]

    assert whereabouts.ended_by(NEW, others) == ()
    assert whereabouts.ended_by(replace(NEW, until_on=date(2026, 11, 5)), [OLD]) == ()


@pytest.mark.parametrize(
    ("protected", "refused"),
    [
        (OLD, True),
        (replace(OLD, until_on=MOVED), False),
        (replace(OLD, from_on=date(2026, 12, 1)), True),
        (replace(OLD, person_id=some_id("robin")), False),
        (replace(OLD, kind="school"), False),
        (replace(OLD, from_on=date(2026, 11, 5), until_on=date(2026, 11, 5)), False),
    ],
)
def test_nobody_has_an_open_address_while_theirs_is_protected(protected: Spell, refused: bool) -> None:
    if not refused:
        whereabouts.check_not_protected([NEW], [protected])
        return
    with pytest.raises(DetailProtected) as caught:
        whereabouts.check_not_protected([NEW], [protected])
    assert caught.value.facts == {"people": [str(NEW.person_id)]}


def test_it_ends_once_and_not_before_it_began() -> None:
    ended = whereabouts.end(OLD, on=MOVED)

    assert ended.told() == "2024-02-29/2026-11-01"
    with pytest.raises(EndedAlready):
        whereabouts.end(ended, on=MOVED)
    with pytest.raises(ImplausibleDate):
        whereabouts.end(OLD, on=date(2024, 2, 28))


def test_what_is_open_ends_as_the_protection_begins_and_on_no_day_if_it_began_under_it() -> None:
    hidden = replace(OLD, id=some_id("hidden"), from_on=MOVED, until_on=date(2026, 11, 20))
    inside = replace(OLD, id=some_id("inside"), from_on=date(2026, 11, 10))
    before = replace(OLD, id=some_id("before"), until_on=MOVED)
    afterwards = replace(OLD, id=some_id("afterwards"), from_on=date(2026, 11, 20))
    number = replace(OLD, id=some_id("number"), kind=PointKind.TELEPHONE)

    away = whereabouts.given_away([OLD, inside, before, afterwards, number], [hidden])

    assert [(one.id, one.until_on, one.is_void) for one in away] == [
        (OLD.id, MOVED, False),
        (inside.id, inside.from_on, True),
    ]


@pytest.mark.parametrize(
    ("told", "known", "ended"), [(NEW, OLD, OLD), (OLD, NEW, OLD), (NEW, replace(NEW, id=OLD.id), OLD)]
)
def test_of_two_records_of_one_person_the_later_address_replaces_the_earlier(
    told: Spell, known: Spell, ended: Spell
) -> None:
    number = replace(OLD, id=some_id("number"), kind=PointKind.TELEPHONE)

    (over,) = whereabouts.replaced([told, number], [known])

    assert (over.id, over.until_on) == (ended.id, MOVED)


def test_two_homes_of_one_record_both_stay_where_the_other_has_none_now() -> None:
    homes = [OLD, replace(OLD, id=some_id("second"))]

    assert whereabouts.replaced(homes, [replace(OLD, id=some_id("former"), until_on=MOVED)]) == ()
