"""Asking other agencies over HTTP, and what their answers do to the referral."""

from typing import Any

import pytest

from libs.contracts.referrals import InformationAnswered, InformationRequested
from tests.harness import Stage
from tests.referrals.actors import SCREENER, Actors, pointers, slug
from tests.referrals.verbs import ASK


async def asked(front_door: Actors, *agencies: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return a referral that gathers what these agencies know, and the questions."""
    gathering = await front_door.say(
        await front_door.triaged(), "seek-information", {"requests": [ASK | {"agency": one} for one in agencies]}
    )
    return gathering, (await front_door.read(gathering["id"], "/information-requests"))["items"]


async def test_questions_are_due_on_the_next_working_day(stage: Stage, front_door: Actors) -> None:
    gathering, questions = await asked(front_door, "gp", "police")

    assert gathering["state"] == "gathering"
    assert {one["agency"] for one in questions} == {"gp", "police"}
    assert {one["due_at"] for one in questions} == {"2026-11-23T23:59:59Z"}
    assert len(await stage.said(InformationRequested)) == 2


async def test_the_last_answer_concludes_the_gathering(stage: Stage, front_door: Actors) -> None:
    gathering, (first, second) = await asked(front_door, "gp", "police")

    answered = await stage.post(
        f"/v1/information-requests/{first['id']}:answer", {"answer": "In January."}, by=SCREENER, if_match=1
    )
    assert answered.json()["state"] == "answered"
    assert answered.headers["etag"] == '"2"'
    assert (await front_door.read(gathering["id"]))["state"] == "gathering"

    refused = await stage.post(
        f"/v1/information-requests/{second['id']}:refuse",
        {"reason": "more_detrimental_to_the_child"},
        by=SCREENER,
        if_match=1,
    )
    assert refused.json()["state"] == "refused"
    assert (await front_door.read(gathering["id"]))["state"] == "triaged"
    assert [said.data["outcome"] for said in await stage.said(InformationAnswered)] == ["answered", "refused"]


async def test_one_question_more_keeps_it_gathering(stage: Stage, front_door: Actors) -> None:
    gathering, _ = await asked(front_door, "gp")

    more = await stage.post(
        f"/v1/referrals/{gathering['id']}/information-requests",
        ASK | {"agency": "school_nurse", "due_at": "2026-11-21T10:00:00Z"},
        by=SCREENER,
        if_match=gathering["revision"],
    )

    assert (more.status_code, more.json()["due_at"]) == (201, "2026-11-21T10:00:00Z")
    assert more.headers["location"] == f"/v1/information-requests/{more.json()['id']}"
    assert (await front_door.read(gathering["id"]))["revision"] == gathering["revision"] + 1


async def test_a_question_taken_back_is_awaited_no_longer(stage: Stage, front_door: Actors) -> None:
    gathering, (question,) = await asked(front_door, "gp")

    answer = await stage.post(f"/v1/information-requests/{question['id']}:withdraw", by=SCREENER, if_match=1)
    again = await stage.post(f"/v1/information-requests/{question['id']}:withdraw", by=SCREENER, if_match=2)
    stale = await stage.post(f"/v1/information-requests/{question['id']}:withdraw", by=SCREENER, if_match=1)

    assert answer.json()["state"] == "withdrawn"
    assert (again.status_code, slug(again)) == (409, "invalid-transition")
    assert (stale.status_code, slug(stale)) == (412, "version-conflict")
    assert (await front_door.read(gathering["id"]))["state"] == "triaged"


async def test_a_late_answer_is_overdue_and_still_taken(stage: Stage, front_door: Actors) -> None:
    _, (question,) = await asked(front_door, "gp")
    stage.clock.forward(days=4)

    assert await stage.tick("information") == 1
    assert await stage.tick("information") == 0
    late = await stage.get(f"/v1/information-requests/{question['id']}", by=SCREENER)
    assert (late.json()["state"], late.json()["revision"]) == ("overdue", 2)
    answered = await stage.post(
        f"/v1/information-requests/{question['id']}:answer", {"answer": "In January."}, by=SCREENER, if_match=2
    )

    assert answered.json()["state"] == "answered"


@pytest.mark.parametrize(
    ("changes", "problem", "where"),
    [
        ({"due_at": "2026-11-20T10:00:00Z"}, "implausible-date", {"/due_at"}),
        ({"family_informed": False}, "decision-incomplete", {"/reason"}),
        ({"consent": "refused_and_overridden"}, "decision-incomplete", {"/reason"}),
        ({"consent": "perhaps"}, "invalid-body", {"/consent"}),
        ({"question": ""}, "invalid-body", {"/question"}),
    ],
)
async def test_a_question_that_must_not_be_sent_is_refused(
    stage: Stage, front_door: Actors, changes: dict[str, Any], problem: str, where: set[str]
) -> None:
    gathering, _ = await asked(front_door, "gp")

    answer = await stage.post(
        f"/v1/referrals/{gathering['id']}/information-requests",
        ASK | changes,
        by=SCREENER,
        if_match=gathering["revision"],
    )

    assert (answer.status_code, slug(answer), pointers(answer)) == (422, problem, where), answer.text


async def test_a_question_among_several_is_pointed_at_by_its_place(stage: Stage, front_door: Actors) -> None:
    triaged = await front_door.triaged()
    body = {"requests": [ASK, ASK | {"family_informed": False, "consent": "not_sought"}]}

    answer = await stage.post(f"/v1/referrals/{triaged['id']}:seek-information", body, by=SCREENER, if_match=2)

    assert (answer.status_code, slug(answer), pointers(answer)) == (
        422, "decision-incomplete", {"/requests/1/reason"},
    )  # fmt: skip


async def test_seeking_information_asks_somebody(stage: Stage, front_door: Actors) -> None:
    triaged = await front_door.triaged()

    answer = await stage.post(
        f"/v1/referrals/{triaged['id']}:seek-information", {"requests": []}, by=SCREENER, if_match=2
    )

    assert (answer.status_code, pointers(answer)) == (422, {"/requests"})


@pytest.mark.parametrize(
    ("verb", "body"),
    [("answer", {"answer": "In January."}), ("refuse", {"reason": "more_detrimental_to_the_child"}), ("withdraw", {})],
)
async def test_the_end_of_a_question_is_audited_by_its_verb(
    stage: Stage, front_door: Actors, verb: str, body: dict[str, Any]
) -> None:
    gathering, (question,) = await asked(front_door, "gp")

    await stage.post(f"/v1/information-requests/{question['id']}:{verb}", body, by=SCREENER, if_match=1)

    (row,) = [one for one in await stage.audited() if one.action.startswith("information:")]
    assert (row.action, str(row.record_id), str(row.family_id), row.actor_id) == (
        f"information:{verb}",
        question["id"],
        gathering["family_id"],
        SCREENER.id,
    )
