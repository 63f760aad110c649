"""Facts: what is kept of every event, and in which order a thing's facts stand."""

from dataclasses import replace
from datetime import date

import pytest

from libs.contracts import allocation, partners, referrals, workbook
from libs.contracts.envelope import event_types
from services.metrics.domain.facts import KEPT, SUBJECT_FIELDS, Subject, UnknownKind, current, keep, kind_of
from services.metrics.domain.ledger import FAMILY_KINDS, WORKER_KINDS
from tests.metrics.builders import START, Telling, an_id

OWNERS = (allocation, partners, referrals, workbook)


HEARD = {
    kind_of(event.type_name): event
    for event in event_types().values()
    if event.__module__ in {owner.__name__ for owner in OWNERS} and not event.type_name.endswith("audit.sealed.v1")
}


def test_every_event_of_the_other_services_is_kept() -> None:
    assert set(KEPT) == set(HEARD)


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_only_fields_that_the_event_has_are_kept(kind: str) -> None:
    assert set(KEPT[kind]) <= set(HEARD[kind].model_fields)


@pytest.mark.parametrize("kind", sorted(KEPT))
def test_every_field_that_names_a_subject_is_kept(kind: str) -> None:
    assert set(HEARD[kind].model_fields) & set(SUBJECT_FIELDS) <= set(KEPT[kind])


def test_the_kinds_that_change_figures_are_kinds_that_are_kept() -> None:
    assert set(KEPT) >= FAMILY_KINDS | WORKER_KINDS


def test_a_field_that_is_not_listed_is_not_kept() -> None:
    kept = keep(kind="allocation.team.recorded", data={"team_id": str(an_id("t")), "code": "north", "note": "text"})

    assert kept == {"team_id": str(an_id("t")), "code": "north"}


def test_an_event_that_is_not_measured_is_refused() -> None:
    with pytest.raises(UnknownKind):
        keep(kind="referrals.referral.painted", data={})


def test_a_fact_knows_everything_that_it_is_about() -> None:
    children = (an_id("c", 1), an_id("c", 2))

    fact = Telling().referral(an_id("r"), an_id("f"), children, on=START)

    assert fact.subjects() == {
        (Subject.REFERRAL, an_id("r")),
        (Subject.FAMILY, an_id("f")),
        (Subject.CHILD, children[0]),
        (Subject.CHILD, children[1]),
    }


def test_facts_of_a_thing_stand_in_the_order_of_their_revisions_and_once() -> None:
    telling = Telling()
    first = telling.plan(an_id("s"), an_id("c"), an_id("f"), "cin", on=START)
    second = telling.plan(an_id("s"), an_id("c"), an_id("f"), "cin", on=date(2025, 1, 1))

    found = current([second, first, second, first])

    assert found == {("workbook", an_id("s")): (first, second)}


def test_what_an_epoch_said_after_the_point_of_a_restore_has_not_happened() -> None:
    telling = Telling()
    kept = telling.plan(an_id("s"), an_id("c"), an_id("f"), "cin", on=START)
    lost = telling.plan(an_id("s"), an_id("c"), an_id("f"), "cp", on=START)
    again = replace(lost, id=an_id("again"), epoch=2)

    assert current([lost, again, kept]) == {("workbook", an_id("s")): (kept, again)}
