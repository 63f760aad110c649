"""The whole-family plan, group supervision and modules as their users meet them."""

from typing import Any

import pytest

from libs.contracts.workbook import (
    ClockMet,
    GoalAchieved,
    PlanAgreed,
    PlanChanged,
    SupervisionRecorded,
)
from tests.harness import Stage
from tests.workbook.doing import active, close, say
from tests.workbook.people import (
    MANAGER,
    OTHER_WORKER,
    WORKER,
    ok,
    opened,
    refused,
    supervised,
)
from tests.workbook.writing import agree, chapter, goal


async def test_the_familys_answers_make_the_plan_agreed_and_a_change_waits_for_new_ones(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan"
    await goal(stage, workbook)

    states = [ok(await stage.get(path, by=WORKER))["state"]]
    states.append((await agree(stage, workbook, family.mother))["state"])
    states.append((await agree(stage, workbook, family.father))["state"])
    plan = ok(await stage.get(path, by=WORKER))
    edit = {"base_revision": plan["revision"], "fields": {"worries": "The nights."}}
    changed = ok(await stage.patch(path, edit, by=WORKER))
    states.append(changed["state"])

    assert states == ["draft", "partly_agreed", "agreed", "updated"]
    assert changed["version"] == 2
    [kept] = ok(await stage.get(f"{path}/versions", by=WORKER))["items"]
    assert (kept["version"], len(kept["body"]["agreements"])) == (1, 2)
    assert [said.data["state"] for said in await stage.said(PlanAgreed)] == ["partly_agreed", "agreed"]
    assert [said.data["version"] for said in await stage.said(PlanChanged)] == [2]


async def test_two_who_change_different_fields_both_keep_theirs(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan"

    ok(await stage.patch(path, {"base_revision": 1, "fields": {"worries": "The nights."}}, by=WORKER))
    merged = ok(await stage.patch(path, {"base_revision": 1, "fields": {"strengths": "Granny."}}, by=OTHER_WORKER))

    assert {key: field["value"] for key, field in merged["fields"].items()} == {
        "worries": "The nights.", "strengths": "Granny.",
    }  # fmt: skip


async def test_two_who_change_the_same_field_are_told_of_both_values(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan"
    ok(await stage.patch(path, {"base_revision": 1, "fields": {"worries": "The nights."}}, by=WORKER))

    answer = await stage.patch(path, {"base_revision": 1, "fields": {"worries": "The days."}}, by=OTHER_WORKER)

    assert refused(answer, 409, "edit-conflict")["conflicts"] == [
        {"field": "worries", "theirs": "The nights.", "yours": "The days.", "by": str(WORKER.id)}
    ]
    assert ok(await stage.get(path, by=WORKER))["fields"]["worries"]["value"] == "The nights."


async def test_only_members_answer_and_only_to_a_plan_with_a_goal(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan:agree"

    refused(
        await stage.post(path, {"person_id": str(family.mother), "answer": "agreed"}, by=WORKER, if_match=1),
        409, "invalid-transition",
    )  # fmt: skip
    await goal(stage, workbook)
    stranger = {"person_id": str(WORKER.id), "answer": "agreed"}
    refused(await stage.post(path, stranger, by=WORKER, if_match=2), 422, "invalid-request")


async def test_nobody_agrees_to_a_text_that_they_were_not_shown(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/plan"
    await goal(stage, workbook)
    shown = ok(await stage.get(path, by=WORKER))
    ok(await stage.patch(path, {"base_revision": 1, "fields": {"worries": "The nights."}}, by=OTHER_WORKER))
    said = {"person_id": str(family.mother), "answer": "agreed"}

    refused(await stage.post(f"{path}:agree", said, by=WORKER), 428, "precondition-required")
    refused(await stage.post(f"{path}:agree", said, by=WORKER, if_match=shown["revision"]), 412, "version-conflict")
    assert ok(await stage.get(path, by=WORKER))["agreements"] == []


async def test_goals_and_steps_of_an_earlier_plan_do_not_change_the_present_one(stage: Stage) -> None:
    family, workbook = await active(stage)
    made = await goal(stage, workbook)
    one = f"/v1/goals/{made['id']}"
    step = ok(await stage.post(f"{one}/steps", {"what": "x", "owner_id": str(WORKER.id)}, by=WORKER))
    ok(await stage.post(f"{one}:achieve", by=WORKER, if_match=1))
    await supervised(stage, workbook, "close")
    ok(await close(stage, family))
    ok(await say(stage, family, "reopen", {"reason": "new_information"}))

    refused(await stage.post(f"{one}:restore", by=WORKER, if_match=2), 409, "invalid-transition")
    more = {"what": "x", "owner_id": str(WORKER.id)}
    refused(await stage.post(f"{one}/steps", more, by=WORKER), 409, "invalid-transition")
    refused(await stage.post(f"/v1/steps/{step['id']}:start", by=WORKER, if_match=1), 409, "invalid-transition")
    present = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/plan", by=WORKER))
    assert (present["revision"], present["goals"]) == (1, [])


async def test_goals_and_steps_go_their_ways(stage: Stage) -> None:
    family, workbook = await opened(stage)
    made = await goal(stage, workbook, people=[str(family.mother)], starts_later=True)
    step = {"what": "Call the clinic", "owner_id": str(WORKER.id), "due_on": "2026-11-27"}
    planned = ok(await stage.post(f"/v1/goals/{made['id']}/steps", step, by=WORKER))

    active = ok(await stage.post(f"/v1/goals/{made['id']}:activate", by=WORKER, if_match=1))
    due = ok(await stage.get(f"/v1/workers/{WORKER.id}/due", by=WORKER))["items"]
    refused(await stage.post(f"/v1/steps/{planned['id']}:block", by=WORKER, if_match=1), 422, "invalid-request")
    note = {"note": "The line is busy."}
    blocked = ok(await stage.post(f"/v1/steps/{planned['id']}:block", note, by=WORKER, if_match=1))
    begun = ok(await stage.post(f"/v1/steps/{planned['id']}:start", by=WORKER, if_match=2))
    done = ok(await stage.post(f"/v1/steps/{planned['id']}:complete", by=WORKER, if_match=3))
    achieved = ok(await stage.post(f"/v1/goals/{made['id']}:achieve", {"on": "2026-11-19"}, by=WORKER, if_match=2))

    assert (active["state"], blocked["state"], begun["state"], done["state"]) == (
        "active", "cannot_be_done_yet", "in_progress", "completed",
    )  # fmt: skip
    assert ("step", planned["id"], "2026-11-27T23:59:59Z") in {(d["what"], d["id"], d["due_at"]) for d in due}
    assert (achieved["state"], achieved["achieved_on"]) == ("achieved", "2026-11-19")
    assert len(await stage.said(GoalAchieved)) == 1
    restored = ok(await stage.post(f"/v1/goals/{made['id']}:restore", by=WORKER, if_match=3))
    refused(await stage.post(f"/v1/goals/{made['id']}:remove", by=WORKER, if_match=4), 422, "invalid-request")
    removed = ok(await stage.post(f"/v1/goals/{made['id']}:remove", {"note": "No."}, by=WORKER, if_match=4))
    assert (restored["state"], removed["state"]) == ("active", "removed")


async def test_group_supervision_closes_the_cycle_locks_its_chapters_and_opens_the_next(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    made = await goal(stage, workbook)
    drafted = await chapter(stage, workbook)
    ok(await stage.post(f"/v1/chapters/{drafted['id']}:sign", by=WORKER, if_match=2))

    recorded = await supervised(stage, workbook, "continue", goals={made["id"]: "better"})

    assert (recorded["state"], recorded["record"]["decision"]) == ("recorded", "continue")
    locked = ok(await stage.get(f"/v1/chapters/{drafted['id']}", by=WORKER))
    assert (locked["state"], locked["incomplete"]) == ("locked", False)
    edit = {"edits": [{"key": "progress", "base_revision": 1, "text": "Later."}]}
    refused(await stage.patch(f"/v1/chapters/{drafted['id']}/sections", edit, by=WORKER), 409, "invalid-transition")
    corrected = await stage.post(
        f"/v1/chapters/{drafted['id']}:correct", {"text": "Twice."}, by=WORKER, if_match=locked["revision"]
    )
    assert [correction["text"] for correction in ok(corrected)["corrections"]] == ["Twice."]
    cycles = ok(await stage.get(f"{path}/cycles", by=WORKER))["items"]
    assert [(cycle["number"], cycle["state"], cycle["due_on"]) for cycle in cycles] == [
        (1, "closed", "2026-10-08"), (2, "current", "2026-12-18"),
    ]  # fmt: skip
    [said] = await stage.said(SupervisionRecorded)
    assert (said.data["cycle"], said.data["next_due_on"]) == (1, "2026-12-18")
    clocks = ok(await stage.get(f"{path}/clocks", by=WORKER))["items"]
    assert [c["standing"] for c in clocks if c["kind"] == "supervision"] == ["met_late", "running"]
    assert "supervision" in {said.data["kind"] for said in await stage.said(ClockMet)}


async def test_a_supervision_that_leaves_out_a_goal_or_names_a_foreign_chapter_is_refused_whole(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    await goal(stage, workbook)
    planned = ok(await stage.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER))
    body = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "risk_statement": "Calm.",
        "decision": "continue",
        "next_on": "2026-12-18",
    }

    refused(
        await stage.post(f"/v1/supervisions/{planned['id']}:record", body, by=MANAGER, if_match=1),
        422, "invalid-request",
    )  # fmt: skip

    assert [cycle["state"] for cycle in ok(await stage.get(f"{path}/cycles", by=WORKER))["items"]] == ["current"]
    assert await stage.said(SupervisionRecorded) == []


async def test_what_was_agreed_in_supervision_is_owed_until_it_is_done(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    planned = ok(await stage.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER))
    body = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "risk_statement": "Calm.",
        "actions": [{"what": "Ask the GP", "owner_id": str(WORKER.id), "due_on": "2026-11-24"}],
        "decision": "continue",
        "next_on": "2026-12-18",
    }
    ok(await stage.post(f"/v1/supervisions/{planned['id']}:record", body, by=MANAGER, if_match=1))
    due = ok(await stage.get(f"/v1/workers/{WORKER.id}/due", by=WORKER))["items"]
    [action] = [item for item in due if item["what"] == "action"]

    done = ok(await stage.post(f"/v1/actions/{action['id']}:complete", by=WORKER, if_match=1))

    assert (done["what"], done["done_on"]) == ("Ask the GP", "2026-11-20")
    refused(await stage.post(f"/v1/actions/{action['id']}:complete", by=WORKER, if_match=2), 409, "invalid-transition")
    after = ok(await stage.get(f"/v1/workers/{WORKER.id}/due", by=WORKER))["items"]
    assert "action" not in {item["what"] for item in after}


@pytest.mark.parametrize("on", ["1900-01-01", "2026-09-01", "2027-12-01", "2199-12-31"])
async def test_a_supervision_is_planned_within_its_cycle_and_a_year_ahead(stage: Stage, on: str) -> None:
    _, workbook = await opened(stage)

    answer = await stage.post(f"/v1/workbooks/{workbook['id']}/supervisions", {"planned_on": on}, by=MANAGER)

    assert refused(answer, 422, "implausible-date")["errors"][0]["pointer"] == "/planned_on"


@pytest.mark.parametrize(
    ("more", "slug", "pointer"),
    [
        ({"attendees": [{"person_id": str(WORKER.id), "role": "nonsense_role", "agency": "council"}]},
         "invalid-body", "/attendees/0/role"),
        ({"next_on": "2199-12-31"}, "implausible-date", "/next_on"),
    ],
)  # fmt: skip
async def test_a_record_of_supervision_names_known_roles_and_a_near_date(
    stage: Stage, more: dict[str, Any], slug: str, pointer: str
) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/supervisions"
    planned = ok(await stage.post(path, {"planned_on": "2026-11-20"}, by=MANAGER))
    body = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "risk_statement": "Calm.",
        "decision": "continue",
        "next_on": "2026-12-18",
        **more,
    }

    answer = await stage.post(f"/v1/supervisions/{planned['id']}:record", body, by=MANAGER, if_match=1)

    assert refused(answer, 422, slug)["errors"][0]["pointer"] == pointer


async def test_a_supervision_may_be_missed_and_is_not_recorded_then(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    planned = ok(await stage.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER))

    missed = ok(
        await stage.post(f"/v1/supervisions/{planned['id']}:miss", {"reason": "no_chair"}, by=MANAGER, if_match=1)
    )

    assert (missed["state"], missed["missed_reason"]) == ("missed", "no_chair")
    refused(
        await stage.post(f"/v1/supervisions/{planned['id']}:hold", by=MANAGER, if_match=2), 409, "invalid-transition"
    )
    [listed] = ok(await stage.get(f"{path}/supervisions", by=WORKER))["items"]
    assert listed == missed


async def test_a_family_goes_through_the_modules(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}/modules"

    ok(await stage.post(f"{path}/3:start", by=WORKER))
    done = ok(await stage.post(f"{path}/3:complete", {"outcome": "Routines are in place."}, by=WORKER))

    assert done == {
        "code": 3,
        "title": "Module 3",
        "progress": "complete",
        "since": "2026-11-20",
        "outcome": "Routines are in place.",
    }
    found = ok(await stage.get(path, by=WORKER))["items"]
    assert [module["progress"] for module in found] == ["not_started"] * 2 + ["complete"] + ["not_started"] * 5
    refused(await stage.post(f"{path}/9:start", by=WORKER), 404, "not-found")
    refused(await stage.post(f"{path}/3:start", by=WORKER), 409, "invalid-transition")


async def test_what_was_signed_planned_and_withdrawn_earlier_keeps_its_true_moment(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path, earlier = f"/v1/workbooks/{workbook['id']}", {"occurred_at": "2026-10-05T09:00:00Z"}
    drafted = await chapter(stage, workbook)
    ok(await stage.post(f"/v1/chapters/{drafted['id']}:sign", earlier, by=WORKER, if_match=2))
    ok(await stage.post(f"/v1/chapters/{drafted['id']}:countersign", earlier, by=MANAGER, if_match=3))
    await goal(stage, workbook)
    await agree(stage, workbook, family.mother)
    edit = {"base_revision": 1, "fields": {"worries": "The nights."}, **earlier}
    ok(await stage.patch(f"{path}/plan", edit, by=WORKER))
    asked = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "x", **earlier}
    request = ok(await stage.post(f"{path}/practitioner-requests", asked, by=WORKER))
    withdrawal = {"reason": "adult_declined", **earlier}
    ok(await stage.post(f"/v1/practitioner-requests/{request['id']}:withdraw", withdrawal, by=WORKER, if_match=1))

    said_of = ("chapter.signed", "practitioner.")
    told = [said for said in await stage.said() if said.type.removeprefix("events.workbook.").startswith(said_of)]
    told += await stage.said(PlanChanged)
    assert len(told) == 5
    assert {said.occurred_at.isoformat() for said in told} == {"2026-10-05T09:00:00+00:00"}
    refused(
        await stage.post(
            f"/v1/chapters/{drafted['id']}:return",
            {"note": "x", "occurred_at": "2026-09-01T09:00:00Z"}, by=MANAGER, if_match=4,
        ),
        409, "invalid-transition",
    )  # fmt: skip
