"""Room as declared and as answered."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.partners.domain import capacity
from services.partners.domain.agencies import Specialism
from services.partners.domain.capacity import Answer, Declaration, ImpossibleDeclaration, Room
from tests.partners.domain.builders import MIND, TEAM

TODAY = date(2026, 11, 2)
MONTH = timedelta(days=28)


def declared(**changes: Any) -> Declaration:
    facts: dict[str, Any] = {
        "id": UUID(int=1),
        "agency_id": MIND,
        "specialism": Specialism.MENTAL_HEALTH,
        "team_id": TEAM,
        "fte": 0.59,
        "places": 2,
        "waiting": 0,
        "expected_on": None,
        "declared_on": TODAY,
    }
    return Declaration(**(facts | changes))


def ask(declaration: Declaration | None, *, taken: int = 0) -> Room:
    return capacity.answer(declaration, taken=taken, today=TODAY, fresh_for=MONTH)


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        ({}, Answer.HAS_CAPACITY),
        ({"waiting": 1}, Answer.HAS_CAPACITY),
        ({"waiting": 2}, Answer.NEEDS_CONVERSATION),
        ({"waiting": 2, "expected_on": date(2026, 12, 1)}, Answer.WAITING_LIST),
        ({"places": 0, "expected_on": TODAY}, Answer.WAITING_LIST),
        ({"places": 0}, Answer.NONE),
        (
            {"places": 0, "declared_on": date(2026, 10, 20), "expected_on": date(2026, 10, 30)},
            Answer.NEEDS_CONVERSATION,
        ),
        ({"declared_on": TODAY - MONTH}, Answer.HAS_CAPACITY),
        ({"declared_on": TODAY - MONTH - timedelta(days=1)}, Answer.NEEDS_CONVERSATION),
    ],
)
def test_an_agencys_word_answers_the_question_for_room(said: dict[str, Any], answer: Answer) -> None:
    assert ask(declared(**said)).answer is answer


def test_silence_needs_a_conversation() -> None:
    assert ask(None) == Room(answer=Answer.NEEDS_CONVERSATION)


def test_an_old_word_is_said_to_be_stale() -> None:
    room = ask(declared(declared_on=date(2026, 9, 1)))

    assert room.is_stale
    assert room.declared_on == date(2026, 9, 1)


def test_places_taken_since_the_declaration_are_no_longer_free() -> None:
    assert ask(declared(), taken=1).answer is Answer.HAS_CAPACITY
    assert ask(declared(), taken=2).answer is Answer.NONE


@given(
    st.integers(0, 5),
    st.integers(0, 5),
    st.integers(0, 5),
    st.one_of(st.none(), st.dates(date(2026, 9, 1), date(2026, 12, 31))),
    st.integers(0, 60),
)
def test_room_is_promised_only_when_a_fresh_word_leaves_a_place_beyond_those_who_wait(
    places: int, waiting: int, taken: int, expected_on: date | None, age: int
) -> None:
    said = declared(places=places, waiting=waiting, expected_on=expected_on, declared_on=TODAY - timedelta(days=age))

    room = ask(said, taken=taken)

    assert (room.answer is Answer.HAS_CAPACITY) is (places - taken > waiting and age <= 28)
    assert (room.expected_on is not None) is (room.answer is Answer.WAITING_LIST)
    assert room.expected_on is None or room.expected_on >= TODAY


@pytest.mark.parametrize(
    "said",
    [
        {"places": -1},
        {"waiting": -1},
        {"fte": -0.1},
        {"fte": 0.0},
        {"declared_on": date(2026, 11, 3)},
        {"expected_on": date(2026, 11, 1)},
    ],
)
def test_impossible_room_is_not_declared(said: dict[str, Any]) -> None:
    with pytest.raises(ImpossibleDeclaration):
        capacity.declare(declared(**said), today=TODAY)
