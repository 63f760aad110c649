"""Results: figures with all that is needed to check them, and the bytes that a rebuild must reproduce."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any
from uuid import UUID

from libs.kernel.ids import digest
from services.metrics.domain.holdings import FTE_PARTS
from services.metrics.domain.intervals import Interval, Method, of_count, of_mean, wilson
from services.metrics.domain.measures import By, Measure, Shape
from services.metrics.domain.periods import Period
from services.metrics.domain.questions import Question, View
from services.metrics.domain.reference import population_for
from services.metrics.domain.rounding import half_up, ratio

_PER_CENT, _PER_CHILDREN = 100, 10_000
#: What a figure of no team, or no agency, is called.
UNASSIGNED = "unassigned"


class Symbol(StrEnum):
    """What stands in the place of a figure, in the words of DfE's tables."""

    SUPPRESSED = "c"
    NOT_APPLICABLE = "z"  # a share of none
    NOT_AVAILABLE = ":"  # a window that the data do not reach


@dataclass(frozen=True, slots=True, order=True)
class Sums:
    """Tallies summed for one figure; `held` is a denominator that counts each child once in a window."""

    amount: int = 0
    base: int = 0
    square: int = 0
    held: int = 0

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.amount + other.amount, self.base + other.base, self.square + other.square, self.held + other.held
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure; where a symbol stands the figure is None."""

    key: str | None  # the month, team or agency; None: the whole
    label: str | None = None  # the team's or agency's code
    period: Period
    numerator: int | None
    denominator: Decimal | None
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    method: Method
    symbol: Symbol | None = None

    def withheld(self, symbol: Symbol) -> "Figure":
        """Return the figure with `symbol` instead of its value and interval."""
        return replace(self, value=None, low=None, high=None, method=Method.NONE, symbol=symbol)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The answer to a question: all figures, by which definition, from data up to when."""

    measure: Measure
    by: str
    period: Period
    view: View
    known_at: datetime | None
    data_on: date | None  # None: there are no data
    figures: tuple[Figure, ...]
    total: Figure | None
    team: UUID | None = None  # the one that was asked about
    agency: UUID | None = None
    edition: int | None = None  # published: how many times its figures were frozen
    frozen_on: date | None = None  # when they last were
    population_of: int | None = None  # the year whose middle the children of a rate were counted in


@dataclass(frozen=True, slots=True)
class Answer:
    """A result, and the sums that it was made of."""

    result: Result
    sums: Mapping[tuple[str | None, Period], Sums]

    @property
    def inputs(self) -> str:
        """Fingerprint of the sums and of the definition that they were put through."""
        made = self.result
        sums = sorted((str(key), period, sums) for (key, period), sums in self.sums.items())
        return digest(made.measure.digest, made.period, made.view, made.known_at, made.data_on, *sums)


def result(question: Question, sums: Mapping[tuple[str | None, Period], Sums], *, labels: Mapping[str, str], data_on: date | None) -> Result:  # fmt: skip
    """Return the result of `question`, given the sums of each key and window."""
    measure = question.measure
    figures = tuple(
        figure(measure, sums[key, period], key=key, label=labels.get(key or ""), period=period, data_on=data_on)
        for key, period in sorted(sums, key=lambda place: (place[1], place[0] or ""))
    )
    return Result(
        measure=measure,
        by=question.by,
        period=question.period,
        view=question.view,
        known_at=question.known_at,
        data_on=data_on,
        figures=figures,
        total=_total(question, sums, data_on),
        team=question.team,
        agency=question.agency,
        population_of=population_for(question.period.last_on).counted_in if _is_rate(measure) else None,
    )


def figure(measure: Measure, sums: Sums, *, key: str | None, period: Period, data_on: date | None, label: str | None = None) -> Figure:  # fmt: skip
    """Return one figure with its interval."""
    numerator, denominator, value, interval = _computed(measure, sums, period)
    made = Figure(
        key=key,
        label=label,
        period=period,
        numerator=numerator,
        denominator=denominator,
        value=value,
        low=half_up(interval.low, places=max(measure.places, 1)) if interval else None,
        high=half_up(interval.high, places=max(measure.places, 1)) if interval else None,
        method=interval.method if interval else Method.NONE,
    )
    if data_on is None or data_on < period.from_on:
        return replace(made.withheld(Symbol.NOT_AVAILABLE), numerator=None, denominator=None)
    return made if value is not None else made.withheld(Symbol.NOT_APPLICABLE)


