"""A small invented county on stage, and what happens in it."""

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Self
from uuid import UUID

import httpx

from libs.chassis.auth import Caller
from libs.contracts.referrals import ReferralAccepted
from libs.kernel.ids import TeamId, derived_id, new_id
from libs.kernel.roles import Role
from services.allocation.commands import staff
from services.allocation.domain.workers import Team
from services.allocation.schemas.staff import NewWorker
from tests.harness import FRIDAY, Stage, caller

NORTH, SOUTH = derived_id("team", "north"), derived_id("team", "south")
ADMIN = caller(Role.SERVICE_ADMIN)
MANAGER = caller(Role.TEAM_MANAGER, team=NORTH)
SOUTH_MANAGER = caller(Role.TEAM_MANAGER, team=SOUTH)
SERVICE_MANAGER = caller(Role.SERVICE_MANAGER)


def ok(answer: httpx.Response) -> Any:
    """Return the JSON of an answer that must not be a problem."""
    assert answer.is_success, answer.text
    return answer.json()


def problem(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the slug of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()["type"].removeprefix("urn:fsp:problem:")


@dataclass
class County:
    """Two teams and their workers, on stage."""

    stage: Stage
    workers: dict[str, UUID] = field(default_factory=dict)

    @classmethod
    async def found(cls, stage: Stage) -> Self:
        """Set up the two teams, each with two full-time workers."""
        county = cls(stage)
        async with stage.tx(ADMIN) as tx:
            for team, code, areas in ((NORTH, "north_1", {"cherwell", "bicester"}), (SOUTH, "south_1", {"vale"})):
                value = Team(id=TeamId(team), code=code, name=f"Invented {code}", areas=frozenset(areas))
                await staff.record_team(tx, value, at=tx.now)
            for name, team, base in (
                ("ada", NORTH, "cherwell"),
                ("ben", NORTH, "cherwell"),
                ("cleo", SOUTH, "vale"),
                ("dan", SOUTH, "vale"),
            ):
                post = NewWorker.model_validate_json(json.dumps(county.post(name, team_id=str(team), base_area=base)))
                await staff.record_worker(tx, post.value(post.id), at=tx.now)
                county.workers[name] = post.id
        return county

    async def hire(self, name: str, /, **changes: Any) -> UUID:
        """Let an invented worker join; by default full-time in North."""
        self.workers[name] = derived_id("worker", name)
        ok(await self.stage.post("/v1/workers", self.post(name, **changes), by=ADMIN))
        return self.workers[name]

    def post(self, name: str, /, **changes: Any) -> dict[str, Any]:
        """Describe an invented worker's post."""
        return {
            "id": str(derived_id("worker", name)),
            "team_id": str(NORTH),
            "name": f"Invented {name.title()}",
            "role": "social_worker",
            "fte": 1.0,
            "base_area": "cherwell",
            "from_on": "2020-01-01",
            **changes,
        }

    def name(self, worker_id: str | UUID) -> str:
        """Return the name that goes with a worker's id."""
        return next(name for name, id_ in self.workers.items() if str(id_) == str(worker_id))

    def as_worker(self, name: str) -> Caller:
        """Return the worker as a caller."""
        return caller(Role.SOCIAL_WORKER, id=self.workers[name], team=NORTH)

    async def accept(self, **changes: Any) -> ReferralAccepted:
        """Let referrals say that a family was accepted now."""
        at = changes.pop("at", self.stage.clock.now)
        said = ReferralAccepted(
            **{
                "referral_id": new_id(),
                "family_id": new_id(),
                "children": (new_id(),),
                "adults": (new_id(),),
                "area": "cherwell",
                "rag": "amber",
                "level": 4,
                "primary_need": "N1",
                "received_at": at - timedelta(hours=3),
                "decided_at": at,
                "detail_url": f"/v1/referrals/{new_id()}",
                **changes,
            }
        )
        await self.stage.hear(said, occurred_at=at)
        return said

    async def request_of(self, family_id: UUID) -> Any:
        """Return the newest request of a family."""
        found = ok(await self.stage.get(f"/v1/requests?family_id={family_id}", by=MANAGER))
        return found["items"][-1]

    async def proposal_of(self, family_id: UUID) -> Any:
        """Return the newest proposal for a family."""
        request = await self.request_of(family_id)
        listed = ok(await self.stage.get(f"/v1/requests/{request['id']}/proposals", by=MANAGER))
        return ok(await self.stage.get(f"/v1/proposals/{listed['items'][0]['id']}", by=SERVICE_MANAGER))

    async def proposed(self, **changes: Any) -> Any:
        """Let a family be accepted and return its proposal."""
        return await self.proposal_of((await self.accept(**changes)).family_id)

    async def decide(
        self, proposal: Any, verb: str, body: dict[str, Any] | None = None, **options: Any
    ) -> httpx.Response:
        """Decide on a proposal as the manager who read it."""
        options.setdefault("by", MANAGER)
        options.setdefault("if_match", proposal["revision"])
        return await self.stage.post(f"/v1/proposals/{proposal['id']}:{verb}", body or {}, **options)

    async def allocated(self, to: str | None = None, **changes: Any) -> Any:
        """Let a family be accepted and confirmed, by default for the best worker; return the allocation."""
        proposal = await self.proposed(**changes)
        body = {} if to is None else {"worker_id": str(self.workers[to])}
        decided = ok(await self.decide(proposal, "confirm", {**body, "text": "Agreed."}, by=SERVICE_MANAGER))
        found = ok(await self.stage.get(f"/v1/allocations?family_id={decided['family_id']}&open=true", by=MANAGER))
        return found["items"][0]

    async def capacity(self, name: str) -> Any:
        """Return a worker's capacity now."""
        return ok(await self.stage.get(f"/v1/workers/{self.workers[name]}/capacity", by=MANAGER))

    async def absent(self, name: str, **changes: Any) -> Any:
        """Record that a worker is away from today on."""
        body = {"reason": "sickness", "from_on": FRIDAY.date().isoformat(), **changes}
        manager = caller(Role.SERVICE_MANAGER)
        return ok(await self.stage.post(f"/v1/workers/{self.workers[name]}/absences", body, by=manager))

    @property
    def now(self) -> datetime:
        """This moment on stage."""
        return self.stage.clock.now
