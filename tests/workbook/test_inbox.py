"""What other services tell, in any order, makes one workbook."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from libs.contracts.allocation import AllocationEnded, HandoverCompleted
from libs.contracts.referrals import FamilyMerged, ReferralReopened
from libs.contracts.workbook import (
    ClockMet,
    LevelChanged,
    WorkbookOpened,
    WorkbookReopened,
)
from libs.kernel.ids import derived_id
from tests.harness import Stage
from tests.workbook.doing import clocks_of, put_on
from tests.workbook.people import (
    EARLY_HELP,
    MANAGER,
    OTHER_WORKER,
    REFERRED_AT,
    SYSTEM,
    TEAM,
    WORKER,
    Family,
    ok,
    opened,
    supervised,
    visited,
    workbook_of,
)


async def test_a_worker_and_a_referral_open_the_familys_workbook(stage: Stage) -> None:
    family, workbook = await opened(stage)

    assert (workbook["state"], workbook["level"]) == ("open", "assessment")
    assert workbook["referred_on"] == "2026-09-07"
    assert set(workbook["children"]) == {str(child) for child in family.children}
    assert set(workbook["adults"]) == {str(adult) for adult in family.adults}
    assert (workbook["lead_worker_id"], workbook["team_id"]) == (str(WORKER.id), str(TEAM))
    [said] = await stage.said(WorkbookOpened)
    assert said.data["opened_on"] == "2026-09-08"
    assert said.occurred_at == REFERRED_AT + timedelta(days=1)


@pytest.mark.parametrize("order", list(permutations(range(2))))
async def test_the_two_may_come_in_either_order(stage: Stage, order: tuple[int, ...]) -> None:
    family = Family()
    told = [family.accepted(needs=("1B",)), family.allocated()]

    for place in order:
        await stage.hear(told[place])

    workbook = await workbook_of(stage, family)
    assert workbook["referred_on"] == "2026-09-07"
    assert set(workbook["adults"]) == {str(adult) for adult in family.adults}
    clocks = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/clocks", by=WORKER))["items"]
    kinds = {clock["kind"]: clock["due_at"][:10] for clock in clocks}
    assert kinds == {"supervision": "2026-10-08", "assessment": "2026-11-09"}


async def test_a_referral_without_a_worker_opens_nothing(stage: Stage) -> None:
    family = Family()
    await stage.hear(family.accepted())

    assert ok(await stage.get(f"/v1/workbooks?family_id={family.id}", by=WORKER))["items"] == []


async def test_another_worker_takes_over_and_the_clocks_with_them(stage: Stage) -> None:
    family, workbook = await opened(stage)
    ended = AllocationEnded(
        allocation_id=derived_id(family.name, "allocation"),
        family_id=family.id,
        worker_id=WORKER.id,
        team_id=TEAM,
        role="lead",
        ended_at=REFERRED_AT + timedelta(days=9),
        reason="LEFTRL",
    )

    await stage.hear(ended)
    assert (await workbook_of(stage, family))["lead_worker_id"] is None
    second = {"allocation_id": derived_id(family.name, "second"), "worker_id": OTHER_WORKER.id}
    await stage.hear(family.allocated(at=REFERRED_AT + timedelta(days=9), reason="LEFTRL", **second))

    after = await workbook_of(stage, family)
    assert after["id"] == workbook["id"]
    assert after["lead_worker_id"] == str(OTHER_WORKER.id)
    due = ok(await stage.get(f"/v1/workers/{OTHER_WORKER.id}/due", by=OTHER_WORKER))["items"]
    assert {item["code"] for item in due} == {"supervision", "assessment"}
    assert ok(await stage.get(f"/v1/workers/{WORKER.id}/due", by=WORKER))["items"] == []


async def test_the_end_of_an_earlier_worker_heard_late_leaves_the_new_one(stage: Stage) -> None:
    family, _ = await opened(stage)
    second = {"allocation_id": derived_id(family.name, "second"), "worker_id": OTHER_WORKER.id}
    await stage.hear(family.allocated(at=REFERRED_AT + timedelta(days=9), **second))

    await stage.hear(
        AllocationEnded(
            allocation_id=derived_id(family.name, "allocation"),
            family_id=family.id,
            worker_id=WORKER.id,
            team_id=TEAM,
            role="lead",
            ended_at=REFERRED_AT + timedelta(days=9),
            reason="LEFTRL",
        )
    )

    assert (await workbook_of(stage, family))["lead_worker_id"] == str(OTHER_WORKER.id)


async def test_a_handover_names_the_new_worker(stage: Stage) -> None:
    family, _ = await opened(stage)

    await stage.hear(
        HandoverCompleted(
            handover_id=derived_id("handover"),
            allocation_id=derived_id(family.name, "allocation"),
            family_id=family.id,
            to_worker_id=OTHER_WORKER.id,
            joint_visit=True,
        )
    )

    assert (await workbook_of(stage, family))["lead_worker_id"] == str(OTHER_WORKER.id)


async def test_a_coworker_joins_without_becoming_the_lead(stage: Stage) -> None:
    family, workbook = await opened(stage)
    co = {"allocation_id": derived_id(family.name, "co"), "worker_id": OTHER_WORKER.id, "role": "co"}

    await stage.hear(family.allocated(**co))

    after = await workbook_of(stage, family)
    assert after["lead_worker_id"] == str(WORKER.id)
    timeline = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/timeline?kind=worker_started", by=WORKER))
    assert [item["code"] for item in timeline["items"]] == ["co", "lead"]


async def closed_family(stage: Stage) -> tuple[Family, dict[str, Any]]:
    family, workbook = await opened(stage)
    await visited(stage, workbook, *family.children)
    await supervised(stage, workbook, "close")
    now = await workbook_of(stage, family)
    closed = await stage.post(
        f"/v1/workbooks/{workbook['id']}:close", {"reason": "RC7"}, by=MANAGER, if_match=now["revision"]
    )
    return family, ok(closed)


async def test_a_returning_familys_worker_heard_before_its_referral_waits_for_the_referrals_date(stage: Stage) -> None:
    family, workbook = await closed_family(stage)
    stage.clock.forward(days=60)
    back = stage.clock.now - timedelta(days=2)
    again = {"referral_id": derived_id(family.name, "second"), "allocation_id": derived_id(family.name, "again")}

    await stage.hear(family.allocated(at=back + timedelta(days=1), **again))
    waiting = await workbook_of(stage, family)
    await stage.hear(family.accepted(referral="second", at=back))

    assert waiting["referred_on"] is None
    assert (await workbook_of(stage, family))["referred_on"] == back.date().isoformat()
    started = {clock["started_at"][:10] for clock in await clocks_of(stage, workbook, "assessment")}
    assert started == {"2026-09-06", back.date().isoformat()}


async def test_a_family_that_comes_back_goes_on_in_the_same_workbook(stage: Stage) -> None:
    family, closed = await closed_family(stage)
    stage.clock.forward(days=60)
    back = stage.clock.now - timedelta(days=2)

    await stage.hear(family.accepted(referral="second", at=back))
    assert (await workbook_of(stage, family))["state"] == "closed"
    again = {"referral_id": derived_id(family.name, "second"), "allocation_id": derived_id(family.name, "again")}
    await stage.hear(family.allocated(at=back + timedelta(days=1), **again))

    after = await workbook_of(stage, family)
    assert (after["id"], after["state"], after["level"]) == (closed["id"], "open", "assessment")
    assert after["referral_id"] == str(derived_id(family.name, "second"))
    assert after["referred_on"] == back.date().isoformat()
    assert (after["closed_on"], after["closure_reason"]) == (None, None)
    [said] = await stage.said(WorkbookReopened)
    assert said.data["reason"] == "re_referral"
    assert said.data["referral_id"] == str(derived_id(family.name, "second"))
    cycles = ok(await stage.get(f"/v1/workbooks/{closed['id']}/cycles", by=WORKER))["items"]
    assert [(cycle["number"], cycle["state"]) for cycle in cycles] == [(1, "closed"), (2, "closed"), (3, "current")]


async def test_a_referral_that_is_reopened_is_noted_and_opens_nothing(stage: Stage) -> None:
    family, closed = await closed_family(stage)

    await stage.hear(
        ReferralReopened(
            referral_id=family.referral_id, family_id=family.id, re_referral=True, reason="new_information"
        )
    )

    assert (await workbook_of(stage, family))["state"] == "closed"
    timeline = ok(await stage.get(f"/v1/workbooks/{closed['id']}/timeline?kind=referral_reopened", by=WORKER))
    assert [item["code"] for item in timeline["items"]] == ["new_information"]


async def test_a_new_referral_ends_early_help_and_the_assessment_begins(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await visited(stage, workbook, *family.children)
    path = f"/v1/workbooks/{workbook['id']}"
    await stage.post(f"{path}:offer-step-down", by=MANAGER, if_match=(await workbook_of(stage, family))["revision"])
    offered = await workbook_of(stage, family)
    ok(await stage.post(f"{path}:accept-step-down", by=EARLY_HELP, if_match=offered["revision"]))

    await stage.hear(family.accepted(referral="second", at=stage.clock.now))
    again = {"referral_id": derived_id(family.name, "second"), "allocation_id": derived_id(family.name, "again")}
    await stage.hear(family.allocated(at=stage.clock.now, **again))

    after = await workbook_of(stage, family)
    assert (after["state"], after["level"]) == ("active", "assessment")
    assert [
        (s.data["from_level"], s.data["to_level"], s.data["direction"]) for s in await stage.said(LevelChanged)
    ] == [
        ("assessment", "early_help", "down"),
        ("early_help", "assessment", "up"),
    ]
    [adopted] = await stage.said(WorkbookReopened)
    assert adopted.data["referral_id"] == str(derived_id(family.name, "second"))


async def test_two_records_of_one_family_go_on_as_one(stage: Stage) -> None:
    one, kept = await opened(stage)
    other, gone = await opened(stage, Family("the Samples"))
    await visited(stage, gone, other.ada)

    await stage.hear(FamilyMerged(family_id=one.id, merged_family_id=other.id, people=other.children))

    after = await workbook_of(stage, one)
    assert after["id"] == kept["id"]
    assert {str(other.ada), str(one.ada)} <= set(after["children"])
    entries = ok(await stage.get(f"/v1/workbooks/{kept['id']}/entries", by=WORKER))["items"]
    assert [entry["kind"] for entry in entries] == ["visit"]
    assert ok(await stage.get(f"/v1/workbooks?family_id={other.id}", by=WORKER))["items"] == []
    assert ok(await stage.get(f"/v1/workbooks/{gone['id']}", by=WORKER))["state"] == "closed"


async def test_a_workbook_of_the_record_that_went_moves_to_the_one_that_stays(stage: Stage) -> None:
    family, workbook = await opened(stage)
    stays = derived_id("the family that stays")

    await stage.hear(FamilyMerged(family_id=stays, merged_family_id=family.id, people=family.children))

    [found] = ok(await stage.get(f"/v1/workbooks?family_id={stays}", by=WORKER))["items"]
    assert found["id"] == workbook["id"]
    clocks = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/clocks", by=WORKER))["items"]
    assert {clock["family_id"] for clock in clocks} == {str(stays)}


async def test_a_merge_keeps_the_highest_plan_and_says_the_level(stage: Stage) -> None:
    one, kept = await opened(stage)
    other, gone = await opened(stage, Family("the Samples"))
    ok(await put_on(stage, gone, "looked_after", "2026-11-01", other.ada))
    before = len(await stage.said(LevelChanged))

    await stage.hear(FamilyMerged(family_id=one.id, merged_family_id=other.id, people=other.children))

    after = await workbook_of(stage, one)
    assert (after["id"], after["level"]) == (kept["id"], "looked_after")
    said = (await stage.said(LevelChanged))[before:]
    assert [(s.data["from_level"], s.data["to_level"]) for s in said] == [("assessment", "looked_after")]


async def test_an_open_family_merged_into_a_closed_one_is_supervised_and_planned_again(stage: Stage) -> None:
    one, closed = await closed_family(stage)
    other, gone = await opened(stage, Family("the Samples"))

    await stage.hear(FamilyMerged(family_id=one.id, merged_family_id=other.id, people=other.children))

    after = await workbook_of(stage, one)
    assert (after["id"], after["state"], after["lead_worker_id"]) == (closed["id"], "open", str(WORKER.id))
    assert [s.data["workbook_id"] for s in await stage.said(WorkbookReopened)] == [closed["id"]]
    cycles = ok(await stage.get(f"/v1/workbooks/{gone['id']}/cycles", by=WORKER))["items"]
    assert {cycle["state"] for cycle in cycles} == {"closed"}
    await supervised(stage, after, "continue")


async def test_news_of_a_family_that_was_merged_reaches_the_one_that_stays(stage: Stage) -> None:
    one, kept = await opened(stage)
    other = Family("the Samples")

    await stage.hear(FamilyMerged(family_id=one.id, merged_family_id=other.id, people=other.children))
    await stage.hear(other.accepted())
    await stage.hear(other.allocated(worker_id=OTHER_WORKER.id))

    assert ok(await stage.get(f"/v1/workbooks?family_id={other.id}", by=WORKER))["items"] == []
    after = await workbook_of(stage, one)
    assert (after["id"], after["lead_worker_id"]) == (kept["id"], str(OTHER_WORKER.id))
    assert set(after["children"]) == {str(child) for child in (*one.children, *other.children)}
    loaded = {"family_id": str(other.id), "children": [str(other.ada)]}
    assert ok(await stage.post("/v1/workbooks", loaded, by=SYSTEM))["id"] == kept["id"]


async def test_the_same_news_twice_changes_nothing(stage: Stage) -> None:
    family = Family()
    envelopes = [stage.envelope(family.accepted()), stage.envelope(family.allocated())]

    for envelope in (*envelopes, *envelopes):
        await stage.hear_envelope(envelope)

    assert len(await stage.said(WorkbookOpened)) == 1
    assert await stage.said(ClockMet) == []


async def test_old_news_of_a_worker_does_not_open_a_closed_workbook(stage: Stage) -> None:
    family, closed = await closed_family(stage)
    old = {"allocation_id": derived_id(family.name, "old"), "worker_id": OTHER_WORKER.id}
    helper = {"allocation_id": derived_id(family.name, "helper"), "worker_id": OTHER_WORKER.id, "role": "co"}

    await stage.hear(family.allocated(at=REFERRED_AT + timedelta(days=20), **old))
    await stage.hear(family.allocated(at=stage.clock.now, **helper))

    after = await workbook_of(stage, family)
    assert (after["state"], after["lead_worker_id"]) == ("closed", closed["lead_worker_id"])
    assert await stage.said(WorkbookReopened) == []


async def test_a_loaded_workbook_that_a_worker_takes_is_supervised_here_from_then_on(stage: Stage) -> None:
    family = Family()
    body = {"family_id": str(family.id), "children": [str(family.ada)], "occurred_at": "2026-09-01T09:00:00Z"}
    loaded = ok(await stage.post("/v1/workbooks", body, by=SYSTEM))

    await stage.hear(family.allocated())

    after = await workbook_of(stage, family)
    assert (after["id"], loaded["imported"], after["imported"]) == (loaded["id"], True, False)
