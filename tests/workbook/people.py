"""An invented family and those who work with it, and the ways in which they are told of."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from libs.contracts.allocation import AllocationStarted
from libs.contracts.referrals import ReferralAccepted
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller

MIND, TURNING_POINT = derived_id("agency", "mind"), derived_id("agency", "turning_point")
TEAM = derived_id("team", "north")
WORKER = caller(Role.SOCIAL_WORKER, team=TEAM)
OTHER_WORKER = caller(Role.SOCIAL_WORKER, team=TEAM, id=derived_id("another worker"))
MANAGER = caller(Role.TEAM_MANAGER, team=TEAM)
EARLY_HELP = caller(Role.EARLY_HELP_LEAD)
CHAIR = caller(Role.CONFERENCE_CHAIR)
SYSTEM = caller(Role.CASE_SYSTEM, kind="client")
PRACTITIONER = caller(Role.ADULT_PRACTITIONER, agency=TURNING_POINT)
AGENCY_MANAGER = caller(Role.AGENCY_MANAGER, agency=TURNING_POINT)
OTHER_PRACTITIONER = caller(Role.ADULT_PRACTITIONER, agency=MIND)
ADMIN = caller(Role.SERVICE_ADMIN)

#: The Monday on which the family was referred.
REFERRED_AT = datetime(2026, 9, 7, 9, tzinfo=UTC)


@dataclass
class Family:
    """A family of invented people, by their ids."""

    name: str = "the Examples"
    id: UUID = field(init=False)
    referral_id: UUID = field(init=False)
    mother: UUID = field(init=False)
    father: UUID = field(init=False)
    ada: UUID = field(init=False)
    ben: UUID = field(init=False)

    def __post_init__(self) -> None:
        """Derive the ids from the family's name."""
        for part in ("id", "referral_id", "mother", "father", "ada", "ben"):
            setattr(self, part, derived_id(self.name, part))

    @property
    def children(self) -> tuple[UUID, ...]:
        """The children."""
        return (self.ada, self.ben)

    @property
    def adults(self) -> tuple[UUID, ...]:
        """The adults."""
        return (self.mother, self.father)

    def accepted(self, *, referral: str = "referral_id", at: datetime = REFERRED_AT, **more: Any) -> ReferralAccepted:
        """What referrals says when a manager accepted the referral."""
        referral_id = self.referral_id if referral == "referral_id" else derived_id(self.name, referral)
        said = {
            "referral_id": referral_id,
            "family_id": self.id,
            "children": self.children,
            "adults": self.adults,
            "area": "north",
            "rag": "amber",
            "level": 3,
            "primary_need": "N1",
            "received_at": at,
            "decided_at": at,
            "detail_url": f"/v1/referrals/{referral_id}",
            **more,
        }
        return ReferralAccepted.model_validate(said)

    def allocated(self, *, at: datetime = REFERRED_AT + timedelta(days=1), **more: Any) -> AllocationStarted:
        """What allocation says when a worker took the family."""
        said = {
            "allocation_id": derived_id(self.name, "allocation"),
            "family_id": self.id,
            "referral_id": self.referral_id,
            "worker_id": WORKER.id,
            "team_id": TEAM,
            "role": "lead",
            "children": self.children,
            "started_at": at,
            "reason": "FCONTA",
            **more,
        }
        return AllocationStarted.model_validate(said)


async def opened(stage: Stage, family: Family | None = None) -> tuple[Family, dict[str, Any]]:
    """Open a family's workbook as it really opens: a referral, then a worker."""
    family = family or Family()
    await stage.hear(family.accepted())
    await stage.hear(family.allocated())
    return family, await workbook_of(stage, family)


async def workbook_of(stage: Stage, family: Family) -> dict[str, Any]:
    """Return a family's workbook as a worker reads it."""
    found = ok(await stage.get(f"/v1/workbooks?family_id={family.id}", by=WORKER))["items"]
    assert len(found) == 1
    answer: dict[str, Any] = found[0]
    return answer


def ok(answer: httpx.Response) -> dict[str, Any]:
    """Return the body of an answer that must be a success."""
    assert answer.is_success, (answer.status_code, answer.text)
    body: dict[str, Any] = answer.json()
    return body


def refused(answer: httpx.Response, status: int, slug: str) -> dict[str, Any]:
    """Return the problem of an answer that must be a refusal."""
    assert (answer.status_code, answer.json()["type"]) == (status, f"urn:fsp:problem:{slug}"), answer.text
    body: dict[str, Any] = answer.json()
    return body


async def visited(stage: Stage, workbook: dict[str, Any], *seen: UUID, on: datetime | None = None) -> dict[str, Any]:
    """Record a visit at which children were seen."""
    body = {
        "kind": "visit",
        "text": "Everybody was at home.",
        "detail": {"children_seen": [str(child) for child in seen]},
        **({"occurred_at": on.isoformat()} if on else {}),
    }
    return ok(await stage.post(f"/v1/workbooks/{workbook['id']}/entries", body, by=WORKER))


async def supervised(
    stage: Stage,
    workbook: dict[str, Any],
    decision: str,
    *,
    goals: dict[str, str] | None = None,
    on: str = "2026-11-20",
    **more: Any,
) -> dict[str, Any]:
    """Hold and record a group supervision."""
    planned = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/supervisions", {"planned_on": on}, by=MANAGER))
    record = {
        "held_on": on,
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "goals": [{"goal_id": goal, "progress": progress} for goal, progress in (goals or {}).items()],
        "risk_statement": "Evenings are calmer.",
        "decision": decision,
        **({"next_on": "2026-12-18"} if decision != "close" else {}),
        **more,
    }
    return ok(await stage.post(f"/v1/supervisions/{planned['id']}:record", record, by=MANAGER, if_match=1))
