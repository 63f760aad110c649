"""The ledger gives the same tallies for the same facts, whatever their order, and remembers what was known when."""

import random
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.facts import Fact
from services.metrics.domain.ledger import FAMILIES, continued, family_tallies, known_from, remembered, worker_tallies
from services.metrics.domain.tallies import KnownTally, Tally, TallyCode
from tests.metrics.builders import START, Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, of, stock
from tests.metrics.stories import tell_stories


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_any_order_with_any_repetition_gives_the_same_tallies(seed: int, draw: random.Random) -> None:
    facts = tell_stories(seed, families=6)
    shuffled = facts + draw.choices(facts, k=len(facts))
    draw.shuffle(shuffled)

    assert family_tallies(shuffled) == family_tallies(facts)
    assert worker_tallies(shuffled) == worker_tallies(facts)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_what_was_known_when_is_the_same_in_any_order(seed: int, draw: random.Random) -> None:
    facts = tell_stories(seed, families=2)
    shuffled = facts + facts[::2]
    draw.shuffle(shuffled)

    assert remembered(shuffled, by=FAMILIES) == remembered(facts, by=FAMILIES)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.randoms(use_true_random=False))
def test_going_on_from_what_was_known_gives_what_beginning_anew_gives(seed: int, draw: random.Random) -> None:
    facts = tell_stories(seed, families=2)
    draw.shuffle(facts)
    before: frozenset[KnownTally] = frozenset()
    arrived: list[Fact] = []
    while facts:
        coming, facts = facts[:7], facts[7:]
        arrived += coming
        since = min(fact.known_at for fact in coming)
        before = frozenset(continued(before, arrived, by=FAMILIES, since=since))

    assert before == remembered(arrived, by=FAMILIES)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 100))
def test_the_tallies_remembered_of_a_moment_are_those_of_the_facts_known_then(seed: int, per_cent: int) -> None:
    facts = tell_stories(seed, families=2)
    moment = known_from(facts[(len(facts) - 1) * per_cent // 100].known_at)

    every = remembered(facts, by=FAMILIES)

    then = {t.tally for t in every if t.known_from <= moment and (t.known_until is None or moment < t.known_until)}
    assert then == family_tallies(fact for fact in facts if fact.known_at <= moment)


def test_knowledge_counts_from_the_end_of_the_hour_in_which_it_came() -> None:
    assert known_from(datetime(2025, 3, 3, 10, 0, 1, tzinfo=UTC)) == datetime(2025, 3, 3, 11, tzinfo=UTC)
    assert known_from(datetime(2025, 3, 3, 10, tzinfo=UTC)) == datetime(2025, 3, 3, 10, tzinfo=UTC)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_families_that_share_nothing_may_be_reckoned_apart(seed: int) -> None:
    facts = [fact for fact in tell_stories(seed, families=8) if fact.kind in FAMILIES.kinds]

    apart: Counter[Tally] = Counter()
    for cluster in FAMILIES.apart(facts):
        apart.update(family_tallies(cluster))

    assert apart == Counter(family_tallies(facts))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_no_stock_is_ever_below_nothing(seed: int) -> None:
    tallies = family_tallies(tell_stories(seed, families=6))

    for code in (
        TallyCode.IN_NEED,
        TallyCode.CP_PLAN,
        TallyCode.OPEN,
        TallyCode.WITH_WORKER,
        TallyCode.PARTNER_WAITING,
    ):
        for tally in of(code, tallies):
            assert stock(code, tallies, tally.on) >= 0


def test_what_two_clocks_say_a_moment_apart_is_not_of_the_future() -> None:
    telling = Telling()
    told = telling.plan(an_id("s"), CHILD, FAMILY, "cp", on=START)
    skewed = replace(told, occurred_at=told.known_at + timedelta(milliseconds=80))

    assert family_tallies([skewed]) == family_tallies([told])


def test_what_was_known_long_before_it_happened_is_left_out() -> None:
    telling = Telling()
    told = telling.plan(an_id("s"), CHILD, FAMILY, "cp", on=START)

    tallies = family_tallies([replace(told, occurred_at=told.known_at + timedelta(minutes=6))])

    assert {tally.code for tally in tallies} == {TallyCode.LEFT_OUT}
