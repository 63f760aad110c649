"""How the family gets its worker: allocation proposes, the team's manager takes the best."""

from datetime import datetime
from typing import Any

from deploy import county
from deploy.calling import Answer, Refused
from deploy.county import Person
from deploy.demo.playing import Play, at_hour, in_time
from deploy.demo.stories import Handover

_TRIES = 6
_OVERTAKEN = frozenset(
    {"proposal-stale", "proposal-lapsed", "worker-not-eligible", "over-capacity", "invalid-transition"}
)


async def allocate(play: Play, at: datetime) -> bool:
    """Take the best proposed worker for the accepted referral; return False when nobody can take the family."""
    request = await _request(play)
    if request["state"] == "filled":
        allocations = await play.desk.every(
            _overseer(), "allocation", "/allocations", family_id=play.family_id, open=True
        )
        held = [one for one in allocations if one["share"] == "lead"]
        if held:
            play.take(worker_id=held[0]["worker_id"], team_id=held[0]["team_id"])
        return bool(held)
    proposal = await _newest_proposal(play, request["id"])
    for _ in range(_TRIES):
        if not proposal["options"]:
            return False
        if await _take_best(play, proposal, at):
            return True
        # Somebody else got a family meanwhile: rank afresh, as a manager would.
        afresh = {"request_id": request["id"], "occurred_at": at.isoformat()}
        proposal = await play.say(manager_of(proposal["options"][0]["team_id"]), "allocation", "/proposals", afresh)
    return False


async def _take_best(play: Play, proposal: Answer, at: datetime) -> bool:
    """Confirm the best option; return False when its numbers are no longer those that were shown."""
    best = proposal["options"][0]
    body: dict[str, Any] = {"worker_id": best["worker_id"], "occurred_at": at.isoformat()}
    if best["needs_reason"]:
        body["text"] = "Invented: agreed with the worker in supervision."
    path = f"/proposals/{proposal['id']}"
    try:
        await play.verb(manager_of(best["team_id"]), "allocation", path, "confirm", body, proposal["revision"])
    except Refused as refusal:
        if refusal.kind in _OVERTAKEN:
            return False
        raise
    play.take(worker_id=best["worker_id"], team_id=best["team_id"])
    return True


#: What a handover asks for beside the joint visit that tells the family.
_BESIDE_THE_VISIT = ["case_summary_written", "case_summary_read", "plan_reviewed", "practitioners_told"]


async def hand_over(play: Play, change: Handover) -> bool:
    """Pass the family to a colleague in the team with a joint visit; return False when none of them may take it."""
    path = "/allocations"
    held = await play.desk.every(play.manager, "allocation", path, family_id=play.family_id, open=True)
    lead = next(one for one in held if one["share"] == "lead")
    seen = at_hour(change.on, 12)
    for colleague in _colleagues(play):
        plan = {
            "worker_id": str(colleague.id),
            "reason": change.reason,
            "joint_visit_on": str(change.on),
            "family_told_on": str(change.on),
            "occurred_at": at_hour(change.on, 9),
        }
        place = f"{path}/{lead['id']}"
        try:
            planned = await play.verb(play.manager, "allocation", place, "plan-handover", plan, lead["revision"])
        except Refused as refusal:
            if refusal.kind in {"worker-not-eligible", "over-capacity"}:
                continue
            raise
        place, visited = f"/handovers/{planned['id']}", {"visited_on": str(change.on)}
        both = await play.verb(play.manager, "allocation", place, "record-joint-visit", visited, planned["revision"])
        done = {"steps": _BESIDE_THE_VISIT, "done_on": str(change.on), "occurred_at": seen}
        await play.verb(play.manager, "allocation", place, "tick", done, both["revision"])
        await play.verb(play.manager, "allocation", place, "complete", {"occurred_at": seen})
        play.take(worker_id=str(colleague.id), team_id=play.team_id)
        return True
    return False


async def released(play: Play) -> None:
    """Wait until allocation has heard that the work is over: nobody holds the family any more."""

    async def nobody() -> bool | None:
        held = await play.desk.every(_overseer(), "allocation", "/allocations", family_id=play.family_id, open=True)
        return None if held else True

    await in_time(nobody, what="allocation did not hear that a workbook closed")


def _colleagues(play: Play) -> list[Person]:
    """Return the others of the team, beginning at another one for each family."""
    team = [one.person for one in county.workers() if str(one.person.team_id) == play.team_id]
    first = play.story.household.number % len(team)
    return [one for one in (*team[first:], *team[:first]) if str(one.id) != play.worker_id]


def manager_of(team_id: str) -> Person:
    """Return the manager of a team."""
    return county.person(f"team_manager_{county.team_with(team_id).code}")


async def _request(play: Play) -> dict[str, Any]:
    """Wait until the accepted referral has reached allocation, and return its request."""

    async def ask() -> dict[str, Any] | None:
        page = await play.desk.get(_overseer(), "allocation", "/requests", family_id=play.family_id)
        ranked = (one for one in page["items"] if one["referral_id"] == play.referral_id and one["state"] != "open")
        return next(ranked, None)

    return await in_time(ask, what="allocation did not hear of an accepted referral")


async def _newest_proposal(play: Play, request_id: str) -> Answer:
    page = await play.desk.get(_overseer(), "allocation", f"/requests/{request_id}/proposals")
    return await play.desk.get(_overseer(), "allocation", f"/proposals/{page['items'][0]['id']}")


def _overseer() -> Person:
    return county.person("service_manager_1")
