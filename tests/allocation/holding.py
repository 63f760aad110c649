"""What the tests of holding and handing over say again and again."""

from httpx import Response

from tests.allocation.county import (
    MANAGER,
    County,
    ok,
)


async def end(county: County, allocation: dict, **body: object) -> Response:
    path = f"/v1/allocations/{allocation['id']}:end"
    return await county.stage.post(path, body, by=MANAGER, if_match=allocation["revision"])


async def plan(county: County, allocation: dict, to: str, **body: object) -> Response:
    path = f"/v1/allocations/{allocation['id']}:plan-handover"
    body = {"worker_id": str(county.workers[to]), "reason": "MANAGE", **body}
    return await county.stage.post(path, body, by=MANAGER, if_match=allocation["revision"])


async def open_of(county: County, family_id: str) -> list[dict]:
    return ok(await county.stage.get(f"/v1/allocations?family_id={family_id}&open=true", by=MANAGER))["items"]
