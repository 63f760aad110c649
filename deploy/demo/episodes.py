"""Tells what follows from one referral, day by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from deploy.demo import published
from deploy.demo.households import Invented
from deploy.demo.stories import Ask, Episode, Handover, Spell, Way, Window, day_of, moment, visits_between
from libs.kernel.working_days import add_working_days, is_working_day

#: Which agency's offer answers a need, by the factor that shows it.
_SPECIALISMS = {
    "4B": "mental_health",
    "3B": "domestic_abuse_victim",
    "1B": "substance_misuse",
    "2B": "substance_misuse",
}
_VISIT_EVERY = {"cp": 10, "cin": 25, "looked_after": 28}  # working days
_CHANGES_WORKER = 1 / 6
_LEVEL = {Way.ADVISED: 1, Way.STEPPED_DOWN: 2, Way.ASSESSED: 3, Way.IN_NEED: 3, Way.PROTECTED: 4, Way.CARED_FOR: 4}


@dataclass(slots=True)
class Teller:
    """One family's chances."""

    window: Window
    chance: Random
    source: str

    def episode(
        self, way: Way, on: date, *, stays: bool, asked: Sequence[Invented] = (), over_by: date | None = None
    ) -> Episode:
        """Tell a referral that arrived on this day, and what followed until it closed or until today."""
        received = moment(on, self.chance)
        base = Episode(
            way=way,
            received_at=received,
            source=self.source,
            rag="red" if way is Way.CARED_FOR else self._one_of(published.RAG),
            level=_LEVEL[way],
            primary_need=self._one_of(published.PRIMARY_NEEDS),
            factors=self._factors(),
            decided_at=self._decided(received),
        )
        if way in {Way.ADVISED, Way.STEPPED_DOWN}:
            return base
        allocated = moment(day_of(base.decided_at) + timedelta(days=self.chance.choice((0, 1, 1, 2, 4))), self.chance)
        base = replace(base, allocated_at=max(allocated, base.decided_at + timedelta(minutes=30)))
        assessed = add_working_days(day_of(received), self.chance.choices((25, 38, 44, 52), (20, 35, 33, 12))[0])
        if way is Way.ASSESSED:
            return replace(
                base,
                assessed_on=assessed,
                visits=visits_between(_allocated_on(base), assessed, 12, self.chance)[:3],
                closed_on=add_working_days(assessed, 2),
                closure=self.chance.choice(("RC8", "RC8", "RC9")),
            )
        return self._in_need(base, assessed, stays=stays, asked=asked, over_by=over_by)

    def earlier(self, on: date, *, protected: bool) -> tuple[Episode, ...]:
        """Tell the closed episode that makes this referral a repeated one."""
        if protected:
            day = on - timedelta(days=self.chance.randint(900, 1300))
            return (self.episode(Way.PROTECTED, day, stays=False, over_by=day + timedelta(days=350)),)
        latest = min(self.window.first - timedelta(days=5), on - timedelta(days=110))
        first = on - timedelta(days=345)
        day = first + timedelta(days=self.chance.randint(0, max(0, (latest - first).days)))
        return (self.episode(self.chance.choice((Way.ADVISED, Way.ASSESSED)), day, stays=False),)

    def _in_need(
        self, base: Episode, assessed: date, *, stays: bool, asked: Sequence[Invented], over_by: date | None
    ) -> Episode:
        strategy = conference = None
        if base.way is Way.PROTECTED:
            # Called while the front door still decides; with it the enquiry and the conference's clock begin.
            strategy = base.received_at + (base.decided_at - base.received_at) / 2
            conference = add_working_days(day_of(strategy), self.chance.choices((11, 14, 15, 18), (25, 30, 27, 18))[0])
            starts = conference
        elif base.way is Way.CARED_FOR:
            starts = add_working_days(_allocated_on(base), self.chance.randint(1, 8))
        else:
            starts = add_working_days(assessed, 1)
        closed = None if stays else self._closed(starts, over_by)
        spells = tuple(self._spells(base.way, starts, closed))
        today = self.window.until
        return replace(
            base,
            strategy_at=strategy,
            conference_on=conference,
            assessed_on=assessed if assessed < today else None,
            spells=spells,
            visits=self._visits(base, spells, closed or today),
            asks=tuple(self._asks(base, spells, closed, asked)),
            handover=self._handover(spells, closed or today),
            closed_on=closed,
            closure="RC7" if closed else None,
        )

    def _closed(self, starts: date, over_by: date | None) -> date:
        """Return the working day of closure, at least three months after the plan's start where that is possible."""
        earliest = starts + timedelta(days=90)
        if over_by is None:  # it was open when the year began
            earliest = max(earliest, self.window.first + timedelta(days=10))
        latest = (over_by or self.window.until) - timedelta(days=3)
        day = min(earliest, latest) + timedelta(days=self.chance.randint(0, max(0, (latest - earliest).days)))
        return day if is_working_day(day) else add_working_days(day, -1)

    def _spells(self, way: Way, starts: date, closed: date | None) -> Iterator[Spell]:
        """Tell the plans: a child protection plan that ends is followed by a child in need plan until the closure."""
        if starts >= self.window.until:
            return
        if way is not Way.PROTECTED or closed is None:
            yield Spell(kind=way.value, started_on=starts, ended_on=closed)
            return
        changed = starts + (closed - starts) * 3 // 4
        yield Spell(kind="cp", started_on=starts, ended_on=changed)
        yield Spell(kind="cin", started_on=changed, ended_on=closed)

    def _visits(self, base: Episode, spells: Sequence[Spell], until: date) -> tuple[date, ...]:
        """Return the days on which the children were seen; of spells before the year only the last weeks are recorded."""
        first = add_working_days(_allocated_on(base), self.chance.randint(1, 7))
        days = {first} if first < until else set()
        for spell in spells:
            begins = max(spell.started_on, self.window.first - timedelta(days=30))
            ends = spell.ended_on or until
            if begins < ends:
                days.update(visits_between(begins, ends, _VISIT_EVERY[spell.kind], self.chance))
        return tuple(sorted(days))

    def _handover(self, spells: Sequence[Spell], until: date) -> Handover | None:
        """Tell of another worker taking over, in one of six episodes that last long enough; invented."""
        if not spells or self.chance.random() > _CHANGES_WORKER:
            return None
        begins = max(spells[0].started_on, self.window.first) + timedelta(days=40)
        ends = until - timedelta(days=40)
        if begins >= ends:
            return None
        day = begins + timedelta(days=self.chance.randint(0, (ends - begins).days))
        reason = self.chance.choices(("LEFTRL", "MANAGE", "ABSENC", "PCCHAN"), (45, 30, 15, 10))[0]
        return Handover(on=add_working_days(day, 1), reason=reason)

    def _asks(
        self, base: Episode, spells: Sequence[Spell], closed: date | None, asked: Sequence[Invented]
    ) -> Iterator[Ask]:
        if not spells or not asked or spells[0].started_on < self.window.first - timedelta(days=120):
            return
        until = self.window.until
        # An agency's work is over before the family's workbook closes.
        latest = closed - timedelta(days=120) if closed else until - timedelta(days=10)
        wanted = sorted({_SPECIALISMS[factor] for factor in base.factors if factor in _SPECIALISMS})[:2]
        for specialism in wanted:
            day = add_working_days(spells[0].started_on, self.chance.randint(3, 15))
            if day < latest:
                yield self._ask(specialism, day, until)

    def _ask(self, specialism: str, day: date, until: date) -> Ask:
        answer = self.chance.choices(("accept", "waitlist", "decline"), (80, 12, 8))[0]
        answered = add_working_days(day, self.chance.randint(1, 4))
        started = add_working_days(
            answered, self.chance.randint(15, 25) if answer == "waitlist" else self.chance.randint(3, 10)
        )
        sessions = [(started + timedelta(days=14 * turn), self.chance.random() < 0.78) for turn in range(1, 5)]  # noqa: PLR2004
        held = tuple((on, attended) for on, attended in sessions if on < until and answer != "decline")
        ends = sessions[-1][0] + timedelta(days=2)
        return Ask(
            specialism=specialism,
            asked_on=day,
            answer=answer,
            answered_on=answered if answered < until else None,
            started_on=started if started < until and answer != "decline" else None,
            sessions=held,
            ended_on=ends if ends < until and answer != "decline" else None,
        )

    def _decided(self, received: datetime) -> datetime:
        """Return when the manager decided: mostly within one working day."""
        days = self.chance.choices((0, 1, 2, 3), (30, 52, 12, 6))[0]
        if days == 0:
            return received + timedelta(minutes=self.chance.randint(40, 110))
        return moment(add_working_days(day_of(received), days), self.chance, earliest=9, latest=11)

    def _factors(self) -> tuple[str, ...]:
        """Return what the assessment finds: each of the common factors with its published share."""
        found = [
            factor
            for factor, count in published.FACTORS.items()
            if self.chance.random() < count / published.ASSESSMENTS_WITH_FACTORS
        ]
        return tuple(found) or ("20",)

    def _one_of(self, weights: Mapping[str, int]) -> str:
        return self.chance.choices(list(weights), list(weights.values()))[0]


def _allocated_on(episode: Episode) -> date:
    """Return the day on which the family got its worker; an episode that goes on has one."""
    if episode.allocated_at is None:
        raise ValueError(episode.way)
    return day_of(episode.allocated_at)
