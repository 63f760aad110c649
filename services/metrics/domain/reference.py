"""Published figures of Oxfordshire, for rates and for comparison, with the formulas that reproduce them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from services.metrics.domain.periods import financial_year_of
from services.metrics.domain.rounding import half_up, ratio

# Source: DfE, Characteristics of children in need, and Children looked after in England, 2017 to 2025;
# population: ONS mid-year estimates. Open Government Licence.
SOURCE = "DfE children in need and children looked after statistics; ONS mid-year estimates"
# Source: DfE, Children's social work workforce, years to 30 September 2017 to 2025. Open Government Licence.
WORKFORCE_SOURCE = "DfE children's social work workforce statistics"


# Oxfordshire, year to 31 March 2025: 161 of 5,047 referrals.
_NO_FURTHER_ACTION = ratio(161, 5047, per=100, places=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedYear:
    """Oxfordshire's year to 31 March; None where the series does not reach."""

    in_need: int
    referrals: int
    re_referral_share: Decimal
    cp_starts: int
    repeat_cp_share: Decimal
    cp_plans: int
    looked_after_starts: int | None
    looked_after: int | None
    children: int  # aged 0 to 17, in the middle of the year before


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedWorkforce:
    """Oxfordshire's workforce at 30 September."""

    in_post_fte: Decimal
    case_holder_fte: Decimal
    cases: int
    caseload: Decimal
    turnover: Decimal
    agency_share: Decimal
    vacancy_share: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkforceInputs:
    """What the shares of a workforce year are made of, where it was published."""

    leavers_fte: Decimal
    agency_fte: Decimal
    vacancies_fte: Decimal


def _year(line: str) -> PublishedYear:
    cells = [None if cell == "-" else cell for cell in line.split()]
    whole = [int(cell) if cell and "." not in cell else None for cell in cells]
    return PublishedYear(
        in_need=_known(whole[0]),
        referrals=_known(whole[1]),
        re_referral_share=Decimal(str(cells[2])),
        cp_starts=_known(whole[3]),
        repeat_cp_share=Decimal(str(cells[4])),
        cp_plans=_known(whole[5]),
        looked_after_starts=whole[6],
        looked_after=whole[7],
        children=_known(whole[8]),
    )


def _known(value: int | None) -> int:
    if value is None:
        raise ValueError("A published year lacks a figure.")
    return value


def _workforce(line: str) -> PublishedWorkforce:
    cells = line.split()
    return PublishedWorkforce(
        in_post_fte=Decimal(cells[0]),
        case_holder_fte=Decimal(cells[1]),
        cases=int(cells[2]),
        caseload=Decimal(cells[3]),
        turnover=Decimal(cells[4]),
        agency_share=Decimal(cells[5]),
        vacancy_share=Decimal(cells[6]),
    )


#: In need, referrals, re-referral %, CP starts, repeat %, CP plans, looked-after starts, looked after, children.
PUBLISHED: Mapping[int, PublishedYear] = {
    2017: _year("4808 7066 19.9 800 18.4 609 - - 142584"),
    2018: _year("4293 6814 18.6 773 23.4 687 - - 142703"),
    2019: _year("4511 6779 18.3 744 21.9 592 - - 143398"),
    2020: _year("4750 7502 17.7 747 24.8 543 - - 144429"),
    2021: _year("4280 6503 27.6 694 21.3 451 289 782 145219"),
    2022: _year("5019 6704 18.2 760 30.3 559 373 855 146343"),
    2023: _year("4287 5203 21.1 736 26.6 560 371 882 149917"),
    2024: _year("3862 5047 18.6 580 27.6 532 219 770 153988"),
    2025: _year("3672 5047 17.7 563 29.8 527 344 800 156647"),
}

#: In post FTE, case-holder FTE, cases, caseload, turnover %, agency %, vacancy %.
WORKFORCE: Mapping[int, PublishedWorkforce] = {
    2017: _workforce("315.7 201.6 3846 19.1 7.4 10.7 13.2"),
    2018: _workforce("363.4 237.3 3984 16.8 10.7 7.9 11.2"),
    2019: _workforce("376.0 233.0 3892 16.7 12.6 10.7 13.4"),
    2020: _workforce("382.6 255.3 4298 16.8 14.5 11.4 11.6"),
    2021: _workforce("394.6 272.4 3956 14.5 15.3 13.8 12.0"),
    2022: _workforce("403.0 205.0 2821 13.8 13.1 10.4 9.0"),
    2023: _workforce("388.6 217.8 3074 14.1 17.4 14.3 14.3"),
    2024: _workforce("363.2 201.0 2964 14.7 21.4 16.9 18.0"),
    2025: _workforce("376.3 201.0 2840 14.1 14.8 20.3 19.8"),
}

WORKFORCE_INPUTS: Mapping[int, WorkforceInputs] = {
    2025: WorkforceInputs(leavers_fte=Decimal("55.8"), agency_fte=Decimal("95.7"), vacancies_fte=Decimal(93)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedFigure:
    """One published figure, and the measure that it is to be compared with."""

    measure: str
    year: int
    value: float
    source: str


def published_figures() -> tuple[PublishedFigure, ...]:
    """Return the published figures of all years, by measure and year."""
    found = [
        PublishedFigure(measure=code, year=year, value=float(value), source=SOURCE)
        for year, published in PUBLISHED.items()
        for code, value in _by_measure(published).items()
        if value is not None
    ]
    found += [
        PublishedFigure(measure="average_caseload", year=year, value=float(published.caseload), source=WORKFORCE_SOURCE)
        for year, published in WORKFORCE.items()
    ]
    found.append(
        PublishedFigure(measure="no_further_action", year=2025, value=float(_NO_FURTHER_ACTION), source=SOURCE)
    )
    return tuple(sorted(found, key=lambda figure: (figure.measure, figure.year)))


def _by_measure(published: PublishedYear) -> Mapping[str, int | Decimal | None]:
    return {
        "children_in_need": published.in_need,
        "referrals": published.referrals,
        "re_referrals": published.re_referral_share,
        "cp_plan_starts": published.cp_starts,
        "repeat_cp_plans_ever": published.repeat_cp_share,
        "cp_plans": published.cp_plans,
        "looked_after_starts": published.looked_after_starts,
        "looked_after": published.looked_after,
    }


@dataclass(frozen=True, slots=True)
class Population:
    """Children aged 0 to 17, and the middle of which year they were counted in."""

    children: int
    counted_in: int


def population_for(day: date) -> Population:
    """Return the population that rates of the financial year of `day` use: the middle of the year before.

    Beyond the series the nearest year stands in; `counted_in` says which.
    """
    year = min(max(financial_year_of(day), min(PUBLISHED)), max(PUBLISHED))
    return Population(PUBLISHED[year].children, year - 1)


def rate(count: int, children: int, *, places: int) -> Decimal:
    """Return `count` per 10,000 children."""
    return ratio(count, children, per=10_000, places=places)


def caseload(cases: int, fte: Decimal) -> Decimal:
    """Return cases per FTE of the workers who hold at least one."""
    return half_up(Fraction(cases) / Fraction(fte), places=1)


def turnover(leavers_fte: Decimal, in_post_fte: Decimal) -> Decimal:
    """Return leavers in per cent of those in post at 30 September."""
    return half_up(Fraction(leavers_fte) / Fraction(in_post_fte) * 100, places=1)


def share_of_all(part_fte: Decimal, in_post_fte: Decimal) -> Decimal:
    """Return agency workers (or vacancies) in per cent of themselves and those in post."""
    return half_up(Fraction(part_fte) / Fraction(part_fte + in_post_fte) * 100, places=1)
