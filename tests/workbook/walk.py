"""Every route of the workbook, asked once at least with success, in the order in which a family goes through it."""

from dataclasses import dataclass
from typing import Any

from libs.chassis.service import edges
from tests.harness import Stage
from tests.workbook.people import CHAIR, EARLY_HELP, MANAGER, SYSTEM, WORKER, Family, ok, opened

#: What the chassis gives to every service, and is walked through in its own tests.
_OPERATIONS = frozenset({"list_parked", "replay_parked"})


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: its route, the statements that it ran, the events that it said, the audit rows that it left."""

    name: str
    method: str
    statements: int
    said: tuple[str, ...]
    audited: int


class Walk:
    """Asks and keeps what each request cost and said."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.asked: list[Asked] = []
        self._names = {(next(iter(r.methods)), r.path_regex): r.name for r in edges(stage.service)}

    async def call(self, method: str, path: str, body: Any = None, **options: Any) -> dict[str, Any]:
        said, audited = len(await self.stage.said()), len(await self.stage.audited())
        with self.stage.statements() as statements:
            answer = await self.stage.call(method, path, body, **options)
        plain = path.partition("?")[0]
        name = next(name for (verb, regex), name in self._names.items() if verb == method and regex.match(plain))
        new = tuple(each.type for each in (await self.stage.said())[said:])
        self.asked.append(Asked(name, method, len(statements), new, len(await self.stage.audited()) - audited))
        return ok(answer)

    async def get(self, path: str, by: Any = WORKER) -> dict[str, Any]:
        return await self.call("GET", path, by=by)

    async def post(self, path: str, body: Any = None, by: Any = WORKER, **options: Any) -> dict[str, Any]:
        return await self.call("POST", path, body, by=by, **options)

    @property
    def left_out(self) -> set[str]:
        """The routes that nobody asked."""
        return set(self._names.values()) - {each.name for each in self.asked} - _OPERATIONS


async def walked(stage: Stage) -> Walk:
    """Ask every route of the service; fail if there is one that was not asked."""
    walk = Walk(stage)
    family, workbook = await opened(walk.stage)
    path = f"/v1/workbooks/{workbook['id']}"
    await _load(walk)
    await _write_record(walk, path, family)
    await _write_plan(walk, path, family)
    await _write_statute(walk, path, family)
    await _write_team(walk, path, family)
    await _change_level(walk, path, family)
    for read in (
        "", "/open-items", "/cycles", "/modules", "/entries", "/stages-of-change", "/timeline", "/chronology",
        "/chapters", "/plan", "/plan/versions", "/supervisions", "/network-meetings", "/practitioner-requests",
        "/assessments", "/enquiries", "/plan-spells", "/conferences", "/clocks",
    ):  # fmt: skip
        await walk.get(path + read)
    for read in ("/v1/workbooks", "/v1/clocks", f"/v1/workers/{WORKER.id}/due"):
        await walk.get(read)
    assert walk.left_out == set()
    return walk


async def _load(walk: Walk) -> None:
    family = Family("the Loaded")
    body = {"family_id": str(family.id), "children": [str(child) for child in family.children]}
    await walk.post("/v1/workbooks", body, by=SYSTEM)


async def _write_record(walk: Walk, path: str, family: Family) -> None:
    visit = {"kind": "visit", "text": "x", "detail": {"children_seen": [str(child) for child in family.children]}}
    entry_ = await walk.post(f"{path}/entries", visit)
    score = {
        "kind": "tool_score",
        "text": "x",
        "detail": {"person_id": str(family.mother), "tool": "AUDIT", "total": 1},
    }
    await walk.post(f"{path}/entries", score)
    await walk.get(f"/v1/entries/{entry_['id']}")
    await walk.post(f"/v1/entries/{entry_['id']}:correct", {"text": "x"}, if_match=1)
    await walk.post(f"/v1/entries/{entry_['id']}:strike", {"reason": "x"}, if_match=2)
    await walk.post(f"{path}/entries", visit)
    chapter = await walk.post(f"{path}/chapters", {"role": "social_worker"})
    one = f"/v1/chapters/{chapter['id']}"
    await walk.call(
        "PATCH", f"{one}/sections", {"edits": [{"key": "worries", "base_revision": 0, "text": "x"}]}, by=WORKER
    )
    await walk.get(one)
    await walk.post(f"{one}:submit", if_match=2)
    await walk.post(f"{one}:return", {"note": "x"}, by=MANAGER, if_match=3)
    await walk.post(f"{one}:sign", if_match=4)
    await walk.post(f"{one}:countersign", by=MANAGER, if_match=5)
    await walk.post(f"{one}:correct", {"text": "x"}, if_match=6)
    for code, verb in ((1, "start"), (1, "complete"), (1, "resume"), (2, "set-aside")):
        await walk.post(f"{path}/modules/{code}:{verb}")


