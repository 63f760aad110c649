"""The hard rules: who may not take a family, on which fact, and what would have to change. Every path asks here."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from types import MappingProxyType

from libs.kernel.errors import Conflict
from services.allocation.domain import rounding
from services.allocation.domain.candidates import Match
from services.allocation.domain.cases import NOT_ALONE_IN_FIRST_YEAR, Share
from services.allocation.domain.exclusions import ExclusionKind
from services.allocation.domain.scheme import Rules
from services.allocation.domain.workers import MAY_CO_WORK, MAY_LEAD, away


class RuleCode(StrEnum):
    """The hard rules by name."""

    INACTIVE = "inactive"
    WRONG_ROLE = "wrong_role"
    WRONG_AREA = "wrong_area"
    ABSENT = "absent"
    NO_HOURS = "no_hours"
    CONFLICT_OF_INTEREST = "conflict_of_interest"
    RESTRICTED_RECORD = "restricted_record"
    FAMILY_REFUSED = "family_refused"
    SKILL = "skill"
    LANGUAGE = "language"
    FIRST_YEAR_ALONE = "first_year_alone"
    FIRST_YEAR_CEILING = "first_year_ceiling"
    COURT_CEILING = "court_ceiling"
    UTILISATION_CEILING = "utilisation_ceiling"
    SIBLINGS_TOGETHER = "siblings_together"
    SAME_WORKER = "same_worker"


class WorkerNotEligible(Conflict):
    """A hard rule keeps this worker from the family."""

    slug = "worker-not-eligible"


class OverCapacity(Conflict):
    """The worker would be above a ceiling."""

    slug = "over-capacity"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A hard rule that is not met: the fact that triggered it, and what would have to change."""

    rule: RuleCode
    fact: str
    needs: str


_Found = Iterator[tuple[str, str]]
_Rule = Callable[[Match, Rules], _Found]


def breaches(match: Match, *, rules: Rules) -> tuple[Breach, ...]:
    """Return every hard rule that keeps the worker from the family, in a fixed order; none means eligible."""
    return tuple(
        Breach(rule=code, fact=fact, needs=needs) for code, rule in HARD.items() for fact, needs in rule(match, rules)
    )


def require_eligible(match: Match, *, rules: Rules) -> None:
    """Raise with the codes of the rules that keep the worker from the family, if any does."""
    found = breaches(match, rules=rules)
    if not found:
        return
    refused = OverCapacity if {breach.rule for breach in found} == {RuleCode.UTILISATION_CEILING} else WorkerNotEligible
    raise refused(
        " ".join(f"{breach.fact} {breach.needs}" for breach in found), rules=[str(breach.rule) for breach in found]
    )


def above_soft_ceiling(match: Match, *, rules: Rules) -> bool:
    """Whether the worker would be where a manager must say why."""
    after = match.after.utilisation
    return after is not None and after > rules.ceilings.soft_per_cent


def require_reason(match: Match, *, text: str | None, rules: Rules) -> None:
    """Raise if the worker would be above the soft ceiling and nobody says why."""
    if above_soft_ceiling(match, rules=rules) and not text:
        raise OverCapacity("The worker would be above the soft ceiling; say why.", at="/text")


def _inactive(match: Match, _: Rules) -> _Found:
    worker = match.candidate.worker
    if not worker.active or not match.candidate.team.active:
        yield "The worker or the team is no longer active.", "It would have to be made active again."
    elif match.on < worker.from_on:
        yield f"The worker starts on {worker.from_on}.", "Wait for that day."


def _wrong_role(match: Match, _: Rules) -> _Found:
    allowed = MAY_LEAD if match.wanted.share is Share.LEAD else MAY_CO_WORK
    if match.candidate.worker.role not in allowed:
        share = "be a family's named social worker" if match.wanted.share is Share.LEAD else "co-work a family"
        yield f"The post of {match.candidate.worker.role} may not {share}.", "It needs another post."


def _wrong_area(match: Match, _: Rules) -> _Found:
    if match.wanted.area not in match.candidate.team.areas:
        yield (
            f"The worker's team does not serve {match.wanted.area}.",
            "The team would have to serve it, or the worker to join a team that does.",
        )


def _absent(match: Match, rules: Rules) -> _Found:
    longest = rules.ceilings.absent_days
    soon = match.on + timedelta(longest)
    for from_on, until_on in away(match.candidate.absences):
        if from_on > soon:
            continue
        if until_on is None:
            yield "The worker is away and no return is planned.", "A day of return would have to be recorded."
        elif _days_left(max(from_on, match.on), until_on) > longest:
            yield (
                f"The worker is away until {until_on}.",
                f"The return would have to be within {longest} days, or the family to wait for it.",
            )


def _days_left(start: date, until: date) -> int:
    return (until - start).days


def _no_hours(match: Match, _: Rules) -> _Found:
    if match.before.available > 0:
        return
    until = match.candidate.worker.agency_until
    if until is not None and match.on >= until:
        yield f"The agency contract ended on {until}.", "It would have to be extended."
    else:
        yield "The worker has no available hours.", "Hours would have to be recorded."


