"""The unallocated list, requests at a manager's word, and what the ticks do for who waits."""

from datetime import timedelta
from typing import Any

import pytest

from libs.contracts import allocation as said
from libs.kernel.ids import new_id
from tests.allocation.county import ADMIN, MANAGER, NORTH, SERVICE_MANAGER, SOUTH_MANAGER, County, ok, problem
from tests.harness import FRIDAY


async def test_a_request_is_not_cancelled_before_it_was_made(county: County) -> None:
    request = await county.request_of((await county.accept()).family_id)
    body = {"reason": "no_longer_needed", "occurred_at": "2020-01-01T09:00:00Z"}

    answer = await county.stage.post(
        f"/v1/requests/{request['id']}:cancel", body, by=MANAGER, if_match=request["revision"]
    )

    assert problem(answer) == (422, "implausible-date")


async def test_the_unallocated_list_is_in_order_of_waiting_with_its_ages(county: County) -> None:
    old = await county.accept(at=FRIDAY - timedelta(days=7), area="nowhere")
    new = await county.accept()
    gone = await county.allocated("ada")

    listed = ok(await county.stage.get("/v1/requests?unallocated=true", by=MANAGER))["items"]
    waiting = ok(await county.stage.get("/v1/requests?state=waiting", by=MANAGER))["items"]

    assert [each["family_id"] for each in listed] == [str(old.family_id), str(new.family_id)]
    assert [(each["age_days"], each["age_working_days"]) for each in listed] == [(7, 5), (0, 0)]
    assert [each["family_id"] for each in waiting] == [str(old.family_id)]
    assert gone["family_id"] not in {each["family_id"] for each in listed}


async def test_a_worker_who_returns_finds_the_family_that_waited(county: County) -> None:
    away = [await county.absent("ada"), await county.absent("ben")]
    accepted = await county.accept()
    waiting = await county.request_of(accepted.family_id)
    county.stage.clock.forward(days=2)

    body = {"back_on": county.now.date().isoformat()}
    ok(await county.stage.post(f"/v1/absences/{away[0]['id']}:end", body, by=MANAGER, if_match=1))
    assert await county.stage.tick("load") > 0

    proposed = await county.request_of(accepted.family_id)
    assert (waiting["state"], waiting["waiting_since"] is not None) == ("waiting", True)
    assert (proposed["state"], proposed["age_days"]) == ("proposed", 2)
    proposal = await county.proposal_of(accepted.family_id)
    assert [county.name(option["worker_id"]) for option in proposal["options"]] == ["ada"]
    assert await county.stage.tick("load") == 0


async def sixty_wait(county: County) -> str:
    """Let sixty families wait, the last of them the only one that needs no rare skill; return its id."""
    for name in ("ada", "ben"):
        await county.absent(name)
    for _ in range(59):
        await county.stage.post("/v1/requests", new_request(skills=["court"]), by=MANAGER)
    return ok(await county.stage.post("/v1/requests", new_request(), by=MANAGER))["family_id"]


async def turns_until_proposed(county: County, family: str, *, changing: bool) -> int:
    """Run the load tick until the family is proposed for, with a change of load before each if so asked."""
    for turn in range(1, 10):
        if changing:
            await county.stage.fill(
                f"INSERT INTO load_change (worker_id, at) VALUES ('{county.workers['ada']}', '{FRIDAY}')"
            )
        assert await county.stage.tick("load") <= 25 + 2  # families, and the workers who changed
        if (await county.request_of(family))["state"] == "proposed":
            return turn
    raise AssertionError("The family was never looked at.")


@pytest.mark.parametrize("changing", [False, True], ids=["one change", "a change at every turn"])
async def test_every_family_that_waits_is_looked_at_however_many_wait(county: County, changing: bool) -> None:
    family = await sixty_wait(county)
    while await county.stage.tick("load"):
        pass

    await county.hire("eve")
    turns = await turns_until_proposed(county, family, changing=changing)

    assert turns == 3  # 25 at a time


