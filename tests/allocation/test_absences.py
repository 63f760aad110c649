"""Workers away: recorded, ended, taken back, and who is told why."""

from typing import Any

import pytest

from libs.contracts import allocation as said
from libs.kernel.ids import new_id
from tests.allocation.county import (
    MANAGER,
    SERVICE_MANAGER,
    SOUTH_MANAGER,
    County,
    ok,
    problem,
)
from tests.harness import FRIDAY

TODAY = FRIDAY.date().isoformat()


async def test_somebody_away_is_not_available_and_said_to_be_away(county: County) -> None:
    absence = await county.absent("ada", sudden=True)

    found = await county.capacity("ada")
    assert (found["available"], found["utilisation"], found["headroom"]) == (0.0, None, 0.0)
    away = (await county.stage.said(said.WorkerAbsent))[0].data
    assert (away["absence_id"], away["from_on"]) == (absence["id"], TODAY)
    proposal = await county.proposed()
    excluded = {county.name(each["worker_id"]): each["breaches"][0]["rule"] for each in proposal["excluded"]}
    assert excluded["ada"] == "absent"


async def test_why_a_worker_is_away_never_leaves_the_service(county: County) -> None:
    await county.absent("ada", sudden=True, until_on="2026-12-01")

    away = (await county.stage.said(said.WorkerAbsent))[0].data

    assert away.keys() == {"worker_id", "team_id", "absence_id", "from_on", "until_on"}


async def test_who_records_for_another_team_is_not_told_why_somebody_was_away(county: County) -> None:
    path = f"/v1/workers/{county.workers['ada']}/absences"
    away = ok(await county.stage.post(path, {"reason": "sickness", "from_on": "2026-11-18"}, by=MANAGER))
    path = f"/v1/absences/{away['id']}"

    ended = ok(await county.stage.post(f"{path}:end", {"back_on": TODAY}, by=SERVICE_MANAGER, if_match=1))
    gone = ok(await county.stage.post(f"{path}:take-back", {}, by=SERVICE_MANAGER, if_match=2))

    assert (away["reason"], away["sudden"]) == ("sickness", False)
    for answer in (ended, gone):
        assert (answer["reason"], answer["sudden"]) == (None, None)


async def test_an_absence_ends_or_is_taken_back_and_others_hear_of_it(county: County) -> None:
    first = await county.absent("ada", until_on="2026-12-01")
    second = await county.absent("ben")
    later = {"back_on": "2026-11-25"}

    ended = ok(await county.stage.post(f"/v1/absences/{first['id']}:end", later, by=MANAGER, if_match=1))
    gone = ok(await county.stage.post(f"/v1/absences/{second['id']}:take-back", {}, by=MANAGER, if_match=1))

    assert ended["until_on"] == "2026-11-25"
    assert gone["taken_back_at"] is not None
    back = [event.data["back_on"] for event in await county.stage.said(said.WorkerBack)]
    assert back == ["2026-11-25", TODAY]
    assert (await county.capacity("ben"))["available"] == 100.0


async def test_overlapping_absences_and_impossible_periods_are_refused(county: County) -> None:
    await county.absent("ada", until_on="2026-12-01")
    path = f"/v1/workers/{county.workers['ada']}/absences"

    async def tried(**body: Any) -> tuple[int, str]:
        return problem(await county.stage.post(path, {"reason": "leave", **body}, by=MANAGER))

    assert await tried(from_on="2026-11-30") == (409, "overlapping-absence")
    assert await tried(from_on="2026-12-05", until_on="2026-12-05") == (422, "invalid-period")
    assert await tried(from_on="2026-12-05", hours=38) == (422, "invalid-period")
    assert await tried(from_on="20261205") == (422, "invalid-date")
    assert await tried(from_on="1900-01-01", until_on="1900-02-01") == (422, "invalid-period")
    assert await tried(from_on="2199-12-31") == (422, "invalid-period")
    assert ok(await county.stage.post(path, {"reason": "leave", "from_on": "2026-12-01"}, by=MANAGER))


async def test_leave_is_recorded_beside_reductions_of_hours(county: County) -> None:
    await county.absent("ada", reason="other", hours=6)
    await county.absent("ada", reason="training", hours=7, until_on="2026-12-01")
    now = (await county.capacity("ada"))["available"]
    await county.absent("ada", reason="leave", until_on="2026-12-04")

    assert now == 64.86
    assert (await county.capacity("ada"))["available"] == 0.0


async def test_the_database_too_refuses_absences_that_overlap(county: County) -> None:
    await county.absent("ada")

    with pytest.raises(Exception, match="ex_absence_overlap"):
        await county.stage.as_owner(
            "INSERT INTO absence (id, worker_id, reason, sudden, from_on, revision)"
            f" VALUES ('{new_id()}', '{county.workers['ada']}', 'leave', false, '2027-01-01', 1)"
        )


async def test_a_manager_records_absences_of_the_own_team(county: County) -> None:
    body = {"reason": "leave", "from_on": TODAY}
    path = f"/v1/workers/{county.workers['ada']}/absences"

    assert problem(await county.stage.post(path, body, by=SOUTH_MANAGER)) == (403, "forbidden")
    own = await county.stage.get(path, by=county.as_worker("ada"))
    other = await county.stage.get(path, by=county.as_worker("ben"))
    assert own.status_code == 200
    assert problem(other) == (404, "not-found")