def canonical(answer: Result) -> bytes:
    """Return the result as bytes that are the same whenever the facts are the same."""
    return json.dumps(plain(answer), sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def plain(answer: Result) -> dict[str, Any]:
    """Return the result as JSON values."""
    measure = answer.measure
    return {
        "measure": measure.code,
        "version": measure.version,
        "definition_digest": measure.digest,
        "title": measure.title,
        "unit": measure.unit,
        "by": str(answer.by),
        "from": answer.period.from_on.isoformat(),
        "until": answer.period.until_on.isoformat(),
        "as_of": answer.period.last_on.isoformat() if measure.shape.is_stock else None,
        "view": str(answer.view),
        "known_at": answer.known_at.isoformat().replace("+00:00", "Z") if answer.known_at else None,
        "data_on": answer.data_on.isoformat() if answer.data_on else None,
        "edition": answer.edition,
        "frozen_on": answer.frozen_on.isoformat() if answer.frozen_on else None,
        "team_id": str(answer.team) if answer.team else None,
        "agency_id": str(answer.agency) if answer.agency else None,
        "population_of": answer.population_of,
        "figures": [_plain_figure(each) for each in answer.figures],
        "total": _plain_figure(answer.total) if answer.total else None,
    }


def _plain_figure(each: Figure) -> dict[str, Any]:
    return {
        "key": each.key,
        "label": each.label,
        "from": each.period.from_on.isoformat(),
        "until": each.period.until_on.isoformat(),
        "numerator": each.numerator,
        "denominator": _number(each.denominator),
        "value": _number(each.value),
        "low": _number(each.low),
        "high": _number(each.high),
        "method": str(each.method),
        "symbol": str(each.symbol) if each.symbol else None,
    }


def _number(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() and _exponent(value) >= 0 else float(value)


def _exponent(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _total(question: Question, sums: Mapping[tuple[str | None, Period], Sums], data_on: date | None) -> Figure | None:
    # Stocks at the ends of months add up to nothing, rates have one population, and a child held in two months or
    # by two teams is one child.
    shape = question.measure.shape
    by_month = question.by is By.MONTH
    if question.by is By.NONE or shape.counts_children_once or (by_month and (shape.is_stock or shape is Shape.RATE)):
        return None
    whole = sum(sums.values(), Sums())
    return figure(question.measure, whole, key=None, period=question.period, data_on=data_on)


def _is_rate(measure: Measure) -> bool:
    return measure.shape in {Shape.RATE, Shape.STOCK_RATE}


Computed = tuple[int, Decimal | None, Decimal | None, Interval | None]


def _computed(measure: Measure, sums: Sums, period: Period) -> Computed:
    places = measure.places
    match measure.shape:
        case Shape.COUNT | Shape.STOCK:
            return sums.base, None, Decimal(sums.base), _of_count(sums.base, 1)
        case Shape.SHARE | Shape.STOCK_SHARE | Shape.OPEN_SHARE:
            whole = sums.held if measure.shape is Shape.OPEN_SHARE else sums.base
            interval = wilson(sums.amount, whole) if 0 <= sums.amount <= whole and whole else None
            return _quotient(sums.amount, whole, _PER_CENT, places, interval and _scaled(interval, _PER_CENT))
        case Shape.MEAN:
            return _quotient(sums.amount, sums.base, 1, places, of_mean(sums.amount, sums.base, sums.square))
        case Shape.RATE | Shape.STOCK_RATE:
            children = population_for(period.last_on).children
            interval = _of_count(sums.base, Fraction(_PER_CHILDREN, children))
            return _quotient(sums.base, children, _PER_CHILDREN, places, interval)
        case Shape.PER_HELD | Shape.PER_OPEN:
            count = sums.base if measure.shape is Shape.PER_HELD else sums.amount
            return _quotient(count, sums.held, 1, places, _of_count(count, Fraction(1, sums.held or 1)))
        case Shape.STOCK_RATIO:
            fte = Decimal(sums.base) / FTE_PARTS
            interval = _of_count(sums.amount, Fraction(FTE_PARTS, sums.base or 1))
            _, _, value, interval = _quotient(sums.amount, sums.base, FTE_PARTS, places, interval)
            return sums.amount, half_up(fte, places=2), value, interval


def _quotient(numerator: int, denominator: int, per: int, places: int, interval: Interval | None) -> Computed:
    if denominator <= 0:
        return numerator, Decimal(denominator), None, None
    return numerator, Decimal(denominator), ratio(numerator, denominator, per=per, places=places), interval


def _of_count(count: int, scale: Fraction | int) -> Interval | None:
    return _scaled(of_count(count), scale) if count >= 0 else None


def _scaled(interval: Interval, scale: Fraction | int) -> Interval:
    return Interval(interval.low * float(scale), interval.high * float(scale), interval.method)