async def _agree(walk: Walk, path: str, family: Family) -> None:
    shown = await walk.get(f"{path}/plan")
    answer = {"person_id": str(family.mother), "answer": "agreed"}
    await walk.post(f"{path}/plan:agree", answer, if_match=shown["revision"])


async def _write_plan(walk: Walk, path: str, family: Family) -> None:
    goal = await walk.post(f"{path}/plan/goals", {"title": "x", "need": "substance_misuse", "starts_later": True})
    one = f"/v1/goals/{goal['id']}"
    await walk.get(one)
    step = await walk.post(f"{one}/steps", {"what": "x", "owner_id": str(WORKER.id), "due_on": "2026-12-01"})
    await _agree(walk, path, family)
    plan = await walk.get(f"{path}/plan")
    edit = {"base_revision": plan["revision"], "fields": {"worries": "x"}}
    await walk.call("PATCH", f"{path}/plan", edit, by=WORKER)
    await _agree(walk, path, family)
    await walk.post(f"{one}:activate", if_match=1)
    await walk.post(f"{one}:achieve", if_match=2)
    await _agree(walk, path, family)
    await walk.post(f"{one}:restore", if_match=3)
    await walk.post(f"{one}:remove", {"note": "x"}, if_match=4)
    await walk.post(f"{path}/plan/goals", {"title": "x", "need": "substance_misuse"})
    await walk.get(f"/v1/steps/{step['id']}")
    await walk.get(f"/v1/plans/{plan['id']}")
    verbs = [("block", {"note": "x"}), ("start", None), ("complete", None), ("reopen", None), ("drop", None)]
    for revision, (verb, body) in enumerate(verbs, start=1):
        await walk.post(f"/v1/steps/{step['id']}:{verb}", body, if_match=revision)


async def _write_statute(walk: Walk, path: str, family: Family) -> None:
    assessment = await walk.post(f"{path}/assessments", {})
    one = f"/v1/assessments/{assessment['id']}"
    await walk.get(one)
    await walk.post(f"{one}:compose", if_match=1)
    done = {"factors": ["1B"], "outcome": "services"}
    await walk.post(f"{one}:authorise", done, by=MANAGER, if_match=2)
    children = [str(child) for child in family.children]
    started = await walk.post(f"{path}/enquiries", {"children": children, "started_on": "2026-10-01"})
    other = next(e for e in started["items"] if e["child_id"] == str(family.ben))
    await walk.get(f"/v1/enquiries/{other['id']}")
    await walk.post(f"/v1/enquiries/{other['id']}:end", {"outcome": "nfa"}, if_match=1)
    decided = {"child_id": str(family.ada), "plan": True, "category": "NEG"}
    initial = {"kind": "initial", "held_on": "2026-10-12", "children": [decided]}
    held = await walk.post(f"{path}/conferences", initial, by=CHAIR)
    await walk.get(f"/v1/conferences/{held['id']}")
    [cp] = (await walk.get(f"{path}/plan-spells"))["items"]
    await walk.get(f"/v1/plan-spells/{cp['id']}")
    await walk.post(f"/v1/plan-spells/{cp['id']}:record-birth", {"born_on": "2026-10-20"}, if_match=1)
    await walk.post(f"/v1/plan-spells/{cp['id']}:change-category", {"category": "EMO"}, if_match=2)
    await walk.post(f"/v1/plan-spells/{cp['id']}:end", {"reason": "needs_met"}, if_match=3)
    after = {"kind": "looked_after", "children": [{"child_id": str(family.ada), "placement": "ordinary"}]}
    [held] = (await walk.post(f"{path}/plan-spells", after, by=MANAGER))["items"]
    await walk.post(f"/v1/plan-spells/{held['id']}:place", {"placement": "long_term"}, if_match=1)
    await walk.post(f"/v1/plan-spells/{held['id']}:end", {"reason": "needs_met"}, if_match=2)
    before = {"kind": "pre_proceedings", "children": [{"child_id": str(family.ada)}]}
    [held] = (await walk.post(f"{path}/plan-spells", before))["items"]
    await walk.post(f"/v1/plan-spells/{held['id']}:send-letter", {"offered": True}, if_match=1)
    await walk.post(f"/v1/plan-spells/{held['id']}:end", {"reason": "needs_met"}, if_match=2)


