"""The one screen of an agency's client."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.domain import answering, engagement, worklist
from services.partners.domain.clocks import Urgency
from services.partners.domain.parties import Party
from services.partners.domain.request import OPEN, CancelReason, EndReason, State
from services.partners.domain.worklist import Facts, Item, Section, Task
from tests.partners.domain.builders import TERMS, a_request, after

NOW = after(days=1)


def screen(*every: Facts, now: object = NOW) -> tuple[Item, ...]:
    return worklist.arrange(every, terms=TERMS, now=now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "section", "task"),
    [
        (State.REQUESTED, Section.NEW, Task.ANSWER),
        (State.CLARIFYING, Section.NEW, Task.ANSWER),
        (State.WAITLISTED, Section.WAITING, Task.OFFER_PLACE),
        (State.ACCEPTED, Section.MINE, Task.MAKE_FIRST_CONTACT),
        (State.ENGAGED, Section.MINE, Task.WORK),
        (State.ON_HOLD, Section.MINE, Task.REVIEW_HOLD),
        (State.ENDED_EARLY, Section.MINE, Task.REPORT),
    ],
)
def test_each_state_has_its_place_and_its_next_task(state: State, section: Section, task: Task) -> None:
    (item,) = screen(Facts(request=a_request(state)))

    assert (item.section, item.due.task) == (section, task)


@pytest.mark.parametrize("state", [State.DECLINED, State.COMPLETED, State.CANCELLED, State.IN_ERROR])
def test_what_is_over_is_not_on_the_screen(state: State) -> None:
    assert screen(Facts(request=a_request(state))) == ()


@pytest.mark.parametrize("state", sorted(OPEN - {State.ENGAGED}))
def test_everything_open_with_a_promise_is_overdue_one_day(state: State) -> None:
    (item,) = screen(Facts(request=a_request(state)), now=after(days=60))

    assert item.section is Section.OVERDUE


def test_an_acceptance_without_a_name_waits_until_one_is_named() -> None:
    promised = answering.accept(
        a_request(), practitioner=None, practitioner_by=date(2026, 11, 9), at=after(hours=1), now=NOW
    )

    (item,) = screen(Facts(request=promised))

    assert (item.section, item.due.task) == (Section.WAITING, Task.NAME_PRACTITIONER)


def test_a_session_that_nobody_recorded_comes_before_other_work() -> None:
    (item,) = screen(Facts(request=a_request(State.ENGAGED), unrecorded_at=after(hours=5)), now=after(days=2))

    assert (item.section, item.due.task) == (Section.OVERDUE, Task.RECORD_SESSION)


def test_a_practitioner_who_leaves_is_replaced_by_that_day() -> None:
    engaged = a_request(State.ENGAGED)

    (before,) = screen(Facts(request=engaged, leaves_on=date(2026, 11, 20)))
    (after_it,) = screen(Facts(request=engaged, leaves_on=date(2026, 11, 3)), now=after(days=2))

    assert (before.section, before.due.task) == (Section.MINE, Task.REASSIGN)
    assert (after_it.section, after_it.due.task) == (Section.OVERDUE, Task.REASSIGN)


def test_a_closed_family_asks_for_the_end_of_the_work() -> None:
    asked = engagement.stop(a_request(State.ENGAGED), reason=CancelReason.FAMILY_CLOSED, at=NOW)

    (item,) = screen(Facts(request=asked))

    assert item.due.task is Task.END_WORK
    assert item.due.at is not None


def test_a_report_handed_in_leaves_nothing_to_do_on_ended_work() -> None:
    ended = engagement.end_early(
        replace(a_request(State.ENGAGED), reported_at=NOW),
        party=Party.AGENCY,
        reason=EndReason.MOVED_AWAY,
        terms=TERMS,
        at=NOW,
        now=NOW,
    )

    assert screen(Facts(request=ended)) == ()


def test_of_two_due_on_the_same_day_the_urgent_one_comes_first() -> None:
    routine = a_request(State.WAITLISTED)
    urgent = replace(routine, id=UUID(int=99), urgency=Urgency.URGENT)

    items = screen(Facts(request=routine), Facts(request=urgent))

    assert [item.request.id for item in items] == [urgent.id, routine.id]


anything = st.builds(
    lambda state, number, unrecorded: Facts(
        request=replace(a_request(state), id=UUID(int=number)), unrecorded_at=unrecorded
    ),
    st.sampled_from(State),
    st.integers(1, 10**6),
    st.one_of(st.none(), st.integers(1, 20).map(lambda hours: after(hours=hours))),
)


@given(st.lists(anything, max_size=12, unique_by=lambda facts: facts.request.id), st.integers(0, 40), st.randoms())
def test_the_screen_is_complete_ordered_and_the_same_however_it_was_read(
    every: list[Facts], days: int, chance: object
) -> None:
    now = after(days=days)

    items = screen(*every, now=now)
    shuffled = screen(*sorted(every, key=lambda _: chance.random()), now=now)  # type: ignore[attr-defined]

    assert items == shuffled
    shown = {item.request.id for item in items}
    assert shown == {one.request.id for one in every if one.request.is_open or one.request.owes_report}
    sections = [list(Section).index(item.section) for item in items]
    assert sections == sorted(sections)
    for item in items:
        assert (item.section is Section.OVERDUE) is (item.due.at is not None and item.due.at < now)
