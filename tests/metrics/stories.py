"""Random invented histories of families, drawn from a seed, with late records, corrections and contradictions."""

import random
from datetime import date, timedelta
from uuid import UUID

from services.metrics.domain.facts import Fact
from tests.metrics.builders import START, Telling, an_id, at

TEAMS = tuple(an_id("team", number) for number in range(4))
AGENCIES = tuple(an_id("agency", number) for number in range(3))
WORKERS = tuple(an_id("worker", number) for number in range(8))
_PLANS = ("eh", "cin", "cp", "pre_proceedings", "proceedings", "looked_after")


def tell_stories(seed: int, *, families: int) -> list[Fact]:
    """Return the facts of some families, in the order in which they became known."""
    draw = random.Random(seed)
    telling = Telling()
    for number, worker in enumerate(WORKERS):
        telling.post(worker, TEAMS[number % len(TEAMS)], on=date(2024, 1, 1), fte=(0.6, 0.8, 1.0)[number % 3])
    telling.post(WORKERS[0], TEAMS[2], on=START + timedelta(days=200), fte=0.5)
    for number in range(families):
        _Family(draw, telling, seed, number).live()
    return sorted(telling.facts, key=lambda fact: fact.known_at)


class _Family:
    def __init__(self, draw: random.Random, telling: Telling, seed: int, number: int) -> None:
        self._draw, self._telling = draw, telling
        self._name = (seed, number)
        self.family = an_id("family", *self._name)
        self.children = tuple(an_id("child", *self._name, each) for each in range(draw.randint(1, 4)))
        self._day = START + timedelta(days=draw.randint(0, 300))
        self._referrals = 0

    def live(self) -> None:
        """Let the family be referred a few times."""
        for _ in range(self._draw.randint(1, 3)):
            self._refer()
            self._day += timedelta(days=self._draw.randint(0, 250))
        if self._draw.random() < 0.15 and self._name[1]:
            known = an_id("child", self._name[0], self._draw.randint(0, self._name[1] - 1), 0)
            self._telling.links(self.children[0], known, on=self._day, referral=self._id("referral"))
        if self._draw.random() < 0.1:
            other = an_id("family", self._name[0], self._draw.randint(0, self._name[1]))
            self._telling.tell(
                "referrals.family.merged", other, on=self._day, family_id=other, merged_family_id=self.family
            )

    def _id(self, what: str) -> UUID:
        return an_id(what, *self._name, self._referrals, len(self._telling.facts))

    def _refer(self) -> None:
        self._referrals += 1
        referral, day = self._id("referral"), self._day
        self._telling.referral(referral, self.family, self.children, on=day)
        self._day += timedelta(days=self._draw.randint(0, 3))
        verb = self._draw.choice(
            ("accepted", "accepted", "accepted", "advised", "stepped_down", "joined", None, "error")
        )
        if verb == "error":
            self._telling.tell(
                "referrals.referral.marked_in_error",
                referral,
                on=self._day,
                referral_id=referral,
                family_id=self.family,
            )
        elif verb is not None:
            more = {"children": self.children} if verb == "accepted" else {}
            self._telling.decided(verb, referral, self.family, on=self._day, **more)
        if verb == "accepted":
            self._work(referral, received=day)

    def _work(self, referral: UUID, *, received: date) -> None:
        draw, telling = self._draw, self._telling
        holds = [(self._id("allocation"), draw.choice(WORKERS), self._day + timedelta(days=draw.randint(0, 6)))]
        team = draw.choice(TEAMS)
        telling.holds(
            holds[0][0], self.family, holds[0][1], on=holds[0][2], team=team, children=self.children, referral=referral
        )
        self._assess(referral, received)
        for child in self.children:
            self._plans(child)
        if draw.random() < 0.6:
            self._ask(team)
        if draw.random() < 0.5:
            day = holds[0][2] + timedelta(days=draw.randint(-5, 90))
            telling.lets_go(holds[0][0], self.family, holds[0][1], on=day, team=team)
            worker = draw.choice(WORKERS)
            telling.holds(
                self._id("allocation"), self.family, worker, on=day, team=draw.choice(TEAMS), children=self.children,
                reason="MANAGE",
            )  # fmt: skip
        self._day += timedelta(days=draw.randint(20, 200))
        if draw.random() < 0.7:
            telling.closed(referral, self.family, self.children, on=self._day)
        if draw.random() < 0.1:
            telling.tell(
                "referrals.referral.reopened", referral, on=self._day, referral_id=referral, family_id=self.family,
                reason="new_information",
            )  # fmt: skip

    def _assess(self, referral: UUID, received: date) -> None:
        started = received + timedelta(days=self._draw.randint(0, 10))
        on = started + timedelta(days=self._draw.randint(5, 80))
        self._telling.assessed(
            self._id("assessment"), self.family, self.children, on=on, referral_id=referral, started_on=started
        )

    def _plans(self, child: UUID) -> None:
        day = self._day
        for _ in range(self._draw.randint(0, 3)):
            spell, kind = self._id("spell"), self._draw.choice(_PLANS)
            self._telling.plan(
                spell, child, self.family, kind, on=day, known_on=day + timedelta(days=self._draw.randint(0, 20))
            )
            end = day + timedelta(days=self._draw.randint(-1, 150))
            if self._draw.random() < 0.7:
                # Sometimes the end tells another start than the start did: a correction.
                started = day + timedelta(days=self._draw.choice((0, 0, 0, 1)))
                self._telling.plan_ends(spell, child, self.family, kind, started=started, on=end)
            day += timedelta(days=self._draw.randint(0, 120))

    def _ask(self, team: UUID) -> None:
        ask, day = self._id("ask"), self._day + timedelta(days=self._draw.randint(0, 20))
        self._telling.asked(ask, self.family, on=day, team=self._draw.choice((team, None)))
        for _ in range(self._draw.randint(1, 2)):
            request, agency = self._id("request"), self._draw.choice(AGENCIES)
            self._telling.agency_says("opened", request, ask, self.family, on=day, agency=agency, requested_at=at(day))
            day += timedelta(days=self._draw.randint(0, 9))
            verb = self._draw.choice(("accepted", "declined", "cancelled"))
            self._telling.agency_says(
                verb, request, ask, self.family, on=day, agency=agency, requested_at=at(day), reason="no_capacity",
                **{f"{verb}_at": at(day)},
            )  # fmt: skip
            if verb == "accepted":
                day += timedelta(days=self._draw.randint(0, 30))
                self._telling.agency_says(
                    "engaged",
                    request,
                    ask,
                    self.family,
                    on=day,
                    agency=agency,
                    requested_at=at(day),
                    engaged_at=at(day),
                )
