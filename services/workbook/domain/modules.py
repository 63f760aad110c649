"""The eight modules of the intervention programme, as reference data, and a family's progress through them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from libs.kernel.roles import Role
from libs.kernel.transitions import Move, move


@dataclass(frozen=True, slots=True)
class Module:
    """One module; an authority may give it its own title."""

    code: int
    title: str


# The published titles could not be read, so these are numbers with plain names that an authority replaces.
MODULES: tuple[Module, ...] = tuple(Module(code, f"Module {code}") for code in range(1, 9))
TITLES: Mapping[int, str] = {module.code: module.title for module in MODULES}
CODES = frozenset(module.code for module in MODULES)


class Progress(StrEnum):
    """How far a family is in a module."""

    NOT_STARTED = "not_started"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    NOT_APPLICABLE = "not_applicable"


_P = Progress
_WORKERS = frozenset({Role.SOCIAL_WORKER, Role.ADULT_PRACTITIONER, Role.TEAM_MANAGER, Role.EARLY_HELP_LEAD})
VERBS: Mapping[str, Move[Progress]] = {
    "start": Move(frozenset({_P.NOT_STARTED, _P.NOT_APPLICABLE}), _P.IN_PROGRESS, _WORKERS),
    "complete": Move(frozenset({_P.IN_PROGRESS}), _P.COMPLETE, _WORKERS),
    "set-aside": Move(frozenset({_P.NOT_STARTED, _P.IN_PROGRESS}), _P.NOT_APPLICABLE, _WORKERS),
    "resume": Move(frozenset({_P.COMPLETE}), _P.IN_PROGRESS, _WORKERS),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleProgress:
    """A family's progress in one module."""

    code: int
    progress: Progress = Progress.NOT_STARTED
    since: date | None = None
    outcome: str | None = None


def say(state: ModuleProgress, verb: str, *, on: date, outcome: str | None = None) -> ModuleProgress:
    """Return the progress after a verb said on a date."""
    return replace(
        state,
        progress=move(VERBS, verb=verb, state=state.progress),
        since=on,
        outcome=outcome or state.outcome,
    )
