"""Who works in the journeys' county, and the county itself as they set it up; everybody is invented."""

from typing import Any
from uuid import UUID

import httpx

from libs.chassis.auth import Caller
from libs.kernel.ids import derived_id
from libs.kernel.roles import Role
from tests.harness import Stage, caller
from tests.journeys.county import County

TEAM = derived_id("journey", "team north")
FAR_TEAM = derived_id("journey", "team far")
TURNING_POINT = derived_id("journey", "turning point")
SECOND_AGENCY = derived_id("journey", "second agency")

ADMIN = caller(Role.SERVICE_ADMIN)
SCHOOL = caller(Role.REFERRER, kind="client")
SCREENER = caller(Role.SCREENER)
FRONT_DOOR_MANAGER = caller(Role.FRONT_DOOR_MANAGER)
EARLY_HELP = caller(Role.EARLY_HELP_LEAD)
TEAM_MANAGER = caller(Role.TEAM_MANAGER, team=TEAM)
CHAIR = caller(Role.CONFERENCE_CHAIR)
ANALYST = caller(Role.ANALYST)
WORKERS = [caller(Role.SOCIAL_WORKER, id=derived_id("journey", "worker", n), team=TEAM) for n in range(4)]
NEWLY_QUALIFIED = WORKERS[3]
COORDINATOR = caller(Role.AGENCY_MANAGER, agency=TURNING_POINT)
PRACTITIONER = caller(Role.ADULT_PRACTITIONER, id=derived_id("journey", "practitioner"), agency=TURNING_POINT)
OTHER_COORDINATOR = caller(Role.AGENCY_MANAGER, agency=SECOND_AGENCY)


def right(answer: httpx.Response) -> Any:
    """Return what was answered; say the problem when it was refused."""
    assert answer.is_success, f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text}"
    return answer.json() if answer.content else None


async def say(stage: Stage, by: Caller, path: str, body: Any = None) -> Any:
    """Say a verb of a record, with the revision that it has now; again when the news of another service changed it."""
    record = path.split(":", maxsplit=1)[0]
    for _ in range(10):
        etag = right_etag(await stage.get(record, by=by))
        answer = await stage.post(path, body or {}, by=by, if_match=etag)
        if answer.status_code != httpx.codes.PRECONDITION_FAILED:
            break
    return right(answer)


def right_etag(answer: httpx.Response) -> str:
    """Return the ETag of what was read."""
    right(answer)
    return answer.headers["etag"]


async def settle(county: County) -> None:
    """Set teams, workers, agencies and practitioners up, once."""
    known = await county.allocation.get(f"/v1/teams/{TEAM}", by=ADMIN)
    if known.is_success:
        return
    for team, code, area in ((TEAM, "north", "cherwell"), (FAR_TEAM, "far", "faraway")):
        await _post(county.allocation, "/v1/teams", {"id": str(team), "code": code, "name": code, "areas": [area]})
    for number, worker in enumerate(WORKERS):
        await _post(county.allocation, "/v1/workers", _post_of(worker, number))
    await _agency(
        county, TURNING_POINT, "turning_point", preference=1, coordinator=COORDINATOR, practitioner=PRACTITIONER.id
    )
    await _agency(county, SECOND_AGENCY, "second", preference=2, coordinator=OTHER_COORDINATOR, practitioner=None)

    async def known_to_partners() -> bool:
        rows = await county.partners.as_owner("SELECT count(*) FROM team")
        return bool(rows[0][0] == 2)

    async def known_to_the_front_door() -> bool:
        rows = await county.referrals.as_owner("SELECT count(*) FROM team")
        return bool(rows[0][0] == 2)

    await county.eventually(known_to_partners)
    await county.eventually(known_to_the_front_door)


def _post_of(worker: Caller, number: int) -> dict[str, Any]:
    first_year = (
        {"first_year_from": "2026-09-01", "first_year_until": "2027-09-01"} if worker is NEWLY_QUALIFIED else {}
    )
    return {
        "id": str(worker.id),
        "team_id": str(TEAM),
        "name": f"Worker {number} (invented)",
        "role": "social_worker",
        "fte": 1.0 if number < 2 else 0.6,
        "base_area": "cherwell",
        "from_on": "2019-09-02",
        **first_year,
    }


async def _agency(
    county: County, id_: UUID, code: str, *, preference: int, coordinator: Caller, practitioner: UUID | None
) -> None:
    stage = county.partners
    await _post(stage, "/v1/agencies", {"id": str(id_), "code": code, "name": f"{code} (invented)", "stated_fte": 10})
    offer = {
        "specialism": "substance_misuse",
        "title": "Recovery work",
        "audience": "Adults of families that a team works with",
        "preference": preference,
        "from_on": "2019-09-02",
    }
    await _post(stage, f"/v1/agencies/{id_}/offers", offer)
    agreement = await _post(
        stage,
        "/v1/agreements",
        {
            "agency_id": str(id_),
            "specialisms": ["substance_misuse"],
            "basis": "public_task",
            "condition": "safeguarding",
            "from_on": "2019-09-02",
        },
    )
    right(await stage.post(f"/v1/agreements/{agreement['id']}:start", {}, by=ADMIN, if_match=agreement["revision"]))
    if practitioner:
        body = {
            "id": str(practitioner),
            "name": "Practitioner (invented)",
            "specialism": "substance_misuse",
            "fte": 1.0,
            "shares": [{"team_id": str(TEAM), "fte": 0.6}],
            "checked_on": "2026-01-05",
            "joined_on": "2019-09-02",
        }
        right(await stage.post("/v1/practitioners", body, by=coordinator))


async def _post(stage: Stage, path: str, body: dict[str, Any]) -> Any:
    return right(await stage.post(path, body, by=ADMIN))
