"""Putting the work that followed a referral through the workbook's own commands, with its true dates.

What the workbook holds already is left alone: a record is recognised by its child, its kind and the day on
which it began. So the same file again changes nothing, and a later file adds what happened since. What the
file tells otherwise than the workbook holds it is noted as a difference, and changes nothing either.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from libs.kernel.deadline import start_of_day
from services.referrals.domain.census import comparison
from services.referrals.domain.census.comparison import Difference, View
from services.referrals.domain.census.records import Enquiry, Field, ProtectionPlan
from services.referrals.domain.census.story import EpisodeStory, Kind, Step
from services.referrals.loading.calling import Differs, Peer
from services.referrals.loading.ledger import LISTS, Ledger, Record

_NOT_TOLD = "not_told"  # why a plan ended is not in a census


@dataclass(slots=True)
class Casework:
    """One family's workbook while an episode is put into it."""

    peer: Peer
    family_id: UUID
    child_id: UUID
    referral_id: UUID
    story: EpisodeStory
    until: date  # the last day of the file
    went_in: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)
    _ledger: Ledger = field(init=False)
    _workbook: Record = field(default_factory=dict)
    _differing: set[str] = field(default_factory=set)  # paths of records that are held otherwise
    _is_stale: bool = False  # a review is noted on the plans, which counts as a change of theirs

    def __post_init__(self) -> None:
        """Begin with nothing known of the child."""
        self._ledger = Ledger(self.child_id)

    async def open(self, *, new: bool) -> None:
        """Open the family's workbook for this referral, or go on with it. Raises `Refused`.

        Nothing that followed a `new` referral can be in the workbook yet.
        """
        found = [] if new else (await self.peer.get("/v1/workbooks", family_id=str(self.family_id)))["items"]
        if found:
            self._workbook = found[0]
            await self._ledger.look(self.peer, self._workbook["id"])
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
        """Take one step, unless it was taken before. Raises `Refused`, or `Differs` if its record is held otherwise."""
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
        await self._begin(step, self._children(step), told="assessments started")

    async def _authorise_assessment(self, step: Step) -> None:
        done = {
            "authorised_on": _day(step.on),
            "factors": [str(factor) for factor in step.factors],
            "outcome": str(step.outcome),
        }
        await self._change(step, "authorise", done, said="authorised_on", told="assessments authorised")

    async def _start_enquiry(self, step: Step) -> None:
        await self._begin(step, self._children(step), told="section 47 enquiries started")

    async def _end_enquiry(self, step: Step) -> None:
        ended = {"ended_on": _day(step.on), "outcome": str(step.outcome)}
        await self._change(step, "end", ended, said="ended_on", told="section 47 enquiries ended")

    async def _hold_conference(self, step: Step) -> None:
        if step.record.path in self._differing:
            return
        if isinstance(step.record, Field):
            self._check_moved_in()
        await self._confer("initial", step)

    async def _hold_review(self, step: Step) -> None:
        await self._confer("review", step)

    async def _start_protection(self, step: Step) -> None:
        if self._ledger.at(step) is None:
            self._check_began(step)
            self._check_led_to(step)
        await self._confer("initial", step)
        # The plan began with its conference: this asks for it.
        child = {"category": str(step.category), "previous_cp_plans": step.previous_plans}
        await self._plan("cp", step, child, told="child protection plans started")

    async def _change_category(self, step: Step) -> None:
        spell, plan = self._ledger.at(step), self._plan_of(step)
        if spell is None or plan is None:
            return  # its beginning was refused, and is in the report
        if spell["latest_category"] == step.category:
            self.unchanged["categories changed"] += 1
        elif comparison.brings_category(plan, spell):
            changed = {"category": str(step.category), "changed_on": _day(step.on)}
            await self._change(step, "change-category", changed, told="categories changed")

    async def _end_protection(self, step: Step) -> None:
        await self._end(step, told="child protection plans ended")

    async def _start_plan(self, step: Step) -> None:
        await self._plan("cin", step, {}, told="child in need plans started")

    async def _end_plan(self, step: Step) -> None:
        await self._end(step, told="child in need plans ended")

    async def _confer(self, kind: str, step: Step) -> None:
        decided = {"child_id": str(self.child_id), "plan": step.leads_to_plan}
        if step.category is not None:
            decided |= {"category": str(step.category), "previous_cp_plans": step.previous_plans}
        body = {"kind": kind, "held_on": _day(step.on), "children": [decided]}
        self._is_stale = self._is_stale or kind == "review"
        told = f"{kind} conferences held"
        if step.on in self._ledger.of("conferences", kind):
            self.unchanged[told] += 1
        else:
            await self._put("conferences", body, told=told)

    async def _plan(self, kind: str, step: Step, child: Mapping[str, Any], *, told: str) -> None:
        children = [{"child_id": str(self.child_id), **child}]
        body = {"kind": kind, "started_on": _day(step.on), "children": children}
        await self._begin(step, body, told=told)

    async def _end(self, step: Step, *, told: str) -> None:
        ended = {"ended_on": _day(step.on), "reason": _NOT_TOLD}
        await self._change(step, "end", ended, said="ended_on", told=told)

    def _children(self, step: Step) -> Record:
        return {"children": [str(self.child_id)], "started_on": _day(step.on)}

    async def _begin(self, step: Step, body: Mapping[str, Any], *, told: str) -> None:
        held = self._ledger.at(step)
        if held is None:
            self._check_began(step)
            await self._put(LISTS[step.kind][0], body, told=told)
            return
        before = sum(began < step.on for began in self._ledger.of("plan-spells", "cp"))
        view = View(until=self.until, closed=self.story.closed_on is not None)
        found = comparison.differences(step.record, held, view=view, plans_before=before)
        if found:
            self.differences += found
            self._differing.add(step.record.path)
        else:
            self.unchanged[told] += 1

    async def _put(self, records: str, body: Mapping[str, Any], *, told: str) -> None:
        answer = await self._say(f"/v1/workbooks/{self._workbook['id']}/{records}", body, revision=None)
        self._ledger.keep(records, answer.get("items", [answer]))
        self.went_in[told] += 1

    async def _change(
        self, step: Step, verb: str, body: Mapping[str, Any], *, told: str, said: str | None = None
    ) -> None:
        record, (records, _) = self._ledger.at(step), LISTS[step.kind]
        if record is None:
            return  # its beginning was refused, and is in the report
        if said is not None and record[said] is not None:
            self.unchanged[told] += step.record.path not in self._differing
            return
        path = f"/v1/{records}/{record['id']}"
        if self._is_stale:
            record = dict(await self.peer.get(path))
        self._ledger.keep(records, [await self._say(f"{path}:{verb}", body, revision=record["revision"])])
        self.went_in[told] += 1

    def _plan_of(self, change: Step) -> ProtectionPlan | None:
        plans = (one.record for one in self.story.steps if one.kind is Kind.START_PROTECTION and one.on == change.since)
        return next((plan for plan in plans if isinstance(plan, ProtectionPlan)), None)

    def _check_began(self, step: Step) -> None:
        """Refuse to begin again what the workbook holds from another day."""
        told = {one.since for one in self.story.steps if LISTS.get(one.kind) == LISTS[step.kind]}
        others = [one for began, one in self._ledger.of(*LISTS[step.kind]).items() if began not in told]
        began = comparison.began_otherwise(start=step.on, end=comparison.end_of(step.record), others=others)
        if began is not None:
            self._differing.add(step.record.path)
            raise Differs(self.peer.name, f"It began on {began} here.")

    def _check_led_to(self, step: Step) -> None:
        """Refuse a plan whose conference came of an enquiry that is held otherwise, which it would end."""
        enquiries = (one.record for one in self.story.steps if one.record.path in self._differing)
        if any(isinstance(one, Enquiry) and one.conference.day == step.on for one in enquiries):
            raise Differs(self.peer.name, "The enquiry that led to it is held otherwise here.")

    def _check_moved_in(self) -> None:
        """Refuse another date for the conference of a child who moved in on a plan."""
        told = {one.on for one in self.story.steps if one.kind in {Kind.HOLD_CONFERENCE, Kind.START_PROTECTION}}
        since, until = self.story.referred_on, self.story.closed_on or self.until
        for held_on in self._ledger.of("conferences", "initial"):
            if held_on not in told and since <= held_on <= until:
                raise Differs(self.peer.name, f"The conference was held on {held_on} here.")

    async def _say(self, path: str, body: Mapping[str, Any], *, revision: int | None) -> Record:
        answer = await self.peer.post(path, body, named=(self.family_id, self.referral_id), revision=revision)
        return answer.said


def _day(day: date) -> str:
    return day.isoformat()


def _moment(day: date) -> str:
    return start_of_day(day).isoformat()
