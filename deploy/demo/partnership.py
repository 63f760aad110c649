"""A request for an adult practitioner: asked in the workbook, answered and worked on in the agency's own client."""

from datetime import date, timedelta
from typing import Any

from deploy import county
from deploy.calling import Answer
from deploy.county import Agency, Person, Practitioner
from deploy.demo.playing import Play, at_hour, in_time
from deploy.demo.stories import Ask

_WHY = "Invented: the need that the assessment found, as the adult sees it too."


async def ask_agency(play: Play, ask: Ask) -> None:
    """Ask for a practitioner, and let the agency answer and work as far as the story goes."""
    asked = await _ask(play, ask)
    if ask.answered_on is None:
        return
    request = await _at_the_agency(play, asked["id"])
    if request is None:
        return  # no agency could be asked; the need is visible as unrouted
    agency = next(agency for agency in county.agencies() if str(agency.id) == request["agency_id"])
    manager = county.person(f"agency_manager_{agency.code}")
    path, revision = f"/requests/{request['id']}", request["revision"]
    if ask.answer == "decline":
        body: dict[str, Any] = {"reason": "not_eligible", "occurred_at": at_hour(ask.answered_on, 11)}
        await play.verb(manager, "partners", path, "decline", body, revision)
        return
    practitioner = _practitioner(agency, ask.specialism, play.team_id)
    if ask.answer == "waitlist":
        expected = ask.answered_on + timedelta(days=28)
        body = {"expected_on": expected.isoformat(), "occurred_at": at_hour(ask.answered_on, 11)}
        revision = (await play.verb(manager, "partners", path, "waitlist", body, revision))["revision"]
    else:
        body = {"practitioner_id": str(practitioner.id), "occurred_at": at_hour(ask.answered_on, 11)}
        revision = (await play.verb(manager, "partners", path, "accept", body, revision))["revision"]
    if ask.started_on:
        await _work(play, ask, path, revision, practitioner, manager)


async def _ask(play: Play, ask: Ask) -> Answer:
    adults = play.adults
    adult = adults[-1] if ask.specialism == "substance_misuse" else adults[0]
    body = {
        "adult_id": adult,
        "specialism": ask.specialism,
        "urgency": "soon",
        "reason": _WHY,
        "occurred_at": at_hour(ask.asked_on, 10),
    }
    path = f"/workbooks/{play.workbook_id}/practitioner-requests"
    return await play.say(play.worker, "workbook", path, body)


async def _at_the_agency(play: Play, practitioner_request_id: str) -> dict[str, Any] | None:
    """Wait until the request has reached an agency; None when no agency could be asked."""

    async def look() -> dict[str, Any] | None:
        by = play.manager
        query = {"family_id": play.family_id, "practitioner_request_id": practitioner_request_id}
        page = await play.desk.get(by, "partners", "/requests", **query)
        return next(iter(page["items"]), None)

    return await in_time(look, what="partners did not hear of a request for a practitioner")


async def _work(  # noqa: PLR0917
    play: Play, ask: Ask, path: str, revision: int, practitioner: Person, manager: Person
) -> None:
    """First contact, sessions, and the end report."""
    if ask.started_on is None:
        return
    by = manager if ask.answer == "waitlist" else practitioner
    body: dict[str, Any] = {"practitioner_id": str(practitioner.id)} if ask.answer == "waitlist" else {}
    body["occurred_at"] = at_hour(ask.started_on, 10)
    revision = (await play.verb(by, "partners", path, "start", body, revision))["revision"]
    for day, attended in ask.sessions:
        await _session(play, path, practitioner, day, attended=attended)
    if ask.ended_on is None:
        return
    current = await play.desk.get(practitioner, "partners", path)
    report = {
        "goals": [{"goal": "What the adult wanted to change (invented)", "outcome": "partly"}],
        "practitioner_view": "Invented: engaged, with set-backs.",
        "family_view": "Invented: it helped to be listened to.",
        "occurred_at": at_hour(ask.ended_on, 9),
    }
    await play.desk.put(practitioner, "partners", f"{path}/end-report", report, revision=current["revision"])
    ended = {"occurred_at": at_hour(ask.ended_on, 10)}
    await play.verb(practitioner, "partners", path, "complete", ended)


async def _session(play: Play, path: str, practitioner: Person, day: date, *, attended: bool) -> None:
    booked = {
        "kind": "one_to_one",
        "starts_at": at_hour(day, 14),
        "occurred_at": at_hour(day - timedelta(days=1), 9),
    }
    session = await play.say(practitioner, "partners", f"{path}/sessions", booked)
    verb = "attend" if attended else "miss"
    body: dict[str, Any] = {"occurred_at": at_hour(day, 15)} | ({} if attended else {"reason": "could_not"})
    await play.verb(practitioner, "partners", f"/sessions/{session['id']}", verb, body, session["revision"])


def _practitioner(agency: Agency, specialism: str, team_id: str) -> Person:
    """Return who of the agency works with this team, or anybody with the specialism."""
    able = [one for one in county.practitioners() if one.person.agency_id == agency.id and one.specialism == specialism]

    def serves(one: Practitioner) -> bool:
        return any(str(team) == team_id for team, _ in one.teams)

    return next((one for one in able if serves(one)), able[0]).person
