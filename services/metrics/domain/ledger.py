"""The ledger: from any set of facts, in any order, to tallies, and to what the tallies were at every moment.

`family_tallies` and `worker_tallies` are the definition. The consumer applies them piecewise: to all facts of the
families that share a child or were merged, and to all facts of one worker. The sum is the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from uuid import UUID

from libs.kernel.deadline import local_day
from services.metrics.domain.assessments import assessment_tallies
from services.metrics.domain.changes import change_tallies
from services.metrics.domain.episodes import episode_tallies, episodes
from services.metrics.domain.facts import Fact, Subject, current
from services.metrics.domain.families import identified, one_family, team_stays
from services.metrics.domain.front_door import Arrival, arrivals, front_door_tallies, referred
from services.metrics.domain.holdings import caseload_tallies, child_holding_tallies, leads_of_children
from services.metrics.domain.partnership import partner_tallies
from services.metrics.domain.plans import plan_tallies
from services.metrics.domain.spells import lead_spells, plan_spells
from services.metrics.domain.tallies import KnownTally, Tally, collect, left_out

#: The kinds of fact that change a family's tallies; the others are kept for questions not yet asked.
FAMILY_KINDS = frozenset({
    "referrals.referral.received",
    "referrals.referral.accepted",
    "referrals.referral.stepped_down",
    "referrals.referral.advised",
    "referrals.referral.redirected",
    "referrals.referral.joined",
    "referrals.referral.closed",
    "referrals.referral.reopened",
    "referrals.referral.withdrawn",
    "referrals.referral.marked_in_error",
    "referrals.family.merged",
    "referrals.person.linked",
    "allocation.allocation.started",
    "allocation.allocation.ended",
    "workbook.workbook.opened",
    "workbook.workbook.reopened",
    "workbook.workbook.referral_joined",
    "workbook.workbook.stepped_down",
    "workbook.workbook.closed",
    "workbook.plan_spell.started",
    "workbook.plan_spell.ended",
    "workbook.assessment.authorised",
    "workbook.practitioner.requested",
    "workbook.practitioner.request_withdrawn",
    "partners.request.opened",
    "partners.request.promised",
    "partners.request.accepted",
    "partners.request.declined",
    "partners.request.engaged",
    "partners.request.completed",
    "partners.request.ended_early",
    "partners.request.cancelled",
})  # fmt: skip
#: The kinds of fact that change a worker's tallies.
WORKER_KINDS = frozenset({
    "allocation.worker.recorded",
    "allocation.allocation.started",
    "allocation.allocation.ended",
})  # fmt: skip

#: The kinds of fact that name teams and agencies.
LABEL_KINDS = frozenset({"allocation.team.recorded", "partners.agency.recorded"})


def family_tallies(facts: Iterable[Fact]) -> frozenset[Tally]:
    """Return what the facts of whole families add up to; those of the future are left out and counted as such."""
    past, future = _parted(facts, FAMILY_KINDS)
    things = current(identified(past))
    leads, plans = lead_spells(things), plan_spells(things)
    teams = team_stays(leads, one_family(things))
    came = arrivals(things)
    open_times = episodes(referred(came), things, plans, teams=teams)

    def is_open(child: UUID, arrival: Arrival) -> bool:
        return child in open_times and open_times[child].is_open_before(arrival)

    return collect(
        [
            *(left_out(fact.about, local_day(fact.occurred_at)) for fact in future),
            *front_door_tallies(came, leads=leads, teams=teams, is_open=is_open),
            *episode_tallies(open_times.values()),
            *change_tallies(leads_of_children(leads), open_times),
            *assessment_tallies(things, came=came, teams=teams),
            *plan_tallies(plans, teams=teams),
            *child_holding_tallies(leads, plans, teams=teams),
            *partner_tallies(things, teams=teams),
        ]
    )


def worker_tallies(facts: Iterable[Fact]) -> frozenset[Tally]:
    """Return what the facts of whole workers add up to."""
    past, _ = _parted(facts, WORKER_KINDS)
    return collect(caseload_tallies(current(past)))


@dataclass(frozen=True, slots=True)
class Reckoning:
    """How facts of some kinds are reckoned: which belong together, and what those add up to."""

    kinds: frozenset[str]
    joins: Callable[[Fact], frozenset[UUID]]
    tallies: Callable[[Iterable[Fact]], frozenset[Tally]]

    def subjects(self, facts: Iterable[Fact]) -> frozenset[UUID]:
        """Return whatever the facts can add a tally to: what they are about, and what joins them."""
        return frozenset(id_ for fact in facts for id_ in (fact.about, *self.joins(fact)))

    def apart(self, facts: Iterable[Fact]) -> list[list[Fact]]:
        """Return the facts that belong together, one list for each such group."""
        together = _Together(self)
        return [together.of(leader)[0] for leader in together.add(facts)]


def _by_family(fact: Fact) -> frozenset[UUID]:
    return frozenset(id_ for subject, id_ in fact.subjects() if subject in _OF_A_FAMILY)


def _by_worker(fact: Fact) -> frozenset[UUID]:
    return frozenset({fact.uuid("worker_id")})


_EVER = datetime.min.replace(tzinfo=UTC)
_OF_A_FAMILY = frozenset({Subject.FAMILY, Subject.CHILD, Subject.PERSON})
FAMILIES = Reckoning(FAMILY_KINDS, _by_family, family_tallies)
WORKERS = Reckoning(WORKER_KINDS, _by_worker, worker_tallies)


def remembered(facts: Iterable[Fact], *, by: Reckoning) -> frozenset[KnownTally]:
    """Return all tallies that ever were what we knew, each with the time in which it was."""
    return frozenset(continued((), facts, by=by, since=None))


def continued(
    before: Iterable[KnownTally], facts: Iterable[Fact], *, by: Reckoning, since: datetime | None
) -> set[KnownTally]:
    """Return what `remembered` would, given what it was before facts known from `since` on had come.

    Knowledge is remembered by the hour: what became known within an hour counts as known from its end. What was
    known before the hour of `since` stands. From there on, hour by hour, those facts are reckoned again that belong
    together with one that became known then: the others' tallies cannot have changed.
    """
    mine = {fact.id: fact for fact in facts if fact.kind in by.kinds}
    every = sorted(mine.values(), key=lambda fact: fact.known_at)
    begin = known_from(since) if since is not None else _EVER
    past = [fact for fact in every if known_from(fact.known_at) < begin]
    stood = [_until(each, begin) for each in before if each.known_from < begin]
    together = _Together(by)
    together.add(past)
    closed = {each for each in stood if each.known_until is not None}
    open_from = {each.tally: each.known_from for each in stood if each.known_until is None}
    together.stand(open_from)
    for moment, new in groupby(every[len(past) :], key=lambda fact: known_from(fact.known_at)):
        for leader in together.add(new):
            facts_now, stood_now = together.of(leader)
            tallies = by.tallies(facts_now)
            closed.update(KnownTally(gone, open_from.pop(gone), moment) for gone in stood_now - tallies)
            open_from.update((fresh, moment) for fresh in tallies - stood_now)
            together.now_stands(leader, tallies)
    return closed | {KnownTally(tally, moment) for tally, moment in open_from.items()}


def known_from(known_at: datetime) -> datetime:
    """Return the full hour from which on something counts as known."""
    hour = known_at.replace(minute=0, second=0, microsecond=0)
    return hour if hour == known_at else hour + timedelta(hours=1)


class _Together:
    """Which facts belong together, as one after another becomes known, and which tallies they add up to."""

    def __init__(self, by: Reckoning) -> None:
        self._joins = by.joins
        self._leaders: dict[UUID, UUID] = {}
        self._facts: dict[UUID, list[Fact]] = {}
        self._tallies: dict[UUID, set[Tally]] = {}

    def add(self, facts: Iterable[Fact]) -> set[UUID]:
        """Add facts to those that they belong to; return who stands for each such group."""
        touched = []
        for fact in facts:
            leader = self._lead(fact.about)
            for id_ in self._joins(fact):
                leader = self._join(leader, self._lead(id_))
            self._facts.setdefault(leader, []).append(fact)
            touched.append(leader)
        return {self._lead(id_) for id_ in touched}

    def stand(self, tallies: Iterable[Tally]) -> None:
        """Give tallies to the facts that they were made of."""
        for tally in tallies:
            self._tallies.setdefault(self._lead(tally.subject), set()).add(tally)

    def of(self, id_: UUID) -> tuple[list[Fact], set[Tally]]:
        """Return the facts that belong together, and the tallies that stood for them."""
        leader = self._lead(id_)
        return self._facts[leader], self._tallies.get(leader, set())

    def now_stands(self, id_: UUID, tallies: frozenset[Tally]) -> None:
        """Note what the facts add up to now."""
        self._tallies[self._lead(id_)] = set(tallies)

    def _lead(self, id_: UUID) -> UUID:
        while (leader := self._leaders.setdefault(id_, id_)) != id_:
            self._leaders[id_] = self._leaders[leader]
            id_ = leader
        return id_

    def _join(self, one: UUID, other: UUID) -> UUID:
        if one == other:
            return one
        few, many = sorted((one, other), key=lambda id_: len(self._facts.get(id_, ())))
        self._leaders[few] = many
        self._facts.setdefault(many, []).extend(self._facts.pop(few, ()))
        self._tallies.setdefault(many, set()).update(self._tallies.pop(few, ()))
        return many


def _until(tally: KnownTally, since: datetime) -> KnownTally:
    if tally.known_until is not None and tally.known_until >= since:
        return KnownTally(tally.tally, tally.known_from)
    return tally


def _parted(facts: Iterable[Fact], kinds: frozenset[str]) -> tuple[list[Fact], list[Fact]]:
    every = {fact.id: fact for fact in facts if fact.kind in kinds}.values()
    return [fact for fact in every if not fact.is_of_the_future], [fact for fact in every if fact.is_of_the_future]
