"""An invented county for the tests of partners: its agencies, their people, and a family in need."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import httpx

from libs.chassis.auth import Caller
from libs.contracts.allocation import AllocationStarted, TeamRecorded
from libs.contracts.workbook import PractitionerRequested
from libs.kernel.ids import derived_id, new_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller

ADMIN = caller(Role.SERVICE_ADMIN)
AUDITOR = caller(Role.AUDITOR)
SOCIAL_WORKER = caller(Role.SOCIAL_WORKER)
TEAM = derived_id("test", "team")
TEAM_MANAGER = caller(Role.TEAM_MANAGER, team=TEAM)
LEAD = derived_id("test", "lead")
FAMILY, WORKBOOK = derived_id("test", "family"), derived_id("test", "workbook")

TURNING_POINT, AQUARIUS, MIND, ELMORE = (
    derived_id("test", code) for code in ("turning_point", "aquarius", "mind", "elmore")
)
SPECIALISMS = {
    TURNING_POINT: ("turning_point", ("substance_misuse",), 1),
    # Invented: a second agency for the same, so that there is a next one to ask.
    AQUARIUS: ("aquarius", ("substance_misuse",), 2),
    MIND: ("mind", ("mental_health",), 1),
    ELMORE: ("elmore", ("domestic_abuse_victim", "domestic_abuse_perpetrator"), 1),
}


def manager_of(agency: UUID) -> Caller:
    """Return the manager of an agency."""
    return caller(Role.AGENCY_MANAGER, agency=agency)


def practitioner_of(agency: UUID, specialism: str, number: int = 1) -> Caller:
    """Return a practitioner of an agency."""
    return caller(Role.ADULT_PRACTITIONER, agency=agency, id=derived_id("test", agency, specialism, number))


TP = manager_of(TURNING_POINT)
TP_PRACTITIONER = practitioner_of(TURNING_POINT, "substance_misuse")
TP_OTHER = practitioner_of(TURNING_POINT, "substance_misuse", 2)


def as_role(role: Role) -> Caller:
    """Return somebody of that role: an agency's people are those of the request's agency."""
    if role is Role.AGENCY_MANAGER:
        return TP
    return TP_PRACTITIONER if role is Role.ADULT_PRACTITIONER else caller(role)


def sees(role: Role, request: dict[str, Any]) -> bool:
    """Say whether the role sees the request at all: a practitioner only when named."""
    return role is not Role.ADULT_PRACTITIONER or request["practitioner_id"] == str(TP_PRACTITIONER.id)


@dataclass
class County:
    """A stage on which everything is set up."""

    stage: Stage
    family: UUID = FAMILY
    workbook: UUID = WORKBOOK

    async def need(self, **changes: Any) -> UUID:
        """Let a team ask for a practitioner; return the practitioner request's id."""
        said = a_need(family=self.family, workbook=self.workbook, at=self.stage.clock.now, **changes)
        await self.stage.hear(said, occurred_at=said.requested_at)
        return said.practitioner_request_id

    async def request(self, by: Caller = TP, **changes: Any) -> dict[str, Any]:
        """Let a team ask, and return the request as the agency sees it."""
        need = await self.need(**changes)
        listed = await self.stage.get(f"/v1/requests?practitioner_request_id={need}", by=by)
        [found] = listed.json()["items"]
        return dict(found)

    async def at(self, state: str) -> dict[str, Any]:
        """Bring a request to a state by the verbs that lead there, an hour apart."""
        request = await self.request()
        for verb, by, body in PATHS[state]:
            self.stage.clock.forward(hours=1)
            request = (await self.say(request, verb, by=by, body=body)).json()
        self.stage.clock.forward(hours=1)
        return request

    async def say(
        self, request: dict[str, Any], verb: str, *, by: Caller, body: dict[str, Any] | None = None
    ) -> httpx.Response:
        """Say a verb to a request as it was last read; the answer is the request, whatever was said."""
        path, match = f"/v1/requests/{request['id']}", request["revision"]
        if verb in {"ask", "answer"}:
            said = await self.stage.post(f"{path}/messages", body, by=by)
            return await self.stage.get(path, by=by) if said.is_success else said
        if verb == "report":
            said = await self.stage.put(f"{path}/end-report", body, by=by, if_match=match)
            return await self.stage.get(path, by=by) if said.is_success else said
        return await self.stage.post(f"{path}:{verb}", body or {}, by=by, if_match=match)


