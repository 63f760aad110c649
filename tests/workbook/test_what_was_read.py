"""Words as they were on a day: what an assessment was composed from, and what the team looked at in supervision."""

from typing import Any

import pytest

from tests.harness import Stage
from tests.workbook.people import MANAGER, WORKER, ok, opened, refused
from tests.workbook.writing import chapter


async def rewritten(stage: Stage, of: dict[str, Any], text: str, *, revision: int) -> None:
    """Send a signed chapter back; its author writes something else and signs again."""
    one = f"/v1/chapters/{of['id']}"
    ok(await stage.post(f"{one}:return", {"note": "Say more."}, by=MANAGER, if_match=revision))
    edit = {"edits": [{"key": "progress", "base_revision": 1, "text": text}]}
    drafted = ok(await stage.patch(f"{one}/sections", edit, by=WORKER))
    ok(await stage.post(f"{one}:sign", by=WORKER, if_match=drafted["revision"]))


def words(assessment: dict[str, Any]) -> list[str]:
    return [section["text"] for of in assessment["sections"] for section in of["sections"]]


async def test_an_assessment_is_composed_from_signed_chapters(stage: Stage) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    started = ok(await stage.post(f"{path}/assessments", {}, by=WORKER))
    refused(
        await stage.post(f"/v1/assessments/{started['id']}:compose", by=WORKER, if_match=1),
        409, "invalid-transition",
    )  # fmt: skip
    begun = ok(await stage.post(f"{path}/chapters", {"role": "social_worker"}, by=WORKER))
    edit = {"edits": [{"key": "analysis", "base_revision": 0, "text": "What we think."}]}
    ok(await stage.patch(f"/v1/chapters/{begun['id']}/sections", edit, by=WORKER))
    ok(await stage.post(f"/v1/chapters/{begun['id']}:sign", by=WORKER, if_match=2))

    composed = ok(await stage.post(f"/v1/assessments/{started['id']}:compose", by=WORKER, if_match=1))

    assert composed["version"] == 1
    [of] = composed["sections"]
    assert (of["chapter_id"], of["chapter_revision"], of["role"]) == (begun["id"], 3, "social_worker")
    assert [(section["key"], section["text"]) for section in of["sections"]] == [("analysis", "What we think.")]
    listed = ok(await stage.get(f"{path}/assessments", by=WORKER))["items"]
    assert listed[0]["sections"] == [{"chapter_id": begun["id"], "chapter_revision": 3, "role": "social_worker"}]


async def test_an_assessment_says_for_ever_what_its_chapters_said_on_its_day(stage: Stage) -> None:
    _, workbook = await opened(stage)
    drafted = await chapter(stage, workbook)
    signed = ok(await stage.post(f"/v1/chapters/{drafted['id']}:sign", by=WORKER, if_match=drafted["revision"]))
    beside = {"text": "It was Tuesday."}
    corrected = ok(await stage.post(f"/v1/chapters/{signed['id']}:correct", beside, by=WORKER, if_match=3))
    started = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/assessments", {}, by=WORKER))
    one = f"/v1/assessments/{started['id']}"
    ok(await stage.post(f"{one}:compose", by=WORKER, if_match=1))
    done = {"factors": ["3B"], "outcome": "services"}
    ok(await stage.post(f"{one}:authorise", done, by=MANAGER, if_match=2))

    await rewritten(stage, corrected, "She has stopped coming.", revision=corrected["revision"])

    assessment = ok(await stage.get(one, by=WORKER))
    assert words(assessment) == ["She comes every week."]
    [of] = assessment["sections"]
    assert (of["chapter_revision"], of["author_id"]) == (corrected["revision"], str(WORKER.id))
    assert [correction["text"] for correction in of["corrections"]] == ["It was Tuesday."]


async def test_composing_again_takes_the_words_of_that_day(stage: Stage) -> None:
    _, workbook = await opened(stage)
    drafted = await chapter(stage, workbook)
    signed = ok(await stage.post(f"/v1/chapters/{drafted['id']}:sign", by=WORKER, if_match=drafted["revision"]))
    started = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/assessments", {}, by=WORKER))
    one = f"/v1/assessments/{started['id']}"
    first = ok(await stage.post(f"{one}:compose", by=WORKER, if_match=1))
    await rewritten(stage, signed, "She has stopped coming.", revision=signed["revision"])

    second = ok(await stage.post(f"{one}:compose", by=WORKER, if_match=2))

    assert (words(first), words(second)) == (["She comes every week."], ["She has stopped coming."])
    assert (first["version"], second["version"]) == (1, 2)


@pytest.mark.parametrize("seen", [2, 4])
async def test_group_supervision_of_a_chapter_that_is_another_now_is_refused(stage: Stage, seen: int) -> None:
    _, workbook = await opened(stage)
    drafted = await chapter(stage, workbook)
    signed = ok(await stage.post(f"/v1/chapters/{drafted['id']}:sign", by=WORKER, if_match=drafted["revision"]))
    path = f"/v1/workbooks/{workbook['id']}"
    planned = ok(await stage.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER))
    record = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "risk_statement": "Evenings are calmer.",
        "decision": "continue",
        "next_on": "2026-12-18",
    }

    async def recorded(revision: int) -> Any:
        of = [{"chapter_id": signed["id"], "revision": revision}]
        body = record | {"chapters": of}
        return await stage.post(f"/v1/supervisions/{planned['id']}:record", body, by=MANAGER, if_match=1)

    problem = refused(await recorded(seen), 409, "chapter-changed")
    states = [each["state"] for each in ok(await stage.get(f"{path}/cycles", by=WORKER))["items"]]
    done = ok(await recorded(problem["revision"]))

    assert (problem["chapter_id"], problem["revision"]) == (signed["id"], 3)
    assert states == ["current"]
    assert done["record"]["chapters"] == [{"chapter_id": signed["id"], "revision": 3}]
