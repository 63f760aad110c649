"""Group supervision, the step down to early help, and the closure."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from deploy.county import Person
from deploy.demo.playing import in_time
from deploy.demo.walk.path import Walk, app, practitioner, stood, what_for


async def the_team_sits_together(path: Walk) -> None:
    """Hold the first group supervision, within a month of the workbook's opening."""
    chapter = await _chapter(path, path.play.worker, "social_worker", path.play.manager, day=20)
    cycle = await _supervise(path, 20, {"chapters": [chapter], "decision": "continue", "next_on": str(path.day(40))})
    path.say(f"A month after the first: group supervision goes on with the work. {cycle}")


async def the_team_sits_together_again(path: Walk) -> None:
    """Hold the second group supervision, with the agency's practitioner, and decide to step down."""
    play, one = path.play, practitioner(path)
    record = {
        "chapters": [
            await _chapter(path, play.worker, "social_worker", play.manager, day=40),
            await _chapter(path, one, "substance_misuse", app(), day=40),
        ],
        "goals": [{"goal_id": path.kept["goal_id"], "progress": "better"}],
        "stages": [{"adult_id": play.adults[-1], "topic": "drugs", "stage": "action"}],
        "decision": "step_down",
        "next_on": str(path.day(60)),
    }
    attendee = {"person_id": str(one.id), "role": "adult_practitioner", "agency": "turning_point"}
    cycle = await _supervise(path, 40, record, attendee)
    path.say(f"The team and Turning Point's practitioner sit together: step down. {cycle}")


async def _chapter(path: Walk, author: Person, role: str, signer: Person, *, day: int) -> dict[str, Any]:
    """Write a chapter of the cycle, signed and countersigned on that day; return what supervision names of it."""
    play = path.play
    chapter = await play.say(author, "workbook", f"/workbooks/{play.workbook_id}/chapters", {"role": role})
    place = f"/chapters/{chapter['id']}"
    edits = [{"key": "progress", "base_revision": 0, "text": "Invented: what has changed since the last time."}]
    written = await play.desk.patch(author, "workbook", f"{place}/sections", {"edits": edits})
    on = {"occurred_at": path.at(day, 9)}
    signed = await play.verb(author, "workbook", place, "sign", on, written["revision"])
    last = await play.verb(signer, "workbook", place, "countersign", on, signed["revision"])
    return {"chapter_id": chapter["id"], "revision": last["revision"]}


async def _supervise(path: Walk, day: int, said: Mapping[str, Any], *others: Mapping[str, str]) -> str:
    """Record a group supervision; return in words what became of the cycle."""
    play, book = path.play, f"/workbooks/{path.play.workbook_id}"
    held_on = str(path.day(day))
    planned = await play.say(play.manager, "workbook", f"{book}/supervisions", {"planned_on": held_on})
    record = {
        "held_on": held_on,
        "chair_id": str(play.manager.id),
        "attendees": [
            {"person_id": str(play.manager.id), "role": "team_manager", "agency": "social_care"},
            {"person_id": play.worker_id, "role": "social_worker", "agency": "social_care"},
            *others,
        ],
        "risk_statement": "Invented: the children are fed, at school and heard; a relapse would show early.",
        **said,
    }
    await play.verb(play.manager, "workbook", f"/supervisions/{planned['id']}", "record", record, planned["revision"])
    cycles = await play.desk.get(play.manager, "workbook", f"{book}/cycles")
    locked = await play.desk.get(play.manager, "workbook", f"/chapters/{said['chapters'][0]['chapter_id']}")
    number = len(cycles["items"])
    return f"The chapters of cycle {number - 1} are {locked['state']}, cycle {number} has begun."


async def the_family_steps_down(path: Walk) -> None:
    """Offer the family to early help, and end the agency's work."""
    play, book = path.play, f"/workbooks/{path.play.workbook_id}"
    lead = play.somebody("early_help_lead", 4)
    await play.verb(play.manager, "workbook", book, "offer-step-down", {"occurred_at": path.at(42, 10)})
    taken = await play.verb(lead, "workbook", book, "accept-step-down", {"occurred_at": path.at(43, 11)})
    one, place = practitioner(path), f"/requests/{path.kept['request_id']}"
    current = await play.desk.get(one, "partners", place)
    report = {
        "goals": [{"goal": "A parent who is awake when the children are", "outcome": "achieved"}],
        "practitioner_view": "Invented: weeks without, and knows whom to ring.",
        "family_view": "Invented: the mornings are ours again.",
        "occurred_at": path.at(50, 9),
    }
    await play.desk.put(one, "partners", f"{place}/end-report", report, revision=current["revision"])
    done = await play.verb(one, "partners", place, "complete", {"occurred_at": path.at(50, 10)})
    path.say(
        f"Early help takes the family: its level is {taken['level'].replace('_', ' ')}, in the same workbook with the same people. "
        f"The practitioner hands in the end report ({done['outcome']:.0%} of the goals reached); the agency has forgotten which family it was "
        f"({'still shown' if done['family_id'] else 'hidden'})."
    )


async def the_case_closes(path: Walk) -> None:
    """Close the workbook and the referral."""
    play, book = path.play, f"/workbooks/{path.play.workbook_id}"

    async def practitioner_done() -> bool | None:
        found = await play.desk.get(
            play.manager, "workbook", f"/practitioner-requests/{path.kept['practitioner_request_id']}"
        )
        return True if found["state"] == "completed" else None

    await in_time(practitioner_done, what="the workbook did not hear that the practitioner's work ended")
    items = await play.desk.get(play.manager, "workbook", f"{book}/open-items")
    path.say(
        f"Before closing, the workbook lists what is still open: {', '.join(sorted({item['kind'].replace('_', ' ') for item in items['open']})) or 'nothing'}."
    )
    spells = await play.desk.every(play.manager, "workbook", f"{book}/plan-spells")
    for spell in spells:
        if spell["ended_on"] is None:
            ended = {"ended_on": str(path.day(58)), "reason": "needs_met"}
            await play.verb(play.worker, "workbook", f"/plan-spells/{spell['id']}", "end", ended)
    await play.verb(play.manager, "workbook", book, "close", {"reason": "RC7", "occurred_at": path.at(58, 15)})
    referral = f"/referrals/{play.referral_id}"

    async def heard() -> bool | None:
        current = await play.desk.get(play.manager, "referrals", referral)
        return True if current["workbook"] == "closed" else None

    await in_time(heard, what="the front door did not hear that the workbook closed")
    # The reason and the day are the workbook's.
    closed = await play.verb(play.manager, "referrals", referral, "close", {"occurred_at": path.at(58, 16)})
    path.kept["closed_on"] = closed["closed_on"]
    path.say(f"The case closes on {closed['closed_on']}: {closed['closure_reason']}, no longer in need.")


async def how_the_promises_ended(path: Walk) -> None:
    """Show how each clock of the family ended."""
    play, ended = path.play, path.at(58, 17)
    clocks = await play.desk.get(play.manager, "referrals", f"/referrals/{play.referral_id}/clocks")
    of_book = await play.desk.every(play.manager, "workbook", f"/workbooks/{play.workbook_id}/clocks")
    counted = Counter((what_for(one), stood(one, at=ended)) for one in (*clocks["items"], *of_book))
    for (what, how), count in sorted(counted.items()):
        path.say(f"  {what}: {how}{f' ({count})' if count > 1 else ''}")
    path.say(
        "Events bear the story's day in `time` and today's in `recordedtime`. Warnings and breaches are said on the day "
        "itself, and a story that is told in a minute has no such days."
    )
