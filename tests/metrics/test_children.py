"""Children counted once in a window, over HTTP, beside a count of every child by hand."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from libs.kernel.roles import Role
from services.metrics.domain.changes import MANY_WORKERS, changes_of_worker
from services.metrics.domain.episodes import Episodes, episodes
from services.metrics.domain.facts import Fact, current
from services.metrics.domain.families import identified, one_family, team_stays
from services.metrics.domain.front_door import arrivals, referred
from services.metrics.domain.holdings import leads_of_children
from services.metrics.domain.periods import Period, months
from services.metrics.domain.spells import Things, WorkerSpell, lead_spells, plan_spells
from services.metrics.domain.tallies import Stay
from tests.harness import Stage, caller
from tests.metrics.builders import Telling, an_id
from tests.metrics.county import NORTH, SOUTH
from tests.metrics.hearing import hear_all, tally_all
from tests.metrics.stories import tell_stories

MANAGER = caller(Role.SERVICE_MANAGER)
WINDOWS = (
    Period(date(2025, 4, 1), date(2026, 4, 1)),
    Period(date(2025, 5, 13), date(2025, 11, 2)),
    Period(date(2025, 9, 8), date(2025, 9, 9)),
    Period(date(2026, 1, 1), date(2026, 2, 1)),
)


def touches(stay: Stay, window: Period) -> bool:
    return stay.from_on < window.until_on and (stay.until_on is None or stay.until_on > window.from_on)


def counted(
    open_times: Mapping[UUID, Episodes], held: Mapping[UUID, list[WorkerSpell]], window: Period,
    stays_of: Callable[[Episodes], list[Stay]],
) -> tuple[int, int]:  # fmt: skip
    """Return how many children are open in the window, and how many of them have many workers in it."""
    is_open = [child for child, each in open_times.items() if any(touches(stay, window) for stay in stays_of(each))]
    many = 0
    for child in is_open:
        workers = {
            spell.worker_id
            for spell in held.get(child, ())
            if spell.started_on != spell.ended_on and touches(Stay(spell.started_on, spell.ended_on), window)
        }
        many += len(workers) >= MANY_WORKERS
    return len(is_open), many


def known(facts: list[Fact]) -> tuple[Mapping[UUID, Episodes], dict[UUID, list[WorkerSpell]]]:
    things: Things = current(identified([fact for fact in facts if not fact.is_of_the_future]))
    leads = lead_spells(things)
    teams = team_stays(leads, one_family(things))
    return episodes(referred(arrivals(things)), things, plan_spells(things), teams=teams), leads_of_children(leads)


async def figures(stage: Stage, code: str, window: Period, **more: object) -> Any:
    question = "&".join(f"{name}={value}" for name, value in more.items())
    asked = f"/v1/results?measure={code}&from={window.from_on}&until={window.until_on}&view=internal&{question}"
    answer = await stage.get(asked, by=MANAGER)
    assert answer.status_code == 200, answer.text
    return answer.json()["figures"]


async def test_every_child_open_in_a_window_counts_once_and_so_does_each_with_three_workers(stage: Stage) -> None:
    facts = tell_stories(23, families=20)
    await hear_all(stage, facts)
    await tally_all(stage)
    open_times, held = known(facts)

    for window in WINDOWS:
        by_hand = counted(open_times, held, window, lambda each: [time for time, _ in each.times])
        (share,) = await figures(stage, "three_or_more_workers", window)
        (changes,) = await figures(stage, "worker_changes", window)
        assert (share["denominator"], share["numerator"]) == by_hand
        assert (changes["denominator"], changes["numerator"]) == (
            by_hand[0],
            sum(
                window.contains(change.started_on) and open_times[child].is_open_on(change.started_on)
                for child, spells in held.items()
                for change in changes_of_worker(spells)
                if child in open_times
            ),
        )
        assert by_hand[0] > 0

    (whole,) = await figures(stage, "three_or_more_workers", WINDOWS[0])
    assert whole["numerator"] > 0


async def test_each_month_and_each_team_counts_its_own_children_once(stage: Stage) -> None:
    facts = tell_stories(22, families=15)
    await hear_all(stage, facts)
    await tally_all(stage)
    open_times, held = known(facts)
    window = WINDOWS[1]
    by_team: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for team in {stay.team for each in open_times.values() for stay in each.in_teams}:
        of_team = counted(
            open_times, held, window, lambda each, team=team: [stay for stay in each.in_teams if stay.team == team]
        )  # fmt: skip
        by_team[str(team) if team else "unassigned"] = of_team

    of_months = await figures(stage, "three_or_more_workers", window, by="month")
    of_teams = await figures(stage, "three_or_more_workers", window, by="team")
    one = next(team for team in by_team if team != "unassigned")
    (alone,) = await figures(stage, "three_or_more_workers", window, team_id=one)

    assert [(each["denominator"], each["numerator"]) for each in of_months] == [
        counted(open_times, held, month, lambda each: [time for time, _ in each.times]) for month in months(window)
    ]
    found = {each["key"]: (each["denominator"], each["numerator"]) for each in of_teams}
    assert found == {team: of_team for team, of_team in by_team.items() if team in found}
    assert {team for team, (children, _) in by_team.items() if children} <= set(found)
    assert (alone["denominator"], alone["numerator"]) == by_team[one]


async def test_a_child_that_waits_for_a_worker_and_one_that_comes_back_count_once_each(stage: Stage) -> None:
    telling = Telling()
    waiting, returns = an_id("waiting"), an_id("returns")
    year = Period(date(2025, 4, 1), date(2026, 4, 1))
    telling.referral(an_id("r", 0), an_id("f", 0), (waiting,), on=date(2025, 5, 1))
    telling.decided("accepted", an_id("r", 0), an_id("f", 0), on=date(2025, 5, 1), children=(waiting,))
    for number, (came, closed) in enumerate(
        ((date(2025, 4, 7), date(2025, 6, 2)), (date(2025, 9, 1), date(2025, 10, 1))), start=1
    ):
        referral, family = an_id("r", number), an_id("f", 1)
        telling.referral(referral, family, (returns,), on=came)
        telling.decided("accepted", referral, family, on=came, children=(returns,))
        team = (NORTH, SOUTH)[number - 1]
        telling.holds(an_id("a", number), family, an_id("w", number), on=came, team=team, children=(returns,))
        telling.lets_go(an_id("a", number), family, an_id("w", number), on=closed, team=team)
        telling.closed(referral, family, (returns,), on=closed)
    await hear_all(stage, telling.facts)
    await tally_all(stage)

    (first,) = await figures(stage, "worker_changes", year, version=1)
    (second,) = await figures(stage, "worker_changes", year)

    assert (first["denominator"], second["denominator"], second["numerator"]) == (2, 2, 0)
    (between,) = await figures(stage, "worker_changes", Period(date(2025, 7, 1), date(2025, 8, 1)))
    assert between["denominator"] == 1
