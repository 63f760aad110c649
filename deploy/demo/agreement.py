"""Whether the five services tell the same story of the family: each is asked by itself, and the answers are laid side by side."""

from collections.abc import Mapping
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


async def questions(path: Walk) -> tuple[Question, ...]:
    """Ask each service for its own account of the family."""
    play, overseer = path.play, county.person("service_manager_1")
    referral = (await play.desk.get(play.manager, "referrals", f"/referrals/{play.referral_id}")).body
    held = (await play.desk.every(overseer, "allocation", "/allocations", family=play.family_id))[0]
    book = (await play.desk.get(play.manager, "workbook", f"/workbooks/{play.workbook_id}")).body
    spells = await play.desk.every(play.manager, "workbook", f"/workbooks/{play.workbook_id}/plan-spells")
    asked = (
        await play.desk.get(play.manager, "workbook", f"/practitioner-requests/{path.kept['practitioner_request_id']}")
    ).body
    request = (await play.desk.get(play.manager, "partners", f"/requests/{path.kept['request_id']}")).body
    child = play.children[0]
    journey = (await play.desk.get(play.manager, "metrics", f"/journeys/{child}")).body
    lead = journey["workers"][-1] if journey["workers"] else {}
    return (
        Question("which family is it", _of(referrals=referral, allocation=held, workbook=book, field="family_id")),
        Question(
            "who are its children",
            {
                name: sorted(found["children"])
                for name, found in (("referrals", referral), ("allocation", held), ("workbook", book))
            },
        ),
        Question(
            "who was its social worker",
            {
                "referrals": path.kept["worker_at_the_front_door"],
                "allocation": held["worker_id"],
                "workbook": book["lead_worker_id"],
                "metrics": lead.get("worker_id"),
            },
        ),
        Question(
            "since when",
            {
                "allocation": _day(held["started_at"]),
                "workbook": book["opened_on"],
                "metrics": lead.get("started_on"),
            },
        ),
        Question(
            "which practitioner worked with the parent, and what became of it",
            {
                "workbook": (asked["practitioner_id"], asked["state"]),
                "partners": (request["practitioner_id"], request["state"]),
            },
        ),
        Question(
            "which plans were the children on, from when until when",
            {
                "workbook": sorted(_plan(one, "kind") for one in spells if one["child_id"] == child),
                "metrics": sorted(_plan(one, "level") for one in journey["spells"]),
            },
        ),
        Question(
            "does anybody still hold it",
            {
                "referrals": referral["worker_id"] is not None,
                "allocation": held["ended_at"] is None,
                "workbook": book["state"] != "closed",
                "partners": request["ended_at"] is None,
                "metrics": lead.get("ended_on") is None,
            },
        ),
        Question(
            "when did it end",
            {
                "referrals": referral["closed_on"],
                "allocation": _day(held["ended_at"]),
                "workbook": book["closed_on"],
                "metrics": lead.get("ended_on"),
            },
        ),
    )


def _of(*, field: str, **found: Mapping[str, Any]) -> dict[str, Any]:
    return {name: body[field] for name, body in found.items()}


def _plan(spell: Mapping[str, Any], kind: str) -> tuple[str, str, str | None]:
    return spell[kind], spell["started_on"], spell["ended_on"]


def _day(moment: str | None) -> str | None:
    return datetime.fromisoformat(moment).astimezone(_HERE).date().isoformat() if moment else None