async def _write_team(walk: Walk, path: str, family: Family) -> None:
    meeting = await walk.post(f"{path}/network-meetings", {"in_letter": True})
    one = f"/v1/network-meetings/{meeting['id']}"
    await walk.get(one)
    said: list[tuple[str, Any]] = [
        ("decline", None), ("accept", {}), ("plan", {"planned_for": "2026-12-01"}), ("hold", {}),
        ("make-plan", {"family_plan": "x"}), ("review", None),
    ]  # fmt: skip
    for revision, (verb, body) in enumerate(said, start=1):
        await walk.post(f"{one}:{verb}", body, if_match=revision)
    asked = {"adult_id": str(family.mother), "specialism": "substance_misuse", "reason": "x"}
    request = await walk.post(f"{path}/practitioner-requests", asked)
    await walk.get(f"/v1/practitioner-requests/{request['id']}")
    withdrawal = {"reason": "no_longer_needed"}
    await walk.post(f"/v1/practitioner-requests/{request['id']}:withdraw", withdrawal, if_match=1)
    missed = await walk.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER)
    await walk.get(f"/v1/supervisions/{missed['id']}")
    await walk.post(f"/v1/supervisions/{missed['id']}:miss", {"reason": "x"}, by=MANAGER, if_match=1)
    held = await walk.post(f"{path}/supervisions", {"planned_on": "2026-11-20"}, by=MANAGER)
    await walk.post(f"/v1/supervisions/{held['id']}:hold", by=MANAGER, if_match=1)
    goals = [goal for goal in (await walk.get(f"{path}/plan"))["goals"] if goal["state"] == "active"]
    record_ = {
        "held_on": "2026-11-20",
        "chair_id": str(MANAGER.id),
        "attendees": [{"person_id": str(WORKER.id), "role": "social_worker", "agency": "council"}],
        "goals": [{"goal_id": goal["id"], "progress": "same"} for goal in goals],
        "risk_statement": "x",
        "actions": [{"what": "x", "owner_id": str(WORKER.id), "due_on": "2026-12-01"}],
        "decision": "step_down",
        "next_on": "2026-12-18",
    }
    await walk.post(f"/v1/supervisions/{held['id']}:record", record_, by=MANAGER, if_match=2)
    due = (await walk.get(f"/v1/workers/{WORKER.id}/due"))["items"]
    [action] = [item for item in due if item["what"] == "action"]
    await walk.get(f"/v1/actions/{action['id']}")
    await walk.post(f"/v1/actions/{action['id']}:complete", if_match=1)


async def _change_level(walk: Walk, path: str, family: Family) -> None:
    async def say(verb: str, body: Any = None, by: Any = MANAGER) -> None:
        now = await walk.get(path)
        await walk.post(f"{path}:{verb}", body, by=by, if_match=now["revision"])

    await say("offer-step-down")
    await say("refuse-step-down", {"reason": "no_capacity"}, EARLY_HELP)
    await say("offer-step-down")
    await say("accept-step-down", by=EARLY_HELP)
    await say("step-up", {"to_level": "cin"})
    await say("offer-step-down")
    await say("accept-step-down", by=EARLY_HELP)
    for plan in (await walk.get(path))["plans"]:
        await walk.post(f"/v1/plan-spells/{plan['id']}:end", {"reason": "closed"}, if_match=1)
    await say("close", {"reason": "RC7"})
    await say("reopen", {"reason": "new_information"})
