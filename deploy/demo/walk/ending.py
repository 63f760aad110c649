"""Group supervision, the step down to early help, and the closure."""

from deploy.demo.playing import in_time
from deploy.demo.walk.path import Walk, app, practitioner


async def the_team_supervises(path: Walk) -> None:
    """Sign the chapters and record the group supervision."""
    play, one = path.play, practitioner(path)
    book = f"/workbooks/{play.workbook_id}"
    chapters = []
    for author, role, signer in ((play.worker, "social_worker", play.manager), (one, "substance_misuse", app())):
        chapter = await play.say(author, "workbook", f"{book}/chapters", {"role": role})
        edits = [{"key": "progress", "base_revision": 0, "text": "Invented: what has changed since the last time."}]
        written = await play.desk.patch(author, "workbook", f"/chapters/{chapter['id']}/sections", {"edits": edits})
        signed = await play.verb(author, "workbook", f"/chapters/{chapter['id']}", "sign", {}, written["revision"])
        last = await play.verb(signer, "workbook", f"/chapters/{chapter['id']}", "countersign", {}, signed["revision"])
        chapters.append({"chapter_id": chapter["id"], "revision": last["revision"]})
    planned = await play.say(play.manager, "workbook", f"{book}/supervisions", {"planned_on": str(path.day(46))})
    record = {
        "held_on": str(path.day(46)),
        "chair_id": str(play.manager.id),
        "attendees": [
            {"person_id": str(play.manager.id), "role": "team_manager", "agency": "social_care"},
            {"person_id": play.worker_id, "role": "social_worker", "agency": "social_care"},
            {"person_id": str(one.id), "role": "adult_practitioner", "agency": "turning_point"},
        ],
        "chapters": chapters,
        "goals": [{"goal_id": path.kept["goal_id"], "progress": "better"}],
        "stages": [{"adult_id": play.adults[-1], "topic": "drugs", "stage": "action"}],
        "risk_statement": "Invented: the children are fed, at school and heard; a relapse would show early.",
        "decision": "step_down",
        "next_on": str(path.day(66)),
    }
    await play.verb(play.manager, "workbook", f"/supervisions/{planned['id']}", "record", record, planned["revision"])
    cycles = await play.desk.get(play.manager, "workbook", f"{book}/cycles")
    locked = await play.desk.get(play.manager, "workbook", f"/chapters/{chapters[0]['chapter_id']}")
    path.say(
        f"The team sits together, {len(record['attendees'])} people of two organisations: step down. The cycle is "
        f"{cycles['items'][0]['state']}, its chapters are {locked['state']}, cycle {len(cycles['items'])} has begun."
    )


async def the_family_steps_down(path: Walk) -> None:
    """Offer the family to early help, and end the agency's work."""
    play, book = path.play, f"/workbooks/{path.play.workbook_id}"
    lead = play.somebody("early_help_lead", 4)
    await play.verb(play.manager, "workbook", book, "offer-step-down", {"occurred_at": path.at(47, 10)})
    taken = await play.verb(lead, "workbook", book, "accept-step-down", {"occurred_at": path.at(48, 11)})
    one, place = practitioner(path), f"/requests/{path.kept['request_id']}"
    current = await play.desk.get(one, "partners", place)
    report = {
        "goals": [{"goal": "A parent who is awake when the children are", "outcome": "achieved"}],
        "practitioner_view": "Invented: eight weeks without, and knows whom to ring.",
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
    closed = await play.verb(
        play.manager, "referrals", referral, "close", {"reason": "RC7", "occurred_at": path.at(58, 16)}
    )
    path.kept["closed_on"] = closed["closed_on"]
    path.say(f"The case closes on {closed['closed_on']}: {closed['closure_reason']}, no longer in need.")
