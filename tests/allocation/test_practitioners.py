"""What partners say: agencies' room, and which adult practitioners work with a family."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts.envelope import Event
from libs.contracts.partners import (
    CapacityDeclared,
    RequestAccepted,
    RequestCancelled,
    RequestEndedEarly,
    RequestReassigned,
)
from libs.kernel.ids import new_id
from tests.allocation.county import MANAGER, NORTH, SERVICE_MANAGER, County, ok
from tests.harness import FRIDAY

TODAY = FRIDAY.date()
LINKS = {"practitioner_request_id": new_id(), "agency_id": new_id(), "specialism": "substance_misuse"}


async def test_agencies_room_stands_beside_the_teams_and_only_the_last_word_counts(county: County) -> None:
    room = {"capacity_id": new_id(), "agency_id": new_id(), "specialism": "mental_health", "team_id": NORTH, "fte": 1.0}
    for places, declared in ((2, TODAY), (5, TODAY - timedelta(days=3))):
        await county.stage.hear(
            CapacityDeclared(**room, places=places, waiting=1, expected_on=None, declared_on=declared)
        )

    found = ok(await county.stage.get(f"/v1/teams/{NORTH}/capacity", by=MANAGER))["practitioners"]
    assert [(each["specialism"], each["places"], each["waiting"]) for each in found] == [("mental_health", 2, 1)]


def named(family: UUID, *, request: UUID, practitioner: UUID) -> RequestAccepted:
    """An agency names a practitioner for a family."""
    return RequestAccepted(
        request_id=request,
        family_id=family,
        practitioner_id=practitioner,
        adult_id=new_id(),
        accepted_at=FRIDAY,
        requested_at=FRIDAY,
        **LINKS,
    )


def _ended(request: UUID, family: UUID, practitioner: UUID) -> Event:
    return RequestEndedEarly(
        request_id=request,
        family_id=family,
        practitioner_id=practitioner,
        adult_id=new_id(),
        reason="moved",
        ended_at=FRIDAY,
        **LINKS,
    )


def _reassigned(request: UUID, family: UUID, practitioner: UUID) -> Event:
    return RequestReassigned(
        request_id=request,
        family_id=family,
        practitioner_id=new_id(),
        previous_practitioner_id=practitioner,
        adult_id=new_id(),
        reassigned_at=FRIDAY,
        **LINKS,
    )


def _cancelled(request: UUID, family: UUID, _: UUID) -> Event:
    return RequestCancelled(request_id=request, family_id=family, reason="in_error", cancelled_at=FRIDAY, **LINKS)


@pytest.mark.parametrize("over", [_ended, _reassigned, _cancelled])
async def test_a_worker_is_credited_while_a_practitioner_works_with_a_family_of_theirs_and_with_the_new_one(
    county: County, over: Callable[[UUID, UUID, UUID], Event]
) -> None:
    held = await county.allocated("ben")
    practitioner, coming, request_id = new_id(), new_id(), new_id()
    await county.stage.hear(named(UUID(held["family_id"]), request=request_id, practitioner=practitioner))
    await county.stage.hear(named(coming, request=new_id(), practitioner=practitioner))

    paired = _pairing(await county.proposed(family_id=coming), county)
    await county.stage.hear(over(request_id, UUID(held["family_id"]), practitioner))
    request = await county.request_of(coming)
    again = ok(await county.stage.post("/v1/proposals", {"request_id": request["id"]}, by=SERVICE_MANAGER))

    assert paired == {"ada": 0.0, "ben": -1.0}
    assert _pairing(again, county) == {"ada": 0.0, "ben": 0.0}


async def test_the_practitioner_who_takes_over_is_the_one_who_is_paired(county: County) -> None:
    held = await county.allocated("ben")
    first, second, coming, request_id = (new_id() for _ in range(4))
    await county.stage.hear(named(UUID(held["family_id"]), request=request_id, practitioner=first))
    await county.stage.hear(named(coming, request=new_id(), practitioner=second))
    before = _pairing(await county.proposed(family_id=coming), county)

    takes_over = _reassigned(request_id, UUID(held["family_id"]), first).model_copy(update={"practitioner_id": second})
    await county.stage.hear(takes_over)
    request = await county.request_of(coming)
    again = ok(await county.stage.post("/v1/proposals", {"request_id": request["id"]}, by=SERVICE_MANAGER))

    assert (before["ben"], _pairing(again, county)["ben"]) == (0.0, -1.0)


async def test_what_is_cancelled_before_anybody_was_named_is_nothing_here(county: County) -> None:
    await county.stage.hear(_cancelled(new_id(), new_id(), new_id()))

    assert await county.stage.as_owner("SELECT * FROM practitioner_work") == []
    assert await county.stage.as_owner("SELECT * FROM parked_event") == []


def _pairing(proposal: Any, county: County) -> dict[str, float]:
    return {
        county.name(option["worker_id"]): next(t["points"] for t in option["terms"] if t["code"] == "pairing")
        for option in proposal["options"]
    }
