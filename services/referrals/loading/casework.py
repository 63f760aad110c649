"""Putting the work that followed a referral through the workbook's own commands, with its true dates.

What the workbook holds already is left alone: a record is recognised by its child, its kind and the day on
which it began. So the same file again changes nothing, and a later file adds what happened since.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from libs.kernel.deadline import start_of_day
from services.referrals.domain.census.story import EpisodeStory, Kind, Step
from services.referrals.loading.calling import Peer

_NOT_TOLD = "not_told"  # why a plan ended is not in a census
_RECORDS = ("assessments", "enquiries", "conferences", "plan-spells")
_BEGAN = {"conferences": "held_on"}
_Record = dict[str, Any]
#: A record's kind, if it has kinds, and the day on which it began.
_Mark = tuple[str, str]


@dataclass(slots=True)
class Casework:
    """One family's workbook while an episode is put into it."""

    peer: Peer
    family_id: UUID
    child_id: UUID
    referral_id: UUID
    story: EpisodeStory
    went_in: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    _workbook: _Record = field(default_factory=dict)
    _is_stale: bool = False  # a review is noted on the plans, which counts as a change of theirs
    _held: dict[str, dict[_Mark, _Record]] = field(default_factory=lambda: {name: {} for name in _RECORDS})

    async def open(self, *, new: bool) -> None:
        """Open the family's workbook for this referral, or go on with it. Raises `Refused`.

        Nothing that followed a `new` referral can be in the workbook yet.
        """
        found = [] if new else (await self.peer.get("/v1/workbooks", family_id=str(self.family_id)))["items"]
        if found:
            self._workbook = found[0]
            await self._look()
        if found and not self._came_back:
            self.unchanged["workbooks opened"] += 1
            return
        opening = {
            "family_id": str(self.family_id),
            "referral_id": str(self.referral_id),
            "referred_on": self.story.referred_on.isoformat(),
            "children": [str(self.child_id)],
            "occurred_at": _moment(self.story.referred_on),
        }
        self._workbook = await self._say("/v1/workbooks", opening, revision=None)
        self.went_in["workbooks opened"] += 1

    async def do(self, step: Step) -> None:
        """Take one step, unless it was taken before. Raises `Refused`."""
        takers: Mapping[Kind, Callable[[Step], Awaitable[None]]] = {
            Kind.START_ASSESSMENT: self._start_assessment,
            Kind.AUTHORISE_ASSESSMENT: self._authorise_assessment,
            Kind.START_ENQUIRY: self._start_enquiry,
            Kind.END_ENQUIRY: self._end_enquiry,
            Kind.HOLD_CONFERENCE: self._hold_conference,
            Kind.START_PROTECTION: self._start_protection,
            Kind.HOLD_REVIEW: self._hold_review,
            Kind.CHANGE_CATEGORY: self._change_category,
            Kind.END_PROTECTION: self._end_protection,
            Kind.START_PLAN: self._start_plan,
            Kind.END_PLAN: self._end_plan,
        }
        await takers[step.kind](step)

    async def close(self) -> None:
        """Close the workbook with its episode. Raises `Refused`."""
        if self.story.closed_on is None:
            return
        if self._workbook["state"] == "closed" or not self._is_current:
            self.unchanged["workbooks closed"] += 1
            return
        closing = {"reason": str(self.story.closure_reason), "occurred_at": _moment(self.story.closed_on)}
        # Its revision counts everything that was done in it since it was opened.
        self._workbook = dict(await self.peer.get(f"/v1/workbooks/{self._workbook['id']}"))
        path = f"/v1/workbooks/{self._workbook['id']}:close"
        self._workbook = await self._say(path, closing, revision=self._workbook["revision"])
        self.went_in["workbooks closed"] += 1

    @property
    def _is_current(self) -> bool:
        """Whether the workbook is at this referral, and not at a later one."""
        referred_on = self._workbook.get("referred_on")
        return referred_on is None or date.fromisoformat(referred_on) <= self.story.referred_on

    @property
    def _came_back(self) -> bool:
        """Whether the workbook was closed at the end of an earlier referral."""
        closed = self._workbook["state"] == "closed"
        return closed and self._is_current and self._workbook["referral_id"] != str(self.referral_id)

    async def _start_assessment(self, step: Step) -> None:
        await self._begin("assessments", ("", _day(step.on)), self._children(step), told="assessments started")

    async def _authorise_assessment(self, step: Step) -> None:
        done = {
            "authorised_on": _day(step.on),
            "factors": [str(factor) for factor in step.factors],
            "outcome": str(step.outcome),
        }
        mark = ("", _day(step.since))
        await self._change("assessments", mark, "authorise", done, said="authorised_on", told="assessments authorised")

    async def _start_enquiry(self, step: Step) -> None:
        await self._begin("enquiries", ("", _day(step.on)), self._children(step), told="section 47 enquiries started")

    async def _end_enquiry(self, step: Step) -> None:
        ended = {"ended_on": _day(step.on), "outcome": str(step.outcome)}
        mark = ("", _day(step.since))
        await self._change("enquiries", mark, "end", ended, said="ended_on", told="section 47 enquiries ended")

    async def _hold_conference(self, step: Step) -> None:
        await self._confer("initial", step)

    async def _hold_review(self, step: Step) -> None:
        await self._confer("review", step)

    async def _start_protection(self, step: Step) -> None:
        await self._confer("initial", step)
        child = {"category": str(step.category), "previous_cp_plans": step.previous_plans}
        await self._plan("cp", step, child, told="child protection plans started")

    async def _change_category(self, step: Step) -> None:
        spell = self._held["plan-spells"].get(("cp", _day(step.since)))
        if spell is not None and spell["latest_category"] == step.category:
            self.unchanged["categories changed"] += 1
            return
        changed = {"category": str(step.category), "changed_on": _day(step.on)}
        await self._change(
            "plan-spells", ("cp", _day(step.since)), "change-category", changed, told="categories changed"
        )

    async def _end_protection(self, step: Step) -> None:
        await self._end("cp", step, told="child protection plans ended")

    async def _start_plan(self, step: Step) -> None:
        await self._plan("cin", step, {}, told="child in need plans started")

    async def _end_plan(self, step: Step) -> None:
        await self._end("cin", step, told="child in need plans ended")

    async def _confer(self, kind: str, step: Step) -> None:
        decided = {"child_id": str(self.child_id), "plan": step.leads_to_plan}
        if step.category is not None:
            decided["category"] = str(step.category)
        body = {"kind": kind, "held_on": _day(step.on), "children": [decided]}
        self._is_stale = self._is_stale or kind == "review"
        await self._begin("conferences", (kind, _day(step.on)), body, told=f"{kind} conferences held")

    async def _plan(self, kind: str, step: Step, child: Mapping[str, Any], *, told: str) -> None:
        children = [{"child_id": str(self.child_id), **child}]
        body = {"kind": kind, "started_on": _day(step.on), "children": children}
        await self._begin("plan-spells", (kind, _day(step.on)), body, told=told)

    async def _end(self, kind: str, step: Step, *, told: str) -> None:
        ended = {"ended_on": _day(step.on), "reason": _NOT_TOLD}
        await self._change("plan-spells", (kind, _day(step.since)), "end", ended, said="ended_on", told=told)

    def _children(self, step: Step) -> _Record:
        return {"children": [str(self.child_id)], "started_on": _day(step.on)}

    async def _begin(self, records: str, mark: _Mark, body: Mapping[str, Any], *, told: str) -> None:
        if mark in self._held[records]:
            self.unchanged[told] += 1
            return
        answer = await self._say(f"/v1/workbooks/{self._workbook['id']}/{records}", body, revision=None)
        self._keep(records, answer.get("items", [answer]))
        self.went_in[told] += 1

    async def _change(
        self, records: str, mark: _Mark, verb: str, body: Mapping[str, Any], *, told: str, said: str | None = None
    ) -> None:
        record = self._held[records].get(mark)
        if record is None:
            return  # its beginning was refused, and is in the report
        if said is not None and record[said] is not None:
            self.unchanged[told] += 1
            return
        path = f"/v1/{records}/{record['id']}"
        if self._is_stale:
            record = dict(await self.peer.get(path))
        self._keep(records, [await self._say(f"{path}:{verb}", body, revision=record["revision"])])
        self.went_in[told] += 1

    async def _say(self, path: str, body: Mapping[str, Any], *, revision: int | None) -> _Record:
        answer = await self.peer.post(path, body, named=(self.family_id, self.referral_id), revision=revision)
        return answer.said

    async def _look(self) -> None:
        for records in _RECORDS:
            wanted: dict[str, str] = {}
            while True:
                page = await self.peer.get(f"/v1/workbooks/{self._workbook['id']}/{records}", **wanted)
                self._keep(records, page["items"])
                if not page.get("next"):
                    break
                wanted = {"after": page["next"]}

    def _keep(self, records: str, found: Sequence[_Record]) -> None:
        for one in found:
            if str(self.child_id) in _about(one):
                self._held[records][one.get("kind", ""), one[_BEGAN.get(records, "started_on")]] = one


def _about(record: Mapping[str, Any]) -> set[str]:
    if "child_id" in record:
        return {record["child_id"]}
    return {child if isinstance(child, str) else child["child_id"] for child in record["children"]}


def _day(day: date) -> str:
    return day.isoformat()


def _moment(day: date) -> str:
    return start_of_day(day).isoformat()
