"""The way of one family: who it is, when it began, and what the steps have learned."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from deploy import county
from deploy.county import Person
from deploy.demo.playing import Play
from libs.kernel.working_days import add_working_days

_HERE = ZoneInfo("Europe/London")


@dataclass(slots=True)
class Walk:
    """The family's way, and what is known of it so far."""

    play: Play
    start: date  # a working day
    say: Callable[[str], None]
    kept: dict[str, Any] = field(default_factory=dict)

    def day(self, working_days: int) -> date:
        """Return the working day that is so many after the concern came."""
        return add_working_days(self.start, working_days)

    def at(self, working_days: int, hour: int, minute: int = 0) -> str:
        """Return a moment of such a day, as it is sent."""
        return datetime.combine(self.day(working_days), time(hour, minute), _HERE).isoformat()


def app() -> Person:
    """Return Turning Point's own client application."""
    return county.person("app_turning_point")


def practitioner(path: Walk) -> Person:
    """Return who of Turning Point works with the family's team."""
    agency = app().agency_id
    able = [one for one in county.practitioners() if one.person.agency_id == agency]
    return next(one for one in able if any(str(team) == path.play.team_id for team, _ in one.teams)).person


def when(moment: str) -> str:
    """Return a moment as people say it."""
    return datetime.fromisoformat(moment).astimezone(_HERE).strftime("%a %d %b %Y %H:%M")


def clock(one: Mapping[str, Any], *, at: str) -> str:
    """Return a clock in words: what for, how it stood at a moment of the story, by when, and whose rule it is."""
    return f"{what_for(one)} ({stood(one, at=at)}, due {when(one['due_at'])}, {one['source']})"


def what_for(one: Mapping[str, Any]) -> str:
    """Return what a clock is for."""
    said = one.get("title") or one["kind"].replace("cin_", "child_in_need_").replace("_", " ").capitalize()
    return str(said).rstrip(".")


def stood(one: Mapping[str, Any], *, at: str) -> str:
    """Return how a clock stood at a moment of the story; its own `standing` is how it stands today."""
    then, due = datetime.fromisoformat(at), datetime.fromisoformat(one["due_at"])
    met, voided = (datetime.fromisoformat(one[name]) if one[name] else None for name in ("met_at", "voided_at"))
    if met is not None and met <= then:
        return "met in time" if met <= due else "met late"
    if voided is not None and voided <= then:
        return "ended with its work"
    return "running" if then <= due else "run out"
