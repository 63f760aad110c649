"""Runs and publications over HTTP, as tests make them."""

from typing import Any

import httpx

from libs.chassis.auth import Caller
from libs.kernel.roles import Role
from tests.harness import Stage, caller

MANAGER = caller(Role.SERVICE_MANAGER)
QUARTER = {"from": "2025-04-01", "until": "2025-07-01"}


async def run(stage: Stage, *, as_: Caller = MANAGER, **question: Any) -> httpx.Response:
    """Start a run, of the published quarter of the year that was heard unless something else is asked."""
    return await stage.post("/v1/runs", {"measure": "referrals", "view": "publishable", **QUARTER, **question}, by=as_)


async def publication(stage: Stage, **question: Any) -> Any:
    """Make a publication of a run."""
    made = await stage.post("/v1/publications", {"run_id": (await run(stage, **question)).json()["id"]}, by=MANAGER)
    assert made.status_code == 201, made.text
    return made.json()


async def release(stage: Stage, made: Any, *, revision: int = 1, by: Any = MANAGER) -> httpx.Response:
    """Release a publication."""
    return await stage.post(f"/v1/publications/{made['id']}:release", by=by, if_match=revision)


async def withdraw(stage: Stage, made: Any, *, revision: int, reason: str = "corrected") -> httpx.Response:
    """Withdraw a publication."""
    return await stage.post(
        f"/v1/publications/{made['id']}:withdraw", {"reason": reason}, by=MANAGER, if_match=revision
    )
