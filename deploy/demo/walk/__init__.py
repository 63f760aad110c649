"""One invented family from a school's concern to closure, step by step, as each of those who work with it does it.

Everything is said with the day on which it would have happened, within the last hundred days.
"""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random

from deploy.calling import Desk
from deploy.demo.households import invent_household
from deploy.demo.playing import Play
from deploy.demo.stories import Story
from deploy.demo.walk import agency, ending, front_door, team
from deploy.demo.walk.path import Walk
from libs.kernel.ids import new_id
from libs.kernel.working_days import add_working_days

__all__ = ["Walk", "begin", "walk"]

_BEGAN = 100  # days ago
_AREA = "oxford_east"


def begin(desk: Desk, today: date, say: Callable[[str], None]) -> Walk:
    """Make up the family and the day on which the school writes."""
    # Another family at every run: the one before is known by now.
    number = 10_000 + new_id().int % 60_000
    household = invent_household(
        number=number, area=_AREA, children=2, on=today - timedelta(days=_BEGAN), unborn=False, chance=_chance(number)
    )
    play = Play(desk, Story(household=household, episodes=()), f"walk {new_id()}", today)
    return Walk(play, add_working_days(today - timedelta(days=_BEGAN), 1), say)


def _chance(number: int) -> Random:
    return Random(f"walk {number}")  # noqa: S311 - invention, not secrecy


async def walk(path: Walk) -> None:
    """Walk the family through, each step in the order of the practice model."""
    steps = (
        (0, "A school sends a concern", front_door.a_school_sends_a_concern),
        (0, "The front door (MASH) screens it", front_door.the_front_door_screens_it),
        (0, "The GP and the police are asked what they know", front_door.other_agencies_are_asked),
        (1, "A manager decides, and the school is told", front_door.a_manager_decides),
        (1, "Allocation proposes a worker, and the team manager confirms", team.a_worker_is_found),
        (1, "The family's workbook opens, and its clocks start", team.the_workbook_opens),
        (14, "The social worker visits and assesses", team.the_worker_visits),
        (20, "Group supervision closes the first cycle", ending.the_team_sits_together),
        (23, "The assessment is authorised, and the children's plan begins", team.the_assessment_is_authorised),
        (24, "The family makes its plan", team.the_family_makes_a_plan),
        (25, "The team asks for a substance misuse practitioner", agency.a_practitioner_is_asked_for),
        (27, "The agency accepts", agency.the_agency_takes_the_adult_on),
        (29, "The people around the family meet", team.the_people_around_the_family_meet),
        (39, "The practitioner works with the parent", agency.the_practitioner_works),
        (40, "Group supervision closes the second cycle", ending.the_team_sits_together_again),
        (50, "The family steps down to early help", ending.the_family_steps_down),
        (58, "The case closes", ending.the_case_closes),
        (58, "What was promised to the family, and how it ended", ending.how_the_promises_ended),
    )
    path.say(
        "Told back-dated: every call carries the day on which it would have happened. Each step says its day, and clocks "
        "are shown as they stood then; asked today, a service says how they stand today."
    )
    for number, (day, title, step) in enumerate(steps, start=1):
        path.say(f"\n{number}. {title} ({path.day(day):%a %d %b %Y})")
        await step(path)
