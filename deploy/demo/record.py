"""What the family's team writes into the workbook, in the order in which it happened, until the case closes."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from typing import Any

from deploy.demo import front_door, placement
from deploy.demo.partnership import ask_agency
from deploy.demo.playing import Play, at_hour, in_time
from deploy.demo.stories import Ask, Episode, Spell, Way, day_of
from libs.kernel.working_days import add_working_days, is_working_day

#: The day, what comes first on the same day, and the doing.
_Act = tuple[date, int, Callable[[], Awaitable[None]]]
_FACTORS_OUTCOME = {Way.ASSESSED: "nfa", Way.IN_NEED: "services", Way.PROTECTED: "services", Way.CARED_FOR: "services"}
_REVIEWS = {"cp": ("review", (80, 255, 430)), "looked_after": ("looked_after_review", (25, 112, 290))}
_SUPERVISED = 3  # the latest group supervisions are recorded; a demonstration needs no years of them


async def keep(play: Play, episode: Episode, today: date) -> None:
    """Keep the workbook through the episode."""
    await _open(play)
    spell_ids: dict[int, list[tuple[str, int]]] = {}
    acts = [
        *_assessment(play, episode),
        *_protection(play, episode),
        *_plans(play, episode, spell_ids),
        *_contacts(play, episode, today),
        *_changing_hands(play, episode),
        *_closing(play, episode),
    ]
    for _, _, act in sorted(acts, key=lambda one: one[:2]):
        await act()


async def _open(play: Play) -> None:
    """Wait until the allocation has opened the workbook for this referral."""

    async def ask() -> str | None:
        page = await play.desk.get(play.manager, "workbook", "/workbooks", family_id=play.family_id)
        found = [one for one in page["items"] if one["referral_id"] == play.referral_id and one["state"] != "closed"]
        return str(found[0]["id"]) if found else None

    play.workbook_id = await in_time(ask, what="no workbook opened for an allocated family")


def _assessment(play: Play, episode: Episode) -> Iterator[_Act]:
    held: dict[str, Any] = {}
    path = f"/workbooks/{play.workbook_id}/assessments"
    started = _allocated_on(episode)

    async def start() -> None:
        answer = await play.say(play.worker, "workbook", path, {"started_on": started.isoformat()})
        held.update(id=answer["id"], revision=answer["revision"])

    async def authorise() -> None:
        body = {
            "authorised_on": str(episode.assessed_on),
            "factors": list(episode.factors),
            "outcome": _FACTORS_OUTCOME[episode.way],
        }
        await play.verb(play.manager, "workbook", f"/assessments/{held['id']}", "authorise", body, held["revision"])

    yield started, 0, start
    if episode.assessed_on:
        yield episode.assessed_on, 1, authorise


def _protection(play: Play, episode: Episode) -> Iterator[_Act]:
    held_on = episode.conference_on
    if held_on is None or not episode.spells:
        return
    path = f"/workbooks/{play.workbook_id}"

    async def enquiries() -> list[Any] | None:
        page = await play.desk.get(play.manager, "workbook", f"{path}/enquiries")
        return page["items"] or None

    async def confer() -> None:
        await in_time(enquiries, what="the workbook did not hear of a strategy discussion")
        chair = play.somebody("conference_chair", 6)
        children = [{"child_id": child, "plan": True, "category": _category(episode)} for child in play.children]
        body = {"kind": "initial", "held_on": held_on.isoformat(), "children": children, "agencies": 3}
        await play.say(chair, "workbook", f"{path}/conferences", body | {"chair_id": str(chair.id)})

    yield held_on, 0, confer


def _plans(play: Play, episode: Episode, ids: dict[int, list[tuple[str, int]]]) -> Iterator[_Act]:
    for number, spell in enumerate(episode.spells):
        yield spell.started_on, 4, _start(play, episode, spell, ids, number)
        yield from _reviews(play, spell)
        if spell.ended_on:
            yield spell.ended_on, 3, _end(play, spell, ids, number)


def _start(
    play: Play, episode: Episode, spell: Spell, ids: dict[int, list[tuple[str, int]]], number: int
) -> Callable[[], Awaitable[None]]:
    async def start() -> None:
        told = {"cp": {"category": _category(episode)}, "looked_after": {"placement": "ordinary"}}.get(spell.kind, {})
        children = [{"child_id": child, **told} for child in play.children]
        body = {"kind": spell.kind, "started_on": spell.started_on.isoformat(), "children": children}
        starter = play.manager if spell.kind == "looked_after" else play.worker
        begun = await play.say(starter, "workbook", f"/workbooks/{play.workbook_id}/plan-spells", body)
        ids[number] = [(one["id"], one["revision"]) for one in begun["items"]]

    return start


def _end(play: Play, spell: Spell, ids: dict[int, list[tuple[str, int]]], number: int) -> Callable[[], Awaitable[None]]:
    async def end() -> None:
        body = {"ended_on": str(spell.ended_on), "reason": "needs_met"}
        for spell_id, revision in ids[number]:
            await play.verb(play.worker, "workbook", f"/plan-spells/{spell_id}", "end", body, revision)

    return end


def _reviews(play: Play, spell: Spell) -> Iterator[_Act]:
    kind, after = _REVIEWS.get(spell.kind, ("", ()))
    until = spell.ended_on or play.today
    for days in after:
        day = spell.started_on + timedelta(days=days)
        held_on = day if is_working_day(day) else add_working_days(day, -1)
        if held_on < until:
            yield held_on, 2, _review(play, kind, held_on)


def _review(play: Play, kind: str, held_on: date) -> Callable[[], Awaitable[None]]:
    async def review() -> None:
        chair = play.somebody("conference_chair", 6)
        body = {
            "kind": kind,
            "held_on": held_on.isoformat(),
            "children": [{"child_id": child, "plan": True} for child in play.children],
            "chair_id": str(chair.id),
            "agencies": 3,
        }
        await play.say(chair, "workbook", f"/workbooks/{play.workbook_id}/conferences", body)

    return review


def _contacts(play: Play, episode: Episode, today: date) -> Iterator[_Act]:
    for day in episode.visits:
        yield day, 5, _visit(play, day)
    for ask in episode.asks:
        yield ask.asked_on, 6, _asked(play, ask)
    if not episode.spells:
        return
    until = episode.closed_on or today
    months = [until - timedelta(days=30 * back + 2) for back in range(1, _SUPERVISED)]
    for day in reversed(months):
        if day > episode.spells[0].started_on:
            yield day, 7, _supervision(play, day, "continue")


def _asked(play: Play, ask: Ask) -> Callable[[], Awaitable[None]]:
    async def asked() -> None:
        await ask_agency(play, ask)

    return asked


def _visit(play: Play, day: date) -> Callable[[], Awaitable[None]]:
    async def visit() -> None:
        body = {
            "kind": "visit",
            "text": "An invented visit: who was at home, what the children said, what was agreed.",
            "occurred_at": at_hour(day, 15),
            "detail": {"children_seen": play.children, "seen_alone": play.children[:1]},
        }
        await play.say(play.worker, "workbook", f"/workbooks/{play.workbook_id}/entries", body)

    return visit


def _supervision(play: Play, day: date, decision: str) -> Callable[[], Awaitable[None]]:
    async def supervise() -> None:
        path = f"/workbooks/{play.workbook_id}/supervisions"
        planned = await play.say(play.manager, "workbook", path, {"planned_on": day.isoformat()})
        body: dict[str, Any] = {
            "held_on": day.isoformat(),
            "chair_id": str(play.manager.id),
            "attendees": [
                {"person_id": str(play.manager.id), "role": "team_manager", "agency": "social_care"},
                {"person_id": play.worker_id, "role": "social_worker", "agency": "social_care"},
            ],
            "risk_statement": "Invented: what worries the team, and what protects the children.",
            "decision": decision,
        }
        if decision != "close":
            body["next_on"] = (day + timedelta(days=28)).isoformat()
        place = f"/supervisions/{planned['id']}"
        await play.verb(play.manager, "workbook", place, "record", body, planned["revision"])

    return supervise


def _closing(play: Play, episode: Episode) -> Iterator[_Act]:
    closed_on = episode.closed_on
    if closed_on is None:
        return

    async def close() -> None:
        path = f"/workbooks/{play.workbook_id}"
        body = {"reason": episode.closure, "occurred_at": at_hour(closed_on, 16)}
        await play.verb(play.manager, "workbook", path, "close", body)
        await front_door.close(play, episode, at_hour(closed_on, 17))

    yield closed_on, 8, _supervision(play, closed_on, "close")
    yield closed_on, 9, close


def _changing_hands(play: Play, episode: Episode) -> Iterator[_Act]:
    change = episode.handover
    if change is None:
        return

    async def hand_over() -> None:
        if await placement.hand_over(play, change):
            await in_time(taken, what="the workbook did not hear of a handover")

    async def taken() -> bool | None:
        book = await play.desk.get(play.manager, "workbook", f"/workbooks/{play.workbook_id}")
        return True if book["lead_worker_id"] == play.worker_id else None

    # After everything else of that day, which is still the present worker's.
    yield change.on, 10, hand_over


def _category(episode: Episode) -> str:
    """Return the category of abuse that the factors suggest."""
    return "NEG" if "16A" in episode.factors else "EMO" if {"17A", "3B"} & set(episode.factors) else "PHY"


def _allocated_on(episode: Episode) -> date:
    if episode.allocated_at is None:
        raise ValueError(episode.way)
    return day_of(episode.allocated_at)
