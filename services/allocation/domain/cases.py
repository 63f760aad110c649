"""What a worker holds: a family, its children with the kind of work each brings, and the worker's share."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from libs.kernel.ids import FamilyId, PersonId


class CaseType(StrEnum):
    """The kind of work a child brings; the scheme says what each weighs."""

    ASSESSMENT = "assessment"
    CIN = "cin"
    CP = "cp"
    PRE_PROCEEDINGS = "pre_proceedings"
    PROCEEDINGS = "proceedings"
    LOOKED_AFTER_SETTLED = "looked_after_settled"
    LOOKED_AFTER_UNSETTLED = "looked_after_unsettled"
    STEP_DOWN = "step_down"


#: Work before a court or on the way there: what the court ceiling counts.
COURT_WORK = frozenset({CaseType.PRE_PROCEEDINGS, CaseType.PROCEEDINGS})
#: Work that a newly qualified worker holds only together with another.
NOT_ALONE_IN_FIRST_YEAR = COURT_WORK | {CaseType.CP}


class SpellKind(StrEnum):
    """The plans and levels that the workbook tells of."""

    EARLY_HELP = "eh"
    CIN = "cin"
    CP = "cp"
    PRE_PROCEEDINGS = "pre_proceedings"
    PROCEEDINGS = "proceedings"
    LOOKED_AFTER = "looked_after"


class Share(StrEnum):
    """How far a worker answers for the family."""

    LEAD = "lead"
    CO = "co"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """A child on a plan during `[started_on, ended_on)`."""

    kind: SpellKind
    started_on: date
    ended_on: date | None = None

    def runs(self, on: date) -> bool:
        """Whether the plan runs on that day."""
        return self.started_on <= on and (self.ended_on is None or on < self.ended_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildWork:
    """One child and the work it brings; `complexity` 0 to 3, None while nobody has assessed it."""

    child_id: PersonId
    case_type: CaseType
    complexity: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One family as one worker holds it."""

    family_id: FamilyId
    children: tuple[ChildWork, ...]
    share: Share
    since: date
    taken_over_on: date | None = None  # when it passed from another worker
    travel_minutes: int = 0  # each way, from the worker's base
    needs_interpreter: bool = False  # or work outside office hours


# The heaviest plan that runs decides; a plan list is read from the top.
_PRECEDENCE: tuple[tuple[SpellKind, CaseType], ...] = (
    (SpellKind.PROCEEDINGS, CaseType.PROCEEDINGS),
    (SpellKind.PRE_PROCEEDINGS, CaseType.PRE_PROCEEDINGS),
    (SpellKind.CP, CaseType.CP),
    (SpellKind.LOOKED_AFTER, CaseType.LOOKED_AFTER_SETTLED),
    (SpellKind.CIN, CaseType.CIN),
)


def case_type(spells: Iterable[Spell], *, assessing: bool, on: date, settled_after_days: int) -> CaseType:
    """Say what work a child brings on a day: its heaviest running plan, else its assessment, else step-down.

    A looked-after child counts as unsettled for the first `settled_after_days` days. A child about whom
    nothing is known yet is being assessed.
    """
    known = tuple(spells)
    running: Mapping[SpellKind, Spell] = {spell.kind: spell for spell in known if spell.runs(on)}
    for kind, found in _PRECEDENCE:
        if kind not in running:
            continue
        settling = kind is SpellKind.LOOKED_AFTER and on < running[kind].started_on + timedelta(settled_after_days)
        return CaseType.LOOKED_AFTER_UNSETTLED if settling else found
    if assessing or not known:
        return CaseType.ASSESSMENT
    return CaseType.STEP_DOWN


def take_on(cases: tuple[Case, ...], new: Case) -> tuple[Case, ...]:
    """Add a family to what a worker holds; one who already works with it goes on with all its children."""
    held = next((case for case in cases if case.family_id == new.family_id), None)
    if held is None:
        return (*cases, new)
    known = {child.child_id for child in new.children}
    children = (*new.children, *(child for child in held.children if child.child_id not in known))
    share = Share.LEAD if Share.LEAD in {held.share, new.share} else Share.CO
    joined = replace(new, children=children, share=share, since=min(held.since, new.since))
    return (*(case for case in cases if case.family_id != new.family_id), joined)
