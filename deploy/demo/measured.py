"""The county's figures beside the published ones that it imitates."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy import county
from deploy.calling import Desk, key_of
from deploy.demo.playing import in_time

#: The measures to look at, and whether the published figure is a count, which shrinks with the county.
_COMPARED: tuple[tuple[str, bool], ...] = (
    ("referrals", True),
    ("no_further_action", False),
    ("re_referrals", False),
    ("children_in_need", True),
    ("cp_plan_starts", True),
    ("repeat_cp_plans_ever", False),
    ("cp_plans", True),
    ("looked_after_starts", True),
    ("looked_after", True),
    ("average_caseload", False),
)
#: Nothing is published of these for one county, or of other children: of those looked after, 27 % of Oxfordshire's had
#: three or more workers in the year to March 2024.
_OTHERS = (
    "decisions_within_one_working_day",
    "days_to_allocation",
    "assessments_within_45_days_of_referral",
    "cin_plans",
    "worker_changes",
    "three_or_more_workers",
    "days_to_practitioner",
    "partner_requests_accepted",
    "partner_waiting_days",
)
_YEAR = 2025  # the newest that is published of all of them; caseloads at its 30 September


@dataclass(frozen=True, slots=True)
class Line:
    """One measure: what this county has, what a county of this size should have, and what is published."""

    title: str
    unit: str
    value: float | None
    expected: float | None
    published: float | None
    source: str | None = None


async def settled(desk: Desk) -> None:
    """Wait until metrics has counted all that happened: its answers stay the same for a while."""
    last: list[Any] = []
    still = 0

    async def looks_settled() -> bool | None:
        nonlocal last, still
        now = [await _result(desk, code) for code in ("referrals", "cin_plans", "partner_waiting_days", "looked_after")]
        still = still + 1 if now == last else 0
        last = now
        await asyncio.sleep(1)
        return True if still >= 4 else None  # noqa: PLR2004 - looks, about a second apart

    await in_time(looks_settled, what="metrics went on counting", seconds=300)


async def compare(desk: Desk, *, scale: float) -> list[Line]:
    """Ask metrics for each measure over the year, and lay it beside the published figure."""
    found = await desk.every(_asker(), "metrics", "/published-figures")
    listed = {one["measure"]: one for one in found if one["year"] == _YEAR}
    lines = []
    for code, counted in _COMPARED:
        result = await _result(desk, code)
        known, source = (float(listed[code]["value"]), listed[code]["source"]) if code in listed else (None, None)
        expected = known * scale if counted and known is not None else known
        lines.append(Line(result["title"], result["unit"], result["figures"][0]["value"], expected, known, source))
    for code in _OTHERS:
        result = await _result(desk, code)
        lines.append(Line(result["title"], result["unit"], result["figures"][0]["value"], None, None))
    return lines


def table(lines: Sequence[Line]) -> str:
    """Write the lines as a table for people."""
    rows = [("", "this county", "to scale", f"published {_YEAR - 1}/{_YEAR % 100}")]
    for line in lines:
        numbers = _number(line.value, places=2), _number(line.expected), _number(line.published)
        rows.append((f"{line.title} ({line.unit})", *numbers))
    wide = max(len(row[0]) for row in rows)
    sources = dict.fromkeys(line.source for line in lines if line.source)
    said = (
        f"  Published for Oxfordshire, year to 31 March {_YEAR} (caseload: 30 September {_YEAR}): {'; '.join(sources)}."
    )
    return "\n".join([*(f"  {row[0]:<{wide}}  {row[1]:>12}  {row[2]:>9}  {row[3]:>17}" for row in rows), said])


async def keep_answers(desk: Desk, key: object) -> list[str]:
    """Let metrics keep its answers as they are now; return the fingerprint of each."""
    digests = []
    for code in (*(code for code, _ in _COMPARED), *_OTHERS):
        body = {"measure": code, "view": "internal"}
        run = await desk.post(_asker(), "metrics", "/runs", body, key=key_of("run", key, code))
        digests.append(str(run["result_digest"]))
    return digests


async def _result(desk: Desk, code: str) -> dict[str, Any]:
    answer = await desk.get(_asker(), "metrics", "/results", measure=code, view="internal")
    body: dict[str, Any] = answer.body
    return body


def _asker() -> county.Person:
    return county.person("service_manager_1")


def _number(value: float | None, *, places: int = 1) -> str:
    return "" if value is None else f"{value:,.{places}f}".rstrip("0").removesuffix(".")
