"""What partners hears, in any order and more than once."""

import itertools
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from libs.contracts import partners as events
from libs.contracts.allocation import AllocationEnded
from libs.contracts.envelope import Envelope
from libs.contracts.referrals import FamilyMerged
from libs.contracts.workbook import PractitionerRequestWithdrawn, WorkbookClosed
from libs.kernel.ids import new_id
from tests.partners.county import (
    ELMORE,
    LEAD,
    MIND,
    SOCIAL_WORKER,
    TEAM,
    TP,
    TP_PRACTITIONER,
    TURNING_POINT,
    County,
    a_lead,
    a_need,
    manager_of,
    needs,
    states,
)


def closed(county: County) -> WorkbookClosed:
    return WorkbookClosed(
        workbook_id=county.workbook, family_id=county.family, reason="RC1", closed_on=county.stage.clock.now.date()
    )


@pytest.mark.parametrize(
    ("specialism", "agency"),
    [
        ("substance_misuse", TURNING_POINT),
        ("mental_health", MIND),
        ("domestic_abuse_victim", ELMORE),
        ("domestic_abuse_perpetrator", ELMORE),
    ],
)
async def test_a_need_goes_to_the_agency_that_offers_the_specialism(
    county: County, specialism: str, agency: UUID
) -> None:
    request = await county.request(manager_of(agency), specialism=specialism, urgency="urgent")

    assert (request["agency_id"], request["specialism"], request["urgency"]) == (str(agency), specialism, "urgent")
    # Asked on a Friday: one working day is Monday, to its last second.
    assert request["due_at"] == "2026-11-23T23:59:59Z"
    assert request["lead_worker_id"] == str(LEAD)
    [said] = await county.stage.said(events.RequestOpened)
    assert said.occurred_at == county.stage.clock.now


async def test_the_same_event_twice_opens_one_request(county: County) -> None:
    said = county.stage.envelope(a_need(family=county.family, workbook=county.workbook, at=county.stage.clock.now))

    await county.stage.hear_envelope(said)
    await county.stage.hear_envelope(said)

    assert await states(county) == ["requested"]
    assert len(await county.stage.said(events.RequestOpened)) == 1


async def test_a_need_of_the_past_opens_in_the_past(county: County) -> None:
    then = county.stage.clock.now - timedelta(days=200)

    request = await county.request(requested_at=then)

    assert request["opened_at"] == request["requested_at"] == then.isoformat().replace("+00:00", "Z")
    [said] = await county.stage.said(events.RequestOpened)
    assert said.occurred_at == then


async def test_taking_back_cancels_what_has_not_begun(county: County) -> None:
    need = await county.need()

    await county.stage.hear(
        PractitionerRequestWithdrawn(
            practitioner_request_id=need,
            workbook_id=county.workbook,
            family_id=county.family,
            reason="adult_declined",
        )
    )

    assert await states(county) == ["cancelled"]
    assert await needs(county) == ["stopped"]
    [said] = await county.stage.said(events.RequestCancelled)
    assert said.data["reason"] == "adult_declined"


async def test_taking_back_asks_for_the_end_of_what_has_begun(county: County) -> None:
    request = await county.at("engaged")

    await county.stage.hear(
        PractitionerRequestWithdrawn(
            practitioner_request_id=UUID(request["practitioner_request_id"]),
            workbook_id=county.workbook,
            family_id=county.family,
            reason="no_longer_needed",
        )
    )

    after = (await county.stage.get(f"/v1/requests/{request['id']}", by=TP)).json()
    assert (after["state"], after["end_asked_at"] is not None) == ("engaged", True)
    assert len(await county.stage.said(events.RequestEndAsked)) == 1


@pytest.mark.parametrize("state", ["requested", "clarifying", "accepted", "waitlisted"])
async def test_a_closed_family_is_waited_for_no_longer(county: County, state: str) -> None:
    await county.at(state)

    await county.stage.hear(closed(county))

    assert await states(county) == ["cancelled"]
    [said] = await county.stage.said(events.RequestCancelled)
    assert said.data["reason"] == "family_closed"


@pytest.mark.parametrize("state", ["engaged", "on_hold"])
async def test_work_with_a_closed_family_is_asked_to_end_and_shows_on_the_work_list(county: County, state: str) -> None:
    await county.at(state)

    await county.stage.hear(closed(county))

    assert await states(county) == [state]
    work = (await county.stage.get("/v1/work-list", by=TP_PRACTITIONER)).json()
    assert [item["task"] for item in work["mine"]] == ["end_work"]


@pytest.mark.parametrize("state", ["declined", "completed", "ended_early", "cancelled", "in_error"])
async def test_what_is_over_stays_as_it_ended_when_the_family_closes(county: County, state: str) -> None:
    await county.at(state)
    before = len(await county.stage.said())

    await county.stage.hear(closed(county))

    assert await states(county) == [state]
    assert len(await county.stage.said()) == before


async def test_an_appointment_is_called_off_when_the_request_behind_it_is_cancelled(county: County) -> None:
    request = await county.at("accepted")
    await county.stage.post(
        f"/v1/requests/{request['id']}/sessions",
        {"kind": "one_to_one", "starts_at": "2026-12-01T10:00:00Z"},
        by=TP_PRACTITIONER,
    )

    await county.stage.hear(closed(county))

    assert len(await county.stage.said(events.SessionCancelled)) == 1


