"""One invented family on its way through the services: who it is there, and how far it has come."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from deploy import county
from deploy.calling import Answer, Desk, Refused, key_of
from deploy.county import Person
from deploy.demo.stories import Story

Found = TypeVar("Found")
_HERE = ZoneInfo("Europe/London")
_TRIES = 8
_STALE = 412


@dataclass(slots=True)
class Play:
    """A family's story while it is told to the services."""

    desk: Desk
    story: Story
    run: str  # what makes this telling another than an earlier one: seed, scale and day
    today: date
    family_id: str = ""
    people: dict[str, str] = field(default_factory=dict)  # by key: the ids that referrals gave
    referral_id: str = ""
    workbook_id: str = ""
    worker_id: str = ""
    team_id: str = ""
    steps: int = 0

    async def say(
        self, by: Person, service: str, path: str, body: Mapping[str, Any], *, revision: int | None = None
    ) -> Answer:
        """Post the next step of the story; told again, the same step is answered and changes nothing."""
        self.steps += 1
        key = key_of(self.run, self.story.household.number, self.steps, service, path)
        return await self.desk.post(by, service, path, body, key=key, revision=revision)

    async def verb(  # noqa: PLR0917
        self, by: Person, service: str, path: str, verb: str, body: Mapping[str, Any], revision: int | None = None
    ) -> Answer:
        """Say a verb of a record, on its newest revision: clocks and news from other services change it, too."""
        self.steps += 1
        key = key_of(self.run, self.story.household.number, self.steps, service, path, verb)
        for _ in range(_TRIES):
            if revision is None:
                revision = (await self.desk.get(by, service, path)).revision
            try:
                return await self.desk.post(by, service, f"{path}:{verb}", body, key=key, revision=revision)
            except Refused as refusal:
                if refusal.kind == "idempotency-key-reused":  # said in an earlier telling, on an earlier revision
                    return await self.desk.get(by, service, path)
                if refusal.status != _STALE:
                    raise
                revision = None
        raise NotInTime(f"{service} {path} was changed by others again and again")

    def take(self, *, worker_id: str, team_id: str) -> None:
        """Note which worker of which team has the family now."""
        self.worker_id, self.team_id = worker_id, team_id

    @property
    def worker(self) -> Person:
        """The social worker who has the family."""
        return county.person_with(self.worker_id)

    @property
    def manager(self) -> Person:
        """The manager of the family's team."""
        return county.person(f"team_manager_{county.team_with(self.team_id).code}")

    @property
    def children(self) -> list[str]:
        """Ids of the family's children."""
        return [self.people[child.key] for child in self.story.household.children]

    @property
    def adults(self) -> list[str]:
        """Ids of the family's parents and carers."""
        return [self.people[adult.key] for adult in self.story.household.adults]

    def somebody(self, role: str, of: int) -> Person:
        """Return who of the `of` people with this role deals with the family."""
        return county.person(f"{role}_{1 + self.story.household.number % of}")


class NotInTime(Exception):
    """An event did not reach another service in the time that a person would wait."""


def at_hour(day: date, hour: int) -> str:
    """Return a moment of that day in England, as it is sent."""
    return datetime.combine(day, time(hour), _HERE).isoformat()


async def in_time(ask: Callable[[], Awaitable[Found | None]], *, what: str, seconds: float = 180.0) -> Found:
    """Ask again until there is an answer: news reaches the other services by itself, but not at once."""
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + seconds, 0.03
    while loop.time() < end:
        found = await ask()
        if found is not None:
            return found
        await asyncio.sleep(pause)
        pause = min(pause * 1.5, 1.0)
    raise NotInTime(f"in {seconds:.0f} s {what}")