REPORT = {
    "goals": [{"goal": "An invented goal", "outcome": "achieved"}, {"goal": "Another", "outcome": "partly"}],
    "practitioner_view": "It went well.",
    "family_view": "It helped us.",
}
#: Everything that the guard of a verb asks for, said on the standing Friday.
BODIES: dict[str, dict[str, Any]] = {
    "ask": {"text": "What has been tried?", "is_question": True},
    "answer": {"text": "A course, a year ago."},
    "accept": {"practitioner_id": str(TP_PRACTITIONER.id)},
    "assign": {"practitioner_id": str(TP_OTHER.id)},
    "waitlist": {"expected_on": "2027-02-01"},
    "decline": {"reason": "not_eligible"},
    "start": {},
    "hold": {"reason": "adult_unwell", "review_on": "2027-02-01"},
    "resume": {},
    "report": REPORT,
    "complete": {},
    "end-early": {"reason": "moved_away"},
    "cancel": {"reason": "need_changed"},
    "mark-in-error": {},
}
_WORK = (("accept", TP, BODIES["accept"]), ("start", TP_PRACTITIONER, {}))
PATHS: dict[str, tuple[tuple[str, Caller, dict[str, Any]], ...]] = {
    "requested": (),
    "clarifying": (("ask", TP, BODIES["ask"]),),
    "accepted": _WORK[:1],
    "waitlisted": (("waitlist", TP, BODIES["waitlist"]),),
    "declined": (("decline", TP, BODIES["decline"]),),
    "engaged": _WORK,
    "on_hold": (*_WORK, ("hold", TP_PRACTITIONER, BODIES["hold"])),
    "completed": (*_WORK, ("report", TP_PRACTITIONER, REPORT), ("complete", TP_PRACTITIONER, {})),
    "ended_early": (*_WORK, ("end-early", SOCIAL_WORKER, BODIES["end-early"])),
    "cancelled": (("cancel", SOCIAL_WORKER, BODIES["cancel"]),),
    "in_error": (("mark-in-error", SOCIAL_WORKER, {}),),
}


def a_need(*, family: UUID, workbook: UUID, at: datetime, **changes: Any) -> PractitionerRequested:
    """Make the event by which a team asks for a practitioner."""
    request_id = changes.get("practitioner_request_id") or new_id()
    facts: dict[str, Any] = {
        "practitioner_request_id": request_id,
        "workbook_id": workbook,
        "family_id": family,
        "adult_id": new_id(),
        "specialism": "substance_misuse",
        "urgency": "routine",
        "team_id": TEAM,
        "requested_at": at,
        "detail_url": f"/v1/workbooks/{workbook}",
    }
    return PractitionerRequested(**(facts | changes))


def a_lead(family: UUID, *, at: datetime, **changes: Any) -> AllocationStarted:
    """Make the event by which somebody begins to lead the work with a family."""
    facts: dict[str, Any] = {
        "allocation_id": new_id(),
        "family_id": family,
        "worker_id": LEAD,
        "team_id": TEAM,
        "role": "lead",
        "children": (new_id(),),
        "started_at": at,
        "reason": "FCONTA",
    }
    return AllocationStarted(**(facts | changes))


#: The tables that setting the county up fills, and what it filled them with the first time.
_FILLED = ("team", "lead", "agency", "offer", "agreement", "practitioner", "event_revision", "outbox", "audit")
_kept: dict[str, str] = {}


