"""The ledger gives the same tallies for the same facts, whatever their order, and remembers what was known when."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from services.metrics.domain.facts import Fact
from services.metrics.domain.ledger import FAMILIES, continued, family_tallies, known_from, remembered, worker_tallies
from services.metrics.domain.tallies import KnownTally, Tally, TallyCode
from tests.metrics.builders import START, Telling, an_id, at
from tests.metrics.stories import tell_stories

CHILD, FAMILY, TEAM, WORKER = an_id("child"), an_id("family"), an_id("team"), an_id("worker")


def of(code: TallyCode, tallies: Iterable[Tally]) -> list[Tally]:
    return sorted((tally for tally in tallies if tally.code is code), key=lambda tally: (tally.on, str(tally.subject)))


def stock(code: TallyCode, tallies: Iterable[Tally], day: date) -> int:
    return sum(tally.base for tally in of(code, tallies) if tally.on <= day)


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

    for code in (TallyCode.IN_NEED, TallyCode.CP_PLAN, TallyCode.WITH_WORKER, TallyCode.PARTNER_WAITING):
        for tally in of(code, tallies):
            assert stock(code, tallies, tally.on) >= 0


def referred(*days: date) -> list[Tally]:
    telling = Telling()
    for number, day in enumerate(days):
        telling.referral(an_id("r", number), FAMILY, (CHILD,), on=day)
    return of(TallyCode.REFERRAL, family_tallies(telling.facts))


def test_a_referral_a_calendar_year_after_the_last_is_a_re_referral() -> None:
    assert [tally.amount for tally in referred(date(2024, 2, 29), date(2025, 2, 28))] == [0, 1]


def test_a_referral_a_day_later_is_not() -> None:
    assert [tally.amount for tally in referred(date(2024, 3, 1), date(2025, 3, 2))] == [0, 0]


def test_each_repeat_counts_from_the_one_before_it() -> None:
    assert [tally.amount for tally in referred(date(2024, 1, 1), date(2024, 12, 1), date(2025, 11, 1))] == [0, 1, 1]


def test_two_children_referred_together_are_two_referrals_and_one_of_the_family() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD, an_id("sibling")), on=START)

    tallies = family_tallies(telling.facts)

    assert len(of(TallyCode.REFERRAL, tallies)) == 2
    assert len(of(TallyCode.FAMILY_REFERRAL, tallies)) == 1


def test_a_referral_marked_in_error_counts_nowhere() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=START)
    telling.tell("referrals.referral.marked_in_error", an_id("r"), on=START, referral_id=an_id("r"), family_id=FAMILY)

    assert family_tallies(telling.facts) == frozenset()


def test_a_referral_joined_to_an_open_case_is_decided_but_is_no_referral() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=START)
    telling.decided("joined", an_id("r"), FAMILY, on=START, joined_to=an_id("other"))

    tallies = family_tallies(telling.facts)

    assert of(TallyCode.REFERRAL, tallies) == []
    assert [tally.amount for tally in of(TallyCode.DECISION, tallies)] == [1]


def test_a_child_that_is_recognised_later_was_re_referred_all_along() -> None:
    known, fresh = an_id("known"), an_id("fresh")
    telling = Telling()
    telling.referral(an_id("r", 1), FAMILY, (known,), on=date(2025, 3, 3))
    telling.referral(an_id("r", 2), an_id("other family"), (fresh,), on=date(2025, 6, 2))
    before = [tally.amount for tally in of(TallyCode.REFERRAL, family_tallies(telling.facts))]
    telling.links(fresh, known, on=date(2025, 6, 9), referral=an_id("r", 2))

    after = of(TallyCode.REFERRAL, family_tallies(telling.facts))

    assert before == [0, 0]
    assert [(tally.amount, tally.subject) for tally in after] == [(0, known), (1, known)]


def test_referrals_that_end_in_no_further_action_are_a_share_of_all_decided_or_not() -> None:
    telling = Telling()
    for number in range(4):
        telling.referral(an_id("r", number), an_id("f", number), (an_id("c", number),), on=START)
    telling.decided("advised", an_id("r", 0), an_id("f", 0), on=START, outcome="no_further_action")

    tallies = of(TallyCode.REFERRAL_OUTCOME, family_tallies(telling.facts))

    assert (sum(tally.amount for tally in tallies), sum(tally.base for tally in tallies)) == (1, 4)


def decided(received: date, on: date) -> list[Tally]:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=received)
    telling.decided("accepted", an_id("r"), FAMILY, on=on, children=(CHILD,))
    return of(TallyCode.DECISION, family_tallies(telling.facts))


def test_a_decision_on_tuesday_after_an_easter_weekend_is_within_one_working_day() -> None:
    # Maundy Thursday 17 April 2025; Good Friday and Easter Monday are bank holidays.
    assert [tally.amount for tally in decided(date(2025, 4, 17), date(2025, 4, 22))] == [1]
    assert [tally.amount for tally in decided(date(2025, 4, 17), date(2025, 4, 23))] == [0]


def test_a_decision_before_the_referral_is_left_out_and_counted_as_such() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 4, 17))
    telling.decided("advised", an_id("r"), FAMILY, on=date(2025, 4, 16), outcome="no_further_action")

    tallies = family_tallies(telling.facts)

    assert of(TallyCode.DECISION, tallies) == []
    assert [tally.base for tally in of(TallyCode.LEFT_OUT, tallies)] == [1]


def test_a_reopened_referral_comes_a_second_time_and_is_decided_again() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 3, 3))
    telling.decided("advised", an_id("r"), FAMILY, on=date(2025, 3, 3), outcome="no_further_action")
    telling.tell(
        "referrals.referral.reopened",
        an_id("r"),
        on=date(2025, 6, 2),
        referral_id=an_id("r"),
        family_id=FAMILY,
        reason="new_information",
    )
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 6, 3), children=(CHILD,))

    tallies = family_tallies(telling.facts)

    assert [(tally.on, tally.amount) for tally in of(TallyCode.REFERRAL, tallies)] == [
        (date(2025, 3, 3), 0),
        (date(2025, 6, 2), 1),
    ]
    assert [tally.on for tally in of(TallyCode.DECISION, tallies)] == [date(2025, 3, 3), date(2025, 6, 3)]
    assert stock(TallyCode.IN_NEED, tallies, date(2025, 6, 1)) == 0
    assert stock(TallyCode.IN_NEED, tallies, date(2025, 6, 2)) == 1


def test_an_episode_ends_on_the_day_of_closure_which_no_longer_counts() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 3, 3))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 3, 3), children=(CHILD,))
    telling.closed(an_id("r"), FAMILY, (CHILD,), on=date(2025, 8, 1))

    tallies = family_tallies(telling.facts)

    assert [stock(TallyCode.IN_NEED, tallies, day) for day in (date(2025, 7, 31), date(2025, 8, 1))] == [1, 0]


def test_the_two_forty_five_days_differ_by_where_they_begin() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 4, 10))
    # Source: DOMAIN 2.4: 45 working days after 10 April 2025 is 18 June 2025.
    telling.assessed(
        an_id("a"), FAMILY, (CHILD,), on=date(2025, 6, 19), referral_id=an_id("r"), started_on=date(2025, 4, 11)
    )

    tallies = family_tallies(telling.facts)

    assert [tally.amount for tally in of(TallyCode.ASSESSMENT_OF_REFERRAL, tallies)] == [0]
    assert [tally.amount for tally in of(TallyCode.ASSESSMENT_OF_START, tallies)] == [1]


def test_an_assessment_that_contradicts_both_definitions_is_one_record_left_out() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 4, 10))
    telling.assessed(
        an_id("a"), FAMILY, (CHILD,), on=date(2025, 4, 1), referral_id=an_id("r"), started_on=date(2025, 4, 11)
    )

    assert [tally.base for tally in of(TallyCode.LEFT_OUT, family_tallies(telling.facts))] == [1]


def test_days_to_allocation_run_from_receipt_to_the_first_lead_worker() -> None:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 3, 3))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 3, 4), children=(CHILD,))
    for number, day in ((1, date(2025, 3, 7)), (2, date(2025, 5, 1))):
        telling.holds(
            an_id("a", number), FAMILY, an_id("w", number), on=day, team=TEAM, children=(CHILD,), referral=an_id("r")
        )

    (wait,) = of(TallyCode.ALLOCATION_WAIT, family_tallies(telling.facts))

    assert (wait.on, wait.amount, wait.square, wait.team) == (date(2025, 3, 7), 4, 16, TEAM)


def plans(*spans: tuple[date, date | None], previous: int = 0) -> list[Tally]:
    telling = Telling()
    for number, (start, end) in enumerate(spans):
        telling.plan(an_id("s", number), CHILD, FAMILY, "cp", on=start, previous_cp_plans=previous)
        if end:
            telling.plan_ends(an_id("s", number), CHILD, FAMILY, "cp", started=start, on=end)
    return list(family_tallies(telling.facts))


def test_a_second_plan_is_a_repeat_for_ever_but_within_two_years_only_to_the_day() -> None:
    just = plans((date(2022, 1, 3), date(2022, 6, 1)), (date(2024, 6, 1), None))
    late = plans((date(2022, 1, 3), date(2022, 6, 1)), (date(2024, 6, 2), None))

    assert [tally.amount for tally in of(TallyCode.CP_START, just)] == [0, 1]
    assert [tally.amount for tally in of(TallyCode.CP_START, late)] == [0, 1]
    assert [tally.amount for tally in of(TallyCode.CP_START_TWO_YEARS, just)] == [0, 1]
    assert [tally.amount for tally in of(TallyCode.CP_START_TWO_YEARS, late)] == [0, 0]


def test_plans_from_before_our_records_make_a_repeat_too() -> None:
    assert [t.amount for t in of(TallyCode.CP_START, plans((START, None), previous=1))] == [1]


def test_a_child_on_two_records_of_one_plan_counts_once_in_the_stock() -> None:
    tallies = plans((START, START + timedelta(days=90)), (START + timedelta(days=30), START + timedelta(days=60)))

    assert stock(TallyCode.CP_PLAN, tallies, START + timedelta(days=45)) == 1


def test_a_stock_follows_the_family_from_team_to_team() -> None:
    other = an_id("other team")
    telling = Telling()
    telling.plan(an_id("s"), CHILD, FAMILY, "cin", on=START)
    telling.holds(an_id("a", 1), FAMILY, WORKER, on=START, team=TEAM, children=(CHILD,))
    telling.lets_go(an_id("a", 1), FAMILY, WORKER, on=START + timedelta(days=50), team=TEAM)
    telling.holds(
        an_id("a", 2),
        FAMILY,
        an_id("w2"),
        on=START + timedelta(days=50),
        team=other,
        children=(CHILD,),
        reason="TSPROC",
    )

    tallies = family_tallies(telling.facts)

    moves = [(tally.on, tally.team, tally.base) for tally in of(TallyCode.CIN_PLAN, tallies)]
    assert sorted(moves, key=str) == sorted(
        [(START, TEAM, 1), (START + timedelta(days=50), TEAM, -1), (START + timedelta(days=50), other, 1)], key=str
    )
    assert [tally.team for tally in of(TallyCode.WORKER_CHANGE, tallies)] == [other]


def test_a_first_contact_with_another_worker_is_no_change_of_worker() -> None:
    telling = Telling()
    telling.holds(an_id("a", 1), FAMILY, WORKER, on=START, team=TEAM, children=(CHILD,))
    telling.lets_go(an_id("a", 1), FAMILY, WORKER, on=START + timedelta(days=50), team=TEAM)
    telling.holds(an_id("a", 2), FAMILY, an_id("w2"), on=START + timedelta(days=300), team=TEAM, children=(CHILD,))

    assert of(TallyCode.WORKER_CHANGE, family_tallies(telling.facts)) == []


def test_caseload_counts_children_held_and_the_fte_that_holds_them() -> None:
    telling = Telling()
    telling.post(WORKER, TEAM, on=date(2024, 1, 1), fte=0.8)
    telling.post(an_id("idle"), TEAM, on=date(2024, 1, 1), fte=1.0)
    telling.holds(an_id("a"), FAMILY, WORKER, on=START, team=TEAM, children=(CHILD, an_id("sibling")))
    telling.lets_go(an_id("a"), FAMILY, WORKER, on=START + timedelta(days=30), team=TEAM)

    tallies = of(TallyCode.CASELOAD, worker_tallies(telling.facts))

    assert [(tally.on, tally.amount, tally.base) for tally in tallies] == [
        (START, 2, 800),
        (START + timedelta(days=30), -2, -800),
    ]


def test_a_change_of_hours_changes_the_fte_that_holds_cases_from_its_day() -> None:
    telling = Telling()
    telling.post(WORKER, TEAM, on=date(2024, 1, 1), fte=1.0)
    telling.holds(an_id("a"), FAMILY, WORKER, on=START, team=TEAM, children=(CHILD,))
    telling.post(WORKER, TEAM, on=START + timedelta(days=10), fte=0.5)

    tallies = of(TallyCode.CASELOAD, worker_tallies(telling.facts))

    assert [(tally.on, tally.amount, tally.base) for tally in tallies] == [
        (START, 1, 1000),
        (START + timedelta(days=10), 0, -500),
    ]


def test_the_court_share_counts_only_children_with_a_worker() -> None:
    telling = Telling()
    telling.plan(an_id("s"), CHILD, FAMILY, "proceedings", on=START)
    telling.holds(an_id("a"), FAMILY, WORKER, on=START + timedelta(days=5), team=TEAM, children=(CHILD,))

    tallies = of(TallyCode.COURT, family_tallies(telling.facts))

    assert [(tally.on, tally.amount, tally.base) for tally in tallies] == [(START + timedelta(days=5), 1, 1)]


def test_the_wait_for_a_practitioner_runs_through_an_agency_that_declined() -> None:
    mind, turning_point = an_id("mind"), an_id("turning point")
    telling = Telling()
    telling.asked(an_id("ask"), FAMILY, on=date(2025, 3, 3), team=TEAM)
    telling.agency_says(
        "opened",
        an_id("q", 1),
        an_id("ask"),
        FAMILY,
        on=date(2025, 3, 3),
        agency=mind,
        requested_at=at(date(2025, 3, 3)),
    )
    telling.agency_says(
        "declined", an_id("q", 1), an_id("ask"), FAMILY, on=date(2025, 3, 6), agency=mind, reason="no_capacity",
        declined_at=at(date(2025, 3, 6)),
    )  # fmt: skip
    telling.agency_says(
        "opened", an_id("q", 2), an_id("ask"), FAMILY, on=date(2025, 3, 6), agency=turning_point,
        requested_at=at(date(2025, 3, 3)),
    )  # fmt: skip
    telling.agency_says(
        "accepted", an_id("q", 2), an_id("ask"), FAMILY, on=date(2025, 3, 7), agency=turning_point,
        accepted_at=at(date(2025, 3, 7)), requested_at=at(date(2025, 3, 3)),
    )  # fmt: skip
    telling.agency_says(
        "engaged", an_id("q", 2), an_id("ask"), FAMILY, on=date(2025, 3, 17), agency=turning_point,
        engaged_at=at(date(2025, 3, 17)), requested_at=at(date(2025, 3, 3)),
    )  # fmt: skip

    tallies = family_tallies(telling.facts)

    assert [(t.amount, t.agency, t.team) for t in of(TallyCode.PRACTITIONER_WAIT, tallies)] == [
        (14, turning_point, TEAM)
    ]
    assert [(t.amount, t.agency) for t in of(TallyCode.PARTNER_WAIT, tallies)] == [(11, turning_point)]
    assert {(t.amount, t.agency) for t in of(TallyCode.PARTNER_ANSWER, tallies)} == {(0, mind), (1, turning_point)}
    assert [stock(TallyCode.PARTNER_WAITING, tallies, date(2025, 3, day)) for day in (5, 6, 16, 17)] == [1, 1, 1, 0]


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


def stepped_down() -> Telling:
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 1, 6))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 1, 6), children=(CHILD,))
    telling.tell(
        "workbook.workbook.opened", an_id("wb"), on=date(2025, 1, 7), workbook_id=an_id("wb"), family_id=FAMILY,
        referral_id=an_id("r"), children=(CHILD,), opened_on=date(2025, 1, 7),
    )  # fmt: skip
    telling.plan(an_id("s", 1), CHILD, FAMILY, "cin", on=date(2025, 2, 3))
    telling.plan_ends(an_id("s", 1), CHILD, FAMILY, "cin", started=date(2025, 2, 3), on=date(2025, 4, 1))
    telling.plan(an_id("s", 2), CHILD, FAMILY, "eh", on=date(2025, 4, 1))
    telling.tell(
        "workbook.workbook.stepped_down", an_id("wb"), on=date(2025, 4, 1), workbook_id=an_id("wb"), family_id=FAMILY,
        stepped_down_on=date(2025, 4, 1),
    )  # fmt: skip
    return telling


def test_a_child_that_stepped_down_to_early_help_is_no_longer_in_need() -> None:
    tallies = family_tallies(stepped_down().facts)

    assert [stock(TallyCode.IN_NEED, tallies, day) for day in (date(2025, 3, 31), date(2025, 4, 1))] == [1, 0]


def test_a_statutory_plan_after_a_step_down_starts_another_episode() -> None:
    telling = stepped_down()
    telling.plan(an_id("s", 3), CHILD, FAMILY, "cp", on=date(2025, 9, 1))
    telling.closed(an_id("r"), FAMILY, (CHILD,), on=date(2025, 12, 1))

    tallies = family_tallies(telling.facts)

    days = (date(2025, 8, 31), date(2025, 9, 1), date(2025, 11, 30), date(2025, 12, 1))
    assert [stock(TallyCode.IN_NEED, tallies, day) for day in days] == [0, 1, 1, 0]
    assert [tally.on for tally in of(TallyCode.IN_NEED_START, tallies)] == [date(2025, 1, 6), date(2025, 9, 1)]


def test_a_sibling_that_joins_an_open_case_is_referred_and_in_need_from_then_until_the_case_closes() -> None:
    sibling = an_id("sibling")
    telling = Telling()
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=date(2025, 1, 6))
    telling.decided("accepted", an_id("r"), FAMILY, on=date(2025, 1, 6), children=(CHILD,))
    telling.referral(an_id("r2"), FAMILY, (CHILD, sibling), on=date(2025, 3, 6))
    telling.decided("joined", an_id("r2"), FAMILY, on=date(2025, 3, 6), joined_to=an_id("r"))
    telling.closed(an_id("r"), FAMILY, (CHILD,), on=date(2025, 8, 1))

    tallies = family_tallies(telling.facts)

    assert [(tally.subject, tally.on) for tally in of(TallyCode.REFERRAL, tallies)] == [
        (CHILD, date(2025, 1, 6)),
        (sibling, date(2025, 3, 6)),
    ]
    days = (date(2025, 3, 5), date(2025, 3, 6), date(2025, 7, 31), date(2025, 8, 1))
    assert [stock(TallyCode.IN_NEED, tallies, day) for day in days] == [1, 2, 2, 0]