async def test_a_family_that_was_declined_is_proposed_for_again_only_when_a_load_changes(county: County) -> None:
    proposal = await county.proposed()
    await county.hire("eve")
    await county.stage.tick("load")

    ok(await county.decide(proposal, "decline", {"reason": "other"}))
    looked = await county.stage.tick("load")
    left = (await county.request_of(proposal["family_id"]))["state"]
    await county.hire("fay")
    await county.stage.tick("load")

    assert (looked, left) == (0, "open")
    assert (await county.request_of(proposal["family_id"]))["state"] == "proposed"


async def test_a_planned_return_is_found_by_the_daily_look(county: County) -> None:
    await county.absent("ada", until_on="2026-12-20")
    await county.absent("ben", until_on="2026-12-20")
    accepted = await county.accept()

    same_day = await county.stage.tick("waiting")
    county.stage.clock.forward(days=5)
    still = (await county.stage.tick("waiting"), (await county.request_of(accepted.family_id))["state"])
    county.stage.clock.forward(days=20)
    looked = await county.stage.tick("waiting")

    assert (same_day, still, looked) == (0, (1, "waiting"), 1)
    assert (await county.request_of(accepted.family_id))["state"] == "proposed"
    assert len(await county.stage.said(said.RequestWaiting)) == 1


async def test_utilisation_that_crosses_a_threshold_is_announced_once_each_way(county: County) -> None:
    ada = county.post("ada", extra_duties=81)
    id_ = ada.pop("id")
    ok(await county.stage.put(f"/v1/workers/{id_}", ada, by=ADMIN, if_match=1))
    held = await county.allocated("ada")
    await county.stage.tick("load")
    await county.allocated("ben")
    await county.stage.tick("load")
    rising = [event.data for event in await county.stage.said(said.CapacityThresholdCrossed)]

    end = {"reason": "closure"}
    ok(await county.stage.post(f"/v1/allocations/{held['id']}:end", end, by=MANAGER, if_match=1))
    await county.stage.tick("load")
    chatter = len(await county.stage.said(said.CapacityThresholdCrossed))
    ok(await county.stage.put(f"/v1/workers/{id_}", {**ada, "extra_duties": 0}, by=ADMIN, if_match=2))
    await county.stage.tick("load")

    assert [(each["threshold"], each["rising"], each["utilisation"]) for each in rising] == [(100, True, 102.5)]
    assert chatter == 1  # 96 % is below the threshold but within the margin
    last = (await county.stage.said(said.CapacityThresholdCrossed))[-1].data
    assert (last["threshold"], last["rising"]) == (100, False)


def new_request(**changes: Any) -> dict[str, Any]:
    return {
        "family_id": str(new_id()),
        "purpose": "new_family",
        "children": [str(new_id())],
        "area": "cherwell",
        **changes,
    }


async def test_a_manager_asks_for_a_worker_in_the_areas_of_the_team(county: County) -> None:
    opened = ok(await county.stage.post("/v1/requests", new_request(), by=MANAGER))
    elsewhere = await county.stage.post("/v1/requests", new_request(), by=SOUTH_MANAGER)
    nowhere = await county.stage.post("/v1/requests", new_request(area=None), by=MANAGER)

    assert opened["state"] == "proposed"
    assert problem(elsewhere) == (403, "forbidden")
    assert problem(nowhere)[0] == 422
    assert len(await county.stage.said(said.RequestOpened)) == 1


async def test_a_co_worker_may_be_asked_for_and_is_ranked_like_a_lead(county: County) -> None:
    held = await county.allocated("ada")
    body = new_request(family_id=held["family_id"], children=held["children"], purpose="co_worker", area=None)

    opened = ok(await county.stage.post("/v1/requests", body, by=MANAGER))
    proposal = await county.proposal_of(held["family_id"])
    ok(await county.decide(proposal, "confirm"))

    assert (opened["share"], opened["area"]) == ("co", "cherwell")
    excluded = {county.name(each["worker_id"]): each["breaches"][0]["rule"] for each in proposal["excluded"]}
    assert excluded["ada"] == "same_worker"
    started = (await county.stage.said(said.AllocationStarted))[-1].data
    assert (started["role"], county.name(started["worker_id"])) == ("co", "ben")


async def test_skills_and_languages_that_are_asked_for_exclude_the_rest(county: County) -> None:
    await county.hire("eve", skills=["court"], languages=["pl"])
    body = new_request(skills=["court"], languages=["pl"])

    opened = ok(await county.stage.post("/v1/requests", body, by=MANAGER))

    proposal = await county.proposal_of(opened["family_id"])
    assert [county.name(option["worker_id"]) for option in proposal["options"]] == ["eve"]


