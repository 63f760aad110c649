"""Everybody looked at for a family: workers who may take it from the best on, and the others with their rules."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from libs.kernel.ids import WorkerId, digest
from services.allocation.domain import constraints, objective, rounding
from services.allocation.domain.candidates import Match
from services.allocation.domain.capacity import Capacity
from services.allocation.domain.constraints import Breach
from services.allocation.domain.objective import Term
from services.allocation.domain.scheme import Rules


class WarningCode(StrEnum):
    """What a manager should know about an option before taking it."""

    ABOVE_SOFT_CEILING = "above_soft_ceiling"  # needs a reason
    COURT_NEAR_CEILING = "court_near_ceiling"
    PROVISIONAL_POINTS = "provisional_points"
    FIRST_YEAR = "first_year"
    AWAY_BRIEFLY = "away_briefly"
    AGENCY_ENDS = "agency_ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """A worker's load, room and court work at one moment; per cent None is "not available"."""

    load: Decimal
    available: Decimal
    utilisation: Decimal | None
    court: Decimal
    children: int

    @classmethod
    def of(cls, capacity: Capacity) -> "Numbers":
        """Take the numbers of a capacity."""
        return cls(
            load=capacity.load,
            available=capacity.available,
            utilisation=capacity.utilisation,
            court=capacity.court,
            children=capacity.children,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """Something to know about an option, said in a sentence."""

    code: WarningCode
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One worker who may take the family: what it costs and why; the terms add up to `total`."""

    rank: int
    worker_id: WorkerId
    total: Decimal
    terms: tuple[Term, ...]
    before: Numbers
    after: Numbers
    cautions: tuple[Caution, ...]
    token: str  # fingerprint of the numbers behind it

    @property
    def needs_reason(self) -> bool:
        """Whether taking it needs a reason in words."""
        return any(caution.code is WarningCode.ABOVE_SOFT_CEILING for caution in self.cautions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluded:
    """One worker who may not take the family, with every rule that says so."""

    worker_id: WorkerId
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Everybody looked at: options from the best, and those excluded."""

    options: tuple[Option, ...]
    excluded: tuple[Excluded, ...]
    baseline: str  # fingerprint of all the inputs


def rank(matches: Iterable[Match], *, rules: Rules) -> Ranking:
    """Rank everybody looked at: eligible workers by cost, ties by id, and the others with their rules."""
    looked_at = sorted(matches, key=lambda each: each.worker_id)
    options: list[Option] = []
    excluded: list[Excluded] = []
    for each in looked_at:
        breaches = constraints.breaches(each, rules=rules)
        if breaches:
            excluded.append(Excluded(worker_id=each.worker_id, breaches=breaches))
        else:
            options.append(_option(each, rules=rules))
    options.sort(key=lambda option: (option.total, option.worker_id))
    ranked = tuple(replace(option, rank=place) for place, option in enumerate(options, start=1))
    return Ranking(
        options=ranked, excluded=tuple(excluded), baseline=digest(*(each.token for each in looked_at), *_said(ranked))
    )


def option_for(match: Match, *, rules: Rules) -> Option:
    """Weigh one eligible worker outside any ranking, as rank 0: for "why?" and for fresh numbers."""
    return _option(match, rules=rules)


def facts(numbers: Numbers) -> dict[str, float | int | None]:
    """Return the numbers as plain JSON values."""
    return {
        "load": float(numbers.load),
        "available": float(numbers.available),
        "utilisation": None if numbers.utilisation is None else float(numbers.utilisation),
        "court": float(numbers.court),
        "children": numbers.children,
    }


def _option(match: Match, *, rules: Rules) -> Option:
    terms = objective.marginal_cost(objective.standing_of(match), objective.pair_of(match), objective=rules.objective)
    return Option(
        rank=0,
        worker_id=match.worker_id,
        total=objective.total(terms),
        terms=terms,
        before=Numbers.of(match.before),
        after=Numbers.of(match.after),
        cautions=tuple(_cautions(match, rules=rules)),
        token=match.token,
    )


def _cautions(match: Match, *, rules: Rules) -> Iterable[Caution]:
    ceilings, worker, after = rules.ceilings, match.candidate.worker, match.after
    if constraints.above_soft_ceiling(match, rules=rules):
        soft = rounding.spoken(ceilings.soft_per_cent)
        yield Caution(code=WarningCode.ABOVE_SOFT_CEILING, sentence=f"Above {soft} % a manager must say why.")
    if after.court > match.before.court and after.court * 5 >= ceilings.court_points * 4:
        most = rounding.spoken(ceilings.court_points)
        sentence = f"Court work would be {rounding.spoken(after.court)} of at most {most} points."
        yield Caution(code=WarningCode.COURT_NEAR_CEILING, sentence=sentence)
    if after.provisional:
        sentence = "Some children are not assessed yet; they count at the median of their kind of work."
        yield Caution(code=WarningCode.PROVISIONAL_POINTS, sentence=sentence)
    if worker.in_first_year(match.on):
        yield Caution(code=WarningCode.FIRST_YEAR, sentence="The worker is in the assessed and supported first year.")
    if match.counted_on > match.on:
        sentence = f"The worker is away and back on {match.counted_on}; the hours of that day are counted."
        yield Caution(code=WarningCode.AWAY_BRIEFLY, sentence=sentence)
    until, horizon = worker.agency_until, rules.objective.agency_horizon_days
    if until is not None and (until - match.on).days < horizon:
        yield Caution(code=WarningCode.AGENCY_ENDS, sentence=f"The agency contract ends on {until}.")


def _said(options: tuple[Option, ...]) -> Iterable[str]:
    return (f"{option.worker_id}:{option.total}" for option in options)
