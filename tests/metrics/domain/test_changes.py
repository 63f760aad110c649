"""Changes of worker, and the windows in which a child had three or more workers."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.changes import MANY_WORKERS, windows_with_many
from services.metrics.domain.ledger import family_tallies
from services.metrics.domain.spells import WorkerSpell
from services.metrics.domain.tallies import Stay, Tally, TallyCode
from tests.metrics.builders import START, Telling, an_id
from tests.metrics.domain.tallied import CHILD, FAMILY, TEAM, of

DAYS = 30


def a_day(number: int) -> date:
    return START + timedelta(days=number)


def open_case(telling: Telling, *, until: date | None = None) -> None:
    telling.referral(an_id("r"), FAMILY, (CHILD,), on=START)
    telling.decided("accepted", an_id("r"), FAMILY, on=START, children=(CHILD,))
    if until is not None:
        telling.closed(an_id("r"), FAMILY, (CHILD,), on=until)


def passed_on(*days: int, closes: int | None = None, reason: str = "LEFTRL") -> list[Tally]:
    """Return the tallies of a child whose worker changes on each of the days."""
    telling = Telling()
    open_case(telling, until=a_day(closes) if closes is not None else None)
    for number, day in enumerate(days):
        if number:
            telling.lets_go(an_id("a", number - 1), FAMILY, an_id("w", number - 1), on=a_day(day), team=TEAM)
        telling.holds(
            an_id("a", number), FAMILY, an_id("w", number), on=a_day(day), team=TEAM, children=(CHILD,), reason=reason
        )
    return list(family_tallies(telling.facts))


def test_a_change_of_worker_counts_while_the_episode_is_open() -> None:
    changes = of(TallyCode.WORKER_CHANGE, passed_on(0, 10, 20, closes=20))

    assert [(each.on, each.amount, each.base) for each in changes] == [(a_day(10), 1, 1), (a_day(20), 0, 1)]


def test_a_first_contact_with_another_worker_is_no_change_in_any_version() -> None:
    assert of(TallyCode.WORKER_CHANGE, passed_on(0, 50, reason="FCONTA")) == []


def test_two_workers_are_not_many_and_three_are() -> None:
    assert of(TallyCode.MANY_WORKERS, passed_on(0, 10)) == []
    (pair,) = of(TallyCode.MANY_WORKERS, passed_on(0, 10, 20))
    # A window that ends after the third began and begins before the first ended.
    assert (pair.on, date.fromordinal(pair.amount), pair.team) == (a_day(20), a_day(10), TEAM)


def test_a_worker_who_comes_back_is_one_worker() -> None:
    telling = Telling()
    open_case(telling)
    for number, worker in enumerate(("one", "other", "one")):
        telling.holds(
            an_id("a", number), FAMILY, an_id(worker), on=a_day(10 * number), team=TEAM, children=(CHILD,),
            reason="ABSENC",
        )  # fmt: skip
        if number < 2:
            telling.lets_go(an_id("a", number), FAMILY, an_id(worker), on=a_day(10 * number + 10), team=TEAM)

    tallies = family_tallies(telling.facts)

    assert of(TallyCode.MANY_WORKERS, tallies) == []
    assert len(of(TallyCode.WORKER_CHANGE, tallies)) == 2


spans = st.tuples(st.integers(0, DAYS), st.one_of(st.none(), st.integers(0, DAYS)))
held = st.lists(st.tuples(st.integers(0, 3), spans), max_size=7)


def a_spell(number: int, worker: int, from_on: int, length: int | None) -> WorkerSpell:
    return WorkerSpell(
        allocation_id=an_id("a", number), family_id=FAMILY, worker_id=an_id("w", worker), team_id=TEAM,
        children=(CHILD,), referral_id=None, reason="MANAGE", started_on=a_day(from_on),
        ended_on=None if length is None else a_day(from_on + length),
    )  # fmt: skip


def touches(from_on: date, until_on: date | None, window: tuple[date, date]) -> bool:
    is_empty = until_on is not None and until_on <= from_on
    return not is_empty and from_on < window[1] and (until_on is None or until_on > window[0])


@given(held, st.lists(spans, max_size=3), st.integers(0, 2 * DAYS), st.integers(1, DAYS))
def test_a_window_has_many_workers_exactly_if_a_pair_says_so(
    spells: list[tuple[int, tuple[int, int | None]]], stays: list[tuple[int, int | None]], first: int, length: int
) -> None:
    window = a_day(first), a_day(first + length)
    workers = [a_spell(number, worker, *span) for number, (worker, span) in enumerate(spells)]
    times = [Stay(a_day(day), None if of_days is None else a_day(day + of_days + 1)) for day, of_days in stays]

    pairs = windows_with_many(workers, times)

    holding = {each.worker_id for each in workers if touches(each.started_on, each.ended_on, window)}
    is_open = any(touches(stay.from_on, stay.until_on, window) for stay in times)
    said = any(on < window[1] and reaches > window[0] for on, reaches in pairs)
    assert said == (is_open and len(holding) >= MANY_WORKERS)
    assert list(pairs) == sorted(pairs)
