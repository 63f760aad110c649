"""Whether the five services tell the same story of the family: each is asked by itself, and the answers are laid side by side."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from deploy import county
from deploy.demo.walk import Walk

_HERE = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the story, and what each service answers that knows of it."""

    asked: str
    answers: Mapping[str, Any]

    @property
    def agreed(self) -> bool:
        """Whether all answers are the same."""
        return len({repr(answer) for answer in self.answers.values()}) == 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Accounts:
    """What each service says of the family, as it answers."""

    referral: Mapping[str, Any]
    allocation: Mapping[str, Any]
    workbook: Mapping[str, Any]
    spells: Sequence[Mapping[str, Any]]  # plans of one child, in its workbook
    asked: Mapping[str, Any]  # the practitioner, as the workbook asked
    request: Mapping[str, Any]  # and as partners was asked
    journey: Mapping[str, Any]  # of the same child, in metrics
    first_worker: str  # whom the front door was told of

    @property
    def lead(self) -> Mapping[str, Any]:
        """The last worker of the child's journey."""
        workers: Sequence[Mapping[str, Any]] = self.journey["workers"]
        return workers[-1] if workers else {}


async def questions(path: Walk) -> tuple[Question, ...]:
    """Ask each service for its own account of the family."""
    found = await _accounts(path)
    return *_about_the_family(found), *_about_the_work(found), *_about_the_end(found)


async def _accounts(path: Walk) -> _Accounts:
    play, overseer, child = path.play, county.person("service_manager_1"), path.play.children[0]

    async def of(service: str, address: str) -> Mapping[str, Any]:
        said: Mapping[str, Any] = (await play.desk.get(play.manager, service, address)).body
        return said

    spells = await play.desk.every(play.manager, "workbook", f"/workbooks/{play.workbook_id}/plan-spells")
    return _Accounts(
        referral=await of("referrals", f"/referrals/{play.referral_id}"),
        allocation=(await play.desk.every(overseer, "allocation", "/allocations", family_id=play.family_id))[0],
        workbook=await of("workbook", f"/workbooks/{play.workbook_id}"),
        spells=[one for one in spells if one["child_id"] == child],
        asked=await of("workbook", f"/practitioner-requests/{path.kept['practitioner_request_id']}"),
        request=await of("partners", f"/requests/{path.kept['request_id']}"),
        journey=await of("metrics", f"/journeys/{child}"),
        first_worker=path.kept["worker_at_the_front_door"],
    )


def _about_the_family(found: _Accounts) -> Iterator[Question]:
    three = {"referrals": found.referral, "allocation": found.allocation, "workbook": found.workbook}
    yield Question("which family is it", {name: said["family_id"] for name, said in three.items()})
    yield Question("who are its children", {name: sorted(said["children"]) for name, said in three.items()})
    yield Question(
        "who was its social worker",
        {
            "referrals": found.first_worker,
            "allocation": found.allocation["worker_id"],
            "workbook": found.workbook["lead_worker_id"],
            "metrics": found.lead.get("worker_id"),
        },
    )
    yield Question(
        "since when",
        {
            "allocation": _day(found.allocation["started_at"]),
            "workbook": found.workbook["opened_on"],
            "metrics": found.lead.get("started_on"),
        },
    )


def _about_the_work(found: _Accounts) -> Iterator[Question]:
    yield Question(
        "which practitioner worked with the parent, and what became of it",
        {
            "workbook": (found.asked["practitioner_id"], found.asked["state"]),
            "partners": (found.request["practitioner_id"], found.request["state"]),
        },
    )
    yield Question(
        "which plans were the children on, from when until when",
        {
            "workbook": sorted(_plan(one, "kind") for one in found.spells),
            "metrics": sorted(_plan(one, "level") for one in found.journey["spells"]),
        },
    )


def _about_the_end(found: _Accounts) -> Iterator[Question]:
    yield Question(
        "does anybody still hold it",
        {
            "referrals": found.referral["worker_id"] is not None,
            "allocation": found.allocation["ended_at"] is None,
            "workbook": found.workbook["state"] != "closed",
            "partners": found.request["ended_at"] is None,
            "metrics": found.lead.get("ended_on") is None,
        },
    )
    yield Question(
        "when did it end",
        {
            "referrals": found.referral["closed_on"],
            "allocation": _day(found.allocation["ended_at"]),
            "workbook": found.workbook["closed_on"],
            "metrics": found.lead.get("ended_on"),
        },
    )


def _plan(spell: Mapping[str, Any], kind: str) -> tuple[str, str, str | None]:
    return spell[kind], spell["started_on"], spell["ended_on"]


def _day(moment: str | None) -> str | None:
    return datetime.fromisoformat(moment).astimezone(_HERE).date().isoformat() if moment else None
