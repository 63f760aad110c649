"""A referral's way through the front door, as the screeners, managers and early help would record it."""

from datetime import datetime, timedelta
from typing import Any

from deploy.calling import Answer
from deploy.demo.households import Invented
from deploy.demo.playing import Play, in_time
from deploy.demo.stories import Episode, Way

_OUTCOME = {
    Way.ADVISED: "nfa",
    Way.STEPPED_DOWN: "early_help",
    Way.ASSESSED: "single_assessment",
    Way.IN_NEED: "single_assessment",
    Way.PROTECTED: "strategy_discussion",
    Way.CARED_FOR: "looked_after_request",
}
_WHY = "Invented for the demonstration: the level of need and what the agencies know."


async def refer(play: Play, episode: Episode) -> None:
    """Receive the referral, screen it, and decide."""
    referral = await _receive(play, episode)
    waited = episode.decided_at - episode.received_at
    revision = await _verb(
        play,
        "screener",
        "triage",
        referral["revision"],
        {"rag": episode.rag, "level": episode.level, "occurred_at": _at(episode.received_at + waited / 4)},
    )
    if episode.strategy_at:
        body = {"held_at": _at(episode.strategy_at), "agencies": ["police", "health", "social_care"], "enquiry": True}
        revision = await _verb(play, "front_door_manager", "call-strategy", revision, body)
    proposal = {
        "outcome": _OUTCOME[episode.way],
        "rationale": _WHY,
        "occurred_at": _at(episode.received_at + waited * 3 / 4),
    }
    revision = await _verb(play, "screener", "propose-decision", revision, proposal)
    await _decide(play, episode, revision)


async def _decide(play: Play, episode: Episode, revision: int) -> None:
    decided = {"occurred_at": _at(episode.decided_at), "rationale": _WHY}
    if episode.way is Way.ADVISED:
        await _verb(play, "front_door_manager", "advise", revision, decided)
    elif episode.way is Way.STEPPED_DOWN:
        revision = await _verb(play, "front_door_manager", "step-down", revision, decided)
        taken = {"occurred_at": _at(episode.decided_at + timedelta(minutes=20))}
        await _verb(play, "early_help_lead", "accept-step-down", revision, taken)
    else:
        await _verb(play, "front_door_manager", "accept", revision, decided)


async def close(play: Play, episode: Episode, at: str) -> None:
    """Close the referral with its census reason, once it has heard that the workbook is closed."""
    path = f"/referrals/{play.referral_id}"

    async def workbook_closed() -> Answer | None:
        current = await play.desk.get(play.manager, "referrals", path)
        return current if current["workbook"] == "closed" else None

    current = await in_time(workbook_closed, what="referrals did not hear that a workbook closed")
    body = {"reason": episode.closure, "occurred_at": at}
    await play.verb(play.manager, "referrals", path, "close", body, current["revision"])


async def _receive(play: Play, episode: Episode) -> Answer:
    household = play.story.household
    again = bool(play.family_id)
    body: dict[str, Any] = {
        "referral_source": episode.source,
        "channel": "phone",
        "area": household.area,
        "primary_need": episode.primary_need,
        "needs": list(episode.factors),
        "referrer": {"agency": "an invented agency"},
        "narrative": "An invented concern about an invented family.",
        "children": [_person(play, child, again) for child in household.children],
        "adults": [_person(play, adult, again) for adult in household.adults],
        "received_at": _at(episode.received_at),
    }
    if again:
        body["family_id"] = play.family_id
    else:
        body["relationships"] = [
            {"person": f"adults/{a}", "relation": "parent", "other": f"children/{c}"}
            for a in range(len(household.adults))
            for c in range(len(household.children))
        ]
    received = await play.say(play.somebody("screener", 8), "referrals", "/referrals", body)
    play.family_id, play.referral_id = received["family_id"], received["id"]
    for person, known in zip(household.children, received["children"], strict=True):
        play.people[person.key] = known
    for person, known in zip(household.adults, received["adults"], strict=True):
        play.people[person.key] = known
    return received


def _person(play: Play, person: Invented, again: bool) -> dict[str, Any]:
    if again:
        return {"person_id": play.people[person.key]}
    household = play.story.household
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": person.birth_on.isoformat() if person.birth_on else None,
        "expected_date": person.expected_on.isoformat() if person.expected_on else None,
        "sex": person.sex,
        "ethnicity": None if person.is_adult or not person.birth_on else person.ethnicity,
        "disabilities": [] if person.is_adult or not person.birth_on else ["NONE"],
        "nhs_number": person.nhs_number,
        "addresses": [{"line": household.street, "postcode": household.postcode}],
    }


_HOW_MANY = {"screener": 8, "front_door_manager": 3, "early_help_lead": 4}


async def _verb(play: Play, role: str, verb: str, revision: int, body: dict[str, Any]) -> int:
    """Say a verb of the referral and return its new revision."""
    by = play.somebody(role, _HOW_MANY[role])
    answer = await play.verb(by, "referrals", f"/referrals/{play.referral_id}", verb, body, revision)
    revision_now: int = answer["revision"]
    return revision_now


def _at(moment: datetime) -> str:
    return moment.isoformat()
