"""Which rules a child breaks, and what of the child can go in."""

import dataclasses
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from services.referrals.domain.census import assessments, cin_plans, enquiries, episodes, identity, protection
from services.referrals.domain.census.findings import Fault, Finding, Level, Period, Rule
from services.referrals.domain.census.records import Assessment, Child, CinPlan, Enquiry, Episode, Field, ProtectionPlan

#: Elements of which nothing else depends: an unreadable one is left out alone.
_ALONE = frozenset({"PersonDeathDate", "InitialCPCtarget", "CPPreviewDate"})
_DATES = frozenset(
    {
        "PersonBirthDate",
        "ExpectedPersonBirthDate",
        "PersonDeathDate",
        "CINreferralDate",
        "CINclosureDate",
        "DateOfInitialCPC",
        "AssessmentActualStartDate",
        "AssessmentAuthorisationDate",
        "CINPlanStartDate",
        "CINPlanEndDate",
        "S47ActualStartDate",
        "InitialCPCtarget",
        "CPPstartDate",
        "CPPendDate",
        "CPPreviewDate",
    }
)

_Holder = Child | Episode | Assessment | CinPlan | Enquiry | ProtectionPlan


def _unreadable(child: Child, _: Period) -> Iterator[Fault]:
    yield from _unreadable_in(child)


def _unreadable_in(record: _Holder) -> Iterator[Fault]:
    for field in _fields_of(record):
        name = field.path.rpartition("/")[2].partition("[")[0]
        if name in _DATES and field.given and field.day is None:
            alone = name in _ALONE or (name == "DateOfInitialCPC" and isinstance(record, Episode))
            yield Fault(field, field if alone else record)
        if name == "ICPCnotRequired" and field.given and field.flag is None:
            yield Fault(field, record)
    for held in _records_of(record):
        yield from _unreadable_in(held)


#: Every rule that can be checked on one child; `schema` stands for what the return's schema would refuse.
RULES: tuple[Rule, ...] = (
    Rule("schema", "A date is a day of the calendar, written YYYY-MM-DD; a flag is 0 or 1.", Level.ERROR, _unreadable),
    *identity.RULES,
    *episodes.RULES,
    *assessments.RULES,
    *enquiries.RULES,
    *cin_plans.RULES,
    *protection.RULES,
)


_BETWEEN = frozenset(rule.number for rule in RULES if rule.between)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What was found on a child, and what is left of it to go in (None: nothing)."""

    findings: tuple[Finding, ...]
    admitted: Child | None


def judge(child: Child, period: Period) -> Judgement:
    """Check all rules, take out what they refuse, and check what is left again, until nothing more is refused.

    What breaks a rule by itself goes first; a rule between records then refuses only if both were left.
    """
    found = tuple(_found(child, period))
    refused = _refused_by(one for one in found if one.rule not in _BETWEEN)
    later: list[Finding] = []
    while child.path not in refused:
        admitted = without(child, refused)
        following = [one for one in _found(admitted, period) if one.refused is not None and one.refused not in refused]
        if not following:
            return Judgement((*_settled(found, refused), *later), admitted)
        known = {(one.rule, one.path) for one in found}
        later.extend(replace(one, in_consequence=True) for one in following if (one.rule, one.path) not in known)
        refused |= _refused_by(following)
    return Judgement((*_settled(found, refused), *later), None)


def _refused_by(findings: Iterable[Finding]) -> frozenset[str]:
    return frozenset(one.refused for one in findings if one.refused is not None)


def _settled(findings: Iterable[Finding], refused: frozenset[str]) -> Iterator[Finding]:
    for one in findings:
        yield one if one.refused in refused else replace(one, refused=None)


def without(child: Child, refused: frozenset[str]) -> Child:
    """Return the child without the records and texts at the refused paths."""
    return cast("Child", _pruned(child, refused))


def finding(rule: Rule, fault: Fault, *, child: Child) -> Finding:
    """Return the finding that a rule's fault is on a child."""
    return Finding(
        rule=rule.number,
        words=rule.words,
        level=rule.level,
        position=child.position,
        la_child_id=child.la_child_id.text,
        path=fault.at.path,
        line=fault.at.line,
        refused=None if fault.refuse is None else fault.refuse.path,
    )


def _found(child: Child, period: Period) -> Iterator[Finding]:
    for rule in RULES:
        for fault in rule.check(child, period):
            yield finding(rule, fault, child=child)


def _pruned(record: _Holder, refused: frozenset[str]) -> _Holder:
    changes: dict[str, Any] = {}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if isinstance(value, Field) and value.path in refused and value.given:
            changes[field.name] = replace(value, text="")
        if isinstance(value, tuple):
            kept = (held for held in value if held.path not in refused)
            changes[field.name] = tuple(held if isinstance(held, Field) else _pruned(held, refused) for held in kept)
    return replace(record, **changes)


def _fields_of(record: _Holder) -> Iterator[Field]:
    for value in _values_of(record):
        if isinstance(value, Field):
            yield value


def _records_of(record: _Holder) -> Iterator[_Holder]:
    for value in _values_of(record):
        if not isinstance(value, Field):
            yield value


def _values_of(record: _Holder) -> Iterator[Any]:
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if isinstance(value, Field):
            yield value
        if isinstance(value, tuple):
            yield from value
