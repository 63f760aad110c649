"""What a partner agency does in its own client, from the request to the sessions."""

from typing import Any

from deploy.demo.playing import in_time
from deploy.demo.walk.path import Walk, app, practitioner, when


async def a_practitioner_is_asked_for(path: Walk) -> None:
    """Ask for a practitioner and look at the agency's screen."""
    play = path.play
    body = {
        "adult_id": play.adults[-1],
        "specialism": "substance_misuse",
        "urgency": "soon",
        "reason": "Invented: wants to stop and has tried alone.",
        "occurred_at": path.at(25, 10),
    }
    asked = await play.say(play.worker, "workbook", f"/workbooks/{play.workbook_id}/practitioner-requests", body)
    path.kept["practitioner_request_id"] = asked["id"]

    async def arrived() -> dict[str, Any] | None:
        screen = await play.desk.get(app(), "partners", "/work-list")
        all_of_it = [item for section in screen.body.values() for item in section]
        return next((item for item in all_of_it if item["request"]["practitioner_request_id"] == asked["id"]), None)

    item = await in_time(arrived, what="Turning Point's client did not see the request")
    path.kept["request_id"] = item["request"]["id"]
    # The client's list is of today, when that day has long gone by.
    filed = (
        f" (it stands under '{item['section']}', since the list is of today)" if item["section"] == "overdue" else ""
    )
    path.say(
        f"The worker asks for a substance misuse practitioner. Turning Point's own client shows it: "
        f"{item['task'].replace('_', ' ')} by {when(item['due_at'])}{filed}. Which family it is, it does not say yet "
        f"(family: {item['request']['family_id'] or 'hidden'})."
    )


async def the_agency_takes_the_adult_on(path: Walk) -> None:
    """Accept in the agency's client, naming a practitioner."""
    play, one = path.play, practitioner(path)
    place = f"/requests/{path.kept['request_id']}"
    body = {"practitioner_id": str(one.id), "occurred_at": path.at(27, 11)}
    accepted = await play.verb(app(), "partners", place, "accept", body)
    path.say(
        f"Turning Point accepts and names {one.name}; now it sees the family ({'shown' if accepted['family_id'] else 'hidden'})."
    )


async def the_practitioner_works(path: Walk) -> None:
    """Record first contact, three sessions and an interview."""
    play, one = path.play, practitioner(path)
    place = f"/requests/{path.kept['request_id']}"
    started = await play.verb(one, "partners", place, "start", {"occurred_at": path.at(30, 10)})
    for day, attended in ((33, True), (36, False), (39, True)):
        booked = {"kind": "one_to_one", "starts_at": path.at(day, 14), "occurred_at": path.at(day - 1, 9)}
        session = await play.say(one, "partners", f"{place}/sessions", booked)
        body: dict[str, Any] = {"occurred_at": path.at(day, 15)}
        body |= {"scores": [{"tool": "DAST-10", "total": 5}]} if attended else {"reason": "could_not"}
        await play.verb(one, "partners", f"/sessions/{session['id']}", "attend" if attended else "miss", body)
    interview = {
        "kind": "motivational_interviewing",
        "text": "Invented: speaks of change by themselves.",
        "occurred_at": path.at(39, 15),
        "detail": {"adult_id": play.adults[-1], "topic": "drugs", "stage": "action", "importance": 8, "confidence": 6},
    }
    await play.say(one, "workbook", f"/workbooks/{play.workbook_id}/entries", interview)
    path.say(
        f"First contact after {started['days_waited']} days. Three sessions: two attended, one missed. What was said goes into the practitioner's part of the family's workbook."
    )
