"""What agencies may read, write and be asked: only of the families they work with, and never across."""

from typing import Any
from uuid import UUID

import pytest

from libs.contracts.workbook import PractitionerRequested, VisitRecorded
from libs.kernel.ids import derived_id, new_id
from libs.kernel.roles import Role
from services.workbook.tables import practitioner_request
from tests.harness import Stage, caller
from tests.workbook.doing import clocks_of, put_on
from tests.workbook.people import (
    AGENCY_MANAGER,
    MANAGER,
    MIND,
    OTHER_PRACTITIONER,
    OTHER_WORKER,
    PRACTITIONER,
    REFERRED_AT,
    TURNING_POINT,
    WORKER,
    Family,
    ok,
    opened,
    refused,
    visited,
)

PARTS = (
    "open-items", "cycles", "modules", "entries", "timeline", "chronology", "stages-of-change", "chapters", "plan",
    "plan/versions", "supervisions", "network-meetings", "practitioner-requests", "assessments", "enquiries",
    "conferences", "plan-spells",
)  # fmt: skip


async def in_work(stage: Stage, family: Family, workbook: dict[str, Any], specialism: str, who: Any) -> UUID:
    """Let a practitioner of an agency work with the mother, as partners' events would."""
    request_id = new_id()
    async with stage.tx(WORKER) as tx:
        await tx.add(
            practitioner_request,
            {
                "id": request_id, "workbook_id": UUID(workbook["id"]), "adult_id": family.mother,
                "specialism": specialism, "urgency": "routine", "state": "engaged", "reason": "A reason.",
                "asked_by": WORKER.id, "asked_at": REFERRED_AT, "agency_id": who.agency_id,
                "practitioner_id": who.id, "revision": 1,
            },
        )  # fmt: skip
    return request_id


@pytest.mark.parametrize("who", [PRACTITIONER, AGENCY_MANAGER, OTHER_PRACTITIONER])
async def test_for_an_agency_that_does_not_work_with_the_family_its_workbook_does_not_exist(
    stage: Stage, who: Any
) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    entry = await visited(stage, workbook, family.ada)
    if who is OTHER_PRACTITIONER:
        await in_work(stage, family, workbook, "substance_misuse", PRACTITIONER)

    for read in (path, *(f"{path}/{part}" for part in PARTS)):
        refused(await stage.get(read, by=who), 404, "not-found")
    refused(await stage.get(f"/v1/entries/{entry['id']}", by=who), 404, "not-found")
    assert ok(await stage.get("/v1/workbooks", by=who))["items"] == []


