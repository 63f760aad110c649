"""Pairs of family and worker that must not be, through the API."""

from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from libs.kernel.ids import new_id
from libs.kernel.roles import Role
from tests.allocation.county import (
    MANAGER,
    SERVICE_MANAGER,
    SOUTH_MANAGER,
    County,
    ok,
    problem,
)
from tests.harness import FRIDAY, caller

STEWARD = caller(Role.RESTRICTION_STEWARD)


async def declare(county: County, **body: Any) -> Response:
    return await county.stage.post("/v1/exclusions", body, by=STEWARD)


async def test_every_path_respects_what_is_declared(county: County) -> None:
    accepted = await county.accept()
    family, ada = str(accepted.family_id), str(county.workers["ada"])
    proposal = await county.proposal_of(accepted.family_id)

    declared = ok(await declare(county, family_id=family, kind="conflict_of_interest", worker_id=ada))
    confirmed = await county.decide(proposal, "confirm", {"worker_id": ada})
    fresh = ok(await county.stage.post("/v1/proposals", {"request_id": proposal["request_id"]}, by=MANAGER))
    overridden = await county.decide(fresh, "override", {"worker_id": ada, "reason": "other", "text": "All the same."})
    ok(await county.decide(fresh, "confirm"))
    held = ok(await county.stage.get(f"/v1/allocations?family_id={family}", by=MANAGER))["items"][0]
    beside = await county.stage.post(
        f"/v1/allocations/{held['id']}:add-co-worker", {"worker_id": ada}, by=MANAGER, if_match=1
    )
    handed = await county.stage.post(
        f"/v1/allocations/{held['id']}:plan-handover",
        {"worker_id": ada, "reason": "MANAGE"},
        by=MANAGER,
        if_match=1,
    )
    covered = await county.stage.post(f"/v1/allocations/{held['id']}:cover", {"worker_id": ada}, by=MANAGER, if_match=1)
    ok(await county.stage.post(f"/v1/exclusions/{declared['id']}:withdraw", {}, by=STEWARD, if_match=1))

    assert [option["worker_id"] for option in fresh["options"]] == [str(county.workers["ben"])]
    assert problem(confirmed) == (409, "proposal-stale")
    assert confirmed.json()["fresh"]["excluded_by"] == ["conflict_of_interest"]
    for answer in (overridden, beside, handed, covered):
        assert answer.status_code == 409
        assert answer.json()["rules"] == ["conflict_of_interest"]
    handed = await county.stage.post(
        f"/v1/allocations/{held['id']}:plan-handover",
        {"worker_id": ada, "reason": "MANAGE"},
        by=MANAGER,
        if_match=1,
    )
    ok(handed)


async def test_a_restricted_record_leaves_only_the_permitted(county: County) -> None:
    accepted = await county.accept()
    permitted = [str(county.workers["ben"])]
    ok(await declare(county, family_id=str(accepted.family_id), kind="restricted_record", permitted=permitted))

    request = await county.request_of(accepted.family_id)
    fresh = ok(await county.stage.post("/v1/proposals", {"request_id": request["id"]}, by=MANAGER))

    assert [option["worker_id"] for option in fresh["options"]] == permitted


async def test_a_family_that_waited_for_a_withdrawal_is_proposed_for(county: County) -> None:
    family = new_id()
    declared = ok(await declare(county, family_id=str(family), kind="restricted_record"))
    await county.accept(family_id=family)
    waiting = (await county.request_of(family))["state"]

    ok(await county.stage.post(f"/v1/exclusions/{declared['id']}:withdraw", {}, by=STEWARD, if_match=1))

    assert (waiting, (await county.request_of(family))["state"]) == ("waiting", "proposed")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"kind": "conflict_of_interest"}, (422, "invalid-exclusion")),
        ({"kind": "restricted_record", "worker_id": "ada"}, (422, "invalid-exclusion")),
        ({"kind": "family_refused", "worker_id": str(new_id())}, (404, "not-found")),
        ({"kind": "dislike", "worker_id": "ada"}, (422, "invalid-body")),
    ],
)
async def test_a_declaration_that_cannot_be_is_refused(
    county: County, body: dict[str, Any], expected: tuple[int, str]
) -> None:
    if body.get("worker_id") == "ada":
        body = {**body, "worker_id": str(county.workers["ada"])}

    assert problem(await declare(county, family_id=str(new_id()), **body)) == expected


async def test_a_team_manager_declares_for_families_of_the_own_area_or_team(county: County) -> None:
    accepted = await county.accept()
    body = {"family_id": str(accepted.family_id), "kind": "family_refused", "worker_id": str(county.workers["ada"])}

    foreign = await county.stage.post("/v1/exclusions", body, by=SOUTH_MANAGER)
    declared = ok(await county.stage.post("/v1/exclusions", body, by=MANAGER))
    path = f"/v1/exclusions/{declared['id']}:withdraw"
    lifted = await county.stage.post(path, {}, by=SOUTH_MANAGER, if_match=1)
    early = {"occurred_at": (FRIDAY - timedelta(days=1)).isoformat()}
    too_early = await county.stage.post(path, early, by=MANAGER, if_match=1)

    assert problem(foreign) == (403, "forbidden")
    assert problem(lifted) == (403, "forbidden")
    assert problem(too_early) == (422, "invalid-period")
    ok(await county.stage.post(path, {}, by=MANAGER, if_match=1))


async def test_the_team_that_holds_a_family_declares_though_it_moved_to_another_area(county: County) -> None:
    held = await county.allocated("ada")
    await county.stage.as_owner("UPDATE family SET area = 'vale'")
    body = {"family_id": held["family_id"], "kind": "family_refused", "worker_id": str(county.workers["ben"])}

    ok(await county.stage.post("/v1/exclusions", body, by=MANAGER))


async def test_a_restricted_record_is_not_a_team_managers_to_set_or_lift(county: County) -> None:
    accepted = await county.accept()
    body = {"family_id": str(accepted.family_id), "kind": "restricted_record"}

    refused = await county.stage.post("/v1/exclusions", body, by=MANAGER)
    declared = ok(await declare(county, **body))
    path = f"/v1/exclusions/{declared['id']}:withdraw"
    lifted = await county.stage.post(path, {}, by=MANAGER, if_match=1)

    assert problem(refused) == (403, "forbidden")
    assert problem(lifted) == (403, "forbidden")
    ok(await county.stage.post(path, {}, by=SERVICE_MANAGER, if_match=1))


async def test_the_same_is_not_declared_twice(county: County) -> None:
    body = {"family_id": str(new_id()), "kind": "family_refused", "worker_id": str(county.workers["ada"])}
    ok(await declare(county, **body))

    assert (await declare(county, **body)).status_code == 409
