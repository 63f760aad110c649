"""Sets the invented county up once, through the public APIs: teams, workers, agencies, practitioners and their room.

`python -m deploy.establish VAR ADDRESSES`, ADDRESSES being JSON as in `var/run.json`. Done before, it does nothing.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx

from deploy import client_keys, county
from deploy.calling import Desk, key_of
from deploy.county import Agency, Practitioner, Worker
from deploy.credentials import write_privately
from libs.chassis import clock
from libs.kernel.ids import digest
from libs.kernel.working_days import add_months

_AT_ONCE = 8
_PATIENCE = 60.0  # seconds, for the news of the teams to get around
#: Long before the oldest invented story, so that there was always somebody to take a family.
_SINCE = date(2019, 9, 2)


def main() -> None:
    """Set the county up, unless this folder's services already have it."""
    var, addresses = Path(sys.argv[1]), json.loads(sys.argv[2])
    mark, content = var / "county.json", {"county": _fingerprint()}
    if mark.exists() and json.loads(mark.read_text()) == content:
        return
    began = time.monotonic()
    asyncio.run(_establish(var, addresses))
    write_privately(mark, json.dumps(content))
    print(
        f"  the invented county is set up: {len(county.teams())} teams, {len(county.workers())} social workers, "
        f"{len(county.agencies())} agencies, {len(county.practitioners())} practitioners ({time.monotonic() - began:.1f} s)",
        flush=True,
    )


def _fingerprint() -> str:
    return digest(county.teams(), county.workers(), county.agencies(), county.practitioners())


async def _establish(var: Path, addresses: dict[str, Any]) -> None:
    async with httpx.AsyncClient(timeout=30) as http:
        desk = Desk(addresses, http, client_keys.load(var))
        await _in_parallel(_team(desk, team) for team in county.teams())
        await _in_parallel(_worker(desk, worker) for worker in county.workers())
        await _in_parallel(_agency(desk, agency) for agency in county.agencies())
        await _in_parallel(_practitioner(desk, one) for one in county.practitioners())
        await _in_parallel(_room(desk, agency) for agency in county.agencies() if agency.specialisms)
        await _areas_heard(desk)


async def _in_parallel(doings: Iterable[Awaitable[None]]) -> None:
    free = asyncio.Semaphore(_AT_ONCE)

    async def one(doing: Awaitable[None]) -> None:
        async with free:
            await doing

    await asyncio.gather(*(one(doing) for doing in doings))


async def _team(desk: Desk, team: county.Team) -> None:
    body = {"id": str(team.id), "code": team.code, "name": team.name, "areas": list(team.areas)}
    await desk.post(_admin(), "allocation", "/teams", body, key=key_of("team", body))


async def _areas_heard(desk: Desk) -> None:
    """Wait until the front door knows every area: it refuses those that it does not know."""
    areas = {area for team in county.teams() for area in team.areas}
    until = time.monotonic() + _PATIENCE
    while not areas <= set((await desk.get(_screener(), "referrals", "/areas"))["served"]):
        if time.monotonic() > until:
            raise TimeoutError("The front door has not heard of all areas.")
        await asyncio.sleep(0.2)


async def _worker(desk: Desk, worker: Worker) -> None:
    team = next(team for team in county.teams() if team.id == worker.person.team_id)
    since = _SINCE
    first_year: dict[str, str] = {}
    if worker.asye_months_left:
        # Fixed in time, so that the same post is said again in the same words.
        until = add_months(_first_of_this_month(), worker.asye_months_left)
        since = add_months(until, -12)
        first_year = {"first_year_from": since.isoformat(), "first_year_until": until.isoformat()}
    body = {
        "id": str(worker.person.id),
        "team_id": str(team.id),
        "name": worker.person.name,
        "role": "social_worker",
        "fte": worker.fte,
        "base_area": team.areas[0],
        "agency": worker.agency,
        "skills": list(worker.skills),
        "from_on": since.isoformat(),
        **first_year,
    }
    await desk.post(_admin(), "allocation", "/workers", body, key=key_of("worker", body))


async def _agency(desk: Desk, agency: Agency) -> None:
    body: dict[str, Any] = {
        "id": str(agency.id),
        "code": agency.code,
        "name": agency.name,
        "stated_fte": agency.fte or None,
        "has_manager": bool(agency.fte),
    }
    await desk.post(_admin(), "partners", "/agencies", body, key=key_of("agency", body))
    for specialism in agency.specialisms or (None,):
        title = f"{(specialism or 'support for families').replace('_', ' ').capitalize()} (invented offer)"
        offer = {
            "specialism": specialism,
            "title": title,
            "audience": "Adults of families that a team works with"
            if specialism
            else "Families that a team works with",
            "from_on": _SINCE.isoformat(),
        }
        path = f"/agencies/{agency.id}/offers"
        await desk.post(_admin(), "partners", path, offer, key=key_of("offer", agency.code, offer))
    if agency.specialisms:
        await _agreement(desk, agency)


async def _agreement(desk: Desk, agency: Agency) -> None:
    body = {
        "agency_id": str(agency.id),
        "specialisms": list(agency.specialisms),
        "basis": "public_task",
        "condition": "safeguarding",
        "from_on": _SINCE.isoformat(),
    }
    drafted = await desk.post(_admin(), "partners", "/agreements", body, key=key_of("agreement", body))
    path = f"/agreements/{drafted['id']}:start"
    await desk.post(_admin(), "partners", path, {}, key=key_of("start", body), revision=drafted["revision"])


async def _practitioner(desk: Desk, one: Practitioner) -> None:
    agency = next(agency for agency in county.agencies() if agency.id == one.person.agency_id)
    body = {
        "id": str(one.person.id),
        "name": one.person.name,
        "specialism": one.specialism,
        "fte": 1.0,
        "shares": [{"team_id": str(team), "fte": share} for team, share in one.teams],
        "checked_on": _SINCE.isoformat(),
        "joined_on": _SINCE.isoformat(),
    }
    await desk.post(_manager(agency), "partners", "/practitioners", body, key=key_of("practitioner", body))


async def _room(desk: Desk, agency: Agency) -> None:
    path = f"/agencies/{agency.id}/capacity"
    current = await desk.get(_manager(agency), "partners", path)
    people = [one for one in county.practitioners() if one.person.agency_id == agency.id]
    rooms = [
        {
            "specialism": specialism,
            "fte": float(sum(one.specialism == specialism for one in people)),
            # A full-time practitioner works with about twelve adults at a time; invented.
            "places": 12 * sum(one.specialism == specialism for one in people),
            "waiting": 0,
        }
        for specialism in agency.specialisms
    ]
    await desk.put(_manager(agency), "partners", path, {"rooms": rooms}, revision=current["revision"])


def _admin() -> county.Person:
    return county.person("service_admin_1")


def _screener() -> county.Person:
    return county.person("screener_1")


def _manager(agency: Agency) -> county.Person:
    return county.person(f"agency_manager_{agency.code}")


def _first_of_this_month() -> date:
    today = clock.now().date()
    return today - timedelta(days=today.day - 1)


if __name__ == "__main__":
    main()
