"""What holds for every record: reads and changes on record, nothing found that is not there, nothing in the future."""

from datetime import timedelta

from libs.chassis.auth import Caller
from libs.contracts.workbook import WorkbookClosed
from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.allocation.county import (
    MANAGER,
    NORTH,
    County,
    ok,
    problem,
)
from tests.harness import FRIDAY, caller

TODAY = FRIDAY.date().isoformat()


async def test_reads_of_a_family_are_audited(county: County) -> None:
    held = await county.allocated("ada")
    before = len(await county.stage.audited())

    for path in (
        f"/v1/allocations/{held['id']}",
        f"/v1/families/{held['family_id']}/continuity",
        f"/v1/families/{held['family_id']}/work",
        f"/v1/requests/{held['request_id']}",
        f"/v1/workers/{held['worker_id']}/caseload",
        f"/v1/workers/{held['worker_id']}/capacity",
    ):
        ok(await county.stage.get(path, by=MANAGER))

    rows = (await county.stage.audited())[before:]
    assert [row.action for row in rows] == [
        "allocations:read",
        "continuity:read",
        "caseloads:read",
        "requests:read",
        "caseloads:read",
        "capacity:read",
    ]


async def test_what_events_and_the_clock_change_is_audited(county: County) -> None:
    held, waiting = await county.allocated("ada"), await county.accept()
    before = len(await county.stage.audited())

    closed = WorkbookClosed(workbook_id=new_id(), family_id=held["family_id"], reason="RC7", closed_on=FRIDAY.date())
    await county.stage.hear(closed)
    county.stage.clock.forward(days=8)
    await county.stage.tick("proposals")

    rows = (await county.stage.audited())[before:]
    assert [(row.action, str(row.family_id), row.outcome) for row in rows] == [
        ("allocations:change", held["family_id"], "ended"),
        ("proposals:decide", str(waiting.family_id), "lapsed"),
        ("proposals:make", str(waiting.family_id), "done"),
    ]


async def test_a_record_that_is_not_there_is_not_found(county: County) -> None:
    for path in (
        "teams/{}",
        "workers/{}",
        "absences/{}",
        "schemes/{}",
        "requests/{}",
        "requests/{}/proposals",
        "proposals/{}",
        "allocations/{}",
        "handovers/{}",
        "exclusions/{}",
        "workers/{}/caseload",
        "workers/{}/capacity",
        "teams/{}/capacity",
        "teams/{}/caseload",
        "families/{}/continuity",
        "families/{}/work",
        "workers/{}/absences",
    ):
        answer = await county.stage.get(f"/v1/{path.format(new_id())}", by=_everything())
        assert problem(answer) == (404, "not-found"), path


def _everything() -> Caller:
    return caller(*Role, team=NORTH)


async def test_occurred_at_is_never_in_the_future(county: County) -> None:
    body = {"reason": "leave", "from_on": TODAY, "occurred_at": (FRIDAY + timedelta(days=1)).isoformat()}

    answer = await county.stage.post(f"/v1/workers/{county.workers['ada']}/absences", body, by=MANAGER)

    assert problem(answer) == (422, "implausible-date")