async def test_a_need_that_arrives_after_the_news_of_the_closing_is_over_at_once(county: County) -> None:
    asked_at = county.stage.clock.now
    county.stage.clock.forward(days=1)
    await county.stage.hear(closed(county))

    await county.need(requested_at=asked_at)

    assert await states(county) == []
    assert await needs(county) == ["stopped"]


async def test_a_family_that_came_back_is_asked_for_again(county: County) -> None:
    await county.stage.hear(closed(county))
    county.stage.clock.forward(days=30)

    await county.need()

    assert await states(county) == ["requested"]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
async def test_news_of_three_owners_in_any_order_leads_to_the_same(county: County, order: tuple[int, ...]) -> None:
    stage, asked_at = county.stage, county.stage.clock.now
    stage.clock.forward(days=2)
    news: list[tuple[Any, Any]] = [
        (a_need(family=county.family, workbook=county.workbook, at=asked_at), asked_at),
        (closed(county), stage.clock.now),
        (a_lead(county.family, at=asked_at, worker_id=new_id()), asked_at),
    ]

    for index in order:
        said, at = news[index]
        await stage.hear(said, occurred_at=at)

    assert await states(county) in ([], ["cancelled"])
    assert await needs(county) == ["stopped"]


async def test_withdrawn_before_asked_waits_and_leaves_nothing_open(county: County) -> None:
    need = a_need(family=county.family, workbook=county.workbook, at=county.stage.clock.now)
    withdrawn = PractitionerRequestWithdrawn(
        practitioner_request_id=need.practitioner_request_id,
        workbook_id=county.workbook,
        family_id=county.family,
        reason="no_longer_needed",
    )
    first, second = (county.stage.envelope(said) for said in (need, withdrawn))

    await county.stage.hear_envelope(second)
    await county.stage.hear_envelope(first)

    assert await states(county) == ["cancelled"]


@pytest.mark.parametrize("behind", [timedelta(0), timedelta(milliseconds=80)])
async def test_nothing_is_said_to_have_happened_after_it_was_recorded(county: County, behind: timedelta) -> None:
    """The clock of the service that speaks may be ahead of ours."""
    stage, theirs = county.stage, county.stage.clock.now + behind
    await county.at("engaged")
    theirs = stage.clock.now + behind
    request = await county.request(requested_at=theirs)
    await stage.hear(closed(county), occurred_at=theirs)

    assert request["opened_at"] == stage.clock.now.isoformat().replace("+00:00", "Z")
    assert await states(county) == ["cancelled", "engaged"]
    kinds = "SELECT type FROM outbox WHERE occurred_at > recorded_at"
    assert await stage.as_owner(kinds) == []
    asked = await stage.said(events.RequestEndAsked)
    assert [one.data["asked_at"] for one in asked] == [stage.clock.now.isoformat().replace("+00:00", "Z")]


async def test_the_lead_worker_changes_whichever_news_comes_first(county: County) -> None:
    stage, successor = county.stage, new_id()
    first = a_lead(county.family, at=stage.clock.now)
    stage.clock.forward(days=1)
    second = a_lead(county.family, at=stage.clock.now, worker_id=successor)
    ended = AllocationEnded(
        allocation_id=second.allocation_id,
        family_id=county.family,
        worker_id=successor,
        team_id=TEAM,
        role="lead",
        ended_at=stage.clock.now,
        reason="LEFTRL",
    )
    await stage.hear(second, first)
    request = await county.request()
    assert request["lead_worker_id"] == str(successor)

    await stage.hear(ended)

    again = (await stage.get(f"/v1/requests/{request['id']}", by=TP)).json()
    assert again["lead_worker_id"] == str(LEAD)


async def test_a_co_worker_is_not_the_lead(county: County) -> None:
    county.stage.clock.forward(days=1)
    await county.stage.hear(a_lead(county.family, at=county.stage.clock.now, worker_id=new_id(), role="co"))

    assert (await county.request())["lead_worker_id"] == str(LEAD)


async def test_a_merged_family_keeps_its_requests_and_hears_what_still_comes_for_the_old_one(county: County) -> None:
    stage, stays = county.stage, new_id()
    request = await county.at("engaged")

    await stage.hear(FamilyMerged(family_id=stays, merged_family_id=county.family, people=(new_id(),)))
    later = new_id()
    await stage.hear(FamilyMerged(family_id=later, merged_family_id=stays, people=(new_id(),)))
    await county.need()
    successor = new_id()
    await stage.hear(a_lead(county.family, at=stage.clock.now, worker_id=successor))

    found = (await stage.get(f"/v1/requests?family_id={later}", by=SOCIAL_WORKER)).json()["items"]
    assert [one["state"] for one in found] == ["requested", "engaged"]
    assert {one["lead_worker_id"] for one in found} == {str(successor)}
    assert (await stage.get(f"/v1/requests/{request['id']}", by=TP)).json()["family_id"] == str(later)
    await stage.hear(closed(county))
    assert [one["state"] for one in (await stage.get(f"/v1/requests?family_id={later}", by=TP)).json()["items"]] == [
        "engaged"
    ]
    assert len(await stage.said(events.RequestCancelled)) == 1


async def test_a_specialism_that_nobody_knows_is_a_failure_of_that_event_alone(county: County) -> None:
    bad = county.stage.envelope(
        a_need(family=county.family, workbook=county.workbook, at=county.stage.clock.now, specialism="dentistry")
    )
    assert isinstance(bad, Envelope)

    with pytest.raises(ValueError, match="dentistry"):
        await county.stage.hear_envelope(bad)

    await county.need()
    assert await states(county) == ["requested"]
