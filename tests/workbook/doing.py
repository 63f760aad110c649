"""What those who work with a family do, said in one line."""

from typing import Any

from tests.harness import Stage
from tests.workbook.people import (
    CHAIR,
    MANAGER,
    SYSTEM,
    WORKER,
    Family,
    ok,
    opened,
    visited,
    workbook_of,
)

CONFERENCE_ON = "2026-10-12"  # a Monday


async def put_on(
    stage: Stage, workbook: dict[str, Any], kind: str, on: str, *children: Any, by: Any = None, **more: Any
) -> Any:
    by = by or (MANAGER if kind == "looked_after" else WORKER)
    if kind == "looked_after":
        more = {"placement": "ordinary", **more}
    listed = [{"child_id": str(child), **more} for child in children]
    body = {"kind": kind, "started_on": on, "children": listed}
    return await stage.post(f"/v1/workbooks/{workbook['id']}/plan-spells", body, by=by)


async def conference(
    stage: Stage,
    workbook: dict[str, Any],
    *children: Any,
    kind: str = "initial",
    on: str = CONFERENCE_ON,
    plan: bool = True,
    **more: Any,
) -> Any:
    said: dict[str, Any] = {"plan": plan, **({"category": "NEG"} if plan and kind == "initial" else {}), **more}
    body = {"kind": kind, "held_on": on, "children": [{"child_id": str(child), **said} for child in children]}
    return await stage.post(f"/v1/workbooks/{workbook['id']}/conferences", body, by=CHAIR)


async def close(stage: Stage, family: Family, reason: str = "RC7", **more: Any) -> Any:
    now = await workbook_of(stage, family)
    body = {"reason": reason, **more}
    return await stage.post(f"/v1/workbooks/{now['id']}:close", body, by=MANAGER, if_match=now["revision"])


async def say(stage: Stage, family: Family, verb: str, body: Any = None, *, by: Any = MANAGER) -> Any:
    now = await workbook_of(stage, family)
    return await stage.post(f"/v1/workbooks/{now['id']}:{verb}", body, by=by, if_match=now["revision"])


async def clocks_of(stage: Stage, workbook: dict[str, Any], kind: str | None = None) -> list[dict[str, Any]]:
    found = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/clocks?limit=200", by=WORKER))["items"]
    return [clock for clock in found if kind in {None, clock["kind"]}]


async def protected(stage: Stage) -> tuple[Family, dict[str, Any], dict[str, Any]]:
    family, workbook = await opened(stage)
    ok(await conference(stage, workbook, family.ada, previous_cp_plans=1))
    [plan] = [one for one in await plans_of(stage, workbook) if one["ended_on"] is None]
    return family, workbook, plan


async def plans_of(stage: Stage, workbook: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/plan-spells", by=WORKER))["items"]
    return found


async def assessed(stage: Stage, workbook: dict[str, Any], **more: Any) -> dict[str, Any]:
    path = f"/v1/workbooks/{workbook['id']}/assessments"
    started = ok(await stage.post(path, {"started_on": "2026-09-10"}, by=WORKER))
    body = {"factors": ["3B"], "outcome": "services", "authorised_on": "2026-11-09", **more}
    return ok(await stage.post(f"/v1/assessments/{started['id']}:authorise", body, by=MANAGER, if_match=1))


async def active(stage: Stage) -> tuple[Family, dict[str, Any]]:
    family, workbook = await opened(stage)
    await visited(stage, workbook, *family.children)
    return family, workbook


async def imported(stage: Stage, family: Family, **more: Any) -> Any:
    body = {
        "family_id": str(family.id),
        "referral_id": str(family.referral_id),
        "referred_on": "2024-03-04",
        "children": [str(child) for child in family.children],
        "occurred_at": "2024-03-05T09:00:00Z",
        **more,
    }
    return await stage.post("/v1/workbooks", body, by=SYSTEM)
