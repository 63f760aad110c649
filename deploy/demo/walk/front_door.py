"""From the school's concern to the manager's decision."""

from typing import Any

from deploy import county
from deploy.demo.households import Household, Invented
from deploy.demo.walk.path import Walk, clock, when


async def a_school_sends_a_concern(path: Walk) -> None:
    """Send the concern through the school's portal."""
    household = path.play.story.household
    portal = county.person("school_portal")
    body = {
        "referral_source": "2A",
        "channel": "portal",
        "area": household.area,
        "primary_need": "N1",
        "needs": ["2B", "16A"],
        "referrer": {"name": "A teacher (invented)", "agency": "an invented school", "may_be_named": False},
        "narrative": "Invented: tired and hungry for weeks, and says that a parent sleeps all day.",
        "children": [_told(household, one) for one in household.children],
        "adults": [_told(household, one) for one in household.adults],
        "relationships": [
            {"person": f"adults/{adult}", "relation": "parent", "other": f"children/{child}"}
            for adult in range(len(household.adults))
            for child in range(len(household.children))
        ],
        "received_at": path.at(0, 10, 10),
    }
    receipt = await path.play.say(portal, "referrals", "/referrals", body)
    path.play.referral_id = receipt["id"]
    path.kept["reference"] = receipt["reference"]
    path.say(
        f"The school's portal sends a concern about {len(household.children)} children. The answer is a receipt, "
        f"{receipt['reference']}, and by when there will be a decision: {when(receipt['decision_due_at'])}. "
        "The school is shown nothing else."
    )


def _told(household: Household, person: Invented) -> dict[str, Any]:
    return {
        "given_name": person.given_name,
        "family_name": person.family_name,
        "birth_date": str(person.birth_on),
        "sex": person.sex,
        "nhs_number": person.nhs_number,
        "addresses": [{"line": household.street, "postcode": household.postcode}],
    }


async def the_front_door_screens_it(path: Walk) -> None:
    """Set urgency and level of need."""
    screener, referral = path.play.somebody("screener", 8), f"/referrals/{path.play.referral_id}"
    whole = await path.play.desk.get(screener, "referrals", referral)
    path.play.family_id = whole["family_id"]
    household = path.play.story.household
    for person, known in zip(
        (*household.children, *household.adults), (*whole["children"], *whole["adults"]), strict=True
    ):
        path.play.people[person.key] = known
    matches = await path.play.desk.get(screener, "referrals", f"{referral}/matches")
    body = {"rag": "amber", "level": 3, "occurred_at": path.at(0, 10, 40)}
    triaged = await path.play.verb(screener, "referrals", referral, "triage", body)
    path.say(
        f"A screener reads it. Known people who may be the same: {len(matches['items'])}. "
        f"It is {triaged['rag']}, level {triaged['level']} of 4."
    )


async def other_agencies_are_asked(path: Walk) -> None:
    """Ask the GP and the police, and let both answer."""
    screener, referral = path.play.somebody("screener", 8), f"/referrals/{path.play.referral_id}"
    ask = {
        "question": "Invented: what do you know of the family?",
        "purpose": "To decide how to respond",
        "consent": "not_sought",
        "family_informed": False,
        "reason": "Invented: asking first could raise the risk.",
    }
    asked = {"requests": [ask | {"agency": "gp"}, ask | {"agency": "police"}], "occurred_at": path.at(0, 10, 50)}
    await path.play.verb(screener, "referrals", referral, "seek-information", asked)
    questions = await path.play.desk.get(screener, "referrals", f"{referral}/information-requests")
    for hour, question in enumerate(questions["items"], start=13):
        body = {"answer": "Invented: an answer of this agency.", "occurred_at": path.at(0, hour)}
        await path.play.verb(screener, "referrals", f"/information-requests/{question['id']}", "answer", body)
    current = await path.play.desk.get(screener, "referrals", referral)
    path.say(
        f"Each is to answer by {when(questions['items'][0]['due_at'])}. Both do; the referral is {current['state']} again."
    )


async def a_manager_decides(path: Walk) -> None:
    """Accept the referral and tell the referrer."""
    screener, manager = path.play.somebody("screener", 8), path.play.somebody("front_door_manager", 3)
    referral = f"/referrals/{path.play.referral_id}"
    body = {
        "outcome": "single_assessment",
        "rationale": "Invented: neglect through a parent's drug use; both agencies know of it.",
        "occurred_at": path.at(0, 15, 30),
    }
    await path.play.verb(screener, "referrals", referral, "propose-decision", body)
    now = path.at(1, 9, 30)
    accepted = await path.play.verb(manager, "referrals", referral, "accept", {"occurred_at": now})
    path.kept["decided_at"] = accepted["decision"]["at"]
    clocks = await path.play.desk.get(manager, "referrals", f"{referral}/clocks")
    path.say(f"A manager accepts it. Clocks: {'; '.join(clock(one, at=now) for one in clocks['items'])}.")
    notices = await path.play.desk.get(manager, "referrals", f"{referral}/referrer-notices")
    notice = notices["items"][0]
    if notice["state"] != "sent":
        sent = {"occurred_at": path.at(1, 10, 30)}
        await path.play.verb(screener, "referrals", f"/referrer-notices/{notice['id']}", "send", sent)
    receipt = await path.play.desk.get(county.person("school_portal"), "referrals", f"{referral}/receipt")
    path.say(f"The school is told: its receipt now says '{receipt['standing']}', '{receipt['notice']}'.")
