"""State machines as tables."""

from enum import StrEnum

import pytest

from libs.kernel.roles import Role
from libs.kernel.transitions import Move, NotInThatState, move


class Door(StrEnum):
    """A door, which stands for anything with states."""

    OPEN = "open"
    SHUT = "shut"
    LOCKED = "locked"


ANYBODY = frozenset({Role.SOCIAL_WORKER})
TABLE = {
    "shut": Move(sources=frozenset({Door.OPEN}), to=Door.SHUT, roles=ANYBODY),
    "lock": Move(sources=frozenset({Door.SHUT}), to=Door.LOCKED, roles=ANYBODY),
    "knock": Move(sources=frozenset({Door.SHUT, Door.LOCKED}), to=None, roles=ANYBODY),
}


def test_a_verb_leads_to_its_state() -> None:
    assert move(TABLE, verb="shut", state=Door.OPEN) is Door.SHUT


def test_a_verb_without_a_target_stays() -> None:
    assert move(TABLE, verb="knock", state=Door.LOCKED) is Door.LOCKED


def test_a_verb_in_a_wrong_state_is_refused_with_the_states_that_it_needs() -> None:
    with pytest.raises(NotInThatState) as refused:
        move(TABLE, verb="knock", state=Door.OPEN)

    assert refused.value.detail == "It is open; knock needs one of: locked, shut."
    assert refused.value.slug == "invalid-transition"
    assert refused.value.facts == {"state": "open", "verb": "knock"}


def test_an_unknown_verb_is_a_fault_of_ours_and_no_refusal() -> None:
    with pytest.raises(KeyError):
        move(TABLE, verb="paint", state=Door.OPEN)