async def test_a_request_that_is_cancelled_is_asked_for_no_more(county: County) -> None:
    opened = ok(await county.stage.post("/v1/requests", new_request(), by=MANAGER))
    path = f"/v1/requests/{opened['id']}:cancel"

    body = {"reason": "no_longer_needed"}
    cancelled = ok(await county.stage.post(path, body, by=MANAGER, if_match=opened["revision"]))

    assert (cancelled["state"], cancelled["unallocated"]) == ("cancelled", False)
    again = await county.stage.post(path, body, by=MANAGER, if_match=cancelled["revision"])
    stale = await county.stage.post(path, body, by=MANAGER, if_match=opened["revision"])
    assert problem(again) == (409, "invalid-transition")
    assert problem(stale) == (412, "version-conflict")
    assert (await county.proposal_of(opened["family_id"]))["state"] == "stale"


async def test_bad_requests_are_refused_and_keep_nothing(county: County) -> None:
    child = str(new_id())
    for body, expected in (
        (new_request(children=[]), (422, "invalid-body")),
        (new_request(children=[child, child]), (422, "invalid-request")),
        (new_request(children=[str(new_id()) for _ in range(41)]), (422, "invalid-body")),
        (new_request(family_id="family"), (422, "invalid-body")),
        (new_request(purpose="change_of_worker"), (422, "invalid-body")),
        (new_request(state="filled"), (422, "unknown-field")),
        (new_request(split_asked="yes"), (422, "invalid-body")),
    ):
        assert problem(await county.stage.post("/v1/requests", body, by=MANAGER)) == expected
    assert ok(await county.stage.get("/v1/requests", by=MANAGER))["items"] == []


async def test_an_area_that_nobody_serves_waits_with_everybodys_reason(county: County) -> None:
    opened = ok(await county.stage.post("/v1/requests", new_request(area="atlantis"), by=SERVICE_MANAGER))

    proposal = await county.proposal_of(opened["family_id"])
    assert (opened["state"], proposal["state"]) == ("waiting", "infeasible")
    assert {each["breaches"][0]["rule"] for each in proposal["excluded"]} == {"wrong_area"}
    assert problem(await county.decide(proposal, "confirm", by=SERVICE_MANAGER))[0] in {409, 422}


async def test_a_fresh_proposal_is_not_made_for_what_is_filled_or_before_it_began(county: County) -> None:
    held = await county.allocated("ada")
    opened = ok(await county.stage.post("/v1/requests", new_request(), by=MANAGER))

    filled = await county.stage.post("/v1/proposals", {"request_id": held["request_id"]}, by=MANAGER)
    early = await county.stage.post(
        "/v1/proposals",
        {"request_id": opened["id"], "occurred_at": (FRIDAY - timedelta(days=1)).isoformat()},
        by=MANAGER,
    )

    assert problem(filled) == (409, "invalid-transition")
    assert problem(early) == (422, "implausible-date")


async def test_a_new_family_in_the_areas_of_a_changed_team_is_found(county: County) -> None:
    accepted = await county.accept(area="atlantis")
    body = {"code": "north_1", "name": "Invented North", "areas": ["cherwell", "atlantis"]}

    ok(await county.stage.put(f"/v1/teams/{NORTH}", body, by=ADMIN, if_match=1))
    await county.stage.tick("load")

    assert (await county.request_of(accepted.family_id))["state"] == "proposed"


async def test_what_is_expected_next_week_is_kept_room_for(county: County) -> None:
    for _ in range(16):
        await county.accept(children=tuple(new_id() for _ in range(3)))
    ada = county.post("ada", extra_duties=75)
    ok(await county.stage.put(f"/v1/workers/{ada.pop('id')}", ada, by=ADMIN, if_match=1))

    proposal = await county.proposed()

    reserve = {
        county.name(option["worker_id"]): next(term for term in option["terms"] if term["code"] == "reserve")
        for option in proposal["options"]
    }
    assert reserve["ben"]["points"] == 0.0
    assert reserve["ada"]["points"] == 1.3
    assert reserve["ada"]["sentence"].startswith("Less room stays than the ")