async def settle(stage: Stage) -> County:
    """Set the county up: the first time through the API, after that by putting the same rows back."""
    county = County(stage)
    if _kept:
        await stage.as_owner(_RESTORE, **_kept)
        return county
    await _set_up(county)
    rows = await stage.as_owner(_KEEP)
    _kept.update(zip(_FILLED, rows[0], strict=True))
    return county


_KEEP = "SELECT " + ", ".join(f"(SELECT CAST(json_agg(t) AS text) FROM {name} t)" for name in _FILLED)
_RESTORE = (
    "WITH "
    + ", ".join(
        f"put_{name} AS (INSERT INTO {name} OVERRIDING SYSTEM VALUE"
        f" SELECT * FROM json_populate_recordset(CAST(NULL AS {name}), CAST(:{name} AS json)))"
        for name in _FILLED
    )
    + " SELECT 1"
)


async def _set_up(county: County) -> None:
    """Do as the administrator and the agencies would."""
    stage = county.stage
    await stage.hear(TeamRecorded(team_id=TEAM, code="oxford_east_1", areas=("oxford_east",)))
    await stage.hear(a_lead(county.family, at=stage.clock.now))
    for agency in SPECIALISMS:
        await set_up(stage, agency)
        await agree(stage, agency)
        await staff(stage, agency)


async def set_up(stage: Stage, agency: UUID) -> None:
    """Record an agency and its offers."""
    code, specialisms, preference = SPECIALISMS[agency]
    made = await stage.post(
        "/v1/agencies",
        {"id": str(agency), "code": code, "name": f"{code} (invented)", "stated_fte": 10.0, "has_manager": True},
        by=ADMIN,
    )
    assert made.status_code == 201, made.text
    for specialism in specialisms:
        offered = await stage.post(
            f"/v1/agencies/{agency}/offers",
            {
                "specialism": specialism,
                "title": "Practitioners for adults",
                "audience": "Adults of families with a workbook.",
                "preference": preference,
                "from_on": "2025-01-01",
            },
            by=ADMIN,
        )
        assert offered.status_code == 201, offered.text


async def agree(stage: Stage, agency: UUID) -> dict[str, Any]:
    """Agree with an agency on what is shared."""
    drafted = await stage.post(
        "/v1/agreements",
        {
            "agency_id": str(agency),
            "specialisms": list(SPECIALISMS[agency][1]),
            "basis": "public_task",
            "condition": "health_or_social_care",
            "from_on": "2025-01-01",
        },
        by=ADMIN,
    )
    started = await stage.post(f"/v1/agreements/{drafted.json()['id']}:start", {}, by=ADMIN, if_match=1)
    assert started.status_code == 200, started.text
    return dict(started.json())


async def staff(stage: Stage, agency: UUID) -> None:
    """Record two practitioners for each of an agency's specialisms."""
    for specialism in SPECIALISMS[agency][1]:
        for number in (1, 2):
            person = practitioner_of(agency, specialism, number)
            joined = await stage.post(
                "/v1/practitioners",
                {
                    "id": str(person.id),
                    "name": f"Invented Practitioner {number}",
                    "specialism": specialism,
                    "fte": 1.0,
                    "shares": [{"team_id": str(TEAM), "fte": 0.59}],
                    "checked_on": str(date(2026, 1, 5)),
                    "joined_on": "2025-01-06",
                },
                by=manager_of(agency),
            )
            assert joined.status_code == 201, joined.text


async def states(county: County) -> list[str]:
    listed = await county.stage.get(f"/v1/requests?family_id={county.family}", by=SOCIAL_WORKER)
    return sorted(request["state"] for request in listed.json()["items"])


async def needs(county: County) -> list[str]:
    listed = await county.stage.get(f"/v1/needs?family_id={county.family}", by=SOCIAL_WORKER)
    return [need["state"] for need in listed.json()["items"]]
