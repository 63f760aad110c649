"""Schemes and rankings as JSON documents and back: they are only ever read whole."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from libs.kernel.ids import WorkerId
from services.allocation.domain.cases import CaseType
from services.allocation.domain.complexity import ComplexityRule
from services.allocation.domain.constraints import Breach, RuleCode
from services.allocation.domain.curve import Curve, Step
from services.allocation.domain.objective import Term, TermCode
from services.allocation.domain.ranking import Caution, Excluded, Numbers, Option, Ranking, WarningCode
from services.allocation.domain.scheme import Ceilings, Nominal, Objective, PointsTable, Rules, Weights
from services.allocation.domain.workers import WorkerRole

_Doc = dict[str, Any]


def rules_document(rules: Rules) -> _Doc:
    """Write a scheme's rules; numbers as text, so that none changes on the way."""
    table, objective = rules.table, rules.objective
    return {
        "table": {
            **_texts(table, _TABLE_NUMBERS),
            "base": {kind.value: [str(points) for points in row] for kind, row in table.base.items()},
            "transfer_days": table.transfer_days,
            "travel_minutes": table.travel_minutes,
            "settled_after_days": table.settled_after_days,
        },
        "nominal": {
            **_texts(rules.nominal, _NOMINAL),
            "points": {post.value: str(points) for post, points in rules.nominal.points.items()},
        },
        "ceilings": {
            **_texts(rules.ceilings, _CEILINGS),
            "first_year_children": rules.ceilings.first_year_children,
            "absent_days": rules.ceilings.absent_days,
            "alert_per_cent": list(rules.ceilings.alert_per_cent),
            "alert_margin": rules.ceilings.alert_margin,
        },
        "objective": {
            "weights": _texts(objective.weights, _WEIGHTS),
            "overload": _steps(objective.overload),
            "unevenness": _steps(objective.unevenness),
            "free_minutes": objective.free_minutes,
            "continuity_full_months": objective.continuity_full_months,
            "agency_horizon_days": objective.agency_horizon_days,
        },
        "complexity": [
            {
                "code": rule.code,
                "title": rule.title,
                "groups": [sorted(group) for group in rule.groups],
                "at_least": rule.at_least,
                "score": rule.score,
            }
            for rule in rules.complexity
        ],
        "minutes": [[one, two, minutes] for (one, two), minutes in sorted(rules.minutes.items())],
        "minutes_within": rules.minutes_within,
        "minutes_unknown": rules.minutes_unknown,
    }


def rules_of(document: _Doc) -> Rules:
    """Read a scheme's rules."""
    table, nominal, ceilings, objective = (document[part] for part in ("table", "nominal", "ceilings", "objective"))
    return Rules(
        table=PointsTable(
            base={CaseType(kind): tuple(Decimal(points) for points in row) for kind, row in table["base"].items()},
            transfer_days=table["transfer_days"],
            travel_minutes=table["travel_minutes"],
            settled_after_days=table["settled_after_days"],
            **_numbers(table, _TABLE_NUMBERS),
        ),
        nominal=Nominal(
            points={WorkerRole(post): Decimal(points) for post, points in nominal["points"].items()},
            **_numbers(nominal, _NOMINAL),
        ),
        ceilings=Ceilings(
            first_year_children=ceilings["first_year_children"],
            absent_days=ceilings["absent_days"],
            alert_per_cent=tuple(ceilings["alert_per_cent"]),
            alert_margin=ceilings["alert_margin"],
            **_numbers(ceilings, _CEILINGS),
        ),
        objective=Objective(
            weights=Weights(**_numbers(objective["weights"], _WEIGHTS)),
            overload=_curve(objective["overload"]),
            unevenness=_curve(objective["unevenness"]),
            free_minutes=objective["free_minutes"],
            continuity_full_months=objective["continuity_full_months"],
            agency_horizon_days=objective["agency_horizon_days"],
        ),
        complexity=tuple(
            ComplexityRule(
                code=rule["code"],
                title=rule["title"],
                groups=tuple(frozenset(group) for group in rule["groups"]),
                at_least=rule["at_least"],
                score=rule["score"],
            )
            for rule in document["complexity"]
        ),
        minutes={(one, two): minutes for one, two, minutes in document["minutes"]},
        minutes_within=document["minutes_within"],
        minutes_unknown=document["minutes_unknown"],
    )


_TABLE_NUMBERS = ("sibling_factor", "co_working_factor", "transfer", "travel", "interpreter")
_NOMINAL = ("full_time_hours", "stable_element", "first_year_factor")
_CEILINGS = ("soft_per_cent", "hard_per_cent", "court_points")
_WEIGHTS = ("overload", "unevenness", "continuity", "travel", "recent", "agency", "pairing", "reserve", "mix")


def _texts(value: Any, names: tuple[str, ...]) -> _Doc:
    return {name: str(getattr(value, name)) for name in names}


def _numbers(document: _Doc, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: Decimal(document[name]) for name in names}


def _steps(curve: Curve) -> list[list[str]]:
    return [[str(step.at), str(step.slope)] for step in curve]


def _curve(steps: list[list[str]]) -> Curve:
    return Curve(tuple(Step(Decimal(at), Decimal(slope)) for at, slope in steps))


def ranking_document(ranking: Ranking) -> _Doc:
    """Write a ranking as it was shown, for ever."""
    return {
        "options": [
            {
                "worker_id": str(option.worker_id),
                "total": str(option.total),
                "terms": [[term.code.value, str(term.points), term.sentence] for term in option.terms],
                "before": _numbers_document(option.before),
                "after": _numbers_document(option.after),
                "cautions": [[caution.code.value, caution.sentence] for caution in option.cautions],
                "token": option.token,
            }
            for option in ranking.options
        ],
        "excluded": [
            {
                "worker_id": str(excluded.worker_id),
                "breaches": [[breach.rule.value, breach.fact, breach.needs] for breach in excluded.breaches],
            }
            for excluded in ranking.excluded
        ],
    }


def ranking_of(document: _Doc, *, baseline: str) -> Ranking:
    """Read a ranking."""
    return Ranking(
        options=tuple(_option(each, rank=rank) for rank, each in enumerate(document["options"], start=1)),
        excluded=tuple(
            Excluded(
                worker_id=WorkerId(UUID(each["worker_id"])),
                breaches=tuple(
                    Breach(rule=RuleCode(rule), fact=fact, needs=needs) for rule, fact, needs in each["breaches"]
                ),
            )
            for each in document["excluded"]
        ),
        baseline=baseline,
    )


def _option(document: _Doc, *, rank: int) -> Option:
    return Option(
        rank=rank,
        worker_id=WorkerId(UUID(document["worker_id"])),
        total=Decimal(document["total"]),
        terms=tuple(
            Term(code=TermCode(code), points=Decimal(points), sentence=sentence)
            for code, points, sentence in document["terms"]
        ),
        before=_numbers_of(document["before"]),
        after=_numbers_of(document["after"]),
        cautions=tuple(Caution(code=WarningCode(code), sentence=sentence) for code, sentence in document["cautions"]),
        token=document["token"],
    )


def _numbers_document(numbers: Numbers) -> list[Any]:
    utilisation = None if numbers.utilisation is None else str(numbers.utilisation)
    return [str(numbers.load), str(numbers.available), utilisation, str(numbers.court), numbers.children]


def _numbers_of(document: list[Any]) -> Numbers:
    load, available, utilisation, court, children = document
    return Numbers(
        load=Decimal(load),
        available=Decimal(available),
        utilisation=None if utilisation is None else Decimal(utilisation),
        court=Decimal(court),
        children=children,
    )
