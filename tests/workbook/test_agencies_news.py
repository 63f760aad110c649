"""What agencies do with our requests, as partners' events tell it."""

from datetime import UTC, datetime
from typing import Any

from libs.contracts.partners import (
    ReportSubmitted,
    RequestAccepted,
    RequestCompleted,
    RequestDeclined,
    RequestEngaged,
    RequestOpened,
)
from libs.kernel.ids import derived_id
from tests.harness import Stage
from tests.workbook.people import (
    TURNING_POINT,
    WORKER,
    Family,
    ok,
    workbook_of,
)


async def asked(stage: Stage) -> tuple[Family, dict[str, Any], dict[str, Any]]:
    family = Family()
    await stage.hear(family.accepted(needs=("1B",)))
    await stage.hear(family.allocated())
    workbook = await workbook_of(stage, family)
    body = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "Drinks in the evenings."}
    made = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/practitioner-requests", body, by=WORKER))
    return family, workbook, made


def partner(kind: type[Any], family: Family, made: dict[str, Any], request: str = "first", **more: Any) -> Any:
    at = datetime(2026, 11, 20, 9, tzinfo=UTC)
    said = {
        "request_id": derived_id("partner request", request),
        "practitioner_request_id": made["id"],
        "family_id": family.id,
        "adult_id": family.mother,
        "agency_id": TURNING_POINT,
        "specialism": "substance_misuse",
        "practitioner_id": derived_id("practitioner"),
        **dict.fromkeys(("requested_at", "accepted_at", "engaged_at", "declined_at", "ended_at"), at),
        **more,
    }
    return kind.model_validate(said)


async def test_our_request_follows_what_the_agency_does(stage: Stage) -> None:
    family, _, made = await asked(stage)
    path = f"/v1/practitioner-requests/{made['id']}"
    states = []
    for event in (
        partner(RequestOpened, family, made),
        partner(RequestAccepted, family, made),
        partner(RequestEngaged, family, made),
        partner(RequestCompleted, family, made, outcome=0.5),
    ):
        await stage.hear(event)
        states.append(ok(await stage.get(path, by=WORKER))["state"])
    await stage.hear(
        ReportSubmitted(request_id=derived_id("partner request", "first"), family_id=family.id, goals=2, outcome=0.75)
    )

    after = ok(await stage.get(path, by=WORKER))
    assert states == ["asked", "accepted", "engaged", "completed"]
    assert (after["practitioner_id"], after["outcome"]) == (str(derived_id("practitioner")), 0.75)


async def test_when_an_agency_declines_the_next_is_asked(stage: Stage) -> None:
    family, _, made = await asked(stage)
    path = f"/v1/practitioner-requests/{made['id']}"

    await stage.hear(partner(RequestOpened, family, made))
    await stage.hear(partner(RequestDeclined, family, made, reason="no_capacity"))
    assert ok(await stage.get(path, by=WORKER))["state"] == "declined"
    await stage.hear(partner(RequestOpened, family, made, "second"))

    after = ok(await stage.get(path, by=WORKER))
    assert (after["state"], after["partner_request_id"]) == ("asked", str(derived_id("partner request", "second")))


async def test_a_request_that_was_asked_anew_stays_the_only_open_one(stage: Stage) -> None:
    family, workbook, made = await asked(stage)
    await stage.hear(partner(RequestDeclined, family, made, reason="not_eligible"))
    body = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "Again."}
    anew = ok(await stage.post(f"/v1/workbooks/{workbook['id']}/practitioner-requests", body, by=WORKER))

    await stage.hear(partner(RequestOpened, family, made, "second"))

    found = ok(await stage.get(f"/v1/workbooks/{workbook['id']}/practitioner-requests", by=WORKER))["items"]
    assert {request["id"]: request["state"] for request in found} == {made["id"]: "declined", anew["id"]: "asked"}


async def test_news_of_a_request_that_is_not_ours_is_ignored(stage: Stage) -> None:
    family, _, _ = await asked(stage)

    await stage.hear(partner(RequestAccepted, family, {"id": str(derived_id("not ours"))}))
    await stage.hear(ReportSubmitted(request_id=derived_id("not ours"), family_id=family.id, goals=1, outcome=1.0))

    assert [said for said in await stage.said() if "request" in said.type and "practitioner" not in said.type] == []
