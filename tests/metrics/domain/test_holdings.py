"""What workers' holds on families add up to: teams, changes of worker, caseload, court share."""

from datetime import date, timedelta

from services.metrics.domain.ledger import family_tallies, worker_tallies
from services.metrics.domain.tallies import TallyCode
from tests.metrics.builders import START, Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, TEAM, WORKER, of


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
