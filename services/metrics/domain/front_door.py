"""What the front door's facts add up to: referrals, re-referrals, decisions, waits for a worker."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from libs.kernel.deadline import local_day
from libs.kernel.working_days import OutsideCalendar, add_months, add_working_days
from services.metrics.domain.facts import Fact
from services.metrics.domain.families import Teams, team_on
from services.metrics.domain.spells import Things, WorkerSpell
from services.metrics.domain.tallies import Tally, TallyCode, left_out, waited

# Source: Working Together to Safeguard Children: a decision on the response within one working day of a referral.
_DECISION_WORKING_DAYS = 1
# Source: DfE children in need census: a re-referral follows the child's previous referral within 12 months.
_RE_REFERRAL_MONTHS = 12

_RECEIVED = "referrals.referral.received"
_REOPENED = "referrals.referral.reopened"
_DECISIONS: Mapping[str, str] = {
    "referrals.referral.accepted": "accepted",
    "referrals.referral.stepped_down": "stepped_down",
    "referrals.referral.advised": "no_further_action",
    "referrals.referral.redirected": "redirected",
    "referrals.referral.joined": "joined",
}
_NEVER_WAS = frozenset({"referrals.referral.withdrawn", "referrals.referral.marked_in_error"})
_CLOSED = "referrals.referral.closed"
WORKBOOK_GOES_ON = frozenset({"workbook.workbook.opened", "workbook.workbook.reopened"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A referral as it came in, or came back when it was reopened, and what was decided about it."""

    referral_id: UUID
    family_id: UUID
    children: tuple[UUID, ...]
    came_on: date
    decided_on: date | None = None
    outcome: str | None = None
    joined_to: UUID | None = None
    closed_on: date | None = None

    @property
    def is_referral(self) -> bool:
        """Say whether it counts as a referral: one that joins an open case is not another."""
        return self.outcome != "joined"

    @property
    def order(self) -> tuple[date, UUID]:
        """By what arrivals come one after another."""
        return self.came_on, self.referral_id


def arrivals(things: Things) -> tuple[Arrival, ...]:
    """Return all arrivals in the order of their days; withdrawn referrals and those made in error are not among them."""
    closures = _workbook_closures(things)
    found: list[Arrival] = []
    for (owner, referral_id), history in things.items():
        if owner == "referrals" and not any(fact.kind in _NEVER_WAS for fact in history):
            found.extend(_arrivals(history, closures.get(referral_id)))
    return tuple(sorted(found, key=lambda arrival: arrival.order))


def referred(came: Sequence[Arrival]) -> tuple[Arrival, ...]:
    """Return the arrivals by which children are referred: of one that joins a case, the children new to that case."""
    cases = {arrival.referral_id: arrival for arrival in came if arrival.is_referral}
    found: list[Arrival] = []
    for arrival in came:
        case = cases.get(arrival.joined_to) if arrival.joined_to else None
        if arrival.is_referral:
            found.append(arrival)
        elif case is not None:
            known = {child for other in found if _is_open(other, arrival.came_on) for child in other.children}
            fresh = tuple(child for child in arrival.children if child not in known.union(case.children))
            # From here on the children go the way of the case.
            found.append(replace(arrival, children=fresh, outcome=case.outcome, closed_on=case.closed_on))
    return tuple(found)


def front_door_tallies(
    came: Sequence[Arrival], *, leads: tuple[WorkerSpell, ...], teams: Teams, is_open: Callable[[UUID, Arrival], bool]
) -> Iterator[Tally]:
    """Yield what all arrivals add up to; `is_open` says of a child whether its case was open when one arrived."""
    earliest = _earliest_leads(leads)
    led = _led(came, earliest)
    for arrival in came:
        lead = earliest.get(arrival.referral_id)
        is_led = led.get(arrival.referral_id) == arrival
        yield from _of_the_family(arrival, lead if is_led else None, _team(arrival, lead, teams))
    by_children = [(arrival, _team(arrival, earliest.get(arrival.referral_id), teams)) for arrival in referred(came)]
    yield from _of_the_children(by_children, TallyCode.REFERRAL, TallyCode.REFERRAL_OUTCOME)
    fresh = [
        (replace(arrival, children=tuple(child for child in arrival.children if not is_open(child, arrival))), team)
        for arrival, team in by_children
    ]
    yield from _of_the_children(fresh, TallyCode.NEW_REFERRAL, TallyCode.NEW_REFERRAL_OUTCOME)


def arrival_on(came: Iterable[Arrival], day: date) -> Arrival | None:
    """Return the arrival of one referral that stood on `day`: the last that had come, or else the first."""
    every = sorted(came, key=lambda arrival: arrival.came_on)
    return next((arrival for arrival in reversed(every) if arrival.came_on <= day), every[0] if every else None)


def by_referral(came: Iterable[Arrival]) -> dict[UUID, list[Arrival]]:
    """Return the arrivals of each referral, which comes again when it is reopened."""
    found: dict[UUID, list[Arrival]] = defaultdict(list)
    for arrival in came:
        found[arrival.referral_id].append(arrival)
    return found


