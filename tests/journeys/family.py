"""One invented family's way through the five services, step by step, in the words of those who work with it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from libs.chassis.auth import Caller
from libs.kernel.ids import new_id
from tests.journeys.county import County
from tests.journeys.people import (
    FRONT_DOOR_MANAGER,
    SCHOOL,
    SCREENER,
    TEAM_MANAGER,
    WORKERS,
    right,
    say,
)

WHY = "Invented: what the school saw, and what the agencies know."


def child(name: str, *, born: str | None = "2018-09-02", expected: str | None = None) -> dict[str, Any]:
    """Invent a child."""
    return {
        "given_name": f"{name} (invented)",
        "family_name": f"Inventedson-{new_id().hex[-6:]}",
        "birth_date": born,
        "expected_date": expected,
        "sex": "U" if expected else "F",
    }


@dataclass
class Family:
    """What the services have said about a family so far."""

    county: County
    referral_id: str = ""
    family_id: str = ""
    children: list[str] = field(default_factory=list)
    adults: list[str] = field(default_factory=list)
    request_id: str = ""
    proposal: dict[str, Any] = field(default_factory=dict)
    worker_id: str = ""
    workbook_id: str = ""

    @property
    def referral(self) -> str:
        """Where the referral is."""
        return f"/v1/referrals/{self.referral_id}"

    @property
    def workbook(self) -> str:
        """Where the workbook is."""
        return f"/v1/workbooks/{self.workbook_id}"

    async def is_referred(
        self, *, by: Caller = SCHOOL, children: Sequence[dict[str, Any]] = (), **more: Any
    ) -> dict[str, Any]:
        """A school sends a concern; staff then read what was received."""
        body = {
            "referral_source": "2A",
            "channel": "portal",
            "area": "cherwell",
            "primary_need": "N1",
            "needs": ["2B"],
            "referrer": {"agency": "an invented school", "contact": "office@school.example"},
            "narrative": "Invented: the child came without lunch and did not want to go home.",
            "children": list(children) or [child("Robin")],
            "adults": [{"given_name": "Sam (invented)", "family_name": "Inventedson", "birth_date": "1990-01-15"}],
            **more,
        }
        sent: dict[str, Any] = right(await self.county.referrals.post("/v1/referrals", body, by=by))
        self.referral_id = sent["id"]
        read = await self.reads_referral()
        self.family_id = read["family_id"]
        self.children = list(read["children"])
        self.adults = [person["id"] for person in read["people"] if person["id"] not in self.children]
        return sent

    async def reads_referral(self) -> dict[str, Any]:
        """Staff read the referral."""
        read: dict[str, Any] = right(await self.county.referrals.get(self.referral, by=SCREENER))
        return read

    async def is_triaged(self, *, rag: str = "amber", level: int = 3) -> dict[str, Any]:
        """MASH sets the urgency and the level of need."""
        return await self._says(SCREENER, "triage", {"rag": rag, "level": level})

    async def is_proposed(self, outcome: str = "single_assessment") -> dict[str, Any]:
        """A screener proposes how to respond."""
        return await self._says(SCREENER, "propose-decision", {"outcome": outcome, "rationale": WHY})

    async def is_accepted(self) -> dict[str, Any]:
        """A manager accepts."""
        return await self._says(FRONT_DOOR_MANAGER, "accept", {})

    async def _says(self, by: Caller, verb: str, body: dict[str, Any]) -> dict[str, Any]:
        answered: dict[str, Any] = await say(self.county.referrals, by, f"{self.referral}:{verb}", body)
        return answered

    async def has_a_proposal(self) -> dict[str, Any]:
        """Allocation has ranked workers for the family."""

        async def look() -> Any:
            page = right(await self.county.allocation.get("/v1/requests?limit=200", by=TEAM_MANAGER))
            found = [one for one in page["items"] if one["family_id"] == self.family_id]
            if not found:
                return None
            self.request_id = found[0]["id"]
            made = right(await self.county.allocation.get(f"/v1/requests/{self.request_id}/proposals", by=TEAM_MANAGER))
            return made["items"][0] if made["items"] else None

        found = await self.county.eventually(look)
        self.proposal = right(await self.county.allocation.get(f"/v1/proposals/{found['id']}", by=TEAM_MANAGER))
        return self.proposal

    async def is_allocated(self) -> str:
        """The team manager confirms the best worker."""
        proposal = await self.has_a_proposal()
        path = f"/v1/proposals/{proposal['id']}:confirm"
        decided = right(await self.county.allocation.post(path, {}, by=TEAM_MANAGER, if_match=proposal["revision"]))
        self.worker_id = decided["decision"]["worker_id"]
        return self.worker_id

    async def has_a_workbook(self) -> dict[str, Any]:
        """The workbook has opened for the family."""

        async def opened() -> Any:
            page = right(await self.county.workbook.get(f"/v1/workbooks?family_id={self.family_id}", by=TEAM_MANAGER))
            return page["items"][0] if page["items"] else None

        found: dict[str, Any] = await self.county.eventually(opened)
        self.workbook_id = found["id"]
        return found

    async def is_worked_with(self) -> Caller:
        """All of it up to an open workbook; return the lead worker."""
        await self.is_referred()
        await self.is_triaged()
        await self.is_proposed()
        await self.is_accepted()
        worker_id = await self.is_allocated()
        await self.has_a_workbook()
        return next(worker for worker in WORKERS if str(worker.id) == worker_id)

    async def has_a_goal(self, worker: Caller, *, need: str) -> dict[str, Any]:
        """The plan has a goal that meets a need."""
        plan = right(await self.county.workbook.get(f"{self.workbook}/plan", by=worker))
        body = {"title": "An invented goal", "need": need, "people": self.adults}
        path = f"{self.workbook}/plan/goals"
        goal: dict[str, Any] = right(await self.county.workbook.post(path, body, by=worker, if_match=plan["revision"]))
        return goal
