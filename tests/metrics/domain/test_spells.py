"""Spells and the journey made of them."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.metrics.domain.facts import current
from services.metrics.domain.journeys import journey
from services.metrics.domain.spells import Level, joined, lead_spells, plan_spells, shared
from services.metrics.domain.tallies import Stay
from tests.metrics.builders import START, Telling, an_id

CHILD, FAMILY = an_id("child"), an_id("family")

stays = st.builds(
    lambda start, length: Stay(START + timedelta(days=start), length and START + timedelta(days=start + length)),
    st.integers(0, 300),
    st.one_of(st.none(), st.integers(1, 90)),
)


def covered(found: tuple[Stay, ...], day: date) -> int:
    return sum(1 for stay in found if stay.from_on <= day and (stay.until_on is None or day < stay.until_on))


def test_a_spell_runs_from_its_start_to_its_end() -> None:
    telling = Telling()
    telling.plan(an_id("s"), CHILD, FAMILY, "cin", on=date(2025, 3, 3))
    telling.plan_ends(an_id("s"), CHILD, FAMILY, "cin", started=date(2025, 3, 3), on=date(2025, 6, 1))

    (spell,) = plan_spells(current(telling.facts))

    assert (spell.level, spell.started_on, spell.ended_on) == (Level.CIN, date(2025, 3, 3), date(2025, 6, 1))


def test_an_end_alone_describes_its_spell() -> None:
    telling = Telling()
    telling.plan_ends(an_id("s"), CHILD, FAMILY, "cp", started=date(2025, 3, 3), on=date(2025, 6, 1))

    (spell,) = plan_spells(current(telling.facts))

    assert (spell.started_on, spell.ended_on) == (date(2025, 3, 3), date(2025, 6, 1))


def test_a_later_event_corrects_the_start() -> None:
    telling = Telling()
    telling.plan(an_id("s"), CHILD, FAMILY, "cp", on=date(2025, 3, 3))
    telling.plan(an_id("s"), CHILD, FAMILY, "cp", on=date(2025, 3, 5))

    (spell,) = plan_spells(current(reversed(telling.facts)))

    assert spell.started_on == date(2025, 3, 5)


def test_a_spell_recorded_in_error_never_was() -> None:
    telling = Telling()
    telling.plan(an_id("s"), CHILD, FAMILY, "cp", on=date(2025, 3, 3))
    telling.plan_ends(an_id("s"), CHILD, FAMILY, "cp", started=date(2025, 3, 3), on=date(2025, 3, 4), reason="in_error")

    assert plan_spells(current(telling.facts)) == ()


def test_only_lead_workers_have_spells_that_count() -> None:
    telling = Telling()
    telling.holds(an_id("a"), FAMILY, an_id("w"), on=START, team=an_id("t"), children=(CHILD,))
    telling.lets_go(an_id("a"), FAMILY, an_id("w"), on=START + timedelta(days=9), team=an_id("t"))

    (spell,) = lead_spells(current(telling.facts))

    assert spell.holds_on(START + timedelta(days=8))
    assert not spell.holds_on(START + timedelta(days=9))


def a_journey(*plans: tuple[str, int, int | None]) -> Telling:
    telling = Telling()
    for number, (kind, start, end) in enumerate(plans):
        spell, started = an_id("s", number), START + timedelta(days=start)
        telling.plan(spell, CHILD, FAMILY, kind, on=started)
        if end is not None:
            telling.plan_ends(spell, CHILD, FAMILY, kind, started=started, on=START + timedelta(days=end))
    return telling


def test_a_journey_counts_steps_days_and_the_highest_level() -> None:
    telling = a_journey(("cin", 0, 30), ("cp", 30, 130), ("cin", 130, 190), ("eh", 190, None))

    found = journey(CHILD, plan_spells(current(telling.facts)), on=START + timedelta(days=200))

    assert found.highest is Level.CP
    assert (found.step_ups, found.step_downs) == (1, 2)
    assert found.days == {Level.EARLY_HELP: 10, Level.CIN: 90, Level.CP: 100}


def test_a_time_without_a_plan_is_no_step() -> None:
    telling = a_journey(("cin", 0, 30), ("cp", 60, 90))

    found = journey(CHILD, plan_spells(current(telling.facts)), on=START + timedelta(days=200))

    assert (found.step_ups, found.step_downs) == (0, 0)


def test_levels_side_by_side_count_as_the_higher_one() -> None:
    telling = a_journey(("cin", 0, 100), ("looked_after", 20, 40))

    found = journey(CHILD, plan_spells(current(telling.facts)), on=START + timedelta(days=200))

    assert (found.step_ups, found.step_downs) == (1, 1)
    assert found.days == {Level.CIN: 100, Level.LOOKED_AFTER: 20}


def test_a_spell_that_ends_before_it_starts_is_left_out_and_named() -> None:
    telling = a_journey(("cin", 10, 5))

    found = journey(CHILD, plan_spells(current(telling.facts)), on=START + timedelta(days=200))

    assert found.spells == ()
    assert found.left_out == (an_id("s", 0),)


@given(st.lists(stays, max_size=8))
def test_joined_stays_cover_the_same_days_once(given_stays: list[Stay]) -> None:
    found = joined(given_stays)

    for offset in range(420):
        day = START + timedelta(days=offset)
        assert covered(found, day) == min(1, covered(tuple(given_stays), day))


@given(stays, st.lists(stays, max_size=8))
def test_shared_stays_cover_the_stay_exactly_and_keep_the_team(stay: Stay, others: list[Stay]) -> None:
    teams = tuple(Stay(other.from_on, other.until_on, an_id("t", n)) for n, other in enumerate(joined(others)))

    found = shared(stay, teams)

    for offset in range(420):
        day = START + timedelta(days=offset)
        assert covered(found, day) == covered((stay,), day)
        team = next((part.team for part in found if covered((part,), day)), None)
        expected = next((other.team for other in teams if covered((other,), day)), None)
        assert team == (expected if covered((stay,), day) else None)
