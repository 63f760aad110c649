"""How much work the coming week will bring to an area, from the four weeks before: plain, and said to be so."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from statistics import median

from services.allocation.domain import rounding
from services.allocation.domain.cases import CaseType
from services.allocation.domain.scheme import Rules

#: The weeks that the forecast looks back over.
WEEKS = 4


@dataclass(frozen=True, slots=True)
class Arrivals:
    """Families and children that came to an area in the last four weeks."""

    area: str
    families: int
    children: int


def expected(arrivals: Iterable[Arrivals], *, rules: Rules) -> Mapping[str, Decimal]:
    """Return the points expected in each area in the coming week: new families count as assessments."""
    table = rules.table
    each = median(table.base[CaseType.ASSESSMENT])
    return {
        seen.area: rounding.points(
            each * (seen.families + (seen.children - seen.families) * table.sibling_factor) / WEEKS
        )
        for seen in arrivals
    }