def _led(came: Sequence[Arrival], earliest: Mapping[UUID, WorkerSpell]) -> dict[UUID, Arrival]:
    """Return of each referral the arrival that waited for its first lead worker."""
    found = {}
    for referral, of_it in by_referral(came).items():
        lead = earliest.get(referral)
        waited_for = arrival_on(of_it, lead.started_on) if lead else None
        if waited_for is not None:
            found[referral] = waited_for
    return found


def _arrivals(history: tuple[Fact, ...], closed_with_workbook: date | None) -> list[Arrival]:
    found: list[Arrival] = []
    for fact in history:
        if fact.kind == _RECEIVED:
            found = [_received(fact)]
        elif not found:
            continue
        elif fact.kind == _REOPENED:
            fresh = replace(found[-1], came_on=local_day(fact.occurred_at), decided_on=None, outcome=None)
            found.append(replace(fresh, joined_to=None, closed_on=None))
        elif fact.kind in _DECISIONS:
            found[-1] = _decided(found[-1], fact)
        elif fact.kind == _CLOSED:
            found[-1] = replace(found[-1], closed_on=fact.day("closed_on"))
    if found and found[-1].closed_on is None and closed_with_workbook and closed_with_workbook >= found[-1].came_on:
        found[-1] = replace(found[-1], closed_on=closed_with_workbook)
    return found


def _received(fact: Fact) -> Arrival:
    return Arrival(
        referral_id=fact.uuid("referral_id"),
        family_id=fact.uuid("family_id"),
        children=fact.uuids("children"),
        came_on=fact.day("received_on"),
    )


def _decided(arrival: Arrival, fact: Fact) -> Arrival:
    decided = replace(
        arrival,
        decided_on=local_day(fact.moment("decided_at")),
        outcome=_DECISIONS[fact.kind],
        joined_to=fact.maybe_uuid("joined_to"),
    )
    # The decision knows the children better than the first message did.
    return replace(decided, children=fact.uuids("children") or arrival.children)


def _workbook_closures(things: Things) -> dict[UUID, date]:
    """Return the closing day of the workbook of each referral, unless the workbook goes on."""
    found: dict[UUID, date] = {}
    for (owner, _), history in things.items():
        closing: Fact | None = None
        for fact in history if owner == "workbook" else ():
            if fact.kind == "workbook.workbook.closed":
                closing = fact
            elif fact.kind in WORKBOOK_GOES_ON:
                closing = None
        if closing:
            found |= dict.fromkeys(answered(closing), closing.day("closed_on"))
    return found


def answered(fact: Fact) -> tuple[UUID, ...]:
    """Return the referrals that a workbook answers, as it opens, opens again or closes."""
    first = fact.maybe_uuid("referral_id")
    return (*([first] if first else []), *fact.uuids("further_referrals"))


def _earliest_leads(leads: tuple[WorkerSpell, ...]) -> dict[UUID, WorkerSpell]:
    found: dict[UUID, WorkerSpell] = {}
    for lead in leads:
        if lead.referral_id is not None:
            found.setdefault(lead.referral_id, lead)
    return found


def _team(arrival: Arrival, lead: WorkerSpell | None, teams: Teams) -> UUID | None:
    return lead.team_id if lead else team_on(teams(arrival.family_id), arrival.came_on)


def _of_the_family(arrival: Arrival, lead: WorkerSpell | None, team: UUID | None) -> Iterator[Tally]:
    subject = arrival.referral_id
    if arrival.is_referral:
        yield Tally(code=TallyCode.FAMILY_REFERRAL, subject=subject, on=arrival.came_on, team=team, base=1)
    if lead is not None:
        yield waited(TallyCode.ALLOCATION_WAIT, subject, from_on=arrival.came_on, on=lead.started_on, team=lead.team_id)
    if arrival.decided_on is None:
        return
    if arrival.decided_on < arrival.came_on:
        yield left_out(subject, arrival.decided_on)
        return
    try:
        due_on = add_working_days(arrival.came_on, _DECISION_WORKING_DAYS)
    except OutsideCalendar:
        yield left_out(subject, arrival.decided_on)
        return
    in_time = int(arrival.decided_on <= due_on)
    yield Tally(code=TallyCode.DECISION, subject=subject, on=arrival.decided_on, team=team, amount=in_time, base=1)


def _of_the_children(
    came: Iterable[tuple[Arrival, UUID | None]], referral: TallyCode, outcome: TallyCode
) -> Iterator[Tally]:
    before: dict[UUID, date] = {}
    for arrival, team in came:
        ended = int(arrival.outcome == "no_further_action")
        for child in arrival.children:
            again = child in before and arrival.came_on <= add_months(before[child], _RE_REFERRAL_MONTHS)
            before[child] = arrival.came_on
            for code, amount in ((referral, int(again)), (outcome, ended)):
                yield Tally(code=code, subject=child, on=arrival.came_on, team=team, amount=amount, base=1)


def _is_open(arrival: Arrival, day: date) -> bool:
    return arrival.outcome == "accepted" and (arrival.closed_on is None or arrival.closed_on > day)
