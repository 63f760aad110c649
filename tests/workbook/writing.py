"""Entries, chapters, goals and answers, written in one line."""

from typing import Any

from tests.harness import Stage
from tests.workbook.people import (
    WORKER,
    ok,
)


async def record(stage: Stage, workbook: dict[str, Any], kind: str, detail: dict[str, Any], **more: Any) -> Any:
    body = {"kind": kind, "text": "As it was said.", "detail": detail, **more}
    return await stage.post(f"/v1/workbooks/{workbook['id']}/entries", body, by=WORKER)


async def chapter(stage: Stage, workbook: dict[str, Any], *edits: dict[str, Any]) -> dict[str, Any]:
    path = f"/v1/workbooks/{workbook['id']}/chapters"
    begun = ok(await stage.post(path, {"role": "social_worker"}, by=WORKER))
    body = {"edits": edits or [{"key": "progress", "base_revision": 0, "text": "She comes every week."}]}
    return ok(await stage.patch(f"/v1/chapters/{begun['id']}/sections", body, by=WORKER))


async def goal(stage: Stage, workbook: dict[str, Any], **more: Any) -> dict[str, Any]:
    body = {"title": "Sober evenings", "need": "substance_misuse", **more}
    return ok(await stage.post(f"/v1/workbooks/{workbook['id']}/plan/goals", body, by=WORKER))


async def agree(stage: Stage, workbook: dict[str, Any], person: Any, answer: str = "agreed") -> dict[str, Any]:
    body = {"person_id": str(person), "answer": answer, "words": "I want this."}
    path = f"/v1/workbooks/{workbook['id']}/plan"
    shown = ok(await stage.get(path, by=WORKER))
    return ok(await stage.post(f"{path}:agree", body, by=WORKER, if_match=shown["revision"]))
