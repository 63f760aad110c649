"""What the family's own team does, from the proposal of a worker to the plan."""

from typing import Any

from deploy import county
from deploy.calling import Answer
from deploy.demo.placement import manager_of
from deploy.demo.playing import in_time
from deploy.demo.walk.path import Walk, when


async def a_worker_is_found(path: Walk) -> None:
    """Show the proposal and confirm its best worker."""
    overseer = county.person("service_manager_1")

    async def asked() -> dict[str, Any] | None:
        page = await path.play.desk.get(overseer, "allocation", "/requests", family_id=path.play.family_id)
        return next((one for one in page["items"] if one["state"] in {"proposed", "waiting"}), None)

    request = await in_time(asked, what="allocation did not hear that the referral was accepted")
    listed = await path.play.desk.get(overseer, "allocation", f"/requests/{request['id']}/proposals")
    proposal = await path.play.desk.get(overseer, "allocation", f"/proposals/{listed['items'][0]['id']}")
    best = proposal["options"][0]
    path.say(
        f"Allocation proposes {best['worker_name']} of {len(proposal['options'])} who could; "
        f"load {best['before']['load']:.0f} points, {best['after']['load']:.0f} with this family. Why: "
        + " ".join(f"{term['sentence']} ({term['points']:+.1f})" for term in best["terms"])
    )
    if proposal["excluded"]:
        one = proposal["excluded"][0]
        breach = one["breaches"][0]
        path.say(
            f"{len(proposal['excluded'])} were excluded, such as {one['worker_name']}: {breach['fact']} {breach['needs']}"
        )
    manager = manager_of(best["team_id"])
    body = {"worker_id": best["worker_id"], "occurred_at": path.at(1, 14)}
    if best["needs_reason"]:
        body["text"] = "Invented: agreed in supervision."
    await path.play.verb(manager, "allocation", f"/proposals/{proposal['id']}", "confirm", body, proposal["revision"])
    path.play.take(worker_id=best["worker_id"], team_id=best["team_id"])
    path.say(f"The team manager, {manager.name}, confirms.")


async def the_workbook_opens(path: Walk) -> None:
    """Wait for the workbook and show its clocks."""

    async def opened() -> str | None:
        page = await path.play.desk.get(path.play.manager, "workbook", "/workbooks", family_id=path.play.family_id)
        return str(page["items"][0]["id"]) if page["items"] else None

    async def known() -> str | None:
        referral = await path.play.desk.get(path.play.manager, "referrals", f"/referrals/{path.play.referral_id}")
        return str(referral["worker_id"]) if referral["worker_id"] else None

    path.play.workbook_id = await in_time(opened, what="the workbook did not open")
    path.kept["worker_at_the_front_door"] = await in_time(known, what="the front door did not hear of the worker")
    page = await path.play.desk.get(path.play.manager, "workbook", f"/workbooks/{path.play.workbook_id}/clocks")
    clocks = "; ".join(
        f"{clock['kind'].replace('_', ' ')} by {when(clock['due_at'])} [{clock['source']}]"
        for clock in page["items"][:4]
    )
    path.say(f"The workbook opens for the family. Its clocks: {clocks or 'none yet'}.")


async def the_worker_visits(path: Walk) -> None:
    """Begin the assessment and record two visits."""
    play, book = path.play, f"/workbooks/{path.play.workbook_id}"
    started = {"started_on": str(path.day(1))}
    assessment = await play.say(play.worker, "workbook", f"{book}/assessments", started)
    path.kept["assessment_id"] = assessment["id"]
    await _visit(path, 4)
    await _visit(path, 14)
    path.say(f"{play.worker.name} begins the assessment, visits twice and sees the children alone.")


async def the_assessment_is_authorised(path: Walk) -> None:
    """Authorise the assessment and put the children on a plan."""
    play, book = path.play, f"/workbooks/{path.play.workbook_id}"
    authorised = {"authorised_on": str(path.day(22)), "factors": ["2B", "16A"], "outcome": "services"}
    place = f"/assessments/{path.kept['assessment_id']}"
    done = await play.verb(play.manager, "workbook", place, "authorise", authorised)
    children = [{"child_id": child} for child in play.children]
    plan = {"kind": "cin", "started_on": str(path.day(23)), "children": children}
    await play.say(play.worker, "workbook", f"{book}/plan-spells", plan)
    days = done["working_days"]
    path.say(
        f"The team manager authorises the assessment after {days['from_referral']} of 45 working days "
        f"({'in time' if days['in_time'] else 'late'}); the children come onto a child in need plan."
    )


async def the_people_around_the_family_meet(path: Walk) -> None:
    """Hold the first meeting of the child in need plan."""
    play = path.play
    children = [{"child_id": child, "plan": True} for child in play.children]
    met = {"kind": "cin_meeting", "held_on": str(path.day(29)), "children": children, "agencies": 2}
    await play.say(play.worker, "workbook", f"/workbooks/{play.workbook_id}/conferences", met)
    path.say("School, health and social care meet with the parents about the children's plan, and go on with it.")


async def _visit(path: Walk, day: int) -> Answer:
    body = {
        "kind": "visit",
        "text": "Invented: both children at home; breakfast was on the table.",
        "occurred_at": path.at(day, 16),
        "detail": {"children_seen": path.play.children, "seen_alone": path.play.children},
    }
    return await path.play.say(path.play.worker, "workbook", f"/workbooks/{path.play.workbook_id}/entries", body)


async def the_family_makes_a_plan(path: Walk) -> None:
    """Write the whole-family plan and what each adult says to it."""
    play, worker = path.play, path.play.worker
    book = f"/workbooks/{play.workbook_id}"
    goal = {
        "title": "A parent who is awake when the children are",
        "need": "substance_misuse",
        "people": [play.adults[-1]],
    }
    made = await play.say(worker, "workbook", f"{book}/plan/goals", goal)
    path.kept["goal_id"] = made["id"]
    step = {"what": "Talk with a practitioner once a week", "owner_id": play.adults[-1], "due_on": str(play.today)}
    await play.say(worker, "workbook", f"/goals/{made['id']}/steps", step)
    plan: Answer | None = None
    for adult in play.adults:
        agreed = {
            "person_id": adult,
            "answer": "agreed",
            "words": "Invented: we want that too.",
            "answered_on": str(path.day(24)),
        }
        plan = await play.verb(worker, "workbook", f"{book}/plan", "agree", agreed)
    path.say(f"The family makes its plan, and each adult says so: the plan is {plan['state'] if plan else 'a draft'}.")
