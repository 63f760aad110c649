"""The service over HTTP, as agencies' clients, social workers and administrators call it."""

from libs.contracts import partners as events
from tests.partners.county import REPORT, SOCIAL_WORKER, TP, TP_PRACTITIONER, County


async def test_a_family_in_need_finds_its_practitioner_from_asking_to_the_end_report(county: County) -> None:
    stage = county.stage
    request = await county.request()
    assert (request["state"], request["waits_for"], request["family_id"]) == ("requested", "agency", None)

    stage.clock.forward(days=3)
    accepted = (await county.say(request, "accept", by=TP, body={"practitioner_id": str(TP_PRACTITIONER.id)})).json()
    assert (accepted["state"], accepted["family_id"]) == ("accepted", str(county.family))

    stage.clock.forward(days=2)
    engaged = (await county.say(accepted, "start", by=TP_PRACTITIONER)).json()
    assert (engaged["state"], engaged["days_waited"]) == ("engaged", 5)

    booked = await stage.post(
        f"/v1/requests/{request['id']}/sessions",
        {"kind": "one_to_one", "starts_at": "2026-11-26T10:00:00Z"},
        by=TP_PRACTITIONER,
    )
    assert booked.status_code == 201
    stage.clock.forward(days=7)
    attended = await stage.post(
        f"/v1/sessions/{booked.json()['id']}:attend",
        {"scores": [{"tool": "AUDIT", "total": 17}]},
        by=TP_PRACTITIONER,
        if_match=1,
    )
    assert attended.json()["state"] == "attended"

    reported = await stage.put(
        f"/v1/requests/{request['id']}/end-report", REPORT, by=TP_PRACTITIONER, if_match=engaged["revision"]
    )
    assert (reported.status_code, reported.json()["outcome"]) == (200, 0.75)
    completed = await county.say(reported.json(), "complete", by=TP_PRACTITIONER)
    assert (completed.json()["state"], completed.json()["outcome"]) == ("completed", 0.75)
    assert completed.json()["family_id"] is None

    report = await stage.get(f"/v1/requests/{request['id']}/end-report", by=SOCIAL_WORKER)
    assert report.json()["family_view"] == "It helped us."
    [opened] = await stage.said(events.RequestOpened)
    assert opened.data["family_id"] == str(county.family)
    assert [one.type.split(".")[3] for one in await stage.said() if one.aggregate_id == opened.aggregate_id] == [
        "opened",
        "accepted",
        "engaged",
        "submitted",
        "completed",
    ]
