"""Every verb of a request in every state and role."""

from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.kernel.errors import Conflict, DomainError
from libs.kernel.roles import Role
from libs.kernel.transitions import NotInThatState
from services.partners.domain import grants, request
from services.partners.domain.parties import AGENCY_ROLES, COUNCIL_ROLES, ImplausibleDate, Party
from services.partners.domain.request import ENDED, OPEN, TABLE, State, Verb
from tests.partners.domain.builders import MONDAY, a_request, after, say

LATER = after(days=2)
EVERY_PAIR = [(state, verb) for state in State for verb in Verb]


@pytest.mark.parametrize(("state", "verb"), EVERY_PAIR)
def test_every_verb_in_every_state_leads_where_the_table_says_or_is_refused(state: State, verb: Verb) -> None:
    before = a_request(state)
    if verb is Verb.COMPLETE and state in TABLE[verb].sources:
        before = say(Verb.REPORT, before, at=LATER, now=LATER)

    if state not in TABLE[verb].sources:
        with pytest.raises(NotInThatState):
            say(verb, before, at=LATER, now=LATER)
        return
    said = say(verb, before, at=LATER, now=LATER)

    assert said.state == (TABLE[verb].to or state)
    assert said.changed_at == LATER


@pytest.mark.parametrize("verb", Verb)
@pytest.mark.parametrize("role", Role)
def test_every_role_may_say_exactly_the_verbs_of_its_party(verb: Verb, role: Role) -> None:
    permission = "messages:write" if verb in {Verb.ASK, Verb.ANSWER} else f"requests:{verb}"
    allowed = role in grants.MAY[permission]

    assert allowed or role not in TABLE[verb].roles
    assert not allowed or role in TABLE[verb].roles or permission == "messages:write"
    assert not allowed or role in AGENCY_ROLES | COUNCIL_ROLES


def test_an_agency_never_takes_back_what_the_council_asked_and_the_council_never_answers_for_it() -> None:
    for verb in (Verb.CANCEL, Verb.MARK_IN_ERROR, Verb.ANSWER):
        assert not TABLE[verb].roles & AGENCY_ROLES
    for verb in (Verb.ACCEPT, Verb.WAITLIST, Verb.DECLINE, Verb.ASK, Verb.START, Verb.COMPLETE, Verb.ASSIGN):
        assert not TABLE[verb].roles & COUNCIL_ROLES


def test_nothing_leads_out_of_an_ended_state_but_the_mark_that_it_was_an_error() -> None:
    leading_on = {verb for verb, move in TABLE.items() if move.sources & ENDED and move.to is not None}

    assert leading_on == {Verb.MARK_IN_ERROR}


def test_every_state_can_be_reached_from_the_first() -> None:
    reached = {State.REQUESTED}
    for _ in State:
        reached |= {move.to for move in TABLE.values() if move.to and move.sources & reached}

    assert reached == set(State)


@pytest.mark.parametrize(("state", "verb"), [pair for pair in EVERY_PAIR if pair[0] in TABLE[pair[1]].sources])
def test_no_verb_is_said_in_the_future_or_before_what_it_follows(state: State, verb: Verb) -> None:
    before = a_request(state)

    with pytest.raises(ImplausibleDate):
        say(verb, before, at=LATER + timedelta(seconds=1), now=LATER)
    with pytest.raises(ImplausibleDate):
        say(verb, before, at=before.changed_at - timedelta(seconds=1), now=LATER)


@given(st.lists(st.sampled_from(Verb), max_size=14), st.sampled_from(Party))
def test_whatever_is_said_the_request_stays_whole(verbs: list[Verb], party: Party) -> None:
    history = [a_request()]
    for hour, verb in enumerate(verbs, start=1):
        at = after(hours=hour)
        try:
            history.append(say(verb, history[-1], at=at, now=at, party=party))
        except Conflict:
            continue

    for one in history:
        assert (one.ended_at is not None) is (one.state in ENDED)
        assert one.engaged_at is None or one.engaged_at >= one.accepted_at >= one.requested_at
        assert one.state not in {State.ENGAGED, State.ON_HOLD, State.COMPLETED} or one.practitioner_id is not None
        assert (one.review_on is not None) is (one.state is State.ON_HOLD) or one.state is State.IN_ERROR
        assert one.state is not State.COMPLETED or one.outcome is not None
        assert (request.waits_for(one) is None) is not (one.is_open or one.owes_report)
    for earlier, later in pairwise(history):
        assert later.changed_at > earlier.changed_at


@given(st.integers(0, 60))
def test_a_late_answer_is_flagged_once_and_never_closes_the_request(days: int) -> None:
    now = after(days=days)

    flagged = request.flag_overdue(a_request(), now=now)
    again = request.flag_overdue(flagged, now=now + timedelta(days=1))

    late = now > flagged.clock.due_at
    assert flagged.overdue_at == (now if late else None)
    assert flagged.state is State.REQUESTED
    assert not late or again == flagged


def test_asking_back_does_not_stop_the_clock() -> None:
    clarifying = a_request(State.CLARIFYING)

    assert request.is_overdue(clarifying, now=after(days=30))
    assert request.waits_for(clarifying) is Party.COUNCIL


@pytest.mark.parametrize("state", sorted(OPEN - {State.REQUESTED, State.CLARIFYING}))
def test_an_answered_request_is_never_overdue(state: State) -> None:
    answered = a_request(state)

    assert not request.is_overdue(answered, now=after(days=300))


def test_an_answer_in_time_that_was_recorded_late_takes_the_mark_back() -> None:
    flagged = request.flag_overdue(a_request(), now=after(days=20))

    accepted = say(Verb.ACCEPT, flagged, at=after(hours=3), now=after(days=21))
    accepted_late = say(Verb.ACCEPT, flagged, at=after(days=19), now=after(days=21))

    assert accepted.overdue_at is None
    assert accepted_late.overdue_at == after(days=20)


def test_a_refusal_names_the_state_and_what_it_would_need() -> None:
    with pytest.raises(DomainError) as refusal:
        say(Verb.COMPLETE, a_request(), at=MONDAY, now=MONDAY)

    assert refusal.value.detail == "It is requested; complete needs one of: engaged."
    assert refusal.value.slug == "invalid-transition"
