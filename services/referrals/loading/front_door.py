"""Putting a referral of the census through the front door's own commands."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from libs.kernel.codes import Sex, UpnUnknown
from libs.kernel.deadline import start_of_day
from services.referrals.domain.census.comparison import Difference, of_closing
from services.referrals.domain.census.findings import Placed
from services.referrals.domain.census.records import Child, Field
from services.referrals.domain.census.story import EpisodeStory
from services.referrals.loading.calling import Differs, Peer, Refused

_ADULT = timedelta(days=18 * 365 + 4)
#: What a later file may know better of a child.
_MAY_CHANGE = ("birth_date", "expected_date", "sex", "died_on", "ethnicity", "disabilities", "upn")
_WORK = frozenset({"accepted", "allocated"})
_LOOK_AGAIN = 0.25  # seconds
_RATIONALE = "Decided in the case system that the children in need census comes from."


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the records come from, and the area that a census does not tell."""

    authority: str
    area: str

    @property
    def system(self) -> str:
        """The name of the sending system in source keys."""
        return f"cin-census-{self.authority or 'unknown'}"


@dataclass(slots=True)
class Intake:
    """A referral on its way through the front door."""

    peer: Peer
    origin: Origin
    child: Child
    story: EpisodeStory
    occurrence: int  # of several referrals of one day, which
    went_in: Counter[str] = field(default_factory=Counter)
    unchanged: Counter[str] = field(default_factory=Counter)
    differences: list[Difference] = field(default_factory=list)

    @property
    def key(self) -> str:
        """What the sending system calls the referral: the same in every year's file."""
        again = f".{self.occurrence}" if self.occurrence > 1 else ""
        return f"{self.child.la_child_id.text}.{self.story.referred_on}{again}"

    @property
    def _at(self) -> datetime:
        # The census tells days only: everything at the front door is taken to happen as the day begins.
        return start_of_day(self.story.referred_on)

    @property
    def is_new(self) -> bool:
        """Whether the referral was not known before this load."""
        return bool(self.went_in["referrals received"])

    @property
    def is_there(self) -> bool:
        """Whether the front door has the referral now."""
        return self.is_new or bool(self.unchanged["referrals received"])

    async def receive(self) -> Mapping[str, Any]:
        """Send the referral; what was sent before is only answered. Raises `Refused`."""
        answer = await self.peer.post("/v1/referrals", self._body(), named=(self.origin.system, self.key))
        if answer.new:
            self.went_in["referrals received"] += 1
            return answer.said
        self.unchanged["referrals received"] += 1
        referral = dict(await self.peer.get(f"/v1/referrals/{answer.said['id']}"))
        await self._follow_up(referral)
        return referral

    async def _follow_up(self, referral: Mapping[str, Any]) -> None:
        """Tell what became known of the child since the referral came: a birth, a death, corrections. Raises `Refused`."""
        path = f"/v1/people/{child_id_of(referral)}"
        person = await self.peer.get(path)
        told = person_of(self.child, self.origin, on=self.story.referred_on)
        if person["birth_date"] is None and "birth_date" in told:
            birth = {"birth_date": told["birth_date"], "sex": told["sex"]}
            born = await self.peer.post(f"{path}:record-birth", birth, named=(self.key,), revision=person["revision"])
            person = born.said
            self.went_in["births recorded"] += 1
        if person["birth_date"] is not None:
            told.pop("expected_date", None)  # a file of an earlier year
        if told["sex"] == Sex.U:
            del told["sex"]  # not known there takes nothing away here
        changes = {name: told[name] for name in _MAY_CHANGE if name in told and told[name] != person[name]}
        if changes:
            await self.peer.patch(path, changes, revision=person["revision"])
            self.went_in["children corrected"] += 1

    async def decide(self, referral: Mapping[str, Any]) -> Mapping[str, Any]:
        """Triage and decide what is undecided yet. Raises `Refused`, or `Differs`."""
        told = "referrals accepted" if self.story.further_action else "referrals without further action"
        if referral["state"] == "received":
            triage = {"rag": "green", "level": 3 if self.story.further_action else 2}
            referral = await self._say(referral, "triage", triage)
        if referral["state"] == "triaged":
            proposal = {"outcome": self._outcome, "rationale": _RATIONALE}
            referral = await self._say(referral, "propose-decision", proposal)
        if referral["state"] == "awaiting_decision":
            referral = await self._say(referral, "accept" if self.story.further_action else "advise", {})
            self.went_in[told] += 1
        else:
            self.unchanged[told] += 1
        decided = _WORK | {"closed"} if self.story.further_action else {"no_further_action"}
        if referral["state"] not in decided:
            raise Differs(self.peer.name, f"The referral is {referral['state']} here.")
        return referral

    def closing(self, referral: Mapping[str, Any]) -> "Closing | None":
        """Return what is left to do once the workbook's own closing has come back. Raises `Differs`."""
        if not self.story.further_action:
            return None
        if self.story.closed_on is None:
            if referral["state"] == "closed":
                raise Differs(self.peer.name, "The referral is closed here and open in the file.")
            return None
        if referral["state"] == "closed":
            found = of_closing(self.story.record, referral)
            self.differences += found
            self.unchanged["referrals closed"] += not found
            return None
        return Closing(
            peer=self.peer,
            referral_id=str(referral["id"]),
            key=self.key,
            reason=str(self.story.closure_reason),
            on=self.story.closed_on,
            who=(self.child.position, self.child.la_child_id.text),
            record=Field(self.story.record.path, self.story.record.line),
        )

    @property
    def _outcome(self) -> str:
        if not self.story.further_action:
            return "nfa"
        return "cp_transfer_in" if self.story.moved_in else "single_assessment"

    async def _say(self, referral: Mapping[str, Any], verb: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        said = {**body, "occurred_at": self._at.isoformat()}
        path = f"/v1/referrals/{referral['id']}:{verb}"
        return (await self.peer.post(path, said, named=(self.key, verb), revision=referral["revision"])).said

    def _body(self) -> dict[str, Any]:
        story = self.story
        return {
            "source": {"system": self.origin.system, "id": self.key},
            "referral_source": str(story.source),
            "channel": "case_system",
            "area": self.origin.area,
            "primary_need": str(story.primary_need),
            "narrative": "Loaded from a children in need census.",
            "children": [person_of(self.child, self.origin, on=story.referred_on)],
            "received_at": self._at.isoformat(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """A referral that the file says is closed, after the work that followed it was put in."""

    peer: Peer
    referral_id: str
    key: str
    reason: str
    on: date
    who: tuple[int, str]  # the child's position in the file and number of the authority
    record: Placed

    async def do(self, *, patience: float) -> None:
        """Close the referral as soon as the front door has heard that the workbook is closed. Raises `Refused`."""
        path = f"/v1/referrals/{self.referral_id}"
        while (referral := await self.peer.get(path))["workbook"] == "open" and patience > 0:
            await asyncio.sleep(_LOOK_AGAIN)
            patience -= _LOOK_AGAIN
        closing = {"reason": self.reason, "occurred_at": start_of_day(self.on).isoformat()}
        try:
            await self.peer.post(f"{path}:close", closing, named=(self.key, "close"), revision=referral["revision"])
        except Refused as refusal:
            if refusal.status != httpx.codes.PRECONDITION_FAILED or patience <= 0:
                raise
            # News of the work came in between: look again.
            await self.do(patience=patience - _LOOK_AGAIN)


def person_of(child: Child, origin: Origin, *, on: date) -> dict[str, Any]:
    """Return a child of the census as the front door is told of a person; a census has no names."""
    told: dict[str, Any] = {
        "source": {"system": origin.system, "id": child.la_child_id.text},
        "la_child_id": child.la_child_id.text,
        "sex": str(child.recorded_sex or Sex.U),
        "birth_date": _date(child.birth_date.day),
        "expected_date": None if child.birth_date.day else _date(child.expected_date.day),
        "died_on": _date(child.death_date.day),
        "ethnicity": child.ethnicity.text or None,
        "disabilities": [field.text for field in child.disabilities],
        "upn": child.upn.text or None,
        "upn_unknown": child.upn_unknown.text if child.upn_unknown.text in set(UpnUnknown) else None,
    }
    born = child.birth_date.day
    if born is not None and on - born >= _ADULT:
        told["extended_to_25"] = True
    return {name: value for name, value in told.items() if value not in (None, [])}


def child_id_of(referral: Mapping[str, Any]) -> UUID:
    """Return the front door's id of the one child of a loaded referral."""
    return UUID(str(referral["children"][0]))


def _date(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