def _barred(kind: ExclusionKind, fact: str, needs: str) -> _Rule:
    def rule(match: Match, _: Rules) -> _Found:
        if kind in match.candidate.barred:
            yield fact, needs

    return rule


def _skill(match: Match, _: Rules) -> _Found:
    missing = sorted(match.wanted.skills - match.candidate.worker.skills)
    if missing:
        yield f"The worker has no {', '.join(missing)}.", "The skill would have to be recorded, or asked for no longer."


def _language(match: Match, _: Rules) -> _Found:
    missing = sorted(match.wanted.languages - match.candidate.worker.languages)
    if missing:
        yield f"The worker does not speak {', '.join(missing)}.", "Ask for an interpreter instead of the language."


def _first_year_alone(match: Match, _: Rules) -> _Found:
    if not match.candidate.worker.in_first_year(match.on) or match.wanted.share is Share.CO:
        return
    kinds = sorted({child.case_type for child in match.wanted.children} & NOT_ALONE_IN_FIRST_YEAR)
    if kinds:
        yield (
            f"The worker is in the first year and may not hold {', '.join(kinds)} alone.",
            "The worker could co-work beside an experienced lead.",
        )


def _first_year_ceiling(match: Match, rules: Rules) -> _Found:
    most = rules.ceilings.first_year_children
    if match.candidate.worker.in_first_year(match.on) and match.after.children > max(most, match.before.children):
        yield (
            f"The worker is in the first year and would hold {match.after.children} children.",
            f"At most {most} children in the first year.",
        )


def _court_ceiling(match: Match, rules: Rules) -> _Found:
    ceiling = rules.ceilings.court_points
    most = rounding.spoken(ceiling)
    if match.before.court >= ceiling and match.added_points > 0:
        yield (
            f"The worker holds {rounding.spoken(match.before.court)} points of court work.",
            f"It would have to fall below {most} before another family is taken.",
        )
    elif match.after.court > max(ceiling, match.before.court):
        yield (
            f"The worker would hold {rounding.spoken(match.after.court)} points of court work.",
            f"At most {most} points of court work.",
        )


def _utilisation_ceiling(match: Match, rules: Rules) -> _Found:
    after = match.after.utilisation
    above = match.after.load - match.after.available * rules.ceilings.hard_per_cent / 100
    if after is None or above <= 0 or match.added_points <= 0:
        return
    most, points = rounding.spoken(rules.ceilings.hard_per_cent), rounding.spoken(rounding.points(above))
    yield (
        f"The worker would be at {rounding.spoken(after)} %.",
        f"Work of {points} points would have to go first: at most {most} %.",
    )


def _siblings_together(match: Match, _: Rules) -> _Found:
    with_worker = match.wanted.siblings_with
    apart = with_worker is not None and with_worker != match.worker_id
    if apart and match.wanted.share is Share.LEAD and not match.wanted.split_asked:
        yield "Another worker leads other children of this family.", "Ask for a split, or take that worker."


def _same_worker(match: Match, _: Rules) -> _Found:
    beside = match.wanted.share is Share.CO
    if beside and any(case.family_id == match.wanted.family_id for case in match.candidate.cases):
        yield "The worker holds this family already.", "Take another worker beside the present ones."
    if match.wanted.handed_over_by == match.worker_id:
        yield "The worker is the one who passes the family on.", "Take another worker, or end the handover."


HARD: Mapping[RuleCode, _Rule] = MappingProxyType(
    {
        RuleCode.INACTIVE: _inactive,
        RuleCode.WRONG_ROLE: _wrong_role,
        RuleCode.WRONG_AREA: _wrong_area,
        RuleCode.ABSENT: _absent,
        RuleCode.NO_HOURS: _no_hours,
        RuleCode.CONFLICT_OF_INTEREST: _barred(
            ExclusionKind.CONFLICT_OF_INTEREST,
            "A conflict of interest is declared.",
            "The declaration would have to be withdrawn.",
        ),
        RuleCode.RESTRICTED_RECORD: _barred(
            ExclusionKind.RESTRICTED_RECORD,
            "The record is restricted and the worker is not among those permitted.",
            "The restriction would have to name the worker.",
        ),
        RuleCode.FAMILY_REFUSED: _barred(
            ExclusionKind.FAMILY_REFUSED,
            "The family has refused this worker.",
            "The family would have to agree and the refusal to be withdrawn.",
        ),
        RuleCode.SKILL: _skill,
        RuleCode.LANGUAGE: _language,
        RuleCode.FIRST_YEAR_ALONE: _first_year_alone,
        RuleCode.FIRST_YEAR_CEILING: _first_year_ceiling,
        RuleCode.COURT_CEILING: _court_ceiling,
        RuleCode.UTILISATION_CEILING: _utilisation_ceiling,
        RuleCode.SIBLINGS_TOGETHER: _siblings_together,
        RuleCode.SAME_WORKER: _same_worker,
    }
)
