"""A small invented year with figures that can be counted by hand."""

from datetime import date, timedelta

from tests.harness import Stage
from tests.metrics.builders import Telling, an_id, at
from tests.metrics.hearing import hear_all, tally_all

NORTH, SOUTH = an_id("team", "north"), an_id("team", "south")
MIND, ELMORE = an_id("agency", "mind"), an_id("agency", "elmore")
APRIL = date(2025, 4, 7)  # a Monday


def tell_year() -> Telling:
    """Twelve families, eight in the north; family n is referred n weeks after the first Monday of April."""
    telling = Telling()
    telling.tell("allocation.team.recorded", NORTH, on=date(2025, 1, 6), team_id=NORTH, code="north", areas=())
    telling.tell("allocation.team.recorded", SOUTH, on=date(2025, 1, 6), team_id=SOUTH, code="south", areas=())
    for agency, code in ((MIND, "mind"), (ELMORE, "elmore")):
        telling.tell(
            "partners.agency.recorded", agency, on=date(2025, 1, 6), agency_id=agency, code=code, specialisms=()
        )
    for team in (NORTH, SOUTH):
        telling.post(an_id("worker", team), team, on=date(2025, 1, 6), fte=0.8)
    for number in range(12):
        _family(telling, number)
    return telling


async def hear_year(stage: Stage) -> None:
    """Let the service hear the year and carry it into the figures."""
    await hear_all(stage, sorted(tell_year().facts, key=lambda fact: fact.kind.split(".")[0]))
    await tally_all(stage)


def _family(telling: Telling, number: int) -> None:
    team = NORTH if number < 8 else SOUTH
    worker = an_id("worker", team)
    family, children = an_id("family", number), (an_id("child", number),)
    referral, day = an_id("referral", number), APRIL + timedelta(weeks=number)
    telling.referral(referral, family, children, on=day)
    # Even ones are decided the next day, odd ones a day too late.
    decided = day + timedelta(days=1 + number % 2)
    telling.decided("accepted", referral, family, on=decided, children=children)
    telling.holds(an_id("hold", number), family, worker, on=decided, team=team, children=children, referral=referral)
    telling.plan(an_id("spell", number), children[0], family, "cin", on=day + timedelta(days=14))
    if number % 3 == 0:
        _ask(telling, number, day + timedelta(days=20), team)


def _ask(telling: Telling, number: int, day: date, team: object) -> None:
    ask, request, family = an_id("ask", number), an_id("request", number), an_id("family", number)
    agency = MIND if number < 6 else ELMORE
    telling.tell(
        "workbook.practitioner.requested",
        ask,
        on=day,
        practitioner_request_id=ask,
        family_id=family,
        specialism="mental_health",
        urgency="standard",
        team_id=team,
        requested_at=at(day),
    )
    telling.agency_says("opened", request, ask, family, on=day, agency=agency, team_id=team, requested_at=at(day))
    accepted, met = day + timedelta(days=2), day + timedelta(days=10)
    telling.agency_says(
        "accepted", request, ask, family, on=accepted, agency=agency, accepted_at=at(accepted), requested_at=at(day)
    )
    telling.agency_says(
        "engaged", request, ask, family, on=met, agency=agency, engaged_at=at(met), requested_at=at(day)
    )
