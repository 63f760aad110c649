"""Published figures of Oxfordshire, for rates and for comparison."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from services.metrics.domain.periods import financial_year_of
from services.metrics.domain.rounding import ratio

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

#: Cases per full-time case holder at 30 September.
CASELOADS: Mapping[int, Decimal] = {
    2017: Decimal("19.1"),
    2018: Decimal("16.8"),
    2019: Decimal("16.7"),
    2020: Decimal("16.8"),
    2021: Decimal("14.5"),
    2022: Decimal("13.8"),
    2023: Decimal("14.1"),
    2024: Decimal("14.7"),
    2025: Decimal("14.1"),
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
        PublishedFigure(measure="average_caseload", year=year, value=float(caseload), source=WORKFORCE_SOURCE)
        for year, caseload in CASELOADS.items()
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
