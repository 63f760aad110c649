"""What other services say of a referral of the front door, for the tests that hear it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from libs.contracts.allocation import AllocationStarted
from libs.contracts.workbook import WorkbookClosed, WorkbookOpened
from libs.kernel.ids import derived_id, new_id

WORKER, OTHER_WORKER, TEAM = (derived_id("test", one) for one in ("worker", "other worker", "team"))
WORKBOOK = derived_id("test", "workbook")


def started(
    referral: dict[str, Any], *, worker: UUID = WORKER, named: bool = True, **changes: Any
) -> AllocationStarted:
    """Return: a worker holds the family."""
    values = {
        "allocation_id": new_id(),
        "family_id": UUID(referral["family_id"]),
        "referral_id": UUID(referral["id"]) if named else None,
        "worker_id": worker,
        "team_id": TEAM,
        "role": "lead",
        "children": tuple(UUID(one) for one in referral["children"]),
        "started_at": datetime.fromisoformat("2026-11-20T10:00:00Z"),
        "reason": "FCONTA",
    }
    return AllocationStarted(**(values | changes))


def opened(referral: dict[str, Any], *, named: bool = True) -> WorkbookOpened:
    """Return: the family's workbook is open."""
    return WorkbookOpened(
        workbook_id=WORKBOOK,
        family_id=UUID(referral["family_id"]),
        referral_id=UUID(referral["id"]) if named else None,
        children=tuple(UUID(one) for one in referral["children"]),
        opened_on=date(2026, 11, 20),
    )


def closed(referral: dict[str, Any]) -> WorkbookClosed:
    """Return: the family's workbook is closed."""
    return WorkbookClosed(
        workbook_id=WORKBOOK,
        family_id=UUID(referral["family_id"]),
        referral_id=UUID(referral["id"]),
        reason="RC8",
        closed_on=date(2026, 11, 20),
    )
