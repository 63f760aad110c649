"""A partner that declines, services that are away for a while, and figures that come out the same again."""

from typing import Any

import pytest

from tests.journeys.county import County
from tests.journeys.family import Family
from tests.journeys.people import (
    COORDINATOR,
    OTHER_COORDINATOR,
    SECOND_AGENCY,
    TEAM_MANAGER,
    TURNING_POINT,
    right,
    say,
    settle,
)


@pytest.fixture
async def family(county: County) -> Family:
    await settle(county)
    return Family(county)


async def test_an_agency_without_room_sends_the_need_to_the_next(family: Family) -> None:
    worker = await family.is_worked_with()
    await family.has_a_goal(worker, need="substance_misuse")
    body = {"adult_id": family.adults[0], "specialism": "substance_misuse", "reason": "Invented."}
    asked = right(await family.county.workbook.post(f"{family.workbook}/practitioner-requests", body, by=worker))

    first = await _arrived(family, asked["id"], COORDINATOR)
    assert first["agency_id"] == str(TURNING_POINT)
    await say(family.county.partners, COORDINATOR, f"/v1/requests/{first['id']}:decline", {"reason": "no_capacity"})

    second = await _arrived(family, asked["id"], OTHER_COORDINATOR)
    assert second["agency_id"] == str(SECOND_AGENCY)
    assert (await family.county.partners.get(f"/v1/requests/{second['id']}", by=COORDINATOR)).status_code == 404


async def _arrived(family: Family, practitioner_request_id: str, coordinator: Any) -> dict[str, Any]:
    async def look() -> Any:
        page = right(await family.county.partners.get("/v1/requests?limit=200", by=coordinator))
        return next((one for one in page["items"] if one["practitioner_request_id"] == practitioner_request_id), None)

    found: dict[str, Any] = await family.county.eventually(look)
    return found


@pytest.mark.parametrize("away", ["allocation", "workbook"])
async def test_a_service_that_was_away_catches_up(family: Family, away: str) -> None:
    await family.county.stop(away)
    try:
        await family.is_referred()
        await family.is_triaged()
        await family.is_proposed()
        await family.is_accepted()
        if away == "workbook":
            await family.is_allocated()
    finally:
        await family.county.start(away)
    if away == "allocation":
        await family.is_allocated()

    opened = await family.has_a_workbook()

    assert opened["lead_worker_id"] == family.worker_id


async def test_a_service_that_says_something_while_nobody_listens_is_heard_later(family: Family) -> None:
    for name in ("workbook", "partners", "metrics"):
        await family.county.stop(name)
    try:
        await family.is_referred()
        await family.is_triaged()
        await family.is_proposed()
        await family.is_accepted()
        await family.is_allocated()
    finally:
        for name in ("workbook", "partners", "metrics"):
            await family.county.start(name)

    await family.has_a_workbook()

    async def counted() -> bool:
        rows = await family.county.metrics.as_owner(
            "SELECT count(*) FROM inbox_event WHERE type LIKE '%referral.accepted%' AND aggregate_id = :id",
            id=family.referral_id,
        )
        return bool(rows[0][0] == 1)

    await family.county.eventually(counted)


async def test_a_workbook_with_loose_ends_does_not_close_and_lists_them(family: Family) -> None:
    await family.is_worked_with()
    await family.county.come_to_rest()
    read = await family.county.workbook.get(family.workbook, by=TEAM_MANAGER)

    answer = await family.county.workbook.post(
        f"{family.workbook}:close", {"reason": "RC7"}, by=TEAM_MANAGER, if_match=read.headers["etag"]
    )

    listed = right(await family.county.workbook.get(f"{family.workbook}/open-items", by=TEAM_MANAGER))["open"]
    assert answer.status_code == 409
    assert {one["kind"] for one in answer.json()["open"]} == {one["kind"] for one in listed} != set()
