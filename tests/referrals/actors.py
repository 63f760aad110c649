"""Who acts in the tests of the front door, and the steps that they take before the one that a test is about."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx

from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller

SCREENER = caller(Role.SCREENER)
MANAGER = caller(Role.FRONT_DOOR_MANAGER)
EARLY_HELP = caller(Role.EARLY_HELP_LEAD)
TEAM_MANAGER = caller(Role.TEAM_MANAGER)
SOCIAL_WORKER = caller(Role.SOCIAL_WORKER)
CASE_SYSTEM = caller(Role.CASE_SYSTEM, kind="client")
SCHOOL = caller(Role.REFERRER, agency=derived_id("test", "school"))
OTHER_SCHOOL = caller(Role.REFERRER, agency=derived_id("test", "other school"))
ANALYST = caller(Role.ANALYST)

#: Invented, and protected wherever it is told.
PLACE = "7 Nowhere Lane"
RATIONALE = "The school sees an injury without an explanation."


def child(given_name: str = "Wren", **changes: Any) -> dict[str, Any]:
    """Return an invented child of eight."""
    told = {"given_name": given_name, "family_name": "Invented", "birth_date": "2018-01-20", "sex": "F"}
    return {key: value for key, value in (told | changes).items() if value is not None}


def adult(given_name: str = "Robin", **changes: Any) -> dict[str, Any]:
    """Return an invented adult."""
    told = {"given_name": given_name, "family_name": "Invented", "birth_date": "1990-05-04", "sex": "M"}
    return {key: value for key, value in (told | changes).items() if value is not None}


def concern(**changes: Any) -> dict[str, Any]:
    """Return what a school tells about one child and one adult."""
    told = {
        "referral_source": "2A",
        "channel": "portal",
        "area": "cherwell",
        "primary_need": "N1",
        "needs": ["3B"],
        "narrative": "She says that there is shouting at home.",
        "children": [child()],
        "adults": [adult()],
    }
    return told | changes


@dataclass
class Actors:
    """Do the steps before the one that a test is about; each must succeed."""

    stage: Stage

    async def receive(self, by: Any = SCREENER, **changes: Any) -> dict[str, Any]:
        """Receive a concern."""
        return self._ok(await self.stage.post("/v1/referrals", concern(**changes), by=by))

    async def say(self, referral: dict[str, Any], verb: str, body: Any = None, *, by: Any = SCREENER) -> dict[str, Any]:
        """Say a verb on a referral as it was last read."""
        answer = await self.stage.post(
            f"/v1/referrals/{referral['id']}:{verb}", body, by=by, if_match=referral["revision"]
        )
        return self._ok(answer)

    async def triaged(self, rag: str = "amber", level: int = 3, **changes: Any) -> dict[str, Any]:
        """Receive and triage."""
        return await self.say(await self.receive(**changes), "triage", {"rag": rag, "level": level})

    async def waiting(
        self, outcome: str = "single_assessment", rag: str = "amber", level: int = 3, **changes: Any
    ) -> dict[str, Any]:
        """Receive, triage and propose a decision."""
        triaged = await self.triaged(rag, level, **changes)
        return await self.say(triaged, "propose-decision", {"outcome": outcome, "rationale": RATIONALE})

    async def accepted(self, **changes: Any) -> dict[str, Any]:
        """Receive, triage, propose and accept."""
        return await self.say(await self.waiting(**changes), "accept", {}, by=MANAGER)

    async def read(self, referral_id: str | UUID, part: str = "", *, by: Any = SCREENER) -> dict[str, Any]:
        """Read a referral, or a part of it."""
        return self._ok(await self.stage.get(f"/v1/referrals/{referral_id}{part}", by=by))

    async def clocks(self, referral_id: str | UUID) -> dict[str, dict[str, Any]]:
        """Read a referral's clocks, by kind."""
        return {one["kind"]: one for one in (await self.read(referral_id, "/clocks"))["items"]}

    async def person(self, person_id: str | UUID, *, by: Any = SCREENER) -> dict[str, Any]:
        """Read a person."""
        return self._ok(await self.stage.get(f"/v1/people/{person_id}", by=by))

    async def family(self, family_id: str | UUID, *, by: Any = SCREENER) -> dict[str, Any]:
        """Read a family."""
        return self._ok(await self.stage.get(f"/v1/families/{family_id}", by=by))

    def _ok(self, answer: httpx.Response) -> dict[str, Any]:
        assert answer.is_success, answer.text
        told: dict[str, Any] = answer.json()
        return told


def slug(answer: httpx.Response) -> str:
    """Return the problem of an answer, which must be one."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return str(answer.json()["type"]).removeprefix("urn:fsp:problem:")


def pointers(answer: httpx.Response) -> set[str]:
    """Return where the faults of a body are."""
    return {fault.get("pointer", fault.get("parameter")) for fault in answer.json().get("errors", ())}


async def counted(stage: Stage) -> tuple[int, ...]:
    """Return how many rows the tables have that receiving writes to."""
    tables = ("referral", "contact", "person", "family", "family_member", "clock", "outbox")
    rows = await stage.as_owner(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in tables))
    return tuple(row[0] for row in rows)
