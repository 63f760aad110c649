"""Commands under contention, and what they say and note."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from libs.chassis.auth import service_caller
from libs.contracts import partners as events
from libs.contracts.workbook import WorkbookClosed
from services.partners.commands import answering, needs, routing
from services.partners.domain.request import DeclineReason
from tests.partners.county import (
    BODIES,
    REPORT,
    SOCIAL_WORKER,
    TP,
    TP_PRACTITIONER,
    County,
    a_need,
)


async def states_of(county: County, *ids: str) -> list[str]:
    read = [await county.stage.get(f"/v1/requests/{one}", by=SOCIAL_WORKER) for one in ids]
    return [one.json()["state"] for one in read]


async def test_of_ten_answers_at_once_one_counts(county: County) -> None:
    request = await county.request()
    answers = ("accept", "waitlist", "decline") * 3

    said = await asyncio.gather(*[county.say(request, verb, by=TP, body=BODIES[verb]) for verb in answers])

    codes = [one.status_code for one in said]
    assert codes.count(200) == 1
    assert set(codes) <= {200, 409, 412, 503}
    spoken = await county.stage.said()
    assert len([one for one in spoken if str(one.aggregate_id) == request["id"]]) == 2  # opened, and one answer


async def test_messages_at_once_are_all_kept_and_one_of_them_asks(county: County) -> None:
    request = await county.request()
    path = f"/v1/requests/{request['id']}/messages"

    said = await asyncio.gather(*[county.stage.post(path, BODIES["ask"], by=TP) for _ in range(4)])

    assert [one.status_code for one in said] == [201] * 4
    assert sorted(one.json()["effect"] for one in said) == ["asks", "remarks", "remarks", "remarks"]
    assert len((await county.stage.get(path, by=TP)).json()["items"]) == 4


async def test_a_session_is_not_booked_on_work_that_ends_at_the_same_moment(county: County) -> None:
    request = await county.at("engaged")
    path = f"/v1/requests/{request['id']}"

    await asyncio.gather(
        county.say(request, "end-early", by=SOCIAL_WORKER, body=BODIES["end-early"]),
        *[
            county.stage.post(f"{path}/sessions", {"kind": "group", "starts_at": "2026-12-09T10:00:00Z"}, by=TP)
            for _ in range(3)
        ],
    )

    assert await states_of(county, request["id"]) == ["ended_early"]
    sessions = (await county.stage.get(f"{path}/sessions", by=SOCIAL_WORKER)).json()["items"]
    assert {one["state"] for one in sessions} <= {"cancelled"}


async def test_the_family_closes_while_the_agency_declines(county: County) -> None:
    request = await county.request()
    closed = WorkbookClosed(
        workbook_id=county.workbook, family_id=county.family, reason="RC1", closed_on=county.stage.clock.now.date()
    )

    await asyncio.gather(
        county.say(request, "decline", by=TP, body={"reason": "no_capacity"}),
        county.stage.hear(closed),
        return_exceptions=True,
    )
    await county.stage.hear(closed)

    listed = (await county.stage.get(f"/v1/requests?family_id={county.family}", by=SOCIAL_WORKER)).json()["items"]
    assert {one["state"] for one in listed} <= {"declined", "cancelled"}


async def test_two_replicas_route_a_waiting_need_once(county: County) -> None:
    await county.stage.as_owner("UPDATE agency SET active = false")
    await county.need()
    await county.stage.as_owner("UPDATE agency SET active = true")
    by = service_caller("partners")

    async def tick() -> int:
        async with county.stage.tx(by) as tx:
            return await routing.route_waiting(tx)

    assert sorted(await asyncio.gather(tick(), tick())) == [0, 1]
    assert len(await county.stage.said(events.RequestOpened)) == 1


async def test_a_command_that_fails_says_nothing(county: County) -> None:
    request = await county.request()
    before = len(await county.stage.said())

    async def half() -> None:
        async with county.stage.tx(TP) as tx:
            await answering.decline(tx, request["id"], revision=1, reason=DeclineReason.UNSAFE, occurred_at=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await half()

    assert len(await county.stage.said()) == before
    assert await states_of(county, request["id"]) == ["requested"]


async def test_late_requests_are_flagged_in_batches_until_none_is_left(county: County) -> None:
    stage = county.stage
    asked = [a_need(family=county.family, workbook=county.workbook, at=stage.clock.now) for _ in range(205)]
    await stage.hear_envelope(*[stage.envelope(one) for one in asked])
    county.stage.clock.forward(days=8)

    flagged = [await county.stage.tick("flag-overdue") for _ in range(3)]

    assert flagged == [200, 5, 0]
    assert len(await county.stage.said(events.RequestOverdue)) == 205


async def test_what_happened_and_when_we_learned_it_are_kept_apart(county: County) -> None:
    request = await county.request()
    then = county.stage.clock.now + timedelta(hours=2)
    county.stage.clock.forward(days=3)

    body: dict[str, Any] = BODIES["accept"] | {"occurred_at": then.isoformat()}
    accepted = (await county.say(request, "accept", by=TP, body=body)).json()

    assert accepted["accepted_at"] == then.isoformat().replace("+00:00", "Z")
    [said] = await county.stage.said(events.RequestAccepted)
    assert said.occurred_at == then
    [recorded] = await county.stage.as_owner(
        "SELECT recorded_at FROM outbox WHERE type = 'events.partners.request.accepted.v1'"
    )
    assert recorded[0] == county.stage.clock.now


EVERY_STEP = [
    ("accept", TP, {"practitioner_by": "2026-12-01"}, "promised"),
    ("assign", TP, BODIES["accept"], "accepted"),
    ("assign", TP, BODIES["assign"], "reassigned"),
    ("start", TP, {}, "engaged"),
    ("hold", TP, BODIES["hold"], "held"),
    ("resume", TP, {}, "resumed"),
    ("report", TP, REPORT, "submitted"),
    ("complete", TP, {}, "completed"),
    ("mark-in-error", SOCIAL_WORKER, {}, "cancelled"),
]


async def test_every_verb_says_its_event_and_leaves_its_audit_row(county: County) -> None:
    request = await county.request()

    for verb, by, body, event in EVERY_STEP:
        county.stage.clock.forward(hours=1)
        said = await county.say(request, verb, by=by, body=body)
        assert said.status_code == 200, (verb, said.text)
        request = said.json()
        last = (await county.stage.said())[-1]
        assert (last.type.split(".")[3], str(last.aggregate_id)) == (event, request["id"])
        noted = [row for row in await county.stage.audited() if row.action == f"requests:{verb}"]
        assert (noted[-1].actor_id, noted[-1].family_id) == (by.id, county.family)
    revisions = [one.revision for one in await county.stage.said() if str(one.aggregate_id) == request["id"]]
    assert revisions == list(range(1, len(EVERY_STEP) + 2))


async def test_starting_from_the_waiting_list_accepts_and_engages_in_one(county: County) -> None:
    request = await county.at("waitlisted")

    engaged = await county.say(request, "start", by=TP, body=BODIES["accept"])

    assert engaged.json()["practitioner_id"] == str(TP_PRACTITIONER.id)
    kinds = [one.type.split(".")[3] for one in await county.stage.said() if str(one.aggregate_id) == request["id"]]
    assert kinds == ["opened", "waitlisted", "accepted", "engaged"]


async def test_taking_back_a_need_twice_is_once(county: County) -> None:
    need = await county.need()
    by = service_caller("partners")

    for _ in range(2):
        async with county.stage.tx(by) as tx:
            await needs.withdraw(tx, need, reason=needs.CancelReason.WITHDRAWN, at=tx.now)

    assert len(await county.stage.said(events.RequestCancelled)) == 1
