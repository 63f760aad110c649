"""The invented county has the published proportions, at every scale, and nothing in it is impossible."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.demo import published
from deploy.demo.invent import invent
from deploy.demo.quotas import family_sizes, share_out
from deploy.demo.stories import Episode, Story, Way, day_of
from libs.kernel.working_days import is_working_day

UNTIL = date(2026, 11, 21)
FIRST = UNTIL - timedelta(days=365)


def _children(stories: tuple[Story, ...], counted: object) -> int:
    assert callable(counted)
    return sum(
        len(story.household.children)
        for story in stories
        for episode in story.episodes
        for _ in range(counted(episode))
    )


def _referred(episode: Episode) -> int:
    return FIRST <= day_of(episode.received_at) < UNTIL


def _starts(kind: str) -> object:
    return lambda episode: sum(spell.kind == kind and FIRST <= spell.started_on < UNTIL for spell in episode.spells)


def _open(kind: str) -> object:
    return lambda episode: sum(spell.kind == kind and spell.ended_on is None for spell in episode.spells)


@pytest.mark.parametrize("scale", [0.02, 0.1])
def test_the_counts_of_children_are_those_published_to_scale(scale: float) -> None:
    stories = invent(seed=1, scale=scale, until=UNTIL)

    assert _children(stories, _referred) == pytest.approx(published.REFERRALS * scale, abs=1)
    assert _children(stories, lambda e: _referred(e) and e.way is Way.ADVISED) == pytest.approx(
        published.NO_FURTHER_ACTION * scale, abs=1
    )
    assert _children(stories, _starts("cp")) == pytest.approx(published.CP_STARTS * scale, abs=1)
    assert _children(stories, _open("cp")) == pytest.approx(published.CP_AT_END * scale, abs=1)
    assert _children(stories, _starts("looked_after")) == pytest.approx(published.LOOKED_AFTER_STARTS * scale, abs=1)
    assert _children(stories, _open("looked_after")) == pytest.approx(published.LOOKED_AFTER_AT_END * scale, abs=1)
    assert _children(
        stories, lambda e: e.closed_on is None and e.way not in {Way.ADVISED, Way.STEPPED_DOWN}
    ) == pytest.approx(published.IN_NEED_AT_END * scale, abs=1)


def test_the_re_referrals_have_their_published_share() -> None:
    stories = invent(seed=1, scale=0.1, until=UNTIL)

    again = sum(
        len(story.household.children)
        for story in stories
        for earlier, later in pairwise(story.episodes)
        if _referred(later) and (later.received_at - earlier.received_at).days < 365
    )

    assert again == pytest.approx(published.RE_REFERRALS * 0.1, abs=1)


def test_the_same_seed_gives_the_same_county() -> None:
    assert invent(seed=7, scale=0.01, until=UNTIL) == invent(seed=7, scale=0.01, until=UNTIL)
    assert invent(seed=7, scale=0.01, until=UNTIL) != invent(seed=8, scale=0.01, until=UNTIL)


def test_everybody_is_marked_as_invented_and_nobody_twice() -> None:
    stories = invent(seed=1, scale=0.1, until=UNTIL)
    people = [person for story in stories for person in (*story.household.adults, *story.household.children)]
    numbers = [person.nhs_number for person in people if person.nhs_number]

    assert all(person.family_name.endswith("-Invented") for person in people)
    assert all(number.startswith("999") for number in numbers)
    assert len(set(numbers)) == len(numbers)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_what_happens_happens_in_order_and_not_in_the_future(seed: int) -> None:
    for story in invent(seed=seed, scale=0.01, until=UNTIL):
        for earlier, later in pairwise(story.episodes):
            over = earlier.closed_on or day_of(earlier.decided_at)
            assert over < day_of(later.received_at)
        for episode in story.episodes:
            _assert_possible(episode)


def _assert_possible(episode: Episode) -> None:
    received = day_of(episode.received_at)
    assert episode.received_at < episode.decided_at
    assert day_of(episode.decided_at) < UNTIL
    if episode.allocated_at:
        assert episode.decided_at < episode.allocated_at
    if episode.conference_on:
        assert episode.strategy_at is not None
        assert received <= day_of(episode.strategy_at) < episode.conference_on
        assert is_working_day(episode.conference_on)
    for spell in episode.spells:
        assert received < spell.started_on < UNTIL
        assert spell.ended_on is None or spell.started_on < spell.ended_on <= UNTIL
    for before, after in pairwise(episode.spells):
        assert before.ended_on == after.started_on
    assert all(received <= visit < UNTIL for visit in episode.visits)
    if episode.handover:
        assert episode.spells[0].started_on < episode.handover.on < (episode.closed_on or UNTIL)
    if episode.closed_on:
        assert episode.closed_on < UNTIL
        assert all(visit <= episode.closed_on for visit in episode.visits)


@given(total=st.integers(0, 500), weights=st.dictionaries(st.text(min_size=1), st.integers(1, 50), min_size=1))
def test_shares_are_fair_and_leave_nothing(total: int, weights: dict[str, int]) -> None:
    shares = share_out(total, weights)

    assert sum(shares.values()) == total
    assert all(abs(shares[name] - total * weights[name] / sum(weights.values())) < 1 for name in weights)


@given(children=st.integers(0, 300), seed=st.integers())
def test_families_hold_all_the_children(children: int, seed: int) -> None:
    from random import Random

    assert sum(family_sizes(children, Random(seed))) == children
