"""What assessments add up to: the two 45 working days, of law from the referral and as published from the start."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from uuid import UUID

from libs.kernel.working_days import OutsideCalendar, add_working_days
from services.metrics.domain.facts import Fact
from services.metrics.domain.families import Teams, team_on
from services.metrics.domain.front_door import Arrival, arrival_on, by_referral
from services.metrics.domain.spells import Things
from services.metrics.domain.tallies import Tally, TallyCode, left_out

# Source: Working Together to Safeguard Children: assessments complete within 45 working days (DOMAIN C5).
_WORKING_DAYS = 45


def assessment_tallies(things: Things, *, came: Iterable[Arrival], teams: Teams) -> Iterator[Tally]:
    """Yield what authorised assessments add up to, each child counted, given the arrivals of the referrals."""
    of_referrals = by_referral(came)
    for history in things.values():
        authorised = [fact for fact in history if fact.kind == "workbook.assessment.authorised"]
        if authorised:
            yield from _of(authorised[-1], of_referrals, teams)


def _of(fact: Fact, came: Mapping[UUID, Sequence[Arrival]], teams: Teams) -> Iterator[Tally]:
    team = team_on(teams(fact.uuid("family_id")), fact.day("authorised_on"))
    referral = fact.maybe_uuid("referral_id")
    arrival = arrival_on(came.get(referral, ()), fact.day("started_on")) if referral else None
    referred_on = fact.maybe_day("referred_on") or (arrival.came_on if arrival else None)
    tallies = [_within(TallyCode.ASSESSMENT_OF_START, fact, fact.day("started_on"), team)]
    if referred_on is not None:
        tallies.append(_within(TallyCode.ASSESSMENT_OF_REFERRAL, fact, referred_on, team))
    # One record is left out once, however many definitions it contradicts.
    yield from dict.fromkeys(tallies)


def _within(code: TallyCode, fact: Fact, from_on: date, team: UUID | None) -> Tally:
    on, children = fact.day("authorised_on"), len(fact.uuids("children"))
    try:
        due_on = add_working_days(from_on, _WORKING_DAYS)
    except OutsideCalendar:
        due_on = None
    if due_on is None or on < from_on:
        return left_out(fact.about, on)
    in_time = children if on <= due_on else 0
    return Tally(code=code, subject=fact.about, on=on, team=team, amount=in_time, base=children)