async def test_a_practitioner_at_work_reads_the_record_and_writes_in_their_own_section(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await in_work(stage, family, workbook, "substance_misuse", PRACTITIONER)
    path = f"/v1/workbooks/{workbook['id']}/entries"
    await visited(stage, workbook, family.ada)

    entry = ok(await stage.post(path, {"kind": "summary", "text": "Six sessions."}, by=PRACTITIONER))
    other = {"kind": "summary", "text": "x", "section": "social_worker"}

    assert entry["section"] == "substance_misuse"
    refused(await stage.post(path, other, by=PRACTITIONER), 403, "forbidden")
    assert {item["kind"] for item in ok(await stage.get(path, by=PRACTITIONER))["items"]} == {"summary", "visit"}
    assert [item["id"] for item in ok(await stage.get("/v1/workbooks", by=PRACTITIONER))["items"]] == [workbook["id"]]
    assert [item["id"] for item in ok(await stage.get("/v1/workbooks", by=AGENCY_MANAGER))["items"]] == [workbook["id"]]


async def test_the_victims_and_the_perpetrators_practitioners_never_see_each_others_words(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    of_victim = caller(Role.ADULT_PRACTITIONER, agency=MIND, id=derived_id("of the victim"))
    of_perpetrator = caller(Role.ADULT_PRACTITIONER, agency=MIND, id=derived_id("of the perpetrator"))
    request_id = await in_work(stage, family, workbook, "domestic_abuse_victim", of_victim)
    await in_work(stage, family, workbook, "domestic_abuse_perpetrator", of_perpetrator)
    entry = ok(await stage.post(f"{path}/entries", {"kind": "summary", "text": "Where she stays."}, by=of_victim))
    role = {"role": "domestic_abuse_victim"}
    chapter = ok(await stage.post(f"{path}/chapters", role, by=of_victim))

    for read in PARTS:
        answer = await stage.get(f"{path}/{read}", by=of_perpetrator)
        assert entry["id"] not in ok(answer).__repr__()
        assert chapter["id"] not in answer.text
        assert "domestic_abuse_victim" not in answer.text
    refused(await stage.get(f"/v1/entries/{entry['id']}", by=of_perpetrator), 404, "not-found")
    refused(await stage.get(f"/v1/chapters/{chapter['id']}", by=of_perpetrator), 404, "not-found")
    refused(
        await stage.post(f"/v1/entries/{entry['id']}:correct", {"text": "x"}, by=of_perpetrator, if_match=1),
        404, "not-found",
    )  # fmt: skip
    refused(await stage.get(f"/v1/practitioner-requests/{request_id}", by=of_perpetrator), 404, "not-found")
    assert ok(await stage.get(f"/v1/practitioner-requests/{request_id}", by=of_victim))["reason"] == "A reason."
    refused(await stage.post(f"{path}/chapters", role, by=of_perpetrator), 403, "forbidden")
    assert entry["id"] in (await stage.get(f"{path}/entries", by=WORKER)).text


async def _written(stage: Stage, path: str, role: str, by: Any, *, text: str = "Where she stays.") -> dict[str, Any]:
    begun = ok(await stage.post(f"{path}/chapters", {"role": role}, by=by))
    edits = {"edits": [{"key": "progress", "base_revision": 0, "text": text}]}
    ok(await stage.patch(f"/v1/chapters/{begun['id']}/sections", edits, by=by))
    return ok(await stage.post(f"/v1/chapters/{begun['id']}:sign", by=by, if_match=2))


async def test_what_the_team_puts_together_is_shown_without_the_sections_that_a_reader_does_not_see(
    stage: Stage,
) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    of_victim = caller(Role.ADULT_PRACTITIONER, agency=MIND, id=derived_id("of the victim"))
    of_perpetrator = caller(Role.ADULT_PRACTITIONER, agency=MIND, id=derived_id("of the perpetrator"))
    await in_work(stage, family, workbook, "domestic_abuse_victim", of_victim)
    await in_work(stage, family, workbook, "domestic_abuse_perpetrator", of_perpetrator)
    chapters = [
        await _written(stage, path, "domestic_abuse_victim", of_victim),
        await _written(stage, path, "social_worker", WORKER, text="Evenings are calmer."),
    ]
    assessment = ok(await stage.post(f"{path}/assessments", {}, by=WORKER))
    ok(await stage.post(f"/v1/assessments/{assessment['id']}:compose", by=WORKER, if_match=1))
    planned = ok(await stage.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER))
    there = [(MANAGER, "team_manager"), (of_victim, "adult_practitioner"), (of_perpetrator, "adult_practitioner")]
    record = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(who.id), "role": role, "agency": "its_own"} for who, role in there],
        "chapters": [{"chapter_id": each["id"], "revision": 3} for each in chapters],
        "stages": [{"adult_id": str(family.mother), "topic": "housing", "stage": "action"}],
        "risk_statement": "Where she stays.",
        "actions": [
            {"what": "Move her", "owner_id": str(of_victim.id), "due_on": "2026-11-24"},
            {"what": "Keep him busy", "owner_id": str(of_perpetrator.id), "due_on": "2026-11-24"},
        ],
        "decision": "continue",
        "dissent": "Where she stays.",
        "next_on": "2026-12-18",
    }
    whole = ok(await stage.post(f"/v1/supervisions/{planned['id']}:record", record, by=MANAGER, if_match=1))
    hers, his = whole["record"]["actions"]

    for read in (f"{path}/supervisions", f"/v1/supervisions/{planned['id']}", f"{path}/assessments",
                 f"/v1/assessments/{assessment['id']}"):  # fmt: skip
        answer = await stage.get(read, by=of_perpetrator)
        assert ok(answer)
        for hidden in ("Where she stays.", "Move her", str(of_victim.id), chapters[0]["id"], "housing"):
            assert hidden not in answer.text, (read, hidden)
    [shown] = ok(await stage.get(f"/v1/assessments/{assessment['id']}", by=of_perpetrator))["sections"]
    assert [section["text"] for section in shown["sections"]] == ["Evenings are calmer."]
    seen = ok(await stage.get(f"/v1/supervisions/{planned['id']}", by=of_perpetrator))["record"]
    assert [each["chapter_id"] for each in seen["chapters"]] == [chapters[1]["id"]]
    assert [each["what"] for each in seen["actions"]] == ["Keep him busy"]
    assert {each["person_id"] for each in seen["attendees"]} == {str(MANAGER.id), str(of_perpetrator.id)}
    assert ok(await stage.get(f"/v1/supervisions/{planned['id']}", by=WORKER)) == whole
    refused(await stage.get(f"/v1/actions/{hers['id']}", by=of_perpetrator), 404, "not-found")
    refused(await stage.post(f"/v1/actions/{hers['id']}:complete", by=of_perpetrator, if_match=1), 404, "not-found")
    refused(await stage.post(f"/v1/actions/{hers['id']}:complete", by=WORKER, if_match=1), 403, "forbidden")
    refused(await stage.post(f"/v1/actions/{his['id']}:complete", by=OTHER_PRACTITIONER, if_match=1), 404, "not-found")
    ok(await stage.post(f"/v1/actions/{his['id']}:complete", by=of_perpetrator, if_match=1))
    ok(await stage.post(f"/v1/actions/{hers['id']}:complete", by=MANAGER, if_match=1))


