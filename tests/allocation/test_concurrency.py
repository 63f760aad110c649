"""Two managers at the same moment, on a real PostgreSQL: the last room is taken once."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

from httpx import Response
from sqlalchemy import text

from libs.contracts import allocation as said
from tests.allocation.county import ADMIN, MANAGER, SERVICE_MANAGER, County, ok, problem


async def almost_full(county: County, name: str) -> None:
    """Leave a worker room for one family of 6.5 points below the hard ceiling of 120 %."""
    post = county.post(name, extra_duties=97)
    ok(await county.stage.put(f"/v1/workers/{post.pop('id')}", post, by=ADMIN, if_match=1))


async def test_two_managers_cannot_both_take_the_last_room(county: County) -> None:
    await almost_full(county, "ada")
    one, two = await county.proposed(), await county.proposed()
    body = {"worker_id": str(county.workers["ada"]), "text": "No other way."}

    answers = await asyncio.gather(
        county.decide(one, "confirm", body, by=MANAGER),
        county.decide(two, "confirm", body, by=SERVICE_MANAGER),
    )

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert ok(won)["state"] == "confirmed"
    assert problem(lost) == (409, "proposal-stale")
    fresh = lost.json()["fresh"]
    assert (fresh["before"]["load"], fresh["excluded_by"]) == (118.5, ["utilisation_ceiling"])
    assert len(await county.stage.said(said.AllocationStarted)) == 1
    assert (await county.capacity("ada"))["utilisation"] == 118.5


async def test_many_managers_fill_a_worker_up_to_the_ceiling_and_no_further(county: County) -> None:
    post = county.post("ada", extra_duties=85)  # room for three families of 6.5 points
    ok(await county.stage.put(f"/v1/workers/{post.pop('id')}", post, by=ADMIN, if_match=1))
    proposals = [await county.proposed() for _ in range(5)]
    body = {"worker_id": str(county.workers["ada"]), "text": "No other way."}

    for _ in range(5):
        await asyncio.gather(*(county.decide(each, "confirm", body, by=SERVICE_MANAGER) for each in proposals))
        proposals = [await county.proposal_of(UUID(each["family_id"])) for each in proposals]
        undecided = [each for each in proposals if each["state"] == "proposed"]
        fresh = [
            await county.stage.post("/v1/proposals", {"request_id": each["request_id"]}, by=MANAGER)
            for each in undecided
        ]
        proposals = [ok(answer) for answer in fresh]

    assert len(await county.stage.said(said.AllocationStarted)) == 3
    assert (await county.capacity("ada"))["load"] == 119.5


async def test_one_proposal_is_decided_once(county: County) -> None:
    proposal = await county.proposed()
    first, second = (option["worker_id"] for option in proposal["options"])

    answers = await asyncio.gather(
        county.decide(proposal, "confirm", {"worker_id": first}, by=MANAGER),
        county.decide(proposal, "confirm", {"worker_id": second}, by=SERVICE_MANAGER),
        county.decide(proposal, "decline", {"reason": "other"}, by=MANAGER),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    verdicts = {kind.type_name for kind in (said.ProposalConfirmed, said.ProposalDeclined)}
    assert len([event for event in await county.stage.said() if event.type in verdicts]) == 1


async def test_one_family_gets_one_lead_from_two_requests(county: County) -> None:
    accepted = await county.accept()
    await county.accept(family_id=accepted.family_id, children=accepted.children)
    listed = ok(await county.stage.get(f"/v1/requests?family_id={accepted.family_id}", by=MANAGER))["items"]
    proposals = []
    for request in listed:
        found = ok(await county.stage.get(f"/v1/requests/{request['id']}/proposals", by=MANAGER))["items"][0]
        proposals.append(ok(await county.stage.get(f"/v1/proposals/{found['id']}", by=MANAGER)))
    ada, ben = (str(county.workers[name]) for name in ("ada", "ben"))

    answers = await asyncio.gather(
        county.decide(proposals[0], "confirm", {"worker_id": ada}, by=MANAGER),
        county.decide(proposals[1], "confirm", {"worker_id": ben}, by=SERVICE_MANAGER),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]
    now = ok(await county.stage.get(f"/v1/allocations?family_id={accepted.family_id}&open=true", by=MANAGER))["items"]
    assert len(now) == 1


async def test_a_family_is_handed_over_or_ended_but_not_both(county: County) -> None:
    held = await county.allocated("ada")
    path = f"/v1/allocations/{held['id']}"
    plan = {"worker_id": str(county.workers["ben"]), "reason": "MANAGE"}

    answers = await asyncio.gather(
        county.stage.post(f"{path}:plan-handover", plan, by=MANAGER, if_match=1),
        county.stage.post(f"{path}:end", {"reason": "closure"}, by=SERVICE_MANAGER, if_match=1),
    )

    assert sorted(answer.status_code for answer in answers)[1] in {409, 412}


async def test_two_absences_at_the_same_moment_do_not_overlap(county: County) -> None:
    path = f"/v1/workers/{county.workers['ada']}/absences"
    body = {"reason": "leave", "from_on": "2026-12-01", "until_on": "2026-12-10"}

    async with held(county, f"SELECT 1 FROM worker WHERE id = '{county.workers['ada']}' FOR NO KEY UPDATE"):
        answers = await at_once(county, *(county.stage.post(path, body, by=who) for who in (MANAGER, SERVICE_MANAGER)))

    won, lost = sorted([await answer for answer in answers], key=lambda answer: answer.status_code)
    assert won.status_code == 201
    assert problem(lost) == (409, "overlapping-absence")


async def test_two_handovers_in_opposite_directions_are_planned_at_once(county: County) -> None:
    plans = []
    for giving, taking in (("ada", "ben"), ("ben", "ada")):
        one = await county.allocated(giving)
        body = {"worker_id": str(county.workers[taking]), "reason": "MANAGE"}
        path = f"/v1/allocations/{one['id']}:plan-handover"
        plans.append(county.stage.post(path, body, by=MANAGER, if_match=1))

    async with held(county, "SELECT 1 FROM worker ORDER BY id FOR NO KEY UPDATE"):
        answers = await at_once(county, *plans)

    assert [(await answer).status_code for answer in answers] == [201, 201]


async def test_a_handover_is_cancelled_while_its_allocation_ends(county: County) -> None:
    one = await county.allocated("ada")
    path = f"/v1/allocations/{one['id']}"
    plan = {"worker_id": str(county.workers["ben"]), "reason": "MANAGE"}
    planned = ok(await county.stage.post(f"{path}:plan-handover", plan, by=MANAGER, if_match=1))

    async with held(county, f"SELECT 1 FROM family WHERE id = '{one['family_id']}' FOR UPDATE"):
        answers = await at_once(
            county,
            county.stage.post(f"{path}:end", {"reason": "closure"}, by=SERVICE_MANAGER, if_match=2),
            county.stage.post(f"/v1/handovers/{planned['id']}:cancel", {}, by=MANAGER, if_match=1),
        )

    assert sorted([(await answer).status_code for answer in answers]) == [200, 412]


@asynccontextmanager
async def held(county: County, query: str) -> AsyncIterator[None]:
    """Hold the rows that a query locks while the block runs."""
    async with county.stage.database.engine.begin() as connection:
        await connection.execute(text(query))
        yield


async def at_once(county: County, *calls: Coroutine[Any, Any, Response]) -> list[asyncio.Task[Response]]:
    """Send calls and return when every one of them waits for a lock."""
    sent = [asyncio.create_task(call) for call in calls]
    async with asyncio.timeout(60):
        while await county.stage.blocked() < len(sent):
            await asyncio.sleep(0.02)
    return sent
