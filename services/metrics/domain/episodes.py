"""Episodes of need: when a child's case is open, from its referral to closure or to the step down to early help."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.metrics.domain.families import Teams
from services.metrics.domain.front_door import WORKBOOK_GOES_ON, Arrival, answered
from services.metrics.domain.spells import Level, PlanSpell, Things, joined, shared
from services.metrics.domain.tallies import Stay, Tally, TallyCode, left_out, stock


@dataclass(frozen=True, slots=True)
class Episodes:
    """The times in which a child's case was open, in their order, each with its parts in teams."""

    child_id: UUID
    times: tuple[tuple[Stay, tuple[Stay, ...]], ...]
    by_arrival: tuple[tuple[Arrival, Stay], ...]  # the same, as the referrals brought them about
    reversed_on: tuple[date, ...] = ()  # the days of closures before their referrals

    @property
    def in_teams(self) -> tuple[Stay, ...]:
        """All times as they are shared by teams."""
        return tuple(part for _, parts in self.times for part in parts)

    def is_open_on(self, day: date) -> bool:
        """Say whether the case is open on `day`; on the day of its closure it is not."""
        return any(_holds(time, day) for time, _ in self.times)

    def is_open_before(self, arrival: Arrival) -> bool:
        """Say whether the case is open by another referral when this one arrives."""
        return any(
            other.order < arrival.order and other.referral_id != arrival.referral_id and _holds(stay, arrival.came_on)
            for other, stay in self.by_arrival
        )


def episodes(came: Iterable[Arrival], things: Things, plans: Iterable[PlanSpell], *, teams: Teams) -> Mapping[UUID, Episodes]:  # fmt: skip
    """Return the episodes of each child, given the arrivals by which children are referred."""
    downs_of = _step_downs(things)
    statutory: dict[UUID, list[date]] = defaultdict(list)
    for plan in plans:
        if plan.level is not Level.EARLY_HELP and not plan.is_impossible:
            statutory[plan.child_id].append(plan.started_on)
    stays: dict[UUID, list[tuple[Arrival, Stay]]] = defaultdict(list)
    family: dict[UUID, UUID] = {}
    for arrival in came:
        if arrival.outcome != "accepted":
            continue
        downs = {day for id_ in (arrival.referral_id, arrival.family_id) for day in downs_of.get(id_, ())}
        for child in arrival.children:
            whole = Stay(arrival.came_on, arrival.closed_on)
            stays[child].extend((arrival, stay) for stay in _without(whole, sorted(downs), statutory[child]))
            family[child] = arrival.family_id
    return {child: _of_child(child, of_child, teams(family[child])) for child, of_child in stays.items()}


def episode_tallies(every: Iterable[Episodes]) -> Iterator[Tally]:
    """Yield what episodes add up to: children in need at any date, starts, and children open in any window."""
    for each in every:
        for day in each.reversed_on:
            yield left_out(each.child_id, day)
        for time, parts in each.times:
            code, team = TallyCode.IN_NEED_START, parts[0].team
            yield Tally(code=code, subject=each.child_id, on=time.from_on, team=team, base=1)
            yield from stock(TallyCode.IN_NEED, each.child_id, parts)
            yield from _open(each.child_id, parts)
        yield from _open_again(each)


def _of_child(child: UUID, by_arrival: Sequence[tuple[Arrival, Stay]], in_teams: tuple[Stay, ...]) -> Episodes:
    stays = [stay for _, stay in by_arrival]
    turned = tuple(stay.until_on for stay in stays if stay.until_on is not None and stay.until_on < stay.from_on)
    times = tuple((time, shared(time, in_teams)) for time in joined(stays))
    return Episodes(child, times, tuple(by_arrival), turned)


def _holds(stay: Stay, day: date) -> bool:
    return stay.from_on <= day and (stay.until_on is None or day < stay.until_on)


def _open(child: UUID, parts: Sequence[Stay]) -> Iterator[Tally]:
    """Yield a time's beginning and end; amount: it begins; square: it begins in that team, or comes to it."""
    for index, part in enumerate(parts):
        begins = int(index == 0)
        yield Tally(
            code=TallyCode.OPEN, subject=child, on=part.from_on, team=part.team, amount=begins, base=1, square=1
        )
        if part.until_on is not None:
            yield Tally(code=TallyCode.OPEN, subject=child, on=part.until_on, team=part.team, base=-1)


def _open_again(each: Episodes) -> Iterator[Tally]:
    """Yield each return with the day on which the time before it ended: who was open before is not another child."""
    ended: date | None = None
    left: dict[UUID | None, date] = {}
    for time, parts in each.times:
        for part in parts:
            since = ended if part.from_on == time.from_on else None
            yield Tally(
                code=TallyCode.OPEN_AGAIN,
                subject=each.child_id,
                on=part.from_on,
                team=part.team,
                amount=since.toordinal() if since else 0,
                square=left[part.team].toordinal() if part.team in left else 0,
            )
            if part.until_on is not None:
                left[part.team] = part.until_on
        ended = time.until_on


def _step_downs(things: Things) -> dict[UUID, list[date]]:
    """Return the days on which the case of each referral stepped down to early help; without a referral, the family's."""
    found: dict[UUID, list[date]] = defaultdict(list)
    for (owner, _), history in things.items():
        referrals: tuple[UUID, ...] = ()
        for fact in history if owner == "workbook" else ():
            if fact.kind in WORKBOOK_GOES_ON:
                referrals = answered(fact) or referrals
            elif fact.kind == "workbook.workbook.referral_joined":
                referrals = (*referrals, fact.uuid("referral_id"))
            elif fact.kind == "workbook.workbook.stepped_down":
                for case in referrals or (fact.uuid("family_id"),):
                    found[case].append(fact.day("stepped_down_on"))
    return found


def _without(stay: Stay, downs: Sequence[date], statutory: Sequence[date]) -> Iterator[Stay]:
    """Yield the parts of a stay without the times between a step down and the next statutory plan."""
    from_on = stay.from_on
    for down in downs:
        if down < from_on or (stay.until_on is not None and down >= stay.until_on):
            continue
        yield Stay(from_on, down)
        again = min((day for day in statutory if day >= down), default=None)
        if again is None or (stay.until_on is not None and again >= stay.until_on):
            return
        from_on = again
    yield Stay(from_on, stay.until_on)
