"""The plans and legal statuses of each child over time, with the invariants of the Children in Need census."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from uuid import UUID

from libs.kernel.codes import CategoryOfAbuse
from libs.kernel.errors import Conflict, Invalid
from libs.kernel.roles import Role
from services.workbook.domain.clock_rules import Placement
from services.workbook.domain.levels import SpellKind
from services.workbook.domain.moments import ImplausibleDate
from services.workbook.domain.network_meetings import Exemption


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule that a history of plans would break: the census rule's number, and for whom."""

    rule: str
    child_id: UUID
    says: str


class SpellRuleBroken(Invalid):
    """The plans of a child cannot be so."""

    slug = "spell-rule-broken"

    def __init__(self, violations: tuple[Violation, ...]) -> None:
        """Name every rule that is broken and the child of each."""
        super().__init__(
            "; ".join(sorted({f"{v.rule}: {v.says}" for v in violations})),
            rules=[{"rule": v.rule, "child_id": str(v.child_id), "detail": v.says} for v in violations],
        )
        self.violations = violations


class NotOnThatPlan(Conflict):
    """The child is not on such a plan."""


class EarlyHelpHasNotAccepted(Conflict):
    """Early help receives only the families that it accepts."""


def only_accepted(kind: SpellKind, *, by: Iterable[Role]) -> None:
    """Raise `EarlyHelpHasNotAccepted` for an early help plan that is not loaded from another system."""
    if kind is SpellKind.EH and Role.CASE_SYSTEM not in frozenset(by):
        raise EarlyHelpHasNotAccepted("Offer the family to early help, which accepts it or not.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spell:
    """One child on one plan from a date until a date (the last day counts as in)."""

    id: UUID
    child_id: UUID
    kind: SpellKind
    started_on: date
    ended_on: date | None = None
    end_reason: str | None = None
    initial_category: CategoryOfAbuse | None = None
    latest_category: CategoryOfAbuse | None = None
    previous_cp_plans: int | None = None
    reviewed_on: tuple[date, ...] = ()
    letter_sent_on: date | None = None  # the letter before proceedings
    letter_exemption: Exemption | None = None  # why it offered no family group decision-making
    placement: Placement | None = None  # of a looked-after child: the present one
    born_on: date | None = None  # the birth of a child who was on a child protection plan before it

    @property
    def is_open(self) -> bool:
        """Whether the child is still on it."""
        return self.ended_on is None


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What the rules look at for one child: the referral, the initial conferences, every plan so far."""

    child_id: UUID
    referred_on: date | None
    conferences: frozenset[date]  # those that decided on a plan
    spells: tuple[Spell, ...] = ()
    conferred: frozenset[date] = frozenset()  # every one, whatever it decided


@dataclass(frozen=True, slots=True)
class _Numbers:
    """The census's rule numbers for one kind of plan."""

    before_referral: str
    end_before_start: str
    two_open: str
    overlap: str
    zero_length: str | None = None


# Source: CIN census 2025-26 validation rules; kinds that the census does not collect carry the workbook's own names.
_NUMBERS: Mapping[SpellKind, _Numbers] = {
    SpellKind.CIN: _Numbers("4015", "4011", "4004", "4014"),
    SpellKind.CP: _Numbers("1105", "8925", "8935", "8940", "8840"),
}
_OWN = _Numbers("workbook-before-referral", "workbook-end-before-start", "workbook-two-open", "workbook-overlap")
# Source: CIN census 2025-26 rules 4001 and 4016; early help beside a statutory plan is our own rule.
_NEVER_TOGETHER: Mapping[frozenset[SpellKind], tuple[str, str]] = {
    frozenset({SpellKind.CIN, SpellKind.CP}): ("4001", "4016"),
    frozenset({SpellKind.EH, SpellKind.CIN}): ("workbook-eh-and-cin", "workbook-eh-and-cin"),
    frozenset({SpellKind.EH, SpellKind.CP}): ("workbook-eh-and-cp", "workbook-eh-and-cp"),
}
_SATURDAY = 5


def numbers_for(kind: SpellKind) -> _Numbers:
    """Return the rule numbers that the census gives to faults of this kind of plan."""
    return _NUMBERS.get(kind, _OWN)


def _meet(one: Spell, other: Spell) -> bool:
    """Whether two spells share time; one may begin on the day that the other ends."""
    return max(one.started_on, other.started_on) < min(one.ended_on or date.max, other.ended_on or date.max)


def _alone(spell: Spell, *, referred_on: date | None) -> Iterator[tuple[str, str]]:
    """Faults that one spell has by itself."""
    numbers = numbers_for(spell.kind)
    if referred_on is not None and spell.started_on < referred_on:
        yield numbers.before_referral, "a plan cannot start before the referral"
    if spell.ended_on is not None and spell.ended_on < spell.started_on:
        yield numbers.end_before_start, "a plan cannot end before it starts"
    if numbers.zero_length and spell.ended_on == spell.started_on:
        yield numbers.zero_length, "a child protection plan cannot start and end on the same day"


def _protection(spell: Spell, *, conferences: frozenset[date]) -> Iterator[tuple[str, str]]:
    """Faults that a child protection plan has by itself."""
    if spell.started_on not in conferences:
        yield "2885", "a child protection plan starts on the date of its initial conference"
    if spell.started_on.weekday() >= _SATURDAY:
        yield "8875", "no conference is held at a weekend"
    if spell.initial_category is None:
        yield "8905", "the initial category of abuse is needed"
    if spell.latest_category is None:
        yield "8910", "the latest category of abuse is needed"
    if spell.previous_cp_plans is None or spell.previous_cp_plans < 0:
        yield "8730", "the number of previous child protection plans is needed, nought included"
    if any(review <= spell.started_on for review in spell.reviewed_on):
        yield "8841", "a review comes after the start of the plan"


def _together(one: Spell, other: Spell) -> Iterator[tuple[str, str]]:
    """Faults that two spells of one child have with each other."""
    if one.kind is other.kind:
        numbers = numbers_for(one.kind)
        if one.is_open and other.is_open:
            yield numbers.two_open, "only one plan of a kind is open at a time"
        elif _meet(one, other):
            yield numbers.overlap, "plans of one kind do not overlap"
        return
    rules = _NEVER_TOGETHER.get(frozenset({one.kind, other.kind}))
    if rules and _meet(one, other):
        both_open = one.is_open and other.is_open
        yield rules[1 if both_open else 0], f"{one.kind} and {other.kind} never run at once"


def violations(history: History) -> tuple[Violation, ...]:
    """Every rule that a child's plans break, with its census number; empty when they are right."""
    found: list[tuple[str, str]] = []
    for spell in history.spells:
        found += _alone(spell, referred_on=history.referred_on)
        if spell.kind is SpellKind.CP:
            found += _protection(spell, conferences=history.conferences)
    for one, other in combinations(history.spells, 2):
        found += _together(one, other)
    return tuple(Violation(rule, history.child_id, says) for rule, says in dict.fromkeys(found))


def previous_cp_plans(history: History, *, before: date, elsewhere: int = 0) -> int:
    """How many child protection plans the child had before a date, with those of other authorities."""
    return elsewhere + sum(s.kind is SpellKind.CP and s.started_on < before for s in history.spells)


def _checked(histories: Iterable[History], *, already: frozenset[Violation]) -> tuple[History, ...]:
    """Return the histories; refuse all of them for a fault in any that was not there before."""
    kept = tuple(histories)
    found = tuple(v for history in kept for v in violations(history) if v not in already)
    if found:
        raise SpellRuleBroken(found)
    return kept


def start(
    histories: Iterable[History], new: Iterable[Spell], *, instead_of: Iterable[Spell] = ()
) -> tuple[History, ...]:
    """Return the children's histories with the new spells, in place of those that end for them.

    All go in or none, every broken rule named.
    """
    before = tuple(histories)
    ended = {spell.id: spell for spell in instead_of}
    added: dict[UUID, list[Spell]] = {}
    for spell in new:
        added.setdefault(spell.child_id, []).append(spell)
    after = (
        replace(h, spells=tuple(ended.get(s.id, s) for s in h.spells) + tuple(added.get(h.child_id, ())))
        for h in before
    )
    return _checked(after, already=frozenset(v for history in before for v in violations(history)))


def end(history: History, *, spell_id: UUID, on: date, reason: str) -> History:
    """Return the history with the spell ended on a date; raise `NotOnThatPlan` if it is not open."""
    found = next((s for s in history.spells if s.id == spell_id), None)
    if found is None or not found.is_open:
        raise NotOnThatPlan("The plan has already ended.", spell_id=str(spell_id))
    if found.born_on is not None and on < found.born_on:
        raise ImplausibleDate("The child was born after that day, while on the plan.", at="/ended_on")
    ended = replace(found, ended_on=on, end_reason=reason)
    spells = tuple(ended if s.id == spell_id else s for s in history.spells)
    already = frozenset(violations(history))
    return _checked((replace(history, spells=spells),), already=already)[0]


def change_category(history: History, *, spell_id: UUID, category: CategoryOfAbuse) -> History:
    """Return the history with another latest category on an open child protection plan."""
    found = next((s for s in history.spells if s.id == spell_id), None)
    if found is None or not found.is_open or found.kind is not SpellKind.CP:
        raise NotOnThatPlan("Only an open child protection plan has a category to change.", spell_id=str(spell_id))
    changed = replace(found, latest_category=category)
    return replace(history, spells=tuple(changed if s.id == spell_id else s for s in history.spells))


def review(history: History, *, on: date) -> History:
    """Return the history with a review conference noted on the child protection plan of that time."""
    spells = tuple(
        replace(s, reviewed_on=(*s.reviewed_on, on))
        if s.kind is SpellKind.CP and s.started_on <= on and (s.ended_on is None or on <= s.ended_on)
        else s
        for s in history.spells
    )
    already = frozenset(violations(history))
    return _checked((replace(history, spells=spells),), already=already)[0]


def send_letter(spell: Spell, *, on: date, exemption: Exemption | None) -> Spell:
    """Return the pre-proceedings plan with the letter that was sent, once."""
    if spell.kind is not SpellKind.PRE_PROCEEDINGS or not spell.is_open or spell.letter_sent_on is not None:
        raise NotOnThatPlan("The letter is sent once, in pre-proceedings.", spell_id=str(spell.id))
    return replace(spell, letter_sent_on=on, letter_exemption=exemption)


def need_plan(histories: Iterable[History], kind: SpellKind, *, on: date) -> None:
    """Refuse what belongs to a kind of plan for a child who was not on one on that day."""
    for history in histories:
        held = (s for s in history.spells if s.kind is kind)
        if not any(s.started_on <= on and (s.ended_on is None or on <= s.ended_on) for s in held):
            raise NotOnThatPlan(
                "The child was not on that plan on that day.", child_id=str(history.child_id), kind=kind
            )


def open_kinds(spells: Iterable[Spell]) -> tuple[SpellKind, ...]:
    """Return the kinds of plan that anybody is on."""
    return tuple(sorted({s.kind for s in spells if s.is_open}))