async def test_what_is_asked_of_an_agency_is_read_by_its_manager_and_by_whoever_was_asked(stage: Stage) -> None:
    family, workbook = await opened(stage)
    request_id = await in_work(stage, family, workbook, "substance_misuse", PRACTITIONER)
    colleague = caller(Role.ADULT_PRACTITIONER, agency=TURNING_POINT, id=derived_id("a colleague"))

    for who in (PRACTITIONER, AGENCY_MANAGER):
        ok(await stage.get(f"/v1/practitioner-requests/{request_id}", by=who))
    refused(await stage.get(f"/v1/practitioner-requests/{request_id}", by=colleague), 404, "not-found")


async def test_a_practitioners_visit_is_not_the_statutory_visit(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await in_work(stage, family, workbook, "substance_misuse", PRACTITIONER)
    ok(await put_on(stage, workbook, "cin", "2026-11-16", family.ada))
    visit = {"kind": "visit", "text": "x", "detail": {"children_seen": [str(family.ada)], "statutory": True}}
    before = await clocks_of(stage, workbook)

    entry = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/entries", visit, by=PRACTITIONER))

    assert entry["detail"]["statutory"] is False
    assert await clocks_of(stage, workbook) == before
    [said] = await stage.said(VisitRecorded)
    assert said.data["statutory"] is False


async def test_the_manager_of_an_agency_that_serves_both_sees_and_countersigns_each_chapter(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    manager = caller(Role.AGENCY_MANAGER, agency=MIND)
    for number, role in enumerate(("domestic_abuse_victim", "domestic_abuse_perpetrator")):
        who = caller(Role.ADULT_PRACTITIONER, agency=MIND, id=derived_id("practitioner", str(number)))
        await in_work(stage, family, workbook, role, who)
        written = await _written(stage, path, role, who)

        done = await stage.post(f"/v1/chapters/{written['id']}:countersign", by=manager, if_match=3)

        assert ok(done)["state"] == "countersigned"


async def test_another_agencys_manager_does_not_sign_off_a_chapter(stage: Stage) -> None:
    family, workbook = await opened(stage)
    await in_work(stage, family, workbook, "substance_misuse", PRACTITIONER)
    await in_work(stage, family, workbook, "mental_health", OTHER_PRACTITIONER)
    written = await _written(stage, f"/v1/workbooks/{workbook['id']}", "substance_misuse", PRACTITIONER)
    path = f"/v1/chapters/{written['id']}"
    of_mind = caller(Role.AGENCY_MANAGER, agency=MIND)

    refused(await stage.post(f"{path}:countersign", by=of_mind, if_match=3), 403, "forbidden")
    refused(await stage.post(f"{path}:return", {"note": "x"}, by=of_mind, if_match=3), 403, "forbidden")
    refused(await stage.post(f"{path}:correct", {"text": "x"}, by=of_mind, if_match=3), 403, "forbidden")
    ok(await stage.post(f"{path}:countersign", by=AGENCY_MANAGER, if_match=3))
    refused(await stage.post(f"{path}:correct", {"text": "x"}, by=OTHER_WORKER, if_match=4), 403, "forbidden")
    ok(await stage.post(f"{path}:correct", {"text": "x"}, by=PRACTITIONER, if_match=4))


@pytest.mark.parametrize("who", [WORKER, MANAGER])
async def test_staff_write_in_every_section_but_the_practitioners(stage: Stage, who: Any) -> None:
    _, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"

    refused(await stage.post(f"{path}/chapters", {"role": "domestic_abuse_perpetrator"}, by=who), 403, "forbidden")
    ok(await stage.post(f"{path}/chapters", {"role": "family_support"}, by=who))


async def test_an_agency_reads_what_it_was_asked_and_the_goals_once_it_has_accepted(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    for need in ("substance_misuse", "housing"):
        ok(await stage.post(f"{path}/plan/goals", {"title": need, "need": need}, by=WORKER))
    asked = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "Drinks in the evenings."}
    made = ok(await stage.post(f"{path}/practitioner-requests", asked, by=WORKER))
    [said] = await stage.said(PractitionerRequested)
    detail = said.data["detail_url"]
    assert detail == f"/v1/practitioner-requests/{made['id']}"
    refused(await stage.get(detail, by=AGENCY_MANAGER), 404, "not-found")

    await stage.as_owner("UPDATE practitioner_request SET agency_id = :agency", agency=TURNING_POINT)
    before = ok(await stage.get(detail, by=AGENCY_MANAGER))
    await stage.as_owner("UPDATE practitioner_request SET state = 'accepted'")
    after = ok(await stage.get(detail, by=AGENCY_MANAGER))

    assert (before["reason"], before["goals"]) == ("Drinks in the evenings.", [])
    assert [goal["title"] for goal in after["goals"]] == ["substance_misuse"]
    refused(await stage.get(detail, by=OTHER_PRACTITIONER), 404, "not-found")


@pytest.mark.parametrize(
    ("more", "slug"),
    [
        ({"specialism": "mental_health"}, "invalid-request"),
        ({"adult_id": "ada"}, "invalid-request"),
        ({"specialism": "astrology"}, "invalid-body"),
        ({"occurred_at": "2026-09-01T00:00:00Z"}, "implausible-date"),
    ],
)
async def test_a_practitioner_is_asked_only_for_a_need_that_is_recorded(
    stage: Stage, more: dict[str, str], slug: str
) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    ok(await stage.post(f"{path}/plan/goals", {"title": "Sober", "need": "substance_misuse"}, by=WORKER))
    asked = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "x"} | more
    asked["adult_id"] = str(family.ada) if asked["adult_id"] == "ada" else asked["adult_id"]

    refused(await stage.post(f"{path}/practitioner-requests", asked, by=WORKER), 422, slug)

    assert ok(await stage.get(f"{path}/practitioner-requests", by=WORKER))["items"] == []


async def test_a_request_is_withdrawn_before_work_began_and_asked_once_at_a_time(stage: Stage) -> None:
    family, workbook = await opened(stage)
    path = f"/v1/workbooks/{workbook['id']}"
    ok(await stage.post(f"{path}/plan/goals", {"title": "Sober", "need": "substance_misuse"}, by=WORKER))
    asked = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "x"}
    made = ok(await stage.post(f"{path}/practitioner-requests", asked, by=WORKER))
    refused(await stage.post(f"{path}/practitioner-requests", asked, by=WORKER), 409, "invalid-transition")

    withdrawn = await stage.post(
        f"/v1/practitioner-requests/{made['id']}:withdraw", {"reason": "adult_declined"}, by=WORKER, if_match=1
    )

    assert ok(withdrawn)["state"] == "cancelled"
    ok(await stage.post(f"{path}/practitioner-requests", asked, by=WORKER))
